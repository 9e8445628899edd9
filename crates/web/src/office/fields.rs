//! Fields of the settings' forms: what was typed, what is wrong with it, and how templates show both.
//! No values of law and no rules here: those are declared by the services.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::state::App;

/// What was typed, in the order of the form; a name may come more than once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed(pub Vec<(String, String)>);

impl Typed {
    /// The first value of a name, without spaces around it.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.trim())
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    pub fn put(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Replaces every value of a name.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(n, _)| n != name);
        self.put(name, value);
    }
}

/// Hidden field of a form that writes what a page showed: the state that it showed.
pub const SEEN: &str = "_stand";

impl Typed {
    /// Short name of these values: a page that says which ones it showed cannot take back what somebody saved since.
    pub fn mark(&self) -> String {
        let mut hash = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        for (name, value) in &self.0 {
            for part in [name, value] {
                hash.update(&(part.len() as u64).to_le_bytes());
                hash.update(part.as_bytes());
            }
        }
        hash.finish().as_ref()[..6].iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// Where this form would change what was saved since its page was made: each field says what holds now.
pub fn overtaken(typed: &Typed, now: &Typed, shown: impl Fn(&str) -> Option<String>) -> Faults {
    let mut faults = Faults::default();
    for (name, _) in &now.0 {
        if typed.all(name).eq(now.all(name)) {
            continue;
        }
        let holds = match shown(name) {
            Some(words) if words.is_empty() => "Hier ist gespeichert: nichts.".to_owned(),
            Some(words) => format!("Hier ist gespeichert: {}.", words.trim_end_matches('.')),
            None => "Hier ist etwas anderes gespeichert.".to_owned(),
        };
        faults.add(
            name,
            format!("{holds} Speichern Sie noch einmal, wenn Ihre Angabe gelten soll."),
        );
    }
    faults
}

/// Stands above such a page.
pub const OVERTAKEN: &str = "Inzwischen hat jemand anderes gespeichert. Vergleichen Sie bitte die markierten Felder.";

/// What is wrong: field → sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    of: BTreeMap<String, String>,
    /// Nothing is wrong with what was typed: somebody else was faster.
    conflict: bool,
}

impl Faults {
    /// The first sentence for a field counts.
    pub fn add(&mut self, field: impl Into<String>, sentence: impl Into<String>) {
        self.of.entry(field.into()).or_insert_with(|| sentence.into());
    }

    /// Those of another part of the form with them.
    pub fn take_all(&mut self, other: Faults) {
        for (field, sentence) in other.of {
            self.add(field, sentence);
        }
    }

    /// Says so by the status of the page too.
    pub fn conflict(&mut self) {
        self.conflict = true;
    }

    /// The mark for the page: a mistake of one's own says nothing of what somebody else saved meanwhile.
    pub fn stand(&self, typed: &Typed, now: impl FnOnce() -> String) -> String {
        match self.is_empty() || self.conflict {
            true => now(),
            false => typed.get(SEEN).to_owned(),
        }
    }

    pub fn of(&self, field: &str) -> &str {
        self.of.get(field).map_or("", String::as_str)
    }

    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// Keeps what was read, or notes what is wrong with it.
    pub fn take<T>(&mut self, field: &str, read: Result<T, String>) -> Option<T> {
        read.map_err(|sentence| self.add(field, sentence)).ok()
    }

    pub fn status(&self) -> StatusCode {
        if self.conflict {
            StatusCode::CONFLICT
        } else if self.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }

    /// `errors` and `errors_title` of a page, in the order in which its fields stand.
    pub fn summary(&self, app: &App, order: &[&str]) -> (Vec<Value>, String) {
        let place = |field: &String| order.iter().position(|o| o == field).unwrap_or(order.len());
        let mut fields: Vec<&String> = self.of.keys().collect();
        fields.sort_by_key(|f| place(f));
        let errors: Vec<Value> = fields
            .iter()
            .map(|f| json!({ "href": f, "text": self.of[*f] }))
            .collect();
        let title = match errors.len() {
            1 => app.texts.text(schema::Lang::De, "form.errors_one"),
            n => format!("Bitte ändern Sie {n} Angaben"),
        };
        (errors, title)
    }
}

/// Each error of a page with its field's name before it: of several fields of one kind the sentence alone does not say
/// which is meant.
pub fn named(mut errors: Vec<Value>, label: impl Fn(&str) -> Option<String>) -> Vec<Value> {
    for error in &mut errors {
        let field = error["href"].as_str().unwrap_or_default();
        if let (Some(label), Some(text)) = (label(field), error["text"].as_str()) {
            error["text"] = format!("{label}: {text}").into();
        }
    }
    errors
}

/// One choice of a select, of radio buttons or ticks.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub text: String,
    pub checked: bool,
}

pub fn choice(value: impl Into<String>, label: impl Into<String>, checked: bool) -> Choice {
    Choice {
        value: value.into(),
        label: label.into(),
        text: String::new(),
        checked,
    }
}

impl Choice {
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }
}

/// A field as `templates/office/fields.html` shows it. `id` is also its name.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Field {
    pub id: String,
    /// `text`, `area`, `select`, `radio`, `ticks`.
    pub kind: &'static str,
    pub label: String,
    pub hint: String,
    pub value: String,
    pub error: String,
    pub unit: String,
    pub input_type: &'static str,
    pub inputmode: &'static str,
    pub autocomplete: &'static str,
    pub optional: bool,
    pub choices: Vec<Choice>,
}

