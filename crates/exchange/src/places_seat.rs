//! Where an authority sits, as far as the register of municipalities says: postcode and town. It holds no streets and no
//! telephone numbers.

use domain::routing::{AuthorityRef, Municipality};

use crate::places::Register;

/// Postcode and town of an authority's seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Empty where the register does not tell which of several it is.
    pub postcode: String,
    pub town: String,
}

impl Register {
    /// The seat of an authority that serves `place`. The postcode of a municipality is that of its administration; a
    /// Landratsamt or a Verwaltungsgemeinschaft in a town of several postcodes may have another one.
    pub fn seat(&self, authority: &AuthorityRef, place: &Municipality) -> Option<Seat> {
        if let Some(own) = self.by_ags(&authority.key) {
            return Some(Seat {
                postcode: own.postcode.clone(),
                town: own.name.clone(),
            });
        }
        let association = &place.association;
        let printed = if association.authority.id == authority.id {
            association.seat.clone()?
        } else if place.district.authority.id == authority.id {
            place.district.seat.clone()
        } else {
            return None;
        };
        let town = plain(&printed);
        if town.is_empty() {
            return None;
        }
        let mut near = self.places().iter().filter(|m| m.district.key == place.district.key);
        let found = near.find(|m| plain(&m.name) == town).filter(|m| !m.several_postcodes);
        Some(Seat {
            postcode: found.map(|m| m.postcode.clone()).unwrap_or_default(),
            town: town.to_owned(),
        })
    }
}

/// Without what only tells it from towns of the same name: `Gotha/Thür.` → `Gotha`.
fn plain(town: &str) -> &str {
    town.split_once('/').map_or(town, |(name, _)| name)
}
