//! `regions/<id>/*.toml` → [`Region`]: numbers of state law, holidays, quiet days, responsibilities.
//! Reading only; what the days and levels mean is decided in `days` and by the routing.

use std::collections::BTreeMap;

use crate::load::keys::Keys;
use crate::load::keys_data::{HOLIDAYS, LAW, PERIODS, QUIET_DAYS, RESPONSIBILITIES};
use crate::load::node::steps;
use crate::load::scalar;
use crate::load::source::Report;
use crate::load::view::{File, View, parse};
use crate::{DayAt, DayRule, FileMap, LawFigure, Level, OwnOffice, Region, Responsibility};

/// A region as far as its files are there. A package of one service holds its law only.
#[derive(Debug, Default)]
pub(crate) struct RegionFiles {
    pub region: Region,
    /// False if the law is there but does not parse.
    pub law_known: bool,
    /// False if the file is not there or does not parse.
    pub responsibilities_known: bool,
}

/// Reads the first region of the files.
pub(crate) fn read(files: &FileMap, report: &mut Report) -> RegionFiles {
    let first = files.keys().find_map(|path| {
        path.strip_prefix("regions/")?
            .split_once('/')
            .map(|(id, _)| id.to_owned())
    });
    let Some(id) = first else {
        return RegionFiles {
            law_known: true,
            ..RegionFiles::default()
        };
    };
    let folder = format!("regions/{id}/");
    let mut file = |name: &str, keys: &'static Keys| {
        let path = format!("{folder}{name}");
        files.get(&path).map(|bytes| File::read(&path, bytes, keys, report))
    };
    let law = file("law.toml", &LAW);
    let periods = file("periods.toml", &PERIODS);
    let responsibilities = file("responsibilities.toml", &RESPONSIBILITIES);
    let holidays = file("holidays.toml", &HOLIDAYS);
    let quiet_days = file("quiet_days.toml", &QUIET_DAYS);
    let mut region = Region {
        id,
        ..Region::default()
    };
    if let Some(file) = &law {
        region.law = figures(file, report);
    }
    if let Some(file) = &periods {
        region.periods = figures(file, report);
    }
    if let Some(file) = &responsibilities {
        let root = file.root();
        region.responsibilities = root
            .entries()
            .iter()
            .map(|e| (e.key.clone(), responsibility(&e.key, root.of(e))))
            .collect();
    }
    for (file, list) in [(&holidays, &mut region.holidays), (&quiet_days, &mut region.quiet_days)] {
        if let Some(file) = file {
            *list = days(file, report);
        }
    }
    RegionFiles {
        region,
        law_known: law.is_none_or(|f| f.parsed()),
        responsibilities_known: responsibilities.is_some_and(|f| f.parsed()),
    }
}

fn figures(file: &File, report: &mut Report) -> BTreeMap<String, LawFigure> {
    let root = file.root();
    for entry in root.entries() {
        let figure = root.of(entry);
        if figure.text("unit").is_some() && figure.get("value").exists() && figure.int("value").is_none() {
            let what = "Ein Wert mit „unit“ muss eine ganze Zahl sein";
            file.report(report, steps![entry.key.as_str(), "value"], what)
                .like("value = 100");
        }
    }
    let all = root.entries().iter();
    all.map(|e| (e.key.clone(), figure(root.of(e)))).collect()
}

fn figure(v: View<'_>) -> LawFigure {
    LawFigure {
        value: v.get("value").json(),
        unit: v.text("unit"),
        legal_basis: v.word("legal_basis"),
        confirmed: v.word("status") == "confirmed",
    }
}

fn responsibility(id: &str, v: View<'_>) -> Responsibility {
    Responsibility {
        id: id.to_owned(),
        level: parse(&v.word("level")).unwrap_or(Level::Municipality),
        own_office: v.list("own_office").into_iter().map(own_office).collect(),
        consult_local: v.flag("consult_local"),
        legal_basis: v.word("legal_basis"),
    }
}

fn own_office(v: View<'_>) -> OwnOffice {
    OwnOffice {
        ags: v.word("ags"),
        name: v.word("name"),
        since: v.text("since").and_then(|s| scalar::date(&s)),
        source: v.word("source"),
        confirmed: v.word("status") == "confirmed",
    }
}

fn days(file: &File, report: &mut Report) -> Vec<DayRule> {
    let mut seen = std::collections::BTreeSet::new();
    let mut rules = Vec::new();
    for (index, v) in file.root().list("day").into_iter().enumerate() {
        let kinds = ["fixed", "easter", "advent"]
            .into_iter()
            .filter(|k| v.get(k).exists())
            .count();
        if kinds != 1 {
            let what = "Ein Tag hat genau eine der Angaben fixed, easter und advent";
            file.report(report, steps!["day", index], what).like("easter = -2");
        }
        let id = v.word("id");
        if !id.is_empty() && !seen.insert(id.clone()) {
            file.report(
                report,
                steps!["day", index, "id"],
                format!("Den Tag „{id}“ gibt es schon weiter oben"),
            );
        }
        rules.push(day(id, v));
    }
    rules
}

fn day(id: String, v: View<'_>) -> DayRule {
    let offset = |key: &str| v.int(key).and_then(|n| i32::try_from(n).ok());
    let at = if let Some(offset) = offset("easter") {
        DayAt::Easter { offset }
    } else if let Some(offset) = offset("advent") {
        DayAt::Advent { offset }
    } else {
        let (month, day) = v.text("fixed").and_then(|s| scalar::month_day(&s)).unwrap_or((1, 1));
        DayAt::Fixed { month, day }
    };
    let hours: Vec<u8> = v
        .list("hours")
        .into_iter()
        .filter_map(|h| u8::try_from(h.as_int()?).ok())
        .collect();
    DayRule {
        id,
        name: v.word("name"),
        at,
        since: v.int("since").and_then(|n| i16::try_from(n).ok()),
        only: v.texts("only"),
        hours: if let [from, to] = hours[..] {
            Some((from, to))
        } else {
            None
        },
        legal_basis: v.word("legal_basis"),
    }
}
