//! Why a letter could not be set. One German sentence each; never a name or an answer from a case.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterError {
    /// The letter contradicts itself, e.g. a sum that is none. The caller has to mend its data.
    #[error("Die Angaben für den Brief widersprechen sich: {0}")]
    Data(String),
    /// The template is wrong; with place and message of the typesetting engine.
    #[error("Die Briefvorlage lässt sich nicht setzen: {0}")]
    Template(String),
    /// The time limit was reached and the child process ended.
    #[error("Das Setzen dauerte länger als {0} Sekunden und wurde abgebrochen. Prüfen Sie die Briefvorlage.")]
    TooLong(u64),
    /// The child process ended by itself: out of memory or stack.
    #[error("Das Setzen hat mehr Speicher gebraucht, als erlaubt ist. Prüfen Sie die Briefvorlage.")]
    Crashed,
    /// The child process could not be started or reached. Worth another try.
    #[error("Die Druckerei des Programms antwortet nicht: {0}")]
    Unreachable(String),
}
