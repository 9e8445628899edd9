//! How numbers, days and times are written for people. German typography; no words beyond weekdays.

use jiff::Timestamp;
use jiff::civil::Date;

const WEEKDAYS: [&str; 7] = [
    "Montag",
    "Dienstag",
    "Mittwoch",
    "Donnerstag",
    "Freitag",
    "Samstag",
    "Sonntag",
];
const WEEKDAYS_EN: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// `7500` → `75,00 €` with a no-break space.
pub fn euro(cents: i64) -> String {
    let sign = if cents < 0 { "−" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{},{:02}\u{a0}€", thousands(cents / 100), cents % 100)
}

/// `1234567` → `1.234.567`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('.');
        }
        out.push(c);
    }
    out
}

/// `24.11.2026`
pub fn date(d: Date) -> String {
    format!("{:02}.{:02}.{:04}", d.day(), d.month(), d.year())
}

/// `Samstag, 09.01.2027`
pub fn long_date(d: Date, lang: schema::Lang) -> String {
    let i = d.weekday().to_monday_zero_offset() as usize;
    let name = match lang {
        schema::Lang::De => WEEKDAYS[i],
        schema::Lang::En => WEEKDAYS_EN[i],
    };
    format!("{name}, {}", date(d))
}

/// `Sa 09.01.2027`
pub fn short_date(d: Date) -> String {
    format!(
        "{} {}",
        &WEEKDAYS[d.weekday().to_monday_zero_offset() as usize][..2],
        date(d)
    )
}

/// `24.11.2026, 22:39 Uhr` in German local time.
pub fn moment(t: Timestamp) -> String {
    let z = domain::berlin(t);
    format!("{}, {:02}:{:02}\u{a0}Uhr", date(z.date()), z.hour(), z.minute())
}

/// `22:39`
pub fn clock(t: Timestamp) -> String {
    let z = domain::berlin(t);
    format!("{:02}:{:02}", z.hour(), z.minute())
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
    }

    #[test]
    fn local_time_follows_both_clock_changes() {
        let winter: Timestamp = "2026-11-24T21:39:05Z".parse().expect("time");
        assert_eq!(iso(winter), "2026-11-24T22:39:05+01:00");
        let summer: Timestamp = "2027-06-01T21:39:05Z".parse().expect("time");
        assert_eq!(iso(summer), "2027-06-01T23:39:05+02:00");
    }
}
