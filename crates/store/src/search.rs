//! Search over sealed data. Each word of a case becomes keyed hashes: its beginnings from three letters on,
//! itself, and itself with any one letter left out. A question hits in the same way, so that one wrong,
//! missing, doubled or swapped letter still finds. Nobody without the key can tell which word a hash is.

use std::collections::BTreeSet;

use domain::Case;

use crate::Result;
use crate::engine::Value;
use crate::sql::statements;
use crate::tenant::TenantTx;

/// Words kept per case, and letters per word: bounds on rows written.
const WORDS: usize = 40;
const LETTERS: usize = 20;

/// Nobody looks for these.
const FILLERS: [&str; 24] = [
    "am", "an", "auf", "aus", "bei", "das", "dem", "den", "der", "des", "die", "ein", "eine", "fuer", "im", "in",
    "ins", "mit", "und", "vom", "von", "zu", "zum", "zur",
];

macro_rules! slots {
    () => {
        "($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, \
         $24, $25)"
    };
}
/// Tokens in one statement; shorter lists repeat their last.
const SLOTS: usize = 24;

statements! { Tenant "search";
    INSERT = "insert into search_token (tenant, case_no, token) values ($1, $2, $3), ($1, $2, $4), ($1, $2, $5), \
        ($1, $2, $6), ($1, $2, $7), ($1, $2, $8), ($1, $2, $9), ($1, $2, $10), ($1, $2, $11), ($1, $2, $12), \
        ($1, $2, $13), ($1, $2, $14), ($1, $2, $15), ($1, $2, $16), ($1, $2, $17), ($1, $2, $18), ($1, $2, $19), \
        ($1, $2, $20), ($1, $2, $21), ($1, $2, $22), ($1, $2, $23), ($1, $2, $24), ($1, $2, $25), ($1, $2, $26) \
        on conflict do nothing";
    DELETE = concat!("delete from search_token where tenant = $1 and case_no = $26 and token in ", slots!());
    FIND = concat!("select distinct case_no from search_token where tenant = $1 and token in ", slots!());
}

/// Lower case, umlauts as two letters, accents off, only letters and digits.
pub(crate) fn fold(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in text.chars().flat_map(char::to_lowercase) {
        let plain = match c {
            'ä' | 'æ' => "ae",
            'ö' | 'ø' | 'œ' => "oe",
            'ü' => "ue",
            'ß' => "ss",
            'á' | 'à' | 'â' | 'ã' | 'å' | 'ă' | 'ą' => "a",
            'é' | 'è' | 'ê' | 'ë' | 'ě' | 'ę' => "e",
            'í' | 'ì' | 'î' | 'ï' => "i",
            'ó' | 'ò' | 'ô' | 'õ' | 'ő' => "o",
            'ú' | 'ù' | 'û' | 'ů' | 'ű' => "u",
            'ç' | 'č' | 'ć' => "c",
            'ł' => "l",
            'ñ' | 'ń' | 'ň' => "n",
            'ř' => "r",
            'š' | 'ś' | 'ș' => "s",
            'ť' | 'ț' => "t",
            'ý' | 'ÿ' => "y",
            'ž' | 'ź' | 'ż' => "z",
            c if c.is_alphanumeric() => {
                push(&mut words, c);
                continue;
            }
            _ => {
                if words.last().is_some_and(|w| !w.is_empty()) {
                    words.push(String::new());
                }
                continue;
            }
        };
        plain.chars().for_each(|c| push(&mut words, c));
    }
    words.retain(|w| w.chars().count() > 1);
    words
}

fn push(words: &mut [String], c: char) {
    if let Some(word) = words.last_mut().filter(|w| w.chars().count() < LETTERS) {
        word.push(c);
    }
}

/// Values of answers that are names of people, clubs or streets.
fn names(value: &serde_json::Value, out: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                match value {
                    serde_json::Value::String(s) if key.ends_with("name") || key == "street" => out.push(s.clone()),
                    other => names(other, out),
                }
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|v| names(v, out)),
        _ => {}
    }
}

