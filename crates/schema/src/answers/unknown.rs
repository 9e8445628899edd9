//! Answers that the form does not ask for: named with the nearest one that it does.

use serde_json::Value;

use super::fault::{Fault, quoted};
use super::value::{ADDRESS, is_empty};
use crate::{ErrorKind, Kind, Question, Service};

/// Most that are named; the rest would not help anyone.
const MOST: usize = 20;

#[cfg(test)]
thread_local! {
    /// Names that were compared with the known ones: what a hostile request could make grow.
    static COMPARED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// A fault for each answer that no question asks for. Empty ones are nobody's fault.
pub(super) fn find(service: &Service, raw: &Value) -> Vec<Fault> {
    let mut found = Vec::new();
    let Some(fields) = raw.as_object() else {
        return if raw.is_null() { found } else { vec![fault("", &[])] };
    };
    let questions: Vec<&Question> = service.form.pages.iter().flat_map(|page| &page.questions).collect();
    let known: Vec<String> = questions.iter().map(|q| q.id.clone()).collect();
    for (key, value) in fields.iter().filter(|(_, value)| !is_empty(value)) {
        if found.len() >= MOST {
            break;
        }
        if let Some(question) = questions.iter().find(|q| q.id == *key) {
            inside(question, key, value, &mut found);
            continue;
        }
        let Some(inner) = value.as_object() else {
            found.push(fault(key, &known));
            continue;
        };
        for (name, value) in inner.iter().filter(|(_, value)| !is_empty(value)) {
            if found.len() >= MOST {
                break;
            }
            let path = format!("{key}.{name}");
            match questions.iter().find(|q| q.id == path) {
                Some(question) => inside(question, &path, value, &mut found),
                None => found.push(fault(&path, &known)),
            }
        }
    }
    found.truncate(MOST);
    found
}

/// Names inside a value: parts of an address, a group.
fn inside(question: &Question, at: &str, value: &Value, found: &mut Vec<Fault>) {
    let names: &[&str] = match &question.kind {
        Kind::Address => &ADDRESS,
        Kind::MapPoint => &["lat", "lon"],
        Kind::DateRange { .. } => &["from", "to"],
        Kind::File { .. } => &["name", "media_type", "content_base64", "size", "sha256", "paper"],
        Kind::Group { parts, max_items, .. } => {
            // More items than allowed are refused as a whole: their names say nothing more.
            let items = value.as_array().filter(|items| items.len() <= *max_items);
            let known: Vec<String> = parts.iter().map(|part| part.id.clone()).collect();
            for (index, item) in items.into_iter().flatten().enumerate() {
                let at = format!("{at}.{index}");
                for (name, value) in item
                    .as_object()
                    .into_iter()
                    .flatten()
                    .filter(|(_, value)| !is_empty(value))
                {
                    if found.len() >= MOST {
                        return;
                    }
                    match parts.iter().find(|part| part.id == *name) {
                        Some(part) => inside(part, &format!("{at}.{name}"), value, found),
                        None => found.push(fault(&format!("{at}.{name}"), &known)),
                    }
                }
            }
            return;
        }
        _ => return,
    };
    for (name, value) in value.as_object().into_iter().flatten() {
        if found.len() >= MOST {
            return;
        }
        if !is_empty(value) && !names.contains(&name.as_str()) {
            let known: Vec<String> = names.iter().map(|name| format!("{at}.{name}")).collect();
            found.push(fault(&format!("{at}.{name}"), &known));
        }
    }
}

fn fault(path: &str, known: &[String]) -> Fault {
    #[cfg(test)]
    COMPARED.with(|n| n.set(n.get() + 1));
    let path = path.chars().take(80).collect::<String>();
    let last = path.rsplit('.').next().unwrap_or_default();
    // Near as a whole, or the same name under another head.
    let near = known
        .iter()
        .map(|name| (strsim::osa_distance(name, &path), name))
        .filter(|(distance, name)| *distance <= 2 || name.rsplit('.').next() == Some(last))
        .min();
    let fault = match near {
        Some((_, near)) => Fault::new(&path, ErrorKind::Unknown, "", "other.unknown_near").with("near", near.clone()),
        None => Fault::new(&path, ErrorKind::Unknown, "", "other.unknown"),
    };
    fault.with("field", quoted(&path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{question, service, text};
    use serde_json::{Map, json};

    fn compared(raw: &Value) -> (usize, usize) {
        let mut service = service();
        let parts = vec![question("name", text(50))];
        let kind = Kind::Group {
            parts,
            min_items: 0,
            max_items: 500,
        };
        service.form.pages[0].questions.push(question("helpers", kind));
        COMPARED.with(|n| n.set(0));
        let named = find(&service, raw).len();
        (named, COMPARED.with(std::cell::Cell::get))
    }

    #[test]
    fn names_are_compared_only_as_far_as_they_are_told() {
        let names = |n: usize| (0..n).map(|i| (format!("x{i}"), json!(1))).collect::<Map<_, _>>();
        assert_eq!(compared(&Value::Object(names(3))), (3, 3));
        assert_eq!(compared(&Value::Object(names(5_000))), (MOST, MOST), "at the top");
        assert_eq!(compared(&json!({ "club": names(5_000) })), (MOST, MOST), "below a head");
        assert_eq!(
            compared(&json!({ "helpers": [names(5_000)] })),
            (MOST, MOST),
            "in an item"
        );
        let items: Vec<Value> = (0..500).map(|i| json!({ format!("x{i}"): 1 })).collect();
        assert_eq!(compared(&json!({ "helpers": items })), (MOST, MOST), "in many items");
        let items: Vec<Value> = (0..5_000).map(|i| json!({ format!("x{i}"): 1 })).collect();
        assert_eq!(
            compared(&json!({ "helpers": items })),
            (0, 0),
            "refused by their number alone"
        );
    }
}
