//! Log-ins and sessions. An address, or a passkey's number, is kept as a keyed hash, a session's token as a hash: neither can be
//! read from a stolen file. A session holds no rights: they are read from the clerk's row at each request.

use domain::{ClerkId, TenantId};
use jiff::{SignedDuration, Timestamp};

use crate::engine::{Row, values};
use crate::seal::sha256;
use crate::shared::SharedStore;
use crate::sql::statements;
use crate::{Result, Session};

statements! { Shared "sessions";
    LOGIN_ADD = "insert into login (email_hash, tenant, clerk) values ($1, $2, $3) on conflict (email_hash) do nothing";
    LOGIN = "select tenant, clerk from login where email_hash = $1";
    OPEN = "insert into session (token_hash, tenant, clerk, created_at, expires_at, stage) values ($1, $2, $3, $4, $5, $6)";
    GET = "select tenant, clerk, created_at, expires_at, stage, seen_at, device from session \
        where token_hash = $1 and expires_at > $2 and coalesce(seen_at, created_at) > $3";
    SEEN = "update session set seen_at = $2, device = $3 where token_hash = $1";
    OF = "select token_hash, created_at, seen_at, device from session where tenant = $1 and clerk = $2 and stage = 'in' \
        and expires_at > $3 and coalesce(seen_at, created_at) > $4 order by coalesce(seen_at, created_at) desc, token_hash";
    PROMOTE = "update session set token_hash = $2, stage = 'in', created_at = $3, expires_at = $4 \
        where token_hash = $1 and stage <> 'in' and expires_at > $3";
    END = "delete from session where token_hash = $1";
    END_OF = "delete from session where tenant = $1 and clerk = $2";
    END_OTHERS = "delete from session where tenant = $1 and clerk = $2 and token_hash <> $3";
    TIDY = "delete from session where expires_at <= $1";
}

/// A working day; then log in again.
const OPEN_FOR: SignedDuration = SignedDuration::from_hours(12);
/// Without a request for so long, it ends: somebody has left the room (NIST SP 800-63B-4, section 2.2.3: an hour at most).
pub(crate) const IDLE: SignedDuration = SignedDuration::from_hours(1);
/// A request writes down that the session is used only if that was last done so long ago.
pub(crate) const SEEN_EACH: SignedDuration = SignedDuration::from_mins(2);
/// Time to find the telephone, and to set an app up on it.
const WAITING_FOR: SignedDuration = SignedDuration::from_mins(15);

/// A log-in as its owner sees it. The id names it and opens nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    pub id: String,
    pub since: Timestamp,
    pub seen: Timestamp,
    /// `Firefox unter Windows`
    pub device: String,
}

impl OpenSession {
    /// From hash, beginning, last use and device, as both lists of log-ins select them.
    pub(super) fn of(row: &Row) -> Result<OpenSession> {
        let since = row.time(1)?;
        Ok(OpenSession {
            id: name_of(row.bytes(0)?),
            since,
            seen: row.opt_time(2)?.unwrap_or(since),
            device: row.opt_text(3)?.unwrap_or_default().to_owned(),
        })
    }
}

/// How far a log-in has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Works at the desk.
    In,
    /// The password was right; the second factor is awaited.
    Code,
    /// The password was right; a second factor has to be set up first.
    SetUp,
}

impl Stage {
    fn word(self) -> &'static str {
        match self {
            Stage::In => "in",
            Stage::Code => "code",
            Stage::SetUp => "setup",
        }
    }

    /// A word that nobody knows opens nothing.
    fn read(word: &str) -> Option<Stage> {
        [Stage::In, Stage::Code, Stage::SetUp]
            .into_iter()
            .find(|s| s.word() == word)
    }
}

/// A row of `GET`.
fn read(r: &Row) -> Result<Option<(Session, Stage)>> {
    let Some(stage) = Stage::read(r.text(4)?) else {
        return Ok(None);
    };
    let session = Session {
        tenant: TenantId::from(r.text(0)?),
        clerk: ClerkId::from(r.text(1)?),
        created_at: r.time(2)?,
        expires_at: r.time(3)?,
    };
    Ok(Some((session, stage)))
}

/// What names a session to its owner.
pub(crate) fn name_of(token_hash: &[u8]) -> String {
    crate::seal::hex(&token_hash[..token_hash.len().min(8)])
}

fn token_hash(token: &str) -> Vec<u8> {
    sha256(&[token.as_bytes()]).to_vec()
}

impl SharedStore {
    pub(crate) fn email_hash(&self, email: &str) -> Vec<u8> {
        self.lookup
            .mac(&[b"email", email.trim().to_lowercase().as_bytes()])
            .to_vec()
    }

    /// false: the address has a log-in.
    pub(crate) async fn add_login(&self, email: &str, tenant: &TenantId, clerk: &ClerkId) -> Result<bool> {
        self.add_login_hash(self.email_hash(email), tenant, clerk).await
    }

    /// Names whom a keyed hash logs in; false: it has a log-in.
    pub(crate) async fn add_login_hash(&self, hash: Vec<u8>, tenant: &TenantId, clerk: &ClerkId) -> Result<bool> {
        let params = values![hash, tenant.as_str(), clerk.as_str()].to_vec();
        Ok(self.db.write(move |tx| tx.execute(&LOGIN_ADD, &params)).await? > 0)
    }

