//! From checked answers to what they mean: deadlines, costs, findings. One place for the page that
//! shows it, the case that keeps it and the examples that prove it. Rules themselves are `schema`'s.

use jiff::civil::Date;
use schema::show::format::long_date;
use schema::{Context, DeadlineKind, FeeKind, Lang, Regime, Service};
use serde_json::Value;

use crate::case::{Deadline, Fee, FeeLine, Finding};
use crate::deadline::{Forward, backward, forward, forward_after_rest, late_by};

/// Everything that follows from the answers on the day of receipt.
#[derive(Debug, Clone)]
pub struct Assessment {
    pub regime: Option<Regime>,
    pub deadlines: Vec<Deadline>,
    pub fee: Fee,
    pub findings: Vec<Finding>,
    /// Rules that failed at run time, for the alarm: never personal data.
    pub failures: Vec<String>,
}

/// The first day of the event, if the service knows one and it was answered.
pub fn event_day(service: &Service, answers: &Value) -> Option<Date> {
    day_at(answers, service.event.date.as_deref()?)
}

/// The day at a path: a date, or the first day of a range.
pub fn day_at(answers: &Value, path: &str) -> Option<Date> {
    let value = schema::at(answers, path)?;
    let text = value.as_str().or_else(|| value.get("from").and_then(Value::as_str))?;
    text.parse().ok()
}

/// Deadlines of the service for these answers, received on `received`.
pub fn deadlines(service: &Service, answers: &Value, cx: &Context, received: Date) -> Vec<Deadline> {
    let holiday = |d: Date| schema::days::on(&cx.region.holidays, d, &cx.place.ags).map(|rule| rule.name.clone());
    let mut out = Vec::new();
    for (rule, period) in schema::deadline_rules(service, answers, cx) {
        match rule.kind {
            DeadlineKind::Notice => {
                let path = rule.before.as_deref().or(service.event.date.as_deref());
                let Some(event) = path.and_then(|p| day_at(answers, p)) else {
                    continue;
                };
                let b = backward(event, period, &holiday);
                out.push(Deadline {
                    kind: rule.kind,
                    last_day: b.last_day,
                    borderline: Some(b.borderline),
                    late_by: late_by(received, &b),
                    reason: b.reason,
                });
            }
            DeadlineKind::Decision => {
                let f = forward(received, period, &holiday).citing(&cx.region);
                out.push(before_the_event(f, event_day(service, answers), received));
            }
        }
    }
    out
}

/// The decision deadline of a case whose period rested for `rested` days in all. None: the service has none.
pub fn decide_by(service: &Service, answers: &Value, cx: &Context, received: Date, rested: i64) -> Option<Deadline> {
    let holiday = |d: Date| schema::days::on(&cx.region.holidays, d, &cx.place.ags).map(|rule| rule.name.clone());
    let (_, period) = schema::deadline_rules(service, answers, cx)
        .into_iter()
        .find(|(rule, _)| rule.kind == DeadlineKind::Decision)?;
    let f = forward_after_rest(received, period, rested, &holiday).citing(&cx.region);
    Some(before_the_event(f, event_day(service, answers), received))
}

/// The desk's period, which ends on the day before the event at the latest: an answer after it is of no use. Who asks
/// on the day itself, or after it, still gets the whole period.
fn before_the_event(period: Forward, event: Option<Date>, received: Date) -> Deadline {
    let eve = event.and_then(|day| day.yesterday().ok());
    let eve = eve.filter(|eve| received <= *eve && *eve < period.last_day);
    let (last_day, reason) = match eve {
        None => (period.last_day, period.reason),
        Some(eve) => {
            let until = long_date(eve, Lang::De);
            (
                eve,
                format!("Vor dem Termin soll die Antwort da sein, deshalb endet die Frist am {until}."),
            )
        }
    };
    Deadline {
        kind: DeadlineKind::Decision,
        last_day,
        borderline: None,
        late_by: 0,
        reason,
    }
}

/// Costs for these answers.
pub fn fee(service: &Service, answers: &Value, cx: &Context) -> (Fee, Vec<String>) {
    let mut fee = Fee::default();
    let mut failures = Vec::new();
    for line in schema::fee_lines(service, answers, cx) {
        if let Some(f) = line.failure {
            failures.push(f.to_string());
        }
        if line.cents == 0 {
            continue;
        }
        match line.kind {
            FeeKind::Deposit => fee.deposit_cents += line.cents,
            FeeKind::Fee | FeeKind::Price => fee.total_cents += line.cents,
        }
        fee.lines.push(FeeLine {
            id: line.id,
            label: line.label,
            basis: line.basis,
            cents: line.cents,
            kind: line.kind,
        });
    }
    (fee, failures)
}

/// Findings of the automatic checks.
pub fn findings(service: &Service, answers: &Value, cx: &Context) -> (Vec<Finding>, Vec<String>) {
    let mut failures = Vec::new();
    let found = schema::findings(service, answers, cx)
        .into_iter()
        .map(|f| {
            if let Some(failure) = f.failure {
                failures.push(failure.to_string());
            }
            Finding {
                id: f.id,
                ok: f.ok,
                text: f.text,
                field: f.field,
            }
        })
        .collect();
    (found, failures)
}

/// Works out everything for checked answers received on `received`.
pub fn assess(service: &Service, value: &Value, cx: &Context, received: Date) -> Assessment {
    let (fee, mut failures) = fee(service, value, cx);
    let (findings, more) = findings(service, value, cx);
    failures.extend(more);
    Assessment {
        regime: schema::regime(service, value, cx),
        deadlines: deadlines(service, value, cx, received),
        fee,
        findings,
        failures,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_answer_comes_before_the_event() {
        let ends = |event: Option<Date>, received: Date| {
            let period = Forward {
                last_day: date(2026, 12, 4),
                shifted: false,
                reason: "Fünf Arbeitstage.".into(),
            };
            before_the_event(period, event, received).last_day
        };
        let (received, whole) = (date(2026, 11, 27), date(2026, 12, 4));
        assert_eq!(ends(None, received), whole);
        assert_eq!(ends(Some(date(2026, 12, 5)), received), whole);
        assert_eq!(ends(Some(date(2026, 12, 4)), received), date(2026, 12, 3));
        assert_eq!(ends(Some(date(2026, 11, 28)), received), received);
        assert_eq!(ends(Some(received), received), whole, "asked on the day itself");
    }
}
