//! How the cockpit writes numbers: what is fewer than five, what is hidden beside it, days, months.

use domain::counted::Middle;
use domain::discreet::Shown;

use crate::format::thousands;

/// `1.234`
pub fn number(n: i64) -> String {
    let text = thousands(n.unsigned_abs());
    if n < 0 { format!("−{text}") } else { text }
}

pub fn shown(n: Shown) -> String {
    match n {
        Shown::Count(n) => number(n),
        Shown::Few => "unter\u{a0}5".to_owned(),
        Shown::Hidden => "verdeckt".to_owned(),
    }
}

/// `3`, `31 bis 45`, `über 365`; empty where nothing may be told.
pub fn days(middle: Option<Middle>) -> String {
    match middle {
        None => "–".to_owned(),
        Some(Middle { from, to: Some(to) }) if from == to => from.to_string(),
        Some(Middle { from, to: Some(to) }) => format!("{from} bis {to}"),
        Some(Middle { to: None, .. }) => "über 365".to_owned(),
    }
}

/// `3 Tage`, `1 Tag`, `am selben Tag`.
pub fn days_long(middle: Option<Middle>) -> String {
    match middle {
        Some(Middle { to: Some(0), .. }) => "selber Tag".to_owned(),
        Some(Middle { from: 1, to: Some(1) }) => "1 Tag".to_owned(),
        None => "–".to_owned(),
        some => format!("{} Tage", days(some)),
    }
}

/// From 1.
pub fn month(n: usize) -> &'static str {
    schema::show::format::month(i8::try_from(n).unwrap_or_default(), schema::Lang::De)
}

/// `Jan`
pub fn short_month(n: usize) -> String {
    month(n).chars().take(3).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_as_far_as_they_are_known() {
        let of = |from, to| Some(Middle { from, to });
        assert_eq!(days_long(of(0, Some(0))), "selber Tag");
        assert_eq!(days_long(of(1, Some(1))), "1 Tag");
        assert_eq!(days_long(of(3, Some(3))), "3 Tage");
        assert_eq!(days_long(of(31, Some(45))), "31 bis 45 Tage");
        assert_eq!((days(None).as_str(), days(of(366, None)).as_str()), ("–", "über 365"));
        assert_eq!((short_month(3).as_str(), month(13)), ("Mär", ""));
    }
}
