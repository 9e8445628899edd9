//! Who acts in the stories: a browser with cookies, and a club that fills forms in.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;
use web::state::App;

use crate::town::SHIPPED;

/// An answer of the server.
pub struct Page {
    pub status: u16,
    pub location: String,
    pub kind: String,
    /// Every header but the time and where to go on: names and values, sorted; of cookies only that there are some.
    pub head: String,
    pub body: Vec<u8>,
}

impl Page {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Text between the first occurrence of `after` and the next `<`.
    pub fn after(&self, after: &str) -> String {
        let text = self.text();
        let rest = text.split_once(after).map(|(_, rest)| rest).unwrap_or_default();
        rest.split('<').next().unwrap_or_default().trim().to_owned()
    }

    /// What a check page says it shows.
    pub fn mark(&self) -> String {
        let text = self.text();
        let rest = text
            .split_once("name=\"_stand\" value=\"")
            .map(|(_, rest)| rest)
            .unwrap_or_default();
        rest.split('"').next().unwrap_or_default().to_owned()
    }
}

/// A browser: cookies by path, no scripts.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    /// (path, name) → value
    cookies: BTreeMap<(String, String), String>,
}

impl Browser {
    pub fn new(router: Router) -> Browser {
        Browser {
            router,
            cookies: BTreeMap::new(),
        }
    }

    /// The same browser before another product.
    pub fn in_front_of(&self, router: Router) -> Browser {
        Browser {
            router,
            cookies: self.cookies.clone(),
        }
    }

