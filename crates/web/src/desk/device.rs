//! What a browser says it is, in the few words by which its owner knows it again. Shown to nobody else and trusted for
//! nothing.

use axum::http::header::USER_AGENT;
use schema::Lang;

use crate::req::Req;

/// By the first that fits: most browsers name others too.
const BROWSERS: [(&str, &str); 6] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 6] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// `Firefox unter Windows`
pub(crate) fn of(req: &Req) -> String {
    let agent = req.headers.get(USER_AGENT).and_then(|v| v.to_str().ok());
    name(agent.unwrap_or_default())
}

/// What `of` says, in the language of a page.
pub(crate) fn in_language(device: &str, lang: Lang) -> String {
    match lang {
        Lang::De | Lang::Leicht => device.to_owned(),
        Lang::En => device.replace(UNKNOWN, "Unknown device").replace(" unter ", " on "),
    }
}

const UNKNOWN: &str = "Unbekanntes Gerät";

fn name(agent: &str) -> String {
    let find = |list: &[(&str, &'static str)]| list.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, n)| *n);
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} unter {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("Browser unter {system}"),
        (None, None) => UNKNOWN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_browser_is_named_as_people_know_it() {
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Safari/537.36";
        assert_eq!(name(windows), "Chrome unter Windows");
        assert_eq!(name(&format!("{windows} Edg/143.0")), "Edge unter Windows");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1";
        assert_eq!(name(phone), "Safari unter iPhone");
        assert_eq!(
            name("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
            "Firefox unter Linux"
        );
        assert_eq!(name(""), "Unbekanntes Gerät");
        assert_eq!(name("<script>"), "Unbekanntes Gerät");
    }
}
