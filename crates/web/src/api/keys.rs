//! The public key of an authority: with it anyone checks the receipts that it signed.

use axum::Json;
use axum::extract::{Path, State};
use domain::TenantId;
use domain::receipt::{fingerprint, hex};
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::state::App;

pub async fn key(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Value>> {
    let tenant = app.tenant(&TenantId(id)).await?.ok_or(Failure::Page)?;
    let key = tenant.public_key()?;
    Ok(Json(json!({
        "authority": { "id": tenant.id().0, "name": tenant.authority().name },
        "algorithm": "Ed25519", "public_key": hex(&key), "fingerprint": fingerprint(&key),
    })))
}
