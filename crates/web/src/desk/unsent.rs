//! A form of the desk whose log-in had ended before it was sent: nothing that was typed is lost. The answer shows it
//! and carries it once more, to be sent after the log-in. It goes to nobody but who posted it: it is the answer to
//! that very post, other websites' posts are refused before, and what is sent again is judged anew, with the rights
//! of whoever is logged in then. Only a browser that has been at the desk gets it shown, within bounds; anybody else is
//! told where it still stands.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::desk::session::{self, Desk};
use crate::failure::{Failure, Result};
use crate::frame::urlencode;
use crate::limits::Limit;
use crate::req::{Req, form_pairs};
use crate::state::App;

/// Where the log-in ends when the form waits in another window.
const BACK: &str = "/amt/angemeldet";
/// Fields at most; no form of ours has so many.
const FIELDS: usize = 1_000;
/// Bytes of all fields at most; the answer carries them twice, and escaped.
const BYTES: usize = 64 * 1024;
/// Letters of a field that are shown; all of them are carried.
const SHOWN: usize = 20_000;

/// Forms that ask for a password or a code are never echoed: they are filled in anew.
fn secret(path: &str) -> bool {
    [
        "/amt/anmelden",
        "/amt/zweiter-faktor",
        "/amt/konto/passwort",
        "/amt/konto/passkey",
        "/amt/konto/verbinden",
        "/amt/mitnehmen",
    ]
    .iter()
    .any(|p| path.starts_with(p))
}

/// What a form carried.
#[derive(Debug, Default, PartialEq)]
struct Posted {
    fields: Vec<(String, String)>,
    /// Names of files: their bytes are not kept.
    files: Vec<String>,
}

impl Posted {
    fn fits(&self) -> bool {
        let fields: usize = self.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        let files: usize = self.files.iter().map(String::len).sum();
        self.fields.len() + self.files.len() <= FIELDS && fields + files <= BYTES
    }
}

/// Layer, inside of the guard, which has waited for the whole body: a form of the desk that is answered with
/// "log in first" is answered with what was typed.
pub async fn keep(State(app): State<App>, req: Req, request: Request, next: Next) -> Response {
    let at_desk = req.path.starts_with("/amt/") || req.path.starts_with(session::COCKPIT);
    if request.method() != Method::POST || !at_desk || secret(&req.path) {
        return next.run(request).await;
    }
    let kind = request.headers().get(header::CONTENT_TYPE).cloned();
    let (head, body) = request.into_parts();
    let body = match whole(body).await {
        Ok(body) => body,
        Err(broken) => return broken.into_response(),
    };
    let response = next.run(Request::from_parts(head, Body::from(body.clone()))).await;
    let Some(Failure::Login(target)) = response.extensions().get::<Failure>() else {
        return response;
    };
    if body.is_empty() {
        return response;
    }
    let been_here = req.cookie(session::COOKIE).is_some();
    if !been_here || app.limits.take(req.address, Limit::Unsent, app.now()).is_err() {
        return show(&app, &req, None, target).unwrap_or(response);
    }
    let mut again = Request::new(Body::from(body));
    if let Some(kind) = kind {
        again.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    let posted = read(again).await;
    if posted.as_ref().is_some_and(|p| *p == Posted::default()) {
        return response;
    }
    show(&app, &req, posted.as_ref(), target).unwrap_or(response)
}

/// A form that broke off is no empty form.
async fn whole(body: Body) -> Result<Bytes> {
    let body = body.collect().await.map_err(|_| Failure::Incomplete)?;
    Ok(body.to_bytes())
}

/// `None`: more than is shown again.
async fn read(request: Request) -> Option<Posted> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|k| k.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("multipart/form-data") {
        let body = request.into_body().collect().await;
        let posted = Posted {
            fields: body.map(|b| form_pairs(&b.to_bytes())).unwrap_or_default(),
            files: Vec::new(),
        };
        return posted.fits().then_some(posted);
    }
    let mut posted = Posted::default();
    let Ok(mut parts) = Multipart::from_request(request, &()).await else {
        return Some(posted);
    };
    while let Ok(Some(part)) = parts.next_field().await {
        let name = part.name().unwrap_or_default().to_owned();
        if let Some(file) = part.file_name().map(str::to_owned) {
            if !file.is_empty() {
                posted.files.push(file.chars().take(200).collect());
            }
        } else {
            let text = part.text().await.unwrap_or_default();
            posted.fields.push((name, crate::req::plain_lines(&text)));
        }
        if !posted.fits() {
            return None;
        }
    }
    Some(posted)
}

