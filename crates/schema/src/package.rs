//! A published version of a service: the original bytes of its folder with the fields and the region
//! it rests on, as one value that the store keeps. A case is read with the package it was made under.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

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

/// The examples of the service `id`: they show what a version does and are no part of it.
pub fn examples_of(files: &FileMap, id: &str) -> FileMap {
    let own = format!("services/{id}/examples/");
    let examples = files
        .iter()
        .filter(|(path, _)| path.starts_with(&own) && path.ends_with(".toml"));
    examples.map(|(path, bytes)| (path.clone(), bytes.clone())).collect()
}

/// The name of a version: SHA-256 over path and bytes of every file of its package that makes the service: its folder,
/// all fields, the law. Of nothing outside the package, so that whoever holds it can tell whether it is the one of this
/// name; calendar and responsibilities go on without a new version. Lengths stand before both, so that no two lists of
/// files read the same.
pub fn hash(package: &FileMap) -> String {
    let mut sha = Sha256::new();
    let makes = |path: &str| !path.starts_with("regions/") || path.ends_with("/law.toml");
    for (path, bytes) in package.iter().filter(|(path, _)| makes(path)) {
        for part in [path.as_bytes(), bytes] {
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part);
        }
    }
    sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Is this the package of the service `id` that has this name?
pub fn is_named(package: &FileMap, id: &str, name: &str) -> bool {
    files_of(package, id) == *package && hash(package) == name
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
        let mut came = unpack(&pack(&own).expect("pack")).expect("unpack");
        assert_eq!(came, own);
        let name = hash(&own);
        assert!(is_named(&came, "a", &name) && !is_named(&came, "b", &name));
        came.insert("regions/t/law.toml".into(), b"other rules".to_vec());
        assert!(!is_named(&came, "a", &name), "other rules under its name");
    }
}
