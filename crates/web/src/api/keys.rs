//! The public key of an authority: with it anyone checks the receipts that it signed.

use axum::Json;
use axum::extract::{Path, State};
use domain::TenantId;
use domain::receipt::{fingerprint, hex};
use serde_json::{Value, json};
use store::TenantStore;

use crate::failure::{Failure, Result};
use crate::state::App;

pub async fn key(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Value>> {
    let id = TenantId(id);
    let tenant = app.tenant(&id).await?.ok_or(Failure::Page)?;
    if tenant.id() != &id {
        return former(&tenant, id).await;
    }
    let key = tenant.public_key()?;
    Ok(Json(json!({
        "authority": { "id": tenant.id().0, "name": tenant.authority().name },
        "algorithm": "Ed25519", "public_key": hex(&key), "fingerprint": fingerprint(&key),
    })))
}

/// Of an authority that was merged into this one: what it signed is checked as before.
async fn former(tenant: &TenantStore, id: TenantId) -> Result<Json<Value>> {
    let merged = tenant.read(|t| t.merged()).await?;
    let was = merged.into_iter().find(|m| m.id == id).ok_or(Failure::Page)?;
    Ok(Json(json!({
        "authority": { "id": was.id.0, "name": was.name },
        "merged_into": { "id": tenant.id().0, "name": tenant.authority().name },
        "algorithm": "Ed25519", "public_key": hex(&was.public_key), "fingerprint": fingerprint(&was.public_key),
    })))
}
