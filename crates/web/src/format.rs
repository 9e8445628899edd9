//! How numbers, days and times are written for people: German for the desk and letters, `…_in` a language for
//! public pages. The words of dates and amounts are in `schema::show::format`.

use domain::Channel;
use jiff::Timestamp;
use jiff::civil::Date;
use schema::Lang;

/// `7500` → `75,00 €` with a no-break space.
pub fn euro(cents: i64) -> String {
    euro_in(cents, Lang::De)
}

/// `75,00 €`, English `€75.00`.
pub fn euro_in(cents: i64, lang: Lang) -> String {
    schema::show::format::money(cents, lang)
}

/// `1234567` → `1.234.567`.
pub fn thousands(n: u64) -> String {
    schema::show::format::number(i64::try_from(n).unwrap_or(i64::MAX), Lang::De)
}

/// Name of a weekday, Monday 0.
pub fn weekday(index: usize, lang: Lang) -> String {
    schema::show::format::weekday(index, lang)
}

/// `24.11.2026`
pub fn date(d: Date) -> String {
    date_in(d, Lang::De)
}

/// `24.11.2026`, English `24 November 2026`.
pub fn date_in(d: Date, lang: Lang) -> String {
    schema::show::format::date(d, lang)
}

/// `Samstag, 09.01.2027`, English `Saturday, 9 January 2027`.
pub fn long_date(d: Date, lang: Lang) -> String {
    schema::show::format::long_date(d, lang)
}

/// `Sa 09.01.2027`
pub fn short_date(d: Date) -> String {
    schema::show::format::short_date(d, Lang::De)
}

/// `24.11.2026, 22:39 Uhr` in German local time.
pub fn moment(t: Timestamp) -> String {
    let z = domain::berlin(t);
    format!("{}, {:02}:{:02}\u{a0}Uhr", date(z.date()), z.hour(), z.minute())
}

/// The same in a language: English `24 November 2026, 22:39`.
pub fn moment_in(t: Timestamp, lang: Lang) -> String {
    match lang {
        Lang::De | Lang::Leicht => moment(t),
        Lang::En => format!("{}, {}", date_in(domain::date_of(t), lang), clock(t)),
    }
}

/// When an application came: of one that a clerk typed in only the day is known.
pub fn received_in(channel: Channel, at: Timestamp, lang: Lang) -> String {
    match channel.by_hand() {
        true => date_in(domain::date_of(at), lang),
        false => moment_in(at, lang),
    }
}

/// `Dienstag, 24.11.2026, 22:39 Uhr`, English `Tuesday, 24 November 2026, 22:39`: where people plan.
pub fn long_moment(t: Timestamp, lang: Lang) -> String {
    let clock = schema::show::format::clock(&clock(t), lang);
    format!("{}, {clock}", long_date(domain::date_of(t), lang))
}

/// `22:39`
pub fn clock(t: Timestamp) -> String {
    hour(domain::berlin(t).time())
}

/// `22:39`
pub fn hour(time: jiff::civil::Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// RFC 3339 with the German offset: `2026-11-24T22:39:05+01:00`.
pub fn iso(t: Timestamp) -> String {
    let z = domain::berlin(t);
    let total = z.offset().seconds();
    let sign = if total < 0 { '-' } else { '+' };
    format!(
        "{}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
        z.date(),
        z.hour(),
        z.minute(),
        z.second(),
        total.abs() / 3600,
        total.abs() % 3600 / 60
    )
}

/// `84 KB`, `1,2 MB`
pub fn size(bytes: u64) -> String {
    if bytes < 1_000_000 {
        format!("{}\u{a0}KB", bytes.div_ceil(1000))
    } else {
        format!("{},{}\u{a0}MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
    }
}

/// The same in a language: English `1.2 MB`.
pub fn size_in(bytes: u64, lang: Lang) -> String {
    match lang {
        Lang::De | Lang::Leicht => size(bytes),
        Lang::En => size(bytes).replace(',', "."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_money_days_and_sizes_as_people_read_them() {
        assert_eq!(euro(7500), "75,00\u{a0}€");
        assert_eq!(euro(123_456_789), "1.234.567,89\u{a0}€");
        assert_eq!(euro(-5), "−0,05\u{a0}€");
        let d = jiff::civil::date(2027, 1, 9);
        assert_eq!(long_date(d, schema::Lang::De), "Samstag, 09.01.2027");
        assert_eq!(short_date(d), "Sa 09.01.2027");
        assert_eq!(size(84_000), "84\u{a0}KB");
        assert_eq!(size(1_250_000), "1,2\u{a0}MB");
        assert_eq!(long_date(d, Lang::En), "Saturday, 9 January 2027");
        assert_eq!(date_in(d, Lang::En), "9 January 2027");
        assert_eq!(euro_in(7500, Lang::En), "€75.00");
        assert_eq!(size_in(1_250_000, Lang::En), "1.2\u{a0}MB");
        let t: Timestamp = "2026-11-24T21:39:05Z".parse().expect("time");
        assert_eq!(moment_in(t, Lang::De), "24.11.2026, 22:39\u{a0}Uhr");
        assert_eq!(moment_in(t, Lang::En), "24 November 2026, 22:39");
    }

    #[test]
    fn local_time_follows_both_clock_changes() {
        let winter: Timestamp = "2026-11-24T21:39:05Z".parse().expect("time");
        assert_eq!(iso(winter), "2026-11-24T22:39:05+01:00");
        let summer: Timestamp = "2027-06-01T21:39:05Z".parse().expect("time");
        assert_eq!(iso(summer), "2027-06-01T23:39:05+02:00");
    }
}
