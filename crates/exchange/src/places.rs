//! The places of the regions in memory: by key, by path, by point, and which authority serves them.
//! Search by what people type is in `places_search`; which authority decides a matter is
//! `domain::routing`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::OnceLock;

use domain::routing::{
    Association, AssociationKind, AuthorityLevel, AuthorityRef, District, Municipality, MunicipalityKind,
};
use domain::{Ags, TenantId};
use jiff::civil::Date;
use schema::{FileMap, PlaceInfo};

use crate::boundaries::Area;
use crate::places_search::{Hit, Index};
use crate::register::{AssociationRow, MunicipalityRow, RegisterError, Tables};
use crate::register_files::{COORDINATES, SUCCESSORS, Version, Versions};
use crate::register_list::{Successor, Supplement};

/// First parts of addresses that belong to the product, so that no place can take them.
pub const RESERVED: [&str; 24] = [
    "amt",
    "anmelden",
    "antrag",
    "api",
    "assets",
    "barrierefreiheit",
    "cockpit",
    "datenschutz",
    "de",
    "demo",
    "en",
    "entwurf",
    "health",
    "hilfe",
    "impressum",
    "karte",
    "konto",
    "leicht",
    "orte",
    "status",
    "studio",
    "suche",
    "veranstaltung",
    "verein",
];

/// Every place of the shipped regions.
#[derive(Debug)]
pub struct Register {
    version: Version,
    supplement: Supplement,
    places: Vec<Municipality>,
    by_ags: HashMap<String, usize>,
    by_slug: HashMap<String, usize>,
    authorities: BTreeMap<TenantId, AuthorityRef>,
    index: Index,
    neighbours: OnceLock<BTreeMap<String, BTreeSet<String>>>,
}

impl Register {
    /// From the tables in `regions/*/`.
    pub fn shipped(files: &FileMap) -> Result<Register, RegisterError> {
        let (version, supplement) = shipped_version(files)?;
        Register::build(version.ok_or_else(nothing_shipped)?, supplement)
    }

    /// From the newest import below a data folder, else as shipped. Only the states of the shipped
    /// regions; outlines of the import, else the shipped ones.
    pub fn open(data: Option<&Path>, files: &FileMap) -> Result<Register, RegisterError> {
        let (shipped, supplement) = shipped_version(files)?;
        let shipped = shipped.ok_or_else(nothing_shipped)?;
        let Some(imported) = imported(data)? else {
            return Register::build(shipped, supplement);
        };
        let states: BTreeSet<&String> = shipped.tables.states.keys().collect();
        let here = |key: &str| states.iter().any(|state| key.starts_with(state.as_str()));
        let mut boundaries = shipped.boundaries.clone();
        boundaries.extend(imported.boundaries.filter(here));
        let mut tables = Tables {
            date: imported.tables.date,
            ..imported.tables.of_state("none")
        };
        for state in states {
            let part = imported.tables.of_state(state);
            tables.states.extend(part.states);
            tables.districts.extend(part.districts);
            tables.associations.extend(part.associations);
            tables.municipalities.extend(part.municipalities);
        }
        let known = |key: &str| key.len() != 8 || tables.municipalities.contains_key(key);
        let boundaries = boundaries.filter(known);
        Register::build(Version { tables, boundaries }, supplement)
    }

