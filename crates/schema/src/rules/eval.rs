//! Evaluating an expression with answers, parameters, law, place and room.
//!
//! Names are looked up one by one while the rule runs (`answers.fire.height` comes in as one name), so nothing is
//! copied for the names a rule does not use. What is not declared is not found, and the rule fails.

use std::collections::HashMap;

use cel::common::types::{CelBool, CelDouble, CelInt, CelNull, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::objects::{Key, Map};
use cel::{ExecutionError, Value as Cel};
use jiff::civil::{Date, Weekday};
use serde_json::Value;

use super::compile::ENV;
use super::{PLACE_FIELDS, ROOM_FIELDS, RuleFailure};
use crate::{Context, Expr, Kind, Regime, Room, Service, at, days};

/// Everything that a rule can see: made once, used for any number of rules.
pub(crate) struct Scope<'a> {
    pub answers: &'a Value,
    pub service: &'a Service,
    pub cx: &'a Context,
    /// The rule that works out the regime cannot ask for the regime.
    regime_known: bool,
}

impl<'a> Scope<'a> {
    pub fn new(answers: &'a Value, service: &'a Service, cx: &'a Context) -> Self {
        Scope {
            answers,
            service,
            cx,
            regime_known: true,
        }
    }

    /// What the municipality's law asks for; none if the service knows no regimes or its rule fails.
    pub fn regime(&self) -> Option<Regime> {
        let asked = |name: &str| match name {
            "permit" => Some(Regime::Permit),
            "notice" => Some(Regime::Notice),
            "none" => Some(Regime::None),
            _ => None,
        };
        if let Some(expr) = &self.service.regime_expr {
            return asked(
                Scope {
                    regime_known: false,
                    ..*self
                }
                .value(expr)
                .ok()?
                .as_str()?,
            );
        }
        let id = self.service.regime.as_deref()?;
        let parameter = self.service.parameters.iter().find(|p| p.id == id)?;
        asked(self.cx.params.get(id).unwrap_or(&parameter.default).as_str()?)
    }

    /// The expression as yes or no.
    pub fn bool(&self, expr: &Expr) -> Result<bool, RuleFailure> {
        match self.run(expr)? {
            Cel::Bool(yes) => Ok(yes),
            other => Err(failure(expr, format!("{} statt ja oder nein", kind_of(&other)))),
        }
    }

    /// The expression as a whole number.
    pub fn int(&self, expr: &Expr) -> Result<i64, RuleFailure> {
        match self.run(expr)? {
            Cel::Int(number) => Ok(number),
            other => Err(failure(expr, format!("{} statt einer ganzen Zahl", kind_of(&other)))),
        }
    }

    /// The expression as any value.
    pub fn value(&self, expr: &Expr) -> Result<Value, RuleFailure> {
        from_cel(&self.run(expr)?).ok_or_else(|| failure(expr, "kein Wert, der gespeichert werden kann".into()))
    }

    /// True where there is no condition.
    pub fn holds(&self, when: Option<&Expr>) -> Result<bool, RuleFailure> {
        when.map_or(Ok(true), |expr| self.bool(expr))
    }

    fn run(&self, expr: &Expr) -> Result<Cel, RuleFailure> {
        let mut context = cel::Context::with_env(ENV.clone());
        context.set_variable_resolver(self);
        if expr.tree.calls_ours {
            self.add_functions(&mut context);
        }
        Cel::resolve(&expr.tree.expression, &context).map_err(|e| failure(expr, words(&e)))
    }

