//! What one visitor does again and again on one connection: look at a page, save a page, go the whole way, send by
//! the API. Every answer is checked; a wrong one ends the run.

use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result, bail};

use crate::form::{Form, MULTIPART, URLENCODED};
use crate::http::{Head, Http, cookie_line};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Act {
    /// The answer that costs nothing.
    #[value(skip)]
    Empty,
    /// One page of a filled form, each in turn.
    Page,
    /// One page of a filled form posted again, each in turn.
    Save,
    /// Every page fetched and posted, check page, send, receipt page.
    Journey,
    /// Only what a robot needs: every page posted, send.
    Short,
    /// One application by the HTTP interface.
    Api,
}

/// Keys of applications: each its own.
static KEYS: AtomicU64 = AtomicU64::new(1);

pub struct Visitor {
    act: Act,
    http: Http,
    form: Rc<Form>,
    /// Of the visitor's own begun application.
    cookies: String,
    turn: usize,
    /// What the check page says it shows; the same for each application with the same answers. Empty: not seen yet.
    mark: String,
}

impl Visitor {
    /// Connects and prepares what is not measured: a begun and filled application where the act needs one.
    pub async fn come(act: Act, port: u16, form: Rc<Form>) -> Result<Visitor> {
        let mut visitor = Visitor {
            act,
            http: Http::connect(port).await?,
            form,
            cookies: String::new(),
            turn: 0,
            mark: String::new(),
        };
        if matches!(act, Act::Page | Act::Save) {
            visitor.cookies = cookie_line(&visitor.fill(false).await?);
        }
        Ok(visitor)
    }

    /// One act.
    pub async fn once(&mut self) -> Result<()> {
        self.turn += 1;
        let form = self.form.clone();
        let step = &form.steps[self.turn % form.steps.len()];
        match self.act {
            Act::Empty => expect(&self.http.get("/", "").await?, 200),
            Act::Page => expect(&self.http.get(&step.path, &self.cookies).await?, 200),
            Act::Save => {
                let saved = self.http.post(&step.path, MULTIPART, &self.cookies, &step.body).await?;
                expect(&saved, 303)
            }
            Act::Journey => {
                let mut cookies = self.fill(true).await?;
                self.look_at_check(&cookies).await?;
                let sent = self.send(&cookies).await?;
                cookies.extend(sent.cookies);
                expect(&self.http.get(&sent.location, &cookie_line(&cookies)).await?, 200)
            }
            Act::Short => {
                let cookies = self.fill(false).await?;
                if self.mark.is_empty() {
                    self.look_at_check(&cookies).await?;
                }
                self.send(&cookies).await.map(drop)
            }
            Act::Api => {
                let key = KEYS.fetch_add(1, Ordering::Relaxed);
                let key = format!("idempotency-key: bench-{}-{key}\r\n", std::process::id());
                let sent = self
                    .http
                    .post(&form.api, "application/json", &key, &form.application)
                    .await?;
                expect(&sent, 201).with_context(|| String::from_utf8_lossy(self.http.body()).into_owned())
            }
        }
    }

    /// A new application, page by page; `look`: each page is fetched before. Returns its cookie.
    async fn fill(&mut self, look: bool) -> Result<Vec<String>> {
        let form = self.form.clone();
        let mut cookies = Vec::new();
        for step in &form.steps {
            let line = cookie_line(&cookies);
            if look {
                expect(&self.http.get(&step.path, &line).await?, 200)?;
            }
            let saved = self.http.post(&step.path, MULTIPART, &line, &step.body).await?;
            expect(&saved, 303).with_context(|| step.path.clone())?;
            if cookies.is_empty() {
                cookies = saved.cookies;
            }
        }
        Ok(cookies)
    }

    async fn look_at_check(&mut self, cookies: &[String]) -> Result<()> {
        expect(&self.http.get(&self.form.check, &cookie_line(cookies)).await?, 200)?;
        let page = String::from_utf8_lossy(self.http.body());
        let mark = page
            .split("name=\"_stand\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        self.mark = mark.context("Die Prüfseite sagt nicht, was sie zeigt.")?.to_owned();
        Ok(())
    }

    async fn send(&mut self, cookies: &[String]) -> Result<Head> {
        let sent = self
            .http
            .post(
                &self.form.check,
                URLENCODED,
                &cookie_line(cookies),
                format!("_stand={}", self.mark).as_bytes(),
            )
            .await?;
        expect(&sent, 303)?;
        if !sent.location.ends_with("/eingang") {
            bail!("Nach dem Absenden geht es nach {}.", sent.location);
        }
        Ok(sent)
    }
}

fn expect(head: &Head, status: u16) -> Result<()> {
    if head.status != status {
        bail!("Die Antwort ist {}, nicht {status}.", head.status);
    }
    Ok(())
}
