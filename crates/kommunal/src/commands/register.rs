//! `kommunal register`: the official municipality register, read in, written out, looked up.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use exchange::boundaries::Boundaries;
use exchange::{Register, Version, Versions};
use serde_json::{Value, json};

use kommunal::config::Config;
use kommunal::shipped;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Liest das amtliche Gemeindeverzeichnis ein (GV100AD), ganz oder gar nicht
    Import {
        /// Die Datei GV100AD des Statistischen Bundesamts
        #[arg(value_name = "DATEI")]
        file: PathBuf,
        /// Umrisse von Gemeinden oder Kreisen (GeoJSON, WGS84), auch mehrmals
        #[arg(long, value_name = "DATEI")]
        boundaries: Vec<PathBuf>,
        /// Quellenvermerk der Umrisse, wie ihn der Herausgeber verlangt
        #[arg(long, value_name = "TEXT", requires = "boundaries")]
        credit: Option<String>,
        /// Ordner mit den Daten
        #[arg(long, value_name = "ORDNER")]
        data: PathBuf,
    },
    /// Schreibt die kompakten Tabellen eines Landes, wie sie mitgeliefert werden
    Export {
        /// Landesschlüssel, zum Beispiel 16
        #[arg(long, value_name = "LAND")]
        state: String,
        /// Ordner, in den geschrieben wird
        #[arg(long, value_name = "ORDNER")]
        to: PathBuf,
        /// Ordner mit den Daten; ohne ihn gilt das mitgelieferte Verzeichnis
        #[arg(long, value_name = "ORDNER")]
        data: Option<PathBuf>,
    },
    /// Zeigt eine Gemeinde
    Show {
        /// Gemeindeschlüssel, acht Ziffern
        #[arg(value_name = "AGS")]
        ags: String,
        /// Ordner mit den Daten; ohne ihn gilt das mitgelieferte Verzeichnis
        #[arg(long, value_name = "ORDNER")]
        data: Option<PathBuf>,
    },
    /// Listet die Gemeinden eines Landes
    List {
        /// Landesschlüssel, zum Beispiel 16
        #[arg(long, value_name = "LAND")]
        state: String,
        /// csv für Tabellenprogramme (so ohne Angabe) oder json
        #[arg(long, value_name = "FORM", default_value = "csv", value_parser = ["csv", "json"])]
        format: String,
        /// Ordner mit den Daten; ohne ihn gilt das mitgelieferte Verzeichnis
        #[arg(long, value_name = "ORDNER")]
        data: Option<PathBuf>,
    },
}

impl Command {
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Command::Import {
                file,
                boundaries,
                credit,
                data,
            } => import(&file, &boundaries, credit, &data),
            Command::Export { state, to, data } => export(&state, &to, data.as_deref()),
            Command::Show { ags, data } => show(&ags, data.as_deref()),
            Command::List { state, format, data } => list(&state, &format, data.as_deref()),
        }
    }
}

fn import(file: &Path, outlines: &[PathBuf], credit: Option<String>, data: &Path) -> anyhow::Result<()> {
    let tables = exchange::read_gv100ad(&file.display().to_string(), &read(file)?)?;
    if let Ok((before, _)) = exchange::current(Some(data), &shipped::regions())
        && let Some(reason) = tables.incomplete_after(&before.tables)
    {
        bail!("{}: {reason}.", file.display());
    }
    let mut boundaries = Boundaries::default();
    for path in outlines {
        boundaries.extend(Boundaries::read(&path.display().to_string(), &read(path)?)?);
    }
    if let Some(credit) = credit {
        boundaries = boundaries.credited(&credit);
    }
    let drawn = boundaries.keys().count();
    let boundaries =
        boundaries.filter(|key| tables.municipalities.contains_key(key) || tables.districts.contains_key(key));
    let fitting = boundaries.keys().count();
    if drawn > 0 && fitting == 0 {
        bail!(
            "Kein Umriss passt zu einer Gemeinde oder einem Kreis dieses Verzeichnisses. Prüfen Sie den Stand der Umrisse."
        );
    }
    let version = Version { tables, boundaries };
    let place = Versions::of(data).import(&version)?;
    let t = &version.tables;
    let municipalities = t.municipality_count();
    println!(
        "Übernommen nach {}: {municipalities} Gemeinden, {} gemeindefreie Gebiete, {} Kreise, {} Verbände, Gebietsstand {}.",
        place.display(),
        t.municipalities.len() - municipalities,
        t.districts.len(),
        t.associations.len(),
        schema::show::format::date(t.date, schema::Lang::De),
    );
    who_has_cases(data)?;
    if drawn > 0 {
        println!(
            "Umrisse: {fitting}. Ohne passende Gemeinde und deshalb weggelassen: {}.",
            drawn - fitting
        );
    }
    Ok(())
}

/// Says which authorities have cases that they are no longer in charge of, where there are data to look into.
fn who_has_cases(data: &Path) -> anyhow::Result<()> {
    let mut config = Config::load(None, &Config::environment())?;
    data.clone_into(&mut config.data);
    if config.database.is_none() && !data.join("shared.db").exists() {
        return Ok(());
    }
    let found = super::serve::runtime()?.block_on(moved(&config));
    match found {
        Ok(sentences) => sentences.iter().for_each(|s| println!("{s}")),
        // The register is in; what it means for running cases is told later.
        Err(why) => println!(
            "Ob Vorgänge bei einem Amt liegen, das nicht mehr zuständig ist, ließ sich nicht nachsehen ({why:#}). „kommunal doctor“ sagt es."
        ),
    }
    Ok(())
}