    fn add_functions(&self, context: &mut cel::Context<'_, '_>) {
        type Text = std::sync::Arc<String>;
        let (region, ags) = (self.cx.region.clone(), self.cx.place.ags.clone());
        let (region2, ags2) = (self.cx.region.clone(), self.cx.place.ags.clone());
        // `add_function` refuses only names of the standard library, and none of these is one (tested).
        let _ = context.add_function("days_between", |a: Text, b: Text| {
            let (a, b) = (date("days_between", &a)?, date("days_between", &b)?);
            Ok::<i64, ExecutionError>((b - a).get_days().into())
        });
        let _ = context.add_function("weekday", |day: Text| {
            Ok::<Cel, ExecutionError>(weekday(date("weekday", &day)?.weekday()).into())
        });
        let _ = context.add_function("minutes", |time: Text| {
            crate::answers::time::minutes(&time)
                .ok_or_else(|| ExecutionError::function_error("minutes", "das ist keine Uhrzeit"))
        });
        let _ = context.add_function("add_days", |day: Text, n: i64| {
            later("add_days", &day, jiff::Span::new().try_days(n))
        });
        let _ = context.add_function("add_months", |day: Text, n: i64| {
            // jiff keeps the day's number and clamps it to the month's end.
            later("add_months", &day, jiff::Span::new().try_months(n))
        });
        let _ = context.add_function("quiet_day", move |day: Text| {
            let found = days::on(&region.quiet_days, date("quiet_day", &day)?, &ags);
            Ok::<Cel, ExecutionError>(found.map_or("", |rule| &rule.id).into())
        });
        let _ = context.add_function("holiday", move |day: Text| {
            let found = days::on(&region2.holidays, date("holiday", &day)?, &ags2);
            Ok::<Cel, ExecutionError>(found.map_or("", |rule| &rule.id).into())
        });
    }

    /// The room that the answers name.
    pub fn room(&self) -> Option<&'a Room> {
        let chosen = room_path(self.service)
            .and_then(|path| at(self.answers, path))?
            .as_str()?;
        self.cx.rooms.iter().find(|room| room.id == chosen)
    }

    /// 1 if the day of the booking (or of the event) lies in the room's heating season.
    fn heating(&self, room: &Room) -> i64 {
        let path = self
            .service
            .booking
            .as_ref()
            .map(|b| b.from.0.as_str())
            .or(self.service.event.date.as_deref());
        let day = path.and_then(|p| at(self.answers, p)).and_then(day_of);
        i64::from(day.is_some_and(|day| room.heating_months.contains(&i64::from(day.month()))))
    }

    fn room_value(&self, room: &Room) -> Cel {
        let map: HashMap<Key, Cel> = ROOM_FIELDS
            .iter()
            .filter_map(|field| Some(((*field).into(), self.room_field(room, field)?)))
            .collect();
        Cel::Map(Map::from(map))
    }

    fn room_field(&self, room: &Room, path: &str) -> Option<Cel> {
        Some(match path {
            "id" => room.id.as_str().into(),
            "name" => room.name.as_str().into(),
            "persons" => room.persons.into(),
            "seats" => room.seats.into(),
            "kitchen" => room.kitchen.into(),
            "statute" => room.statute.into(),
            "heating_day" => room.heating_day.into(),
            "heating" => self.heating(room).into(),
            "cleaning" => room.cleaning.into(),
            "tariff" => {
                let classes = room.tariff.iter().map(|(class, t)| {
                    let prices: [(Key, Cel); 3] = [
                        ("day".into(), t.day.into()),
                        ("hour".into(), t.hour.into()),
                        ("deposit".into(), t.deposit.into()),
                    ];
                    (class.as_str().into(), Cel::Map(Map::from(HashMap::from(prices))))
                });
                Cel::Map(Map::from(classes.collect::<HashMap<Key, Cel>>()))
            }
            _ => return None,
        })
    }
}

