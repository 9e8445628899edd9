//! What a service saves when it is filed online, by application: `regions/<id>/savings.toml`. Assumptions, said as such
//! wherever they are shown; each says how it comes about.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::FileMap;

/// By service.
pub type Savings = BTreeMap<String, Saving>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saving {
    /// At the desk.
    pub office_minutes: i64,
    /// Of whoever applies.
    pub applicant_minutes: i64,
    /// Ways to the town hall.
    pub trips: i64,
    pub status: Status,
    /// How the numbers come about, in German.
    pub how: String,
    /// Where a number was measured.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has counted.
    Assumption,
    /// Somebody has; `source` says who.
    Measured,
}

/// Reads those of the first region; no file means none.
pub fn load(files: &FileMap) -> Result<Savings, String> {
    let of = |path: &&String| path.starts_with("regions/") && path.ends_with("/savings.toml");
    let Some(path) = files.keys().find(of) else {
        return Ok(Savings::new());
    };
    let text = std::str::from_utf8(&files[path]).map_err(|e| format!("{path}: {e}"))?;
    let all: Savings = toml::from_str(text).map_err(|e| format!("{path}: {e}"))?;
    match all
        .iter()
        .find(|(_, s)| s.status == Status::Measured && s.source.is_empty())
    {
        Some((id, _)) => Err(format!("{path}: [{id}] ist gemessen und nennt keine Quelle (source).")),
        None => Ok(all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> FileMap {
        FileMap::from([("regions/x/savings.toml".to_owned(), text.as_bytes().to_vec())])
    }

    #[test]
    fn what_is_measured_names_its_source() {
        let figures = "[a]\noffice_minutes = 1\napplicant_minutes = 2\ntrips = 0\nhow = \"gezählt\"\n";
        let all = load(&files(&format!("{figures}status = \"assumption\"\n"))).expect("savings");
        assert_eq!((all["a"].office_minutes, all["a"].status), (1, Status::Assumption));
        assert!(load(&files(&format!("{figures}status = \"measured\"\n"))).is_err());
        assert!(
            load(&files(&format!(
                "{figures}status = \"measured\"\nsource = \"Nobitz 2026\"\n"
            )))
            .is_ok()
        );
        assert!(load(&FileMap::new()).expect("none").is_empty());
    }
}
