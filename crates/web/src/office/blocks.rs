//! Text blocks: ready sentences for conditions, refusals, questions and notes, kept by the authority.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use serde_json::{Value, json};
use store::TextBlock;

use crate::desk::session::Lead;
use crate::failure::{Failure, Result};
use crate::office::fields::{Faults, Field, Typed, choice, read_needed};
use crate::office::frame;
use crate::office::scope::{self, Decided};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Key, name of one, head of the list, what it is for.
const KINDS: [(&str, &str, &str, &str); 4] = [
    (
        "condition",
        "Auflage",
        "Auflagen",
        "Zum Ankreuzen, wenn Sie genehmigen oder bestätigen.",
    ),
    ("refusal", "Ablehnung", "Ablehnungen", "Gründe für den Bescheid."),
    (
        "question",
        "Rückfrage",
        "Rückfragen",
        "Sätze für den Brief an die Antragstellenden.",
    ),
    (
        "note",
        "Notiz",
        "Notizen",
        "Nur für den Vorgang, niemand sonst liest sie.",
    ),
];

const LONGEST: usize = 1500;

fn service_name(decided: &[Decided], id: &str) -> String {
    if id.is_empty() {
        return "alle Leistungen".into();
    }
    decided
        .iter()
        .find(|d| d.service.id == id)
        .map_or_else(|| id.to_owned(), |d| d.text("noun"))
}

pub async fn page(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    let decided = scope::decided(&app, lead.0.tenant.id());
    let blocks = lead.0.tenant.read(|t| t.text_blocks("")).await?;
    let groups: Vec<Value> = KINDS
        .iter()
        .map(|(kind, one, many, text)| {
            let rows: Vec<Value> = blocks
                .iter()
                .filter(|b| b.kind == *kind)
                .map(|b| {
                    json!({ "href": format!("/amt/einstellungen/textbausteine/{}", b.id), "title": b.title, "text": b.text,
                        "service": service_name(&decided, &b.service) })
                })
                .collect();
            json!({ "kind": kind, "one": one, "many": many, "text": text, "rows": rows })
        })
        .collect();
    let notice = match req.param("stand").as_deref() {
        Some("gespeichert") => "Gespeichert. Ab jetzt steht der Satz zur Auswahl.",
        Some("geloescht") => "Der Textbaustein ist gelöscht. Briefe, in denen er steht, bleiben.",
        _ => "",
    };
    let ctx = json!({ "groups": groups, "notice": notice, "any": !blocks.is_empty() });
    frame::ok(&app, "office/blocks.html", &req, &lead, "textbausteine", ctx)
}

fn typed_of(b: &TextBlock) -> Typed {
    let mut t = Typed::default();
    t.put("art", &b.kind);
    t.put("leistung", &b.service);
    t.put("titel", &b.title);
    t.put("text", &b.text);
    t.put("stelle", b.position.to_string());
    t
}

/// Reads the form over a block (its id stays).
fn read(t: &Typed, id: &str, decided: &[Decided]) -> Result<TextBlock, Faults> {
    let mut f = Faults::default();
    if !KINDS.iter().any(|k| k.0 == t.get("art")) {
        f.add("art", "Wählen Sie, wofür der Satz ist.");
    }
    let service = t.get("leistung");
    if !service.is_empty() && !decided.iter().any(|d| d.service.id == service) {
        f.add("leistung", "Wählen Sie eine Ihrer Leistungen.");
    }
    let title = f.take(
        "titel",
        read_needed(
            t.get("titel"),
            80,
            "Geben Sie dem Satz einen Titel, zum Beispiel: Wind.",
        ),
    );
    let text = schema::typed::lines(t.get("text"));
    if text.is_empty() {
        f.add("text", "Schreiben Sie den Satz, wie er im Brief stehen soll.");
    } else if text.chars().count() > LONGEST {
        f.add(
            "text",
            format!("Der Text ist zu lang. Kürzen Sie ihn auf {LONGEST} Zeichen."),
        );
    }
    match title {
        Some(title) if f.is_empty() => Ok(TextBlock {
            id: id.to_owned(),
            service: service.to_owned(),
            kind: t.get("art").to_owned(),
            title,
            text,
            position: t.get("stelle").parse().unwrap_or(0),
        }),
        _ => Err(f),
    }
}

