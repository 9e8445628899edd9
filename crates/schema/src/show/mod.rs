//! Answers as people read them, and texts with their placeholders filled. Words come from the service's texts.

pub mod authority;
pub mod format;

use std::borrow::Cow;

use serde_json::Value;

use crate::rules::Scope;
use crate::words::word;
use crate::{Computed, Context, Kind, Lang, LawFigure, Options, ParamType, Parameter, Question, Service, at};

impl Service {
    /// Its German noun, as lists and letters to offices call it: `Brauchtumsfeuer`.
    pub fn noun(&self) -> &str {
        let texts = self.texts.get(&Lang::De);
        texts.and_then(|t| t.get("noun", None)).unwrap_or(&self.id)
    }
}

/// An answer for check pages and tables in letters: `Samstag, 09.01.2027`, `75,00 €`, `180 m`, options by label.
/// Empty for no answer; what could not be read comes back as it was typed.
pub fn show(question: &Question, value: &Value, service: &Service, cx: &Context) -> String {
    Show {
        service,
        cx,
        path: text_path(service, question),
        plain: false,
    }
    .value(question, value)
}

/// An answer for a sentence: without unit and weekday.
pub(crate) fn plain(question: &Question, value: &Value, service: &Service, cx: &Context) -> String {
    Show {
        service,
        cx,
        path: text_path(service, question),
        plain: true,
    }
    .value(question, value)
}

/// `template` with `{answers.x}`, `{full.x}`, `{params.x}`, `{law.x}`, `{place.x}`, `{authority.x}`, `{room.x}`,
/// `{today}` and the `extra` names filled: bare values, without unit, for sentences; `full` is the answer as on the
/// check page, with weekday and unit. A name that is not known stays as it is. Where an answer brings its own full
/// stop, the sentence's is left out.
pub fn fill(template: &str, answers: &Value, service: &Service, cx: &Context, extra: &[(&str, String)]) -> String {
    let known = sentences_known(template, cx);
    let mut out = String::with_capacity(known.len());
    let mut rest = known.as_ref();
    while let Some((before, name, after)) = next_placeholder(rest) {
        out.push_str(before);
        let found = extra.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone());
        match found.or_else(|| placeholder(name, answers, service, cx)) {
            Some(value) if name.starts_with("authority.") => authority::push(&mut out, &value),
            Some(value) => out.push_str(&value),
            None => out.extend(["{", name, "}"]),
        }
        rest = match after.strip_prefix('.') {
            Some(more) if out.ends_with(['.', '?', '!']) => more,
            _ => after,
        };
    }
    out.push_str(rest);
    out
}

/// The text without the sentences that name a local value, where those are unknown.
fn sentences_known<'t>(template: &'t str, cx: &Context) -> Cow<'t, str> {
    if !cx.local_unknown || !template.contains("{params.") {
        return Cow::Borrowed(template);
    }
    let kept: Vec<&str> = template
        .split_inclusive(crate::leicht::LINE)
        .flat_map(|line| line.split_inclusive(". "))
        .filter(|s| !s.contains("{params."))
        .collect();
    Cow::Owned(kept.concat().trim_end().to_owned())
}

/// Names in braces of a text, with the character at which each brace opens.
pub fn placeholders(template: &str) -> Vec<(String, usize)> {
    let mut out = Vec::new();
    let (mut rest, mut offset) = (template, 0);
    while let Some((before, name, after)) = next_placeholder(rest) {
        offset += before.chars().count();
        out.push((name.to_owned(), offset));
        offset += name.chars().count() + 2;
        rest = after;
    }
    out
}

/// Text before, name, text after the next `{name}`. Only names count: letters, digits, `_` and dots.
fn next_placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let open = from + text[from..].find('{')?;
        let name = &text[open + 1..];
        let end = name
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.')
            .unwrap_or(name.len());
        if end > 0 && name[end..].starts_with('}') {
            return Some((&text[..open], &name[..end], &name[end + 1..]));
        }
        from = open + 1;
    }
}

