//! Which texts a service and the reusable fields need, and which they may have (docs/service-language.md, texts).

use super::compared::{REGIMES, fixed_options};
use super::names::Names;
use crate::load::LETTERS;
use crate::{Computed, Kind, Origin, ParamType, Question};

/// Last part of a key that stands for any word.
pub(crate) const ANY: &str = "*";

/// A known key of a text file.
pub(crate) struct Wanted {
    pub key: String,
    pub list: bool,
    pub required: bool,
    /// For error texts: `{value}`, `{min}` and `{max}` may stand in it.
    pub error: bool,
    /// Shown only when something is submitted or decided, so that the regime `none` needs no variant.
    pub submitted: bool,
    /// What needs it: `die Frage „fire.height“`.
    pub by: String,
}

/// Keys of their own, `(key, list, required, submitted)`.
const PLAIN: &[(&str, bool, bool, bool)] = &[
    ("name", false, true, false),
    ("noun", false, true, false),
    ("short", false, true, false),
    ("lead", false, true, false),
    ("who", false, true, false),
    ("at_hand", true, true, false),
    ("what_next", true, true, true),
    ("start", false, true, false),
    ("submit", false, true, true),
    ("received", false, true, true),
    ("declaration", false, true, true),
    ("case_title", false, true, true),
    ("intro", true, false, false),
    ("not_needed", true, false, false),
    ("fee_note", false, false, false),
    ("late", false, false, true),
    ("next_answer", false, false, true),
    ("next_day", false, false, true),
    ("declaration_paper", false, false, true),
];

/// Sentences of a letter: subject, first sentence, reasons.
pub(crate) const LETTER_PARTS: &[&str] = &["subject", "first", "reason"];

/// Sentences of a question that are shown when an answer is wrong.
const ERRORS: &[&str] = &["missing", "min", "max", "invalid"];

#[derive(Default)]
struct List(Vec<Wanted>);

impl List {
    fn add(&mut self, key: String, required: bool, by: &str) -> &mut Wanted {
        let index = self.0.len();
        self.0.push(Wanted {
            key,
            list: false,
            required,
            error: false,
            submitted: false,
            by: by.to_owned(),
        });
        &mut self.0[index]
    }

    fn submitted(&mut self, key: String, by: &str) {
        self.add(key, true, by).submitted = true;
    }

    /// `path` is the key in texts: for a part of a group its group stands before it.
    fn question(&mut self, path: &str, asked: &Question, required: bool) {
        let by = format!("die Frage „{path}“");
        self.add(format!("question.{path}.label"), required, &by);
        for key in ["hint", "hint_paper", "short"] {
            self.add(format!("question.{path}.{key}"), false, &by);
        }
        for key in ERRORS {
            self.add(format!("question.{path}.{key}"), false, &by).error = true;
        }
        for option in fixed_options(asked).unwrap_or_default() {
            self.add(format!("option.{path}.{option}"), required, &by);
        }
        // Instead of "Ja" and "Nein".
        if matches!(asked.kind, Kind::YesNo) {
            self.add(format!("option.{path}.yes"), false, &by);
            self.add(format!("option.{path}.no"), false, &by);
        }
        // Which texts a rule yields is not known here: any may have a label.
        if let Kind::Computed {
            result: Computed::Text, ..
        } = &asked.kind
        {
            self.add(format!("option.{path}.{ANY}"), false, &by);
        }
        if let Kind::Group { parts, .. } = &asked.kind {
            // One entry of it, and the button for a further one.
            self.add(format!("question.{path}.item"), false, &by);
            self.add(format!("question.{path}.add"), false, &by);
            for part in parts.iter().filter(|p| !p.id.is_empty()) {
                self.question(&format!("{path}.{}", part.id), part, required);
            }
        }
    }
}

/// The keys of fields/texts.<lang>.toml.
pub(crate) fn of_fields<'a>(fields: impl Iterator<Item = &'a Question>) -> Vec<Wanted> {
    let mut list = List::default();
    for field in fields {
        list.question(&field.id, field, true);
    }
    list.0
}