impl VariableResolver for Scope<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let (root, path) = name.split_once('.').unwrap_or((name, ""));
        match (root, path) {
            ("answers", path) => {
                let question = self
                    .service
                    .form
                    .pages
                    .iter()
                    .flat_map(|p| &p.questions)
                    .find(|q| q.id == path)?;
                Some(match at(self.answers, path) {
                    None => CowVal::owned(CelNull),
                    Some(Value::String(open)) if open == "?" && question.may_stay_open => CowVal::owned(CelNull),
                    Some(Value::Array(items)) => match &question.kind {
                        Kind::Group { parts, .. } => own(group(items, parts)),
                        _ => own(to_cel(&Value::Array(items.clone()))),
                    },
                    Some(value) => borrow(value),
                })
            }
            ("params", id) => {
                let parameter = self.service.parameters.iter().find(|p| p.id == id)?;
                Some(borrow(self.cx.params.get(id).unwrap_or(&parameter.default)))
            }
            ("law", id) => Some(borrow(&self.cx.region.law.get(id)?.value)),
            ("today", "") => Some(text(self.cx.today.to_string())),
            ("now", "") => Some(CowVal::owned(CelString::from(self.cx.now.as_str()))),
            ("regime", "") if self.regime_known => Some(match self.regime() {
                Some(regime) => text(regime.as_str().to_owned()),
                None => CowVal::owned(CelNull),
            }),
            ("place", "") => {
                let fields = PLACE_FIELDS
                    .iter()
                    .filter_map(|f| Some(((*f).into(), place_field(self.cx, f)?)));
                Some(own(Cel::Map(Map::from(fields.collect::<HashMap<Key, Cel>>()))))
            }
            ("place", field) => place_field(self.cx, field).map(own),
            ("room", "") => Some(
                self.room()
                    .map_or_else(|| CowVal::owned(CelNull), |room| own(self.room_value(room))),
            ),
            ("room", field) => self.room_field(self.room()?, field).map(own),
            _ => None,
        }
    }
}

/// Path of the question that chooses a room.
pub(crate) fn room_path(service: &Service) -> Option<&str> {
    let booked = service.booking.as_ref().map(|b| b.room.as_str());
    booked.or_else(|| {
        let questions = service.form.pages.iter().flat_map(|p| &p.questions);
        let mut rooms = questions.filter(|q| {
            matches!(
                &q.kind,
                Kind::OneOf {
                    options: crate::Options::Rooms
                }
            )
        });
        rooms.next().map(|q| q.id.as_str())
    })
}

/// The day of a date, or the first day of a date range.
pub(crate) fn day_of(answer: &Value) -> Option<Date> {
    answer.as_str().or_else(|| answer.get("from")?.as_str())?.parse().ok()
}

fn place_field(cx: &Context, field: &str) -> Option<Cel> {
    match field {
        "ags" => Some(cx.place.ags.as_str().into()),
        "name" => Some(cx.place.name.as_str().into()),
        "kind" => Some(cx.place.kind.as_str().into()),
        "on_paper" => Some(cx.place.on_paper.into()),
        "has_rooms" => Some((!cx.rooms.is_empty()).into()),
        _ => None,
    }
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}

fn date(function: &str, text: &str) -> Result<Date, ExecutionError> {
    text.parse()
        .map_err(|_| ExecutionError::function_error(function, "das ist kein Datum"))
}

fn later(function: &str, day: &str, span: Result<jiff::Span, jiff::Error>) -> Result<Cel, ExecutionError> {
    let day = date(function, day)?;
    let moved = span.and_then(|span| day.checked_add(span));
    moved
        .map(|day| day.to_string().into())
        .map_err(|_| ExecutionError::function_error(function, "kein Datum mehr"))
}

/// The items of a group, every part in each of them: a missing one is null.
fn group(items: &[Value], parts: &[crate::Question]) -> Cel {
    let items: Vec<Cel> = items
        .iter()
        .map(|item| {
            let fields = parts.iter().map(|part| {
                let value = item
                    .get(&part.id)
                    .filter(|v| !(part.may_stay_open && v.as_str() == Some("?")));
                (part.id.as_str().into(), value.map_or(Cel::Null, to_cel))
            });
            Cel::Map(Map::from(fields.collect::<HashMap<Key, Cel>>()))
        })
        .collect();
    items.into()
}

