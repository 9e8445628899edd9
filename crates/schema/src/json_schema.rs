//! JSON Schema 2020-12 of a service's answers.

use serde_json::{Value, json};

use crate::{Context, Service};

/// The schema; `place_specific` adds the place's rooms and bounds.
pub fn json_schema(_: &Service, _: &Context, _place_specific: bool) -> Value {
    json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"})
}
