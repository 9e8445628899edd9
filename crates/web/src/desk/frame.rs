//! The frame of every desk page: bar, areas, user, shortcuts. German only.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use axum::http::StatusCode;
use axum::response::Response;
use schema::Lang;
use serde::Serialize;
use serde_json::{Value, json};

use crate::desk::session::{self, Desk};
use crate::failure::{Failure, Result};
use crate::page::Ui;
use crate::req::Req;
use crate::state::App;

/// Areas of the bar: key, label, address, only for the lead.
const AREAS: [(&str, &str, &str, bool); 8] = [
    ("eingang", "Eingang", "/amt/eingang", false),
    ("kalender", "Kalender", "/amt/kalender", false),
    ("beteiligung", "Stellungnahmen", "/amt/stellungnahmen", false),
    ("briefe", "Briefe", "/amt/briefe", false),
    ("zahlungen", "Zahlungen", "/amt/zahlungen", false),
    ("zahlen", "Zahlen", "/amt/zahlen", false),
    ("store", "Store", "/amt/store", true),
    ("einstellungen", "Einstellungen", "/amt/einstellungen", true),
];

/// Areas of the competence centre's bar. A page that is not there yet has no link.
const CENTRE_AREAS: [(&str, &str, &str, bool); 6] = [
    ("cockpit", "Cockpit", "/cockpit", false),
    ("versionen", "Versionen", "/cockpit/versionen", false),
    ("beitritte", "Beitritte", "/cockpit/beitritte", false),
    ("anfragen", "Anfragen", "/cockpit/anfragen", false),
    ("artikel", "Artikel", "/cockpit/artikel", false),
    ("einstellungen", "Einstellungen", "/amt/einstellungen", true),
];

/// Where somebody begins after the log-in.
pub fn home(app: &App, desk: &Desk) -> &'static str {
    if desk.is_centre(app) {
        session::COCKPIT
    } else {
        "/amt/eingang"
    }
}

/// Whether a GET page of this address pattern exists: links are shown only to what is there.
pub fn exists(path: &str) -> bool {
    static PATHS: OnceLock<BTreeSet<&'static str>> = OnceLock::new();
    PATHS
        .get_or_init(|| {
            crate::route_infos()
                .into_iter()
                .filter(|r| r.method == "GET")
                .map(|r| r.path)
                .collect()
        })
        .contains(path)
}

fn areas(app: &App, desk: &Desk, here: &str) -> Vec<Value> {
    if desk.only_audits() {
        return vec![json!({ "label": "Protokoll", "href": "/amt/protokoll", "here": here == "einstellungen" })];
    }
    let areas: &[(&str, &str, &str, bool)] = if desk.is_centre(app) { &CENTRE_AREAS } else { &AREAS };
    areas
        .iter()
        .filter(|(_, _, path, lead)| exists(path) && (!lead || desk.is_lead()))
        .map(|(key, label, path, _)| json!({ "label": label, "href": path, "here": *key == here }))
        .collect()
}

/// "Bitte ändern Sie zwei Angaben": over the list of errors, always in German.
pub fn errors_title(app: &App, req: &Req, n: usize) -> String {
    let german = Req {
        lang: Lang::De,
        ..req.clone()
    };
    crate::apply::form::errors_title(app, &german, n)
}

impl App {
    /// Frame of desk pages; also of the log-in.
    pub fn ui_desk(&self, req: &Req) -> Ui {
        let mut ui = self.ui(req);
        ui.speak(Lang::De);
        ui.brand_href = "/amt/eingang".into();
        ui.brand_sub = "Sachbearbeitung".into();
        ui.plain_footer = true;
        ui
    }

    /// A desk page. `area`: which area of the bar is current.
    pub fn desk_page(
        &self,
        status: StatusCode,
        template: &str,
        req: &Req,
        desk: &Desk,
        area: &str,
        ctx: impl Serialize,
    ) -> Result<Response> {
        let mut all = serde_json::to_value(ctx).map_err(Failure::internal)?;
        let work = if desk.is_centre(self) {
            "Verwaltung digital"
        } else {
            "Sachbearbeitung"
        };
        if let Some(map) = all.as_object_mut() {
            map.insert(
                "desk".into(),
                json!({
                    "authority": desk.authority(), "user": desk.clerk.name, "lead": desk.is_lead(), "demo": self.config.demo,
                    "areas": areas(self, desk, area), "home": home(self, desk), "work": work, "keys": desk.prefers("shortcuts", true),
                }),
            );
        }
        self.page(status, template, self.ui_desk(req), all)
    }
}
