//! `kommunal check`: every mistake of all services, fields, regions, bundles and words at once, each as
//! `file:line:column: what`. Loading is `schema`'s, running the examples `domain`'s, setting letters `letters`';
//! this brings them together. What else is checked is in the modules below.

mod bundles;
mod examples;
mod letters;
mod words;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use exchange::Register;
use kommunal::shipped;
use schema::{Catalog, Diagnostic, Example, FileMap, Loaded, PlaceInfo, Service};

/// Prüft alle Leistungen, Felder, Regionen und Texte und nennt jeden Fehler mit Datei und Zeile
#[derive(clap::Args)]
pub struct Check {
    /// Ordner, der wie das Repository aufgebaut ist (services, fields, regions …); was darin fehlt, gilt wie
    /// mitgeliefert. Ohne Angabe: alles wie mitgeliefert
    #[arg(value_name = "ORDNER")]
    dir: Option<PathBuf>,
    /// Legt jeden Brief als PDF in diesen Ordner, zum Ansehen
    #[arg(long, value_name = "ORDNER")]
    briefe: Option<PathBuf>,
}

/// The folders that are checked, and those that checking them needs.
pub(super) const FOLDERS: &[&str] = &["services", "fields", "regions", "bundles", "texts"];

impl Check {
    pub fn run(self) -> anyhow::Result<()> {
        let files = match &self.dir {
            Some(dir) => files_of(dir)?,
            None => shipped::files(),
        };
        let Checked {
            loaded,
            found,
            examples,
            set,
        } = check(&files, self.briefe.as_deref())?;
        let in_files = found.iter().map(|d| &d.file).collect::<BTreeSet<_>>().len();
        if !found.is_empty() {
            bail!(
                "{} in {}.",
                count(found.len(), "Fehler", "Fehler"),
                count(in_files, "Datei", "Dateien")
            );
        }
        if let Some(note) = words::german_in_easy(&files) {
            println!("{note}");
        }
        println!(
            "Alles in Ordnung: {}, {}, {}.",
            count(loaded.catalog.services.len(), "Leistung", "Leistungen"),
            count(examples, "Beispiel", "Beispiele"),
            count(set, "Brief", "Briefe"),
        );
        Ok(())
    }
}

/// What came of checking files.
pub(super) struct Checked {
    pub loaded: Loaded,
    pub found: Vec<Diagnostic>,
    pub examples: usize,
    pub set: usize,
}

/// Checks everything and prints every mistake; letters go to `letters` to be looked at.
pub(super) fn check(files: &FileMap, letters: Option<&Path>) -> anyhow::Result<Checked> {
    let loaded = schema::load(files);
    let mut found = loaded.diagnostics.clone();
    bundles::check(files, &mut found);
    words::check(files, &mut found);
    let register = register(files)?;
    if let Some(dir) = letters {
        std::fs::create_dir_all(dir)
            .with_context(|| format!("Der Ordner {} lässt sich nicht anlegen.", dir.display()))?;
    }
    let set = self::letters::check(&loaded, &register, letters, &mut found);
    let examples = examples::check(&loaded.catalog, files, &register, &mut found);
    found.sort();
    found.dedup();
    let lines: String = found.iter().map(|d| format!("{d}\n")).collect();
    super::print_bytes(lines.as_bytes())?;
    for service in loaded.broken.iter().filter(|s| !s.examples.is_empty()) {
        // With a mistake in its rules nearly all would come out wrong, each for the same reason.
        println!(
            "services/{}/examples: {} nicht ausgeführt, weil die Leistung Fehler hat.",
            service.id,
            count(service.examples.len(), "Beispiel wurde", "Beispiele wurden"),
        );
    }
    Ok(Checked {
        loaded,
        found,
        examples,
        set,
    })
}

pub(super) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// The folder's files by their path from it; a folder that is not there comes as shipped.
pub(super) fn files_of(dir: &Path) -> anyhow::Result<FileMap> {
    if !dir.is_dir() {
        bail!("Den Ordner {} gibt es nicht.", dir.display());
    }
    let own: Vec<&str> = FOLDERS.iter().copied().filter(|f| dir.join(f).is_dir()).collect();
    if own.is_empty() {
        bail!(
            "In {} liegt nichts zum Prüfen. Erwartet wird einer der Ordner {}.",
            dir.display(),
            FOLDERS.join(", ")
        );
    }
    let is_own = |path: &str| {
        own.iter()
            .any(|f| path.strip_prefix(f).is_some_and(|rest| rest.starts_with('/')))
    };
    let mut files = shipped::files();
    files.retain(|path, _| !is_own(path));
    for folder in own {
        read(&dir.join(folder), folder, &mut files)?;
    }
    Ok(files)
}

/// Reads all files below `folder`, under `name`.
pub(super) fn read(folder: &Path, name: &str, files: &mut FileMap) -> anyhow::Result<()> {
    let mut open: Vec<(PathBuf, String)> = vec![(folder.to_owned(), name.to_owned())];
    while let Some((folder, name)) = open.pop() {
        let unreadable = || format!("Der Ordner {} ist nicht lesbar.", folder.display());
        for entry in std::fs::read_dir(&folder).with_context(unreadable)? {
            let entry = entry.with_context(unreadable)?;
            let own_name = entry.file_name().to_string_lossy().into_owned();
            // Hidden files and an editor's copies are not the product's.
            if own_name.starts_with('.') || own_name.ends_with('~') {
                continue;
            }
            let (path, name) = (entry.path(), format!("{name}/{own_name}"));
            if path.is_dir() {
                open.push((path, name));
            } else {
                let bytes =
                    std::fs::read(&path).with_context(|| format!("Die Datei {} ist nicht lesbar.", path.display()))?;
                files.insert(name, bytes);
            }
        }
    }
    Ok(())
}

/// The checked register, or the shipped one where the folder holds none that can be read.
pub(super) fn register(files: &FileMap) -> anyhow::Result<Register> {
    Ok(Register::shipped(files).or_else(|_| Register::shipped(&shipped::regions()))?)
}

/// A mistake without a nearest word.
fn mistake(file: &str, (line, column): (usize, usize), what: String) -> Diagnostic {
    Diagnostic {
        file: file.to_owned(),
        line,
        column,
        what,
        nearest: None,
        example: None,
    }
}

/// An example's place: who decides there, where it lies.
fn place_of(catalog: &Catalog, service: &Service, example: &Example, register: &Register) -> Option<PlaceInfo> {
    let place = register.by_ags(&example.place)?;
    let route = domain::routing::route(&service.responsibility, place, &catalog.region, example.today).ok()?;
    Some(register.place_info(place, &route.authority.name))
}
