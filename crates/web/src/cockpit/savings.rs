//! What an online application saves: assumptions from `regions/<id>/savings.toml`, named as such beside every figure that
//! is made with them. The competence centre's lead adjusts them; each change has its history.

use std::collections::BTreeMap;

use schema::FileMap;
use serde::Deserialize;
use serde_json::Value;
use store::TenantTx;

use crate::failure::Failure;
use crate::state::App;

/// Where the competence centre's own settings keep them: of no place.
pub const ITEM: &str = "annahmen";

/// One assumption as it is proposed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumption {
    pub id: String,
    pub label: String,
    pub hint: String,
    pub value: i64,
    pub min: i64,
    pub max: i64,
    pub status: String,
    pub source: String,
}

/// All of a region.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Savings {
    #[serde(default, rename = "assumption")]
    pub all: Vec<Assumption>,
}

/// What holds now, by id.
pub type InForce = BTreeMap<String, i64>;

impl Savings {
    /// # Errors
    /// A sentence with the file.
    pub fn load(files: &FileMap) -> Result<Savings, String> {
        let found = files
            .iter()
            .find(|(path, _)| path.starts_with("regions/") && path.ends_with("/savings.toml"));
        let Some((path, bytes)) = found else {
            return Ok(Savings::default());
        };
        let text = std::str::from_utf8(bytes).map_err(|e| format!("{path}: {e}"))?;
        let read: Savings = toml::from_str(text).map_err(|e| format!("{path}: {e}"))?;
        match read.all.iter().find(|a| !(a.min..=a.max).contains(&a.value)) {
            Some(a) => Err(format!(
                "{path}: {} liegt nicht zwischen {} und {}.",
                a.id, a.min, a.max
            )),
            None => Ok(read),
        }
    }

    /// As proposed, or as the competence centre has set it.
    pub fn with(&self, set: &BTreeMap<String, Value>) -> InForce {
        let of = |a: &Assumption| {
            let own = set
                .get(&a.id)
                .and_then(Value::as_i64)
                .filter(|n| (a.min..=a.max).contains(n));
            (a.id.clone(), own.unwrap_or(a.value))
        };
        self.all.iter().map(of).collect()
    }
}

/// What the competence centre has set.
pub fn set(t: &TenantTx<'_>, now: jiff::Timestamp) -> store::Result<BTreeMap<String, Value>> {
    Ok(t.params(&"".into(), ITEM, now)?.map(|s| s.params).unwrap_or_default())
}

/// The assumptions that hold now.
pub async fn in_force(app: &App, centre: &store::TenantStore) -> Result<InForce, Failure> {
    let now = app.now();
    let set = centre.read(move |t| set(t, now)).await?;
    Ok(app.savings.with(&set))
}

/// What so many online applications save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    pub hours: i64,
    pub trips: i64,
    pub calls: i64,
}

pub fn saved(applications: i64, by: &InForce) -> Saved {
    let of = |id: &str| by.get(id).copied().unwrap_or(0);
    Saved {
        hours: applications * (of("minutes_applicant") + of("minutes_office")) / 60,
        trips: applications * of("trips") / 100,
        calls: applications * of("calls") / 100,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_holds_within_its_bounds() {
        let file = "[[assumption]]\nid = \"trips\"\nlabel = \"\"\nhint = \"\"\nvalue = 80\nmin = 0\nmax = 300\nstatus = \"assumption\"\nsource = \"\"\n";
        let files = FileMap::from([("regions/x/savings.toml".to_owned(), file.as_bytes().to_vec())]);
        let savings = Savings::load(&files).expect("a file");
        let with = |n: i64| savings.with(&BTreeMap::from([("trips".to_owned(), Value::from(n))]))["trips"];
        assert_eq!((with(90), with(301), with(-1)), (90, 80, 80));
        assert_eq!(saved(50, &savings.with(&BTreeMap::new())).trips, 40);
    }
}
