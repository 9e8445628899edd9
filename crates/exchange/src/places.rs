//! The places of the regions in memory: by key, by path, by point, and which authority serves them.
//! Search by what people type is in `places_search`; which authority decides a matter is
//! `domain::routing`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::OnceLock;

use domain::routing::{Association, AuthorityLevel, AuthorityRef, District, Municipality};
use domain::{Ags, TenantId};
use jiff::civil::Date;
use schema::{FileMap, PlaceInfo};

use crate::boundaries::Area;
use crate::places_build::{centre, competence_centre, districts, local_authorities, slugs};
use crate::places_search::{Hit, Index};
use crate::places_source::{imported, nothing_shipped, shipped_version};
use crate::register::{MunicipalityRow, RegisterError, Tables};
use crate::register_files::Version;
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
    centre: Option<AuthorityRef>,
    index: Index,
    neighbours: OnceLock<BTreeMap<String, BTreeSet<String>>>,
}

impl Register {
    /// Name of the state whose places these are; empty if the register has none.
    pub fn state_name(&self) -> &str {
        let key = self.places.first().and_then(|place| place.ags.as_str().get(..2));
        key.and_then(|key| self.version.tables.states.get(key))
            .map_or("", String::as_str)
    }

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
        let centre = places.first().and_then(|p| competence_centre(p.ags.as_str(), tables));
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
            centre,
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

    /// The municipality that an AGS stands for today: itself, or the one that it was merged into. Cases, drafts
    /// and programs keep the key they were made with.
    pub fn today(&self, ags: &str) -> Option<&Municipality> {
        self.by_ags(ags).or_else(|| self.former(ags).map(|(_, place)| place))
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
    /// The competence centre of the state. It serves no place, so it is none of [`Register::authorities`].
    pub fn centre(&self) -> Option<&AuthorityRef> {
        self.centre.as_ref()
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
            on_paper: false,
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
