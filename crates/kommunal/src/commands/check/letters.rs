//! Every letter of every service, set with real cases: the service's own accepted examples, one for each
//! regime. A template that cannot be set is found here and not when a club waits for it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::letter::{Extra, LetterKind, Preview, application_job, letter_job};
use domain::office::Office;
use domain::submit::{Submission, submit};
use domain::{Case, CaseId, Channel, Question};
use exchange::Register;
use jiff::civil::time;
use letters::{LetterError, LetterJob};
use schema::{Catalog, Context, Diagnostic, Example, Loaded, PlaceInfo, RawAnswers, Service};
use serde_json::Value;

use super::{mistake, place_of};

/// One letter to set: the file of its template, and what is asked of the press.
struct Sample {
    template: String,
    from: String,
    job: Value,
    now: i64,
    /// Of a service with mistakes: only what is wrong in the letter itself counts.
    partly: bool,
}

/// Sets all letters, and keeps them in `dir` to be looked at; says how many.
pub(super) fn check(loaded: &Loaded, register: &Register, dir: Option<&Path>, found: &mut Vec<Diagnostic>) -> usize {
    let catalog = &loaded.catalog;
    let mut samples = Vec::new();
    for service in catalog.services.values() {
        for example in one_of_each_regime(service, catalog, register) {
            let place = place_of(catalog, service, example, register);
            samples.extend(
                place
                    .and_then(|place| of_example(service, example, catalog, place))
                    .into_iter()
                    .flatten(),
            );
        }
    }
    for service in &loaded.broken {
        samples.extend(of_broken(service, catalog, register));
    }
    let (next, mistakes) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(sample) = samples.get(next.fetch_add(1, Ordering::Relaxed)) {
            let wrong = set(sample, dir);
            // Without all its answers a letter may lack something; a place of its own says that the letter is wrong.
            if let Some(wrong) =
                wrong.filter(|w| !sample.partly || (w.file == sample.template && (w.line, w.column) != (1, 1)))
            {
                mistakes.lock().unwrap_or_else(|e| e.into_inner()).push(wrong);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    found.extend(mistakes.into_inner().unwrap_or_else(|e| e.into_inner()));
    samples.iter().filter(|sample| !sample.partly).count()
}

/// Accepted examples, the first of each regime: texts and letters vary by it.
fn one_of_each_regime<'a>(service: &'a Service, catalog: &Catalog, register: &Register) -> Vec<&'a Example> {
    let mut by_regime = BTreeMap::new();
    for example in service.examples.iter().filter(|e| e.expect.outcome == "accepted") {
        let Some(place) = place_of(catalog, service, example, register) else {
            continue;
        };
        let cx = domain::examples::context(service, example, place, catalog.region.clone());
        let regime = schema::regime(service, &example.answers, &cx).map(schema::Regime::as_str);
        by_regime.entry(regime).or_insert(example);
    }
    by_regime.into_values().collect()
}

/// The letters of a service with mistakes, of its first example that is good enough: without the questions whose
/// answers are refused. What is wrong with the letters is told together with the rest.
fn of_broken(service: &Service, catalog: &Catalog, register: &Register) -> Vec<Sample> {
    let accepted = service.examples.iter().filter(|e| e.expect.outcome == "accepted");
    let samples = accepted.take(3).find_map(|example| {
        // Who decides may be what is wrong.
        let place = place_of(catalog, service, example, register)
            .or_else(|| Some(register.place_info(register.by_ags(&example.place)?, "Gemeinde Beispiel")))?;
        let (service, example) = without_refused(service, example, catalog, &place);
        of_example(&service, &example, catalog, place)
    });
    let own = format!("services/{}/", service.id);
    let mut samples = samples.unwrap_or_default();
    samples.retain(|sample| sample.template.starts_with(&own));
    samples.iter_mut().for_each(|sample| sample.partly = true);
    samples
}

