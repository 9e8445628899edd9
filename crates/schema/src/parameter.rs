//! What a municipality sets: typed text → the value of a declared parameter within its lawful bounds, and back.
//! Sentences for the clerk are German: the settings are. Which value holds where is the store's.

use serde_json::Value;

use crate::answers::{scalar, time};
use crate::show::format;
use crate::{Lang, ParamType, Parameter, Service};

/// Characters of a text at most: it stands in sentences and letters.
const LONGEST: usize = 400;

/// Reads what was typed for a parameter.
///
/// # Errors
/// One sentence for the clerk: what is wrong, what is right.
pub fn read(parameter: &Parameter, typed: &str) -> Result<Value, String> {
    let typed = typed.trim();
    match parameter.kind {
        ParamType::Number => {
            let words = crate::words::list(
                Lang::De,
                &format!("unit.{}", parameter.unit.as_deref().unwrap_or_default()),
            );
            let n = scalar::number(typed, parameter.unit.as_deref(), words, Lang::De).ok_or_else(|| match typed {
                "" => format!("Schreiben Sie eine ganze Zahl, zum Beispiel {}.", example(parameter)),
                _ => format!(
                    "„{typed}“ ist keine ganze Zahl. Schreiben Sie sie so: {}.",
                    example(parameter)
                ),
            })?;
            within(parameter, n)
        }
        ParamType::Money => {
            let cents = scalar::money(typed, Lang::De).ok_or_else(|| match typed {
                "" => format!("Schreiben Sie einen Betrag, zum Beispiel {}.", example(parameter)),
                _ => format!(
                    "„{typed}“ ist kein Betrag. Schreiben Sie ihn so: {}.",
                    example(parameter)
                ),
            })?;
            within(parameter, cents)
        }
        ParamType::OneOf => match parameter.options.iter().find(|o| *o == typed) {
            Some(option) => Ok(option.clone().into()),
            None => Err("Wählen Sie eine der Möglichkeiten.".into()),
        },
        ParamType::YesNo => match scalar::yes_no(typed) {
            Some(yes) => Ok(yes.into()),
            None => Err("Wählen Sie Ja oder Nein.".into()),
        },
        ParamType::Time => match time::read_time(typed) {
            Some(time) => Ok(time.into()),
            None => Err(format!(
                "„{typed}“ ist keine Uhrzeit. Schreiben Sie sie so: {}.",
                example(parameter)
            )),
        },
        ParamType::Text => text(parameter, typed),
    }
}

/// The value that holds where `set` was set: one that the bounds no longer allow becomes the nearest that they do, and
/// what is no value of this kind any more becomes the proposal.
pub fn fitted(parameter: &Parameter, set: &Value) -> Value {
    let fits = match (parameter.kind, set) {
        (ParamType::Number | ParamType::Money, Value::Number(n)) => {
            let Some(n) = n.as_i64() else {
                return parameter.default.clone();
            };
            let n = parameter.min.map_or(n, |min| n.max(min));
            return parameter.max.map_or(n, |max| n.min(max)).into();
        }
        (ParamType::OneOf, Value::String(option)) => parameter.options.contains(option),
        (ParamType::YesNo, Value::Bool(_)) | (ParamType::Time | ParamType::Text, Value::String(_)) => true,
        _ => false,
    };
    if fits { set.clone() } else { parameter.default.clone() }
}

/// Set values that a version does not allow, in words: `„Frist“ war 20 Tage. Es gilt 14 Tage.`
pub fn misfits(service: &Service, set: &std::collections::BTreeMap<String, Value>) -> Vec<String> {
    let one = |p: &Parameter| {
        let was = set.get(&p.id)?;
        let holds = fitted(p, was);
        (holds != *was).then(|| {
            let (label, bounds) = (label(service, &p.id), bounds(p));
            let allowed = if bounds.is_empty() {
                String::new()
            } else {
                format!(" {bounds}.")
            };
            format!(
                "„{label}“ ist {}.{allowed} Es gilt {}.",
                shown(service, p, was),
                shown(service, p, &holds)
            )
        })
    };
    service.parameters.iter().filter_map(one).collect()
}

fn text(parameter: &Parameter, typed: &str) -> Result<Value, String> {
    let line = scalar::one_line(typed);
    if line.is_empty() && parameter.default.as_str() != Some("") {
        return Err(format!(
            "Schreiben Sie einen Text, zum Beispiel: {}.",
            example(parameter)
        ));
    }
    if line.chars().count() > LONGEST {
        return Err(format!("Der Text ist zu lang. Kürzen Sie ihn auf {LONGEST} Zeichen."));
    }
    // Only addresses that a browser may open from a page of ours.
    if parameter.id.ends_with("_url") && !line.is_empty() && !(line.starts_with("https://") && line.len() > 12) {
        return Err(format!("„{line}“ ist keine Adresse im Netz. Sie beginnt mit https://."));
    }
    Ok(line.into())
}