/// What a person wrote; words that only our own forms would send (`frei`, ids, days) are carried, not shown.
fn typed(value: &str) -> bool {
    let ours = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.:".contains(c);
    !value.trim().is_empty() && !value.chars().all(ours)
}

/// `posted`: `None` where it is not shown.
fn show(app: &App, req: &Req, posted: Option<&Posted>, target: &str) -> Result<Response> {
    let kept = posted.is_some();
    let nothing = Posted::default();
    let posted = posted.unwrap_or(&nothing);
    let texts: Vec<Value> = posted
        .fields
        .iter()
        .filter(|(_, value)| typed(value))
        .map(|(_, value)| json!(value.chars().take(SHOWN).collect::<String>()))
        .collect();
    let query = if req.query.is_empty() {
        String::new()
    } else {
        format!("?{}", req.query)
    };
    let target = if kept && posted.files.is_empty() { BACK } else { target };
    let ctx = json!({
        "kept": kept, "texts": texts, "fields": posted.fields, "files": posted.files, "action": format!("{}{query}", req.path),
        "login": format!("/amt/anmelden?ziel={}", urlencode(target)),
    });
    let mut ui = app.ui_desk(req);
    ui.brand_href = "/amt/anmelden".into();
    app.page(StatusCode::FORBIDDEN, "desk/unsent.html", ui, ctx)
}

/// After the log-in, in the other window.
pub async fn back(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    app.desk_page(StatusCode::OK, "desk/back.html", &req, &desk, "", json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_wrote_is_shown_and_what_a_form_says_is_not() {
        for text in ["Rückruf", "Bitte anrufen", "75,00", "S"] {
            assert!(typed(text), "{text}");
        }
        for word in ["", " ", "frei", "2026-11-24", "a1b2c3", "_weg", "10:30"] {
            assert!(!typed(word), "{word}");
        }
    }

    /// Every form of the templates that asks for a password or a code is one that is not echoed.
    #[test]
    fn no_form_with_a_secret_is_echoed() {
        let mut folders = vec![std::path::PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../templates"
        ))];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("templates") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                for form in text.split("<form").skip(1) {
                    let form = form.split("</form>").next().unwrap_or_default();
                    let asks = ["type=\"password\"", "f.passwort", "one-time-code", "name=\"code\""];
                    let action = form.split("action=\"").nth(1).unwrap_or_default();
                    if action.starts_with("/amt") && asks.iter().any(|a| form.contains(a)) {
                        assert!(secret(action), "{}: {action:.40}", path.display());
                        seen += 1;
                    }
                }
            }
        }
        assert!(seen > 5, "{seen} forms with a secret were looked at");
    }

    #[tokio::test]
    async fn of_a_file_only_the_name_is_kept() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\neins\r\nzwei\r\n--x\r\nContent-Disposition: form-data; name=\"datei\"; filename=\"wappen.png\"\r\n\r\nBYTES\r\n--x--\r\n";
        let request = Request::post("/")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
            .body(Body::from(body))
            .expect("a request");
        let posted = read(request).await.expect("what was posted");
        assert_eq!(posted.fields, [("text".to_owned(), "eins\nzwei".to_owned())]);
        assert_eq!(posted.files, ["wappen.png"]);
    }

    #[tokio::test]
    async fn what_is_shown_again_has_bounds() {
        let form = async |body: String| read(Request::new(Body::from(body))).await;
        assert!(form(format!("text={}", "x".repeat(BYTES - 4))).await.is_some());
        assert_eq!(form(format!("text={}", "x".repeat(BYTES - 3))).await, None, "together");
        assert!(form("a=1&".repeat(FIELDS)).await.is_some());
        assert_eq!(
            form("a=1&".repeat(FIELDS + 1)).await,
            None,
            "none is dropped from a form that is shown"
        );
        let file = "--x\r\nContent-Disposition: form-data; name=\"d\"; filename=\"a.png\"\r\n\r\n\r\n";
        let request = Request::post("/")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
            .body(Body::from(file.repeat(FIELDS + 1) + "--x--\r\n"))
            .expect("a request");
        assert_eq!(read(request).await, None, "names of files count, too");
    }

    #[tokio::test]
    async fn a_form_that_broke_off_is_not_an_empty_one() {
        let broken = Body::new(http_body_util::Limited::new(Body::from("text=eins"), 4));
        assert!(matches!(whole(broken).await, Err(Failure::Incomplete)));
        assert!(matches!(whole(Body::from("text=eins")).await, Ok(b) if b == "text=eins"));
    }
}
