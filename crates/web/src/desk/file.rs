//! A case as the desk has it open: with the version of the service that it was made under, the office that
//! decides, and its neighbours in the list it was opened from. Also the one way in which the desk acts.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use domain::reference::Reference;
use domain::{Action, Case, CaseId};
use schema::{Context, Lang, Service};
use serde_json::json;
use store::{ActError, Consultation, TenantTx, TextBlock};

use crate::desk::query::ListQuery;
use crate::desk::session::Desk;
use crate::failure::{Failure, Result};
use crate::offer::Offer;
use crate::req::Req;
use crate::state::App;

/// An opened case.
pub struct File {
    pub case: Case,
    pub service: Arc<Service>,
    pub offer: Offer,
    /// How words about its decision vary: `contract`, `notice` or `permit`.
    pub act: &'static str,
    /// What other offices were asked about it.
    pub asked: Vec<Consultation>,
    /// Ready sentences of the authority for its service.
    pub blocks: Vec<TextBlock>,
}

/// What a decision rests on and what it may say, as a short mark: another mark means that what was shown is no longer what
/// is there. Of the questions to other offices each counts, not how many are open: one may be asked and answered while
/// the page is read.
pub fn basis(case: &Case, asked: &[Consultation], blocks: &[TextBlock]) -> String {
    let asked = asked.iter().map(|c| {
        json!([
            c.id,
            c.answer.as_ref().map(|a| a.at.to_string()),
            c.revoked_at.map(|t| t.to_string())
        ])
    });
    let blocks = blocks
        .iter()
        .filter(|b| ["condition", "refusal"].contains(&b.kind.as_str()))
        .map(|b| json!([b.id, b.text]));
    let told = json!([case.basis(), asked.collect::<Vec<_>>(), blocks.collect::<Vec<_>>()]);
    domain::receipt::hex(
        &aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, told.to_string().as_bytes()).as_ref()[..8],
    )
}

impl File {
    /// Context of the case, German.
    pub fn context(&self, app: &App) -> Context {
        domain::derive::context_of(&self.case, self.offer.context(app, Lang::De))
    }

    /// See [`basis`].
    pub fn basis(&self) -> String {
        basis(&self.case, &self.asked, &self.blocks)
    }

    /// A text of the service for this case.
    pub fn text(&self, cx: &Context, key: &str) -> String {
        crate::offer::service_text(&self.service, cx, &self.case.answers, key)
    }

    /// `Anzeige`, `Antrag` or `Anfrage`: what was sent.
    pub fn act_word(&self, app: &App) -> String {
        let act = match self.case.act {
            schema::Act::Notice => "notice",
            schema::Act::Application => "",
            schema::Act::Contract => "contract",
        };
        app.texts.of_act(Lang::De, "desk_word", act, "sent")
    }

    /// `Zugesagt`: a state of it, or an event of the same name, in a word.
    pub fn state_word(&self, app: &App, state: &str) -> String {
        app.texts.of_act(Lang::De, "desk_state", self.act, state)
    }

    /// `Auflagen`, of a contract `Bedingungen`: a word of its decision.
    pub fn word(&self, app: &App, key: &str) -> String {
        app.texts.of_act(Lang::De, "desk_word", self.act, key)
    }

    /// Still to be decided.
    pub fn is_open(&self) -> bool {
        self.case.state.is_open() && self.case.decision.is_none()
    }
}

