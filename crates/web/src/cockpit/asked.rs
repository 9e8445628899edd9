//! What a page of the cockpit was asked for: a year, a service, a kind of map. What is not there is as if not asked.

use serde_json::{Value, json};

use crate::cockpit::figures::Year;
use crate::desk::inbox::noun;
use crate::req::Req;
use crate::state::App;

/// The first year that can be asked for.
const FIRST: i16 = 2024;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub year: i16,
    pub service: Option<String>,
    pub wishes: bool,
}

impl Asked {
    pub fn of(app: &App, req: &Req) -> Asked {
        let now = app.today().year();
        let year = req.param("jahr").and_then(|y| y.parse().ok());
        Asked {
            year: year.filter(|y| (FIRST..=now).contains(y)).unwrap_or(now),
            service: req.param("leistung").filter(|s| app.services.latest(s).is_some()),
            wishes: req.param("karte").as_deref() == Some("wuensche"),
        }
    }

    pub fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// The address of a page with the same year and service.
    pub fn at(&self, app: &App, path: &str) -> String {
        let mut pairs = Vec::new();
        if self.year != app.today().year() {
            pairs.push(format!("jahr={}", self.year));
        }
        if let Some(s) = &self.service {
            pairs.push(format!("leistung={s}"));
        }
        if self.wishes {
            pairs.push("karte=wuensche".to_owned());
        }
        let sep = if path.contains('?') { "&" } else { "?" };
        if pairs.is_empty() {
            path.to_owned()
        } else {
            format!("{path}{sep}{}", pairs.join("&"))
        }
    }

    /// Fields of the form over the map.
    pub fn form(&self, app: &App, year: &Year) -> Value {
        let option =
            |value: &str, label: &str, chosen: bool| json!({ "value": value, "label": label, "chosen": chosen });
        let all = std::iter::once(option("", "Alle Leistungen", self.service.is_none()));
        let each = year.services.iter().filter(|s| app.services.latest(s).is_some());
        let services: Vec<Value> = all
            .chain(each.map(|s| option(s, &noun(app, s), self.service() == Some(s))))
            .collect();
        json!({
            "years": years(app, self.year), "services": services, "wishes": self.wishes,
            "maps": [option("", "Angebot", !self.wishes), option("wuensche", "Wünsche ohne Angebot", self.wishes)],
        })
    }
}

/// Years to choose from, the newest first.
pub fn years(app: &App, chosen: i16) -> Vec<Value> {
    let now = app.today().year();
    let all = (FIRST..=now).rev().take(5);
    all.map(|y| json!({ "value": y.to_string(), "label": y.to_string(), "chosen": y == chosen }))
        .collect()
}
