//! One raw answer → its canonical value, or what is wrong with it. Knows types and bounds, not rules or visibility.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use jiff::civil::Date;
use regex::Regex;
use serde_json::{Map, Value, json};

use super::fault::{Fault, quoted};
use super::{scalar, time};
use crate::show::format;
use crate::words::list;
use crate::{Bound, Context, DateBound, ErrorKind, Kind, Options, Question, Service, days};

/// Parts of an address, all needed.
pub(crate) const ADDRESS: [&str; 4] = ["street", "house_number", "postcode", "town"];
/// Longest part of an address, in characters.
pub(crate) const ADDRESS_PART: usize = 100;

/// Faults after which no more are looked for: a person mends a few, a machine reads the first ones.
pub(super) const MOST_FAULTS: usize = 100;

/// Reads answers of one service in one context.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub service: &'a Service,
    pub cx: &'a Context,
}

/// A canonical value, nothing, or what is wrong.
pub(crate) type Outcome = Result<Option<Value>, Vec<Fault>>;

/// A number's bound with its legal origin.
pub(crate) struct Limit {
    pub n: i64,
    /// `number`, `law` or `param`: which sentence says it.
    origin: &'static str,
    basis: String,
}

impl Reader<'_> {
    /// Reads the answer of `question` at the path `at`. Nothing entered is no fault here.
    pub fn read(&self, question: &Question, at: &str, raw: &Value) -> Outcome {
        if is_empty(raw) || matches!(question.kind, Kind::Computed { .. }) {
            return Ok(None);
        }
        if question.may_stay_open && raw.as_str().map(str::trim) == Some("?") {
            return Ok(Some(json!("?")));
        }
        let one = |result: Result<Value, Fault>| result.map(Some).map_err(|fault| vec![fault]);
        match &question.kind {
            Kind::Text {
                min_length,
                max_length,
                pattern,
            } => one(self.text(at, raw, *min_length, *max_length, pattern.as_deref())),
            Kind::LongText { min_length, max_length } => one(string(at, raw, "form.text", "form.text")
                .and_then(|text| length(at, scalar::lines(text), *min_length, *max_length).map(Value::from))),
            Kind::Number { min, max, unit } => one(self.number(at, raw, unit.as_deref()).and_then(|n| {
                self.bounds(at, n, min.as_ref(), max.as_ref(), |n| {
                    (
                        format::number(n, self.cx.lang),
                        format::with_unit(n, unit.as_deref(), self.cx.lang),
                    )
                })
            })),
            Kind::Money { min, max } => one(self.money(at, raw).and_then(|n| {
                self.bounds(at, n, min.as_ref(), max.as_ref(), |n| {
                    let text = format::money(n, self.cx.lang);
                    (text.clone(), text)
                })
            })),
            Kind::Date { min, max } => one(self
                .date(at, raw, min.as_ref(), max.as_ref())
                .map(|day| day.to_string().into())),
            Kind::Time { min, max } => one(self.time(at, raw, min.as_deref(), max.as_deref())),
            Kind::DateRange { min, max } => one(self.date_range(at, raw, min.as_ref(), max.as_ref())),
            Kind::YesNo => one(yes_no(at, raw)),
            Kind::OneOf { options } => one(self.one_of(at, raw, options)),
            Kind::ManyOf {
                options,
                min_items,
                max_items,
            } => self.many_of(at, raw, options, *min_items, *max_items),
            Kind::Address => one(address(at, raw)),
            Kind::MapPoint => one(self.map_point(at, raw)),
            Kind::Iban => one(plain(at, raw, "form.iban", "plain.iban", scalar::iban)),
            Kind::Email => one(plain(at, raw, "form.email", "plain.email", scalar::email)),
            Kind::Phone => one(plain(at, raw, "form.phone", "plain.phone", scalar::phone)),
            Kind::File { accept, max_mb } => one(super::file::read(at, raw, accept, *max_mb)),
            Kind::Group {
                parts,
                min_items,
                max_items,
            } => self.group(at, raw, parts, *min_items, *max_items),
            Kind::Computed { .. } => Ok(None),
        }
    }

    /// The fault of a question that is asked, not optional, and has no answer.
    pub fn missing(question: &Question, at: &str) -> Fault {
        let general = match &question.kind {
            Kind::YesNo | Kind::OneOf { .. } | Kind::ManyOf { .. } => "missing.choice",
            Kind::File { .. } => "missing.file",
            Kind::MapPoint => "missing.point",
            Kind::Group { .. } => "missing.group",
            _ => "missing.text",
        };
        Fault::new(at, ErrorKind::Missing, "missing", general)
    }

    fn text(
        &self,
        at: &str,
        raw: &Value,
        min: Option<usize>,
        max: usize,
        pattern: Option<&str>,
    ) -> Result<Value, Fault> {
        let text = length(
            at,
            scalar::one_line(string(at, raw, "form.text", "form.text")?),
            min,
            max,
        )?;
        if pattern.is_some_and(|pattern| !matches_whole(pattern, &text)) {
            return Err(Fault::new(at, ErrorKind::Form, "invalid", "form.pattern").with("value", quoted(&text)));
        }
        Ok(text.into())
    }

    fn number(&self, at: &str, raw: &Value, unit: Option<&str>) -> Result<i64, Fault> {
        let words = unit.map_or(&[][..], |unit| list(self.cx.lang, &format!("unit.{unit}")));
        let read = match raw {
            Value::Number(n) => whole(n),
            Value::String(text) => scalar::number(text, unit, words, self.cx.lang),
            _ => None,
        };
        read.ok_or_else(|| form(at, raw, "form.number", "plain.number"))
    }

    /// A JSON number is cents already, a text is euros.
    fn money(&self, at: &str, raw: &Value) -> Result<i64, Fault> {
        let read = match raw {
            Value::Number(n) => whole(n),
            Value::String(text) => scalar::money(text, self.cx.lang),
            _ => None,
        };
        read.ok_or_else(|| form(at, raw, "form.money", "plain.money"))
    }

    /// What a bound stands for; none if it names what does not exist or is no number.
    pub fn limit(&self, bound: Option<&Bound>) -> Option<Limit> {
        match bound? {
            Bound::Number(n) => Some(Limit {
                n: *n,
                origin: "number",
                basis: String::new(),
            }),
            Bound::Law(id) => {
                let figure = self.cx.region.law.get(id)?;
                Some(Limit {
                    n: figure.value.as_i64()?,
                    origin: "law",
                    basis: figure.legal_basis.clone(),
                })
            }
            Bound::Param(_) if self.cx.local_unknown => None,
            Bound::Param(id) => {
                let parameter = self.service.parameters.iter().find(|p| p.id == *id)?;
                let value = self.cx.params.get(id).unwrap_or(&parameter.default);
                Some(Limit {
                    n: value.as_i64()?,
                    origin: "param",
                    basis: String::new(),
                })
            }
        }
    }

    fn bounds(
        &self,
        at: &str,
        n: i64,
        min: Option<&Bound>,
        max: Option<&Bound>,
        text: impl Fn(i64) -> (String, String),
    ) -> Result<Value, Fault> {
        let fault = |kind: ErrorKind, own: &'static str, limit: &Limit| {
            let general = match (own, limit.origin) {
                ("min", "law") => "min.law",
                ("min", "param") => "min.param",
                ("min", _) => "min.number",
                (_, "law") => "max.law",
                (_, "param") => "max.param",
                _ => "max.number",
            };
            let ((value, value_unit), (bound, bound_unit)) = (text(n), text(limit.n));
            Fault::new(at, kind, own, general)
                .with_unit("value", value, value_unit)
                .with_unit(own, bound, bound_unit)
                .with("basis", limit.basis.clone())
        };
        let (min, max) = (self.limit(min), self.limit(max));
        let other = |fault: Fault, name, limit: &Option<Limit>| match limit {
            Some(limit) => fault.with_unit(name, text(limit.n).0, text(limit.n).1),
            None => fault,
        };
        match (&min, &max) {
            (Some(low), _) if n < low.n => Err(other(fault(ErrorKind::Min, "min", low), "max", &max)),
            (_, Some(high)) if n > high.n => Err(other(fault(ErrorKind::Max, "max", high), "min", &min)),
            _ => Ok(n.into()),
        }
    }

    /// The day that a bound stands for today.
    pub fn day(&self, bound: Option<&DateBound>) -> Option<Date> {
        Some(match bound? {
            DateBound::Today(plus) => days::add(self.cx.today, i32::try_from(*plus).unwrap_or(0)),
            DateBound::Fixed(day) => *day,
        })
    }

    fn date(&self, at: &str, raw: &Value, min: Option<&DateBound>, max: Option<&DateBound>) -> Result<Date, Fault> {
        let day = raw
            .as_str()
            .and_then(time::read_date)
            .ok_or_else(|| form(at, raw, "form.date", "plain.date"))?;
        let text = |day: Date| format::date(day, self.cx.lang);
        let (low, high) = (self.day(min), self.day(max));
        let fault = |kind, own, general| {
            let fault = Fault::new(at, kind, own, general).with("value", text(day));
            let fault = if let Some(low) = low {
                fault.with("min", text(low))
            } else {
                fault
            };
            if let Some(high) = high {
                fault.with("max", text(high))
            } else {
                fault
            }
        };
        if low.is_some_and(|low| day < low) {
            let general = if day < self.cx.today && low == Some(self.cx.today) {
                "min.today"
            } else {
                "min.date"
            };
            return Err(fault(ErrorKind::Min, "min", general));
        }
        if high.is_some_and(|high| day > high) {
            return Err(fault(ErrorKind::Max, "max", "max.date"));
        }
        Ok(day)
    }

    fn time(&self, at: &str, raw: &Value, min: Option<&str>, max: Option<&str>) -> Result<Value, Fault> {
        let time = plain(at, raw, "form.time", "plain.time", time::read_time)?;
        let text = time.as_str().unwrap_or_default();
        let fault = |kind, own, general, bound: &str| {
            let clock = |t: &str| format::clock(t, self.cx.lang);
            Fault::new(at, kind, own, general)
                .with_unit("value", text, clock(text))
                .with_unit(own, bound, clock(bound))
        };
        match (min, max) {
            (Some(min), _) if text < min => Err(fault(ErrorKind::Min, "min", "min.time", min)),
            (_, Some(max)) if text > max => Err(fault(ErrorKind::Max, "max", "max.time", max)),
            _ => Ok(time),
        }
    }

    fn date_range(
        &self,
        at: &str,
        raw: &Value,
        min: Option<&DateBound>,
        max: Option<&DateBound>,
    ) -> Result<Value, Fault> {
        let whole = || Fault::new(at, ErrorKind::Form, "invalid", "form.date_range").with("value", typed(raw));
        let range = raw.as_object().ok_or_else(whole)?;
        let end = |key: &str| range.get(key).filter(|v| !is_empty(v)).ok_or_else(whole);
        let from = self.date(at, end("from")?, min, max)?;
        let to = self.date(at, end("to")?, min, max)?;
        if to < from {
            let text = |day: Date| format::date(day, self.cx.lang);
            let fault = Fault::new(at, ErrorKind::Form, "invalid", "form.range_order").with("value", text(to));
            return Err(fault.with("min", text(from)).with("max", text(to)));
        }
        Ok(json!({ "from": from.to_string(), "to": to.to_string() }))
    }

    /// Ids that may be chosen.
    pub fn options<'o>(&'o self, options: &'o Options) -> Vec<&'o str> {
        match options {
            Options::Fixed(list) => list.iter().map(String::as_str).collect(),
            Options::Rooms => self.cx.rooms.iter().map(|room| room.id.as_str()).collect(),
        }
    }

    fn one_of(&self, at: &str, raw: &Value, options: &Options) -> Result<Value, Fault> {
        let chosen = string(at, raw, "form.choice", "form.choice")?.trim();
        if self.options(options).contains(&chosen) {
            Ok(chosen.into())
        } else {
            Err(not_offered(at, chosen, options))
        }
    }

    fn many_of(&self, at: &str, raw: &Value, options: &Options, min: usize, max: usize) -> Outcome {
        let single = [raw.clone()];
        let items = match raw {
            Value::Array(items) => items.as_slice(),
            Value::String(_) => &single,
            _ => return Err(vec![Fault::new(at, ErrorKind::Form, "invalid", "form.many_of")]),
        };
        let offered = self.options(options);
        let mut chosen = Vec::new();
        for item in items.iter().filter(|item| !is_empty(item)) {
            let id = string(at, item, "form.many_of", "form.many_of")
                .map_err(|fault| vec![fault])?
                .trim();
            match offered.iter().position(|o| *o == id) {
                Some(index) => chosen.push(index),
                None => return Err(vec![not_offered(at, id, options)]),
            }
        }
        chosen.sort_unstable();
        chosen.dedup();
        if chosen.is_empty() {
            return Ok(None);
        }
        items_within(at, chosen.len(), (min, max), "items").map_err(|fault| vec![fault])?;
        Ok(Some(chosen.into_iter().map(|index| offered[index]).collect()))
    }

    fn map_point(&self, at: &str, raw: &Value) -> Result<Value, Fault> {
        let coordinate = |key: &str, most: f64| {
            let degrees = match raw.get(key)? {
                Value::Number(n) => n.as_f64()?,
                Value::String(text) => text.trim().replace(',', ".").parse().ok()?,
                _ => return None,
            };
            // Six digits are 11 cm: as exact as a map point can be.
            (degrees.abs() <= most).then(|| (degrees * 1e6).round() / 1e6)
        };
        let (Some(lat), Some(lon)) = (coordinate("lat", 90.0), coordinate("lon", 180.0)) else {
            return Err(Fault::new(at, ErrorKind::Form, "invalid", "form.map_point").with("value", typed(raw)));
        };
        if !super::place::contains(&self.cx.place.outline, lon, lat) {
            return Err(Fault::new(at, ErrorKind::Elsewhere, "", "other.elsewhere"));
        }
        Ok(json!({ "lat": lat, "lon": lon }))
    }

    fn group(&self, at: &str, raw: &Value, parts: &[Question], min: usize, max: usize) -> Outcome {
        let Value::Array(items) = raw else {
            return Err(vec![Fault::new(at, ErrorKind::Form, "invalid", "form.group")]);
        };
        // Too many are not read at all: nobody can be told what is wrong with thousands of them.
        if items.len() > max {
            return Err(items_within(at, items.len(), (min, max), "group")
                .err()
                .into_iter()
                .collect());
        }
        let mut faults = Vec::new();
        let mut out = Vec::new();
        for (index, item) in items.iter().enumerate() {
            if faults.len() >= MOST_FAULTS {
                return Err(faults);
            }
            let at = format!("{at}.{index}");
            let Value::Object(fields) = item else {
                faults.push(Fault::new(&at, ErrorKind::Form, "invalid", "form.group"));
                continue;
            };
            let mut read = Map::new();
            for part in parts {
                let at = format!("{at}.{}", part.id);
                match self.read(part, &at, fields.get(&part.id).unwrap_or(&Value::Null)) {
                    Ok(Some(value)) => {
                        read.insert(part.id.clone(), value);
                    }
                    Ok(None) if part.optional || matches!(part.kind, Kind::Computed { .. }) => {}
                    Ok(None) => faults.push(Self::missing(part, &at)),
                    Err(found) => faults.extend(found),
                }
            }
            out.push(Value::Object(read));
        }
        if let Err(fault) = items_within(at, items.len(), (min, max), "group") {
            faults.push(fault);
        }
        if faults.is_empty() {
            Ok(Some(out.into()))
        } else {
            Err(faults)
        }
    }
}

