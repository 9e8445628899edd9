//! Who vouches for applicants: the operator's providers, which level of assurance their words stand for, and what they
//! say of somebody as answers of our forms. What an answer of theirs proves: `identity.rs`.

use schema::Assurance;
use serde_json::{Map, Value, json};
use store::Vouched;

use crate::identity::{Proven, Provider};
use crate::state::App;

/// Letters of one thing said at most.
const LETTERS: usize = 120;

/// One of the operator's providers for applicants.
#[derive(Debug, Clone)]
pub struct Voucher {
    /// In addresses: `person`, `organisation`.
    pub id: &'static str,
    /// It vouches for organisations and who may act for them.
    pub organisation: bool,
    pub provider: Provider,
    /// Which level its words (`acr`) stand for. What is not among them stands for none.
    pub levels: Vec<(String, Assurance)>,
    /// What we ask for (`family_name`) and where it stands among what is said (`address.locality`).
    pub claims: Vec<(String, String)>,
}

impl Voucher {
    pub fn name(&self) -> &str {
        self.provider.name()
    }

    /// The surest level that it can vouch for.
    pub fn reaches(&self) -> Assurance {
        self.levels.iter().map(|(_, level)| *level).max().unwrap_or_default()
    }

    /// Its words for a level and all above it; none for a log-in that needs no level.
    pub fn words_from(&self, needed: Assurance) -> Vec<String> {
        let enough = |level: Assurance| needed > Assurance::Basis && level >= needed;
        let words = self.levels.iter().filter(|(_, level)| enough(*level));
        words.map(|(word, _)| word.clone()).collect()
    }

    fn level(&self, acr: Option<&str>) -> Assurance {
        let found = self.levels.iter().find(|(word, _)| Some(word.as_str()) == acr);
        found.map(|(_, level)| *level).unwrap_or_default()
    }

    /// What a log-in there means here.
    pub fn vouched(&self, proven: &Proven) -> Vouched {
        Vouched {
            by: self.id.to_owned(),
            name: self.name().to_owned(),
            who: proven.who.clone(),
            level: self.level(proven.acr.as_deref()),
            said: self.said(&proven.claims),
        }
    }

    /// As answers, by the path of their question. An address for mail that the provider itself does not trust is none.
    fn said(&self, claims: &Map<String, Value>) -> Map<String, Value> {
        let word = |ours: &str| {
            let path = self.claims.iter().find(|(our, _)| our == ours).map(|(_, path)| path)?;
            let found = path
                .split('.')
                .try_fold(None, |at: Option<&Value>, key| match at {
                    None => claims.get(key).map(Some),
                    Some(value) => value.get(key).map(Some),
                })??
                .as_str()?;
            let line = schema::typed::one_line(found);
            (!line.is_empty() && line.chars().count() <= LETTERS).then_some(line)
        };
        let mut said = Map::new();
        let mut say = |path: &str, value: Option<Value>| {
            if let Some(value) = value {
                said.insert(path.to_owned(), value);
            }
        };
        let both = || Some(format!("{} {}", word("given_name")?, word("family_name")?));
        say("contact.name", word("name").or_else(both).map(Value::from));
        let trusted = claims.get("email_verified") != Some(&Value::Bool(false));
        let email = word("email").filter(|_| trusted);
        say(
            "contact.email",
            email.and_then(|e| schema::typed::email(&e)).map(Value::from),
        );
        let address = || {
            let (street, number) = street_and_number(&word("street")?)?;
            let (postcode, town) = (word("postal_code")?, word("town")?);
            let five = postcode.len() == 5 && postcode.bytes().all(|b| b.is_ascii_digit());
            five.then(|| json!({ "street": street, "house_number": number, "postcode": postcode, "town": town }))
        };
        say("contact.address", address());
        if self.organisation {
            say("club.name", word("organisation").map(Value::from));
        }
        said
    }
}

