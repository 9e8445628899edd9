//! The parts of one run in their order. Raw limits and the parts that are held against them follow each other within a
//! round, because disks and shared machines drift: a ratio is of one round, never across rounds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::form::Form;
use crate::http::Http;
use crate::load::{Measure, load};
use crate::machine::{self, Cores};
use crate::postgres::Cluster;
use crate::server::{self, Product};
use crate::visitor::Act;

/// How much is measured.
#[derive(Debug, Clone)]
pub struct Size {
    pub rounds: usize,
    /// Starts on existing data.
    pub starts: usize,
    pub part: Duration,
    pub raw: Duration,
    /// Visitors at a time at most.
    pub visitors: usize,
    /// Before memory is read.
    pub rest: Duration,
    /// Applications until their receipts are set.
    pub receipts: usize,
    /// For the cockpit: authorities, made-up cases, and pages that are timed.
    pub authorities: usize,
    pub cases: usize,
    pub pages: usize,
}

impl Size {
    pub fn whole() -> Size {
        Size {
            rounds: 3,
            starts: 5,
            part: Duration::from_secs(3),
            raw: Duration::from_secs(2),
            visitors: 64,
            rest: Duration::from_secs(3),
            receipts: 100,
            authorities: 605,
            cases: 200_000,
            pages: 100,
        }
    }

    /// Only to see that everything works.
    pub fn quick() -> Size {
        let short = Duration::from_millis(200);
        Size {
            rounds: 1,
            starts: 0,
            part: short,
            raw: short,
            visitors: 2,
            rest: short,
            receipts: 1,
            authorities: 3,
            cases: 300,
            pages: 2,
        }
    }
}

/// Figures by name, one for each round.
pub type Figures = BTreeMap<&'static str, Vec<Measure>>;

/// What a run needs.
pub struct Bench {
    pub root: PathBuf,
    pub program: PathBuf,
    /// Holds everything that the run writes.
    pub folder: PathBuf,
    pub cores: Cores,
    pub size: Size,
    pub today: jiff::civil::Date,
}

pub fn add(figures: &mut Figures, name: &'static str, measure: Measure) {
    figures.entry(name).or_default().push(measure);
}

pub fn number(rate: f64) -> Measure {
    Measure {
        rate,
        ..Measure::default()
    }
}

/// What is driven: a server's process and port.
type Target = (u32, u16);

/// The parts that write, with the visitors at a time.
const WRITES: [(&str, Act, usize); 5] = [
    ("api1", Act::Api, 1),
    ("api64", Act::Api, 64),
    ("save", Act::Save, 8),
    ("journey", Act::Journey, 8),
    ("short", Act::Short, 8),
];

impl Bench {
    pub fn product(&self, name: &str, database: Vec<String>) -> Result<Product> {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        Ok(Product {
            program: self.program.clone(),
            data: folder.join("data"),
            log: self.folder.join(format!("{name}.log")),
            cores: self.cores,
            database,
        })
    }

    /// The figures, and the form that they are of.
    pub async fn sqlite(&self) -> Result<(Figures, Rc<Form>)> {
        let product = self.product("sqlite", Vec::new())?;
        let mut figures = Figures::new();
        let form = Rc::new(self.starts(&product, &mut figures).await?);
        let (server, _) = product.start(false).await?;
        let target = (server.pid(), server.port);
        let empty = server::empty(self.cores, form.page_bytes).await?;
        let rows = self.folder.join("raw.db").display().to_string();
        let raw = self.size.raw.as_secs_f64().to_string();
        for _ in 0..self.size.rounds {
            self.reads((empty.pid(), empty.port), target, &form, &mut figures)
                .await?;
            let commits = server::number(self.cores, &["commits", &rows, &raw])?;
            add(&mut figures, "commits", number(commits));
            self.writes(target, &form, &mut figures).await?;
            let letters = server::number(self.cores, &["letter", &raw])?;
            add(&mut figures, "letters", number(letters));
        }
        add(&mut figures, "loaded", number(machine::memory(server.pid())));
        server.stop()?;
        Ok((figures, form))
    }