/// Nothing entered: null, empty or blank text, an empty list, an object without entries or with empty ones only.
pub(crate) fn is_empty(raw: &Value) -> bool {
    match raw {
        Value::Null => true,
        Value::String(text) => text.chars().all(|c| c.is_whitespace() || c.is_control()),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whole numbers, also when a client writes them as `3.0`.
fn whole(n: &serde_json::Number) -> Option<i64> {
    n.as_i64().or_else(|| {
        let n = n.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 9e15)?;
        // Exact: below 2^53.
        Some(n as i64)
    })
}

/// What was typed, as far as it can be named in a sentence.
fn typed(raw: &Value) -> String {
    match raw {
        Value::String(text) => quoted(text),
        Value::Number(n) => n.to_string(),
        _ => String::new(),
    }
}

fn form(at: &str, raw: &Value, general: &'static str, without_value: &'static str) -> Fault {
    let value = typed(raw);
    // The service's own sentence names the value: without one, the general sentence is better.
    let (own, general) = if value.is_empty() {
        ("", without_value)
    } else {
        ("invalid", general)
    };
    Fault::new(at, ErrorKind::Form, own, general).with("value", value)
}

fn string<'r>(at: &str, raw: &'r Value, general: &'static str, without_value: &'static str) -> Result<&'r str, Fault> {
    raw.as_str().ok_or_else(|| form(at, raw, general, without_value))
}