/// The service without the questions, and the example without the answers, that are refused.
fn without_refused(service: &Service, example: &Example, catalog: &Catalog, place: &PlaceInfo) -> (Service, Example) {
    let (mut service, mut example) = (service.clone(), example.clone());
    for _ in 0..5 {
        let cx = domain::examples::context(&service, &example, place.clone(), catalog.region.clone());
        let Err(errors) = schema::check(&service, &RawAnswers(example.answers.clone()), &cx) else {
            break;
        };
        for error in errors {
            let refused =
                |id: &str| error.field == id || error.field.strip_prefix(id).is_some_and(|r| r.starts_with('.'));
            for page in &mut service.form.pages {
                page.questions.retain(|q| !refused(&q.id));
            }
            service.form.rules.retain(|rule| !refused(&rule.field));
            remove(&mut example.answers, &error.field);
        }
    }
    (service, example)
}

fn remove(answers: &mut Value, path: &str) {
    let (table, key) = path
        .split_once('.')
        .map_or((None, path), |(table, rest)| (Some(table), rest));
    let at = match table {
        Some(table) => answers.get_mut(table),
        None => Some(answers),
    };
    if let Some(Value::Object(entries)) = at {
        entries.remove(key);
    }
}

fn of_example(service: &Service, example: &Example, catalog: &Catalog, place: PlaceInfo) -> Option<Vec<Sample>> {
    let cx = domain::examples::context(service, example, place, catalog.region.clone());
    // What is wrong with an example is told by running it.
    let answers = schema::check(service, &RawAnswers(example.answers.clone()), &cx).ok()?;
    let now = domain::booking::moment(example.today, time(12, 0, 0, 0))?;
    let submission = Submission {
        id: CaseId("0".repeat(32)),
        tenant: "beispiel".into(),
        reference: format!("BSP-{}-26-7K3M-Q", service.code),
        channel: Channel::Online,
        identity: None,
        now,
        papers: Vec::new(),
        digest: "0".repeat(64),
        access_code: "XXXX-XXXX-XXXX".to_owned(),
    };
    let (mut case, ..) = submit(service, &answers, &cx, submission);
    let mut samples: Vec<Sample> = [
        LetterKind::Receipt,
        LetterKind::Approval,
        LetterKind::Refusal,
        LetterKind::Question,
    ]
    .into_iter()
    .map(|kind| {
        case.question = (kind == LetterKind::Question).then(|| question(service, &case, &cx));
        let extra = extra(kind, service, &case, &cx);
        let authority = &cx.place.authority;
        let job = letter_job(kind, &case, service, &cx, &office(authority), authority, &extra, now);
        Sample {
            template: format!("services/{}/letters/{}.typ", service.id, kind.template()),
            from: example.file.clone(),
            job,
            now: now.as_second(),
            partly: false,
        }
    })
    .collect();
    let address = office(&cx.place.authority).lines();
    samples.push(Sample {
        template: "templates/letters/application.typ".to_owned(),
        from: format!("{}/{}", service.id, example.file),
        job: application_job(letters::APPLICATION, service, answers.value(), &cx, &address, now),
        now: now.as_second(),
        partly: false,
    });
    Some(samples)
}

/// An office with everything that a letterhead can show. The IBAN is the one that banks print in examples.
fn office(name: &str) -> Office {
    Office {
        name: name.to_owned(),
        department: "Ordnungsamt".to_owned(),
        street: "Am Markt 1".to_owned(),
        postcode: "99999".to_owned(),
        town: "Beispielstadt".to_owned(),
        phone: "0361 0000-0".to_owned(),
        email: "post@amt.example".to_owned(),
        bank_holder: name.to_owned(),
        iban: "DE02120300000000202051".to_owned(),
        signature: "Im Auftrag".to_owned(),
        sample: true,
        ..Office::default()
    }
}