    fn build(version: Version, supplement: Supplement) -> Result<Register, RegisterError> {
        let tables = &version.tables;
        let rows: Vec<&MunicipalityRow> = tables
            .municipalities
            .values()
            .filter(|m| m.kind.is_municipality())
            .collect();
        let slugs = slugs(&rows, tables);
        let districts = districts(&rows, &slugs, tables);
        let locals = local_authorities(&rows, &slugs, tables)?;
        let mut places = Vec::with_capacity(rows.len());
        for (row, slug) in rows.iter().zip(&slugs) {
            let association = &tables.associations[row.association()];
            let own = AuthorityRef {
                id: TenantId(slug.clone()),
                name: format!("{} {}", row.kind.title(), plain_name(&row.name)),
                level: AuthorityLevel::Municipality,
                key: row.ags.clone(),
            };
            let district = districts.get(row.district()).cloned().unwrap_or_else(|| District {
                key: row.district().to_owned(),
                name: String::new(),
                kind: String::new(),
                seat: String::new(),
                authority: own.clone(),
            });
            let outline = version.boundaries.get(&row.ags);
            places.push(Municipality {
                ags: Ags(row.ags.clone()),
                ars: row.ars.clone(),
                name: plain_name(&row.name).to_owned(),
                official_name: row.name.clone(),
                slug: slug.clone(),
                kind: row.kind,
                association: Association {
                    code: association.association.clone(),
                    name: association.name.clone(),
                    kind: association.kind,
                    seat: (!association.seat.is_empty()).then(|| association.seat.clone()),
                    authority: locals.get(row.association()).cloned().unwrap_or(own),
                },
                district,
                population: row.population,
                area_ha: row.area_ha,
                postcode: row.postcode.clone(),
                several_postcodes: row.several_postcodes,
                centre: centre(&supplement, &row.ags, outline),
            });
        }
        let mut authorities = BTreeMap::new();
        for place in &places {
            for authority in [&place.association.authority, &place.district.authority] {
                let known = authorities
                    .entry(authority.id.clone())
                    .or_insert_with(|| authority.clone());
                if known != authority {
                    let reason = format!(
                        "{} und {} hätten dieselbe Adresse „{}“",
                        known.name, authority.name, known.id
                    );
                    return Err(RegisterError::new("register", None, reason));
                }
            }
        }
        let by_ags: HashMap<String, usize> = places.iter().enumerate().map(|(i, p)| (p.ags.0.clone(), i)).collect();
        let by_slug = places.iter().enumerate().map(|(i, p)| (p.slug.clone(), i)).collect();
        let index = Index::build(&places, &supplement, &by_ags);
        Ok(Register {
            version,
            supplement,
            places,
            by_ags,
            by_slug,
            authorities,
            index,
            neighbours: OnceLock::new(),
        })
    }

    /// Gebietsstand of the tables.
    pub fn date(&self) -> Date {
        self.version.tables.date
    }
    pub fn tables(&self) -> &Tables {
        &self.version.tables
    }
    pub fn supplement(&self) -> &Supplement {
        &self.supplement
    }
    /// All places by AGS.
    pub fn places(&self) -> &[Municipality] {
        &self.places
    }
    pub fn by_ags(&self, ags: &str) -> Option<&Municipality> {
        self.by_ags.get(ags).map(|i| &self.places[*i])
    }
    /// By the first part of its address: `nobitz`, `elxleben-ilm-kreis`.
    pub fn by_slug(&self, slug: &str) -> Option<&Municipality> {
        self.by_slug.get(slug).map(|i| &self.places[*i])
    }
    /// Places of the same name, by an address without district: `elxleben` → two.
    pub fn same_name(&self, slug: &str) -> Vec<&Municipality> {
        self.places.iter().filter(|p| slugify(&p.name) == slug).collect()
    }
    /// Where a municipality that was merged belongs today, by its old AGS or by its name's address.
    pub fn former(&self, ags_or_slug: &str) -> Option<(&Successor, &Municipality)> {
        let old = self.supplement.successors.values();
        let mut found = old.filter(|s| s.ags == ags_or_slug || slugify(&s.name) == ags_or_slug);
        found.find_map(|s| Some((s, self.by_ags(&s.successor)?)))
    }

