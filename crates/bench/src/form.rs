//! The form that is measured: the shipped service nearest to the peers' form of 12 fields on 4 pages, filled in as
//! its first example says. Reads the service from the checkout and walks it once to learn its pages.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use jiff::civil::{Date, Weekday};
use schema::{FileMap, Service};
use serde_json::{Value, json};

use crate::http::{Http, cookie_line};

/// The town of the demo that takes this service online.
const PLACE: &str = "nobitz";
const AGS: &str = "16077036";
/// Ways in weeks until the event: in time for every period.
const WEEKS: i64 = 8;
/// The shipped service with the fewest pages.
pub const SERVICE: &str = "brauchtumsfeuer";

const MARK: &str = "----bench";
/// Content type of a form page's post.
pub const MULTIPART: &str = "multipart/form-data; boundary=----bench";
pub const URLENCODED: &str = "application/x-www-form-urlencoded";

/// One page with what is posted to it.
#[derive(Debug)]
pub struct Step {
    pub path: String,
    pub body: Vec<u8>,
    pub questions: usize,
    pub fields: usize,
}

/// The walked form.
#[derive(Debug)]
pub struct Form {
    pub steps: Vec<Step>,
    /// Where the check page is, and the post that sends.
    pub check: String,
    /// Where programs send applications, and the body they send.
    pub api: String,
    pub application: Vec<u8>,
    /// Bytes of a form page on average.
    pub page_bytes: usize,
}

impl Form {
    /// Walks the form page by page as a browser would, up to the check page.
    pub async fn walk(root: &Path, port: u16, today: Date) -> Result<Form> {
        let (service, answers) = service(root, today)?;
        let mut http = Http::connect(port).await?;
        let mut cookies = Vec::new();
        let start = format!("/{PLACE}/{SERVICE}/antrag");
        let (mut at, mut steps, mut bytes) = (http.get(&start, "").await?.location, Vec::new(), 0);
        while !at.ends_with("/pruefen") {
            let id = at.rsplit('/').next().unwrap_or_default().to_owned();
            let page = service.form.pages.iter().find(|p| p.id == id);
            let page = page.with_context(|| format!("Das Formular führt nach {at}."))?;
            let mut pairs = Vec::new();
            for (q, value) in page
                .questions
                .iter()
                .filter_map(|q| Some((q, schema::at(&answers, &q.id)?)))
            {
                flatten(&q.id, value, &mut pairs);
            }
            let shown = http.get(&at, &cookie_line(&cookies)).await?;
            bytes += http.body().len();
            let step = Step {
                body: multipart(&pairs),
                questions: page
                    .questions
                    .iter()
                    .filter(|q| schema::at(&answers, &q.id).is_some())
                    .count(),
                fields: pairs.len(),
                path: at,
            };
            let saved = http
                .post(&step.path, MULTIPART, &cookie_line(&cookies), &step.body)
                .await?;
            if (shown.status, saved.status) != (200, 303) {
                bail!(
                    "Die Seite {id} antwortet mit {} und {}: {}",
                    shown.status,
                    saved.status,
                    String::from_utf8_lossy(http.body())
                );
            }
            cookies.extend(saved.cookies);
            at = saved.location;
            steps.push(step);
        }
        Ok(Form {
            page_bytes: bytes / steps.len().max(1),
            steps,
            check: at,
            api: format!("/api/v1/authorities/{AGS}/services/{SERVICE}/applications"),
            application: json!({ "answers": answers }).to_string().into_bytes(),
        })
    }

    pub fn questions(&self) -> usize {
        self.steps.iter().map(|s| s.questions).sum()
    }

    pub fn fields(&self) -> usize {
        self.steps.iter().map(|s| s.fields).sum()
    }
}

/// The service and the answers of its first example, on a Saturday to come.
fn service(root: &Path, today: Date) -> Result<(Service, Value)> {
    let mut files = FileMap::new();
    for folder in ["services", "fields", "regions", "bundles", "texts"] {
        add(root, folder, &mut files)?;
    }
    let loaded = schema::load(&files);
    let service = loaded.catalog.services.get(SERVICE).context(SERVICE)?;
    let example = service.examples.iter().find(|e| e.expect.outcome == "accepted");
    let mut answers = example.context("kein Beispiel, das angenommen wird")?.answers.clone();
    let later = today.saturating_add(jiff::Span::new().weeks(WEEKS));
    let day = later
        .nth_weekday(1, Weekday::Saturday)
        .context("kein Samstag in acht Wochen")?;
    answers["event"]["date"] = day.to_string().into();
    Ok((service.as_ref().clone(), answers))
}

fn add(root: &Path, folder: &str, files: &mut FileMap) -> Result<()> {
    let path = root.join(folder);
    for entry in fs::read_dir(&path).with_context(|| path.display().to_string())? {
        let name = format!("{folder}/{}", entry?.file_name().to_string_lossy());
        let path = root.join(&name);
        if path.is_dir() {
            add(root, &name, files)?;
        } else {
            files.insert(name, fs::read(path)?);
        }
    }
    Ok(())
}

/// Pairs as a browser would post them.
fn flatten(path: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Bool(b) => pairs.push((path.to_owned(), if *b { "ja" } else { "nein" }.to_owned())),
        Value::String(s) => pairs.push((path.to_owned(), s.clone())),
        Value::Number(n) => pairs.push((path.to_owned(), n.to_string())),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            list.iter().for_each(|v| flatten(path, v, pairs));
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(i, v)| flatten(&format!("{path}.{i}"), v, pairs)),
        Value::Object(map) => map.iter().for_each(|(k, v)| flatten(&format!("{path}.{k}"), v, pairs)),
    }
}

fn multipart(pairs: &[(String, String)]) -> Vec<u8> {
    let mut body = String::new();
    for (name, value) in pairs {
        body.push_str(&format!(
            "--{MARK}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str(&format!("--{MARK}--\r\n"));
    body.into_bytes()
}