fn plain(
    at: &str,
    raw: &Value,
    general: &'static str,
    without_value: &'static str,
    read: impl Fn(&str) -> Option<String>,
) -> Result<Value, Fault> {
    let text = raw.as_str().and_then(read);
    text.map(Value::from)
        .ok_or_else(|| form(at, raw, general, without_value))
}

fn yes_no(at: &str, raw: &Value) -> Result<Value, Fault> {
    let yes = raw.as_bool().or_else(|| scalar::yes_no(raw.as_str()?));
    yes.map(Value::from)
        .ok_or_else(|| form(at, raw, "form.yes_no", "plain.yes_no"))
}

fn not_offered(at: &str, chosen: &str, options: &Options) -> Fault {
    let general = if *options == Options::Rooms {
        "other.room"
    } else {
        "other.option"
    };
    Fault::new(at, ErrorKind::Option, "invalid", general).with("value", quoted(chosen))
}

fn length(at: &str, text: String, min: Option<usize>, max: usize) -> Result<String, Fault> {
    let count = text.chars().count();
    let fault = |own, general, value: String, bound: usize| {
        Fault::new(at, ErrorKind::Length, own, general)
            .with("value", value)
            .with(own, bound.to_string())
    };
    match min {
        Some(min) if count < min => Err(fault("min", "min.length", quoted(&text), min)),
        _ if count > max => Err(fault("max", "max.length", count.to_string(), max)),
        _ => Ok(text),
    }
}

