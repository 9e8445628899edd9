//! Which register holds: the newest import below a data folder, else the tables that are shipped.

use std::collections::BTreeSet;
use std::path::Path;

use schema::FileMap;

use crate::register::RegisterError;
use crate::register_files::{COORDINATES, SUCCESSORS, Version, Versions};
use crate::register_list::Supplement;

/// The newest imported register whole, else the shipped one; with what the regions ship beside it.
pub fn current(data: Option<&Path>, files: &FileMap) -> Result<(Version, Supplement), RegisterError> {
    let (shipped, supplement) = shipped_version(files)?;
    let version = match (imported(data)?, shipped) {
        (None, shipped) => shipped.ok_or_else(nothing_shipped)?,
        (Some(imported), None) => imported,
        (Some(imported), Some(mut shipped)) => {
            shipped.boundaries.extend(imported.boundaries);
            let known = |key: &str| key.len() != 8 || imported.tables.municipalities.contains_key(key);
            Version {
                boundaries: shipped.boundaries.filter(known),
                tables: imported.tables,
            }
        }
    };
    Ok((version, supplement))
}

pub(crate) fn nothing_shipped() -> RegisterError {
    RegisterError::new("regions", None, "Es ist keine Region mit Gemeinden mitgeliefert")
}

pub(crate) fn imported(data: Option<&Path>) -> Result<Option<Version>, RegisterError> {
    data.map_or(Ok(None), |data| Versions::of(data).latest())
}

/// The tables of all regions as one version, and what stands beside them.
pub(crate) fn shipped_version(files: &FileMap) -> Result<(Option<Version>, Supplement), RegisterError> {
    let mut whole: Option<Version> = None;
    let mut supplement = Supplement::default();
    let regions = files
        .keys()
        .filter_map(|path| path.strip_prefix("regions/")?.split_once('/'));
    let regions: BTreeSet<&str> = regions.map(|(region, _)| region).collect();
    for folder in regions.iter().map(|region| format!("regions/{region}")) {
        let get = |name: &str| files.get(&format!("{folder}/{name}")).cloned();
        for name in [COORDINATES, SUCCESSORS] {
            if let Some(bytes) = get(name) {
                supplement.add(&format!("{folder}/{name}"), &bytes)?;
            }
        }
        let Some(part) = Version::read(&folder, &get)? else {
            continue;
        };
        match &mut whole {
            None => whole = Some(part),
            Some(whole) => {
                whole.tables.date = whole.tables.date.min(part.tables.date);
                whole.tables.states.extend(part.tables.states);
                whole.tables.districts.extend(part.tables.districts);
                whole.tables.associations.extend(part.tables.associations);
                whole.tables.municipalities.extend(part.tables.municipalities);
                whole.boundaries.extend(part.boundaries);
            }
        }
    }
    Ok((whole, supplement))
}
