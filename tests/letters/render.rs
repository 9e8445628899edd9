//! Every kind of letter of every service: what the PDF says, where it says it, and that it is tagged.
//! Reads the PDFs back with poppler (`apt-get install poppler-utils`), not with our own code.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use letters::{Cost, Item, Kind, LetterData, LetterError, LetterJob, Row, Section, compile};
use serde_json::Value;

mod samples;

/// Every sample letter, set once for all tests.
static ALL: LazyLock<Vec<(&str, Kind, Vec<u8>)>> = LazyLock::new(|| {
    let set = |(service, kind)| {
        let pdf = compile(&samples::job(kind, service), samples::NOW);
        (service, kind, pdf.unwrap_or_else(|e| panic!("{service} {kind:?}: {e}")))
    };
    samples::all().into_iter().map(set).collect()
});

const MM: f64 = 72.0 / 25.4;

fn poppler(program: &str, args: &[&str], pdf: &[u8]) -> String {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|e| panic!("{program}: {e}. Install poppler-utils."));
    let mut input = child.stdin.take().unwrap();
    let pdf = pdf.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&pdf).and_then(|()| input.flush()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Without what line breaks and typography change: white space, zero-width spaces, hyphens at line ends.
fn plain(text: &str) -> String {
    let text = text
        .replace(['\u{200b}', '\u{ad}'], "")
        .replace(['\u{a0}', '\u{c}', '\n'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text(pdf: &[u8]) -> String {
    let raw = poppler("pdftotext", &["-", "-"], pdf);
    assert!(
        !raw.contains('\u{200b}'),
        "what is copied holds a sign that nobody sees: {raw}"
    );
    plain(&raw)
}

fn page(pdf: &[u8], n: usize) -> String {
    let n = n.to_string();
    plain(&poppler("pdftotext", &["-f", &n, "-l", &n, "-", "-"], pdf))
}

fn pages(pdf: &[u8]) -> usize {
    let info = poppler("pdfinfo", &["-"], pdf);
    info.lines()
        .find_map(|l| l.strip_prefix("Pages:"))
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

/// (xMin, yMin, xMax, yMax in mm, word) of one page.
fn words(pdf: &[u8], n: usize) -> Vec<([f64; 4], String)> {
    let n = n.to_string();
    let html = poppler("pdftotext", &["-bbox", "-f", &n, "-l", &n, "-", "-"], pdf);
    html.lines()
        .filter_map(|line| {
            let rest = line.trim().strip_prefix("<word ")?;
            let number = |key: &str| {
                let from = rest.find(key)? + key.len() + 2;
                rest[from..]
                    .split('"')
                    .next()?
                    .parse::<f64>()
                    .ok()
                    .map(|points| points / MM)
            };
            let word = rest.split('>').nth(1)?.split('<').next()?.to_owned();
            Some((
                [number("xMin")?, number("yMin")?, number("xMax")?, number("yMax")?],
                word,
            ))
        })
        .collect()
}

/// Text that the letter holds for people, in the order of the data.
fn said(value: &Value, key: &str, out: &mut Vec<String>) {
    let silent = [
        "kind",
        "lang",
        "crest_svg",
        "iban",
        "digest",
        "proof",
        "date",
        "your_date",
        "due",
        "answer_by",
        "bank",
    ];
    match value {
        _ if silent.contains(&key) => {}
        Value::String(s) if !s.is_empty() => out.push(s.clone()),
        Value::Array(items) => items.iter().for_each(|v| said(v, key, out)),
        Value::Object(fields) => fields.iter().for_each(|(k, v)| said(v, k, out)),
        _ => {}
    }
}

/// "75,00 €", "24.11.2026": written here by other means than in the crate.
fn money(cents: i64) -> String {
    format!("{},{:02} €", cents / 100, cents % 100)
}
fn day(d: jiff::civil::Date) -> String {
    d.strftime("%d.%m.%Y").to_string()
}

/// Words of one text may stand in several lines of two columns; each line's words follow each other.
fn says(text: &str, wanted: &str) -> bool {
    let wanted = plain(wanted);
    text.contains(&wanted)
}

#[test]
fn every_letter_says_what_its_data_says() {
    assert_eq!(
        ALL.len(),
        23,
        "4 services with receipt, question, approval or contract, refusal, application"
    );
    for (service, kind, pdf) in ALL.iter() {
        let kind = *kind;
        let d = samples::data(kind, service);
        let text = text(pdf);
        let mut wanted = Vec::new();
        let mut value = serde_json::to_value(&d).unwrap();
        if kind == Kind::Application {
            // The authority stands in the address field; its letterhead is not ours to print.
            value["authority"] = Value::Null;
            value["your_label"] = Value::Null;
        }
        said(&value, "", &mut wanted);
        wanted.extend(d.costs.iter().map(|c| money(c.cents)));
        wanted.extend(d.due.map(day));
        wanted.push(day(d.date));
        if let Some(p) = &d.payment {
            wanted.extend([money(p.cents), "DE02 1203 0000 0000 2020 51".to_owned()]);
        }
        for w in wanted {
            assert!(says(&text, &w), "{service} {kind:?} does not say: {w}\n{text}");
        }
        assert!(pages(pdf) <= 2, "{service} {kind:?}");
        assert_eq!(
            text.contains("Rechtsbehelfsbelehrung"),
            d.remedy.is_some(),
            "{service} {kind:?}"
        );
    }
}

#[test]
fn every_letter_is_tagged_and_archivable() {
    for (service, kind, pdf) in ALL.iter() {
        let kind = *kind;
        let info = poppler("pdfinfo", &["-"], pdf);
        assert!(info.contains("Tagged:          yes"), "{service} {kind:?}: {info}");
        assert!(info.contains("Page size:       595.276 x 841.89 pts (A4)"), "{info}");
        let raw = String::from_utf8_lossy(pdf);
        for mark in [
            "<pdfaid:part>3<",
            "<pdfaid:conformance>A<",
            "<pdfuaid:part>1<",
            "/Lang(de-DE)",
        ] {
            assert!(raw.contains(mark), "{service} {kind:?}: {mark}");
        }
        let tree = poppler("pdfinfo", &["-struct", "-"], pdf);
        let count = |tag: &str| {
            tree.lines()
                .filter(|l| l.trim_start().split([' ', ':']).next() == Some(tag))
                .count()
        };
        assert_eq!(count("H1"), 1, "{service} {kind:?}: one subject\n{tree}");
        assert!(count("TH") >= 2, "{service} {kind:?}: row heads");
        let d = samples::data(kind, service);
        let figures =
            usize::from(d.payment.is_some()) + usize::from(d.sender.is_none() && d.authority.crest_svg.is_some());
        assert_eq!(count("Figure"), figures, "{service} {kind:?}\n{tree}");
        assert!(!raw.contains("/URI(javascript"), "{service} {kind:?}");
    }
}

#[test]
fn the_same_letter_gives_the_same_bytes() {
    let job = samples::job(Kind::Approval, "sperrzeit");
    let first = compile(&job, samples::NOW).unwrap();
    assert!(first == compile(&job, samples::NOW).unwrap());
    let info = poppler("pdfinfo", &["-isodates", "-"], &first);
    assert!(info.contains("CreationDate:    2026-12-01T08:00:00Z"), "{info}");
    assert!(first != compile(&job, samples::NOW + 1).unwrap());
}

#[test]
fn measures_of_din_5008_form_b() {
    for (service, kind, pdf) in ALL.iter() {
        let kind = *kind;
        let d = samples::data(kind, service);
        let words = words(pdf, 1);
        let find = |text: &str, after: f64| {
            let first = text.split(' ').next().unwrap();
            let hit = words.iter().find(|(b, w)| w == first && b[1] >= after && b[0] < 26.0);
            hit.map(|(b, _)| *b)
                .unwrap_or_else(|| panic!("{service} {kind:?}: {text}"))
        };
        let address = find(&d.recipient[0], 60.0);
        assert!(
            (address[0] - 25.0).abs() < 0.6 && (62.0..65.0).contains(&address[1]),
            "{service} {kind:?}: {address:?}"
        );
        let last = find(d.recipient.last().unwrap(), address[1] + 1.0);
        assert!(
            last[3] <= 90.5,
            "{service} {kind:?}: the address leaves the window: {last:?}"
        );
        let subject = find(&d.subject[0], 95.0);
        assert!((97.0..100.5).contains(&subject[1]), "{service} {kind:?}: {subject:?}");
        let reference = words
            .iter()
            .find(|(b, _)| (b[0] - 125.0).abs() < 0.6 && (49.0..54.0).contains(&b[1]));
        assert!(reference.is_some(), "{service} {kind:?}: reference block at 125/50");
        for n in 1..=pages(pdf) {
            inside(pdf, n, &format!("{service} {kind:?}"));
        }
    }
}

/// Nothing leaves the text area or falls off the paper.
fn inside(pdf: &[u8], n: usize, what: &str) {
    let words = words(pdf, n);
    assert!(!words.is_empty(), "{what}: page {n} is empty");
    for (b, word) in words {
        assert!(b[0] >= 24.5 && b[2] <= 190.6, "{what}, page {n}: {word} at {b:?}");
        assert!(b[1] >= 10.0 && b[3] <= 290.0, "{what}, page {n}: {word} at {b:?}");
    }
}

#[test]
fn forty_conditions_and_sixty_fees_break_well() {
    let mut job = samples::job(Kind::Approval, "sperrzeit");
    let d = &mut job.data;
    d.decision = vec![Item {
        text: "Dabei müssen Sie beachten:".into(),
        conditions: (1..=40)
            .map(|n| format!("Auflage Nummer {n}: {}", "Sie halten die Wege frei. ".repeat(3)))
            .collect(),
    }];
    d.costs = (1..=60)
        .map(|n| Cost {
            label: format!("Posten {n}"),
            basis: "Satzung".into(),
            cents: n,
        })
        .collect();
    d.total_cents = (1..=60).sum();
    d.payment.as_mut().unwrap().cents = d.total_cents;
    let pdf = compile(&job, samples::NOW).unwrap();
    let all = pages(&pdf);
    assert!(all >= 5, "{all}");
    let whole = text(&pdf);
    for n in 1..=40 {
        assert!(whole.contains(&format!("Auflage Nummer {n}:")), "{n}");
    }
    let mut with_fees = 0;
    for n in 1..=all {
        let page = page(&pdf, n);
        assert!(page.contains(&format!("Seite {n} von {all}")), "{page}");
        assert_eq!(
            page.contains("ABG-SPERR-26-4H7T-C, 01.12.2026"),
            n > 1,
            "head of page {n}: {page}"
        );
        if page.contains("Posten ") {
            with_fees += 1;
            assert!(
                page.contains("Leistung") && page.contains("Grundlage"),
                "page {n} repeats the table's head"
            );
        }
        inside(&pdf, n, "long letter");
    }
    assert!(with_fees >= 2);
    assert!(whole.contains("18,30 €"), "the sum");
}

#[test]
fn odd_and_overlong_texts_stay_on_the_paper() {
    let mut job = samples::job(Kind::Receipt, "brauchtumsfeuer");
    let d = &mut job.data;
    d.recipient = vec![
        "Arbeitsgemeinschaft der Freundinnen und Freunde des historischen Brauchtums im Altenburger Land e. V.".into(),
        "Herrn Đorđe Łukaszewicz-Müßiggang 🔥".into(),
        "c/o Kulturhaus".into(),
        "Hinterhaus, 3. Etage".into(),
        "Straße der Jugend 17".into(),
        "OT Ehrenhain".into(),
        "04603 Nobitz".into(),
        "Deutschland".into(),
    ];
    let clerk = d.clerk.as_mut().unwrap();
    clerk.email = Some("ordnungsamt.veranstaltungen.und.brauchtum@verwaltungsgemeinschaft-pleissenaue.example".into());
    d.authority.name = "Verwaltungsgemeinschaft Pleißenaue und erfüllende Gemeinde der Orte ringsum".into();
    d.authority.footer = vec![
        "Di 9 bis 18 Uhr".into(),
        "Do 9 bis 16 Uhr".into(),
        "Fr 9 bis 12 Uhr".into(),
    ];
    d.answers.push(Section {
        title: "Freier Text".into(),
        rows: vec![
            Row {
                label: "Ohne Leerzeichen".into(),
                value: "x".repeat(700),
            },
            Row {
                label: "Waldbrandgefahrenstufenabfrageverpflichtung".into(),
                value: "ja".into(),
            },
            Row {
                label: "Sehr lang".into(),
                value: "Wir bauen am Vortag auf. ".repeat(400),
            },
            Row {
                label: "Formeln".into(),
                value: "#panic() *fett* $x$ @ref = Titel \\ `code` // ende".into(),
            },
            Row {
                label: "Zeilen".into(),
                value: "eins\nzwei\u{0}\u{7}".into(),
            },
        ],
    });
    let pdf = compile(&job, samples::NOW).unwrap();
    let text = text(&pdf);
    for wanted in [
        "Đorđe Łukaszewicz-Müßiggang □",
        "#panic() *fett* $x$ @ref = Titel \\ `code` // ende",
        "eins zwei",
        "Fr 9 bis 12 Uhr",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    assert_eq!(text.matches("bauen").count(), 400);
    for n in 1..=pages(&pdf) {
        inside(&pdf, n, "odd letter");
    }
}

#[test]
fn what_is_empty_is_not_printed() {
    for service in samples::SERVICES {
        for kind in [Kind::Receipt, Kind::Question, Kind::Approval, Kind::Refusal] {
            let full = samples::data(Kind::Receipt, service);
            let mut data = LetterData::new(kind, full.authority, full.recipient, full.date, "Betreff");
            data.authority.crest_svg = None;
            data.authority.office = None;
            data.authority.bank = None;
            let pdf = compile(
                &LetterJob {
                    template: samples::template(kind, service),
                    data,
                },
                samples::NOW,
            )
            .unwrap();
            let text = text(&pdf);
            for title in [
                "Kosten",
                "Zahlung",
                "Begründung",
                "Rechtsgrundlagen",
                "Rechtsbehelf",
                "Hinweis",
                "Unterlagen",
                "Wir entscheiden",
                "Aktenzeichen",
            ] {
                assert!(!text.contains(title), "{service} {kind:?}: {title}\n{text}");
            }
            assert_eq!(pages(&pdf), 1);
        }
    }
}

#[test]
fn a_deposit_alone_and_a_question_without_reason() {
    let mut job = samples::job(Kind::Contract, "raumnutzung");
    job.data.costs.clear();
    job.data.total_cents = 0;
    job.data.payment.as_mut().unwrap().cents = job.data.deposit_cents;
    let pdf = compile(&job, samples::NOW).unwrap();
    assert!(text(&pdf).contains("Kaution, Sie bekommen sie nach der Rückgabe zurück"));
    assert!(!text(&pdf).contains("Summe"));
    let mut job = samples::job(Kind::Question, "raumnutzung");
    job.data.asked[0].reason.clear();
    let with_gap = samples::job(Kind::Question, "raumnutzung");
    let height = |job| {
        let words = words(&compile(job, samples::NOW).unwrap(), 1);
        words.iter().find(|(_, w)| w == "antworten").unwrap().0[1]
    };
    assert!(
        height(&job) < height(&with_gap) - 3.0,
        "no empty line under a question without a reason"
    );
}

#[test]
fn a_template_reaches_nothing_outside() {
    for template in [
        "#read(\"/etc/passwd\")",
        "#read(\"../../../../etc/passwd\")",
        "#import \"@preview/example:0.1.0\": add",
        "#image(\"/etc/hosts.png\")",
        "#include \"/other.typ\"",
        "#csv(\"/main.csv\")",
    ] {
        let job = LetterJob {
            template: template.into(),
            data: samples::data(Kind::Receipt, "sperrzeit"),
        };
        let result = compile(&job, samples::NOW);
        assert!(
            matches!(&result, Err(LetterError::Template(why)) if why.contains("denied") || why.contains("escape")),
            "{template}: {result:?}"
        );
    }
}

#[test]
fn warnings_and_inaccessible_letters_are_errors() {
    for (template, why) in [
        (
            "#import \"/letterhead.typ\": *\n#show: letter\n#text(font: \"Comic Sans\")[x]",
            "unknown font",
        ),
        ("#set page(width: 5cm)\nKein Titel", "title"),
        ("#import \"/letterhead.typ\": *\n#show: letter\n==== Zu tief", "heading"),
        (
            "#import \"/letterhead.typ\": *\n#show: letter\n#image(bytes(\"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9'/></svg>\"))",
            "alt",
        ),
    ] {
        let job = LetterJob {
            template: template.into(),
            data: samples::data(Kind::Receipt, "sperrzeit"),
        };
        match compile(&job, samples::NOW) {
            Err(LetterError::Template(text)) => assert!(text.contains(why), "{text}"),
            other => panic!("{template}: {:?}", other.map(|pdf| pdf.len())),
        }
    }
}

#[test]
fn english_letters_have_english_labels() {
    let mut job = samples::job(Kind::Approval, "raumnutzung");
    job.data.lang = "en".into();
    let pdf = compile(&job, samples::NOW).unwrap();
    let text = text(&pdf);
    for wanted in [
        "Reference",
        "Page 1 of 2",
        "€125.00",
        "To be paid by Friday, 15 January 2027",
        "Notice on legal remedies",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    assert!(!text.contains("Aktenzeichen"));
    assert!(String::from_utf8_lossy(&pdf).contains("/Lang(en-GB)"));
}

#[test]
fn a_coat_of_arms_is_tried_before_it_is_kept() {
    let good = samples::data(Kind::Receipt, "sperrzeit").authority.crest_svg.unwrap();
    assert!(compile(&letters::crest_job(&good), samples::NOW).is_ok());
    let outside = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><image href=\"/etc/passwd\" width=\"9\" height=\"9\"/></svg>";
    for bad in ["", "kein SVG", "<svg", outside] {
        assert!(compile(&letters::crest_job(bad), samples::NOW).is_err(), "{bad}");
    }
}
