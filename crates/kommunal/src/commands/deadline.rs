//! `kommunal deadline`: a period worked out by the rules of law, as JSON.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use domain::deadline::{backward, forward};
use jiff::civil::Date;
use schema::Period;
use serde_json::json;

use kommunal::shipped;

/// Rechnet eine Frist aus, vorwärts ab einem Ereignis oder rückwärts vor einer Veranstaltung
#[derive(clap::Args)]
pub struct Deadline {
    /// Tag des Ereignisses oder der Veranstaltung, zum Beispiel 2026-11-24
    #[arg(long, value_name = "DATUM", value_parser = super::day)]
    from: Date,
    /// Länge: 10d (Tage), 3wd (Arbeitstage), 2w (Wochen), 1m (Monate)
    #[arg(long, value_name = "FRIST")]
    period: Period,
    /// Rückwärts: die Frist muss vor dem Tag vergangen sein
    #[arg(long)]
    backward: bool,
    /// Gemeindeschlüssel (AGS) des Ortes, dessen Feiertage gelten
    #[arg(long, value_name = "AGS")]
    place: Option<String>,
    /// Ordner mit den Daten; ohne ihn gilt das mitgelieferte Verzeichnis
    #[arg(long, value_name = "ORDNER")]
    data: Option<PathBuf>,
}

impl Deadline {
    pub fn run(self) -> anyhow::Result<()> {
        let files = shipped::regions();
        let loaded = schema::load(&files);
        if let Some(mistake) = loaded.diagnostics.first() {
            bail!("{mistake}");
        }
        let place = self.place.unwrap_or_default();
        if !place.is_empty() {
            let register = exchange::Register::open(self.data.as_deref(), &files)?;
            register
                .by_ags(&place)
                .with_context(|| super::register::unknown(&register, &place))?;
        }
        let region = &loaded.catalog.region;
        let holiday = domain::calendar::holidays(region, &place);
        super::print_json(&if self.backward {
            let d = backward(self.from, self.period, &holiday);
            json!({ "last_day": d.last_day, "borderline": d.borderline, "reason": d.reason })
        } else {
            let d = forward(self.from, self.period, &holiday).citing(region);
            json!({ "last_day": d.last_day, "reason": d.reason })
        })
    }
}