impl Field {
    fn new(kind: &'static str, id: &str, label: &str, typed: &Typed, faults: &Faults) -> Self {
        Field {
            id: id.to_owned(),
            kind,
            label: label.to_owned(),
            value: typed.get(id).to_owned(),
            error: faults.of(id).to_owned(),
            input_type: "text",
            autocomplete: "off",
            ..Field::default()
        }
    }

    pub fn text(id: &str, label: &str, typed: &Typed, faults: &Faults) -> Self {
        Field::new("text", id, label, typed, faults)
    }

    pub fn area(id: &str, label: &str, typed: &Typed, faults: &Faults) -> Self {
        Field::new("area", id, label, typed, faults)
    }

    /// `kind`: `select`, `radio`, `ticks`. Each choice says whether it is chosen.
    pub fn choose(
        kind: &'static str,
        id: &str,
        label: &str,
        choices: Vec<Choice>,
        typed: &Typed,
        faults: &Faults,
    ) -> Self {
        Field {
            choices,
            ..Field::new(kind, id, label, typed, faults)
        }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }

    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Money: two decimals, the euro sign behind the field.
    pub fn money(self) -> Self {
        self.mode("decimal").unit("€")
    }

    pub fn mode(mut self, inputmode: &'static str) -> Self {
        self.inputmode = inputmode;
        self
    }

    pub fn auto(mut self, autocomplete: &'static str) -> Self {
        self.autocomplete = autocomplete;
        self
    }

    pub fn input(mut self, input_type: &'static str) -> Self {
        self.input_type = input_type;
        self
    }
}

/// Cents as they stand in a field: `75,00`.
pub fn typed_money(cents: i64) -> String {
    format!("{},{:02}", cents / 100, cents.unsigned_abs() % 100)
}

/// Euro as typed → cents; empty is none.
pub fn read_money(typed: &str) -> Result<Option<i64>, String> {
    if typed.is_empty() {
        return Ok(None);
    }
    match schema::typed::money(typed, schema::Lang::De) {
        Some(cents) if (0..=10_000_000).contains(&cents) => Ok(Some(cents)),
        Some(cents) if cents < 0 => Err(format!(
            "„{typed}“ ist kleiner als null. Schreiben Sie den Betrag so: 75,00 €."
        )),
        Some(_) => Err(format!("„{typed}“ ist zu viel. Höchstens 100.000,00 € sind möglich.")),
        None => Err(format!("„{typed}“ ist kein Betrag. Schreiben Sie ihn so: 75,00 €.")),
    }
}

/// A whole number from `min` to `max`; empty is none.
pub fn read_number(typed: &str, min: i64, max: i64) -> Result<Option<i64>, String> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '.').collect();
    if digits.is_empty() {
        return Ok(None);
    }
    match digits.parse::<i64>() {
        Ok(n) if n < min => Err(format!("Zu wenig: {typed}. Nennen Sie mindestens {min}.")),
        Ok(n) if n > max => Err(format!("Zu viel: {typed}. Nennen Sie höchstens {max}.")),
        Ok(n) => Ok(Some(n)),
        Err(_) => Err(format!(
            "„{typed}“ ist keine ganze Zahl. Schreiben Sie nur Ziffern, zum Beispiel 120."
        )),
    }
}

/// One line of at most `max` characters.
pub fn read_line(typed: &str, max: usize) -> Result<String, String> {
    let line = schema::typed::one_line(typed);
    if line.chars().count() > max {
        return Err(format!("Der Text ist zu lang. Kürzen Sie ihn auf {max} Zeichen."));
    }
    Ok(line)
}

/// The same, but there must be something.
pub fn read_needed(typed: &str, max: usize, missing: &str) -> Result<String, String> {
    match read_line(typed, max)? {
        line if line.is_empty() => Err(missing.to_owned()),
        line => Ok(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_numbers_say_what_is_wrong_with_them() {
        assert_eq!(read_money(""), Ok(None));
        assert_eq!(read_money("75"), Ok(Some(7500)));
        assert_eq!(read_money("75,50 €"), Ok(Some(7550)));
        assert!(read_money("-1").is_err());
        assert!(read_money("viel").is_err_and(|e| e.contains("„viel“")));
        assert!(read_money("100.000,01").is_err());
        assert_eq!(typed_money(7505), "75,05");
        assert_eq!(read_number("1.200", 0, 5000), Ok(Some(1200)));
        assert_eq!(read_number(" ", 0, 5000), Ok(None));
        assert!(read_number("5001", 0, 5000).is_err());
        assert!(read_number("-1", 0, 5000).is_err());
        assert!(read_number("zwölf", 0, 5000).is_err());
    }

    #[test]
    fn the_first_sentence_for_a_field_counts() {
        let mut faults = Faults::default();
        assert!(faults.is_empty());
        faults.add("name", "Nennen Sie den Namen.");
        faults.add("name", "Zu lang.");
        assert_eq!(faults.of("name"), "Nennen Sie den Namen.");
        assert_eq!(faults.take("a", Ok::<_, String>(1)), Some(1));
        assert_eq!(faults.take::<i32>("b", Err("nein".into())), None);
        assert_eq!(faults.of("b"), "nein");
    }
}
