//! Which services belong together: those that the same event needs, offered after a submission by rules over its answers
//! (`bundles/event.toml`; a rule that fails offers nothing), and those that an authority takes online together.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::leicht;
use crate::{Context, Expr, FileMap, Lang, Service};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    offer: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    after: String,
    service: String,
    when: Option<String>,
    de: String,
    en: String,
    #[serde(rename = "de-leicht")]
    leicht: Option<String>,
}

/// One offer.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The service that was submitted.
    pub after: String,
    /// The service that is offered.
    pub service: String,
    pub when: Option<Expr>,
    pub de: String,
    pub en: String,
    pub leicht: Option<String>,
}

impl Offer {
    /// One sentence why.
    pub fn why(&self, lang: Lang) -> &str {
        match lang {
            Lang::De => &self.de,
            Lang::En => &self.en,
            Lang::Leicht => self.leicht.as_deref().unwrap_or(&self.de),
        }
    }
}

/// All offers, in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct Offers(Vec<Offer>);

/// Path of the file.
const PATH: &str = "bundles/event.toml";

impl Offers {
    /// Reads the bundle; no file means no offers.
    pub fn load(files: &FileMap) -> Result<Offers, String> {
        let Some(bytes) = files.get(PATH) else {
            return Ok(Offers::default());
        };
        let text = std::str::from_utf8(bytes).map_err(|e| format!("{PATH}: {e}"))?;
        let file: File = toml::from_str(text).map_err(|e| format!("{PATH}: {e}"))?;
        let mut out = Vec::new();
        for entry in file.offer {
            let when = match entry.when {
                None => None,
                Some(source) => Some(
                    crate::rules::compile(&source)
                        .map_err(|e| format!("{PATH}: Regel für {}: {}", entry.service, e.message))?,
                ),
            };
            out.push(Offer {
                after: entry.after,
                service: entry.service,
                when,
                de: entry.de,
                en: entry.en,
                leicht: entry.leicht.map(|text| leicht::mark(&text)),
            });
        }
        Ok(Offers(out))
    }

    /// What the answers of a submission call for.
    pub fn after<'a>(
        &'a self,
        service: &'a Service,
        answers: &'a Value,
        cx: &'a Context,
    ) -> impl Iterator<Item = &'a Offer> {
        self.0.iter().filter(move |o| {
            o.after == service.id
                && o.when
                    .as_ref()
                    .is_none_or(|w| crate::rules::eval_bool(w, answers, service, cx).unwrap_or(false))
        })
    }

    pub fn all(&self) -> &[Offer] {
        &self.0
    }
}

/// Services that an authority sets up and takes online together: `bundles/<id>.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    pub id: String,
    /// Picture, as services name theirs.
    pub icon: String,
    /// In the order on the screen.
    pub services: Vec<String>,
    name: BTreeMap<String, String>,
    short: BTreeMap<String, String>,
}

/// In this language, else in German.
fn in_words(all: &BTreeMap<String, String>, lang: Lang) -> Option<&str> {
    let of = |lang: Lang| all.get(lang.code());
    of(lang).or(of(Lang::De)).map(String::as_str)
}

impl Bundle {
    pub fn name(&self, lang: Lang) -> &str {
        in_words(&self.name, lang).unwrap_or(&self.id)
    }

    /// What is in it, in one line.
    pub fn short(&self, lang: Lang) -> &str {
        in_words(&self.short, lang).unwrap_or("")
    }

    /// Every bundle, by the name of its file.
    pub fn load(files: &FileMap) -> Result<Vec<Bundle>, String> {
        let of = |path: &str| path.starts_with("bundles/") && path.ends_with(".toml") && path != PATH;
        let found = files.iter().filter(|(path, _)| of(path));
        found
            .map(|(path, bytes)| {
                let text = std::str::from_utf8(bytes).map_err(|e| format!("{path}: {e}"))?;
                toml::from_str(text).map_err(|e| format!("{path}: {e}"))
            })
            .collect()
    }
}
