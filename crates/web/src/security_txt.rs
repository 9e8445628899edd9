//! `/.well-known/security.txt` (RFC 9116): where somebody who found a weakness tells it. The operator's address, or the
//! page that names who answers here.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};

use crate::apply::info::operators_office;
use crate::failure::Result;
use crate::routes::{Table, Who};
use crate::state::App;

/// RFC 9116, section 2.5.5 recommends less than a year. Each answer says it anew.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

pub(crate) fn routes(table: Table) -> Table {
    table.get("/.well-known/security.txt", Who::Public, show)
}

async fn show(State(app): State<App>) -> Result<Response> {
    let (_, office) = operators_office(&app).await?;
    let text = text(&app.config.base_url, office.email.trim(), app.now());
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

fn text(base: &str, mail: &str, now: Timestamp) -> String {
    let contact = match mail {
        "" => format!("{base}/impressum"),
        mail => format!("mailto:{mail}"),
    };
    let until = (now + GOOD_FOR).strftime("%Y-%m-%dT%H:%M:%SZ");
    format!(
        "Contact: {contact}\nExpires: {until}\nPreferred-Languages: de, en\nCanonical: {base}/.well-known/security.txt\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_the_operator_or_the_page_that_does() {
        let now = "2026-11-24T21:39:05.123Z".parse().expect("a time");
        assert_eq!(
            text("https://antrag.example", "sicherheit@antrag.example", now),
            "Contact: mailto:sicherheit@antrag.example\nExpires: 2026-12-24T21:39:05Z\nPreferred-Languages: de, en\n\
             Canonical: https://antrag.example/.well-known/security.txt\n"
        );
        assert!(text("https://antrag.example", "", now).starts_with("Contact: https://antrag.example/impressum\n"));
    }
}