/// The words by which a case is found, sorted, each once. What people look for most comes first: where there are too many,
/// the last are left out.
pub(crate) fn words_of(case: &Case) -> BTreeSet<String> {
    let mut texts = vec![
        case.reference.clone(),
        // Also in one piece, as people type it without hyphens.
        case.reference.chars().filter(char::is_ascii_alphanumeric).collect(),
        case.applicant.clone(),
    ];
    if let Some(contact) = case.answers.get("contact") {
        names(contact, &mut texts);
    }
    names(&case.answers, &mut texts);
    texts.extend([case.title.clone(), case.place_name.clone()]);
    let mut words = BTreeSet::new();
    for word in texts.iter().flat_map(|t| fold(t)) {
        if words.len() == WORDS {
            break;
        }
        if !FILLERS.contains(&word.as_str()) {
            words.insert(word);
        }
    }
    words
}

/// Beginnings from three letters on, and the word itself.
fn beginnings(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    (3.min(letters.len())..=letters.len())
        .map(|n| letters[..n].iter().collect())
        .collect()
}

/// The word, and it without any one letter (from four letters on).
fn deletions(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut out = vec![word.to_owned()];
    if letters.len() > 3 {
        for i in 0..letters.len() {
            out.push(
                letters
                    .iter()
                    .enumerate()
                    .filter(|(j, _)| *j != i)
                    .map(|(_, c)| c)
                    .collect(),
            );
        }
    }
    out
}

impl TenantTx<'_> {
    fn token(&self, kind: &[u8], word: &str) -> i64 {
        let mac = self.keys().search.mac(&[kind, word.as_bytes()]);
        mac[..8].iter().fold(0i64, |n, b| (n << 8) | i64::from(*b))
    }

    fn begin_tokens(&self, word: &str) -> Vec<i64> {
        beginnings(word).iter().map(|w| self.token(b"begin", w)).collect()
    }

    fn typo_tokens(&self, word: &str) -> Vec<i64> {
        deletions(word).iter().map(|w| self.token(b"typo", w)).collect()
    }

    fn tokens(&self, words: &BTreeSet<String>) -> Vec<i64> {
        let all: BTreeSet<i64> = words
            .iter()
            .flat_map(|w| [self.begin_tokens(w), self.typo_tokens(w)].concat())
            .collect();
        all.into_iter().collect()
    }

    pub(crate) fn add_tokens(&mut self, case_no: i64, words: &BTreeSet<String>) -> Result<()> {
        for part in self.tokens(words).chunks(SLOTS) {
            let mut params = vec![Value::Int(case_no)];
            params.extend(padded(part));
            self.execute(&INSERT, &params)?;
        }
        Ok(())
    }

    pub(crate) fn remove_tokens(&mut self, case_no: i64, words: &BTreeSet<String>) -> Result<()> {
        for part in self.tokens(words).chunks(SLOTS) {
            let mut params = padded(part);
            params.push(Value::Int(case_no));
            self.execute(&DELETE, &params)?;
        }
        Ok(())
    }

    fn having(&self, tokens: &[i64]) -> Result<BTreeSet<i64>> {
        let mut out = BTreeSet::new();
        for part in tokens.chunks(SLOTS) {
            for row in self.rows(&FIND, &padded(part))? {
                out.insert(row.int(0)?);
            }
        }
        Ok(out)
    }

    /// Cases that have every word (or its beginning); if none has, those that have it with a typing error.
    /// `None`: nothing to search for.
    pub(crate) fn search(&self, q: &str) -> Result<Option<(BTreeSet<i64>, bool)>> {
        let mut words = fold(q);
        if words.iter().any(|w| !FILLERS.contains(&w.as_str())) {
            words.retain(|w| !FILLERS.contains(&w.as_str()));
        }
        if words.is_empty() {
            return Ok(None);
        }
        for fuzzy in [false, true] {
            let mut found: Option<BTreeSet<i64>> = None;
            for word in &words {
                let mut hits = self.having(&[self.token(b"begin", word)])?;
                if fuzzy {
                    hits.extend(self.having(&self.typo_tokens(word))?);
                }
                found = Some(match found {
                    Some(before) => before.intersection(&hits).copied().collect(),
                    None => hits,
                });
            }
            match found {
                Some(found) if !found.is_empty() => return Ok(Some((found, fuzzy))),
                _ => {}
            }
        }
        Ok(Some((BTreeSet::new(), true)))
    }
}

fn padded(tokens: &[i64]) -> Vec<Value> {
    let last = tokens.last().copied().unwrap_or(0);
    (0..SLOTS)
        .map(|i| Value::Int(tokens.get(i).copied().unwrap_or(last)))
        .collect()
}
