//! The handles' signatures, while their bodies are being written. Goes away.
#![allow(unused_variables, clippy::todo)]
use std::path::{Path, PathBuf};

use domain::*;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use crate::seal::RootKey;
use crate::*;

impl RootKey {
    /// Reads the key (64 hex digits) or makes one, readable by its owner only.
    pub fn load_or_create(path: &Path, entropy: &Entropy) -> Result<RootKey> {
        todo!()
    }
    /// 64 hex digits, e.g. from the environment.
    pub fn from_hex(text: &str) -> Result<RootKey> {
        todo!()
    }
}

#[derive(Debug, Clone)]
pub struct StoreConfig {
    pub data: PathBuf,
    /// PostgreSQL DSN; `None`: SQLite files below `data`.
    pub database: Option<String>,
    pub root: RootKey,
    pub entropy: Entropy,
}

#[derive(Clone)]
pub struct Store;
impl Store {
    pub async fn open(config: StoreConfig) -> Result<Store> {
        todo!()
    }
    pub fn entropy(&self) -> &Entropy {
        todo!()
    }
    pub fn shared(&self) -> SharedStore {
        todo!()
    }
    pub fn drafts(&self) -> DraftStore {
        todo!()
    }
    /// Makes key, file and tables. An authority that exists is left as it is and returned.
    pub async fn create_tenant(&self, authority: Authority) -> Result<TenantStore> {
        todo!()
    }
    /// `Error::Missing("tenant")` if there is none.
    pub async fn tenant(&self, id: &TenantId) -> Result<TenantStore> {
        todo!()
    }
    /// Checks e-mail and password (same time for unknown ones), opens a session.
    pub async fn log_in(&self, email: &str, password: &str, now: Timestamp) -> Result<LogIn> {
        todo!()
    }
    /// Adds a clerk with a log-in. `Error::Conflict` if the address has one.
    pub async fn add_clerk(
        &self,
        tenant: &TenantId,
        email: &str,
        name: &str,
        password: &str,
        roles: &[String],
        now: Timestamp,
    ) -> Result<Clerk> {
        todo!()
    }
    pub async fn set_password(&self, tenant: &TenantId, clerk: &ClerkId, password: &str) -> Result<()> {
        todo!()
    }
    /// Tenants with jobs due, soonest first.
    pub async fn due_tenants(&self, now: Timestamp, limit: u32) -> Result<Vec<TenantId>> {
        todo!()
    }
    /// Rebuilds the hints from the tenants' own tables. Once after start.
    pub async fn sweep_hints(&self) -> Result<()> {
        todo!()
    }
    /// Returns when a job was written by this process or the time is over.
    pub async fn wait_for_job(&self, at_most: std::time::Duration) {
        todo!()
    }
}

/// What belongs to no tenant.
#[derive(Clone)]
pub struct SharedStore;
impl SharedStore {
    pub async fn authorities(&self) -> Result<Vec<Authority>> {
        todo!()
    }
    pub async fn authority(&self, id: &TenantId) -> Result<Option<Authority>> {
        todo!()
    }
    pub async fn authority_by_code(&self, kind: &str, code: &str) -> Result<Option<Authority>> {
        todo!()
    }
    /// false: the reference is taken, draw another. Call before the case is written.
    pub async fn reserve_reference(&self, reference: &str, tenant: &TenantId, case: &CaseId) -> Result<bool> {
        todo!()
    }
    pub async fn find_reference(&self, reference: &str) -> Result<Option<(TenantId, CaseId)>> {
        todo!()
    }
    pub async fn session(&self, token: &str, now: Timestamp) -> Result<Option<Session>> {
        todo!()
    }
    pub async fn end_session(&self, token: &str) -> Result<()> {
        todo!()
    }
    pub async fn end_sessions_of(&self, tenant: &TenantId, clerk: &ClerkId) -> Result<u64> {
        todo!()
    }
    /// Stores the bytes as the next version, or returns the latest if it has this hash.
    pub async fn publish_package(&self, service: &str, hash: &str, bytes: Vec<u8>, now: Timestamp) -> Result<i64> {
        todo!()
    }
    pub async fn latest_package(&self, service: &str) -> Result<Option<Package>> {
        todo!()
    }
    pub async fn latest_packages(&self) -> Result<Vec<Package>> {
        todo!()
    }
    pub async fn package(&self, hash: &str) -> Result<Option<Package>> {
        todo!()
    }
    /// Locked because of misses? `key` e.g. `login:…`, `code:REFERENCE`; it is hashed.
    pub async fn locked(&self, key: &str, now: Timestamp) -> Result<Option<Timestamp>> {
        todo!()
    }
    /// Counts a miss (10 an hour lock).
    pub async fn miss(&self, key: &str, now: Timestamp) -> Result<Option<Timestamp>> {
        todo!()
    }
    pub async fn clear_misses(&self, key: &str) -> Result<()> {
        todo!()
    }
    /// Demand of a place that has no tenant or has not opted in.
    pub async fn count_demand(&self, place: &Ags, service: &str, day: Date, kind: &str) -> Result<()> {
        todo!()
    }
    pub async fn demand(&self, place: Option<&Ags>, from: Date, to: Date) -> Result<Vec<CountRow>> {
        todo!()
    }
    /// Deletes expired sessions and old misses.
    pub async fn tidy(&self, now: Timestamp) -> Result<()> {
        todo!()
    }
}

