//! From checked answers to a durable case: the same path for pages, API and desk. One transaction in
//! the deciding authority's data; the answer is given only after the commit.

use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use domain::receipt::{digest, hex};
use domain::reference::{Reference, draw_code};
use domain::submit::{Submission, submit};
use domain::{Actor, CaseId, Channel, Identity, PaperRef};
use jiff::Timestamp;
use schema::{Assurance, CheckedAnswers, Lang};
use serde_json::{Value, json};
use store::{BookError, BookingKind, Claim, Hourly, IdemKey, NewBooking, OnRequest, Taken};

use crate::alarm;
use crate::failure::{Failure, Result};
use crate::format;
use crate::offer::Offer;
use crate::state::App;

/// What comes in.
pub struct Incoming {
    pub answers: CheckedAnswers,
    pub papers: Vec<(PaperRef, Vec<u8>)>,
    /// Idempotency key.
    pub key: String,
    /// Hash of the request as it came: what the key stands for. Never of anything computed, which changes with the
    /// day and the tariff.
    pub request: [u8; 32],
    /// Id of the new case, where the sender has one: a case is made of it once, however often it is sent.
    pub id: Option<CaseId>,
    pub channel: Channel,
    pub actor: Actor,
    /// Who vouches for the sender.
    pub identity: Option<Identity>,
    pub lang: Lang,
}

/// What came of it.
#[derive(Debug)]
pub enum Sent {
    /// The HTTP contract's 201 body; the same again for a repeated key.
    Done(Value),
    /// Same key, other answers.
    KeyReused,
    /// The room is taken; nothing was written.
    Taken(Taken),
    /// Who sends it has to be known at least this surely; nothing was written.
    Unsure(Assurance),
}

/// Why the transaction was rolled back.
enum Stop {
    Taken(Taken),
    Full(Hourly),
    Store(store::Error),
    Book(String),
}

impl From<store::Error> for Stop {
    fn from(e: store::Error) -> Self {
        Stop::Store(e)
    }
}

/// How surely it has to be known who sends this online; `None`: not at all. The service says it, no place can change it.
pub fn needed(offer: &Offer) -> Option<Assurance> {
    offer.service.assurance.as_ref().map(|rule| rule.level)
}

/// The same where it is sent online: on paper there is a signature, and a clerk enters what came on it.
pub fn needed_here(offer: &Offer) -> Option<Assurance> {
    needed(offer).filter(|_| offer.local.open && offer.by_hand.is_none())
}

/// Writes the application. `offer.tenant` must be there and the service open (or entered by a clerk).
pub async fn send(app: &App, offer: &Offer, incoming: Incoming) -> Result<Sent> {
    send_received(app, offer, incoming, app.now()).await
}

