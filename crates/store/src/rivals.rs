//! Who else wants or has a room at the time that a case asks for. Only the desk is told: with the other case, never
//! with its names, which the caller reads from it.

use std::collections::BTreeMap;

use domain::CaseId;

use crate::engine::values;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{BookingKind, Error, Result};

/// Others of one booking that are looked at; a case with so many may have more.
pub const RIVALS_AT_MOST: usize = 50;

statements! { Tenant "rivals";
    /// What these cases ask for and do not have for good. A page of cases has few.
    OWN = "select case_id, room, from_at, to_at from booking where tenant = $1 and kind <> 'firm' and case_id in (\
        /*sqlite: select value from json_each($2) */\
        /*postgres: select found from json_array_elements_text(cast(cast($2 as text) as json)) as found */) \
        order by case_id, id limit 500";
    /// Other cases in these rooms at this time: over the index of room and end, so that only what is not over counts.
    OTHERS = "select case_id, kind from booking where tenant = $1 and room in (\
        /*sqlite: select value from json_each($2) */\
        /*postgres: select found from json_array_elements_text(cast(cast($2 as text) as json)) as found */) \
        and to_at > $3 and from_at < $4 and case_id <> $5 order by created_at, id limit 50";
}

/// Another case at the same time, in the same room, in what contains it or in a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rival {
    pub case: CaseId,
    /// Is the room the other's for good?
    pub firm: bool,
}

impl TenantTx<'_> {
    /// For each of these cases that has one: the others, the earliest first, of each booking [`RIVALS_AT_MOST`]. A case
    /// whose room is its own for good has no rivals.
    pub fn rivals(&self, cases: &[&CaseId]) -> Result<BTreeMap<CaseId, Vec<Rival>>> {
        let mut out: BTreeMap<CaseId, Vec<Rival>> = BTreeMap::new();
        let ids: Vec<&str> = cases.iter().map(|id| id.as_str()).collect();
        // Which rooms exclude each other, as JSON.
        let mut families: BTreeMap<String, String> = BTreeMap::new();
        for own in self.rows(&OWN, values![serde_json::to_string(&ids)?])? {
            let (case, room) = (CaseId::from(own.text(0)?), own.text(1)?);
            if !families.contains_key(room) {
                let members = self.family(room)?.map(|f| f.members).unwrap_or_default();
                families.insert(room.to_owned(), serde_json::to_string(&members)?);
            }
            let Some(family) = families.get(room) else { continue };
            let params = values![family.as_str(), own.time(2)?, own.time(3)?, case.as_str()];
            for row in self.rows(&OTHERS, params)? {
                let kind = BookingKind::parse(row.text(1)?).ok_or(Error::Missing("kind"))?;
                let rival = Rival {
                    case: CaseId::from(row.text(0)?),
                    firm: kind == BookingKind::Firm,
                };
                let of = out.entry(case.clone()).or_default();
                match of.iter_mut().find(|r| r.case == rival.case) {
                    Some(known) => known.firm |= rival.firm,
                    None => of.push(rival),
                }
            }
        }
        Ok(out)
    }
}
