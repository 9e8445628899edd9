//! What is no form: law, what a municipality sets, fees, deadlines, conditions, letters, and the service itself.

use super::Topic;
use super::form::kept;
use super::items::{Item, bases, german, when, yes_no};
use crate::show::format;
use crate::{
    Act, DeadlineKind, FeeKind, Lang, LawFigure, Origin, ParamType, Parameter, Period, PeriodRef, PeriodUnit, Service,
};

pub(super) fn items(service: &Service) -> Vec<Item> {
    let mut out = vec![whole(service)];
    out.extend(law(service));
    out.extend(service.parameters.iter().map(|p| parameter(service, p)));
    out.extend(service.fees.iter().map(|fee| {
        let name = german(service, &format!("fee.{}", fee.id)).unwrap_or(&fee.id);
        let kind = match fee.kind {
            FeeKind::Fee => "Gebühr",
            FeeKind::Price => "Entgelt",
            FeeKind::Deposit => "Kaution",
        };
        Item::new("fee", &fee.id, Topic::Fees, format!("Gebühr „{name}“"))
            .facet("Betrag", amount(service, &fee.cents.source))
            .facet("fällt an", when(fee.when.as_ref()))
            .facet("Art", kind)
            .facet("Rechtsgrundlage", bases(service, &fee.legal_basis))
            .texts([format!("fee.{}", fee.id)])
    }));
    out.extend(deadlines(service));
    out.extend(service.conditions.iter().map(|condition| {
        let words = german(service, &format!("condition.{}", condition.id)).unwrap_or(&condition.id);
        Item::new(
            "condition",
            &condition.id,
            Topic::Letters,
            format!("Auflage „{}“", shortened(words)),
        )
        .at("Bescheid")
        .facet("gilt", when(condition.when.as_ref()))
        .facet("vorausgewählt", yes_no(condition.default))
        .texts([format!("condition.{}", condition.id)])
    }));
    out.extend(service.consults.iter().map(|consult| {
        Item::new(
            "consult",
            &consult.who,
            Topic::Rest,
            format!("Beteiligung „{}“", consult.who),
        )
        .facet("wird gefragt", when(consult.when.as_ref()))
        .facet("sieht die Angaben", consult.fields.join(", "))
    }));
    out.extend(service.shown_rules.iter().map(|rule| {
        let label = german(service, &format!("shown_rule.{}.label", rule.id)).unwrap_or(&rule.id);
        let origin = match rule.origin {
            Origin::Law => "Recht des Landes",
            Origin::Place => "Regel der Gemeinde",
            Origin::Free => "frei",
        };
        Item::new("shown_rule", &rule.id, Topic::Words, format!("Regel „{label}“"))
            .at("Startseite")
            .facet("steht da", when(rule.when.as_ref()))
            .facet("kommt von", origin)
            .texts([format!("shown_rule.{}", rule.id)])
    }));
    out.extend(service.letters.iter().map(|(kind, source)| {
        let lines = source
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty() && !l.starts_with("//"));
        let mut item = Item::new("letter", kind, Topic::Letters, format!("Brief „{}“", letter(kind)));
        item.add("Aufbau".into(), lines.collect::<Vec<_>>().join("\n"), true);
        item.texts([format!("letter.{kind}")])
    }));
    out
}

/// The service as a whole.
fn whole(service: &Service) -> Item {
    let act = match service.act {
        Act::Notice => "Anzeige",
        Act::Application => "Antrag",
        Act::Contract => "Vertrag",
    };
    let regime = service
        .regime
        .as_ref()
        .map(|id| format!("stellt die Gemeinde ein: {id}"));
    let regime = regime.or_else(|| service.regime_expr.as_ref().map(|e| e.source.clone()));
    let event = &service.event;
    let days = [
        ("Tag", &event.date),
        ("letzter Tag", &event.last_day),
        ("Beginn", &event.start),
        ("Ende", &event.end),
        ("Ort", &event.place),
        ("Absage", &event.cancel_until),
        ("Veranstalter", &event.applicant),
    ];
    let days = days
        .iter()
        .filter_map(|(name, path)| Some(format!("{name}: {}", path.as_ref()?)));
    let booking = service.booking.as_ref().map(|b| {
        let of = |(day, time): &(String, String)| format!("{day} {time}");
        let tariff = b.tariff.as_ref().map(|t| format!("\nTarif: {t}")).unwrap_or_default();
        format!("Raum: {}\nvon: {}\nbis: {}{tariff}", b.room, of(&b.from), of(&b.to))
    });
    let assurance = service.assurance.as_ref().map(|a| {
        let level = format!("Vertrauensniveau {}", a.level.german());
        format!("{level}\n{}", bases(service, &a.legal_basis))
    });
    Item::new("service", "", Topic::Rest, "Leistung")
        .facet("Kennung", service.id.clone())
        .facet("Kürzel im Aktenzeichen", service.code.clone())
        .facet("Bild", service.icon.clone())
        .facet("Gruppe", service.group.clone())
        .facet("Was gesendet wird", act)
        .facet("Zuständigkeit", service.responsibility.clone())
        .facet("Verfahren", regime.unwrap_or_default())
        .facet("Aufbewahrung", kept(service, &service.retention))
        .facet("Nachweis der Person", assurance.unwrap_or_default())
        .facet("Angaben für Liste und Kalender", days.collect::<Vec<_>>().join("\n"))
        .facet("Belegung eines Raums", booking.unwrap_or_default())
}

