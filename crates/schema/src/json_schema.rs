//! JSON Schema 2020-12 of a service's answers: shapes, bounds, options, titles. What depends on other
//! answers (`when`, rules) is not in it: a question with a condition is never required here.

use serde_json::{Map, Value, json};

use crate::{Bound, Context, Kind, Options, Question, RawAnswers, Sampler, Service};

/// Sets of answers that are drawn at most for one example.
const DRAWS: usize = 20;

/// The schema; `place_specific` adds the place's rooms and what it set as bounds. `examples` hold a complete,
/// valid set of answers for the day of `cx`; of those drawn, the first that is `good` goes before the others.
pub fn json_schema(service: &Service, cx: &Context, place_specific: bool, good: impl Fn(&Value) -> bool) -> Value {
    let view = View {
        service,
        cx,
        place_specific,
    };
    let mut root = Node::default();
    for page in &service.form.pages {
        for q in &page.questions {
            if matches!(q.kind, Kind::Computed { .. }) {
                continue;
            }
            let required = page.when.is_none() && q.when.is_none() && !q.optional;
            root.insert(&q.id, view.question(q, &q.id), required);
        }
    }
    let mut out = root.into_value();
    if let Some(map) = out.as_object_mut() {
        map.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        map.insert(
            "$id".into(),
            format!("urn:kommunal:service:{}:{}", service.id, service.hash).into(),
        );
        map.insert(
            "title".into(),
            view.text("name").unwrap_or_else(|| service.id.clone()).into(),
        );
        if !place_specific {
            map.insert("description".into(), view.depends_on_place().into());
        }
        map.insert("examples".into(), examples(service, cx, good).into());
    }
    out
}

/// A valid set of answers, with files as a caller sends them.
fn examples(service: &Service, cx: &Context, good: impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut sampler = Sampler::new(service, cx, u64::from(cx.today.day_of_year().unsigned_abs()));
    let mut first = None;
    for answers in (0..DRAWS).map_while(|_| sampler.next()) {
        let valid = crate::check(service, &RawAnswers(answers.clone()), cx).is_ok();
        if !valid || crate::exit(service, &answers, cx, None).is_some() {
            continue;
        }
        if good(&answers) {
            return vec![answers];
        }
        first.get_or_insert(answers);
    }
    first.into_iter().collect()
}

/// An object under construction: paths of two parts nest once.
#[derive(Default)]
struct Node {
    properties: Map<String, Value>,
    required: Vec<String>,
    inner: Vec<(String, Node)>,
}

impl Node {
    fn insert(&mut self, path: &str, schema: Value, required: bool) {
        match path.split_once('.') {
            None => {
                self.properties.insert(path.to_owned(), schema);
                if required && !self.required.iter().any(|r| r == path) {
                    self.required.push(path.to_owned());
                }
            }
            Some((head, rest)) => {
                if !self.inner.iter().any(|(name, _)| name == head) {
                    self.inner.push((head.to_owned(), Node::default()));
                }
                if let Some((_, node)) = self.inner.iter_mut().find(|(name, _)| name == head) {
                    node.insert(rest, schema, required);
                }
            }
        }
    }

    fn into_value(self) -> Value {
        let (mut properties, mut required) = (self.properties, self.required);
        for (name, node) in self.inner {
            if !node.required.is_empty() {
                required.push(name.clone());
            }
            properties.insert(name, node.into_value());
        }
        let mut out = json!({ "type": "object", "properties": properties, "additionalProperties": false });
        if !required.is_empty() {
            out["required"] = required.into();
        }
        out
    }
}

struct View<'a> {
    service: &'a Service,
    cx: &'a Context,
    place_specific: bool,
}