fn placeholder(name: &str, answers: &Value, service: &Service, cx: &Context) -> Option<String> {
    let (root, path) = name.split_once('.').unwrap_or((name, ""));
    match root {
        "answers" | "full" => {
            let (question, below) = find(service, path)?;
            let value = below.map_or_else(|| at(answers, path), |key| at(answers, &question.id)?.get(key));
            let text = match (value, below) {
                (None | Some(Value::Null), _) => String::new(),
                // A part of an address, a range or a point.
                (Some(value), Some(_)) => part(value, cx),
                (Some(value), None) if root == "full" => show(question, value, service, cx),
                (Some(value), None) => plain(question, value, service, cx),
            };
            Some(if text.is_empty() {
                word(cx.lang, "empty").to_owned()
            } else {
                text
            })
        }
        "params" => {
            let parameter = service.parameters.iter().find(|p| p.id == path)?;
            Some(param(
                parameter,
                cx.params.get(path).unwrap_or(&parameter.default),
                service,
                cx,
            ))
        }
        "law" => Some(law(cx.region.law.get(path)?, cx)),
        "place" => match path {
            "name" => Some(cx.place.name.clone()),
            "ags" => Some(cx.place.ags.clone()),
            "kind" => Some(cx.place.kind.clone()),
            _ => None,
        },
        "authority" => authority::form(&cx.place.authority, path, cx.lang),
        "room" => {
            let room = Scope::new(answers, service, cx).room();
            let text = match path {
                "name" => room.map(|r| r.name.clone()),
                // Where it is, as far as the place says so.
                "where" => room.map(|r| match r.description.trim_end_matches('.') {
                    "" => r.name.clone(),
                    about => format!("{} ({about})", r.name),
                }),
                _ => return None,
            };
            Some(text.unwrap_or_else(|| word(cx.lang, "empty").to_owned()))
        }
        "today" => Some(format::date(cx.today, cx.lang)),
        _ => None,
    }
}

fn part(value: &Value, cx: &Context) -> String {
    match value {
        Value::String(text) => text
            .parse()
            .map_or_else(|_| text.clone(), |day| format::date(day, cx.lang)),
        other => other.to_string(),
    }
}

fn param(parameter: &Parameter, value: &Value, service: &Service, cx: &Context) -> String {
    match (parameter.kind, value) {
        (ParamType::Money, Value::Number(n)) => format::money(n.as_i64().unwrap_or(0), cx.lang),
        (ParamType::Number, Value::Number(n)) => format::number(n.as_i64().unwrap_or(0), cx.lang),
        (ParamType::OneOf, Value::String(option)) => {
            text(service, &format!("parameter_option.{}.{option}", parameter.id), cx)
                .map_or_else(|| option.clone(), str::to_owned)
        }
        (_, Value::Bool(yes)) => word(cx.lang, if *yes { "yes" } else { "no" }).to_owned(),
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

fn law(figure: &LawFigure, cx: &Context) -> String {
    match &figure.value {
        Value::Number(n) => n.as_i64().map_or_else(|| n.to_string(), |n| format::number(n, cx.lang)),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The question at `path`; `helpers.0.name` and `helpers.name` find the part of a group.
pub fn question<'a>(service: &'a Service, path: &str) -> Option<&'a Question> {
    let all = || service.form.pages.iter().flat_map(|p| &p.questions);
    all().find(|q| q.id == path).or_else(|| {
        let (group, part) = (path.split('.').next()?, path.rsplit('.').next()?);
        match &all().find(|q| q.id == group)?.kind {
            Kind::Group { parts, .. } => parts.iter().find(|p| p.id == part),
            _ => None,
        }
    })
}

/// The question whose answer `path` is, or goes into: `contact.address.town` → the address, `town`.
fn find<'a, 'p>(service: &'a Service, path: &'p str) -> Option<(&'a Question, Option<&'p str>)> {
    if let Some(whole) = question(service, path) {
        return Some((whole, None));
    }
    let (before, key) = path.rsplit_once('.')?;
    Some((question(service, before)?, Some(key)))
}

/// Where the texts of a question stand: its id, or `helpers.phone` for a part.
fn text_path(service: &Service, question: &Question) -> String {
    for q in service.form.pages.iter().flat_map(|p| &p.questions) {
        if std::ptr::eq(q, question) {
            break;
        }
        if let Kind::Group { parts, .. } = &q.kind
            && parts.iter().any(|part| std::ptr::eq(part, question))
        {
            return format!("{}.{}", q.id, question.id);
        }
    }
    question.id.clone()
}

/// `helpers.0.name` → `helpers.name`.
pub(crate) fn without_numbers(path: &str) -> String {
    path.split('.')
        .filter(|p| !p.bytes().all(|b| b.is_ascii_digit()))
        .collect::<Vec<_>>()
        .join(".")
}

/// A text of the service in the context's language, in the regime that holds without answers.
pub(crate) fn text<'a>(service: &'a Service, key: &str, cx: &Context) -> Option<&'a str> {
    text_in(service, &Value::Null, key, cx)
}

