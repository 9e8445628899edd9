//! File answers: a file sent along as base64, or one already stored. Whether the bytes are harmless is not decided here.

use serde_json::{Map, Value, json};

use super::fault::{Fault, quoted};
use super::scalar;
use crate::ErrorKind;

/// Media type, endings, and how the base64 of such a file begins (from its first bytes).
const TYPES: [(&str, &str, &[&str], &str); 3] = [
    ("pdf", "application/pdf", &["pdf"], "JVBER"),
    ("jpg", "image/jpeg", &["jpg", "jpeg"], "/9j/"),
    ("png", "image/png", &["png"], "iVBORw0KGg"),
];

/// Longest name, in characters.
const NAME: usize = 200;

/// Reads `{name, media_type, content_base64}` or, once stored, `{name, media_type, size, sha256, paper}`.
pub(super) fn read(at: &str, raw: &Value, accept: &[String], max_mb: u32) -> Result<Value, Fault> {
    let incomplete = || Fault::new(at, ErrorKind::Form, "invalid", "form.file").with("value", "");
    let fields = raw.as_object().ok_or_else(incomplete)?;
    let text = |key: &str| fields.get(key).and_then(Value::as_str);
    let name = scalar::one_line(text("name").ok_or_else(incomplete)?);
    if name.is_empty() || name.chars().count() > NAME {
        return Err(incomplete());
    }
    let media_type = text("media_type").ok_or_else(incomplete)?.trim().to_lowercase();
    let fault = |general| Fault::new(at, ErrorKind::Paper, "", general).with("value", quoted(&name));
    let kind = TYPES
        .iter()
        .find(|(kind, media, ..)| *media == media_type && accept.iter().any(|a| a == kind));
    let Some((_, _, endings, begins)) = kind else {
        return Err(fault("paper.type").with(
            "accept",
            accept.iter().map(|a| a.to_uppercase()).collect::<Vec<_>>().join(", "),
        ));
    };
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    if !ending.is_some_and(|ending| endings.contains(&ending.as_str())) {
        return Err(fault("paper.content"));
    }
    let too_big = |size: u64| size > u64::from(max_mb) * 1024 * 1024;
    let size_fault = || fault("paper.size").with("max", max_mb.to_string());
    if let Some(content) = text("content_base64") {
        let size = decoded_size(content).ok_or_else(incomplete)?;
        return match size {
            0 => Err(fault("paper.empty")),
            size if too_big(size) => Err(size_fault()),
            _ if !content.starts_with(begins) => Err(fault("paper.content")),
            _ => Ok(json!({ "name": name, "media_type": media_type, "content_base64": content })),
        };
    }
    // Stored already: its content was checked then.
    let size = fields.get("size").and_then(Value::as_u64).ok_or_else(incomplete)?;
    if too_big(size) {
        return Err(size_fault());
    }
    let mut out = Map::new();
    out.insert("name".into(), name.into());
    out.insert("media_type".into(), media_type.into());
    for key in ["size", "sha256", "paper"] {
        if let Some(value) = fields.get(key) {
            out.insert(key.into(), value.clone());
        }
    }
    if out.contains_key("sha256") || out.contains_key("paper") {
        Ok(out.into())
    } else {
        Err(incomplete())
    }
}

/// Bytes that a base64 text stands for; none if it is no base64 (standard alphabet, padded).
fn decoded_size(text: &str) -> Option<u64> {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    let fits = text.len().is_multiple_of(4) && padding <= 2;
    let letters = body
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
    (fits && letters).then(|| (text.len() / 4 * 3).saturating_sub(padding) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(raw: &Value) -> Option<ErrorKind> {
        read("plan", raw, &["pdf".into(), "png".into()], 1)
            .err()
            .map(|fault| fault.kind)
    }

    fn pdf(content: &str) -> Value {
        json!({ "name": "plan.pdf", "media_type": "application/pdf", "content_base64": content })
    }

    #[test]
    fn files_are_held_to_type_size_and_beginning() {
        assert_eq!(kind(&pdf("JVBERi0xLjc=")), None);
        assert_eq!(kind(&pdf("JVBERi0xLjc")), Some(ErrorKind::Form));
        assert_eq!(kind(&pdf("JVBER*0xLjc=")), Some(ErrorKind::Form));
        assert_eq!(kind(&pdf("TVqQAAMAAAA=")), Some(ErrorKind::Paper));
        assert_eq!(kind(&pdf("")), Some(ErrorKind::Paper));
        assert_eq!(
            kind(&pdf(&format!("JVBE{}", "A".repeat(1_400_000)))),
            Some(ErrorKind::Paper)
        );
        let mut other = pdf("JVBERi0xLjc=");
        other["name"] = "plan.exe".into();
        assert_eq!(kind(&other), Some(ErrorKind::Paper));
        other["name"] = "plan.jpg".into();
        other["media_type"] = "image/jpeg".into();
        assert_eq!(kind(&other), Some(ErrorKind::Paper), "jpg is not accepted here");
        assert_eq!(kind(&json!("plan.pdf")), Some(ErrorKind::Form));
        assert_eq!(
            kind(&json!({ "name": "plan.pdf", "media_type": "application/pdf" })),
            Some(ErrorKind::Form)
        );
    }

    #[test]
    fn a_stored_file_stays_as_it_is() {
        let stored =
            json!({ "name": "plan.pdf", "media_type": "application/pdf", "size": 7, "sha256": "ab", "paper": "p1" });
        assert_eq!(read("plan", &stored, &["pdf".into()], 1).ok(), Some(stored));
    }
}