/// A decision with every condition that applies.
fn extra(kind: LetterKind, service: &Service, case: &Case, cx: &Context) -> Extra {
    let conditions = schema::conditions(service, &case.answers, cx)
        .into_iter()
        .map(|c| c.text);
    let approval = kind == LetterKind::Approval;
    let mut fee = case.fee.clone();
    fee.due = cx.today.tomorrow().ok();
    Extra {
        clerk: "M. Beispiel".to_owned(),
        access_code: (kind == LetterKind::Receipt).then(|| "XXXX-XXXX-XXXX".to_owned()),
        link: format!("https://antrag.example/v/{}", case.reference),
        preview: matches!(kind, LetterKind::Approval | LetterKind::Refusal).then(|| Preview {
            grounds: None,
            conditions: if approval { conditions.collect() } else { Vec::new() },
            reason: "Das ist ein Beispiel.".to_owned(),
            fee,
        }),
        heard: vec!["Gemeinde Beispiel".to_owned()],
        ..Extra::default()
    }
}

/// A question about the first answer of the form, and for a paper.
fn question(service: &Service, case: &Case, cx: &Context) -> Question {
    let field = schema::visible_pages(service, &case.answers, cx)
        .first()
        .and_then(|page| page.questions.first())
        .map(|q| (q.question.id.clone(), "Das ist ein Beispiel.".to_owned()));
    Question {
        asked_at: case.received_at,
        by: "M. Beispiel".to_owned(),
        answer_by: cx.today,
        fields: field.into_iter().collect(),
        papers: vec!["Lageplan".to_owned()],
        text: "Das ist ein Beispiel.".to_owned(),
        own: String::new(),
        reminded: false,
    }
}

/// Sets one letter; what is wrong with it, if so.
fn set(sample: &Sample, dir: Option<&Path>) -> Option<Diagnostic> {
    let whole = (1, 1);
    let job: LetterJob = match serde_json::from_value(sample.job.clone()) {
        Ok(job) => job,
        Err(e) => {
            return Some(mistake(
                &sample.template,
                whole,
                format!("Der Brief hat Angaben zu viel oder zu wenig ({e})"),
            ));
        }
    };
    let wrong = match letters::compile(&job, sample.now) {
        Ok(pdf) => {
            let name = [&sample.template, &sample.from].map(|part| {
                let part = part.replace("/letters/", "-").replace(".typ", "").replace(".toml", "");
                part.rsplit_once("services/")
                    .map_or(part.clone(), |(_, last)| last.to_owned())
            });
            let path = dir
                .filter(|_| !sample.partly)?
                .join(format!("{}.pdf", name.join("-").replace('/', "-")));
            let wrong = std::fs::write(&path, pdf).err()?;
            return Some(mistake(&sample.template, whole, format!("{}: {wrong}", path.display())));
        }
        Err(LetterError::Template(wrong)) => wrong,
        Err(other) => {
            let what = other.to_string();
            return Some(mistake(
                &sample.template,
                whole,
                format!("{} (Beispiel {})", what.trim_end_matches('.'), sample.from),
            ));
        }
    };
    // `Vorlage:3:5: message` is the service's own file, `letterhead.typ:3:5: …` one that all share.
    let first = wrong.lines().next().unwrap_or_default();
    let mut parts = first.splitn(4, ':');
    let mut part = || parts.next().unwrap_or_default().trim();
    let (name, line, column, message) = (part(), part().parse(), part().parse(), part());
    Some(match (line, column) {
        (Ok(line), Ok(column)) => {
            let file = if name == "Vorlage" {
                sample.template.clone()
            } else {
                format!("templates/letters/{name}")
            };
            mistake(
                &file,
                (line, column),
                format!("Der Brief lässt sich nicht setzen: {message}"),
            )
        }
        _ => mistake(
            &sample.template,
            whole,
            format!("Der Brief lässt sich nicht setzen: {first} (Beispiel {})", sample.from),
        ),
    })
}