    /// Places by name, postcode or district, best first. See [`Hit`] for why each was found.
    pub fn search(&self, query: &str, limit: usize) -> Vec<Hit<'_>> {
        self.index.search(&self.places, query, limit)
    }

    /// The place that a point lies in.
    pub fn at_point(&self, lat: f64, lon: f64) -> Option<&Municipality> {
        self.by_ags(self.version.boundaries.municipality_at(lat, lon)?)
    }
    /// Metres from a point to a place; 0 inside. None without an outline. Outlines are simplified:
    /// up to about 1.5 km is still possible for a point that lies in the place.
    pub fn distance(&self, ags: &str, lat: f64, lon: f64) -> Option<f64> {
        self.version.boundaries.get(ags).map(|area| area.distance(lat, lon))
    }
    /// Places that share a border, by AGS.
    pub fn neighbours(&self, ags: &str) -> Vec<&Municipality> {
        let all = self.neighbours.get_or_init(|| self.version.boundaries.neighbours());
        all.get(ags)
            .into_iter()
            .flatten()
            .filter_map(|n| self.by_ags(n))
            .collect()
    }
    /// The outline of a place (AGS) or district (five digits).
    pub fn outline(&self, key: &str) -> Option<&Area> {
        self.version.boundaries.get(key)
    }

    /// Every authority that serves a place or is a Landkreis.
    pub fn authorities(&self) -> impl Iterator<Item = &AuthorityRef> {
        self.authorities.values()
    }
    pub fn authority(&self, id: &str) -> Option<&AuthorityRef> {
        self.authorities.get(&TenantId::from(id))
    }
    /// The places that an authority serves; for a Landkreis all places in it.
    pub fn places_of(&self, authority: &str) -> Vec<&Municipality> {
        let serves = |p: &&Municipality| {
            p.association.authority.id.as_str() == authority || p.district.authority.id.as_str() == authority
        };
        self.places.iter().filter(serves).collect()
    }

    /// What rules and texts see of a place. `authority`: name of the authority that decides.
    pub fn place_info(&self, place: &Municipality, authority: &str) -> PlaceInfo {
        PlaceInfo {
            ags: place.ags.0.clone(),
            name: place.name.clone(),
            kind: place.kind.title().to_owned(),
            authority: authority.to_owned(),
            outline: self.outline(place.ags.as_str()).map(Area::rings).unwrap_or_default(),
        }
    }
}

/// The path of a name: `Mühlhausen/Thüringen` → `muehlhausen-thueringen`.
pub fn slugify(name: &str) -> String {
    crate::places_search::fold(name, true).replace(' ', "-")
}

/// `Altenburg, Stadt` → `Altenburg`.
pub(crate) fn plain_name(official: &str) -> &str {
    official.split_once(',').map_or(official, |(name, _)| name).trim()
}

/// One path for each place; places of one name, or with a reserved one, get the district.
fn slugs(rows: &[&MunicipalityRow], tables: &Tables) -> Vec<String> {
    let base: Vec<String> = rows.iter().map(|m| slugify(plain_name(&m.name))).collect();
    let mut count: HashMap<&str, usize> = HashMap::new();
    for slug in &base {
        *count.entry(slug).or_default() += 1;
    }
    let district = |m: &MunicipalityRow| {
        tables
            .districts
            .get(m.district())
            .map_or_else(|| m.district().to_owned(), |d| slugify(plain_name(&d.name)))
    };
    let taken =
        |slug: &str| count[slug] > 1 || RESERVED.contains(&slug) || slug.starts_with("vg-") || slug.starts_with("lk-");
    rows.iter()
        .zip(&base)
        .map(|(m, slug)| {
            if taken(slug) {
                format!("{slug}-{}", district(m))
            } else {
                slug.clone()
            }
        })
        .collect()
}

/// Districts with their authority; that of a kreisfreie Stadt is the town.
fn districts(rows: &[&MunicipalityRow], slugs: &[String], tables: &Tables) -> BTreeMap<String, District> {
    let own = |key: &str| {
        let town = |m: &MunicipalityRow| {
            m.district() == key
                && matches!(
                    m.kind,
                    MunicipalityKind::DistrictFreeTown | MunicipalityKind::TownDistrict
                )
        };
        rows.iter()
            .zip(slugs)
            .find(|(m, _)| town(m))
            .map(|(m, slug)| (*m, slug.clone()))
    };
    let with_authority = |row: &crate::register::DistrictRow| {
        let name = plain_name(&row.name);
        let authority = match own(&row.district) {
            Some((m, slug)) => AuthorityRef {
                id: TenantId(slug),
                name: format!("{} {}", m.kind.title(), plain_name(&m.name)),
                level: AuthorityLevel::Municipality,
                key: m.ags.clone(),
            },
            None => AuthorityRef {
                id: TenantId(format!("lk-{}", slugify(name))),
                name: format!("Landratsamt {name}"),
                level: AuthorityLevel::District,
                key: row.district.clone(),
            },
        };
        let (name, kind, seat) = (row.name.clone(), row.kind.clone(), row.seat.clone());
        District {
            key: row.district.clone(),
            name,
            kind,
            seat,
            authority,
        }
    };
    tables
        .districts
        .values()
        .map(|row| (row.district.clone(), with_authority(row)))
        .collect()
}

