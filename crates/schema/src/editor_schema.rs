//! JSON Schema (2020-12) of the files that authors write, for their editor: completion, hints, red lines.
//! Made from the same tables of known keys as the checker (`load::keys…`), so that both always agree on keys.

use serde_json::{Map, Value, json};

use crate::load::keys::{Key, Keys, KindKeys, Kinds, Ty};
use crate::load::keys_data::EXAMPLE;
use crate::load::keys_form::{FIELDS, FORM};
use crate::load::keys_service::{PERIOD, RETENTION, SERVICE};
use crate::rules::MAX_CHARS;

const ID: &str = "^[a-z][a-z0-9_]*$";
const KEEP: &str = "^[1-9][0-9]*[ymd]$";
const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";

/// The schemas by file name: `service.schema.json` and so on.
pub fn editor_schemas() -> Vec<(&'static str, Value)> {
    [
        ("service.schema.json", "services/<id>/service.toml", &SERVICE),
        ("form.schema.json", "services/<id>/form.toml", &FORM),
        ("fields.schema.json", "fields/<name>.toml", &FIELDS),
        ("example.schema.json", "services/<id>/examples/<name>.toml", &EXAMPLE),
    ]
    .into_iter()
    .map(|(name, title, keys)| (name, document(title, keys)))
    .collect()
}

fn document(title: &str, keys: &Keys) -> Value {
    let mut schema = Map::new();
    schema.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    schema.insert("title".to_owned(), json!(title));
    if let Value::Object(table) = table(keys) {
        schema.extend(table);
    }
    Value::Object(schema)
}

fn table(keys: &Keys) -> Value {
    let own: Vec<&Key> = keys.keys.iter().collect();
    let mut schema = object(&own);
    if let Some(rest) = keys.rest {
        schema["patternProperties"] = json!({ ID: value(rest) });
    }
    schema
}

fn object(keys: &[&Key]) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|k| (k.name.to_owned(), described(k))).collect();
    let required: Vec<&str> = keys.iter().filter(|k| k.required).map(|k| k.name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn described(key: &Key) -> Value {
    let mut schema = value(&key.ty);
    schema["description"] = json!(format!("{} Beispiel: {}", key.doc, key.example));
    schema
}

/// One schema for each type, and one for a reused field.
fn typed(kinds: &Kinds) -> Value {
    let mut choices: Vec<Value> = kinds.all().map(|kind| of_kind(kinds, kind)).collect();
    if !kinds.reuse.is_empty() {
        choices.insert(0, object(&kinds.reuse.iter().collect::<Vec<_>>()));
    }
    json!({ "oneOf": choices })
}

fn of_kind(kinds: &Kinds, kind: &KindKeys) -> Value {
    let keys: Vec<&Key> = kinds.common.iter().chain(kind.keys).collect();
    let mut schema = object(&keys);
    schema["title"] = json!(kind.name);
    schema["description"] = json!(kind.doc);
    schema["properties"]["type"] = json!({ "const": kind.name, "description": kind.doc });
    if let Some(required) = schema["required"].as_array_mut() {
        required.push(json!("type"));
    }
    schema
}

fn text(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn list(items: Value, least: usize) -> Value {
    json!({ "type": "array", "items": items, "minItems": least })
}

fn value(ty: &Ty) -> Value {
    let not_empty = || json!({ "type": "string", "minLength": 1 });
    match ty {
        Ty::Text | Ty::Ref(_) => not_empty(),
        Ty::Refs(_) => list(not_empty(), 1),
        Ty::DateAndTime => json!({ "type": "array", "items": not_empty(), "minItems": 2, "maxItems": 2 }),
        Ty::Id => text(ID),
        Ty::Ids => list(text(ID), 0),
        Ty::Path => text("^[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)?$"),
        Ty::Code => text("^[A-Z]{2,10}$"),
        Ty::Int(least) => json!({ "type": "integer", "minimum": least }),
        Ty::AnyInt => json!({ "type": "integer" }),
        Ty::Bool => json!({ "type": "boolean" }),
        Ty::Word(words) => json!({ "enum": words }),
        Ty::Unit => json!({ "enum": crate::words::units() }),
        Ty::Words(words) => list(json!({ "enum": words }), 0),
        Ty::Date => text(DATE),
        Ty::Time => text("^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"),
        Ty::MonthDay => text("^[0-9]{2}-[0-9]{2}$"),
        Ty::Ags => text("^[0-9]{8}$"),
        Ty::AgsStarts => list(text("^[0-9]{2,8}$"), 1),
        Ty::Hours => {
            let hour = json!({ "type": "integer", "minimum": 0, "maximum": 24 });
            json!({ "type": "array", "items": hour, "minItems": 2, "maxItems": 2 })
        }
        Ty::Keep => text(KEEP),
        Ty::Retention => json!({ "oneOf": [text(KEEP), table(&RETENTION)] }),
        Ty::Period => json!({ "oneOf": [text("^[0-9]+(d|wd|w|m)$"), table(&PERIOD)] }),
        Ty::Bound => json!({ "oneOf": [{ "type": "integer" }, text("^(law|params)\\.[a-z][a-z0-9_]*$")] }),
        Ty::DateBound => text("^today([+-][0-9]+d)?$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
        Ty::Rule => json!({ "type": "string", "minLength": 1, "maxLength": MAX_CHARS }),
        Ty::Url => text("^https://"),
        Ty::Scalar => json!({ "type": ["string", "integer", "boolean"] }),
        Ty::List => json!({ "type": "array" }),
        Ty::Free => json!({ "type": "object" }),
        Ty::Table(keys) => table(keys),
        Ty::Tables(keys) => list(table(keys), 1),
        Ty::Typed(kinds) => typed(kinds),
        Ty::TypedList(kinds) => list(typed(kinds), 1),
    }
}
