//! Cases: writing, reading, acting. `Case::apply` is the only way a case changes; this module writes what it
//! returns. The whole case and what a list shows are sealed under the case's own key.

use domain::{Action, Actor, Case, CaseId, Effect, Outcome};
use jiff::Timestamp;
use schema::DeadlineKind;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use crate::engine::{Row, Value, values};
use crate::seal::{Key, Place};
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{ActError, Error, Result};

statements! { Tenant "cases";
    INSERT = "insert into case_file (tenant, id, no, reference, place, service, service_hash, channel, \
        received_at, access_hash, case_key, seq, state, is_open, updated_at, event_day, due, late_by, assignee, \
        fee_open, to_print, summary, body, pay_state, pay_due, keep_stage, held) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
        $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)";
    UPDATE = "update case_file set seq = $3, state = $4, is_open = $5, updated_at = $6, event_day = $7, due = $8, \
        late_by = $9, assignee = $10, fee_open = $11, to_print = $12, summary = $13, body = $14, \
        pay_state = $15, pay_due = $16, keep_stage = $17, held = $18, keep_day = null \
        where tenant = $1 and id = $2";
    GET = "select seq, case_key, body, no, access_hash from case_file where tenant = $1 and id = $2";
    /// The same, and holds the row until the end of the transaction (PostgreSQL; SQLite has one writer).
    LOCK = "update case_file set seq = seq where tenant = $1 and id = $2 \
        returning seq, case_key, body, no, access_hash";
    KEY = "select case_key from case_file where tenant = $1 and id = $2";
    DELETE = "delete from case_file where tenant = $1 and id = $2";
}

/// What a list shows of a case beside the clear columns. Sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) title: String,
    pub(crate) applicant: String,
    pub(crate) place_name: String,
    pub(crate) assignee_name: Option<String>,
    pub(crate) looks: i64,
    pub(crate) answer_by: Option<jiff::civil::Date>,
    pub(crate) pending: bool,
    #[serde(default)]
    pub(crate) consults: domain::Consults,
    /// The last decision did not take effect.
    #[serde(default)]
    pub(crate) stuck: bool,
    #[serde(default)]
    pub(crate) act: schema::Act,
    #[serde(default)]
    pub(crate) called_off: bool,
    #[serde(default)]
    pub(crate) unread: u32,
    #[serde(default)]
    pub(crate) refund: bool,
    /// Since when it is on nobody's desk.
    #[serde(default)]
    pub(crate) closed_at: Option<Timestamp>,
}

impl Summary {
    fn of(case: &Case) -> Summary {
        Summary {
            title: case.title.clone(),
            applicant: case.applicant.clone(),
            place_name: case.place_name.clone(),
            assignee_name: case.assignee_name.clone(),
            looks: case.findings.iter().filter(|f| !f.ok).count() as i64,
            answer_by: case.question.as_ref().map(|q| q.answer_by),
            pending: case.decision.as_ref().is_some_and(|d| !d.in_effect),
            consults: case.consults,
            stuck: case.obstacle.is_some(),
            act: case.act,
            called_off: case.called_off.is_some(),
            unread: case.unread,
            refund: case.owes_refund(),
            closed_at: case.closed_at,
        }
    }
}

/// A case as read, with what is needed to write it again.
pub(crate) struct Stored {
    pub(crate) case: Case,
    pub(crate) no: i64,
    seq: i64,
    key: Key,
    access: Vec<u8>,
}

/// Granted, something to pay, and not paid.
fn fee_open(case: &Case) -> bool {
    case.granted() && case.fee.is_open()
}

/// A place in the case's tables, bound to its version.
pub(crate) fn case_place<'a>(tenant: &'a str, id: &'a str, column: &'static str, version: i64) -> Place<'a> {
    Place {
        tenant,
        table: "case_file",
        row: id,
        column,
        version,
    }
}