/// `Straße des 17. Juni 135 a` → street and number: the number is the last part that begins with a digit and has no
/// word in it.
fn street_and_number(line: &str) -> Option<(String, String)> {
    let is_number = |tail: &str| {
        let letters = |part: &str| part.chars().filter(|c| c.is_alphabetic()).count();
        tail.starts_with(|c: char| c.is_ascii_digit()) && tail.split(' ').all(|part| letters(part) < 2)
    };
    let at = line.match_indices(' ').find(|(i, _)| is_number(&line[i + 1..]))?.0;
    Some((line[..at].trim_end().to_owned(), line[at + 1..].to_owned()))
}

/// The provider of this id.
pub fn by_id<'a>(app: &'a App, id: &str) -> Option<&'a Voucher> {
    app.vouchers.iter().find(|v| v.id == id)
}

/// Those that can vouch for a level; all of them where none is needed.
pub fn reaching(app: &App, needed: Assurance) -> impl Iterator<Item = &Voucher> {
    app.vouchers.iter().filter(move |v| v.reaches() >= needed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::ProviderConfig;

    fn voucher(claims: &[(&str, &str)]) -> Voucher {
        let provider = Provider::new(ProviderConfig {
            name: "BundID".into(),
            issuer: "https://id.example".into(),
            client_id: "kommunal".into(),
            client_secret: "x".into(),
            acr: Vec::new(),
            scopes: Vec::new(),
            claims: true,
        });
        Voucher {
            id: "person",
            organisation: false,
            provider: provider.expect("a provider"),
            levels: vec![
                ("loa-2".into(), Assurance::Substantial),
                ("loa-3".into(), Assurance::High),
            ],
            claims: claims.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
        }
    }

    #[test]
    fn a_word_that_nobody_has_mapped_stands_for_no_level() {
        let v = voucher(&[]);
        let levels = [Some("loa-2"), Some("loa-3"), Some("loa-9"), None].map(|acr| v.level(acr));
        let none = Assurance::Basis;
        assert_eq!(levels, [Assurance::Substantial, Assurance::High, none, none]);
        assert_eq!(v.words_from(Assurance::High), ["loa-3"]);
        assert_eq!(v.words_from(Assurance::Low), ["loa-2", "loa-3"]);
        assert!(v.words_from(none).is_empty(), "nothing is asked for that nobody needs");
        assert_eq!(v.reaches(), Assurance::High);
    }

    #[test]
    fn what_is_said_becomes_answers() {
        let v = voucher(&[
            ("given_name", "given_name"),
            ("family_name", "family_name"),
            ("email", "email"),
            ("street", "address.street_address"),
            ("postal_code", "address.postal_code"),
            ("town", "address.locality"),
            ("organisation", "organization"),
        ]);
        let mut claims = json!({
            "given_name": "Katrin", "family_name": "Sommer", "email": "k.sommer@post.example", "email_verified": true,
            "address": { "street_address": "Lindenhof 3", "postal_code": "04603", "locality": "Nobitz" },
            "organization": "Anderer e. V.",
        });
        let said = |claims: &Value| Value::Object(v.said(claims.as_object().expect("an object")));
        assert_eq!(
            said(&claims),
            json!({
                "contact.name": "Katrin Sommer", "contact.email": "k.sommer@post.example",
                "contact.address": { "street": "Lindenhof", "house_number": "3", "postcode": "04603", "town": "Nobitz" },
            })
        );
        claims["email_verified"] = false.into();
        claims["address"]["postal_code"] = 4603.into();
        claims["family_name"] = "x".repeat(200).into();
        assert_eq!(
            said(&claims),
            json!({}),
            "what is not sure, not text or too long is not said"
        );
    }

    #[test]
    fn the_number_is_behind_the_street() {
        let parts = |line: &str| street_and_number(line);
        let two = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(parts("Lindenhof 3"), two("Lindenhof", "3"));
        assert_eq!(parts("Straße des 17. Juni 135 a"), two("Straße des 17. Juni", "135 a"));
        assert_eq!(parts("Am Anger 4a-6"), two("Am Anger", "4a-6"));
        assert_eq!(parts("Am Anger"), None);
    }
}
