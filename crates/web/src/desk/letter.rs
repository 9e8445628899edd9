//! The letter before it goes: as PDF through the same press as the real one, and as a sheet in HTML, the page that the
//! applicant reads, made from the same data.

use domain::letter::{Extra, LetterKind, Preview, letter_job};
use schema::Context;
use serde_json::Value;

use crate::desk::decision::Ready;
use crate::desk::file::File;
use crate::desk::session::Desk;
use crate::failure::Result;
use crate::state::App;

/// Offices that were heard and have answered; the crest, if it is a drawing.
async fn extra(desk: &Desk, file: &File, ready: &Ready) -> Result<Extra> {
    let place = file.case.place.clone();
    let crest = desk.tenant.read(move |t| t.crest_for(place.as_str())).await?;
    Ok(Extra {
        clerk: desk.clerk.name.clone(),
        crest_svg: crest
            .filter(|c| c.media_type == "image/svg+xml")
            .and_then(|c| String::from_utf8(c.bytes).ok()),
        preview: Some(Preview {
            conditions: ready.conditions.clone(),
            reason: ready.reason.clone(),
            grounds: ready.grounds.clone(),
            fee: ready.fee.clone(),
        }),
        heard: file
            .asked
            .iter()
            .filter(|c| c.heard(None))
            .map(|c| c.who_name.clone())
            .collect(),
        ..Extra::default()
    })
}

/// The press's job for the letter as it would go now.
pub async fn job(app: &App, desk: &Desk, file: &File, cx: &Context, refusing: bool, ready: &Ready) -> Result<Value> {
    let kind = if refusing {
        LetterKind::Refusal
    } else {
        LetterKind::Approval
    };
    let extra = extra(desk, file, ready).await?;
    Ok(letter_job(
        kind,
        &file.case,
        &file.service,
        cx,
        &file.offer.local.office,
        desk.authority(),
        &extra,
        app.now(),
    ))
}

/// The sheet beside the form: the letter as the applicant will read it, all of it.
pub fn sheet(app: &App, job: &Value) -> Value {
    crate::case::letter::view(app, &job["data"])
}