/// The same for what was received earlier, on paper: periods count from then.
pub async fn send_received(app: &App, offer: &Offer, incoming: Incoming, received_at: Timestamp) -> Result<Sent> {
    let tenant = offer.tenant.clone().ok_or(Failure::Page)?;
    let now = app.now();
    let refs: Vec<PaperRef> = incoming.papers.iter().map(|(p, _)| p.clone()).collect();
    let hash = digest(incoming.answers.value(), &refs);
    let (request, own_id, lang) = (incoming.request, incoming.id.is_some(), incoming.lang);
    let key = IdemKey {
        place: offer.place.ags().clone(),
        service: offer.service.id.clone(),
        key: incoming.key.clone(),
    };

    let asked = key.clone();
    match tenant.read(move |t| t.idempotency_find(&asked, &request, now)).await? {
        Some(Claim::Replay(body)) => return Ok(Sent::Done(body)),
        Some(Claim::OtherAnswers) => return Ok(Sent::KeyReused),
        _ => {}
    }

    // Not what a clerk enters: that came signed, or somebody spoke.
    let level = incoming.identity.as_ref().map(|i| i.level).unwrap_or_default();
    if let Some(needed) = needed(offer).filter(|needed| incoming.actor == Actor::Applicant && level < *needed) {
        return Ok(Sent::Unsure(needed));
    }
    let entropy = app.store.entropy();
    let id = incoming.id.unwrap_or_else(|| CaseId(entropy.id()));
    let access_code = draw_code(entropy.bytes());
    let year = domain::date_of(received_at).year();
    let mut reference = None;
    for _ in 0..20 {
        let drawn = Reference::draw(entropy.bytes(), &offer.place.name, &offer.service.code, year);
        if app
            .store
            .shared()
            .reserve_reference(drawn.as_str(), tenant.id(), &id)
            .await?
        {
            reference = Some(drawn);
            break;
        }
    }
    let reference = reference.ok_or_else(|| Failure::internal("no free reference"))?;
    // What came on paper counts from the day it came, for lateness and regime too.
    let received = domain::berlin(received_at);
    let cx = schema::Context {
        today: received.date(),
        now: format!("{:02}:{:02}", received.hour(), received.minute()),
        ..offer.context(app, incoming.lang)
    };
    let (case, effects, failures) = submit(
        &offer.service,
        &incoming.answers,
        &cx,
        Submission {
            id: id.clone(),
            tenant: tenant.id().clone(),
            reference: reference.to_string(),
            channel: incoming.channel,
            identity: incoming.identity,
            now: received_at,
            papers: refs,
            digest: hex(&hash),
            access_code: access_code.clone(),
        },
    );
    alarm::failed(&offer.service.id, &failures);
    let body = answer(app, offer, &case, &access_code);
    let booking = booking(offer, incoming.answers.value(), &id, &case.title);
    let (papers, actor) = (incoming.papers, incoming.actor);
    let weight = papers.iter().map(|(_, bytes)| bytes.len()).sum();
    // What a clerk enters is not held back by what comes in from everywhere.
    let from_outside = actor == Actor::Applicant && !app.limits.are_off();
    let at = tenant.id().clone();
    let outcome = tenant
        .write(move |t| -> Result<Sent, Stop> {
            match t.idempotency_claim(&key, &request, now)? {
                Claim::Replay(body) => return Ok(Sent::Done(body)),
                Claim::OtherAnswers => return Ok(Sent::KeyReused),
                Claim::New => {}
            }
            if from_outside && let Some(full) = t.full(weight, now)? {
                return Err(Stop::Full(full));
            }
            t.insert_case(&case, &access_code, &effects, &actor, now)?;
            for (paper, bytes) in &papers {
                t.put_paper(&case.id, paper, bytes, now)?;
            }
            if let Some(booking) = &booking {
                match t.book(booking, now) {
                    Ok(_) => {}
                    Err(BookError::Taken(taken)) => return Err(Stop::Taken(taken)),
                    Err(BookError::Store(e)) => return Err(Stop::Store(e)),
                    Err(other) => return Err(Stop::Book(other.to_string())),
                }
            }
            t.idempotency_answer(&key, &body)?;
            Ok(Sent::Done(body))
        })
        .await;
    match outcome {
        Ok(sent) => Ok(sent),
        Err(Stop::Taken(taken)) => Ok(Sent::Taken(taken)),
        Err(Stop::Full(full)) => Err(alarm::crowded(app, at.as_str(), full)),
        // The draft's own case is there already, and its key too old to say which.
        Err(Stop::Store(store::Error::Conflict(_))) if own_id => {
            Err(Failure::Gone(app.texts.text(lang, "sent.long_ago")))
        }
        Err(Stop::Store(e)) => Err(e.into()),
        Err(Stop::Book(why)) => Err(Failure::Bad(why)),
    }
}

/// The room and time that answers ask for, if the service books rooms.
pub fn booking(offer: &Offer, answers: &Value, case: &CaseId, title: &str) -> Option<NewBooking> {
    let span = domain::booking::span(&offer.service, answers)?;
    let wish = only_wished(offer, &span.room);
    Some(NewBooking {
        room: span.room,
        case: Some(case.clone()),
        from: span.from,
        to: span.to,
        kind: if wish { BookingKind::Wish } else { BookingKind::Hold },
        label: domain::booking::label(answers, title),
    })
}

/// Nobody has this room before it is granted: wishes exclude nobody.
pub fn only_wished(offer: &Offer, room: &str) -> bool {
    let mut rooms = offer.local.rooms.iter();
    rooms.any(|r| r.room.id == room && r.on_request == OnRequest::Wish)
}

