//! The written form of single values: ids, dates, times, periods, bounds. Pure functions, no places.

use std::str::FromStr;

use jiff::civil::Date;

use crate::{Bound, DateBound, KeepPeriod, Period};

/// `snake_case`, ASCII, begins with a letter.
pub(crate) fn is_id(s: &str) -> bool {
    s.starts_with(|c: char| c.is_ascii_lowercase())
        && s.chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// One id, or two joined by a dot.
pub(crate) fn is_path(s: &str) -> bool {
    s.split('.').count() <= 2 && s.split('.').all(is_id)
}

/// Middle of a reference.
pub(crate) fn is_code(s: &str) -> bool {
    (2..=10).contains(&s.len()) && s.chars().all(|c| c.is_ascii_uppercase())
}

/// Eight digits.
pub(crate) fn is_ags(s: &str) -> bool {
    s.len() == 8 && is_ags_start(s)
}

/// Two to eight digits: a state, a district, a municipality.
pub(crate) fn is_ags_start(s: &str) -> bool {
    (2..=8).contains(&s.len()) && s.chars().all(|c| c.is_ascii_digit())
}

/// `2027-01-09`
pub(crate) fn date(s: &str) -> Option<Date> {
    (s.len() == 10).then(|| Date::from_str(s).ok()).flatten()
}

/// `00:00` to `24:00`
pub(crate) fn is_time(s: &str) -> bool {
    let Some((hour, minute)) = s.split_once(':') else {
        return false;
    };
    let two = |s: &str| {
        if s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit()) {
            s.parse::<u32>().ok()
        } else {
            None
        }
    };
    match (two(hour), two(minute)) {
        (Some(h), Some(m)) => (h < 24 && m < 60) || (h == 24 && m == 0),
        _ => false,
    }
}

/// `10-03` → month and day; 29 February counts as a day.
pub(crate) fn month_day(s: &str) -> Option<(i8, i8)> {
    let date = date(&format!("2000-{s}"))?;
    Some((date.month(), date.day()))
}

/// `5y`, `6m`, `30d`
pub(crate) fn retention(s: &str) -> Option<KeepPeriod> {
    KeepPeriod::from_str(s).ok()
}

/// `10d`, `3wd`, `2w`, `1m`
pub(crate) fn period(s: &str) -> Option<Period> {
    Period::from_str(s).ok()
}

/// `law.x` and `params.x`; numbers come from the caller.
pub(crate) fn named_bound(s: &str) -> Option<Bound> {
    if let Some(id) = s.strip_prefix("law.") {
        return is_id(id).then(|| Bound::Law(id.to_owned()));
    }
    let id = s.strip_prefix("params.")?;
    is_id(id).then(|| Bound::Param(id.to_owned()))
}

/// `today`, `today+30d`, `today-3d`, `2027-01-01`
pub(crate) fn date_bound(s: &str) -> Option<DateBound> {
    let Some(rest) = s.strip_prefix("today") else {
        return date(s).map(DateBound::Fixed);
    };
    if rest.is_empty() {
        return Some(DateBound::Today(0));
    }
    let days = rest.strip_suffix('d')?;
    let (sign, digits) = match days.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let days: u16 = digits
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| digits.parse().ok())??;
    Some(DateBound::Today(sign * i64::from(days)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_strict() {
        assert!(is_id("forest_distance") && !is_id("Forest") && !is_id("3d") && !is_id("straße"));
        assert!(is_path("fire.height") && is_path("plan") && !is_path("a.b.c") && !is_path("a."));
        assert!(is_code("FEUER") && !is_code("Feuer") && !is_code("F1") && !is_code("ÄFEUER"));
        assert!(is_ags("16077036") && !is_ags("1607703") && !is_ags("1607703x"));
        assert!(is_time("24:00") && is_time("00:00") && !is_time("24:01") && !is_time("9:00") && !is_time("+9:00"));
        assert!(date("2026-02-28").is_some() && date("2026-02-30").is_none() && date("24.11.2026").is_none());
        assert_eq!(month_day("02-29"), Some((2, 29)));
        assert_eq!(month_day("13-01"), None);
        assert_eq!(date_bound("today+30d"), Some(DateBound::Today(30)));
        assert_eq!(date_bound("today-3d"), Some(DateBound::Today(-3)));
        assert_eq!(date_bound("today+d"), None);
        assert_eq!(date_bound("tomorrow"), None);
        assert_eq!(named_bound("law.x"), Some(Bound::Law("x".into())));
        assert_eq!(named_bound("laws.x"), None);
    }
}