    pub(crate) async fn find_login(&self, email: &str) -> Result<Option<(TenantId, ClerkId)>> {
        self.login_of(self.email_hash(email)).await
    }

    pub(crate) async fn login_of(&self, hash: Vec<u8>) -> Result<Option<(TenantId, ClerkId)>> {
        let row = self.db.read(move |tx| tx.row(&LOGIN, values![hash])).await?;
        row.map(|r| Ok((TenantId::from(r.text(0)?), ClerkId::from(r.text(1)?))))
            .transpose()
    }

    /// Opens a session, or one that waits; returns the token for the cookie.
    pub(crate) async fn open_session(
        &self,
        tenant: &TenantId,
        clerk: &ClerkId,
        stage: Stage,
        now: Timestamp,
    ) -> Result<String> {
        let token = crate::codes::session_token(&self.entropy);
        let long = if stage == Stage::In { OPEN_FOR } else { WAITING_FOR };
        let params = values![
            token_hash(&token),
            tenant.as_str(),
            clerk.as_str(),
            now,
            now + long,
            stage.word()
        ]
        .to_vec();
        self.db.write(move |tx| tx.execute(&OPEN, &params)).await?;
        Ok(token)
    }

    /// A log-in at whatever stage.
    pub(crate) async fn any_session(&self, token: &str, now: Timestamp) -> Result<Option<(Session, Stage)>> {
        let hash = token_hash(token);
        let Some(r) = self
            .db
            .read(move |tx| tx.row(&GET, values![hash, now, now - IDLE]))
            .await?
        else {
            return Ok(None);
        };
        read(&r)
    }

    /// A session that works at the desk, used now from this device.
    pub(crate) async fn use_session(&self, token: &str, device: &str, now: Timestamp) -> Result<Option<Session>> {
        let hash = token_hash(token);
        let key = hash.clone();
        let Some(r) = self
            .db
            .read(move |tx| tx.row(&GET, values![key, now, now - IDLE]))
            .await?
        else {
            return Ok(None);
        };
        let (Some((session, stage)), used) = (read(&r)?, r.opt_time(5)?) else {
            return Ok(None);
        };
        if stage != Stage::In {
            return Ok(None);
        }
        if used.is_none_or(|at| at <= now - SEEN_EACH) {
            let device = device.to_owned();
            self.db
                .write(move |tx| tx.execute(&SEEN, values![hash, now, device]))
                .await?;
        }
        Ok(Some(session))
    }

    /// Where a clerk is logged in, the last used first.
    pub async fn sessions_of(&self, tenant: &TenantId, clerk: &ClerkId, now: Timestamp) -> Result<Vec<OpenSession>> {
        let params = values![tenant.as_str(), clerk.as_str(), now, now - IDLE].to_vec();
        let rows = self.db.read(move |tx| tx.rows(&OF, &params)).await?;
        rows.iter().map(OpenSession::of).collect()
    }

    /// Ends one of a clerk's sessions by the name that `sessions_of` gives it; false: there is no such one.
    pub async fn end_one_of(&self, tenant: &TenantId, clerk: &ClerkId, id: &str, now: Timestamp) -> Result<bool> {
        let (params, id) = (
            values![tenant.as_str(), clerk.as_str(), now, now - IDLE].to_vec(),
            id.to_owned(),
        );
        self.db
            .write(move |tx| {
                let rows = tx.rows(&OF, &params)?;
                for row in &rows {
                    let hash = row.bytes(0)?;
                    if name_of(hash) == id {
                        tx.execute(&END, values![hash.to_vec()])?;
                        return Ok(true);
                    }
                }
                Ok(false)
            })
            .await
    }

    /// What names this session in `sessions_of`.
    pub fn session_name(token: &str) -> String {
        name_of(&token_hash(token))
    }

    /// A log-in that waited works at the desk from now on, by a new token; `None`: it was ended meanwhile.
    pub(crate) async fn promote_session(&self, waited: &str, now: Timestamp) -> Result<Option<String>> {
        let token = crate::codes::session_token(&self.entropy);
        let params = values![token_hash(waited), token_hash(&token), now, now + OPEN_FOR].to_vec();
        let done = self.db.write(move |tx| tx.execute(&PROMOTE, &params)).await?;
        Ok((done > 0).then_some(token))
    }

    pub async fn end_session(&self, token: &str) -> Result<()> {
        let hash = token_hash(token);
        self.db.write(move |tx| tx.execute(&END, values![hash])).await?;
        Ok(())
    }

    /// Ends every other session of a clerk, those that wait too. `here`: the token of the one that goes on.
    pub async fn end_other_sessions(&self, tenant: &TenantId, clerk: &ClerkId, here: &str) -> Result<u64> {
        let params = values![tenant.as_str(), clerk.as_str(), token_hash(here)].to_vec();
        self.db.write(move |tx| tx.execute(&END_OTHERS, &params)).await
    }

    /// Ends every session of a clerk; how many.
    pub async fn end_sessions_of(&self, tenant: &TenantId, clerk: &ClerkId) -> Result<u64> {
        let params = values![tenant.as_str(), clerk.as_str()].to_vec();
        self.db.write(move |tx| tx.execute(&END_OF, &params)).await
    }
}
