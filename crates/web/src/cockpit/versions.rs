//! Versions of services: which wait for a second person, which hold, come, or were withdrawn. One of them: `version_page`;
//! what is done with it: `versions_act`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use store::{Clerk, Version, VersionState};

use crate::cockpit::session::Centre;
use crate::failure::Result;
use crate::format;
use crate::req::Req;
use crate::state::App;

/// Path of a version's page.
pub fn href(id: &str) -> String {
    format!("/cockpit/versionen/{id}")
}

/// Who works or worked at the centre, by their numbers.
pub struct People(Vec<Clerk>);

impl People {
    pub(super) async fn of(centre: &Centre) -> Result<People> {
        Ok(People(centre.0.tenant.read(|t| t.clerks()).await?))
    }

    pub(super) fn name(&self, id: &str) -> String {
        match id {
            "" => "Mit dem Programm geliefert".to_owned(),
            "system" => "Betreiber".to_owned(),
            _ => self
                .0
                .iter()
                .find(|c| c.id.as_str() == id)
                .map_or_else(|| "früheres Konto".to_owned(), |c| c.name.clone()),
        }
    }
}

/// How far a version has come, as a badge.
pub(super) fn badge(version: &Version, live: bool, today: jiff::civil::Date) -> Value {
    let (kind, text) = match version.state {
        VersionState::Proposed => ("warning", "wartet auf Freigabe"),
        VersionState::Approved if live => ("success", "gilt"),
        VersionState::Approved if version.valid_from > today => ("info", "kommt"),
        VersionState::Approved => ("neutral", "abgelöst"),
        VersionState::Refused => ("neutral", "zurückgegeben"),
        VersionState::Withdrawn => ("danger", "zurückgezogen"),
    };
    json!({ "kind": kind, "text": text })
}

pub(super) fn is_live(app: &App, version: &Version) -> bool {
    let live = app.services.latest(&version.service);
    live.and_then(|s| app.services.record(&version.service, &s.hash))
        .is_some_and(|v| v.id == version.id)
}

/// The list.
pub async fn list(State(app): State<App>, centre: Centre, req: Req) -> Result<Response> {
    app.services.look_now(app.now()).await?;
    let people = People::of(&centre).await?;
    let (mut waiting, mut now, mut coming, mut earlier) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for version in app.services.versions("") {
        let service = match app.services.latest(&version.service) {
            Some(service) => Some(service),
            None => app.services.version(&version.hash).await?,
        };
        let name = service.map_or_else(|| version.service.clone(), |s| s.noun().to_owned());
        let live = is_live(&app, &version);
        let row = json!({
            "href": href(&version.id), "name": name, "version": version.version, "badge": badge(&version, live, app.today()),
            "from": format::date(version.valid_from), "by": people.name(&version.proposed_by), "at": format::moment(version.proposed_at),
            "why": version.why,
        });
        match version.state {
            VersionState::Proposed => waiting.push(row),
            VersionState::Approved if live => now.push(row),
            VersionState::Approved if version.valid_from > app.today() => coming.push(row),
            _ => earlier.push(row),
        }
    }
    let part = |id: &str, title: &str, empty: &str, rows: Vec<Value>| json!({ "id": id, "title": title, "empty": empty, "rows": rows });
    let parts = vec![
        part("warten", "Wartet auf die zweite Person", "Nichts wartet.", waiting),
        part("kommen", "Freigegeben, gilt noch nicht", "", coming),
        part("gelten", "Gilt jetzt", "Noch ist keine Leistung veröffentlicht.", now),
        part("frueher", "Früher, zurückgegeben oder zurückgezogen", "", earlier),
    ];
    let parts: Vec<Value> = parts
        .into_iter()
        .filter(|p| p["rows"] != json!([]) || p["empty"] != "")
        .collect();
    app.desk_page(
        StatusCode::OK,
        "cockpit/versions.html",
        &req,
        centre.as_ref(),
        "versionen",
        json!({ "groups": parts }),
    )
}
