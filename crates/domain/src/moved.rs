//! Cases that lie with an authority which is no longer in charge of their place: a municipality was absorbed, has left its
//! Verwaltungsgemeinschaft or has another erfüllende Gemeinde. Pure: the municipality is the register's of today.

use jiff::civil::Date;
use schema::Region;

use crate::TenantId;
use crate::routing::{AuthorityRef, Municipality, route, town};

/// Is this authority one of those that may have cases of the place: the municipality itself, its association, its
/// district? Which of them decides is the service's matter, and a clerk may have handed a case from one to the other.
pub fn serves(holder: &TenantId, place: &Municipality) -> bool {
    [&place.association.authority, &place.district.authority, &town(place)]
        .iter()
        .any(|authority| authority.id == *holder)
}

/// Where a running case of this place goes that lies with `holder`; `None`: it stays there.
pub fn goes_to(
    holder: &TenantId,
    place: &Municipality,
    responsibility: &str,
    region: &Region,
    today: Date,
) -> Option<AuthorityRef> {
    if serves(holder, place) {
        return None;
    }
    Some(route(responsibility, place, region, today).ok()?.authority)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::{Association, AssociationKind, AuthorityLevel, District, MunicipalityKind};

    fn authority(id: &str, level: AuthorityLevel) -> AuthorityRef {
        AuthorityRef {
            id: id.into(),
            name: id.to_uppercase(),
            level,
            key: String::new(),
        }
    }

    /// A village that now belongs to VG Neu.
    fn village() -> Municipality {
        Municipality {
            ags: "16077099".into(),
            ars: "160775099099".into(),
            name: "Dorf".into(),
            official_name: "Dorf".into(),
            slug: "dorf".into(),
            kind: MunicipalityKind::Municipality,
            association: Association {
                code: "160775099".into(),
                name: "Neu".into(),
                kind: AssociationKind::Community,
                seat: None,
                authority: authority("vg-neu", AuthorityLevel::Association),
            },
            district: District {
                key: "16077".into(),
                name: "Kreis".into(),
                kind: "Landkreis".into(),
                seat: "Stadt".into(),
                authority: authority("lk-kreis", AuthorityLevel::District),
            },
            population: 1,
            area_ha: 1,
            postcode: "04600".into(),
            several_postcodes: false,
            centre: None,
        }
    }

    fn target(holder: &str) -> Option<String> {
        let rule = schema::Responsibility {
            id: "municipal".into(),
            level: schema::Level::Municipality,
            own_office: Vec::new(),
            consult_local: false,
            legal_basis: String::new(),
        };
        let region = Region {
            responsibilities: [("municipal".to_owned(), rule)].into(),
            ..Region::default()
        };
        let found = goes_to(
            &holder.into(),
            &village(),
            "municipal",
            &region,
            jiff::civil::date(2027, 1, 1),
        );
        found.map(|a| a.id.0)
    }

    #[test]
    fn what_lies_with_the_former_association_goes_to_the_new_one() {
        assert_eq!(target("vg-alt").as_deref(), Some("vg-neu"));
    }

    #[test]
    fn what_a_clerk_handed_to_another_of_the_places_offices_stays() {
        for holder in ["vg-neu", "lk-kreis", "dorf"] {
            assert_eq!(target(holder), None, "{holder}");
        }
    }

    #[test]
    fn nobody_guesses_where_a_service_goes_that_the_region_does_not_know() {
        let region = Region::default();
        let day = jiff::civil::date(2027, 1, 1);
        assert_eq!(goes_to(&"vg-alt".into(), &village(), "municipal", &region, day), None);
    }
}