fn render(app: &App, lead: &Lead, req: &Req, id: &str, t: &Typed, f: &Faults) -> Result<Response> {
    let decided = scope::decided(app, lead.0.tenant.id());
    let (errors, errors_title) = f.summary(app, &["art", "leistung", "titel", "text"]);
    let kinds = KINDS
        .iter()
        .map(|(key, one, _, text)| choice(*key, *one, t.get("art") == *key).text(*text))
        .collect();
    let mut services = vec![choice("", "alle Leistungen", t.get("leistung").is_empty())];
    services.extend(
        decided
            .iter()
            .map(|d| choice(&d.service.id, d.text("noun"), t.get("leistung") == d.service.id)),
    );
    let ctx = json!({
        "errors": errors, "errors_title": errors_title, "id": id, "title": t.get("titel"), "stelle": t.get("stelle"),
        "f": {
            "art": Field::choose("radio", "art", "Wofür ist der Satz?", kinds, t, f),
            "leistung": Field::choose("select", "leistung", "Bei welcher Leistung?", services, t, f),
            "titel": Field::text("titel", "Titel", t, f).hint("So finden Sie den Satz in der Auswahl."),
            "text": Field::area("text", "Text", t, f).hint("So steht er im Brief. Ganze Sätze, mit Sie."),
        },
    });
    frame::page(app, f.status(), "office/block.html", req, lead, "textbausteine", ctx)
}

pub async fn new(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    let mut t = Typed::default();
    t.put("art", req.param("art").unwrap_or_else(|| "condition".into()));
    render(&app, &lead, &req, "", &t, &Faults::default())
}

pub async fn create(
    State(app): State<App>,
    lead: Lead,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let id = app.store.entropy().id();
    write(&app, &lead, &req, "", &id, Typed(pairs)).await
}

async fn find(lead: &Lead, id: &str) -> Result<TextBlock> {
    let id = id.to_owned();
    lead.0
        .tenant
        .read(move |t| t.text_block(&id))
        .await?
        .ok_or(Failure::Page)
}

pub async fn edit(State(app): State<App>, lead: Lead, Path(block): Path<String>, req: Req) -> Result<Response> {
    let found = find(&lead, &block).await?;
    render(&app, &lead, &req, &found.id, &typed_of(&found), &Faults::default())
}

pub async fn save(
    State(app): State<App>,
    lead: Lead,
    Path(block): Path<String>,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let found = find(&lead, &block).await?;
    write(&app, &lead, &req, &found.id, &found.id, Typed(pairs)).await
}

async fn write(app: &App, lead: &Lead, req: &Req, shown: &str, id: &str, typed: Typed) -> Result<Response> {
    let decided = scope::decided(app, lead.0.tenant.id());
    match read(&typed, id, &decided) {
        Err(faults) => render(app, lead, req, shown, &typed, &faults),
        Ok(mut block) => {
            let (actor, now, new) = (lead.0.clerk.id.0.clone(), app.now(), shown.is_empty());
            lead.0
                .tenant
                .write(move |t| {
                    t.lock_settings()?;
                    let all = t.text_blocks("")?;
                    if new {
                        let last = all.iter().filter(|b| b.kind == block.kind).map(|b| b.position).max();
                        block.position = last.unwrap_or(0) + 1;
                    }
                    if !all.contains(&block) {
                        t.put_text_block(&block, &actor, now)?;
                    }
                    Ok::<_, store::Error>(())
                })
                .await?;
            Ok(redirect("/amt/einstellungen/textbausteine?stand=gespeichert"))
        }
    }
}

pub async fn delete_page(State(app): State<App>, lead: Lead, Path(block): Path<String>, req: Req) -> Result<Response> {
    let found = find(&lead, &block).await?;
    let ctx = json!({ "id": found.id, "title": found.title, "text": found.text });
    frame::ok(&app, "office/block_delete.html", &req, &lead, "textbausteine", ctx)
}

pub async fn delete(State(app): State<App>, lead: Lead, Path(block): Path<String>) -> Result<Response> {
    let (actor, now) = (lead.0.clerk.id.0.clone(), app.now());
    lead.0
        .tenant
        .write(move |t| t.delete_text_block(&block, &actor, now))
        .await?;
    Ok(redirect("/amt/einstellungen/textbausteine?stand=geloescht"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_needs_a_kind_a_title_and_a_text() {
        let mut t = Typed::default();
        let faults = read(&t, "b1", &[]).expect_err("faults");
        for field in ["art", "titel", "text"] {
            assert!(!faults.of(field).is_empty(), "{field}");
        }
        t.put("art", "condition");
        t.put("titel", " Wind ");
        t.put("text", "Bei Wind ab Stärke 6\r\nkein Feuer. ");
        let block = read(&t, "b1", &[]).expect("block");
        assert_eq!(
            (block.title.as_str(), block.text.as_str()),
            ("Wind", "Bei Wind ab Stärke 6\nkein Feuer.")
        );
        assert_eq!(read(&typed_of(&block), "b1", &[]), Ok(block));
        t.put("leistung", "fremd");
        assert!(!read(&t, "b1", &[]).expect_err("faults").of("leistung").is_empty());
    }
}