/// Is this an id, not a reference?
pub fn is_id(key: &str) -> bool {
    key.len() == 32 && key.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// The id of a case of this authority by its reference. A foreign case and none look the same.
pub async fn id_of(app: &App, desk: &Desk, reference: &str) -> Result<CaseId> {
    let reference = Reference::parse(reference).map_err(|_| Failure::Case)?;
    match app.store.shared().find_reference(reference.as_str()).await? {
        Some((tenant, id)) if tenant == *desk.tenant.id() => Ok(id),
        _ => Err(Failure::Case),
    }
}

/// The case of this authority, without a word in the audit log: for handlers that act. Whoever shows something of
/// it says so with [`seen`].
pub async fn load(app: &App, desk: &Desk, id: &str) -> Result<File> {
    let asked = CaseId(id.to_owned());
    let found = desk
        .tenant
        .read(move |t| t.case(&asked)?.map(|case| around(t, case)).transpose());
    with_service(app, desk, found.await?.ok_or(Failure::Case)?).await
}

/// The same, read by a person: noted in the audit log, and what the applicant wrote and other offices answered is read.
pub async fn open(app: &App, desk: &Desk, id: &str) -> Result<File> {
    let (asked, actor, now) = (CaseId(id.to_owned()), desk.actor(), app.now());
    let me = desk.clerk.id.clone();
    let found = desk
        .tenant
        .write(move |t| {
            let Some(mut case) = t.case(&asked)? else {
                return Ok(None);
            };
            t.audit(me.as_str(), "case.read", Some(&asked), now);
            if case.unread > 0 || case.consults.unread > 0 {
                case = t.act(&asked, Action::Opened, &actor, now)?;
            }
            Ok::<_, ActError>(Some(around(t, case)?))
        })
        .await?
        .ok_or(Failure::Case)?;
    with_service(app, desk, found).await
}

type Found = (Case, Vec<Consultation>, Vec<TextBlock>);

/// With what belongs to it in the tenant's file.
fn around(t: &TenantTx<'_>, case: Case) -> store::Result<Found> {
    Ok((
        case.clone(),
        t.consultations_of(&case.id)?,
        t.text_blocks(&case.service)?,
    ))
}

/// A clerk is about to see something of the case: noted in the audit log, before it is shown.
pub async fn seen(app: &App, desk: &Desk, id: &CaseId, event: &'static str) -> Result<()> {
    let (id, me, now) = (id.clone(), desk.clerk.id.clone(), app.now());
    desk.tenant
        .write(move |t| {
            t.audit(me.as_str(), event, Some(&id), now);
            Ok::<_, store::Error>(())
        })
        .await?;
    Ok(())
}

async fn with_service(app: &App, desk: &Desk, (case, asked, blocks): Found) -> Result<File> {
    let service = app
        .services
        .version(&case.service_hash)
        .await?
        .ok_or_else(|| Failure::internal(format!("version of {} is missing", case.service)))?;
    let place = app.place_by_ags(&case.place)?;
    let offer = app.offer_at(place, service.clone(), desk.tenant.clone()).await?;
    let mut file = File {
        case,
        service,
        offer,
        act: "",
        asked,
        blocks,
    };
    file.act = domain::letter::act_word(&file.case, &file.service, &file.context(app));
    Ok(file)
}

/// What came of an action.
pub enum Acted {
    Done(Box<Case>),
    /// The sentence for the clerk.
    Refused(String),
}

/// Does actions in one transaction: all or none.
pub async fn act(app: &App, desk: &Desk, id: &CaseId, actions: Vec<Action>) -> Result<Acted> {
    let (id, actor, now) = (id.clone(), desk.actor(), app.now());
    let done = desk
        .tenant
        .write(move |t| {
            let mut last = None;
            for action in actions {
                last = Some(t.act(&id, action, &actor, now)?);
            }
            last.ok_or(ActError::NotFound)
        })
        .await;
    acted(done)
}

/// What a page says of what came of a transaction.
pub fn acted(done: Result<Case, ActError>) -> Result<Acted> {
    match done {
        Ok(case) => Ok(Acted::Done(Box::new(case))),
        Err(ActError::Refused(refusal)) => Ok(Acted::Refused(refusal.0)),
        Err(ActError::Taken(taken)) => Ok(Acted::Refused(taken_text(&taken))),
        Err(ActError::NotFound) => Err(Failure::Case),
        Err(other) => Err(other.into()),
    }
}

/// The room went to somebody else: with free times.
pub fn taken_text(taken: &store::Taken) -> String {
    let free: Vec<String> = taken.free.iter().map(|s| crate::format::moment(s.from)).collect();
    if free.is_empty() {
        "Der Raum ist in dieser Zeit schon vergeben.".into()
    } else {
        format!(
            "Der Raum ist in dieser Zeit schon vergeben. Frei ab: {}.",
            free.join("; ")
        )
    }
}

/// Goes back to the case with a word on what was done, or shows it with the refusal.
pub async fn after(app: &App, desk: &Desk, req: &Req, id: &CaseId, acted: Acted, done: &str) -> Result<Response> {
    match acted {
        Acted::Done(_) => {
            let to = ListQuery::parse(&req.query).at(&format!("/amt/v/{id}"));
            Ok(crate::reply::redirect(&crate::reply::with(&to, &format!("ok={done}"))))
        }
        Acted::Refused(why) => refused(app, desk, req, id, &why).await,
    }
}

/// The case with why something was not possible.
pub async fn refused(app: &App, desk: &Desk, req: &Req, id: &CaseId, why: &str) -> Result<Response> {
    let file = load(app, desk, id.as_str()).await?;
    seen(app, desk, id, "case.read").await?;
    crate::desk::case::render(app, desk, req, &file, StatusCode::UNPROCESSABLE_ENTITY, why).await
}

/// Where a case stands in the list it was opened from.
#[derive(Debug, Default, Clone)]
pub struct Neighbours {
    /// From 1; 0: not in the list (any more).
    pub at: usize,
    pub of: i64,
    pub before: Option<CaseId>,
    pub after: Option<CaseId>,
}

/// Rows looked through at a time, and how often: beyond that a case has no neighbours.
const SCAN: u32 = 500;
const SCANS: u32 = 4;

/// The neighbours in the list's order.
pub async fn neighbours(app: &App, desk: &Desk, list: &ListQuery, id: &CaseId) -> Result<Neighbours> {
    let mut filter = list.clone().opened(&desk.tenant).filter(&desk.clerk.id, app.today());
    filter.size = SCAN;
    let id = id.clone();
    let found = desk
        .tenant
        .read(move |t| {
            let mut ids: Vec<CaseId> = Vec::new();
            let mut total = 0;
            for page in 0..SCANS {
                filter.page = page;
                let part = t.cases(&filter)?;
                total = part.total;
                let last = part.rows.len() < SCAN as usize;
                ids.extend(part.rows.into_iter().map(|r| r.id));
                // One more row than the case itself: its next neighbour.
                let at = ids.iter().position(|i| *i == id);
                if last || at.is_some_and(|at| at + 1 < ids.len()) {
                    break;
                }
            }
            Ok::<_, store::Error>((ids.iter().position(|i| *i == id), ids, total))
        })
        .await?;
    let (at, ids, of) = found;
    Ok(match at {
        None => Neighbours {
            of,
            // Decided or moved away meanwhile: go on at the top.
            after: ids.first().cloned(),
            ..Neighbours::default()
        },
        Some(at) => Neighbours {
            at: at + 1,
            of,
            before: at.checked_sub(1).and_then(|i| ids.get(i).cloned()),
            after: ids.get(at + 1).cloned(),
        },
    })
}

/// The query of the list, for links and actions of a case: `` or `?ansicht=neu`.
pub fn kept(req: &Req) -> String {
    match ListQuery::parse(&req.query).text() {
        text if text.is_empty() => text,
        text => format!("?{text}"),
    }
}
