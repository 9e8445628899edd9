//! Whether a single value has the form that its key asks for, without a look elsewhere.

use super::keys::Ty;
use super::node::{Node, Val};
use super::scalar;

/// Values that need no look elsewhere.
pub(crate) fn is_right(ty: &Ty, value: &Val) -> bool {
    match (ty, value) {
        (Ty::Text, Val::Text(s)) => !s.trim().is_empty(),
        (Ty::Id, Val::Text(s)) => scalar::is_id(s),
        (Ty::Ids, Val::List(list)) => list
            .iter()
            .all(|n| matches!(&n.value, Val::Text(s) if scalar::is_id(s))),
        (Ty::Path, Val::Text(s)) => scalar::is_path(s),
        (Ty::Code, Val::Text(s)) => scalar::is_code(s),
        (Ty::Int(least), Val::Int(n)) => n >= least,
        (Ty::AnyInt | Ty::Bound, Val::Int(_)) | (Ty::Bool, Val::Bool(_)) | (Ty::List, Val::List(_)) => true,
        (Ty::Date, Val::Text(s)) => scalar::date(s).is_some(),
        (Ty::Time, Val::Text(s)) => scalar::is_time(s),
        (Ty::MonthDay, Val::Text(s)) => scalar::month_day(s).is_some(),
        (Ty::Ags, Val::Text(s)) => scalar::is_ags(s),
        (Ty::AgsStarts, Val::List(list)) => {
            !list.is_empty()
                && list
                    .iter()
                    .all(|n| matches!(&n.value, Val::Text(s) if scalar::is_ags_start(s)))
        }
        (Ty::Hours, Val::List(list)) => match list.as_slice() {
            [
                Node {
                    value: Val::Int(from), ..
                },
                Node {
                    value: Val::Int(to), ..
                },
            ] => (0..=24).contains(from) && (0..=24).contains(to) && from < to,
            _ => false,
        },
        (Ty::Retention | Ty::Keep, Val::Text(s)) => scalar::retention(s).is_some(),
        (Ty::Period, Val::Text(s)) => scalar::period(s).is_some(),
        (Ty::DateBound, Val::Text(s)) => scalar::date_bound(s).is_some(),
        (Ty::Url, Val::Text(s)) => s.starts_with("https://"),
        (Ty::Scalar, Val::Text(_) | Val::Int(_) | Val::Bool(_)) => true,
        _ => false,
    }
}