/// Bases and figures of law.
fn law(service: &Service) -> Vec<Item> {
    let stand = |confirmed: bool| if confirmed { "bestätigt" } else { "nicht bestätigt" };
    let mut out: Vec<Item> = service
        .legal_basis
        .iter()
        .map(|basis| {
            Item::new(
                "legal_basis",
                &basis.id,
                Topic::Law,
                format!("Rechtsgrundlage „{}“", shortened(&basis.title)),
            )
            .facet("Wortlaut", basis.title.clone())
            .facet("Adresse", basis.url.clone().unwrap_or_default())
            .facet("Stand", stand(basis.confirmed))
            .facet("Anmerkung", basis.note.clone().unwrap_or_default())
        })
        .collect();
    let all = everything(service);
    out.extend(service.region.law.iter().map(|(id, f)| {
        let at = if reads(&all, id) {
            "damit rechnet diese Leistung"
        } else {
            "diese Leistung rechnet nicht damit"
        };
        Item::new("figure", id, Topic::Law, format!("Zahl des Rechts „{id}“"))
            .at(at)
            .facet("Wert", figure(f))
            .facet("Grundlage", f.legal_basis.clone())
            .facet("Stand", stand(f.confirmed))
    }));
    out
}

/// All that the service says, to look names up in.
fn everything(service: &Service) -> String {
    let own = Service {
        region: std::sync::Arc::default(),
        examples: Vec::new(),
        ..service.clone()
    };
    format!("{own:?}")
}

/// Does the service name this figure, in a bound, a rule or a text?
fn reads(all: &str, id: &str) -> bool {
    let name = format!("law.{id}");
    let whole = |at: usize| !all[at + name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    all.contains(&format!("Law({id:?})")) || all.match_indices(&name).any(|(at, _)| whole(at))
}

/// `100 m`, `22:00`
pub(super) fn figure(figure: &LawFigure) -> String {
    match figure.value.as_i64() {
        Some(n) => format::with_unit(n, figure.unit.as_deref(), Lang::De),
        None => figure
            .value
            .as_str()
            .map_or_else(|| figure.value.to_string(), str::to_owned),
    }
}

fn parameter(service: &Service, p: &Parameter) -> Item {
    let kind = match p.kind {
        ParamType::Number => "ganze Zahl",
        ParamType::Money => "Betrag",
        ParamType::OneOf => "eine Möglichkeit",
        ParamType::YesNo => "Ja oder Nein",
        ParamType::Time => "Uhrzeit",
        ParamType::Text => "Text",
    };
    Item::new(
        "parameter",
        &p.id,
        Topic::Local,
        format!("Einstellung „{}“", crate::parameter::label(service, &p.id)),
    )
    .at("was die Gemeinde festlegt")
    .facet("Vorgabe", crate::parameter::shown(service, p, &p.default))
    .facet("Grenzen", crate::parameter::bounds(p))
    .facet("Möglichkeiten", p.options.join(", "))
    .facet("Art", kind)
    .facet("Einheit", p.unit.clone().unwrap_or_default())
    .facet("Rechtsgrundlage", bases(service, &p.legal_basis))
    .texts([format!("parameter.{}", p.id), format!("parameter_option.{}", p.id)])
}

/// `20,00 €`, `der Wert der Gemeinde „Gebühr“`, or the rule itself.
fn amount(service: &Service, source: &str) -> String {
    if let Ok(cents) = source.trim().parse() {
        return format::money(cents, Lang::De);
    }
    match source.trim().strip_prefix("params.") {
        Some(id) if service.parameters.iter().any(|p| p.id == id) => {
            format!("der Wert der Gemeinde „{}“", crate::parameter::label(service, id))
        }
        _ => source.to_owned(),
    }
}

fn deadlines(service: &Service) -> Vec<Item> {
    let mut seen = std::collections::BTreeMap::new();
    let one = |rule: &crate::DeadlineRule| {
        let (kind, what) = match rule.kind {
            DeadlineKind::Notice => ("notice", "Frist für den Antragsteller"),
            DeadlineKind::Decision => ("decision", "Frist für das Amt"),
        };
        let n = seen.entry(kind).and_modify(|n| *n += 1).or_insert(1);
        let what = if *n == 1 {
            what.to_owned()
        } else {
            format!("{what} ({n})")
        };
        let period = match &rule.period {
            PeriodRef::Fixed(period) => words(*period),
            PeriodRef::Param(id, unit) => {
                format!(
                    "der Wert der Gemeinde „{}“ in {}",
                    crate::parameter::label(service, id),
                    unit_word(*unit)
                )
            }
        };
        Item::new("deadline", format!("{kind}{n}"), Topic::Deadlines, what)
            .facet("Dauer", period)
            .facet("zählt zurück von", rule.before.clone().unwrap_or_default())
            .facet("gilt", when(rule.when.as_ref()))
            .facet("Rechtsgrundlage", bases(service, &rule.legal_basis))
    };
    service.deadlines.iter().map(one).collect()
}

fn words(period: Period) -> String {
    format!("{} {}", period.n, unit_word(period.unit))
}

fn unit_word(unit: PeriodUnit) -> &'static str {
    match unit {
        PeriodUnit::Days => "Tage",
        PeriodUnit::WorkingDays => "Arbeitstage",
        PeriodUnit::Weeks => "Wochen",
        PeriodUnit::Months => "Monate",
    }
}

/// What a letter is called.
pub(super) fn letter(kind: &str) -> &str {
    match kind {
        "receipt" => "Eingangsbestätigung",
        "approval" => "Bescheid",
        "refusal" => "Ablehnung",
        "question" => "Rückfrage",
        other => other,
    }
}

/// The beginning of a sentence, as its name.
fn shortened(words: &str) -> String {
    if words.chars().count() <= 60 {
        return words.to_owned();
    }
    let mut cut: String = words.chars().take(57).collect();
    if let Some(at) = cut.rfind(' ') {
        cut.truncate(at);
    }
    cut + " …"
}
