//! What a clerk puts into a decision: conditions, reason, costs, day of payment. From defaults or from
//! what was posted; checked, with everything typed kept. Which costs and conditions there are is the
//! service's; how much may be changed by hand: `costs`.

use domain::{Fee, FeeLine};
use jiff::civil::Date;
use schema::{Context, FeeKind, Period, PeriodUnit};
use serde_json::{Value, json};
use store::Consultation;

use crate::desk::consult_steps::words;
use crate::desk::costs::{Cost, bounds, range};
use crate::desk::file::File;
use crate::desk::steps::too_long;
use crate::desk::typed::{cents, day, plain_euro};
use crate::format;
use crate::req::plain_lines;

/// Until a fee falls due, as the desk proposes it; an end on a day off moves to the next working day. Not
/// law: the clerk may change it.
const DUE: Period = Period {
    n: 30,
    unit: PeriodUnit::Days,
};
/// Characters of a reason at most.
const REASON: usize = 6000;
/// Characters of conditions of one's own at most.
const OWN: usize = 4000;
/// The latest day of payment: a year ahead.
const DUE_AT_MOST: i64 = 366;

/// A condition to tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    pub id: String,
    pub text: String,
    /// The office whose words these are; empty: ours.
    pub from: String,
    pub on: bool,
}

impl Tick {
    fn new(id: impl Into<String>, text: impl Into<String>, on: bool) -> Self {
        Tick {
            id: id.into(),
            text: text.into(),
            from: String::new(),
            on,
        }
    }
}

/// What other offices wrote, to be taken over by a click: each line of who agrees on conditions a condition, whatever was
/// said a reason of a refusal. An objection is no condition: it stands beside the form, to be weighed.
fn of_offices(asked: &[Consultation]) -> (Vec<Tick>, Vec<Tick>) {
    let (mut conditions, mut reasons) = (Vec::new(), Vec::new());
    for c in asked.iter().filter(|c| !c.incoming && c.revoked_at.is_none()) {
        let said = c.answer.as_ref().map(|a| words(&a.text).1.trim()).unwrap_or_default();
        if said.is_empty() {
            continue;
        }
        let from = |tick: Tick| Tick {
            from: c.who_name.clone(),
            ..tick
        };
        let agrees = c.answer.as_ref().is_some_and(|a| a.agrees);
        let lines = said.lines().filter(|_| agrees).map(str::trim).filter(|l| !l.is_empty());
        conditions.extend(
            lines
                .enumerate()
                .map(|(n, line)| from(Tick::new(format!("stelle-{}-{n}", c.id), line, false))),
        );
        reasons.push(from(Tick::new(
            format!("stelle-{}", c.id),
            format!("{} teilt mit: {said}", c.who_name),
            false,
        )));
    }
    (conditions, reasons)
}

/// A decision as it stands on the screen.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub ticks: Vec<Tick>,
    /// Conditions of one's own, one a line.
    pub own: String,
    pub own_error: String,
    /// Ready reasons of a refusal.
    pub blocks: Vec<Tick>,
    /// Reason in one's own words.
    pub reason: String,
    /// The service's reasons as they are proposed, and as they stand in the form.
    pub grounds: (String, String),
    pub grounds_error: String,
    pub costs: Vec<Cost>,
    /// Day of payment, as typed.
    pub due: String,
    pub due_error: String,
    pub reason_error: String,
}

/// A decision that may be written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ready {
    pub conditions: Vec<String>,
    pub reason: String,
    /// The service's reasons, where they were changed.
    pub grounds: Option<String>,
    pub fee: Fee,
}

