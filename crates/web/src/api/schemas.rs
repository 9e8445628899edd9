//! The JSON Schema of a service's answers, in general and at a place. Its examples are drawn by rule from the form,
//! which takes a while: each schema is made once a day and kept.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::Ags;
use schema::{Context, RawAnswers, Service};
use serde_json::{Value, json};

use crate::api::catalogue::anywhere;
use crate::failure::{Failure, Result};
use crate::offer::Offer;
use crate::req::Req;
use crate::state::App;

/// Schemas kept at most: more than places that take part have.
const KEPT: usize = 500;
/// Examples drawn until one's room is free.
const DRAWS: u64 = 30;

/// Schemas by everything that they are made from.
#[derive(Debug, Default)]
pub struct SchemaCache {
    kept: Mutex<HashMap<String, Arc<Value>>>,
    made: AtomicUsize,
}

impl SchemaCache {
    fn get(&self, key: &str) -> Option<Arc<Value>> {
        self.kept.lock().unwrap_or_else(|e| e.into_inner()).get(key).cloned()
    }

    /// How many were made since the start.
    pub fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }

    fn put(&self, key: String, value: Arc<Value>) {
        self.made.fetch_add(1, Ordering::Relaxed);
        let mut kept = self.kept.lock().unwrap_or_else(|e| e.into_inner());
        // What is asked for stays asked for: starting anew costs less than keeping times.
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, value);
    }
}

/// Place, version, day, language and what the place has set: what a schema depends on.
fn key(service: &Service, cx: &Context) -> String {
    json!([
        cx.place.ags,
        service.hash,
        cx.today,
        cx.lang.code(),
        cx.params,
        cx.rooms
    ])
    .to_string()
}

async fn made(app: &App, service: &Arc<Service>, cx: &Context, here: bool) -> Result<Arc<Value>> {
    let key = format!("{here} {}", key(service, cx));
    if let Some(found) = app.schemas.get(&key) {
        return Ok(found);
    }
    let (service, cx) = (service.clone(), cx.clone());
    let made = app
        .work
        .run(move || schema::json_schema(&service, &cx, here, |answers| in_time(&service, &cx, answers)))
        .await?;
    let made = Arc::new(made);
    app.schemas.put(key, made.clone());
    Ok(made)
}

fn respond(schema: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/schema+json")], schema.to_string()).into_response()
}

pub async fn schema(State(app): State<App>, Path(id): Path<String>, req: Req) -> Result<Response> {
    let s = app.services.latest(&id).ok_or(Failure::Page)?;
    let cx = anywhere(&app, &s, req.lang);
    Ok(respond(made(&app, &s, &cx, false).await?.as_ref()))
}

/// With the place's rooms and bounds; where a room is booked, the examples' room is free.
pub async fn schema_at(State(app): State<App>, Path((ags, id)): Path<(String, String)>, req: Req) -> Result<Response> {
    let service = app.services.latest(&id).ok_or(Failure::Page)?;
    let offer = app.offer_of(app.place_by_ags(&Ags(ags))?, service).await?;
    let cx = offer.context(&app, req.lang);
    let schema = made(&app, &offer.service, &cx, true).await?;
    if offer.service.booking.is_some()
        && let Some(example) = free_example(&app, &offer, &cx).await?
    {
        let mut schema = schema.as_ref().clone();
        schema["examples"] = json!([example]);
        return Ok(respond(&schema));
    }
    Ok(respond(schema.as_ref()))
}

/// A valid set of answers in time whose room is free: the last one drawn, or new ones until one fits.
async fn free_example(app: &App, offer: &Offer, cx: &Context) -> Result<Option<Value>> {
    if offer.tenant.is_none() {
        // Nobody keeps a calendar for this place here: every room is as free as the schema's own example says.
        return Ok(None);
    }
    // Drawing costs: where nothing was free a moment ago, nobody looks again before the next minute.
    let none = format!("no example {} {}", app.now().as_second() / 60, key(&offer.service, cx));
    if app.schemas.get(&none).is_some() {
        return Ok(None);
    }
    let key = format!("example {}", key(&offer.service, cx));
    if let Some(kept) = app.schemas.get(&key)
        && is_free(offer, cx, kept.as_ref()).await?
    {
        return Ok(Some(kept.as_ref().clone()));
    }
    let seed = app.now().as_second().unsigned_abs();
    for n in 0..DRAWS {
        let (service, cx_here) = (offer.service.clone(), cx.clone());
        let drawn = app
            .work
            .run(move || schema::Sampler::new(&service, &cx_here, seed.wrapping_add(n)).next())
            .await?;
        let Some(answers) = drawn else { break };
        if in_time(&offer.service, cx, &answers) && is_free(offer, cx, &answers).await? {
            app.schemas.put(key, Arc::new(answers.clone()));
            return Ok(Some(answers));
        }
    }
    app.schemas.put(none, Arc::new(Value::Null));
    Ok(None)
}

/// Is nothing late that is sent today? An example that is would begin with an apology.
fn in_time(service: &Service, cx: &Context, answers: &Value) -> bool {
    let settled = schema::settle(service, &RawAnswers(answers.clone()), cx);
    let deadlines = domain::assess::deadlines(service, &settled, cx, cx.today);
    deadlines.iter().all(|d| d.late_by == 0)
}

async fn is_free(offer: &Offer, cx: &Context, answers: &Value) -> Result<bool> {
    let settled = schema::settle(&offer.service, &RawAnswers(answers.clone()), cx);
    let (Some(tenant), Some(span)) = (&offer.tenant, domain::booking::span(&offer.service, &settled)) else {
        return Ok(false);
    };
    let taken = tenant
        .read(move |t| t.free_busy(&span.room, span.from, span.to))
        .await?;
    Ok(taken.iter().all(|b| !b.kind.excludes()))
}
