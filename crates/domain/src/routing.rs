//! Which authority decides for a place, and which is consulted. Pure: the municipality comes from
//! the register, the rules from `regions/<region>/responsibilities.toml`.
//!
//! Municipal matters lie with the Verwaltungsgemeinschaft or erfüllende Gemeinde of a place, else with
//! the place itself. District matters lie with the Landkreis, but with the town itself where it is
//! kreisfrei or has an office of its own by the region's table.

use jiff::civil::Date;
use schema::{Level, OwnOffice, Region};
use serde::{Deserialize, Serialize};

use crate::case::Refusal;
use crate::ids::{Ags, TenantId};

/// A municipality as the register knows it, with everything that routing needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Municipality {
    pub ags: Ags,
    /// Regionalschlüssel, 12 digits: district, association, municipality.
    pub ars: String,
    /// Without its title: `Altenburg`.
    pub name: String,
    /// As the register prints it: `Altenburg, Stadt`.
    pub official_name: String,
    /// Path of its public pages: `altenburg`; unique in the region.
    pub slug: String,
    pub kind: MunicipalityKind,
    pub association: Association,
    pub district: District,
    pub population: u64,
    pub area_ha: u64,
    /// Of the seat of the administration; five digits.
    pub postcode: String,
    /// The place has further postcodes, which the register does not name.
    pub several_postcodes: bool,
    /// Latitude and longitude of the middle, WGS84.
    pub centre: Option<(f64, f64)>,
}

impl Municipality {
    /// `Stadt Altenburg`, `Gemeinde Nobitz`.
    pub fn title(&self) -> String {
        format!("{} {}", self.kind.title(), self.name)
    }
    /// The town is its own district.
    pub fn is_district_free(&self) -> bool {
        matches!(
            self.kind,
            MunicipalityKind::DistrictFreeTown | MunicipalityKind::TownDistrict
        )
    }
}

/// Kind of a municipality by the register's Textkennzeichen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MunicipalityKind {
    /// 60
    Market,
    /// 61: kreisfreie Stadt
    DistrictFreeTown,
    /// 62: Stadtkreis (Baden-Württemberg)
    TownDistrict,
    /// 63
    Town,
    /// 64
    Municipality,
    /// 65, 66: gemeindefreies Gebiet, inhabited or not
    UnincorporatedInhabited,
    UnincorporatedEmpty,
    /// 67: große Kreisstadt
    LargeDistrictTown,
}

impl MunicipalityKind {
    const ALL: [(u8, MunicipalityKind, &'static str, &'static str); 8] = [
        (60, MunicipalityKind::Market, "Markt", "Markt"),
        (61, MunicipalityKind::DistrictFreeTown, "kreisfreie Stadt", "Stadt"),
        (62, MunicipalityKind::TownDistrict, "Stadtkreis", "Stadt"),
        (63, MunicipalityKind::Town, "Stadt", "Stadt"),
        (
            64,
            MunicipalityKind::Municipality,
            "kreisangehörige Gemeinde",
            "Gemeinde",
        ),
        (
            65,
            MunicipalityKind::UnincorporatedInhabited,
            "gemeindefreies Gebiet, bewohnt",
            "Gebiet",
        ),
        (
            66,
            MunicipalityKind::UnincorporatedEmpty,
            "gemeindefreies Gebiet, unbewohnt",
            "Gebiet",
        ),
        (67, MunicipalityKind::LargeDistrictTown, "große Kreisstadt", "Stadt"),
    ];
    fn row(self) -> (u8, MunicipalityKind, &'static str, &'static str) {
        Self::ALL.into_iter().find(|r| r.1 == self).unwrap_or(Self::ALL[4])
    }
    /// The register's Textkennzeichen, two digits.
    pub fn code(self) -> u8 {
        self.row().0
    }
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.0 == code).map(|r| r.1)
    }
    /// The register's word: `kreisangehörige Gemeinde`.
    pub fn label(self) -> &'static str {
        self.row().2
    }
    /// What stands before the name: `Stadt`, `Gemeinde`.
    pub fn title(self) -> &'static str {
        self.row().3
    }
    /// Municipalities only, without unincorporated areas.
    pub fn is_municipality(self) -> bool {
        !matches!(self, Self::UnincorporatedInhabited | Self::UnincorporatedEmpty)
    }
}

/// How a municipality is administered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Association {
    /// District and association digits of the Regionalschlüssel, nine digits.
    pub code: String,
    /// As the register prints it: `Pleißenaue`.
    pub name: String,
    pub kind: AssociationKind,
    /// Where its administration sits; none if the municipality is free-standing.
    pub seat: Option<String>,
    /// The authority that administers: id, name and key.
    pub authority: AuthorityRef,
}

