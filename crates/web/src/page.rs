//! Rendering: one door from a context to a page. Holds the template environment, the product's own
//! words (`texts/ui.*.toml`) and the frame (`ui`) that every layout needs. No business here.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior};
use schema::{FileMap, Lang, leicht};
use serde::Serialize;

/// The product's own words per language: dotted key → text.
#[derive(Debug, Default, Clone)]
pub struct UiTexts(pub BTreeMap<&'static str, BTreeMap<String, String>>);

impl UiTexts {
    /// Reads `texts/ui.*.toml`. What lacks in Leichte Sprache is there in German.
    pub fn load(files: &FileMap) -> Result<Self, String> {
        let mut all = BTreeMap::new();
        // German first, as listed.
        for lang in Lang::ALL {
            let path = format!("texts/ui.{}.toml", lang.code());
            let bytes = files.get(&path).ok_or_else(|| format!("{path} fehlt."))?;
            let text = std::str::from_utf8(bytes).map_err(|e| format!("{path}: {e}"))?;
            let table: toml::Table = toml::from_str(text).map_err(|e| format!("{path}: {e}"))?;
            let mut flat = BTreeMap::new();
            flatten("", &table, &mut flat);
            if lang == Lang::Leicht {
                flat.values_mut().for_each(|text| *text = leicht::mark(text));
                let german: BTreeMap<String, String> = all.get(Lang::De.code()).cloned().unwrap_or_default();
                flat = german.into_iter().chain(flat).collect();
            }
            all.insert(lang.code(), flat);
        }
        Ok(UiTexts(all))
    }

    pub fn get(&self, lang: &str, key: &str) -> Option<&str> {
        self.0.get(lang).and_then(|m| m.get(key)).map(String::as_str)
    }

    /// The text, or the key itself where it is missing: a page never fails over a word.
    pub fn text(&self, lang: Lang, key: &str) -> String {
        self.get(lang.code(), key).unwrap_or(key).to_owned()
    }

    /// The text with its placeholders filled.
    pub fn fill(&self, lang: Lang, key: &str, with: &[(&str, &str)]) -> String {
        let mut text = self.text(lang, key);
        for (name, value) in with {
            text = put(&text, name, value, lang);
        }
        text
    }

    /// The text of `table`, as this act words it (`state_contract.approved`), else as all do (`state.approved`).
    pub fn of_act(&self, lang: Lang, table: &str, act: &str, key: &str) -> String {
        match self.get(lang.code(), &format!("{table}_{act}.{key}")) {
            Some(own) => own.to_owned(),
            None => self.text(lang, &format!("{table}.{key}")),
        }
    }
}

/// One placeholder filled; an authority's name brings its article where the text asks for it.
fn put(text: &str, name: &str, value: &str, lang: Lang) -> String {
    match name {
        "authority" => schema::fill_authority(text, value, lang),
        _ => text.replace(&format!("{{{name}}}"), value),
    }
}

fn flatten(prefix: &str, table: &toml::Table, out: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let path = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            toml::Value::Table(t) => flatten(&path, t, out),
            toml::Value::String(s) => {
                out.insert(path, schema::typography::no_break(s));
            }
            _ => {}
        }
    }
}

/// Builds the environment over all `templates/**/*.html` of the file map.
pub fn environment(files: &FileMap, texts: &UiTexts) -> Result<Environment<'static>, String> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    // Errors name the place only, in debug builds too: the variables beside it are what people wrote.
    env.set_debug(false);
    env.set_fuel(Some(5_000_000));
    env.set_auto_escape_callback(|name| {
        if name.ends_with(".html") {
            minijinja::AutoEscape::Html
        } else {
            minijinja::AutoEscape::None
        }
    });
    let texts = Arc::new(texts.clone());
    env.add_function(
        "t",
        move |state: &State, key: String, kwargs: Kwargs| -> Result<String, Error> {
            let lang = language(state);
            let mut text = texts
                .get(&lang, &key)
                .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("missing text {key} ({lang})")))?
                .to_owned();
            for name in kwargs.args() {
                let value: minijinja::Value = kwargs.get(name)?;
                let lang = Lang::of(&lang).unwrap_or_default();
                text = put(&text, name, &value.to_string(), lang);
            }
            Ok(text)
        },
    );
    env.add_filter("euro", |state: &State, cents: i64| {
        crate::format::euro_in(cents, Lang::of(&language(state)).unwrap_or_default())
    });
    env.add_filter("soft", |text: String| soft(&text));
    for (path, bytes) in files {
        let Some(name) = path.strip_prefix("templates/") else {
            continue;
        };
        if !name.ends_with(".html") {
            continue;
        }
        let source = String::from_utf8(bytes.clone()).map_err(|e| format!("{path}: {e}"))?;
        env.add_template_owned(name.to_owned(), source)
            .map_err(|e| format!("{path}: {e}"))?;
    }
    Ok(env)
}

/// Long words with the places where they may part on a narrow screen.
fn soft(text: &str) -> String {
    const LONG: [(&str, &str); 3] = [
        ("Verwaltungsgemeinschaft", "Verwaltungs\u{ad}gemeinschaft"),
        ("Landesverwaltungsamt", "Landes\u{ad}verwaltungsamt"),
        ("Verwaltungskostengesetz", "Verwaltungs\u{ad}kosten\u{ad}gesetz"),
    ];
    let parted = |text: String, (whole, parts): &(&str, &str)| text.replace(whole, parts);
    LONG.iter().fold(text.to_owned(), parted)
}