/// Clear columns that change, from `state` on, and the sealed ones.
fn changing(t: &TenantTx<'_>, case: &Case, key: &Key, seq: i64, now: Timestamp) -> Result<Vec<Value>> {
    let seal = |column: &'static str, plain: Vec<u8>| {
        let plain = zeroize::Zeroizing::new(plain);
        key.seal(
            case_place(t.tenant().as_str(), case.id.as_str(), column, seq),
            &plain,
            t.entropy(),
        )
    };
    let late = case
        .deadlines
        .iter()
        .filter(|d| d.kind == DeadlineKind::Notice)
        .map(|d| d.late_by)
        .max()
        .unwrap_or(0);
    let delivery = &case.delivery;
    let (pay_state, pay_due) = crate::payments::columns(case);
    let (keep_stage, held) = crate::keeping::columns(case);
    Ok(values![
        seq,
        case.state.as_str(),
        case.state.is_open(),
        now,
        case.event_day,
        case.due(),
        late,
        case.assignee.as_ref().map(|a| a.0.clone()),
        fee_open(case),
        delivery.print_since.is_some() && delivery.printed_at.is_none(),
        seal("summary", serde_json::to_vec(&Summary::of(case))?)?,
        seal("body", serde_json::to_vec(case)?)?,
        pay_state,
        pay_due,
        keep_stage,
        held,
    ]
    .to_vec())
}

/// `online`, `api`, `paper`, `phone`.
fn channel_word(case: &Case) -> Result<String> {
    Ok(serde_json::to_value(case.channel)?
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

/// The code as it is compared: letters and digits only, capitals.
fn plain_code(code: &str) -> Vec<u8> {
    code.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|b| b.to_ascii_uppercase())
        .collect()
}

/// Name of an action in the audit log.
fn audit_event(action: &Action) -> &'static str {
    match action {
        Action::Assign { .. } => "case.assign",
        Action::Note { .. } => "case.note",
        Action::Ask { .. } => "case.ask",
        Action::Answer { .. } => "case.answer",
        Action::Message { .. } => "case.message",
        Action::Decide { .. } => "case.decide",
        Action::TakeBack => "case.take_back",
        Action::TakeEffect { .. } => "case.take_effect",
        Action::Undo { .. } => "case.undo",
        Action::Retrieved => "case.retrieved",
        Action::Print => "case.print",
        Action::Printed => "case.printed",
        Action::Withdraw { .. } => "case.withdraw",
        Action::Transfer { .. } => "case.transfer",
        Action::GoesOn { .. } => "case.goes_on",
        Action::HandedOver { .. } => "case.handed_over",
        Action::Paid => "case.paid",
        Action::Remind => "case.remind",
        Action::ReturnDeposit => "case.return_deposit",
        Action::Refund => "case.refund",
        Action::UndoPayment => "case.undo_payment",
        Action::CallOff { .. } => "case.call_off",
        Action::DropFee => "case.drop_fee",
        Action::Consulted { .. } => "case.consulted",
        Action::ConsultAnswered { .. } => "case.consult_answered",
        Action::ConsultReminded { .. } => "case.consult_reminded",
        Action::ConsultRevoked { .. } => "case.consult_revoked",
        Action::TimeOver => "case.time_over",
        Action::Offer { .. } => "case.offered",
        Action::Exported => "case.archive_exported",
        Action::ArchiveAnswered { .. } => "case.archive_answered",
        Action::ArchiveSilent => "case.archive_silent",
        Action::Release => "case.released",
        Action::Recall => "case.recalled",
        Action::Hold { .. } => "case.hold",
        Action::LiftHold { .. } => "case.hold_lifted",
        Action::EraseAnswers { .. } => "case.answers_erased",
        Action::Opened => "case.opened",
        Action::Begin => "case.begin",
    }
}

/// The actor as clear columns name it: an id, never a name.
pub(crate) fn actor_id(actor: &Actor) -> &str {
    match actor {
        Actor::Clerk { id, .. } => id.as_str(),
        other => other.label(),
    }
}