/// A text of the service in the context's language, in the regime that the answers lead to.
pub(crate) fn text_in<'a>(service: &'a Service, answers: &Value, key: &str, cx: &Context) -> Option<&'a str> {
    let regime = Scope::new(answers, service, cx).regime();
    service
        .texts
        .get(&cx.lang)
        .or_else(|| service.texts.get(&crate::Lang::De))?
        .get(key, regime)
}

/// Label of a question on the form; its path if there is none.
pub fn label(service: &Service, path: &str, cx: &Context) -> String {
    let path = without_numbers(path);
    text(service, &format!("question.{path}.label"), cx).map_or_else(|| path.clone(), str::to_owned)
}

/// Label on the check page and the desk.
pub fn short_label(service: &Service, path: &str, cx: &Context) -> String {
    let key = format!("question.{}.short", without_numbers(path));
    text(service, &key, cx).map_or_else(|| label(service, path, cx), str::to_owned)
}

/// A time of day that a rule works out; `24:00` is the end of one.
fn is_time(text: &str) -> bool {
    text == "24:00" || (text.len() == 5 && crate::answers::time::minutes(text).is_some())
}

struct Show<'a> {
    service: &'a Service,
    cx: &'a Context,
    /// Where the texts of the question stand.
    path: String,
    /// For a sentence: no unit, no weekday.
    plain: bool,
}

