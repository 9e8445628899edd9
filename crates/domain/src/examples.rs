//! Runs the examples of a service: answers in, what the service makes of them out, compared with what the
//! example expects. Shared by `kommunal check` and the tests. Whether an example names things that exist
//! is `schema`'s to check.

use std::sync::Arc;

use schema::{Context, Example, Lang, PlaceInfo, RawAnswers, Region, RuleFailure, Service};

use crate::assess::{Assessment, assess};
use crate::case::Deadline;

/// Something is not as the example expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Key in the example's file: `expect.fee_cents`, `expect.deadline.0.last_day`.
    pub at: String,
    /// One German sentence without a full stop.
    pub what: String,
    /// The rule that failed, if that is what is wrong: its source, and why.
    pub rule: Option<RuleFailure>,
}

/// The context that an example stands in: its day, its place, its rooms, its parameters over the defaults.
pub fn context(service: &Service, example: &Example, place: PlaceInfo, region: Arc<Region>) -> Context {
    let value = |p: &schema::Parameter| example.params.get(&p.id).unwrap_or(&p.default).clone();
    Context {
        local_unknown: false,
        today: example.today,
        now: "12:00".to_owned(),
        lang: Lang::De,
        params: service.parameters.iter().map(|p| (p.id.clone(), value(p))).collect(),
        place,
        rooms: example.rooms.clone(),
        region,
    }
}

/// Runs one example. No difference: all is as expected.
pub fn run(service: &Service, example: &Example, cx: &Context) -> Vec<Difference> {
    let expect = &example.expect;
    let raw = RawAnswers(example.answers.clone());
    let seen = schema::examine(service, &raw, cx);
    let mut found = Found::default();
    found.failed(&seen.failures);
    // As on the pages: an exit that holds comes before every mistake.
    let exit = schema::exit(service, &seen.answers, cx, None);
    let errors: Vec<&str> = seen.errors.iter().map(|e| e.field.as_str()).collect();
    let outcome = match (&exit, errors.is_empty()) {
        (Some(_), _) => "exit",
        (None, false) => "errors",
        (None, true) => "accepted",
    };
    if outcome != expect.outcome {
        let why = match (&exit, seen.errors.first()) {
            (Some(exit), _) => format!(": Ausgang „{}“", exit.id),
            (None, Some(_)) => format!(": {}", said(&seen.errors)),
            (None, None) => String::new(),
        };
        found.say(
            "expect.outcome",
            format!("Erwartet war „{}“, heraus kam „{outcome}“{why}", expect.outcome),
        );
        return found.0;
    }
    if let Some(exit) = exit
        && expect.exit.as_deref() != Some(exit.id.as_str())
    {
        found.say("expect.exit", format!("Heraus kam der Ausgang „{}“", exit.id));
    }
    if outcome == "errors" {
        let mut wanted: Vec<&str> = expect.errors.iter().map(String::as_str).collect();
        let mut got = errors;
        wanted.sort_unstable();
        got.sort_unstable();
        if wanted != got {
            found.say("expect.errors", format!("Heraus kam: {}", said(&seen.errors)));
        }
    }
    if let Some(wanted) = &expect.regime {
        let got = schema::regime(service, &seen.answers, cx).map_or("keins", schema::Regime::as_str);
        if got != wanted {
            found.say("expect.regime", format!("Heraus kam das Verfahren „{got}“"));
        }
    }
    if outcome == "accepted"
        && let Ok(answers) = schema::check(service, &raw, cx)
    {
        let value = answers.value();
        let costs = schema::fee_lines(service, value, cx)
            .into_iter()
            .filter_map(|line| line.failure);
        let checks = schema::findings(service, value, cx)
            .into_iter()
            .filter_map(|f| f.failure);
        found.failed(&costs.chain(checks).collect::<Vec<_>>());
        found.assessed(example, &assess(service, value, cx, cx.today));
    }
    found.0
}

/// Fields with their sentences.
fn said(errors: &[schema::FieldError]) -> String {
    let one = |e: &schema::FieldError| format!("{} ({})", e.field, e.message);
    errors.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[derive(Default)]
struct Found(Vec<Difference>);

impl Found {
    fn say(&mut self, at: impl Into<String>, what: String) {
        self.0.push(Difference {
            at: at.into(),
            what,
            rule: None,
        });
    }

    fn failed(&mut self, failures: &[RuleFailure]) {
        self.0.extend(failures.iter().map(|failure| Difference {
            at: "expect.outcome".to_owned(),
            what: format!("Eine Regel scheitert: {failure}"),
            rule: Some(failure.clone()),
        }));
    }

    fn assessed(&mut self, example: &Example, seen: &Assessment) {
        let expect = &example.expect;
        if let Some(cents) = expect.fee_cents
            && cents != seen.fee.total_cents
        {
            let lines = seen.fee.lines.iter().map(|l| format!("{} {}", l.id, l.cents));
            let lines = lines.collect::<Vec<_>>().join(", ");
            self.say(
                "expect.fee_cents",
                format!("Heraus kam {}, aus: {lines}", seen.fee.total_cents),
            );
        }
        for (id, wanted) in &expect.checks {
            let got = match seen.findings.iter().find(|f| f.id == *id) {
                Some(finding) if finding.ok => "ok",
                Some(_) => "look",
                None => "absent",
            };
            if got != wanted {
                self.say(format!("expect.checks.{id}"), format!("Heraus kam „{got}“"));
            }
        }
        for (i, wanted) in expect.deadlines.iter().enumerate() {
            let at = |key: &str| format!("expect.deadline.{i}.{key}");
            let of_kind: Vec<&Deadline> = seen.deadlines.iter().filter(|d| d.kind == wanted.kind).collect();
            let Some(got) = of_kind
                .iter()
                .find(|d| d.last_day == wanted.last_day)
                .or(of_kind.first())
            else {
                self.say(at("kind"), "Heraus kam keine Frist dieser Art".to_owned());
                continue;
            };
            if got.last_day != wanted.last_day {
                self.say(at("last_day"), format!("Heraus kam {}: {}", got.last_day, got.reason));
            }
            if got.late_by != wanted.late_by {
                self.say(at("late_by"), format!("Heraus kam {}", got.late_by));
            }
        }
    }
}
