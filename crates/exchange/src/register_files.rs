//! Where register versions lie: `DIR/register/<Gebietsstand>/` after an import, and
//! `regions/<region>/` as shipped. A version is written beside its place, synced, and moved in by one
//! rename: after a crash there is the old one or the new one, never half of one.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::boundaries::Boundaries;
use crate::register::{RegisterError, Tables, from_csv, to_csv};
use crate::register_list::Supplement;

pub const SOURCE: &str = "© Statistisches Bundesamt (Destatis), Gemeindeverzeichnis";

const MANIFEST: &str = "register.json";
const MUNICIPALITIES: &str = "municipalities.csv";
const DISTRICTS: &str = "districts.csv";
const ASSOCIATIONS: &str = "associations.csv";
const OUTLINES: &str = "municipalities.geojson";
const DISTRICT_OUTLINES: &str = "districts.geojson";
const CREDITS: &str = "CREDITS";
/// Shipped beside the tables; the register file does not hold them.
pub const COORDINATES: &str = "coordinates.csv";
pub const SUCCESSORS: &str = "successors.csv";

/// What a folder with tables says about itself; counts show a file that was cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// Gebietsstand
    date: Date,
    source: String,
    states: std::collections::BTreeMap<String, String>,
    districts: usize,
    associations: usize,
    /// With unincorporated areas.
    municipalities: usize,
}

/// One version: tables and, if there are any, outlines.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    pub tables: Tables,
    pub boundaries: Boundaries,
}

impl Version {
    /// The files of a version, by name.
    fn files(&self) -> Result<Vec<(&'static str, Vec<u8>)>, RegisterError> {
        let t = &self.tables;
        let broken = |e: csv::Error| {
            RegisterError::new("register", None, format!("Die Tabelle ließ sich nicht schreiben ({e})"))
        };
        let manifest = Manifest {
            date: t.date,
            source: SOURCE.to_owned(),
            states: t.states.clone(),
            districts: t.districts.len(),
            associations: t.associations.len(),
            municipalities: t.municipalities.len(),
        };
        let mut json = serde_json::to_vec_pretty(&manifest).map_err(|e| {
            RegisterError::new(MANIFEST, None, format!("Die Angaben ließen sich nicht schreiben ({e})"))
        })?;
        json.push(b'\n');
        let mut files = vec![
            (MANIFEST, json),
            (MUNICIPALITIES, to_csv(t.municipalities.values()).map_err(broken)?),
            (DISTRICTS, to_csv(t.districts.values()).map_err(broken)?),
            (ASSOCIATIONS, to_csv(t.associations.values()).map_err(broken)?),
        ];
        for (name, length, title) in [(OUTLINES, 8, "Gemeinden"), (DISTRICT_OUTLINES, 5, "Kreise")] {
            let part = self.boundaries.filter(|key| key.len() == length);
            if !part.is_empty() {
                files.push((name, part.write(title).into_bytes()));
            }
        }
        Ok(files)
    }

