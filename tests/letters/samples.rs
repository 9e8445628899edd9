//! Sample letters for tests and pictures: invented cases in tests/letters/samples/*.json. A file has
//! a `base` and for each kind what differs from it.

use std::path::Path;

use letters::{Kind, LetterData, LetterJob};
use serde_json::Value;

pub const SERVICES: [&str; 4] = ["brauchtumsfeuer", "veranstaltungsanzeige", "raumnutzung", "sperrzeit"];
pub const KINDS: [Kind; 7] = [
    Kind::Receipt,
    Kind::Question,
    Kind::Approval,
    Kind::Confirmation,
    Kind::Contract,
    Kind::Refusal,
    Kind::Application,
];
/// 1 December 2026, 09:00 in Germany.
#[allow(dead_code)]
pub const NOW: i64 = 1_796_112_000;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn file(service: &str) -> Value {
    let path = root().join(format!("tests/letters/samples/{service}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Whether the samples have this letter: only a few services confirm, one makes contracts.
#[allow(dead_code)]
pub fn exists(kind: Kind, service: &str) -> bool {
    file(service).get(kind.as_str()).is_some()
}

pub fn data(kind: Kind, service: &str) -> LetterData {
    let file = file(service);
    let mut letter = file["base"].clone();
    for (key, value) in file[kind.as_str()]
        .as_object()
        .unwrap_or_else(|| panic!("{service} has no {kind:?}"))
    {
        letter[key] = value.clone();
    }
    letter["kind"] = kind.as_str().into();
    serde_json::from_value(letter).unwrap_or_else(|e| panic!("{service}, {kind:?}: {e}"))
}

/// The service's template for this kind, as it stands in the repository.
#[allow(dead_code)]
pub fn template(kind: Kind, service: &str) -> String {
    let name = match kind {
        Kind::Receipt => "receipt",
        Kind::Question => "question",
        Kind::Approval | Kind::Confirmation | Kind::Contract => "approval",
        Kind::Refusal => "refusal",
        Kind::Application => return letters::APPLICATION.to_owned(),
    };
    let path = root().join(format!("services/{service}/letters/{name}.typ"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[allow(dead_code)]
pub fn job(kind: Kind, service: &str) -> LetterJob {
    LetterJob {
        template: template(kind, service),
        data: data(kind, service),
    }
}

/// Every letter that the samples have, as (service, kind).
#[allow(dead_code)]
pub fn all() -> Vec<(&'static str, Kind)> {
    SERVICES
        .into_iter()
        .flat_map(|service| {
            KINDS
                .into_iter()
                .filter(|k| exists(*k, service))
                .map(move |k| (service, k))
        })
        .collect()
}