impl Draft {
    /// The proposal: the service's default conditions, its costs, payment in thirty days. Ready sentences
    /// of the authority and what other offices wrote are offered, not ticked.
    pub fn proposed(file: &File, cx: &Context, today: Date) -> Draft {
        let blocks = &file.blocks;
        let answers = &file.case.answers;
        let mut ticks: Vec<Tick> = schema::conditions(&file.service, answers, cx)
            .into_iter()
            .map(|c| Tick::new(c.id, c.text, c.default))
            .collect();
        let own = blocks.iter().filter(|b| b.kind == "condition");
        ticks.extend(own.map(|b| Tick::new(format!("baustein-{}", b.id), b.text.as_str(), false)));
        let (conditions, reasons) = of_offices(&file.asked);
        ticks.extend(conditions);
        let costs: Vec<Cost> = schema::fee_lines(&file.service, answers, cx)
            .into_iter()
            .filter(|line| line.cents > 0 || line.failure.is_some())
            .map(|line| {
                let by_hand = line.failure.is_some();
                let worked_out = (!by_hand).then_some(line.cents);
                let (min, max) = bounds(&file.service, &line.id, worked_out, &cx.params);
                Cost {
                    typed: plain_euro(line.cents),
                    line: FeeLine {
                        id: line.id,
                        label: line.label,
                        basis: line.basis,
                        cents: line.cents,
                        kind: line.kind,
                    },
                    min,
                    max,
                    by_hand,
                    error: String::new(),
                }
            })
            .collect();
        let blocks = blocks
            .iter()
            .filter(|b| b.kind == "refusal")
            .map(|b| Tick::new(b.id.as_str(), b.text.as_str(), false))
            .chain(reasons)
            .collect();
        let grounds = domain::letter::grounds(&file.case, &file.service, cx);
        let due =
            domain::deadline::forward(today, DUE, &domain::calendar::holidays(&cx.region, &cx.place.ags)).last_day;
        // What is hired is paid before it begins: the letter says that the key comes then.
        let begins = domain::booking::span(&file.service, answers).map(|span| domain::date_of(span.from));
        let due = match begins.and_then(|day| day.yesterday().ok()) {
            Some(before) => due.min(before).max(today),
            None => due,
        };
        Draft {
            grounds: (grounds.clone(), grounds),
            ticks,
            blocks,
            costs,
            due: format::date(due),
            ..Draft::default()
        }
    }