fn items_within(at: &str, count: usize, (min, max): (usize, usize), what: &'static str) -> Result<(), Fault> {
    let fault = |own, general, bound: usize| {
        let fault = Fault::new(at, ErrorKind::Items, own, general);
        fault.with("value", count.to_string()).with(own, bound.to_string())
    };
    let group = what == "group";
    if count < min {
        Err(fault("min", if group { "min.group" } else { "min.items" }, min))
    } else if count > max {
        Err(fault("max", if group { "max.group" } else { "max.items" }, max))
    } else {
        Ok(())
    }
}

fn address(at: &str, raw: &Value) -> Result<Value, Fault> {
    let whole = || Fault::new(at, ErrorKind::Form, "invalid", "form.address").with("value", typed(raw));
    let fields = raw.as_object().ok_or_else(whole)?;
    let mut out = Map::new();
    for key in ADDRESS {
        let part = scalar::one_line(fields.get(key).and_then(Value::as_str).ok_or_else(whole)?);
        if part.is_empty() || part.chars().count() > ADDRESS_PART {
            return Err(whole());
        }
        if key == "postcode" && !(part.len() == 5 && part.bytes().all(|b| b.is_ascii_digit())) {
            return Err(Fault::new(at, ErrorKind::Form, "", "form.postcode").with("value", quoted(&part)));
        }
        out.insert(key.to_owned(), part.into());
    }
    Ok(out.into())
}

/// Whether the whole text follows the pattern. A pattern that does not compile is the loader's to report, it blocks nobody.
fn matches_whole(pattern: &str, text: &str) -> bool {
    static COMPILED: LazyLock<Mutex<HashMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if compiled.len() > 1_000 {
        compiled.clear();
    }
    let regex = compiled
        .entry(pattern.to_owned())
        .or_insert_with(|| Regex::new(&format!("^(?:{pattern})$")).ok());
    regex.as_ref().is_none_or(|regex| regex.is_match(text))
}