/// Strings are borrowed, everything else is small or copied.
fn borrow(value: &Value) -> CowVal<'_, '_> {
    match value {
        Value::Null => CowVal::owned(CelNull),
        Value::Bool(yes) => CowVal::owned(CelBool::from(*yes)),
        Value::String(text) => CowVal::owned(CelString::from(text.as_str())),
        Value::Number(n) => match n.as_i64() {
            Some(whole) => CowVal::owned(CelInt::from(whole)),
            None => CowVal::owned(CelDouble::from(n.as_f64().unwrap_or(f64::NAN))),
        },
        Value::Array(_) | Value::Object(_) => own(to_cel(value)),
    }
}

fn text<'b>(text: String) -> CowVal<'b, 'b> {
    CowVal::owned(CelString::from(text))
}

/// A value without a counterpart does not occur: `to_cel` makes none.
fn own<'b>(value: Cel) -> CowVal<'b, 'b> {
    Box::<dyn Val>::try_from(value).map_or_else(|_| CowVal::owned(CelNull), CowVal::Owned)
}

/// Whole numbers as `i64`: an unsigned one cannot be multiplied with a signed one.
fn to_cel(value: &Value) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(yes) => Cel::Bool(*yes),
        Value::Number(n) => n
            .as_i64()
            .map_or_else(|| Cel::Float(n.as_f64().unwrap_or(f64::NAN)), Cel::Int),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(to_cel).collect::<Vec<_>>().into(),
        Value::Object(map) => {
            let fields = map.iter().map(|(key, value)| (key.as_str().into(), to_cel(value)));
            Cel::Map(Map::from(fields.collect::<HashMap<Key, Cel>>()))
        }
    }
}

fn from_cel(value: &Cel) -> Option<Value> {
    Some(match value {
        Cel::Null => Value::Null,
        Cel::Bool(yes) => (*yes).into(),
        Cel::Int(n) => (*n).into(),
        Cel::Float(n) => serde_json::Number::from_f64(*n)?.into(),
        Cel::String(text) => text.as_str().into(),
        Cel::List(items) => items.iter().map(from_cel).collect::<Option<Vec<_>>>()?.into(),
        _ => return None,
    })
}

fn failure(expr: &Expr, message: String) -> RuleFailure {
    RuleFailure {
        rule: expr.source.clone(),
        message,
    }
}

/// The kind of a result, never its content: failures go into logs.
fn kind_of(value: &Cel) -> &'static str {
    match value {
        Cel::Null => "nichts (null)",
        Cel::Bool(_) => "ja oder nein",
        Cel::Int(_) | Cel::UInt(_) => "eine Zahl",
        Cel::Float(_) => "eine Kommazahl",
        Cel::String(_) => "ein Text",
        Cel::List(_) => "eine Liste",
        _ => "ein anderer Wert",
    }
}

/// What went wrong, without the answers that were at hand: failures go into logs.
fn words(error: &ExecutionError) -> String {
    match error {
        ExecutionError::UndeclaredReference(name) => format!("„{name}“ ist nicht bekannt"),
        ExecutionError::NoSuchKey(name) => format!("„{name}“ fehlt"),
        ExecutionError::NoSuchOverload(e) => {
            format!("{} passt nicht zu {}", e.function(), e.argument_types().join(" und "))
        }
        ExecutionError::ValuesNotComparable(..) => "Werte verschiedener Art lassen sich nicht vergleichen".to_owned(),
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "Teilen durch 0".to_owned(),
        ExecutionError::Overflow(..) => "die Zahl ist zu groß".to_owned(),
        ExecutionError::IndexOutOfBounds(_) => "so viele Einträge hat die Liste nicht".to_owned(),
        ExecutionError::FunctionError { function, .. } => format!("{function}(…) passt nicht zu seinem Wert"),
        _ => "Werte passen nicht zusammen".to_owned(),
    }
}
