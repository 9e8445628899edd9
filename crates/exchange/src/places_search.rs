//! Finding places by what people type: names with umlauts written any way and with typing errors,
//! postcodes, names of districts and of municipalities that were merged.

use std::collections::HashMap;

use domain::routing::{AssociationKind, Municipality};

use crate::places::plain_name;
use crate::register_list::Supplement;

/// A place that was found, and by what.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit<'a> {
    pub place: &'a Municipality,
    pub by: By<'a>,
}

/// Why a place was found; the page words it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By<'a> {
    Name,
    /// The name differs by a typing error.
    Similar,
    /// Its town hall has this postcode.
    Postcode,
    /// No town hall has this postcode; those whose own is most like it. The place asked for may be among them.
    NearPostcode,
    /// The name of a municipality that belongs to this one today.
    Former(&'a str),
    /// Lies in this district or Verwaltungsgemeinschaft.
    Member,
}

#[derive(Debug, Default)]
pub(crate) struct Index {
    names: Vec<Name>,
    groups: Vec<Group>,
}

/// A name by which a place is found, in both spellings of umlauts.
#[derive(Debug)]
struct Name {
    keys: [String; 2],
    place: usize,
    /// Set for municipalities that were merged.
    former: Option<String>,
    /// District and association, to tell places of one name apart.
    around: [String; 2],
}

/// A district or Verwaltungsgemeinschaft.
#[derive(Debug)]
struct Group {
    keys: [String; 2],
    places: Vec<usize>,
}

impl Index {
    pub(crate) fn build(places: &[Municipality], supplement: &Supplement, by_ags: &HashMap<String, usize>) -> Index {
        let around = |p: &Municipality| both(&format!("{} {}", p.district.name, p.association.name));
        let mut names: Vec<Name> = Vec::new();
        let mut groups: HashMap<&str, Group> = HashMap::new();
        for (place, p) in places.iter().enumerate() {
            names.push(Name {
                keys: both(&p.name),
                place,
                former: None,
                around: around(p),
            });
            let mut join = |key: &'_ str, name: &str| -> Option<()> {
                let id = places[place].district.key.as_str();
                let id = if key == id {
                    id
                } else {
                    places[place].association.code.as_str()
                };
                let group = groups.entry(id).or_insert_with(|| Group {
                    keys: both(name),
                    places: Vec::new(),
                });
                group.places.push(place);
                Some(())
            };
            if !p.is_district_free() {
                join(&p.district.key, plain_name(&p.district.name));
            }
            if p.association.kind == AssociationKind::Community {
                join(&p.association.code, &p.association.name);
            }
        }
        for old in supplement.successors.values() {
            // A name that lives on is found as itself.
            if let Some(place) = by_ags.get(&old.successor).filter(|i| places[**i].name != old.name) {
                let around = around(&places[*place]);
                names.push(Name {
                    keys: both(&old.name),
                    place: *place,
                    former: Some(old.name.clone()),
                    around,
                });
            }
        }
        let mut groups: Vec<Group> = groups.into_values().collect();
        groups.sort_by(|a, b| a.keys.cmp(&b.keys));
        Index { names, groups }
    }

    pub(crate) fn search<'a>(&'a self, places: &'a [Municipality], query: &str, limit: usize) -> Vec<Hit<'a>> {
        let (digits, text) = split(query);
        let mut found: Vec<(u32, usize, By<'a>)> = Vec::new();
        if !text.is_empty() {
            let asked = both(&text);
            for name in &self.names {
                if let Some(rank) = rank(&asked, name) {
                    let similar = if rank >= TYPO { By::Similar } else { By::Name };
                    let (by, later) = match &name.former {
                        Some(old) => (By::Former(old), 1),
                        None => (similar, 0),
                    };
                    // A place whose postcode was typed too comes first among those of its name.
                    let other_code = u32::from(!digits.is_empty() && !places[name.place].postcode.starts_with(&digits));
                    found.push((rank * 4 + 2 * other_code + later, name.place, by));
                }
            }
            for group in &self.groups {
                if asked
                    .iter()
                    .zip(&group.keys)
                    .any(|(q, key)| q.len() >= 4 && key.starts_with(q.as_str()))
                {
                    found.extend(group.places.iter().map(|place| (MEMBER * 4, *place, By::Member)));
                }
            }
        }
        // Who typed a name rightly does not want what resembles it.
        if found.iter().any(|(rank, ..)| *rank < INSIDE * 4) {
            found.retain(|(_, _, by)| *by != By::Similar);
        }
        if found.is_empty() && !digits.is_empty() {
            found = by_postcode(places, &digits);
        }
        found.sort_by_key(|(rank, place, _)| (*rank, u64::MAX - places[*place].population, *place));
        let mut seen = std::collections::HashSet::new();
        let first = found.into_iter().filter(|(_, place, _)| seen.insert(*place));
        first
            .take(limit)
            .map(|(_, place, by)| Hit {
                place: &places[place],
                by,
            })
            .collect()
    }
}