/// Code of the page's language; German where a page names none.
fn language(state: &State) -> String {
    state
        .lookup("ui")
        .and_then(|ui| ui.get_attr("lang").ok())
        .and_then(|l| l.as_str().map(str::to_owned))
        .unwrap_or_else(|| "de".to_owned())
}

/// The frame of a page.
#[derive(Debug, Clone, Serialize)]
pub struct Ui {
    pub lang: &'static str,
    /// The same for browsers and readers.
    pub tag: &'static str,
    /// Leichte Sprache: large, a sentence a line, with pictures.
    pub easy: bool,
    /// What stands between two sentences.
    pub gap: &'static str,
    pub demo: bool,
    pub build: &'static str,
    pub official: bool,
    pub host_label: String,
    pub brand_href: String,
    pub brand_name: String,
    pub brand_sub: String,
    /// `"product"`, an image address, or empty for the placeholder shield.
    pub crest: String,
    /// Prefix of help, privacy, imprint …: `""` or `/nobitz`.
    pub base: String,
    pub help_href: String,
    /// The page in the other languages.
    pub languages: Vec<Language>,
    pub plain_footer: bool,
    /// The form is being filled in by a clerk for somebody else: sentences that say so.
    pub by_hand: Option<Vec<String>>,
}

/// The same page in another language.
#[derive(Debug, Clone, Serialize)]
pub struct Language {
    code: &'static str,
    pub tag: &'static str,
    pub name: &'static str,
    pub easy: bool,
    pub href: String,
}

impl Ui {
    /// Puts the page into a language.
    pub fn speak(&mut self, lang: Lang) {
        (self.lang, self.tag, self.gap) = (lang.code(), lang.tag(), lang.gap());
        self.easy = lang == Lang::Leicht;
    }

    /// The other languages at this address: where the page's own is in no link.
    pub fn other_languages_at(&mut self, path: &str) {
        for l in &mut self.languages {
            l.href = format!("{path}?sprache={}", l.code);
        }
    }
}

/// Links to a page in all languages but its own.
pub fn languages(own: Lang, href: impl Fn(Lang) -> String) -> Vec<Language> {
    let others = Lang::ALL.into_iter().filter(|l| *l != own);
    others
        .map(|l| Language {
            code: l.code(),
            tag: l.tag(),
            name: l.name(),
            easy: l == Lang::Leicht,
            href: href(l),
        })
        .collect()
}

/// A rendered page with its status.
pub fn html(status: StatusCode, body: String) -> Response {
    let mut response = (status, Html(body)).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Sections of the pages about the offer (`texts/info.*.toml`).
#[derive(Debug, Default, Clone)]
pub struct InfoTexts(BTreeMap<&'static str, BTreeMap<String, Vec<InfoSection>>>);

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InfoSection {
    pub title: String,
    pub text: Vec<String>,
    pub link: Option<String>,
    #[serde(default)]
    pub link_text: String,
}

impl InfoTexts {
    pub fn load(files: &FileMap) -> Result<Self, String> {
        let mut all = BTreeMap::new();
        for lang in Lang::ALL {
            let path = format!("texts/info.{}.toml", lang.code());
            let bytes = files.get(&path).ok_or_else(|| format!("{path} fehlt."))?;
            let text = std::str::from_utf8(bytes).map_err(|e| format!("{path}: {e}"))?;
            let mut pages: BTreeMap<String, Vec<InfoSection>> =
                toml::from_str(text).map_err(|e| format!("{path}: {e}"))?;
            if lang == Lang::Leicht {
                easy(&mut pages, all.get(Lang::De.code()));
            }
            all.insert(lang.code(), pages);
        }
        Ok(InfoTexts(all))
    }

    pub fn sections(&self, lang: Lang, page: &str) -> &[InfoSection] {
        self.0
            .get(lang.code())
            .and_then(|pages| pages.get(page))
            .map_or(&[], Vec::as_slice)
    }
}

/// Marks the texts, and lets German sections stand in for those that lack.
fn easy(pages: &mut BTreeMap<String, Vec<InfoSection>>, german: Option<&BTreeMap<String, Vec<InfoSection>>>) {
    for section in pages.values_mut().flatten() {
        let texts = [&mut section.title, &mut section.link_text].into_iter();
        texts
            .chain(&mut section.text)
            .for_each(|text| *text = leicht::mark(&schema::typography::no_break(text)));
    }
    for (page, sections) in german.into_iter().flatten() {
        let own = pages.entry(page.clone()).or_default();
        own.extend(sections.iter().skip(own.len()).cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_part_where_people_would_part_them() {
        assert_eq!(
            soft("Thüringer Verwaltungskostengesetz"),
            "Thüringer Verwaltungs\u{ad}kosten\u{ad}gesetz"
        );
    }

    /// Debug builds would print the variables beside a template's error: what people wrote.
    #[test]
    fn an_error_says_where_never_with_what() {
        let files: FileMap = [(
            "templates/broken.html".to_owned(),
            b"{% set name = applicant %}{{ name.first.second.third }}".to_vec(),
        )]
        .into_iter()
        .collect();
        let env = environment(&files, &UiTexts::default()).expect("templates");
        let template = env.get_template("broken.html").expect("the template");
        let error = template
            .render(minijinja::context! { applicant => "Kanarienvogel" })
            .expect_err("an error");
        assert!(!format!("{error:#} {error:?}").contains("Kanarienvogel"), "{error:#}");
    }
}