/// Begun applications of nobody yet.
#[derive(Clone)]
pub struct DraftStore;
impl DraftStore {
    pub async fn create(&self, place: &Ags, service: &str, data: Value, now: Timestamp) -> Result<NewDraft> {
        todo!()
    }
    pub async fn by_link(&self, link: &str, now: Timestamp) -> Result<Resume> {
        todo!()
    }
    /// Small and capital letters, spaces, hyphens do not matter.
    pub async fn by_code(&self, code: &str, now: Timestamp) -> Result<Resume> {
        todo!()
    }
    /// Writes `draft.data`.
    pub async fn save(&self, draft: &Draft, now: Timestamp) -> Result<()> {
        todo!()
    }
    pub async fn delete(&self, id: &str) -> Result<()> {
        todo!()
    }
    pub async fn put_paper(&self, draft: &Draft, info: PaperInfo, bytes: Vec<u8>) -> Result<()> {
        todo!()
    }
    pub async fn paper(&self, draft: &Draft, id: &PaperId) -> Result<Option<(PaperInfo, Vec<u8>)>> {
        todo!()
    }
    pub async fn remove_paper(&self, draft: &Draft, id: &PaperId) -> Result<()> {
        todo!()
    }
    /// Deletes drafts past their 90 days; returns how many.
    pub async fn tidy(&self, now: Timestamp) -> Result<u64> {
        todo!()
    }
}

/// The data of one authority.
#[derive(Clone)]
pub struct TenantStore;
impl TenantStore {
    pub fn id(&self) -> &TenantId {
        todo!()
    }
    pub fn authority(&self) -> &Authority {
        todo!()
    }
    /// One transaction. Ok = committed and durable when this returns; Err or panic = nothing written.
    pub async fn write<R, E, F>(&self, f: F) -> Result<R, E>
    where
        F: FnOnce(&mut TenantTx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        todo!()
    }
    /// One consistent view; cannot write.
    pub async fn read<R, E, F>(&self, f: F) -> Result<R, E>
    where
        F: FnOnce(&TenantTx<'_>) -> Result<R, E> + Send + 'static,
        R: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        todo!()
    }
}

