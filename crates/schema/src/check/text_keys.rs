//! Which keys of a text file are known, and which known one was meant by a slip.

use std::collections::BTreeSet;

use super::wanted::{ANY, LETTER_PARTS, Wanted};
use crate::diagnostic::distance;
use crate::load::LETTERS;

/// The keys that a text file is compared with.
pub(crate) struct Keys<'a> {
    pub wanted: Vec<Wanted>,
    /// Regimes that a text can vary by.
    pub regimes: Vec<&'a str>,
}

impl Keys<'_> {
    /// What is wanted under `key`, `Some(None)` for the further sentences of letters; nothing if it is unknown.
    pub fn known(&self, key: &str) -> Option<Option<&Wanted>> {
        let find = |key: &str| self.wanted.iter().find(|w| w.key == key);
        if let Some(found) = find(key) {
            return Some(Some(found));
        }
        if let Some((base, last)) = key.rsplit_once('.') {
            let variant = || self.regimes.contains(&last).then(|| find(base)).flatten();
            if let Some(found) = find(&format!("{base}.{ANY}")).or_else(variant) {
                return Some(Some(found));
            }
        }
        self.is_further_sentence(key).then_some(None)
    }

    /// `letter.<kind>.<part>`, also by regime, where `part` is none of the usual parts and no slip of one.
    fn is_further_sentence(&self, key: &str) -> bool {
        let parts: Vec<&str> = key.split('.').collect();
        match parts[..] {
            ["letter", kind, part] => {
                LETTERS.contains(&kind) && LETTER_PARTS.iter().all(|p| distance(part, p).is_none())
            }
            ["letter", kind, part, regime] => {
                self.regimes.contains(&regime) && self.is_further_sentence(&format!("letter.{kind}.{part}"))
            }
            _ => false,
        }
    }

    /// The wanted key that differs from `key` in one part only, and there by a slip; missing ones first.
    pub fn near(&self, key: &str, present: &BTreeSet<String>) -> Option<String> {
        let variants = self
            .wanted
            .iter()
            .flat_map(|w| self.regimes.iter().map(move |r| format!("{}.{r}", w.key)));
        let keys = self.wanted.iter().map(|w| w.key.clone()).chain(variants);
        nearest_slip(key, keys.filter(|k| !k.contains(ANY)), |k| !present.contains(k))
    }

    /// Whether some key is wanted in `table`.
    pub fn wants_in(&self, table: &str) -> bool {
        self.wanted.iter().any(|w| inside(&w.key, table))
    }

    /// The wanted table that was meant by `table`; those without any text yet first.
    pub fn near_table(&self, table: &str, present: &BTreeSet<String>) -> Option<String> {
        let parts: usize = table.split('.').count();
        let head = |key: &str| key.split('.').take(parts).collect::<Vec<_>>().join(".");
        // A text that varies by regime is a table too.
        let variants = self
            .wanted
            .iter()
            .map(|w| &w.key)
            .filter(|k| !self.regimes.is_empty() && k.split('.').count() == parts);
        let tables = self
            .wanted
            .iter()
            .map(|w| &w.key)
            .filter(|k| k.split('.').count() > parts);
        let tables = tables.map(|k| head(k)).chain(variants.cloned());
        nearest_slip(table, tables, |t| {
            !present.contains(t) && !present.iter().any(|key| inside(key, t))
        })
    }
}

/// Whether `key` stands in the table `table`.
pub(crate) fn inside(key: &str, table: &str) -> bool {
    key.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'))
}

/// The candidate that differs from `key` in one part only, and there by a slip; the preferred ones first.
fn nearest_slip(
    key: &str,
    candidates: impl Iterator<Item = String>,
    preferred: impl Fn(&str) -> bool,
) -> Option<String> {
    let slips = candidates.filter_map(|k| Some((slip(key, &k)?, k)));
    let (first, second): (Vec<_>, Vec<_>) = slips.partition(|(_, k)| preferred(k));
    let best = |found: Vec<(usize, String)>| found.into_iter().min_by_key(|(changed, _)| *changed).map(|(_, k)| k);
    best(first).or_else(|| best(second))
}

/// How many letters change, if the keys differ in one part only and that by a slip.
fn slip(key: &str, known: &str) -> Option<usize> {
    let (own, other): (Vec<&str>, Vec<&str>) = (key.split('.').collect(), known.split('.').collect());
    let mut differing = own.iter().zip(&other).filter(|(a, b)| a != b);
    let (a, b) = differing.next()?;
    (own.len() == other.len() && differing.next().is_none()).then(|| distance(a, b))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_in_one_part_only() {
        assert_eq!(
            slip("question.fire.heigth.label", "question.fire.height.label"),
            Some(1)
        );
        assert_eq!(slip("question.fire.smoke.label", "question.fire.height.label"), None);
        assert_eq!(slip("question.fier.heigth.label", "question.fire.height.label"), None);
        assert_eq!(slip("page.place.title", "page.place"), None);
    }
}
