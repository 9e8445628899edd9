//! What does not fit in a rule, in words for its author: comparisons, lists, sums, functions. The walk through the rule
//! is in `typing`.

use cel::IdedExpr;
use cel::common::ast::{Expr as Node, LiteralValue};

use super::names::chain;
use super::types::Type;
use super::typing::Typing;
use crate::load::scalar;

impl<'t> Typing<'t> {
    /// A function of ours or of the library; a name that is none is told elsewhere.
    pub(super) fn function(&mut self, node: &'t IdedExpr, name: &str, given: &[&'t IdedExpr], method: bool) -> Type {
        let types: Vec<Type> = given.iter().map(|arg| self.of(arg)).collect();
        let (needed, result): (&[Type], Type) = match name {
            "days_between" => (&[Type::Day, Type::Day], Type::Number),
            "weekday" | "quiet_day" | "holiday" => (&[Type::Day], Type::Text),
            "minutes" => (&[Type::Time], Type::Number),
            "add_days" | "add_months" => (&[Type::Day, Type::Number], Type::Day),
            "matches" | "startsWith" | "endsWith" | "contains" => (&[Type::Text, Type::Text], Type::Bool),
            "size" => {
                if let [Type::Null | Type::Bool | Type::Number | Type::Decimal] = types.as_slice() {
                    let what = format!("„size“ zählt Einträge oder Zeichen; hier steht {}", types[0].noun());
                    self.say(given[0], what, None);
                }
                return Type::Number;
            }
            _ => return Type::Open,
        };
        if given.len() != needed.len() {
            let brackets = needed.len() - usize::from(method && !needed.is_empty());
            let word = if brackets == 1 { "Angabe" } else { "Angaben" };
            self.say(
                node,
                format!("„{name}“ braucht {brackets} {word} in Klammern"),
                call_example(name),
            );
            return result;
        }
        for ((arg, got), needed) in given.iter().zip(&types).zip(needed) {
            let right = match (got, needed) {
                (Type::Null, _) => false,
                (Type::Text, Type::Day | Type::Time) => literal(arg).is_none(),
                (got, needed) => got.meets(needed),
            };
            if !right {
                let what = format!("„{name}“ braucht {}, nicht {}", needed.needed(), got.needed());
                self.say(arg, what, call_example(name));
            }
        }
        result
    }

    pub(super) fn cannot_compare(&mut self, left: (&IdedExpr, &Type), right: (&IdedExpr, &Type)) {
        // What the author named is what it is; the value beside it is what does not fit.
        let turned = written(left.0).is_none() && written(right.0).is_some();
        let (subject, value) = if turned { (right, left) } else { (left, right) };
        let name = written(subject.0);
        let what = match (&name, literal(value.0)) {
            (Some(name), Some(text)) if subject.1.is_text() && value.1.is_text() => {
                format!("„{name}“ ist {}, „{text}“ aber nicht", subject.1.noun())
            }
            (Some(name), _) => {
                let (noun, with) = (subject.1.noun(), value.1.with());
                format!("„{name}“ ist {noun} und lässt sich so nicht mit {with} vergleichen")
            }
            (None, _) => {
                let mut noun = subject.1.noun().chars();
                let noun: String = noun
                    .next()
                    .into_iter()
                    .flat_map(char::to_uppercase)
                    .chain(noun)
                    .collect();
                format!("{noun} lässt sich so nicht mit {} vergleichen", value.1.with())
            }
        };
        let example = match (&name, subject.1, literal(value.0)) {
            (Some(name), Type::List(_), Some(text)) => Some(format!("'{text}' in {name}")),
            (Some(name), ty, _) => ty.example(name),
            (None, ..) => None,
        };
        self.say(value.0, what, example);
    }

    pub(super) fn is_in(&mut self, (left, of): (&IdedExpr, &Type), (right, list): (&IdedExpr, &Type)) {
        let item = match list {
            Type::Open | Type::Record(_) => return,
            Type::List(item) => item,
            other => {
                let what = format!("Rechts von „in“ steht eine Liste, nicht {}", other.noun());
                let example = written(right)
                    .zip(literal(left))
                    .map(|(name, word)| format!("{name} == '{word}'"));
                return self.say(right, what, example);
            }
        };
        if !of.meets(item) {
            let what = format!("In der Liste steht {}, gesucht wird aber {}", item.noun(), of.noun());
            let example = written(left).and_then(|name| match of {
                Type::List(_) => Some(format!("{name}.exists(x, x == 'abc')")),
                ty => ty.example(&name),
            });
            self.say(left, what, example);
        }
    }

    pub(super) fn cannot_reckon(&mut self, node: &IdedExpr, sign: &str, left: &Type, right: &Type) -> Type {
        let days = *left == Type::Day || *right == Type::Day;
        let example = match (sign, days) {
            ("-", true) if left == right => Some("days_between(today, answers.event.date)".to_owned()),
            ("+" | "-", true) => Some("add_days(answers.event.date, 1)".to_owned()),
            _ => None,
        };
        self.say(
            node,
            format!("„{sign}“ passt nicht zu {} und {}", left.with(), right.with()),
            example,
        );
        Type::Open
    }
}

/// A day or a time beside a fixed text that is none.
pub(super) fn never_equal(left: &IdedExpr, left_type: &Type, right: &IdedExpr, right_type: &Type) -> bool {
    let wrong = |ty: &Type, other: &IdedExpr| match (ty, literal(other)) {
        (Type::Day, Some(text)) => scalar::date(text).is_none(),
        (Type::Time, Some(text)) => !scalar::is_time(text),
        _ => false,
    };
    let fixed = |node: &IdedExpr| literal(node).is_some();
    (!fixed(left) && wrong(left_type, right)) || (!fixed(right) && wrong(right_type, left))
}

pub(super) fn literal(node: &IdedExpr) -> Option<&str> {
    match &node.expr {
        Node::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

/// How an author wrote a part, if it is a name or a function of names.
pub(super) fn written(node: &IdedExpr) -> Option<String> {
    if let Some((Node::Ident(root), path)) = chain(node).map(|(root, path)| (&root.expr, path)) {
        return match path.as_str() {
            _ if root.starts_with('@') => None,
            "" => Some(root.clone()),
            path => Some(format!("{root}.{path}")),
        };
    }
    let Node::Call(call) = &node.expr else { return None };
    if !is_name(&call.func_name) || call.target.is_some() {
        return None;
    }
    let args: Option<Vec<String>> = call.args.iter().map(written).collect();
    Some(format!("{}({})", call.func_name, args?.join(", ")))
}

pub(super) fn is_name(function: &str) -> bool {
    function.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn call_example(function: &str) -> Option<String> {
    let example = match function {
        "days_between" => "days_between(today, answers.event.date)",
        "weekday" => "weekday(answers.event.date) == 'sat'",
        "quiet_day" => "quiet_day(answers.event.date) == ''",
        "holiday" => "holiday(answers.event.date) == ''",
        "minutes" => "minutes(answers.event.end)",
        "add_days" => "add_days(answers.event.date, 1)",
        "add_months" => "add_months(today, 3)",
        "matches" => "answers.club.name.matches('^[A-Z]')",
        "startsWith" | "endsWith" | "contains" => "answers.club.name.contains('e. V.')",
        _ => return None,
    };
    Some(example.to_owned())
}