impl Show<'_> {
    fn value(&self, question: &Question, value: &Value) -> String {
        let (lang, whole) = (self.cx.lang, value.as_i64());
        match (&question.kind, value) {
            (_, Value::Null) => String::new(),
            // In a sentence too: papers come later, they are not unknown.
            (Kind::File { .. }, Value::String(open)) if open == "?" && question.may_stay_open => {
                word(lang, "open_file").to_owned()
            }
            (_, Value::String(open)) if open == "?" && question.may_stay_open => {
                word(lang, if self.plain { "open_short" } else { "open" }).to_owned()
            }
            (Kind::Number { unit, .. }, Value::Number(_)) => match whole {
                Some(n) if self.plain => format::number(n, lang),
                Some(n) => format::with_unit(n, unit.as_deref(), lang),
                None => value.to_string(),
            },
            (Kind::Money { .. }, Value::Number(_)) => {
                whole.map_or_else(|| value.to_string(), |n| format::money(n, lang))
            }
            (Kind::Date { .. }, Value::String(day)) => self.day(day),
            (Kind::Time { .. }, Value::String(time)) if crate::answers::time::minutes(time).is_some() => {
                if self.plain {
                    time.clone()
                } else {
                    format::clock(time, lang)
                }
            }
            (Kind::DateRange { .. }, Value::Object(range)) => {
                let day = |key| {
                    range
                        .get(key)
                        .and_then(Value::as_str)
                        .map_or_else(String::new, |d| self.day(d))
                };
                let (from, to) = (day("from"), day("to"));
                if from == to {
                    from
                } else {
                    format!("{from} {} {to}", word(lang, "to"))
                }
            }
            (Kind::OneOf { options }, Value::String(option)) => self.option(options, option),
            (Kind::ManyOf { options, .. }, Value::Array(chosen)) => {
                let labels: Vec<String> = chosen
                    .iter()
                    .filter_map(Value::as_str)
                    .map(|o| self.option(options, o))
                    .collect();
                labels.join(", ")
            }
            (Kind::Address, Value::Object(address)) => {
                let get = |key| address.get(key).and_then(Value::as_str).unwrap_or_default();
                let street = format!("{} {}", get("street"), get("house_number"));
                let town = format!("{} {}", get("postcode"), get("town"));
                [street.trim(), town.trim()]
                    .into_iter()
                    .filter(|s| !s.is_empty())
                    .collect::<Vec<_>>()
                    .join(", ")
            }
            (Kind::MapPoint, Value::Object(point)) => {
                let get = |key| point.get(key).map_or_else(String::new, Value::to_string);
                let comma = |n: String| {
                    if lang.is_german() { n.replace('.', ",") } else { n }
                };
                let (lat, lon) = (comma(get("lat")), comma(get("lon")));
                let sep = if lang.is_german() { "; " } else { ", " };
                word(lang, "point").replace("{lat}, {lon}", &format!("{lat}{sep}{lon}"))
            }
            (Kind::Iban, Value::String(iban)) => format::iban(iban),
            (Kind::File { .. }, Value::Object(file)) => {
                file.get("name").and_then(Value::as_str).unwrap_or_default().to_owned()
            }
            (Kind::Group { parts, .. }, Value::Array(items)) => {
                let items: Vec<String> = items.iter().map(|item| self.item(parts, item)).collect();
                items
                    .iter()
                    .filter(|i| !i.is_empty())
                    .cloned()
                    .collect::<Vec<_>>()
                    .join("; ")
            }
            (Kind::YesNo, Value::Bool(yes)) => {
                let key = format!("option.{}.{}", self.path, if *yes { "yes" } else { "no" });
                text(self.service, &key, self.cx).map_or_else(|| self.plainly(value), str::to_owned)
            }
            (Kind::Computed { result, unit, .. }, value) => match (result, value) {
                (Computed::Money, Value::Number(_)) => whole.map_or_else(String::new, |n| format::money(n, lang)),
                (Computed::Date, Value::String(day)) => self.day(day),
                (Computed::Number, Value::Number(_)) if !self.plain && whole.is_some() => {
                    format::with_unit(whole.unwrap_or_default(), unit.as_deref(), lang)
                }
                (Computed::Text, Value::String(time)) if is_time(time) => {
                    if self.plain {
                        time.clone()
                    } else {
                        format::clock(time, lang)
                    }
                }
                // A code that a rule works out, such as a tariff class, is shown by its label if it has one.
                (Computed::Text, Value::String(code)) => {
                    text(self.service, &format!("option.{}.{code}", self.path), self.cx)
                        .map_or_else(|| self.plainly(value), |label| self.filled(label))
                }
                (_, Value::Number(_)) => whole.map_or_else(|| value.to_string(), |n| format::number(n, lang)),
                (_, value) => self.plainly(value),
            },
            (_, value) => self.plainly(value),
        }
    }

    fn item(&self, parts: &[Question], item: &Value) -> String {
        let shown: Vec<String> = parts
            .iter()
            .filter_map(|part| {
                let path = format!("{}.{}", self.path, part.id);
                let one = Show { path, ..*self }.value(part, item.get(&part.id)?);
                // A number to call never breaks over a line.
                let one = match part.kind {
                    Kind::Phone if !self.plain => one.replace(' ', &format::NBSP.to_string()),
                    _ => one,
                };
                (!one.is_empty()).then_some(one)
            })
            .collect();
        shown.join(", ")
    }

    fn day(&self, day: &str) -> String {
        match day.parse() {
            Ok(date) if self.plain => format::date(date, self.cx.lang),
            Ok(date) => format::long_date(date, self.cx.lang),
            Err(_) => day.to_owned(),
        }
    }

    /// Words of the service for an answer may name figures of the law or of the authority, but no other answers.
    fn filled(&self, label: &str) -> String {
        match label.contains('{') {
            true => fill(label, &Value::Null, self.service, self.cx, &[]),
            false => label.to_owned(),
        }
    }

    fn option(&self, options: &Options, option: &str) -> String {
        let label = match options {
            Options::Fixed(_) => text(self.service, &format!("option.{}.{option}", self.path), self.cx),
            Options::Rooms => self.cx.rooms.iter().find(|r| r.id == option).map(|r| r.name.as_str()),
        };
        self.filled(label.unwrap_or(option))
    }

    fn plainly(&self, value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Bool(yes) => word(self.cx.lang, if *yes { "yes" } else { "no" }).to_owned(),
            Value::Number(n) => n
                .as_i64()
                .map_or_else(|| n.to_string(), |n| format::number(n, self.cx.lang)),
            // A value of a wrong shape: nothing that a person could read.
            Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixture::{context, service};

    #[test]
    fn sentences_take_answers_bare_full_and_with_one_stop() {
        let (service, cx) = (service(), context());
        let answers = json!({
            "event": { "date": "2027-01-09", "start": "17:00" },
            "club": { "name": "Festverein e. V." },
        });
        let say = |text| fill(text, &answers, &service, &cx, &[("received", "heute".to_owned())]);
        assert_eq!(say("Am {answers.event.date}."), "Am 09.01.2027.");
        assert_eq!(say("Am {full.event.date}."), "Am Samstag, 09.01.2027.");
        assert_eq!(
            say("Es lädt ein: {answers.club.name}. Um {answers.event.start} Uhr."),
            { "Es lädt ein: Festverein e. V. Um 17:00 Uhr." }
        );
        assert_eq!(
            say("{authority.subject} prüft, {received}."),
            "Die Gemeinde Nobitz prüft, heute."
        );
        assert_eq!(
            say("{full.nothing} {authority.nothing}"),
            "{full.nothing} {authority.nothing}"
        );
    }
}