fn within(parameter: &Parameter, n: i64) -> Result<Value, String> {
    let low = parameter.min.filter(|min| n < *min);
    let high = parameter.max.filter(|max| n > *max);
    match (low, high) {
        (Some(min), _) => Err(format!(
            "Zu wenig: {}. Nennen Sie mindestens {}.",
            amount(parameter, n),
            amount(parameter, min)
        )),
        (_, Some(max)) => Err(format!(
            "Zu viel: {}. Nennen Sie höchstens {}.",
            amount(parameter, n),
            amount(parameter, max)
        )),
        _ => Ok(n.into()),
    }
}

fn amount(parameter: &Parameter, n: i64) -> String {
    match parameter.kind {
        ParamType::Money => format::money(n, Lang::De),
        _ => format::with_unit(n, parameter.unit.as_deref(), Lang::De),
    }
}

fn example(parameter: &Parameter) -> String {
    match &parameter.default {
        Value::String(text) => text.trim_end_matches('.').to_owned(),
        Value::Number(n) if parameter.kind == ParamType::Money => format::money(n.as_i64().unwrap_or(0), Lang::De),
        other => other.to_string(),
    }
}

/// A value as it stands in the field: money in euro, without its unit.
pub fn typed(parameter: &Parameter, value: &Value) -> String {
    match (parameter.kind, value) {
        (ParamType::Money, Value::Number(n)) => {
            let cents = n.as_i64().unwrap_or(0);
            format!("{},{:02}", cents / 100, cents.unsigned_abs() % 100)
        }
        (ParamType::YesNo, Value::Bool(yes)) => if *yes { "ja" } else { "nein" }.to_owned(),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Null) => String::new(),
        (_, other) => other.to_string(),
    }
}

/// The change of a value in words: `von 10 auf 12 Tage`. The unit stands once, so that no case has to be bent.
pub fn changed(service: &Service, parameter: &Parameter, from: &Value, to: &Value) -> String {
    let from = match (parameter.kind, from.as_i64()) {
        (ParamType::Number, Some(n)) => format::number(n, Lang::De),
        _ => shown(service, parameter, from),
    };
    format!("von {from} auf {}", shown(service, parameter, to))
}

/// A value in words: `10 Tage`, `75,00 €`, `Anzeige`.
pub fn shown(service: &Service, parameter: &Parameter, value: &Value) -> String {
    match (parameter.kind, value) {
        (ParamType::Money | ParamType::Number, Value::Number(n)) => amount(parameter, n.as_i64().unwrap_or(0)),
        (ParamType::OneOf, Value::String(option)) => {
            german(service, &format!("parameter_option.{}.{option}", parameter.id))
                .unwrap_or(option)
                .to_owned()
        }
        (ParamType::YesNo, Value::Bool(yes)) => {
            crate::words::word(Lang::De, if *yes { "yes" } else { "no" }).to_owned()
        }
        (ParamType::Time, Value::String(time)) => format::clock(time, Lang::De),
        (_, Value::String(text)) if text.is_empty() => crate::words::word(Lang::De, "empty").to_owned(),
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

/// `erlaubt: 1 bis 28 Tage`; empty if nothing bounds the value.
pub fn bounds(parameter: &Parameter) -> String {
    let plain = |n: i64| match parameter.kind {
        ParamType::Money => format!("{},{:02}", format::number(n / 100, Lang::De), n.unsigned_abs() % 100),
        _ => format::number(n, Lang::De),
    };
    match (parameter.min, parameter.max) {
        (Some(min), Some(max)) => format!("Erlaubt: {} bis {}", plain(min), amount(parameter, max)),
        (Some(min), None) => format!("Erlaubt: ab {}", amount(parameter, min)),
        (None, Some(max)) => format!("Erlaubt: bis {}", amount(parameter, max)),
        (None, None) => String::new(),
    }
}

/// Name of the unit behind the field: `Tage`, `m`, `€`.
pub fn unit(parameter: &Parameter) -> String {
    match (parameter.kind, parameter.unit.as_deref()) {
        (ParamType::Money, _) => "€".to_owned(),
        (ParamType::Time, _) => "Uhr".to_owned(),
        (_, Some(unit)) => crate::words::list(Lang::De, &format!("unit.{unit}"))
            .last()
            .map_or_else(|| unit.to_owned(), Clone::clone),
        _ => String::new(),
    }
}

/// Label of a parameter; its id if the service has no text.
pub fn label<'a>(service: &'a Service, id: &'a str) -> &'a str {
    german(service, &format!("parameter.{id}.label")).unwrap_or(id)
}

/// Help of a parameter.
pub fn help<'a>(service: &'a Service, id: &str) -> &'a str {
    german(service, &format!("parameter.{id}.help")).unwrap_or_default()
}

