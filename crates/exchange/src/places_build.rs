//! From the register's tables to paths, districts and authorities: what each place is called in an
//! address and who administers it.

use std::collections::{BTreeMap, HashMap};

use domain::TenantId;
use domain::routing::{AssociationKind, AuthorityLevel, AuthorityRef, District, MunicipalityKind};

use crate::boundaries::Area;
use crate::places::{RESERVED, plain_name, slugify};
use crate::register::{AssociationRow, MunicipalityRow, RegisterError, Tables};
use crate::register_list::Supplement;

/// One path for each place; places of one name, or with a reserved one, get the district.
pub(crate) fn slugs(rows: &[&MunicipalityRow], tables: &Tables) -> Vec<String> {
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
    let taken = |slug: &str| {
        count[slug] > 1 || RESERVED.contains(&slug) || ["vg-", "lk-", "land-"].iter().any(|own| slug.starts_with(own))
    };
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
pub(crate) fn districts(rows: &[&MunicipalityRow], slugs: &[String], tables: &Tables) -> BTreeMap<String, District> {
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
pub(crate) fn local_authorities(
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

/// The competence centre of the state that a place lies in; its key is the state's (`16`).
pub(crate) fn competence_centre(ags: &str, tables: &Tables) -> Option<AuthorityRef> {
    let (key, name) = tables.states.get_key_value(ags.get(..2)?)?;
    Some(AuthorityRef {
        id: TenantId(format!("land-{}", slugify(name))),
        name: format!("Kompetenzzentrum {name}"),
        level: AuthorityLevel::State,
        key: key.clone(),
    })
}

/// The middle by the table, else the middle of the outline's box.
pub(crate) fn centre(supplement: &Supplement, ags: &str, outline: Option<&Area>) -> Option<(f64, f64)> {
    let listed = supplement
        .coordinates
        .get(ags)
        .and_then(|c| Some((c.lat.parse().ok()?, c.lon.parse().ok()?)));
    listed.or_else(|| outline.map(|area| area.bounds.center()).map(|c| (c.y, c.x)))
}
