//! The table: ratios first, each with its aim, then what was counted. What misses its aim is named with what the
//! server's own accounting says of where the time goes.

use std::fmt::Write as _;

use crate::form::Form;
use crate::load::Measure;
use crate::rounds::{Figures, Size};

/// One line of a table: `name` against `per`.
struct Line {
    label: &'static str,
    name: &'static str,
    per: Option<&'static str>,
    /// Percent at least.
    aim: Option<f64>,
}

const fn line(label: &'static str, name: &'static str, per: Option<&'static str>, aim: Option<f64>) -> Line {
    Line { label, name, per, aim }
}

const SQLITE: [Line; 9] = [
    line("Antrag über die API, 1 Verbindung", "api1", Some("commits"), Some(60.0)),
    line(
        "Antrag über die API, 64 Verbindungen",
        "api64",
        Some("commits"),
        Some(200.0),
    ),
    line("Formularseite, 8 Verbindungen", "page", Some("empty"), Some(15.0)),
    line("Seite absenden, 8 Verbindungen", "save", Some("commits"), None),
    line("ganzer Weg, 8 Verbindungen", "journey", Some("commits"), Some(25.0)),
    line("kürzester Weg, 8 Verbindungen", "short", Some("commits"), None),
    line("roh: Commit mit einer Zeile von 4 KB", "commits", None, None),
    line("roh: leere Antwort gleicher Größe, 8 Verbindungen", "empty", None, None),
    line("roh: Beleg setzen mit Typst, warm", "letters", None, None),
];

const POSTGRES: [Line; 8] = [
    line("Formularseite, 8 Verbindungen", "page", Some("empty"), Some(3.0)),
    line("ganzer Weg, 8 Verbindungen", "journey", Some("commits"), Some(10.0)),
    line("kürzester Weg, 8 Verbindungen", "short", Some("commits"), None),
    line("Seite absenden, 8 Verbindungen", "save", Some("commits"), None),
    line("Antrag über die API, 1 Verbindung", "api1", Some("commits"), None),
    line("Antrag über die API, 64 Verbindungen", "api64", Some("commits"), None),
    line(
        "roh: Commit mit einer Zeile von 4 KB, 1 Verbindung",
        "commits",
        None,
        None,
    ),
    line("roh: leere Antwort gleicher Größe, 8 Verbindungen", "empty", None, None),
];

/// Median, least, most.
fn middle(values: impl Iterator<Item = f64>) -> (f64, f64, f64) {
    let mut all: Vec<f64> = values.collect();
    all.sort_by(f64::total_cmp);
    let at = |i: usize| all.get(i).copied().unwrap_or(f64::NAN);
    (at(all.len() / 2), at(0), at(all.len().saturating_sub(1)))
}

/// A number with three digits that count: `1.234`, `12,3`, `0,123`.
fn digits(n: f64) -> String {
    let places = match n.abs() {
        n if n >= 99.95 => 0,
        n if n >= 9.995 => 1,
        n if n >= 0.9995 => 2,
        _ => 3,
    };
    let text = format!("{n:.places$}").replace('.', ",");
    if n < 999.5 {
        return text;
    }
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        if i > 0 && (text.len() - i) % 3 == 0 {
            out.push('.');
        }
        out.push(c);
    }
    out
}

fn span((middle, least, most): (f64, f64, f64), unit: &str) -> String {
    format!("{}{unit} ({}–{})", digits(middle), digits(least), digits(most))
}

fn ratios<'a>(figures: &'a Figures, line: &Line) -> Option<impl Iterator<Item = f64> + 'a> {
    let (own, per) = (figures.get(line.name)?, figures.get(line.per?)?);
    Some(own.iter().zip(per).map(|(a, b)| a.rate / b.rate * 100.0))
}

fn mean(of: &[Measure], what: impl Fn(&Measure) -> f64) -> f64 {
    middle(of.iter().map(what)).0
}

fn table(out: &mut String, figures: &Figures, lines: &[Line]) -> Vec<String> {
    let mut missed = Vec::new();
    out.push_str("| | Verhältnis | Ziel | je Sekunde | p50 / p99 ms | CPU des Servers je Vorgang (davon Kern) | Kern |\n|---|---|---|---|---|---|---|\n");
    for line in lines {
        let Some(all) = figures.get(line.name) else { continue };
        let ratio = ratios(figures, line).map(middle);
        let of = match line.per {
            Some("commits") => " der Commits",
            Some(_) => " der leeren Antwort",
            None => "",
        };
        let told = ratio.map_or(String::new(), |r| span(r, " %") + of);
        let cpu = mean(all, |m| m.cpu.all());
        let kernel = mean(all, |m| m.cpu.system);
        let (aim, verdict) = match (line.aim, ratio) {
            (Some(aim), Some((r, ..))) if r < aim => {
                missed.push(format!(
                    "**verfehlt**: {}, {} % statt {} %. Ein Vorgang kostet den Server {} ms CPU, davon {} ms im Betriebssystem; sein Kern war zu {} % mit ihm belegt.",
                    line.label, digits(r), digits(aim), digits(cpu), digits(kernel), digits(mean(all, |m| m.busy) * 100.0),
                ));
                (format!("≥ {} %", digits(aim)), " **verfehlt**")
            }
            (Some(aim), _) => (format!("≥ {} %", digits(aim)), " erreicht"),
            _ => (String::new(), ""),
        };
        let timed = cpu > 0.0;
        let (times, used, core) = match timed {
            true => (
                format!("{} / {}", digits(mean(all, |m| m.p50)), digits(mean(all, |m| m.p99))),
                format!("{} ms ({})", digits(cpu), digits(kernel)),
                format!("{} %", digits(mean(all, |m| m.busy) * 100.0)),
            ),
            false => Default::default(),
        };
        let rate = span(middle(all.iter().map(|m| m.rate)), "");
        let _ = writeln!(
            out,
            "| {} | {told} | {aim}{verdict} | {rate} | {times} | {used} | {core} |",
            line.label
        );
    }
    missed
}

