//! What a handler needs to know of the request beside its own input: language, path, address, cookies.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use schema::Lang;

use crate::state::App;

/// Cookie of the language.
pub const LANG_COOKIE: &str = "sprache";

#[derive(Debug, Clone)]
pub struct Req {
    pub lang: Lang,
    /// Path without query.
    pub path: String,
    pub query: String,
    pub address: IpAddr,
    pub headers: HeaderMap,
    /// Pages come by https, so cookies have a prefix of their name.
    pub secure: bool,
}

/// Prefixes by which a browser keeps a cookie from being set over plain http, or (`__Host-`) by another host of the same
/// domain.
const HOST: &str = "__Host-";
const SECURE: &str = "__Secure-";

/// A cookie's name on the way, for the path it is kept for.
fn on_the_way(name: &str, path: &str, secure: bool) -> String {
    match (secure, path) {
        (false, _) => name.to_owned(),
        (true, "/") => format!("{HOST}{name}"),
        (true, _) => format!("{SECURE}{name}"),
    }
}

impl Req {
    pub fn cookie(&self, name: &str) -> Option<&str> {
        // The bare name may come from anywhere, and counts only where there is no https.
        let is = |key: &str| match self.secure {
            true => [HOST, SECURE].iter().any(|p| key.strip_prefix(p) == Some(name)),
            false => key == name,
        };
        self.headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| is(key))
            .map(|(_, value)| value)
    }

    /// Value of a query parameter, percent-decoded.
    pub fn param(&self, name: &str) -> Option<String> {
        form_pairs(self.query.as_bytes())
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// The same address with another language.
    pub fn in_language(&self, lang: Lang) -> String {
        let rest: Vec<String> = self
            .query
            .split('&')
            .filter(|p| !p.is_empty() && !p.starts_with("sprache="))
            .map(str::to_owned)
            .chain([format!("sprache={}", lang.code())])
            .collect();
        format!("{}?{}", self.path, rest.join("&"))
    }
}

/// Lines of a field end as they count there: a browser sends two characters for each end.
pub fn plain_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// `a=1&b=2` → pairs, decoded, lines as they count in the field.
pub fn form_pairs(bytes: &[u8]) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(bytes).unwrap_or_default();
    // Nobody types one, and PostgreSQL keeps none.
    for text in pairs.iter_mut().flat_map(|(name, value)| [name, value]) {
        text.retain(|c| c != '\0');
        if text.contains("\r\n") {
            *text = plain_lines(text);
        }
    }
    pairs
}

pub fn lang_of(code: &str) -> Option<Lang> {
    Lang::of(code)
}

impl FromRequestParts<App> for Req {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let address = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |c| c.0.ip());
        // Nested routers keep the original address in the extensions.
        let uri = parts
            .extensions
            .get::<axum::extract::OriginalUri>()
            .map_or(&parts.uri, |o| &o.0);
        let mut req = Req {
            lang: Lang::De,
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            address,
            headers: parts.headers.clone(),
            secure: app.config.secure_cookies,
        };
        req.lang = req
            .param("sprache")
            .as_deref()
            .or_else(|| req.cookie(LANG_COOKIE))
            .and_then(lang_of)
            .unwrap_or_default();
        Ok(req)
    }
}

/// Adds a cookie that scripts cannot read. `max_age` in seconds; 0 deletes it.
pub fn set_cookie(response: &mut Response, name: &str, value: &str, path: &str, max_age: i64, secure: bool) {
    let name = on_the_way(name, path, secure);
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path={path}; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_with_one_character_as_in_its_field() {
        let pairs = form_pairs(b"text=eins%0D%0Azwei%00");
        assert_eq!(pairs, [("text".to_owned(), "eins\nzwei".to_owned())]);
    }

    #[test]
    fn a_cookie_is_for_this_site_and_for_no_script() {
        let told = |secure: bool| {
            let mut response = Response::default();
            set_cookie(&mut response, "sitzung", "tok", "/amt", 60, secure);
            let value = response.headers().get(SET_COOKIE).and_then(|v| v.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let plain = "sitzung=tok; Path=/amt; Max-Age=60; HttpOnly; SameSite=Lax";
        assert_eq!(told(false), plain);
        assert_eq!(told(true), format!("__Secure-{plain}; Secure"));
    }

    fn req(query: &str, cookie: &str) -> Req {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(cookie).expect("header"));
        Req {
            lang: Lang::De,
            path: "/nobitz".into(),
            query: query.into(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            headers,
            secure: false,
        }
    }

    #[test]
    fn cookies_and_parameters_are_found_by_their_whole_name() {
        let r = req("q=Sankt+G%C3%A4n&x=1", "a=1; entwurf=tok; b=2");
        assert_eq!(r.cookie("entwurf"), Some("tok"));
        assert_eq!(r.cookie("wurf"), None);
        assert_eq!(r.param("q").as_deref(), Some("Sankt Gän"));
        // Nor is the one taken for the other.
        assert_eq!((r.cookie("q"), r.param("entwurf")), (None, None));
    }

    /// Over https a cookie of the bare name may have been set by whoever answers for another host of the domain, or by
    /// plain http: it must not stand in for ours.
    #[test]
    fn behind_https_only_names_with_a_prefix_count() {
        let mut response = Response::default();
        set_cookie(&mut response, "sitzung", "tok", "/", 60, true);
        let set = response
            .headers()
            .get(SET_COOKIE)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default();
        assert_eq!(
            set,
            "__Host-sitzung=tok; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        let secure = |cookie: &str| Req {
            secure: true,
            ..req("", cookie)
        };
        assert_eq!(
            secure("sitzung=fremd; __Host-sitzung=tok").cookie("sitzung"),
            Some("tok")
        );
        assert_eq!(secure("__Secure-entwurf=tok").cookie("entwurf"), Some("tok"));
        assert_eq!(secure("sitzung=fremd").cookie("sitzung"), None);
    }

    #[test]
    fn changing_the_language_keeps_the_rest_of_the_address() {
        let r = req("q=Nob&sprache=de", "");
        assert_eq!(r.in_language(Lang::En), "/nobitz?q=Nob&sprache=en");
    }
}