    /// The proposal changed by what was posted. `_alles` marks a form that held every field; without it only
    /// the conditions were shown and the rest stays as proposed.
    pub fn posted(mut self, pairs: &[(String, String)]) -> Draft {
        let value = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, v)| v.trim().to_owned())
        };
        for tick in &mut self.ticks {
            tick.on = pairs.iter().any(|(key, id)| key == "auflage" && *id == tick.id);
        }
        for block in &mut self.blocks {
            block.on = pairs.iter().any(|(key, id)| key == "baustein" && *id == block.id);
        }
        if let Some(own) = value("eigene") {
            self.own = own;
        }
        if let Some(grounds) = value("gruende") {
            self.grounds.1 = plain_lines(&grounds);
        }
        if let Some(reason) = value("grund") {
            self.reason = reason;
        }
        for cost in &mut self.costs {
            if let Some(typed) = value(&format!("betrag.{}", cost.line.id)) {
                cost.typed = typed;
            }
        }
        if let Some(due) = value("faellig") {
            self.due = due;
        }
        self
    }

    /// The proposal with nothing but the clerk's own words: the rest was ticked and typed for another case than this is
    /// now. Reasons are the clerk's own where they differ from what was proposed then.
    pub fn with_words(self, pairs: &[(String, String)]) -> Draft {
        let text = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, v)| plain_lines(v.trim()))
        };
        let own_grounds = text("gruende-war").is_some_and(|was| Some(was) != text("gruende"));
        let words: Vec<_> = pairs
            .iter()
            .filter(|(key, _)| ["eigene", "grund"].contains(&key.as_str()) || (own_grounds && key == "gruende"))
            .cloned()
            .collect();
        let (ticks, blocks) = (self.ticks.clone(), self.blocks.clone());
        Draft {
            ticks,
            blocks,
            ..self.posted(&words)
        }
    }

    /// Checks the posted values; on errors the draft carries them.
    pub fn check(&mut self, refusing: bool, today: Date) -> Option<Ready> {
        self.reason_error = too_long(&self.reason, REASON).unwrap_or_default();
        // A refusal has no conditions.
        self.own_error = too_long(&self.own, OWN).filter(|_| !refusing).unwrap_or_default();
        self.grounds_error = too_long(&self.grounds.1, REASON)
            .filter(|_| !refusing)
            .unwrap_or_default();
        let mut ok = self.reason_error.is_empty() && self.own_error.is_empty() && self.grounds_error.is_empty();
        if refusing {
            if !ok {
                return None;
            }
            let reason = self.whole_reason();
            if reason.is_empty() {
                self.reason_error = "Schreiben Sie, warum es nicht geht. Die Begründung steht im Bescheid.".into();
                return None;
            }
            return Some(Ready {
                reason,
                ..Ready::default()
            });
        }
        let mut fee = Fee::default();
        for cost in &mut self.costs {
            match cents(&cost.typed) {
                None => {
                    cost.error = format!("Schreiben Sie den Betrag so: {}.", plain_euro(cost.max));
                    ok = false;
                }
                Some(n) if n < cost.min || n > cost.max => {
                    cost.error = format!(
                        "{} geht nicht. Möglich sind {} bis {}.",
                        format::euro(n),
                        format::euro(cost.min),
                        format::euro(cost.max)
                    );
                    ok = false;
                }
                Some(0) => {}
                Some(n) => {
                    match cost.line.kind {
                        FeeKind::Deposit => fee.deposit_cents += n,
                        FeeKind::Fee | FeeKind::Price => fee.total_cents += n,
                    }
                    fee.lines.push(FeeLine {
                        cents: n,
                        ..cost.line.clone()
                    });
                }
            }
        }
        if fee.total_cents + fee.deposit_cents > 0 {
            let latest = today.saturating_add(jiff::Span::new().days(DUE_AT_MOST));
            match day(&self.due) {
                Some(d) if d > today && d <= latest => fee.due = Some(d),
                Some(_) => {
                    self.due_error = "Der Tag der Zahlung liegt nach heute, höchstens ein Jahr weit.".into();
                    ok = false;
                }
                None => {
                    self.due_error = format!("Schreiben Sie das Datum so: {}.", format::date(today));
                    ok = false;
                }
            }
        }
        ok.then(|| Ready {
            conditions: self.conditions(),
            reason: self.reason.clone(),
            grounds: self.changed_grounds(),
            fee,
        })
    }

    /// What the letter shows now: wrong amounts as they were proposed.
    pub fn shown(&self, refusing: bool, today: Date) -> Ready {
        let mut draft = self.clone();
        if let Some(ready) = draft.check(refusing, today) {
            return ready;
        }
        let mut fee = Fee {
            due: day(&self.due),
            ..Fee::default()
        };
        for cost in &draft.costs {
            let n = cents(&cost.typed)
                .filter(|n| (cost.min..=cost.max).contains(n))
                .unwrap_or(cost.line.cents);
            match cost.line.kind {
                FeeKind::Deposit => fee.deposit_cents += n,
                FeeKind::Fee | FeeKind::Price => fee.total_cents += n,
            }
            fee.lines.push(FeeLine {
                cents: n,
                ..cost.line.clone()
            });
        }
        Ready {
            conditions: self.conditions(),
            reason: self.whole_reason(),
            grounds: self.changed_grounds(),
            fee: if refusing { Fee::default() } else { fee },
        }
    }

    /// The service's reasons, if the clerk has changed a word of them.
    fn changed_grounds(&self) -> Option<String> {
        let (proposed, now) = &self.grounds;
        let same = proposed.split_whitespace().eq(now.split_whitespace());
        (!same).then(|| now.trim().to_owned())
    }

    /// Ready reasons, then one's own words.
    fn whole_reason(&self) -> String {
        let ready = self.blocks.iter().filter(|b| b.on).map(|b| b.text.trim());
        ready
            .chain([self.reason.trim()])
            .filter(|t| !t.is_empty())
            .collect::<Vec<_>>()
            .join("\n\n")
    }

    /// Ticked sentences in order, then one's own.
    fn conditions(&self) -> Vec<String> {
        let own = self.own.lines().map(str::trim).filter(|l| !l.is_empty());
        self.ticks
            .iter()
            .filter(|t| t.on)
            .map(|t| t.text.clone())
            .chain(own.map(str::to_owned))
            .collect()
    }

    /// (id of the field, message)
    pub fn errors(&self) -> Vec<(String, String)> {
        let costs = self
            .costs
            .iter()
            .map(|c| (format!("betrag-{}", c.line.id), c.error.clone()));
        costs
            .chain([
                ("faellig".to_owned(), self.due_error.clone()),
                ("eigene".to_owned(), self.own_error.clone()),
                ("gruende".to_owned(), self.grounds_error.clone()),
                ("grund".to_owned(), self.reason_error.clone()),
            ])
            .filter(|(_, message)| !message.is_empty())
            .collect()
    }

    /// For the template.
    pub fn ctx(&self) -> Value {
        let ticked = |list: &[Tick]| -> Vec<Value> {
            list.iter()
                .map(|t| json!({ "id": t.id, "text": t.text, "from": t.from, "on": t.on }))
                .collect()
        };
        let (ticks, blocks) = (ticked(&self.ticks), ticked(&self.blocks));
        let costs: Vec<Value> = self
            .costs
            .iter()
            .map(|c| {
                json!({
                    "id": c.line.id, "label": c.line.label, "basis": c.line.basis, "typed": c.typed, "error": c.error, "by_hand": c.by_hand,
                    "fixed": c.min == c.max, "range": range(c),
                })
            })
            .collect();
        json!({
            "ticks": ticks, "blocks": blocks, "own": self.own, "own_error": self.own_error, "grounds": self.grounds.1, "proposed": !self.grounds.0.is_empty(), "grounds_was": self.grounds.0, "grounds_error": self.grounds_error, "reason": self.reason, "reason_error": self.reason_error, "costs": costs, "due": self.due,
            "due_error": self.due_error, "due_days": DUE.n,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn draft() -> Draft {
        let cost = |id: &str, cents: i64, kind: FeeKind, min: i64, max: i64| Cost {
            line: FeeLine {
                id: id.into(),
                label: id.into(),
                basis: String::new(),
                cents,
                kind,
            },
            typed: plain_euro(cents),
            min,
            max,
            by_hand: false,
            error: String::new(),
        };
        Draft {
            ticks: vec![
                Tick::new("wood", "Nur trockenes Holz.", true),
                Tick::new("wind", "Kein Feuer bei Wind.", false),
            ],
            costs: vec![
                cost("permit", 2500, FeeKind::Fee, 0, 5000),
                cost("deposit", 10_000, FeeKind::Deposit, 0, 10_000),
            ],
            due: "25.12.2026".into(),
            ..Draft::default()
        }
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    const TODAY: Date = date(2026, 11, 25);

    #[test]
    fn ticked_and_own_conditions_and_changed_amounts_make_the_decision() {
        let mut d = draft().posted(&pairs(&[
            ("auflage", "wind"),
            ("eigene", "Zufahrt frei halten.\r\n\r\n Hydrant nicht zustellen. "),
            ("betrag.permit", "20"),
            ("betrag.deposit", "0"),
        ]));
        let ready = d.check(false, TODAY).expect("decision");
        assert_eq!(
            ready.conditions,
            [
                "Kein Feuer bei Wind.",
                "Zufahrt frei halten.",
                "Hydrant nicht zustellen."
            ]
        );
        assert_eq!((ready.fee.total_cents, ready.fee.deposit_cents), (2000, 0));
        assert_eq!(ready.fee.lines.len(), 1);
        assert_eq!(ready.fee.due, Some(date(2026, 12, 25)));
    }

    #[test]
    fn an_amount_outside_its_bounds_is_refused_and_stays_typed() {
        let mut d = draft().posted(&pairs(&[("betrag.permit", "50,01"), ("faellig", "bald")]));
        assert_eq!(d.check(false, TODAY), None);
        let errors = d.errors();
        assert_eq!(errors[0].0, "betrag-permit");
        assert_eq!(
            errors[0].1,
            "50,01\u{a0}€ geht nicht. Möglich sind 0,00\u{a0}€ bis 50,00\u{a0}€."
        );
        assert_eq!(errors[1].0, "faellig");
        assert_eq!(d.costs[0].typed, "50,01");
        // The letter beside it still shows the proposed amount.
        assert_eq!(d.shown(false, TODAY).fee.total_cents, 2500);
    }

    #[test]
    fn a_refusal_needs_its_reason_and_costs_nothing() {
        let mut d = draft();
        assert_eq!(d.check(true, TODAY), None);
        assert_eq!(d.errors()[0].0, "grund");
        let mut d = draft().posted(&pairs(&[("grund", "Zu nah am Wald.")]));
        let ready = d.check(true, TODAY).expect("refusal");
        assert_eq!(ready.reason, "Zu nah am Wald.");
        assert!(ready.conditions.is_empty() && ready.fee.lines.is_empty());
    }

    #[test]
    fn ready_reasons_stand_before_the_clerks_own_words() {
        let mut d = Draft {
            blocks: vec![Tick::new("b1", "Der Abstand zum Wald reicht nicht.", false)],
            ..draft()
        }
        .posted(&pairs(&[("baustein", "b1"), ("grund", "Es sind nur 60 m.")]));
        let ready = d.check(true, TODAY).expect("refusal");
        assert_eq!(ready.reason, "Der Abstand zum Wald reicht nicht.\n\nEs sind nur 60 m.");
    }

    #[test]
    fn the_services_reasons_stand_as_they_are_until_the_clerk_changes_a_word() {
        let both = "Ein öffentliches Bedürfnis besteht.\u{a0}Der Platz ist geeignet.";
        let proposed = Draft {
            grounds: (both.into(), both.into()),
            ..draft()
        };
        let same = pairs(&[(
            "gruende",
            "Ein öffentliches Bedürfnis besteht. Der Platz\r\nist geeignet.",
        )]);
        assert_eq!(
            proposed
                .clone()
                .posted(&same)
                .check(false, TODAY)
                .expect("decision")
                .grounds,
            None
        );
        let one = proposed
            .clone()
            .posted(&pairs(&[("gruende", "Der Platz ist geeignet.")]));
        assert_eq!(
            one.shown(false, TODAY).grounds.as_deref(),
            Some("Der Platz ist geeignet.")
        );
        // The case changed while the page was open: what was typed stays, what was only proposed does not.
        let was = (
            "gruende-war",
            "Ein öffentliches Bedürfnis besteht.\r\nDer Platz ist zu klein.",
        );
        let typed = proposed
            .clone()
            .with_words(&pairs(&[("gruende", "Mühsam getippt."), was]));
        assert_eq!(typed.shown(false, TODAY).grounds.as_deref(), Some("Mühsam getippt."));
        let untouched = proposed.clone().with_words(&pairs(&[("gruende", was.1), was]));
        assert_eq!(untouched.shown(false, TODAY).grounds, None);
        let mut none = proposed.posted(&pairs(&[("gruende", " ")]));
        assert_eq!(none.check(false, TODAY).expect("decision").grounds.as_deref(), Some(""));
    }

    #[test]
    fn what_another_office_wrote_is_taken_over_with_a_tick() {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let office = |id: &str, text: &str, agrees: bool| Consultation {
            id: id.into(),
            incoming: false,
            case: None,
            peer: None,
            peer_id: None,
            who: "fire_service".into(),
            who_name: "Feuerwehr".into(),
            address: String::new(),
            content: Value::Null,
            asked_at: at,
            answer_by: TODAY,
            expires_at: at,
            reminded_at: None,
            revoked_at: None,
            over: None,
            answer: Some(store::ConsultAnswer {
                at,
                agrees,
                text: text.into(),
                by: "A. Roth".into(),
                not_ours: false,
            }),
        };
        let asked = [
            office("1", "Bedenken.\nZu nah am Wald.\nSchlauch bereithalten.", false),
            office("2", "Keine Bedenken.", true),
            office(
                "3",
                "Keine Bedenken, wenn Auflagen gelten.\nSchlauch bereithalten.\nDie Zufahrt bleibt frei.",
                true,
            ),
        ];
        let (conditions, reasons) = of_offices(&asked);
        let lines: Vec<_> = conditions
            .iter()
            .map(|t| (t.text.as_str(), t.from.as_str(), t.on))
            .collect();
        assert_eq!(
            lines,
            [
                ("Schlauch bereithalten.", "Feuerwehr", false),
                ("Die Zufahrt bleibt frei.", "Feuerwehr", false)
            ],
            "an objection is no condition"
        );
        assert_eq!(reasons.len(), 2);
        assert_eq!(
            reasons[0].text,
            "Feuerwehr teilt mit: Zu nah am Wald.\nSchlauch bereithalten."
        );
    }

    #[test]
    fn a_free_case_needs_no_day_of_payment() {
        let mut d = Draft {
            due: String::new(),
            costs: Vec::new(),
            ..draft()
        };
        assert_eq!(d.check(false, TODAY).expect("decision").fee, Fee::default());
    }
}
