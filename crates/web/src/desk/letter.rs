//! The letter before it goes: as PDF through the same press as the real one, and as a small sheet in HTML
//! made from the same data.

use domain::letter::{Extra, LetterKind, Preview, letter_job};
use jiff::civil::Date;
use schema::Context;
use serde_json::{Value, json};

use crate::desk::decision::Ready;
use crate::desk::file::File;
use crate::desk::session::Desk;
use crate::failure::Result;
use crate::format;
use crate::state::App;

/// Offices that were heard and have answered; the crest, if it is a drawing.
async fn extra(desk: &Desk, file: &File, ready: &Ready) -> Result<Extra> {
    let (id, place) = (file.case.id.clone(), file.case.place.clone());
    let (asked, crest) = desk
        .tenant
        .read(move |t| Ok::<_, store::Error>((t.consultations_of(&id)?, t.crest_for(place.as_str())?)))
        .await?;
    Ok(Extra {
        clerk: desk.clerk.name.clone(),
        crest_svg: crest
            .filter(|c| c.media_type == "image/svg+xml")
            .and_then(|c| String::from_utf8(c.bytes).ok()),
        preview: Some(Preview {
            conditions: ready.conditions.clone(),
            reason: ready.reason.clone(),
            fee: ready.fee.clone(),
        }),
        heard: asked
            .into_iter()
            .filter(|c| c.answer.is_some() && c.revoked_at.is_none())
            .map(|c| c.who_name)
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

/// The small sheet: the same data, words for the days and sums.
pub fn sheet(job: &Value) -> Value {
    let data = &job["data"];
    let day = |v: &Value| {
        v.as_str()
            .and_then(|s| s.parse::<Date>().ok())
            .map(format::date)
            .unwrap_or_default()
    };
    let authority = &data["authority"];
    let sender: Vec<&str> = std::iter::once(authority["name"].as_str().unwrap_or_default())
        .chain(
            authority["address"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str),
        )
        .collect();
    let total = data["total_cents"].as_i64().unwrap_or(0) + data["deposit_cents"].as_i64().unwrap_or(0);
    json!({
        "sender": sender.join(", "), "recipient": data["recipient"], "date": day(&data["date"]), "subject": data["subject"],
        "salutation": data["salutation"], "result": data["result"], "decision": data["decision"], "costs": data["costs"],
        "total": total, "due": day(&data["due"]), "deposit": data["deposit_cents"], "reasons": data["reasons"], "remedy": data["remedy"],
        "closing": data["signature"]["closing"], "by": data["signature"]["by"], "clerk": data["signature"]["name"],
    })
}