    /// Reads a version through `get`, which finds a file by name. None if there is no version.
    pub fn read(folder: &str, get: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Option<Version>, RegisterError> {
        let Some(json) = get(MANIFEST) else { return Ok(None) };
        let named = |name: &str| format!("{folder}/{name}");
        let manifest: Manifest = serde_json::from_slice(&json).map_err(|e| {
            RegisterError::new(
                named(MANIFEST),
                e.line(),
                format!("Die Angaben sind nicht lesbar ({e})"),
            )
        })?;
        let need = |name: &str| get(name).ok_or_else(|| RegisterError::new(named(name), None, "Die Datei fehlt"));
        let districts: Vec<crate::register::DistrictRow> = from_csv(&named(DISTRICTS), &need(DISTRICTS)?)?;
        let associations: Vec<crate::register::AssociationRow> = from_csv(&named(ASSOCIATIONS), &need(ASSOCIATIONS)?)?;
        let municipalities: Vec<crate::register::MunicipalityRow> =
            from_csv(&named(MUNICIPALITIES), &need(MUNICIPALITIES)?)?;
        for (index, m) in municipalities.iter().enumerate() {
            let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
            if !digits(&m.ags, 8) || !digits(&m.ars, 12) {
                let reason = format!("Der Schlüssel von {} ist nicht lesbar", m.name);
                return Err(RegisterError::new(named(MUNICIPALITIES), index + 2, reason));
            }
        }
        let tables = Tables {
            date: manifest.date,
            states: manifest.states,
            districts: districts.into_iter().map(|r| (r.district.clone(), r)).collect(),
            associations: associations.into_iter().map(|r| (r.association.clone(), r)).collect(),
            municipalities: municipalities.into_iter().map(|r| (r.ags.clone(), r)).collect(),
        };
        for (name, announced, found) in [
            (DISTRICTS, manifest.districts, tables.districts.len()),
            (ASSOCIATIONS, manifest.associations, tables.associations.len()),
            (MUNICIPALITIES, manifest.municipalities, tables.municipalities.len()),
        ] {
            if announced != found {
                let reason = format!("{announced} Zeilen sind angekündigt, {found} sind da");
                return Err(RegisterError::new(named(name), None, reason));
            }
        }
        tables.check(&named(MUNICIPALITIES), &|_| None)?;
        let mut boundaries = Boundaries::default();
        for name in [OUTLINES, DISTRICT_OUTLINES] {
            if let Some(bytes) = get(name) {
                boundaries.extend(Boundaries::read(&named(name), &bytes)?);
            }
        }
        Ok(Some(Version { tables, boundaries }))
    }

    /// Writes the files, with coordinates and successors, into an existing or new folder, each by
    /// temporary file and rename. For the tables that are shipped; an import uses [`Versions::import`].
    pub fn export(&self, supplement: &Supplement, to: &Path) -> Result<Vec<PathBuf>, RegisterError> {
        fs::create_dir_all(to).map_err(|e| io(to, e))?;
        let mut files = self.files()?;
        let broken = |e: csv::Error| {
            RegisterError::new("register", None, format!("Die Tabelle ließ sich nicht schreiben ({e})"))
        };
        let here = |ags: &str| self.tables.states.keys().any(|state| ags.starts_with(state.as_str()));
        let coordinates: Vec<_> = supplement.coordinates.values().filter(|c| here(&c.ags)).collect();
        let successors: Vec<_> = supplement.successors.values().filter(|s| here(&s.ags)).collect();
        files.push((CREDITS, credits(self, Some(supplement)).into_bytes()));
        if !coordinates.is_empty() {
            files.push((COORDINATES, to_csv(coordinates).map_err(broken)?));
        }
        if !successors.is_empty() {
            files.push((SUCCESSORS, to_csv(successors).map_err(broken)?));
        }
        let mut written = Vec::new();
        for (name, bytes) in files {
            let (path, part) = (to.join(name), to.join(format!(".{name}.part")));
            write_synced(&part, &bytes)?;
            fs::rename(&part, &path).map_err(|e| io(&path, e))?;
            written.push(path);
        }
        sync_folder(to)?;
        Ok(written)
    }
}

/// The imported versions below a data folder.
#[derive(Debug, Clone)]
pub struct Versions {
    folder: PathBuf,
}

impl Versions {
    pub fn of(data: &Path) -> Versions {
        Versions {
            folder: data.join("register"),
        }
    }

    /// Keeps a version under its date. An older import of the same date is replaced.
    pub fn import(&self, version: &Version) -> Result<PathBuf, RegisterError> {
        fs::create_dir_all(&self.folder).map_err(|e| io(&self.folder, e))?;
        self.recover()?;
        let date = version.tables.date.to_string();
        let (place, new, old) = (
            self.folder.join(&date),
            self.hidden("new", &date),
            self.hidden("old", &date),
        );
        for leftover in [&new, &old] {
            if leftover.exists() {
                fs::remove_dir_all(leftover).map_err(|e| io(leftover, e))?;
            }
        }
        fs::create_dir(&new).map_err(|e| io(&new, e))?;
        for (name, bytes) in version.files()? {
            write_synced(&new.join(name), &bytes)?;
        }
        write_synced(&new.join(CREDITS), credits(version, None).as_bytes())?;
        sync_folder(&new)?;
        let replaces = place.exists();
        if replaces {
            fs::rename(&place, &old).map_err(|e| io(&place, e))?;
        }
        fs::rename(&new, &place).map_err(|e| io(&place, e))?;
        sync_folder(&self.folder)?;
        if replaces {
            fs::remove_dir_all(&old).map_err(|e| io(&old, e))?;
        }
        Ok(place)
    }

