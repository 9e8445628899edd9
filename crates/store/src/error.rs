//! What can go wrong below the handlers. Variants by what the caller does about it; "not there" is an
//! `Option`, never an error. Messages hold no personal data: they may be logged.

/// An error of the store.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Too much to do or a lock that did not come free: try again later (503).
    #[error("Die Datenbank ist gerade ausgelastet.")]
    Busy,
    /// No room on the disk. Nothing was written; works again as soon as there is room.
    #[error("Auf dem Datenträger ist kein Platz mehr.")]
    Full,
    /// After an I/O error nothing more is written until the process is started again.
    #[error("Die Datenbank schreibt nach einem Fehler des Datenträgers nicht mehr. Starten Sie den Dienst neu.")]
    Stopped,
    /// A unique or foreign key said no. Names the constraint, never the values.
    #[error("Der Eintrag widerspricht einem vorhandenen: {0}")]
    Conflict(String),
    /// A sealed value does not open: wrong key, wrong row, or altered.
    #[error("Ein versiegelter Wert lässt sich nicht öffnen: {0}")]
    Sealed(String),
    /// Set-up is wrong. One German sentence with cause and mend, fit for the command line.
    #[error("{0}")]
    Setup(String),
    /// Something the caller named does not exist where it has to.
    #[error("Nicht gefunden: {0}")]
    Missing(&'static str),
    /// Everything else an engine reports, and programming errors of this crate.
    #[error("Datenbankfehler: {0}")]
    Database(String),
}

/// Shorthand of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<serde_json::Error> for Error {
    // serde's texts may quote the value: keep the place only.
    fn from(e: serde_json::Error) -> Self {
        Error::Database(format!("JSON, Zeile {}, Spalte {}", e.line(), e.column()))
    }
}