fn german<'a>(service: &'a Service, key: &str) -> Option<&'a str> {
    service.texts.get(&Lang::De)?.get(key, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parameter(kind: ParamType, default: Value) -> Parameter {
        Parameter {
            id: "x".into(),
            kind,
            unit: None,
            default,
            min: None,
            max: None,
            options: Vec::new(),
            legal_basis: Vec::new(),
        }
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let days = Parameter {
            unit: Some("days".into()),
            min: Some(7),
            max: Some(28),
            ..parameter(ParamType::Number, json!(14))
        };
        assert_eq!(read(&days, " 10 "), Ok(json!(10)));
        assert_eq!(read(&days, "10 Tage"), Ok(json!(10)));
        assert_eq!(read(&days, "7"), Ok(json!(7)));
        assert_eq!(read(&days, "28"), Ok(json!(28)));
        assert_eq!(
            read(&days, "6"),
            Err("Zu wenig: 6\u{a0}Tage. Nennen Sie mindestens 7\u{a0}Tage.".into())
        );
        assert_eq!(
            read(&days, "29"),
            Err("Zu viel: 29\u{a0}Tage. Nennen Sie höchstens 28\u{a0}Tage.".into())
        );
        assert_eq!(
            read(&days, "viel"),
            Err("„viel“ ist keine ganze Zahl. Schreiben Sie sie so: 14.".into())
        );
        assert!(read(&days, "").is_err());
        assert_eq!(bounds(&days), "Erlaubt: 7 bis 28\u{a0}Tage");
        assert_eq!(unit(&days), "Tage");
        assert_eq!(typed(&days, &json!(10)), "10");
    }

    #[test]
    fn money_is_typed_in_euro_and_kept_in_cents() {
        let fee = Parameter {
            min: Some(3000),
            max: Some(50_000),
            ..parameter(ParamType::Money, json!(7500))
        };
        assert_eq!(read(&fee, "75"), Ok(json!(7500)));
        assert_eq!(read(&fee, "75,50 €"), Ok(json!(7550)));
        assert_eq!(
            read(&fee, "29,99"),
            Err("Zu wenig: 29,99\u{a0}€. Nennen Sie mindestens 30,00\u{a0}€.".into())
        );
        assert!(read(&fee, "-75").is_err());
        assert_eq!(typed(&fee, &json!(7505)), "75,05");
        assert_eq!(bounds(&fee), "Erlaubt: 30,00 bis 500,00\u{a0}€");
    }

    #[test]
    fn choices_times_and_texts() {
        let choice = Parameter {
            options: vec!["hold".into(), "wish".into()],
            ..parameter(ParamType::OneOf, json!("hold"))
        };
        assert_eq!(read(&choice, "wish"), Ok(json!("wish")));
        assert!(read(&choice, "both").is_err());
        assert_eq!(
            read(&parameter(ParamType::YesNo, json!(true)), "nein"),
            Ok(json!(false))
        );
        assert!(read(&parameter(ParamType::YesNo, json!(true)), "").is_err());
        let time = parameter(ParamType::Time, json!("06:00"));
        assert_eq!(read(&time, "6 Uhr"), Ok(json!("06:00")));
        assert!(read(&time, "früh").is_err());
        let words = parameter(ParamType::Text, json!("Satzung"));
        assert_eq!(read(&words, " a\r\nb "), Ok(json!("a b")));
        assert!(read(&words, "  ").is_err());
        assert!(read(&words, &"x".repeat(401)).is_err());
        let url = Parameter {
            id: "ordinance_url".into(),
            ..parameter(ParamType::Text, json!(""))
        };
        assert_eq!(read(&url, ""), Ok(json!("")));
        assert_eq!(
            read(&url, "https://nobitz.example/vo"),
            Ok(json!("https://nobitz.example/vo"))
        );
        assert!(read(&url, "javascript:alert(1)").is_err());
        assert!(read(&url, "nobitz.example").is_err());
    }
}