/// A sentence for each authority with cases that lie with it and are another's by the register.
pub async fn moved(config: &Config) -> anyhow::Result<Vec<String>> {
    let files = shipped::files();
    let register = Register::open(Some(&config.data), &files)?;
    // Looks only: the role that owns the tables has nothing to do here.
    let mut config = config.clone();
    config.database_migrate = None;
    let store = super::data::open(&config).await?;
    let found = kommunal::moved::look(&store, &register, &schema::load(&files).catalog, super::today()).await?;
    Ok(found.sentences())
}

fn export(state: &str, to: &Path, data: Option<&Path>) -> anyhow::Result<()> {
    let (version, supplement) = exchange::current(data, &shipped::regions())?;
    let tables = known_state(&version, state)?;
    let boundaries = version.boundaries.filter(|key| key.starts_with(state));
    let part = Version { tables, boundaries };
    for path in part.export(&supplement, to)? {
        println!("{}", path.display());
    }
    Ok(())
}

fn list(state: &str, format: &str, data: Option<&Path>) -> anyhow::Result<()> {
    let (version, supplement) = exchange::current(data, &shipped::regions())?;
    let tables = known_state(&version, state)?;
    if format == "json" {
        let rows = tables.municipalities.values().filter(|m| m.kind.is_municipality());
        return super::print_json(&rows.map(|m| one(&tables, &m.ags)).collect());
    }
    let csv = exchange::register_list::list_csv(&tables, &supplement, state)
        .context("Die Liste ließ sich nicht schreiben.")?;
    super::print_bytes(&csv)
}

fn show(ags: &str, data: Option<&Path>) -> anyhow::Result<()> {
    let files = shipped::regions();
    let register = Register::open(data, &files)?;
    let (version, _) = exchange::current(data, &files)?;
    if !version.tables.municipalities.contains_key(ags) {
        bail!(unknown(&register, ags));
    }
    let mut shown = one(&version.tables, ags);
    if let Some(place) = register.by_ags(ags) {
        shown["slug"] = json!(place.slug);
        shown["title"] = json!(place.title());
        shown["authority"] = json!(place.association.authority);
        shown["centre"] = json!(place.centre.map(|(lat, lon)| json!({ "lat": lat, "lon": lon })));
        let neighbours = register.neighbours(ags);
        shown["neighbours"] = neighbours
            .iter()
            .map(|n| json!({ "ags": n.ags, "name": n.name }))
            .collect();
    }
    super::print_json(&shown)
}

/// A municipality as the register has it.
fn one(tables: &exchange::Tables, ags: &str) -> Value {
    let Some(m) = tables.municipalities.get(ags) else {
        return Value::Null;
    };
    let association = tables.associations.get(m.association()).map(|a| {
        let seat = (!a.seat.is_empty()).then_some(&a.seat);
        json!({ "code": a.association, "name": a.name, "kind": a.kind.label(), "seat": seat })
    });
    let district = tables
        .districts
        .get(m.district())
        .map(|d| json!({ "ags": d.district, "name": d.name, "kind": d.kind, "seat": d.seat }));
    json!({
        "ags": m.ags,
        "ars": m.ars,
        "name": m.name,
        "kind": m.kind.label(),
        "state": { "ags": m.state(), "name": tables.states.get(m.state()) },
        "district": district,
        "association": association,
        "population": m.population,
        "area_ha": m.area_ha,
        "postcode": m.postcode,
        "several_postcodes": m.several_postcodes,
        "date": tables.date,
    })
}

/// Why an AGS leads nowhere, with what to do.
pub fn unknown(register: &Register, ags: &str) -> String {
    if let Some((old, place)) = register.former(ags) {
        return format!(
            "{} ({ags}) gibt es nicht mehr. Das Gebiet gehört heute zu: {} ({}).",
            old.name,
            place.title(),
            place.ags
        );
    }
    if ags.len() != 8 || !ags.bytes().all(|b| b.is_ascii_digit()) {
        return format!("„{ags}“ ist kein Gemeindeschlüssel. Er hat acht Ziffern, zum Beispiel 16077036 für Nobitz.");
    }
    format!(
        "Eine Gemeinde {ags} steht nicht im Verzeichnis vom {}.",
        schema::show::format::date(register.date(), schema::Lang::De)
    )
}

fn known_state(version: &Version, state: &str) -> anyhow::Result<exchange::Tables> {
    let t = &version.tables;
    if !t.states.contains_key(state) {
        let known: Vec<String> = t.states.iter().map(|(key, name)| format!("{key} {name}")).collect();
        bail!(
            "Das Land {state} ist nicht eingelesen. Vorhanden: {}.",
            known.join(", ")
        );
    }
    Ok(t.of_state(state))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => anyhow::anyhow!("Die Datei {} gibt es nicht.", path.display()),
        _ => anyhow::anyhow!("Die Datei {} ist nicht lesbar ({e}).", path.display()),
    })
}