impl View<'_> {
    fn text(&self, key: &str) -> Option<String> {
        let texts = self.service.texts.get(&self.cx.lang)?;
        let text = texts
            .get(key, Some(crate::Regime::Notice))
            .or_else(|| texts.get(key, None))?;
        Some(crate::fill(text, &json!({}), self.service, self.cx, &[]))
    }

    /// For the schema without a place: its examples fit no place for certain, and where the one that does is found.
    fn depends_on_place(&self) -> String {
        let questions = self.service.form.pages.iter().flat_map(|p| &p.questions);
        let rooms = questions.filter(|q| {
            let (Kind::OneOf { options } | Kind::ManyOf { options, .. }) = &q.kind else {
                return false;
            };
            matches!(options, Options::Rooms)
        });
        let fields: Vec<&str> = rooms.map(|q| q.id.as_str()).collect();
        let word = |key: &str| crate::words::word(self.cx.lang, key).replace("{service}", &self.service.id);
        match fields.is_empty() {
            true => word("json_schema.anywhere"),
            false => format!(
                "{} {}",
                word("json_schema.rooms").replace("{fields}", &fields.join(", ")),
                word("json_schema.anywhere")
            ),
        }
    }

    /// `key` is the text key of the question: `helpers.phone` inside a group.
    fn question(&self, q: &Question, key: &str) -> Value {
        let mut out = self.kind(q, key);
        if q.may_stay_open {
            out = json!({ "anyOf": [out, { "const": "?" }] });
        }
        if let Some(title) = self.text(&format!("question.{key}.label")) {
            out["title"] = title.into();
        }
        if let Some(hint) = self.text(&format!("question.{key}.hint")) {
            out["description"] = hint.into();
        }
        out
    }

    fn kind(&self, q: &Question, key: &str) -> Value {
        match &q.kind {
            Kind::Text {
                min_length,
                max_length,
                pattern,
            } => {
                let mut out =
                    json!({ "type": "string", "minLength": min_length.unwrap_or(1), "maxLength": max_length });
                if let Some(pattern) = pattern {
                    out["pattern"] = pattern.clone().into();
                }
                out
            }
            Kind::LongText { min_length, max_length } => {
                json!({ "type": "string", "minLength": min_length.unwrap_or(1), "maxLength": max_length })
            }
            Kind::Number { min, max, .. } | Kind::Money { min, max } => {
                let mut out = json!({ "type": "integer" });
                if let Some(min) = self.bound(min.as_ref()) {
                    out["minimum"] = min.into();
                }
                if let Some(max) = self.bound(max.as_ref()) {
                    out["maximum"] = max.into();
                }
                out
            }
            Kind::Date { .. } => date(),
            Kind::Time { .. } => json!({ "type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$" }),
            Kind::DateRange { .. } => object(&[("from", date()), ("to", date())]),
            Kind::YesNo => json!({ "type": "boolean" }),
            Kind::OneOf { options } => self.options(options, key),
            Kind::ManyOf {
                options,
                min_items,
                max_items,
            } => {
                json!({ "type": "array", "items": self.options(options, key), "uniqueItems": true, "minItems": min_items, "maxItems": max_items })
            }
            Kind::Address => {
                let text = || json!({ "type": "string", "minLength": 1 });
                let postcode = json!({ "type": "string", "pattern": "^[0-9]{5}$" });
                object(&[
                    ("street", text()),
                    ("house_number", text()),
                    ("postcode", postcode),
                    ("town", text()),
                ])
            }
            Kind::MapPoint => object(&[
                ("lat", json!({ "type": "number", "minimum": -90, "maximum": 90 })),
                ("lon", json!({ "type": "number", "minimum": -180, "maximum": 180 })),
            ]),
            Kind::Iban | Kind::Phone => json!({ "type": "string", "minLength": 1 }),
            Kind::Email => json!({ "type": "string", "format": "email" }),
            Kind::File { accept, max_mb } => {
                let text = || json!({ "type": "string", "minLength": 1 });
                let content = json!({ "type": "string", "contentEncoding": "base64", "minLength": 1, "description": format!("{} · ≤ {max_mb} MB", accept.join(", ")) });
                object(&[("name", text()), ("media_type", text()), ("content_base64", content)])
            }
            Kind::Group {
                parts,
                min_items,
                max_items,
            } => {
                let mut node = Node::default();
                for part in parts {
                    let schema = self.question(part, &format!("{key}.{}", part.id));
                    node.insert(&part.id, schema, part.when.is_none() && !part.optional);
                }
                json!({ "type": "array", "items": node.into_value(), "minItems": min_items, "maxItems": max_items })
            }
            Kind::Computed { .. } => json!(false),
        }
    }

    fn options(&self, options: &Options, key: &str) -> Value {
        let choice =
            |id: &str, title: Option<String>| json!({ "const": id, "title": title.unwrap_or_else(|| id.to_owned()) });
        match options {
            Options::Fixed(list) => {
                let all: Vec<Value> = list
                    .iter()
                    .map(|o| choice(o, self.text(&format!("option.{key}.{o}"))))
                    .collect();
                json!({ "type": "string", "oneOf": all })
            }
            // An empty `oneOf` would be no schema: a place without rooms takes no value at all.
            Options::Rooms if self.place_specific && !self.cx.rooms.is_empty() => {
                let all: Vec<Value> = self
                    .cx
                    .rooms
                    .iter()
                    .map(|r| choice(&r.id, Some(r.name.clone())))
                    .collect();
                json!({ "type": "string", "oneOf": all })
            }
            Options::Rooms => json!({ "type": "string" }),
        }
    }

    /// A bound as a number; what a municipality sets only for a place.
    fn bound(&self, bound: Option<&Bound>) -> Option<i64> {
        match bound? {
            Bound::Number(n) => Some(*n),
            Bound::Law(id) => self.cx.region.law.get(id)?.value.as_i64(),
            Bound::Param(id) if self.place_specific => self.cx.params.get(id)?.as_i64(),
            Bound::Param(_) => None,
        }
    }
}

fn date() -> Value {
    json!({ "type": "string", "format": "date" })
}

/// An object whose parts are all required.
fn object(parts: &[(&str, Value)]) -> Value {
    let mut node = Node::default();
    for (name, schema) in parts {
        node.insert(name, schema.clone(), true);
    }
    node.into_value()
}