/// The keys of a service's texts. Those of a reused field may be given anew, but need not.
pub(crate) fn of_service(names: &Names<'_>) -> Vec<Wanted> {
    let Some(service) = names.draft.map(|d| &d.service) else {
        return Vec::new();
    };
    let mut list = List::default();
    for (key, is_list, required, submitted) in PLAIN {
        let wanted = list.add((*key).to_owned(), *required, "jede Leistung");
        (wanted.list, wanted.submitted) = (*is_list, *submitted);
    }
    for page in &service.form.pages {
        let by = format!("die Seite „{}“", page.id);
        list.add(format!("page.{}.title", page.id), true, &by);
        list.add(format!("page.{}.step", page.id), true, &by);
        list.add(format!("page.{}.lead", page.id), false, &by);
    }
    for (_, question) in names
        .questions()
        .filter(|(_, q)| !names.world.fields.is_unreadable(&q.id))
    {
        let reused = names.world.fields.get(&question.id).is_some();
        list.question(&question.id, question, !reused);
    }
    for rule in &service.form.rules {
        list.add(format!("rule.{}", rule.id), true, &format!("die Regel „{}“", rule.id))
            .error = true;
    }
    for exit in &service.form.exits {
        let by = format!("der Ausgang „{}“", exit.id);
        list.add(format!("exit.{}.title", exit.id), true, &by);
        list.add(format!("exit.{}.text", exit.id), true, &by);
    }
    for check in &service.form.checks {
        let by = format!("die Prüfung „{}“", check.id);
        list.submitted(format!("check.{}.ok", check.id), &by);
        list.submitted(format!("check.{}.look", check.id), &by);
        // What the applicant reads on the check page; without it the result is the desk's alone.
        for key in ["good", "mind"] {
            list.add(format!("check.{}.{key}", check.id), false, &by).submitted = true;
        }
    }
    for condition in &service.conditions {
        list.submitted(
            format!("condition.{}", condition.id),
            &format!("die Auflage „{}“", condition.id),
        );
    }
    for fee in &service.fees {
        list.submitted(format!("fee.{}", fee.id), &format!("die Gebühr „{}“", fee.id));
    }
    for paper in &service.papers {
        list.submitted(
            format!("paper.{}", paper.question),
            &format!("die Unterlage „{}“", paper.question),
        );
    }
    for param in &service.parameters {
        let by = format!("der Parameter „{}“", param.id);
        list.add(format!("parameter.{}.label", param.id), true, &by);
        list.add(format!("parameter.{}.help", param.id), true, &by);
        for option in param.options.iter().filter(|_| param.kind == ParamType::OneOf) {
            list.add(format!("parameter_option.{}.{option}", param.id), true, &by);
        }
    }
    for rule in &service.shown_rules {
        let by = format!("die gezeigte Regel „{}“", rule.id);
        if rule.origin == Origin::Free {
            // A line of its own beneath `not_needed`; and what stands there while the place has told nothing.
            list.add(format!("shown_rule.{}.unknown", rule.id), false, &by);
        } else {
            list.add(format!("shown_rule.{}.label", rule.id), true, &by);
        }
        list.add(format!("shown_rule.{}.text", rule.id), true, &by);
    }
    for (letter, part) in LETTERS.iter().flat_map(|l| LETTER_PARTS.iter().map(move |p| (l, p))) {
        list.add(format!("letter.{letter}.{part}"), false, "der Brief")
            .submitted = true;
    }
    let mut wanted = list.0;
    // What has no id was reported; what has the same twice too.
    let mut seen = std::collections::BTreeSet::new();
    wanted.retain(|w| !w.key.contains("..") && !w.key.ends_with('.') && seen.insert(w.key.clone()));
    wanted
}

/// The regimes that a text can vary by.
pub(crate) fn regimes<'a>(names: &Names<'a>) -> Vec<&'a str> {
    let Some(service) = names.draft.map(|d| &d.service) else {
        return Vec::new();
    };
    match &service.regime {
        Some(id) => match names.param(id) {
            Some(param) if !param.options.is_empty() => param.options.iter().map(String::as_str).collect(),
            _ => REGIMES.to_vec(),
        },
        // Without service.toml it is unknown whether there is a regime.
        None if service.regime_expr.is_some() || !names.service_known() => REGIMES.to_vec(),
        None => Vec::new(),
    }
}
