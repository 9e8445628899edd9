//! Who else wants or has a room at the time that a case asks for. Only the desk is told: with the other case, never
//! with its names, which the caller reads from it.

use std::collections::BTreeMap;

use domain::CaseId;

use crate::engine::values;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{BookingKind, Error, Result};

statements! { Tenant "rivals";
    /// Pairs that overlap in time, of whatever room: which rooms exclude each other is the rooms' tree to say.
    PAIRS = "select own.case_id, own.room, other.case_id, other.room, other.kind from booking own \
        join booking other on other.tenant = own.tenant and other.from_at < own.to_at and other.to_at > own.from_at \
        and other.case_id <> own.case_id \
        where own.tenant = $1 and own.kind <> 'firm' and own.case_id in (\
        /*sqlite: select value from json_each($2) */\
        /*postgres: select found from json_array_elements_text(cast(cast($2 as text) as json)) as found */) \
        order by own.case_id, other.created_at, other.id";
}

/// Another case at the same time, in the same room, in what contains it or in a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rival {
    pub case: CaseId,
    /// Is the room the other's for good?
    pub firm: bool,
}

impl TenantTx<'_> {
    /// For each of these cases that has one: the others, the earliest first. A case whose room is its own for good has
    /// no rivals.
    pub fn rivals(&self, cases: &[&CaseId]) -> Result<BTreeMap<CaseId, Vec<Rival>>> {
        let mut out: BTreeMap<CaseId, Vec<Rival>> = BTreeMap::new();
        let ids: Vec<&str> = cases.iter().map(|id| id.as_str()).collect();
        let mut families = BTreeMap::new();
        for row in self.rows(&PAIRS, values![serde_json::to_string(&ids)?])? {
            let room = row.text(1)?;
            if !families.contains_key(room) {
                families.insert(room.to_owned(), self.family(room)?);
            }
            let same = families.get(room).is_some_and(|f| {
                f.as_ref()
                    .is_some_and(|f| row.text(3).is_ok_and(|r| f.members.contains(r)))
            });
            if !same {
                continue;
            }
            let kind = BookingKind::parse(row.text(4)?).ok_or(Error::Missing("kind"))?;
            let rival = Rival {
                case: CaseId::from(row.text(2)?),
                firm: kind == BookingKind::Firm,
            };
            let of = out.entry(CaseId::from(row.text(0)?)).or_default();
            match of.iter_mut().find(|r| r.case == rival.case) {
                Some(known) => known.firm |= rival.firm,
                None => of.push(rival),
            }
        }
        Ok(out)
    }
}
