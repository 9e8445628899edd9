//! The place's page: what can be done here, online or on paper, and who answers questions.

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use crate::failure::Result;
use crate::format::euro_in;
use crate::offer::{Offer, whereabouts};
use crate::reach::office_ctx;
use crate::req::Req;
use crate::state::App;

pub async fn page(State(app): State<App>, Path(slug): Path<String>, req: Req) -> Result<Response> {
    let place = app.place(&slug)?;
    let lang = req.lang;
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let mut online = Vec::new();
    let mut paper = Vec::new();
    let mut local: Option<Offer> = None;
    let mut other: Option<Offer> = None;
    for service in app.services.all() {
        let offer = app.offer_of(place.clone(), service).await?;
        let row = service_row(&app, &req, &offer);
        if offer.local.open {
            online.push(row);
            let free = crate::calendar::public::href(&offer);
            if !free.is_empty() {
                online.push(json!({
                    "href": free, "name": t("rooms.link", &[]), "text": t("rooms.link_text", &[("place", &place.name)]),
                    "to": "", "meta": "", "icon": "clock", "quiet": true,
                }));
            }
        } else {
            paper.push(row)
        }
        if offer.service.responsibility == "municipal" {
            local.get_or_insert(offer);
        } else {
            other = Some(offer);
        }
    }
    let district = other.as_ref().map_or("", |o| o.route.authority.name.as_str());
    let mut groups = Vec::new();
    if !online.is_empty() {
        groups.push(json!({ "title": t("place.clubs", &[]), "text": "", "services": online }));
    }
    if !paper.is_empty() {
        groups.push(json!({ "title": t("place.paper", &[]), "text": t("place.paper_text", &[]), "services": paper }));
    }
    let authority = local
        .as_ref()
        .map_or_else(|| place.title.clone(), |o| o.route.authority.name.clone());
    let office = local.as_ref().or(other.as_ref()).map(|o| office_ctx(&app, lang, o));
    let mut ctx_place = place.ctx();
    ctx_place["sub"] = whereabouts(&app, lang, &place.municipality).into();
    let note = if district.is_empty() || district == authority {
        "place.note_one"
    } else {
        "place.note_both"
    };
    let with = [
        ("place", place.name.as_str()),
        ("local", &authority),
        ("district", district),
    ];
    ctx_place["note"] = t(note, &with).into();
    let ui = app.ui_for(
        &req,
        &place,
        &authority,
        local.as_ref().and_then(|o| o.tenant.as_ref()),
        local.as_ref().is_some_and(|o| o.local.crest),
    );
    let ctx = json!({ "place": ctx_place, "groups": groups, "office": office });
    app.ok("place.html", ui, ctx)
}

fn service_row(app: &App, req: &Req, offer: &Offer) -> Value {
    let lang = req.lang;
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(lang, key, with);
    let cx = offer.context(app, lang);
    let none = json!({});
    let short = offer.text(&cx, &none, "short");
    let authority = &offer.route.authority.name;
    let elsewhere = offer.service.responsibility != "municipal";
    let to = if !offer.local.open {
        t("place.to", &[("authority", authority)])
    } else if elsewhere {
        t("place.decides", &[("authority", authority)])
    } else {
        String::new()
    };
    let meta = if offer.local.open {
        cost_hint(app, offer, lang)
    } else {
        t("place.paper_meta", &[])
    };
    json!({
        "href": offer.path(), "name": offer.text(&cx, &none, "name"), "text": short, "to": to, "meta": meta,
        "icon": offer.service.icon, "quiet": !offer.local.open,
    })
}

/// `kostenfrei`, `75,00 €` or `je nach Raum`: what the fee rules say without answers.
pub fn cost_hint(app: &App, offer: &Offer, lang: schema::Lang) -> String {
    if offer.service.booking.is_some() {
        return match crate::apply::price::lowest(offer) {
            Some(cents) => app
                .texts
                .fill(lang, "place.by_room_from", &[("amount", &euro_in(cents, lang))]),
            None => app.texts.text(lang, "place.by_room"),
        };
    }
    let cx = offer.context(app, lang);
    let cents: i64 = schema::fee_lines(&offer.service, &json!({}), &cx)
        .iter()
        .filter(|f| f.kind != schema::FeeKind::Deposit)
        .map(|f| f.cents)
        .sum();
    if cents == 0 {
        app.texts.text(lang, "place.free")
    } else if schema::fees_are_fixed(&offer.service) {
        euro_in(cents, lang)
    } else {
        app.texts.fill(lang, "place.from", &[("amount", &euro_in(cents, lang))])
    }
}
