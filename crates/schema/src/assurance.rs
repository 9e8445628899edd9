//! Levels of assurance: how surely it is known who somebody is (Art. 8 of Regulation (EU) 910/2014), and what a service
//! needs. Which proof reaches which level is the operator's to say.

use serde::{Deserialize, Serialize};

/// From the least sure to the surest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    /// Nobody vouches; an address for mail at most.
    #[default]
    Basis,
    Low,
    Substantial,
    High,
}

impl Assurance {
    pub const ALL: [Assurance; 4] = [
        Assurance::Basis,
        Assurance::Low,
        Assurance::Substantial,
        Assurance::High,
    ];

    /// As the service language and the API name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Assurance::Basis => "basis",
            Assurance::Low => "low",
            Assurance::Substantial => "substantial",
            Assurance::High => "high",
        }
    }

    pub fn read(word: &str) -> Option<Assurance> {
        Assurance::ALL.into_iter().find(|a| a.as_str() == word)
    }

    /// As German law and providers name it: `substanziell`.
    pub fn german(self) -> &'static str {
        match self {
            Assurance::Basis => "basis",
            Assurance::Low => "niedrig",
            Assurance::Substantial => "substanziell",
            Assurance::High => "hoch",
        }
    }

    pub fn read_german(word: &str) -> Option<Assurance> {
        Assurance::ALL.into_iter().find(|a| a.german() == word)
    }
}

/// What a service asks of whoever sends it online, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssuranceRule {
    pub level: Assurance,
    pub legal_basis: Vec<String>,
}