fn access_hash(key: &Key, id: &CaseId, code: &str) -> [u8; 32] {
    key.mac(&[b"case", id.as_str().as_bytes(), &plain_code(code)])
}

impl TenantTx<'_> {
    pub(crate) fn access_hash(&self, id: &CaseId, code: &str) -> [u8; 32] {
        access_hash(&self.keys().access, id, code)
    }

    /// Is this the code whose hash was kept (compared in constant time)? Codes of an authority that was merged into this
    /// one hold.
    pub(crate) fn access_fits(&self, id: &CaseId, code: &str, kept: &[u8]) -> Result<bool> {
        let fits = |given: [u8; 32]| bool::from(given.as_slice().ct_eq(kept));
        if fits(self.access_hash(id, code)) {
            return Ok(true);
        }
        let former = self.former_access()?;
        Ok(former.iter().any(|(_, key)| fits(access_hash(key, id, code))))
    }

    fn stored(&self, id: &CaseId, row: &Row) -> Result<Stored> {
        let tenant = self.tenant().as_str();
        let seq = row.int(0)?;
        let key = Key::unwrap(
            &self.keys().seal,
            case_place(tenant, id.as_str(), "case_key", 1),
            row.bytes(1)?,
        )?;
        let body = zeroize::Zeroizing::new(key.open(case_place(tenant, id.as_str(), "body", seq), row.bytes(2)?)?);
        let case = serde_json::from_slice(&body)?;
        Ok(Stored {
            case,
            no: row.int(3)?,
            seq,
            key,
            access: row.bytes(4)?.to_vec(),
        })
    }

    /// The case with what its applicant's code is checked against.
    pub(crate) fn case_with_access(&mut self, id: &CaseId) -> Result<Option<(Case, Vec<u8>)>> {
        let rows = self.returning(&LOCK, values![id.as_str()])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let stored = self.stored(id, row)?;
        Ok(Some((stored.case, stored.access)))
    }

    /// The case's own key.
    pub(crate) fn case_key(&self, id: &CaseId) -> Result<Option<Key>> {
        let Some(row) = self.row(&KEY, values![id.as_str()])? else {
            return Ok(None);
        };
        let place = case_place(self.tenant().as_str(), id.as_str(), "case_key", 1);
        Key::unwrap(&self.keys().seal, place, row.bytes(0)?).map(Some)
    }

    /// Writes a new case with history, jobs, counts, search tokens and an audit row. The reference has to
    /// be reserved before (`SharedStore::reserve_reference`). Bookings and papers: `book`, `put_paper`.
    ///
    /// # Errors
    /// `Conflict` if id or reference exist in this tenant; `Missing` if the case names another tenant.
    pub fn insert_case(
        &mut self,
        case: &Case,
        access_code: &str,
        effects: &[Effect],
        actor: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        if case.tenant != *self.tenant() {
            return Err(Error::Missing("tenant of the case"));
        }
        let id = case.id.as_str();
        let key = Key::random(self.entropy());
        let wrapped = key.wrap(
            &self.keys().seal,
            case_place(self.tenant().as_str(), id, "case_key", 1),
            self.entropy(),
        )?;
        let no = i64::from_be_bytes(self.entropy().bytes()) & i64::MAX;
        let mut params = values![
            id,
            no,
            case.reference.as_str(),
            case.place.as_str(),
            case.service.as_str(),
            case.service_hash.as_str(),
            channel_word(case)?,
            case.received_at,
            self.access_hash(&case.id, access_code).as_slice(),
            wrapped,
        ]
        .to_vec();
        params.extend(changing(self, case, &key, 1, now)?);
        self.execute(&INSERT, &params)?;
        self.add_tokens(no, &crate::search::words_of(case))?;
        self.audit(actor_id(actor), "case.received", Some(&case.id), now);
        self.write_effects(case, &key, effects, actor, now)
    }

    /// The case.
    pub fn case(&self, id: &CaseId) -> Result<Option<Case>> {
        let Some(row) = self.row(&GET, values![id.as_str()])? else {
            return Ok(None);
        };
        Ok(Some(self.stored(id, &row)?.case))
    }

    /// The case if the applicant's access code is right (compared in constant time). Count misses with
    /// `SharedStore::miss`.
    pub fn case_by_code(&self, id: &CaseId, access_code: &str) -> Result<Option<Case>> {
        let Some(row) = self.row(&GET, values![id.as_str()])? else {
            return Ok(None);
        };
        let stored = self.stored(id, &row)?;
        Ok(self
            .access_fits(id, access_code, &stored.access)?
            .then_some(stored.case))
    }

    /// Loads the case, applies the action and writes case, history, jobs, counts, bookings, search tokens
    /// and an audit row in this transaction.
    ///
    /// # Errors
    /// `Refused` with a sentence for the person, `Taken` if a wish cannot become firm. Nothing was written
    /// then, and the transaction can go on.
    pub fn act(&mut self, id: &CaseId, action: Action, actor: &Actor, now: Timestamp) -> Result<Case, ActError> {
        let rows = self.returning(&LOCK, values![id.as_str()])?;
        let stored = self.stored(id, rows.first().ok_or(ActError::NotFound)?)?;
        let event = audit_event(&action);
        let grants = matches!(&action, Action::Decide { outcome, .. } if *outcome != Outcome::Refused);
        let before = crate::search::words_of(&stored.case);
        let (case, effects) = stored.case.apply(action, actor, now)?;
        if grants {
            // Whoever decides hears at once that the room went to somebody else.
            let booked = self.check_wishes(id, now)?;
            if booked.is_empty() && case.room.is_some() {
                return Err(ActError::Refused(domain::Refusal(
                    "Für diesen Vorgang ist kein Raum gebucht. Öffnen Sie den Vorgang noch einmal.".to_owned(),
                )));
            }
        }
        if effects.contains(&Effect::BookingFirm) {
            // May be refused: before anything is written.
            self.make_firm(id, now)?;
        }
        let mut params = values![id.as_str()].to_vec();
        params.extend(changing(self, &case, &stored.key, stored.seq + 1, now)?);
        self.execute(&UPDATE, &params)?;
        let after = crate::search::words_of(&case);
        if before != after {
            self.remove_tokens(stored.no, &before)?;
            self.add_tokens(stored.no, &after)?;
        }
        self.audit(actor_id(actor), event, Some(id), now);
        self.write_effects(&case, &stored.key, &effects, actor, now)?;
        Ok(case)
    }

    fn write_effects(
        &mut self,
        case: &Case,
        key: &Key,
        effects: &[Effect],
        actor: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        for effect in effects {
            match effect {
                Effect::History { kind, public, text } => {
                    self.add_event(&case.id, key, kind, *public, text, actor, now)?;
                }
                Effect::Job { kind, payload, due } => {
                    self.add_job(kind, payload, *due, None)?;
                }
                // `act` has done it.
                Effect::BookingFirm => {}
                Effect::BookingRelease => self.release_bookings(&case.id)?,
                Effect::Count { kind } => self.count(&case.place, &case.service, now, kind, 1)?,
            }
        }
        Ok(())
    }

    /// Everything of the case is gone: row, key, history, papers, letters, bookings, tokens. The audit log
    /// keeps that it was.
    pub fn delete_case(&mut self, id: &CaseId, actor: &Actor, now: Timestamp) -> Result<bool> {
        let rows = self.returning(&LOCK, values![id.as_str()])?;
        let Some(row) = rows.first() else { return Ok(false) };
        let stored = self.stored(id, row)?;
        self.remove_tokens(stored.no, &crate::search::words_of(&stored.case))?;
        self.execute(&DELETE, values![id.as_str()])?;
        self.audit(actor_id(actor), "case.erased", Some(id), now);
        Ok(true)
    }
}
