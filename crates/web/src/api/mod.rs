//! The public HTTP contract: places, services, their JSON Schema, applications and their state. Every
//! error is RFC 9457 problem+json. Same path as the pages: `schema` checks, `submission` writes.

mod applications;
mod catalogue;
mod keys;
mod schemas;
mod status;

pub use schemas::SchemaCache;

use crate::routes::{Table, Who};

pub fn routes(table: Table) -> Table {
    table
        .get("/api/v1/places", Who::Public, catalogue::places)
        .get("/api/v1/services", Who::Public, catalogue::services)
        .get("/api/v1/services/{service}", Who::Public, catalogue::service)
        .get("/api/v1/services/{service}/schema.json", Who::Public, schemas::schema)
        .get("/api/v1/keys/{authority}", Who::Public, keys::key)
        .get(
            "/api/v1/authorities/{ags}/services/{service}/schema.json",
            Who::Public,
            schemas::schema_at,
        )
        .post(
            "/api/v1/authorities/{ags}/services/{service}/applications",
            Who::Public,
            applications::submit,
        )
        .files()
        .audit("case.received")
        .get("/api/v1/applications/{reference}", Who::Applicant, status::status)
        .ids(&["reference"])
        .get(
            "/api/v1/applications/{reference}/receipt.pdf",
            Who::Applicant,
            status::receipt,
        )
        .ids(&["reference"])
}