/// A transaction in one tenant.
pub struct TenantTx<'a>(std::marker::PhantomData<&'a ()>);
impl TenantTx<'_> {
    pub fn tenant(&self) -> &TenantId {
        todo!()
    }
    pub fn entropy(&self) -> &Entropy {
        todo!()
    }
    // cases
    pub fn insert_case(
        &mut self,
        case: &Case,
        access_code: &str,
        effects: &[Effect],
        actor: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        todo!()
    }
    pub fn case(&self, id: &CaseId) -> Result<Option<Case>> {
        todo!()
    }
    /// The case if the code is right (constant time).
    pub fn case_by_code(&self, id: &CaseId, access_code: &str) -> Result<Option<Case>> {
        todo!()
    }
    pub fn act(&mut self, id: &CaseId, action: Action, actor: &Actor, now: Timestamp) -> Result<Case, ActError> {
        todo!()
    }
    pub fn history(&self, id: &CaseId) -> Result<Vec<Event>> {
        todo!()
    }
    pub fn cases(&self, filter: &CaseFilter) -> Result<CasePage> {
        todo!()
    }
    pub fn tab_counts(&self, filter: &CaseFilter) -> Result<TabCounts> {
        todo!()
    }
    /// Everything of a case is gone; the audit log keeps that it was.
    pub fn delete_case(&mut self, id: &CaseId, actor: &Actor, now: Timestamp) -> Result<bool> {
        todo!()
    }
    // audit
    /// A row for reads and settings; `insert_case` and `act` write theirs themselves.
    pub fn audit(&mut self, actor: &str, event: &str, case: Option<&CaseId>, now: Timestamp) {
        todo!()
    }
    pub fn audit_rows(&self, after: i64, limit: u32) -> Result<Vec<AuditRow>> {
        todo!()
    }
    pub fn case_audit(&self, case: &CaseId) -> Result<Vec<AuditRow>> {
        todo!()
    }
    /// Recomputes the chain; number of rows and head, or the first bad row.
    pub fn verify_audit(&self) -> Result<Result<(i64, [u8; 32]), i64>> {
        todo!()
    }
    // papers and letters
    pub fn put_paper(&mut self, case: &CaseId, paper: &PaperRef, bytes: &[u8], now: Timestamp) -> Result<()> {
        todo!()
    }
    pub fn paper(&self, case: &CaseId, id: &PaperId) -> Result<Option<(PaperInfo, Vec<u8>)>> {
        todo!()
    }
    pub fn put_letter(&mut self, case: &CaseId, id: &LetterId, kind: &str, pdf: &[u8], now: Timestamp) -> Result<()> {
        todo!()
    }
    pub fn letter(&self, case: &CaseId, id: &LetterId) -> Result<Option<(LetterInfo, Vec<u8>)>> {
        todo!()
    }
    pub fn letters(&self, case: &CaseId) -> Result<Vec<LetterInfo>> {
        todo!()
    }
    // rooms and bookings
    pub fn put_room(&mut self, room: &RoomRow, actor: &str, now: Timestamp) -> Result<()> {
        todo!()
    }
    pub fn room(&self, id: &str) -> Result<Option<RoomRow>> {
        todo!()
    }
    /// `None`: of all places.
    pub fn rooms(&self, place: Option<&Ags>) -> Result<Vec<RoomRow>> {
        todo!()
    }
    pub fn book(&mut self, booking: &NewBooking, now: Timestamp) -> Result<Booking, BookError> {
        todo!()
    }
    pub fn cancel_booking(&mut self, id: &str) -> Result<bool> {
        todo!()
    }
    pub fn bookings(&self, room: Option<&str>, from: Timestamp, to: Timestamp) -> Result<Vec<Booking>> {
        todo!()
    }
    pub fn bookings_of(&self, case: &CaseId) -> Result<Vec<Booking>> {
        todo!()
    }
    /// Of the room, what contains it and its parts.
    pub fn free_busy(&self, room: &str, from: Timestamp, to: Timestamp) -> Result<Vec<Busy>> {
        todo!()
    }
    /// Up to `n` free spans as long as the given one, at the same local time on the nearest days.
    pub fn free_slots(
        &self,
        room: &str,
        from: Timestamp,
        to: Timestamp,
        n: usize,
        now: Timestamp,
    ) -> Result<Vec<Slot>> {
        todo!()
    }
    // settings
    pub fn opt_in(&mut self, place: &Ags, service: &str, active: bool, actor: &str, now: Timestamp) -> Result<()> {
        todo!()
    }
    pub fn opted_in(&self, place: &Ags, service: &str) -> Result<Option<OptIn>> {
        todo!()
    }
    pub fn opt_ins(&self, place: Option<&Ags>) -> Result<Vec<OptIn>> {
        todo!()
    }
    pub fn set_params(
        &mut self,
        place: &Ags,
        service: &str,
        params: std::collections::BTreeMap<String, Value>,
        actor: &str,
        now: Timestamp,
    ) -> Result<Setting> {
        todo!()
    }
    /// The set in force at `at`.
    pub fn params(&self, place: &Ags, service: &str, at: Timestamp) -> Result<Option<Setting>> {
        todo!()
    }
    /// Contact, hours, bank …: free JSON by place (`""` = the authority itself).
    pub fn set_office(&mut self, place: &str, office: &Value, actor: &str, now: Timestamp) -> Result<()> {
        todo!()
    }
    pub fn office(&self, place: &str) -> Result<Option<Value>> {
        todo!()
    }
    pub fn set_crest(&mut self, place: &str, crest: Option<&Image>, actor: &str, now: Timestamp) -> Result<()> {
        todo!()
    }
    pub fn crest(&self, place: &str) -> Result<Option<Image>> {
        todo!()
    }
    pub fn put_text_block(&mut self, block: &TextBlock, actor: &str, now: Timestamp) -> Result<()> {
        todo!()
    }
    pub fn delete_text_block(&mut self, id: &str, actor: &str, now: Timestamp) -> Result<bool> {
        todo!()
    }
    /// Of this service and for all; `""` = every one.
    pub fn text_blocks(&self, service: &str) -> Result<Vec<TextBlock>> {
        todo!()
    }
    /// Newest first.
    pub fn changes(&self, place: Option<&str>, limit: u32) -> Result<Vec<Change>> {
        todo!()
    }
    // clerks
    pub fn clerk(&self, id: &ClerkId) -> Result<Option<Clerk>> {
        todo!()
    }
    pub fn clerks(&self) -> Result<Vec<Clerk>> {
        todo!()
    }
    /// Name, roles, prefs, active; the address stays.
    pub fn update_clerk(&mut self, clerk: &Clerk, actor: &str, now: Timestamp) -> Result<()> {
        todo!()
    }
    // consultations
    /// Writes it and returns the link's token when the other has no desk here (`peer` = None).
    pub fn create_consultation(&mut self, consultation: &Consultation) -> Result<Option<String>> {
        todo!()
    }
    pub fn consultation(&self, id: &str) -> Result<Option<Consultation>> {
        todo!()
    }
    /// By the link's token; `None` if expired, revoked or unknown.
    pub fn consultation_by_token(&self, token: &str, now: Timestamp) -> Result<Option<Consultation>> {
        todo!()
    }
    pub fn consultations_of(&self, case: &CaseId) -> Result<Vec<Consultation>> {
        todo!()
    }
    /// Incoming ones, open first.
    pub fn incoming_consultations(&self) -> Result<Vec<Consultation>> {
        todo!()
    }
    /// Outgoing, unanswered, not revoked, not reminded, to be answered by `day` or earlier.
    pub fn consultations_to_remind(&self, day: Date) -> Result<Vec<Consultation>> {
        todo!()
    }
    /// false: already answered, revoked or expired.
    pub fn answer_consultation(&mut self, id: &str, answer: &ConsultAnswer) -> Result<bool> {
        todo!()
    }
    pub fn consultation_reminded(&mut self, id: &str, now: Timestamp) -> Result<()> {
        todo!()
    }
    pub fn revoke_consultation(&mut self, id: &str, now: Timestamp) -> Result<bool> {
        todo!()
    }
    // idempotency
    pub fn idempotency_claim(&mut self, key: &IdemKey, answers_hash: &[u8; 32], now: Timestamp) -> Result<Claim> {
        todo!()
    }
    pub fn idempotency_answer(&mut self, key: &IdemKey, answer: &Value) -> Result<()> {
        todo!()
    }
    /// Look-up without claiming, before routing.
    pub fn idempotency_find(&self, key: &IdemKey, answers_hash: &[u8; 32], now: Timestamp) -> Result<Option<Claim>> {
        todo!()
    }
    // jobs
    /// `dedup`: while a job with this key waits, another is not added (false).
    pub fn add_job(&mut self, kind: &str, payload: &Value, due: Timestamp, dedup: Option<&str>) -> Result<bool> {
        todo!()
    }
    /// Takes up to `limit` due jobs for five minutes; a crashed worker's come back after that.
    pub fn claim_jobs(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Job>> {
        todo!()
    }
    pub fn job_done(&mut self, id: &str) -> Result<()> {
        todo!()
    }
    /// Tries again later (1 min · 2ⁿ, at most 6 h); dead after ten tries. true = dead.
    pub fn job_failed(&mut self, id: &str, error: &str, now: Timestamp) -> Result<bool> {
        todo!()
    }
    pub fn dead_jobs(&self) -> Result<Vec<DeadJob>> {
        todo!()
    }
    pub fn revive_job(&mut self, id: &str, now: Timestamp) -> Result<bool> {
        todo!()
    }
    pub fn next_job_due(&self) -> Result<Option<Timestamp>> {
        todo!()
    }
    // counts
    pub fn count(&mut self, place: &Ags, service: &str, day: Date, kind: &str, n: i64) -> Result<()> {
        todo!()
    }
    pub fn counts(&self, from: Date, to: Date) -> Result<Vec<CountRow>> {
        todo!()
    }
    // between tenants
    pub fn send(&mut self, delivery: &Dispatch) -> Result<()> {
        todo!()
    }
    pub fn deliveries_open(&self, limit: u32) -> Result<Vec<Dispatch>> {
        todo!()
    }
    pub fn delivered(&mut self, id: &str, now: Timestamp) -> Result<()> {
        todo!()
    }
    /// true the first time this id comes: do the work in the same transaction.
    pub fn receive(&mut self, id: &str, from: &TenantId, kind: &str, now: Timestamp) -> Result<bool> {
        todo!()
    }
    // outbox
    /// false: a mail with this id is there already.
    pub fn queue_mail(&mut self, id: &str, mail: &Mail, now: Timestamp) -> Result<bool> {
        todo!()
    }
    pub fn mails_to_send(&self, limit: u32) -> Result<Vec<MailRow>> {
        todo!()
    }
    pub fn mail_sent(&mut self, id: &str, now: Timestamp) -> Result<()> {
        todo!()
    }
    pub fn mail_failed(&mut self, id: &str) -> Result<()> {
        todo!()
    }
    /// Newest first.
    pub fn mails(&self, limit: u32) -> Result<Vec<MailRow>> {
        todo!()
    }
    // feedback
    pub fn put_feedback(&mut self, feedback: &Feedback) -> Result<()> {
        todo!()
    }
    pub fn feedback(&self, limit: u32) -> Result<Vec<Feedback>> {
        todo!()
    }
    /// Deletes what is past its time (idempotency answers).
    pub fn tidy(&mut self, now: Timestamp) -> Result<()> {
        todo!()
    }
}