/// Hash of a request as it came: the same JSON in another order or spacing is the same request.
pub fn request_hash(given: &Value) -> [u8; 32] {
    fn feed(value: &Value, into: &mut Context) {
        match value {
            Value::Object(map) => {
                let mut fields: Vec<_> = map.iter().collect();
                fields.sort_by_key(|(name, _)| *name);
                into.update(b"{");
                for (name, value) in fields {
                    into.update(Value::from(name.as_str()).to_string().as_bytes());
                    into.update(b":");
                    feed(value, into);
                    into.update(b",");
                }
                into.update(b"}");
            }
            Value::Array(list) => {
                into.update(b"[");
                for value in list {
                    feed(value, into);
                    into.update(b",");
                }
                into.update(b"]");
            }
            other => into.update(other.to_string().as_bytes()),
        }
    }
    let mut context = Context::new(&SHA256);
    feed(given, &mut context);
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// What the key already stands for, in every authority that the service can name for the place: who is
/// responsible may have changed since.
pub async fn earlier(app: &App, offer: &Offer, key: &str, request: [u8; 32]) -> Result<Option<Sent>> {
    let now = app.now();
    let place = &offer.place.municipality;
    let mut authorities = vec![
        offer.route.authority.id.clone(),
        place.association.authority.id.clone(),
        place.district.authority.id.clone(),
        domain::routing::town(place).id,
    ];
    authorities.sort();
    authorities.dedup();
    for id in authorities {
        let Some(tenant) = app.tenant(&id).await? else { continue };
        let asked = IdemKey {
            place: offer.place.ags().clone(),
            service: offer.service.id.clone(),
            key: key.to_owned(),
        };
        match tenant.read(move |t| t.idempotency_find(&asked, &request, now)).await? {
            Some(Claim::Replay(body)) => return Ok(Some(Sent::Done(body))),
            Some(Claim::OtherAnswers) => return Ok(Some(Sent::KeyReused)),
            _ => {}
        }
    }
    Ok(None)
}

/// The contract's 201 body.
fn answer(app: &App, offer: &Offer, case: &domain::Case, access_code: &str) -> Value {
    let deadlines: Vec<Value> = case
        .deadlines
        .iter()
        .map(|d| json!({ "kind": d.kind, "last_day": d.last_day.to_string(), "late_by": d.late_by }))
        .collect();
    let cents = case.fee.total_cents;
    let text = if cents == 0 {
        app.texts.text(Lang::De, "place.free")
    } else {
        format::euro(cents)
    };
    json!({
        "reference": case.reference, "access_code": access_code, "status": case.state.as_str(),
        "authority": { "id": offer.route.authority.id.0, "name": offer.route.authority.name },
        "received_at": format::iso(case.received_at),
        "receipt": format!("/api/v1/applications/{}/receipt.pdf", case.reference),
        "deadlines": deadlines, "fee": { "cents": cents, "text": text },
    })
}

/// The receipt's PDF, waiting a moment for the job that makes it.
pub async fn letter_when_ready(
    tenant: &store::TenantStore,
    case: &CaseId,
    kind: &'static str,
) -> Result<Option<Vec<u8>>> {
    for _ in 0..40 {
        let id = case.clone();
        let found = tenant
            .read(move |t| -> Result<Option<Vec<u8>>, store::Error> {
                let Some(info) = t.letters(&id)?.into_iter().rfind(|l| l.kind == kind) else {
                    return Ok(None);
                };
                Ok(t.letter(&id, &info.id)?.map(|(_, bytes)| bytes))
            })
            .await?;
        if found.is_some() {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::request_hash;
    use serde_json::{Value, json};

    #[test]
    fn a_request_is_the_same_in_another_order_and_another_with_other_content() {
        let parse = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        let one = request_hash(&parse(r#"{"a": {"x": 1, "y": [true, null]}, "b": "2"}"#));
        assert_eq!(one, request_hash(&parse(r#"{"b":"2","a":{"y":[true,null],"x":1}}"#)));
        for other in [
            json!({"a": {"x": 1, "y": [null, true]}, "b": "2"}),
            json!({"a": {"x": 1, "y": [true, null]}, "b": 2}),
            json!({"a": {"x": 1}, "y": [true, null], "b": "2"}),
            json!({"a": {"x": 1, "y": [true, null], "b": "2"}}),
        ] {
            assert_ne!(one, request_hash(&other), "{other}");
        }
    }
}