    /// The value of a cookie, wherever it is sent.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let found = self.cookies.iter().find(|((_, n), _)| n == name);
        found.map(|(_, value)| value.clone())
    }

    /// Throws a cookie away, wherever it is sent.
    pub fn forget(&mut self, name: &str) {
        self.cookies.retain(|(_, n), _| n != name);
    }

    /// Has a cookie that came from elsewhere.
    pub fn keep(&mut self, path: &str, name: &str, value: String) {
        self.cookies.insert((path.to_owned(), name.to_owned()), value);
    }

    fn cookie_header(&self, path: &str) -> String {
        // The longest path wins, as browsers do.
        let mut fitting: Vec<_> = self
            .cookies
            .iter()
            .filter(|((p, _), _)| path == p || p == "/" || path.starts_with(&format!("{}/", p.trim_end_matches('/'))))
            .collect();
        fitting.sort_by_key(|((p, _), _)| std::cmp::Reverse(p.len()));
        fitting
            .iter()
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ")
    }

    pub async fn send(&mut self, request: Request<Body>) -> Page {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        for value in response.headers().get_all(header::SET_COOKIE) {
            let text = value.to_str().expect("text");
            let mut parts = text.split("; ");
            let (name, value) = parts.next().and_then(|p| p.split_once('=')).expect("a cookie");
            let path = parts.find_map(|p| p.strip_prefix("Path=")).unwrap_or("/").to_owned();
            if text.contains("Max-Age=0") {
                self.cookies.remove(&(path, name.to_owned()));
            } else {
                self.cookies.insert((path, name.to_owned()), value.to_owned());
            }
        }
        // Apart: what is left of the body must not hold up sending this to another thread.
        let (parts, body) = response.into_parts();
        let head = |name| {
            parts
                .headers
                .get(name)
                .and_then(|v: &header::HeaderValue| v.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        let mut others: Vec<String> = parts
            .headers
            .iter()
            .filter(|(name, _)| ![header::DATE, header::LOCATION, header::CONTENT_LENGTH].contains(name))
            .map(|(name, value)| match *name == header::SET_COOKIE {
                true => name.to_string(),
                false => format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())),
            })
            .collect();
        others.sort();
        let (location, kind, status) = (
            head(header::LOCATION),
            head(header::CONTENT_TYPE),
            parts.status.as_u16(),
        );
        let body = body.collect().await.expect("a body").to_bytes().to_vec();
        Page {
            status,
            location,
            kind,
            head: others.join("\n"),
            body,
        }
    }

    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let plain = path.split(['?', '#']).next().unwrap_or(path);
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost")
            .header(header::COOKIE, self.cookie_header(plain))
            // From outside: what comes from this machine itself is limited less.
            .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 40_000))))
    }

    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.request("GET", path).body(Body::empty()).expect("a request");
        self.send(request).await
    }

    pub async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Page {
        let body = serde_urlencoded::to_string(pairs).expect("pairs");
        let request = self
            .request("POST", path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("a request");
        self.send(request).await
    }

    /// A post as the form pages send it; files as (field, name, bytes).
    pub async fn post_form(
        &mut self,
        path: &str,
        pairs: &[(String, String)],
        files: &[(String, String, Vec<u8>)],
    ) -> Page {
        let mark = "----story";
        let mut body = Vec::new();
        for (name, value) in pairs {
            body.extend(
                format!("--{mark}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        for (field, name, bytes) in files {
            body.extend(format!("--{mark}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n").bytes());
            body.extend(bytes);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{mark}--\r\n").bytes());
        let request = self
            .request("POST", path)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={mark}"))
            .body(Body::from(body))
            .expect("a request");
        self.send(request).await
    }
}

/// A small true PDF.
pub const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// Somebody who applies.
pub struct Club {
    pub browser: Browser,
    /// Pages of the form that `fill` came by last.
    pub pages: Vec<String>,
    /// Name and bytes of every paper it hands in.
    pub paper: (String, Vec<u8>),
    app: App,
}

/// What a club gets for its application.
#[derive(Debug, Clone)]
pub struct Receipt {
    pub reference: String,
    pub code: String,
}

impl Club {
    pub fn new(browser: Browser, app: App) -> Club {
        Club {
            browser,
            pages: Vec::new(),
            paper: ("plan.pdf".to_owned(), PDF.to_vec()),
            app,
        }
    }

    /// The service's first accepted example whose title contains `title`, with its day and place; who hires a room
    /// takes the demo's hall.
    pub fn example(&self, service: &str, title: &str) -> schema::Example {
        let service = SHIPPED.loaded.catalog.services.get(service).expect("the service");
        let mut example = service
            .examples
            .iter()
            .find(|e| e.expect.outcome == "accepted" && e.title.contains(title))
            .unwrap_or_else(|| panic!("no accepted example „{title}“"))
            .clone();
        if service.booking.is_some() {
            example.answers["hire"]["room"] = "saal-ehrenhain".into();
        }
        example
    }

    /// Fills the form in page by page until the check page; returns the last page's path.
    pub async fn fill(&mut self, place: &str, service: &str, answers: &Value) -> String {
        let definition = self.app.services.latest(service).expect("the service");
        let mut at = self.browser.get(&format!("/{place}/{service}/antrag")).await.location;
        self.pages.clear();
        for _ in 0..30 {
            let path = at.split('?').next().unwrap_or(&at).to_owned();
            let id = path.rsplit('/').next().unwrap_or_default().to_owned();
            if id == "pruefen" || path.contains("/ende/") {
                return path;
            }
            let page = definition
                .form
                .pages
                .iter()
                .find(|p| p.id == id)
                .unwrap_or_else(|| panic!("no page {id}"));
            self.pages.push(id.clone());
            let answer = self.answers_page(&path, page, answers).await;
            assert_eq!(answer.status, 303, "page {id}: {}", errors(&answer.text()));
            at = answer.location;
        }
        panic!("the form does not end");
    }

    /// Posts one page of the form.
    pub async fn answers_page(&mut self, path: &str, page: &schema::Page, answers: &Value) -> Page {
        let mut pairs = Vec::new();
        let mut files = Vec::new();
        for q in &page.questions {
            if let Some(value) = schema::at(answers, &q.id) {
                if matches!(q.kind, schema::Kind::File { .. }) {
                    files.push((q.id.clone(), self.paper.0.clone(), self.paper.1.clone()));
                } else {
                    flatten(&q.id, value, &mut pairs);
                }
            }
        }
        self.browser.post_form(path, &pairs, &files).await
    }

    /// Sends what was filled in.
    pub async fn send(&mut self, place: &str, service: &str) -> Page {
        let path = format!("/{place}/{service}/antrag/pruefen");
        let shown = self.browser.get(&path).await.mark();
        self.browser.post(&path, &[("_stand", shown.as_str())]).await
    }

    /// Fills in, sends and keeps the receipt.
    pub async fn applies(&mut self, place: &str, service: &str, answers: &Value) -> Receipt {
        let end = self.fill(place, service, answers).await;
        assert!(end.ends_with("/pruefen"), "the form ended at {end}");
        let sent = self.send(place, service).await;
        assert_eq!(sent.status, 303, "{}", errors(&sent.text()));
        let page = self.browser.get(&sent.location).await;
        assert_eq!(page.status, 200, "{}", sent.location);
        Receipt {
            reference: page.after("data-reference>"),
            code: page.after("data-access-code>"),
        }
    }
}

/// Pairs as a browser would post them.
fn flatten(path: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Bool(b) => pairs.push((path.to_owned(), if *b { "ja" } else { "nein" }.to_owned())),
        Value::String(s) => pairs.push((path.to_owned(), s.clone())),
        Value::Number(n) => pairs.push((path.to_owned(), n.to_string())),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            pairs.extend(
                list.iter()
                    .filter_map(|v| Some((path.to_owned(), v.as_str()?.to_owned()))),
            );
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(i, v)| flatten(&format!("{path}.{i}"), v, pairs)),
        Value::Object(map) => map.iter().for_each(|(k, v)| flatten(&format!("{path}.{k}"), v, pairs)),
    }
}

/// The error summary of a page, for a failing test's message.
pub fn errors(text: &str) -> String {
    text.split("kc-errors")
        .nth(1)
        .map_or_else(|| text.chars().take(2000).collect(), |t| t.chars().take(1200).collect())
}