/// Who administers the members of each association that is not free-standing.
fn local_authorities(
    rows: &[&MunicipalityRow],
    slugs: &[String],
    tables: &Tables,
) -> Result<BTreeMap<String, AuthorityRef>, RegisterError> {
    let mut found = BTreeMap::new();
    let mut names: HashMap<String, usize> = HashMap::new();
    for a in tables
        .associations
        .values()
        .filter(|a| a.kind == AssociationKind::Community)
    {
        *names.entry(slugify(&a.name)).or_default() += 1;
    }
    for a in tables.associations.values() {
        let authority = match a.kind {
            AssociationKind::FreeStanding => continue,
            AssociationKind::FulfillingMunicipality => fulfilling(a, rows, slugs)?,
            AssociationKind::Community | AssociationKind::Other(_) => {
                let mut slug = slugify(&a.name);
                if names.get(&slug).is_some_and(|n| *n > 1) {
                    let district = tables.districts.get(&a.association[..5]);
                    slug = format!(
                        "{slug}-{}",
                        district.map_or_else(|| a.association[..5].to_owned(), |d| slugify(&d.name))
                    );
                }
                AuthorityRef {
                    id: TenantId(format!("vg-{slug}")),
                    name: format!("{} {}", a.kind.label(), a.name),
                    level: AuthorityLevel::Association,
                    key: a.association.clone(),
                }
            }
        };
        found.insert(a.association.clone(), authority);
    }
    Ok(found)
}

/// The member that administers the others: the register gives the group its name, once with an
/// „EG“ before it, and its seat.
fn fulfilling(a: &AssociationRow, rows: &[&MunicipalityRow], slugs: &[String]) -> Result<AuthorityRef, RegisterError> {
    let members = || rows.iter().zip(slugs).filter(|(m, _)| m.association() == a.association);
    let bare = a.name.strip_prefix("EG ").unwrap_or(&a.name);
    let found = members()
        .find(|(m, _)| m.name == a.name)
        .or_else(|| members().find(|(m, _)| plain_name(&m.name) == plain_name(bare)))
        .or_else(|| members().find(|(m, _)| plain_name(&m.name) == a.seat));
    let Some((m, slug)) = found else {
        let reason = format!(
            "Zu {} ({}) ist unter den Mitgliedern keine erfüllende Gemeinde zu finden",
            a.name, a.association
        );
        return Err(RegisterError::new("register", None, reason));
    };
    Ok(AuthorityRef {
        id: TenantId(slug.clone()),
        name: format!("{} {}", m.kind.title(), plain_name(&m.name)),
        level: AuthorityLevel::Municipality,
        key: m.ags.clone(),
    })
}

/// The middle by the table, else the middle of the outline's box.
fn centre(supplement: &Supplement, ags: &str, outline: Option<&Area>) -> Option<(f64, f64)> {
    let listed = supplement
        .coordinates
        .get(ags)
        .and_then(|c| Some((c.lat.parse().ok()?, c.lon.parse().ok()?)));
    listed.or_else(|| outline.map(|area| area.bounds.center()).map(|c| (c.y, c.x)))
}

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

fn nothing_shipped() -> RegisterError {
    RegisterError::new("regions", None, "Es ist keine Region mit Gemeinden mitgeliefert")
}

fn imported(data: Option<&Path>) -> Result<Option<Version>, RegisterError> {
    data.map_or(Ok(None), |data| Versions::of(data).latest())
}

/// The tables of all regions as one version, and what stands beside them.
fn shipped_version(files: &FileMap) -> Result<(Option<Version>, Supplement), RegisterError> {
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
