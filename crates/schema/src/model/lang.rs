//! The languages of the texts.

use serde::{Deserialize, Serialize};

/// A language of the texts. Leichte Sprache is German: a text that it lacks is the German one, and numbers, days and
/// amounts are written in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
pub enum Lang {
    #[default]
    #[serde(rename = "de")]
    De,
    #[serde(rename = "en")]
    En,
    #[serde(rename = "de-leicht")]
    Leicht,
}

impl Lang {
    pub const ALL: [Lang; 3] = [Lang::De, Lang::Leicht, Lang::En];
    /// Name in addresses, cookies and files.
    pub fn code(self) -> &'static str {
        match self {
            Lang::De => "de",
            Lang::En => "en",
            Lang::Leicht => "de-leicht",
        }
    }
    pub fn of(code: &str) -> Option<Lang> {
        Lang::ALL.into_iter().find(|l| l.code() == code)
    }
    /// Name for browsers and readers (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Leicht => "de-simple",
            other => other.code(),
        }
    }
    /// What the language calls itself.
    pub fn name(self) -> &'static str {
        match self {
            Lang::De => "Deutsch",
            Lang::En => "English",
            Lang::Leicht => "Leichte Sprache",
        }
    }
    pub fn is_german(self) -> bool {
        self != Lang::En
    }
    /// Whether its files may lack texts.
    pub fn may_lack(self) -> bool {
        self == Lang::Leicht
    }
    /// What stands between two sentences.
    pub fn gap(self) -> &'static str {
        match self {
            Lang::Leicht => crate::leicht::GAP,
            _ => " ",
        }
    }
}
