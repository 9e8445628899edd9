//! The register of processing activities (Art. 30): made from the services that this authority decides, as they are now.
//! Controller and data protection officer are what the authority says of itself.

use axum::extract::State;
use axum::response::Response;
use schema::Lang;
use serde_json::{Value, json};

use crate::desk::session::Auditor;
use crate::failure::Result;
use crate::format;
use crate::office::{contact, frame, scope};
use crate::req::Req;
use crate::state::App;

pub async fn page(State(app): State<App>, who: Auditor, req: Req) -> Result<Response> {
    let office = contact::kept(&who).await?;
    let archive = who.0.tenant.read(|t| t.archive()).await?;
    let activities: Vec<Value> = scope::decided(&app, who.0.tenant.id())
        .iter()
        .map(|d| json!(schema::processing::processing(&d.service, Lang::De)))
        .collect();
    let ctx = json!({
        "at": format::date(app.today()), "authority": who.0.tenant.authority().name, "lines": office.lines(), "phone": office.phone,
        "email": office.email, "officer": office.data_officer, "sample": office.sample, "archive": archive.map(|a| a.name).unwrap_or_default(),
        "general": schema::processing::general_basis(Lang::De), "measures": schema::processing::measures(Lang::De), "activities": activities,
        "besides": schema::processing::besides(&app.region, Lang::De),
        "drafts": store::DRAFT_DAYS, "link_minutes": store::LINK_FOR.as_mins(),
    });
    frame::ok(&app, "office/processing.html", &req, &who, "verzeichnis", ctx)
}