/// Milliseconds and megabytes with an upper aim.
fn bounded(
    out: &mut String,
    figures: &Figures,
    (label, name): (&str, &str),
    aim: Option<f64>,
    unit: &str,
) -> Option<String> {
    let all = figures.get(name)?;
    let of = middle(all.iter().map(|m| m.rate));
    let over = aim.filter(|aim| of.0 > *aim);
    let told = match (aim, over) {
        (Some(aim), Some(_)) => format!("≤ {}{unit} **verfehlt**", digits(aim)),
        (Some(aim), None) => format!("≤ {}{unit} erreicht", digits(aim)),
        _ => String::new(),
    };
    let _ = writeln!(out, "| {label} | {} | {told} |", span(of, unit));
    over.map(|aim| {
        format!(
            "**verfehlt**: {label}, {}{unit} statt {}{unit}.",
            digits(of.0),
            digits(aim)
        )
    })
}

/// The whole report as Markdown.
pub fn report(
    machine: &str,
    notes: &[String],
    form: &Form,
    sqlite: &Figures,
    postgres: Option<&Figures>,
    size: &Size,
) -> String {
    let mut out = format!("{machine}\n");
    let _ = writeln!(
        out,
        "Formular: {}, {} Seiten mit {} Fragen ({} Felder) und die Prüfseite; eine Seite hat im Mittel {} Bytes. Median und Spanne über die Runden.",
        crate::form::SERVICE,
        form.steps.len(),
        form.questions(),
        form.fields(),
        digits(form.page_bytes as f64),
    );
    let others = middle(
        sqlite
            .values()
            .flatten()
            .filter(|m| m.cpu.all() > 0.0)
            .map(|m| m.others * 100.0),
    );
    let _ = writeln!(
        out,
        "Andere Prozesse während der Messung: {} eines Kerns.",
        span(others, " %")
    );
    for note in notes {
        let _ = writeln!(out, "Hinweis: {note}");
    }
    out.push_str("\n## SQLite\n");
    let figures = sqlite;
    let mut missed = table(&mut out, figures, &SQLITE);
    out.push_str("\n| | | Ziel |\n|---|---|---|\n");
    missed.extend(bounded(
        &mut out,
        figures,
        ("bereit nach dem Start", "ready"),
        Some(300.0),
        " ms",
    ));
    bounded(
        &mut out,
        figures,
        ("erster Start mit leerem Ordner (legt die Vorführung an)", "first"),
        None,
        " ms",
    );
    missed.extend(bounded(
        &mut out,
        figures,
        ("Speicher in Ruhe", "idle"),
        Some(64.0),
        " MB",
    ));
    bounded(&mut out, figures, ("Speicher nach der Last", "loaded"), None, " MB");
    bounded(
        &mut out,
        figures,
        (
            "Anträge je Sekunde, bis jeder Beleg gesetzt ist (Arbeiter im selben Prozess)",
            "receipts",
        ),
        None,
        "",
    );
    let of = format!(
        "{} Ämtern und {} ausgedachten Vorgängen",
        digits(size.authorities as f64),
        digits(size.cases as f64)
    );
    let opens = format!("Cockpit mit {of}, Median");
    missed.extend(bounded(&mut out, figures, (&opens, "cockpit"), Some(300.0), " ms"));
    for (label, name, unit) in [
        ("dasselbe, 99 %", "cockpit99", " ms"),
        ("Cockpit, Wünsche nach einer Leistung, Median", "wishes", " ms"),
        ("Cockpit, ein Landkreis, Median", "district", " ms"),
        ("Größe der Seite", "cockpit_size", " KB"),
        ("bis der Arbeiter alle Zähler übertragen hat", "carried", " s"),
    ] {
        bounded(&mut out, figures, (label, name), None, unit);
    }
    if let Some(postgres) = postgres {
        out.push_str("\n## PostgreSQL, seine Prozesse auf dem Kern des Servers\n");
        missed.extend(table(&mut out, postgres, &POSTGRES));
    }
    out.push('\n');
    for one in missed {
        let _ = writeln!(out, "- {one}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_that_count() {
        for (n, text) in [
            (0.1234, "0,123"),
            (12.34, "12,3"),
            (99.99, "100"),
            (123.4, "123"),
            (999.7, "1.000"),
            (1234.0, "1.234"),
            (151_000.0, "151.000"),
        ] {
            assert_eq!(digits(n), text);
        }
    }

    #[test]
    fn a_ratio_is_of_one_round_and_a_missed_aim_is_named() {
        let rate = |rate| Measure {
            rate,
            ..Measure::default()
        };
        let mut figures = Figures::new();
        // The disk got faster by half between the rounds: the ratio has not changed.
        figures.insert("commits", vec![rate(1000.0), rate(1500.0)]);
        figures.insert("api1", vec![rate(500.0), rate(750.0)]);
        figures.insert("api64", vec![rate(2500.0), rate(3750.0)]);
        let mut out = String::new();
        let missed = table(&mut out, &figures, &SQLITE);
        assert!(
            out.contains("50,0 % (50,0–50,0)") && out.contains("≥ 200 % erreicht"),
            "{out}"
        );
        assert!(
            missed.len() == 1 && missed[0].contains("50,0 % statt 60,0 %"),
            "{missed:?}"
        );
    }
}