    /// Dates of the versions, oldest first.
    pub fn dates(&self) -> Result<Vec<Date>, RegisterError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(io(&self.folder, e)),
        };
        let names = entries.filter_map(|e| e.ok()?.file_name().into_string().ok());
        // Between the two renames of a replacement the old version is the one that counts.
        let mut dates: Vec<Date> = names
            .filter_map(|name| name.strip_prefix(".old-").unwrap_or(&name).parse().ok())
            .collect();
        dates.sort();
        dates.dedup();
        Ok(dates)
    }

    /// The newest version, if anything was imported.
    pub fn latest(&self) -> Result<Option<Version>, RegisterError> {
        match self.dates()?.pop() {
            Some(date) => self.at(date),
            None => Ok(None),
        }
    }

    /// The version of a date.
    pub fn at(&self, date: Date) -> Result<Option<Version>, RegisterError> {
        let date = date.to_string();
        let mut folder = self.folder.join(&date);
        if !folder.exists() {
            folder = self.hidden("old", &date);
        }
        Version::read(&folder.display().to_string(), &|name| fs::read(folder.join(name)).ok())
    }

    fn hidden(&self, state: &str, date: &str) -> PathBuf {
        self.folder.join(format!(".{state}-{date}"))
    }

    /// Puts back a version whose replacement stopped between the two renames.
    fn recover(&self) -> Result<(), RegisterError> {
        for date in self.dates()? {
            let (place, old) = (
                self.folder.join(date.to_string()),
                self.hidden("old", &date.to_string()),
            );
            if !place.exists() && old.exists() {
                fs::rename(&old, &place).map_err(|e| io(&place, e))?;
            }
        }
        Ok(())
    }
}

/// Who made the data, for the folder it lies in.
fn credits(version: &Version, supplement: Option<&Supplement>) -> String {
    let day = schema::show::format::date(version.tables.date, schema::Lang::De);
    let mut text = format!(
        "Gemeinden, Kreise und Verbände (municipalities.csv, districts.csv, associations.csv):\n\
         {SOURCE}, Gebietsstand {day}.\n"
    );
    if !version.boundaries.is_empty() {
        text.push_str(&format!(
            "\nUmrisse (municipalities.geojson, districts.geojson):\n{}.\n\
             Verändert: auf 4 Nachkommastellen gerundet. Die Umrisse zeigen ungefähr, wo ein Ort liegt.\n",
            version.boundaries.credit().trim_end_matches('.')
        ));
    }
    let Some(supplement) = supplement else { return text };
    let mut sources: Vec<&str> = supplement.coordinates.values().map(|c| c.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    if !sources.is_empty() {
        text.push_str(&format!(
            "\nKoordinaten (coordinates.csv), Herkunft je Zeile: {}.\n\
             GV-Auszug: {SOURCE}. VG5000: © GeoBasis-DE / BKG (Daten verändert), dl-de/by-2-0.\n",
            sources.join("; ")
        ));
    }
    if !supplement.successors.is_empty() {
        text.push_str("\nNachfolger aufgelöster Gemeinden (successors.csv):\neigene Ableitung aus zwei Ständen des Gemeindeverzeichnisses.\n");
    }
    text
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), RegisterError> {
    let mut file = File::create(path).map_err(|e| io(path, e))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|e| io(path, e))
}

fn sync_folder(path: &Path) -> Result<(), RegisterError> {
    File::open(path).and_then(|f| f.sync_all()).map_err(|e| io(path, e))
}

fn io(path: &Path, e: std::io::Error) -> RegisterError {
    let why = match e.kind() {
        std::io::ErrorKind::NotFound => "Datei oder Ordner fehlt".to_owned(),
        std::io::ErrorKind::PermissionDenied => "Der Zugriff ist nicht erlaubt".to_owned(),
        std::io::ErrorKind::StorageFull => "Der Datenträger ist voll".to_owned(),
        _ => format!("Lesen oder Schreiben ging nicht ({e})"),
    };
    RegisterError::new(path.display().to_string(), None, why)
}
