//! The archive that an authority names: its name and how long it has for an answer, within the region's bounds.

use serde_json::{Value, json};
use store::Archive;

use crate::office::fields::{Faults, Field, Typed, read_line, read_number};
use crate::state::App;

/// Days that the region proposes, and its bounds.
fn days(app: &App) -> (i64, i64, i64) {
    let law = |name: &str| domain::deadline::law_days(&app.region, name);
    let (least, most) = (
        law("archive_answer_least").unwrap_or(1),
        law("archive_answer_most").unwrap_or(366),
    );
    (law("archive_answer").unwrap_or(most), least, most)
}

/// Is the region's figure read in a source?
fn confirmed(app: &App) -> bool {
    app.region.law.get("archive_answer").is_some_and(|f| f.confirmed)
}

/// The fields, the mistakes, and their title.
pub fn form(app: &App, named: Option<&Archive>, typed: Option<Typed>, f: &Faults) -> (Value, Vec<Value>, String) {
    let (proposed, least, most) = days(app);
    let typed = typed.unwrap_or_else(|| {
        let mut t = Typed::default();
        t.put("archiv", named.map(|a| a.name.clone()).unwrap_or_default());
        t.put("tage", named.map_or(proposed, |a| a.days).to_string());
        t
    });
    let open = if confirmed(app) {
        ""
    } else {
        " Die Zahlen sind noch nicht bestätigt: Fragen Sie das Archiv."
    };
    let fields = json!({
        "archiv": Field::text("archiv", "Ihr Archiv", &typed, f).hint("Zum Beispiel: Kreisarchiv Altenburger Land. Leer heißt: Es ist keines genannt, die Leitung gibt frei.").optional(),
        "tage": Field::text("tage", "Zeit für die Antwort des Archivs", &typed, f).unit("Tage").mode("numeric").hint(format!("{least} bis {most} Tage. Danach darf gelöscht werden.{open}")),
    });
    let (errors, title) = f.summary(app, &["archiv", "tage"]);
    (fields, errors, title)
}

/// As typed → as kept.
pub fn read(app: &App, t: &Typed) -> Result<Option<Archive>, Faults> {
    let (proposed, least, most) = days(app);
    let mut f = Faults::default();
    let name = f.take("archiv", read_line(t.get("archiv"), 120));
    let days = f.take("tage", read_number(t.get("tage"), least, most));
    match (name, days) {
        (Some(name), _) if name.is_empty() && f.is_empty() => Ok(None),
        (Some(name), Some(days)) if f.is_empty() => Ok(Some(Archive {
            name,
            days: days.unwrap_or(proposed),
        })),
        _ => Err(f),
    }
}
