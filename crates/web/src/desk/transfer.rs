//! Handing a misdirected case over to another authority that works here. The right one by the register
//! comes first; others are found by name. Both sides are told by `jobs`.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Action, TenantId};
use serde::Deserialize;
use serde_json::{Value, json};
use store::Authority;

use crate::desk::file::{self, Acted, File};
use crate::desk::session::Desk;
use crate::desk::{case, steps};
use crate::failure::Result;
use crate::req::Req;
use crate::state::App;

/// Hits of a search at most.
const HITS: usize = 12;

#[derive(Debug, Deserialize, Default)]
pub struct Entered {
    #[serde(default)]
    an: String,
    #[serde(default)]
    grund: String,
    #[serde(default)]
    q: String,
    /// "Suchen" was pressed: nothing is sent.
    #[serde(default, rename = "_suchen")]
    searching: Option<String>,
}

pub async fn page(State(app): State<App>, Path(id): Path<String>, desk: Desk, req: Req) -> Result<Response> {
    let file = file::load(&app, &desk, &id).await?;
    if !file.is_open() {
        let why = "Abgeben geht nur, solange noch nicht entschieden ist.";
        return file::refused(&app, &desk, &req, &file.case.id, why).await;
    }
    // `q` of the address is the inbox's search, not a search for an authority.
    render(&app, &desk, &req, &file, &Entered::default(), &[], "").await
}

/// Authorities with a desk here that decide cases, the own one left out.
pub(super) async fn others(app: &App, desk: &Desk) -> Result<Vec<Authority>> {
    let all = app.store.shared().authorities().await?;
    let centre = app.register.centre().map(|c| &c.id);
    let decides = |a: &Authority| a.id != *desk.tenant.id() && Some(&a.id) != centre;
    Ok(all.into_iter().filter(decides).collect())
}

/// Who would decide by the register, and the district of the place.
pub(super) fn likely(app: &App, file: &File) -> Vec<TenantId> {
    let place = &file.offer.place;
    let mut ids = Vec::new();
    if let Ok(route) = app.route(&file.service, place) {
        ids.push(route.authority.id);
    }
    ids.push(place.municipality.association.authority.id.clone());
    ids.push(place.municipality.district.authority.id.clone());
    ids
}

/// Rows to choose from: the likely ones, then what the search found, by nearness of the name.
pub(super) fn choices(all: &[Authority], likely: &[TenantId], q: &str, chosen: &str) -> Vec<Value> {
    let mut rows: Vec<&Authority> = Vec::new();
    for id in likely {
        if let Some(a) = all.iter().find(|a| a.id == *id)
            && !rows.iter().any(|r| r.id == a.id)
        {
            rows.push(a);
        }
    }
    let typed = q.trim().to_lowercase();
    if !typed.is_empty() {
        let mut found: Vec<(usize, &Authority)> = all
            .iter()
            .filter_map(|a| {
                let name = a.name.to_lowercase();
                let score = if name.contains(&typed) {
                    0
                } else {
                    let words = name.split(|c: char| !c.is_alphanumeric());
                    words.map(|w| strsim::damerau_levenshtein(w, &typed)).min().unwrap_or(9)
                };
                (score <= 2).then_some((score, a))
            })
            .collect();
        found.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
        rows.retain(|r| found.iter().any(|(_, f)| f.id == r.id) || r.id.as_str() == chosen);
        for (_, a) in found.into_iter().take(HITS) {
            if !rows.iter().any(|r| r.id == a.id) {
                rows.push(a);
            }
        }
    }
    rows.iter()
        .map(|a| json!({ "id": a.id.0, "name": a.name, "on": a.id.as_str() == chosen }))
        .collect()
}

async fn render(
    app: &App,
    desk: &Desk,
    req: &Req,
    file: &File,
    input: &Entered,
    errors: &[(&str, &str)],
    why: &str,
) -> Result<Response> {
    file::seen(app, desk, &file.case.id, "case.read").await?;
    let all = others(app, desk).await?;
    let rows = choices(&all, &likely(app, file), &input.q, &input.an);
    let at = |id: &str| errors.iter().find(|(i, _)| *i == id).map_or("", |(_, text)| text);
    let list: Vec<Value> = errors
        .iter()
        .map(|(id, text)| json!({ "href": if *id == "an" && rows.is_empty() { "q" } else { id }, "text": text }))
        .collect();
    let title = if list.len() == 1 {
        "Bitte ändern Sie eine Angabe"
    } else {
        "Bitte ändern Sie zwei Angaben"
    };
    let status = if list.is_empty() && why.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let ctx = json!({
        "c": case::head(app, file), "kept": file::kept(req), "rows": rows, "q": input.q, "reason": input.grund, "errors": list,
        "errors_title": title, "error_to": at("an"), "error_reason": at("grund"), "why": why,
    });
    app.desk_page(status, "desk/transfer.html", req, desk, "eingang", ctx)
}

pub async fn send(
    State(app): State<App>,
    Path(id): Path<String>,
    desk: Desk,
    req: Req,
    Form(input): Form<Entered>,
) -> Result<Response> {
    let file = file::load(&app, &desk, &id).await?;
    if input.searching.is_some() {
        return render(&app, &desk, &req, &file, &input, &[], "").await;
    }
    let reason = steps::plain(&input.grund);
    let all = others(&app, &desk).await?;
    let to = all.iter().find(|a| a.id.as_str() == input.an);
    let mut errors = Vec::new();
    if to.is_none() {
        errors.push(("an", "Wählen Sie das Amt, das zuständig ist."));
    }
    if reason.is_empty() {
        errors.push(("grund", "Schreiben Sie, warum das andere Amt zuständig ist."));
    }
    let long = steps::too_long(&reason, steps::TEXT);
    if let Some(long) = &long {
        errors.push(("grund", long));
    }
    let (Some(to), true) = (to, errors.is_empty()) else {
        return render(&app, &desk, &req, &file, &input, &errors, "").await;
    };
    let action = Action::Transfer {
        to: to.id.clone(),
        to_name: to.name.clone(),
        reason,
    };
    match file::act(&app, &desk, &file.case.id, vec![action]).await? {
        Acted::Refused(why) if file.is_open() => render(&app, &desk, &req, &file, &input, &[], &why).await,
        acted => file::after(&app, &desk, &req, &file.case.id, acted, "abgegeben").await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority(id: &str, name: &str) -> Authority {
        Authority {
            id: TenantId::from(id),
            name: name.into(),
            level: "municipality".into(),
            codes: Vec::new(),
            created_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    fn names(rows: &[Value]) -> Vec<&str> {
        rows.iter().filter_map(|r| r["name"].as_str()).collect()
    }

    #[test]
    fn the_right_authority_comes_first_and_others_are_found_with_typing_errors() {
        let all = [
            authority("altenburg", "Stadt Altenburg"),
            authority("lk-altenburger-land", "Landratsamt Altenburger Land"),
            authority("jena", "Stadt Jena"),
        ];
        let likely = [TenantId::from("lk-altenburger-land"), TenantId::from("fehlt")];
        assert_eq!(names(&choices(&all, &likely, "", "")), ["Landratsamt Altenburger Land"]);
        assert_eq!(
            names(&choices(&all, &likely, "Altenb", "")),
            ["Landratsamt Altenburger Land", "Stadt Altenburg"]
        );
        assert_eq!(names(&choices(&all, &likely, "Jenna", "")), ["Stadt Jena"]);
        assert!(choices(&all, &likely, "Hamburg", "").is_empty());
    }
}
