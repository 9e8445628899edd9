//! How a list's words vary by the act of the service: a hall by contract is promised, one under a fee statute is
//! permitted, a notice is confirmed. The same as `domain::letter::act_word`, without opening each case.

use std::collections::BTreeSet;

use domain::{CALLED_OFF, State};
use schema::{Act, Lang};
use store::{CaseRow, Error, TenantTx};

use crate::state::App;

/// What lists need to know of an authority's rooms.
pub struct Acts {
    /// Rooms that are let by administrative act.
    under_statute: BTreeSet<String>,
}

impl Acts {
    pub fn read(t: &TenantTx<'_>) -> Result<Acts, Error> {
        let rooms = t.rooms(None)?.into_iter().map(|r| r.room);
        Ok(Acts {
            under_statute: rooms.filter(|r| r.statute).map(|r| r.id).collect(),
        })
    }

    /// `contract`, `notice` or `permit`.
    pub fn of(&self, t: &TenantTx<'_>, row: &CaseRow) -> Result<&'static str, Error> {
        Ok(match row.act {
            Act::Notice => "notice",
            Act::Application => "permit",
            // Only then a booking is looked up: few authorities let by statute.
            Act::Contract if row.state == State::Approved && !self.under_statute.is_empty() => {
                let booked = t.bookings_of(&row.id)?;
                match booked.iter().any(|b| self.under_statute.contains(&b.room)) {
                    true => "permit",
                    false => "contract",
                }
            }
            Act::Contract => "contract",
        })
    }

    pub fn of_rows(&self, t: &TenantTx<'_>, rows: &[CaseRow]) -> Result<Vec<&'static str>, Error> {
        rows.iter().map(|row| self.of(t, row)).collect()
    }
}

/// `Zugesagt`: a state as the desk says it of such a case.
pub fn state(app: &App, act: &str, row: &CaseRow) -> String {
    let key = if row.called_off { CALLED_OFF } else { row.state.as_str() };
    app.texts.of_act(Lang::De, "desk_state", act, key)
}
