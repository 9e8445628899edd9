//! Versions of services as people meet them: what their examples come to, what a new version changed for somebody who
//! has begun, and the layer by which a process sees what others have published.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use exchange::Register;
use schema::{Example, Region, Service};
use serde::Serialize;
use std::sync::Arc;

use crate::state::App;

/// Layer: what was published or withdrawn elsewhere, and a day that has come, is seen before the request is answered.
pub async fn look(State(app): State<App>, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/assets/") {
        app.services.look(app.now()).await;
    }
    next.run(request).await
}

/// An example of a version, run.
#[derive(Debug, Clone, Serialize)]
pub struct Ran {
    pub file: String,
    pub title: String,
    pub ok: bool,
    /// What the example says comes out.
    pub expected: String,
    /// What does.
    pub got: String,
}

/// Runs every example of the version; those that come out otherwise first.
pub fn run_examples(service: &Service, region: &Arc<Region>, register: &Register) -> Vec<Ran> {
    let mut out: Vec<Ran> = service
        .examples
        .iter()
        .map(|e| run(service, e, region, register))
        .collect();
    out.sort_by_key(|ran| ran.ok);
    out
}

/// Is there an example, and does each come out as it says? Else nobody may publish the version.
pub fn all_pass(ran: &[Ran]) -> bool {
    !ran.is_empty() && ran.iter().all(|r| r.ok)
}

fn run(service: &Service, example: &Example, region: &Arc<Region>, register: &Register) -> Ran {
    let place = register.by_ags(&example.place).and_then(|place| {
        let route = domain::routing::route(&service.responsibility, place, region, example.today).ok()?;
        Some(register.place_info(place, &route.authority.name))
    });
    let expected = expected(service, example);
    let differences = match place {
        None => vec![format!(
            "Einen Ort mit dem Gemeindeschlüssel „{}“ gibt es nicht",
            example.place
        )],
        Some(place) => {
            let cx = domain::examples::context(service, example, place, service.region.clone());
            let found = domain::examples::run(service, example, &cx);
            found.into_iter().map(|difference| difference.what).collect()
        }
    };
    let ok = differences.is_empty();
    Ran {
        file: example.file.clone(),
        title: example.title.clone(),
        ok,
        got: if ok {
            expected.clone()
        } else {
            differences.join(". ") + "."
        },
        expected,
    }
}

/// `angenommen, Gebühr 20,00 €, 1 Tag zu spät`
fn expected(service: &Service, example: &Example) -> String {
    let german = |key: &str| {
        let texts = service.texts.get(&schema::Lang::De);
        let text = texts.and_then(|t| t.get(key, None)).unwrap_or_default();
        schema::diff::said(service, text)
    };
    let named = |key: String, id: &str| {
        Some(german(&key))
            .filter(|t| !t.is_empty())
            .unwrap_or_else(|| id.to_owned())
    };
    let expect = &example.expect;
    let mut parts = Vec::new();
    match expect.outcome.as_str() {
        "exit" => {
            let id = expect.exit.as_deref().unwrap_or_default();
            parts.push(format!("Ausgang „{}“", named(format!("exit.{id}.title"), id)));
        }
        "errors" => {
            let fields = expect.errors.iter().map(|id| {
                let short = german(&format!("question.{id}.short"));
                if short.is_empty() {
                    named(format!("question.{id}.label"), id)
                } else {
                    short
                }
            });
            parts.push(format!(
                "Fehler bei {}",
                fields.map(|f| format!("„{f}“")).collect::<Vec<_>>().join(", ")
            ));
        }
        _ => parts.push("angenommen".to_owned()),
    }
    match expect.regime.as_deref() {
        Some("permit") => parts.push("Erlaubnis".into()),
        Some("notice") => parts.push("Anzeige".into()),
        _ => {}
    }
    if let Some(cents) = expect.fee_cents.filter(|c| *c > 0) {
        parts.push(format!("Kosten {}", crate::format::euro(cents)));
    }
    for deadline in &expect.deadlines {
        match deadline.late_by {
            0 => {}
            1 => parts.push("1 Tag zu spät".into()),
            n => parts.push(format!("{n} Tage zu spät")),
        }
    }
    let looks = expect.checks.values().filter(|v| v.as_str() == "look").count();
    if looks > 0 {
        parts.push(format!("{looks} zu prüfen"));
    }
    parts.join(", ")
}