/// Kind of an association by the register's Textkennzeichen (others do not exist in Thuringia).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssociationKind {
    /// 50: verbandsfreie Gemeinde
    FreeStanding,
    /// 54: Verwaltungsgemeinschaft
    Community,
    /// 58: erfüllende Gemeinde
    FulfillingMunicipality,
    /// 51–53, 55–57: Amt, Samtgemeinde, Verbandsgemeinde …, by its code
    Other(u8),
}

impl AssociationKind {
    pub fn from_code(code: u8) -> Option<Self> {
        match code {
            50 => Some(Self::FreeStanding),
            54 => Some(Self::Community),
            58 => Some(Self::FulfillingMunicipality),
            51..=53 | 55..=57 => Some(Self::Other(code)),
            _ => None,
        }
    }
    pub fn code(self) -> u8 {
        match self {
            Self::FreeStanding => 50,
            Self::Community => 54,
            Self::FulfillingMunicipality => 58,
            Self::Other(code) => code,
        }
    }
    /// The register's word: `Verwaltungsgemeinschaft`.
    pub fn label(self) -> &'static str {
        match self.code() {
            50 => "verbandsfreie Gemeinde",
            51 => "Amt",
            52 => "Samtgemeinde",
            53 => "Verbandsgemeinde",
            54 => "Verwaltungsgemeinschaft",
            55 => "Kirchspielslandgemeinde",
            56 => "Verwaltungsverband",
            57 => "Verwaltungsgemeinschaft (Trägermodell)",
            _ => "erfüllende Gemeinde",
        }
    }
}

/// A Landkreis or kreisfreie Stadt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct District {
    /// First five digits of the AGS.
    pub key: String,
    /// As the register prints it: `Altenburger Land`.
    pub name: String,
    /// The register's word: `Landkreis`, `Kreisfreie Stadt`.
    pub kind: String,
    pub seat: String,
    pub authority: AuthorityRef,
}

/// On which level an authority stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorityLevel {
    Municipality,
    /// Verwaltungsgemeinschaft
    Association,
    District,
    /// The competence centre: it decides nothing, it looks after what all use.
    State,
}

impl AuthorityLevel {
    pub fn as_str(self) -> &'static str {
        match self {
            AuthorityLevel::Municipality => "municipality",
            AuthorityLevel::Association => "association",
            AuthorityLevel::District => "district",
            AuthorityLevel::State => "state",
        }
    }
}

/// An authority by name. Its id is unique in the region and is the tenant's id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AuthorityRef {
    /// `nobitz`, `vg-pleissenaue`, `lk-altenburger-land`.
    pub id: TenantId,
    /// `Gemeinde Nobitz`, `Verwaltungsgemeinschaft Pleißenaue`, `Landratsamt Altenburger Land`.
    pub name: String,
    pub level: AuthorityLevel,
    /// The register's key: AGS, association code or district key.
    pub key: String,
}

/// Who decides and who is heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route {
    pub authority: AuthorityRef,
    pub consulted: Vec<AuthorityRef>,
    pub legal_basis: String,
}

/// The authority for matters of `responsibility` (`municipal`, `trade`) in a place on a day.
///
/// # Errors
/// The region does not know the responsibility; a service that was checked cannot name one.
pub fn route(responsibility: &str, place: &Municipality, region: &Region, today: Date) -> Result<Route, Refusal> {
    let rule = region.responsibilities.get(responsibility).ok_or_else(|| {
        let known: Vec<&str> = region.responsibilities.keys().map(String::as_str).collect();
        Refusal(format!(
            "Die Region kennt keine Zuständigkeit „{responsibility}“, nur: {}.",
            known.join(", ")
        ))
    })?;
    let local = &place.association.authority;
    let authority = match rule.level {
        Level::Municipality => local.clone(),
        Level::District if place.is_district_free() => town(place),
        Level::District if rule.own_office.iter().any(|o| has_office(o, place, today)) => town(place),
        Level::District => place.district.authority.clone(),
    };
    let consulted = if rule.consult_local && authority.id != local.id {
        vec![local.clone()]
    } else {
        Vec::new()
    };
    Ok(Route {
        authority,
        consulted,
        legal_basis: rule.legal_basis.clone(),
    })
}

/// The municipality as an authority of its own.
pub fn town(place: &Municipality) -> AuthorityRef {
    AuthorityRef {
        id: TenantId(place.slug.clone()),
        name: place.title(),
        level: AuthorityLevel::Municipality,
        key: place.ags.0.clone(),
    }
}

fn has_office(office: &OwnOffice, place: &Municipality, today: Date) -> bool {
    office.ags == place.ags.0 && office.since.is_none_or(|since| since <= today)
}