    /// `None` where PostgreSQL is not installed.
    pub async fn postgres(&self, form: &Rc<Form>) -> Result<Option<Figures>> {
        let Some(cluster) = Cluster::start(&self.root, &self.folder.join("pg"), self.cores).await? else {
            return Ok(None);
        };
        let product = self.product("postgres", cluster.arguments())?;
        let mut figures = Figures::new();
        let (server, _) = product.start(false).await?;
        let target = (server.pid(), server.port);
        let empty = server::empty(self.cores, form.page_bytes).await?;
        for _ in 0..self.size.rounds {
            self.reads((empty.pid(), empty.port), target, form, &mut figures)
                .await?;
            add(&mut figures, "commits", number(cluster.commits(self.size.raw).await?));
            self.writes(target, form, &mut figures).await?;
        }
        server.stop()?;
        Ok(Some(figures))
    }

    /// The first start lays the demo out; the next ones are measured, then memory at rest and the way to a receipt.
    async fn starts(&self, product: &Product, figures: &mut Figures) -> Result<Form> {
        let (mut server, first) = product.start(true).await?;
        add(figures, "first", number(first.as_secs_f64() * 1000.0));
        for _ in 0..self.size.starts {
            server.stop()?;
            let (next, ready) = product.start(true).await?;
            add(figures, "ready", number(ready.as_secs_f64() * 1000.0));
            server = next;
        }
        tokio::time::sleep(self.size.rest).await;
        add(figures, "idle", number(machine::memory(server.pid())));
        let form = Form::walk(&self.root, server.port, self.today).await?;
        let receipts = receipts(&form, server.port, self.size.receipts).await?;
        add(figures, "receipts", number(receipts));
        server.stop()?;
        Ok(form)
    }

    async fn reads(&self, empty: Target, server: Target, form: &Rc<Form>, figures: &mut Figures) -> Result<()> {
        let visitors = self.size.visitors.min(8);
        let part = load(Act::Empty, visitors, self.size.raw, empty, form).await?;
        add(figures, "empty", part);
        let part = load(Act::Page, visitors, self.size.part, server, form).await?;
        add(figures, "page", part);
        Ok(())
    }

    async fn writes(&self, server: Target, form: &Rc<Form>, figures: &mut Figures) -> Result<()> {
        for (name, act, visitors) in WRITES {
            let visitors = visitors.min(self.size.visitors);
            let part = load(act, visitors, self.size.part, server, form).await;
            add(figures, name, part.with_context(|| name.to_owned())?);
        }
        Ok(())
    }
}

/// Applications a second from the first one sent until every receipt is set, with the worker in the server.
async fn receipts(form: &Form, port: u16, n: usize) -> Result<f64> {
    let mut http = Http::connect(port).await?;
    let (began, mut sent) = (Instant::now(), Vec::new());
    for i in 0..n {
        let key = format!("idempotency-key: receipt-{i}\r\n");
        http.post(&form.api, "application/json", &key, &form.application)
            .await?;
        let body: Value = serde_json::from_slice(http.body())?;
        let text = |key: &str| body[key].as_str().map(str::to_owned);
        sent.push((
            text("receipt").context("kein Beleg")?,
            text("access_code").context("kein Code")?,
        ));
    }
    for (path, code) in sent {
        let bearer = format!("authorization: Bearer {code}\r\n");
        // 503: not set yet; the server has waited a moment itself.
        while http.get(&path, &bearer).await?.status != 200 {
            if began.elapsed() > Duration::from_secs(60) {
                anyhow::bail!("Ein Beleg ist nach einer Minute nicht gesetzt.");
            }
        }
    }
    Ok(n as f64 / began.elapsed().as_secs_f64())
}

/// Clears the folder of an earlier run.
pub fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())
}