/// Ranks, best first; typing errors add their number.
const EXACT: u32 = 0;
const START: u32 = 1;
const WORD: u32 = 2;
const WITH_DISTRICT: u32 = 3;
const INSIDE: u32 = 4;
const TYPO: u32 = 5;
const MEMBER: u32 = 4;

/// Digits that the postcodes of one city share.
const CITY_DIGITS: u32 = 3;

fn rank(asked: &[String; 2], name: &Name) -> Option<u32> {
    let tries = asked.iter().zip(&name.keys).zip(&name.around);
    tries.filter_map(|((q, key), around)| rank_one(q, key, around)).min()
}

fn rank_one(q: &str, key: &str, around: &str) -> Option<u32> {
    if q.is_empty() {
        return None;
    }
    if key == q {
        return Some(EXACT);
    }
    if key.starts_with(q) {
        return Some(START);
    }
    if key.match_indices(' ').any(|(at, _)| key[at + 1..].starts_with(q)) {
        return Some(WORD);
    }
    let mut words = q.split(' ');
    let named = words.next().is_some_and(|first| starts_word(key, first));
    if named && q.contains(' ') && words.all(|w| starts_word(key, w) || starts_word(around, w)) {
        return Some(WITH_DISTRICT);
    }
    if q.len() >= 4 && key.contains(q) {
        return Some(INSIDE);
    }
    let allowed = match q.chars().count() {
        0..=3 => return None,
        4..=5 => 1,
        _ => 2,
    };
    let starts = std::iter::once(0).chain(key.match_indices(' ').map(|(at, _)| at + 1));
    let best = starts.filter_map(|at| distance_to_start(q, &key[at..])).min()?;
    (best <= allowed).then(|| TYPO + best as u32)
}

fn starts_word(text: &str, start: &str) -> bool {
    text.split(' ').any(|word| word.starts_with(start))
}

/// Fewest typing errors (wrong, missing, added or swapped letters) to a beginning of `key`.
fn distance_to_start(q: &str, key: &str) -> Option<usize> {
    let length = q.chars().count();
    let ends = key.char_indices().map(|(at, _)| at).chain([key.len()]);
    let near = ends.enumerate().filter(|(n, _)| n.abs_diff(length) <= 2);
    near.map(|(_, end)| strsim::osa_distance(q, &key[..end])).min()
}

/// Places whose seat has the postcode or its beginning, else those whose own postcode begins most like it, the larger
/// first. A city of its own has many postcodes of one beginning and comes before them.
fn by_postcode<'a>(places: &[Municipality], digits: &str) -> Vec<(u32, usize, By<'a>)> {
    let all = || places.iter().enumerate();
    let exact: Vec<_> = all()
        .filter(|(_, p)| p.postcode.starts_with(digits))
        .map(|(i, _)| (0, i, By::Postcode))
        .collect();
    if !exact.is_empty() {
        return exact;
    }
    let unlike = |p: &Municipality| {
        let same = p.postcode.chars().zip(digits.chars()).take_while(|(a, b)| a == b);
        let same = same.count() as u32;
        let city = p.is_district_free() && same >= CITY_DIGITS;
        if city { 0 } else { 6 - same }
    };
    all().map(|(i, p)| (unlike(p), i, By::NearPostcode)).collect()
}

/// Digits and other words of a query: `04603 Nobitz`. Titles before a name are dropped.
fn split(query: &str) -> (String, String) {
    let query: String = query.chars().take(100).collect();
    let words: Vec<&str> = query.split_whitespace().collect();
    let numeric = |w: &&&str| w.chars().all(|c| c.is_ascii_digit());
    let digits = words
        .iter()
        .find(numeric)
        .map(|w| w.chars().take(5).collect())
        .unwrap_or_default();
    let rest: Vec<&str> = words.iter().filter(|w| !numeric(w)).copied().collect();
    const TITLES: [&str; 7] = [
        "gemeinde",
        "stadt",
        "landkreis",
        "kreis",
        "landratsamt",
        "verwaltungsgemeinschaft",
        "vg",
    ];
    let skip = usize::from(rest.len() > 1 && TITLES.contains(&rest[0].to_lowercase().as_str()));
    (digits, rest[skip..].join(" "))
}

fn both(text: &str) -> [String; 2] {
    [fold(text, true), fold(text, false)]
}

/// Lower case ASCII words: umlauts as `ae` (`long`) or `a`, everything but letters and digits a blank.
pub(crate) fn fold(text: &str, long: bool) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for c in text.chars().flat_map(char::to_lowercase) {
        let folded = match (c, long) {
            ('ä', true) => "ae",
            ('ö', true) => "oe",
            ('ü', true) => "ue",
            ('ß', _) => "ss",
            // A combining diaeresis, as some systems send it.
            ('\u{308}', true) => "e",
            ('\u{308}', false) => "",
            _ => deunicode::deunicode_char(c).unwrap_or(" "),
        };
        for f in folded.chars() {
            if f.is_ascii_alphanumeric() {
                out.push(f.to_ascii_lowercase());
            } else if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        }
    }
    out.truncate(out.trim_end().len());
    out
}
