//! A published version of a service: the original bytes of its folder with the fields and the region
//! it rests on, as one value that the store keeps. A case is read with the package it was made under.

use std::collections::BTreeMap;

use crate::FileMap;

/// The files that the service `id` rests on.
pub fn files_of(files: &FileMap, id: &str) -> FileMap {
    let own = format!("services/{id}/");
    files
        .iter()
        .filter(|(path, _)| {
            let examples = path.starts_with(&own) && path.contains("/examples/");
            let used = path.starts_with(&own) || path.starts_with("fields/") || path.starts_with("regions/");
            // Boundaries and register tables belong to the register, not to a service's version.
            used && !examples && (path.ends_with(".toml") || path.ends_with(".typ"))
        })
        .map(|(path, bytes)| (path.clone(), bytes.clone()))
        .collect()
}

/// One value: JSON object of path → text. Errors if a file is not UTF-8.
pub fn pack(files: &FileMap) -> Result<Vec<u8>, String> {
    let mut map = BTreeMap::new();
    for (path, bytes) in files {
        let text = std::str::from_utf8(bytes).map_err(|_| format!("{path} ist kein UTF-8-Text."))?;
        map.insert(path.as_str(), text);
    }
    serde_json::to_vec(&map).map_err(|e| e.to_string())
}

/// The inverse of [`pack`].
pub fn unpack(bytes: &[u8]) -> Result<FileMap, String> {
    let map: BTreeMap<String, String> = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    Ok(map.into_iter().map(|(path, text)| (path, text.into_bytes())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_holds_the_folder_and_what_it_rests_on_and_nothing_else() {
        let files: FileMap = [
            "services/a/form.toml",
            "services/a/examples/x.toml",
            "services/b/form.toml",
            "fields/club.toml",
            "regions/t/law.toml",
            "regions/t/municipalities.csv",
        ]
        .into_iter()
        .map(|p| (p.to_owned(), p.as_bytes().to_vec()))
        .collect();
        let own = files_of(&files, "a");
        assert_eq!(
            own.keys().collect::<Vec<_>>(),
            ["fields/club.toml", "regions/t/law.toml", "services/a/form.toml"]
        );
        assert_eq!(unpack(&pack(&own).expect("pack")).expect("unpack"), own);
    }
}
