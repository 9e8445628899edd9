//! Log-ins and sessions. An address is kept as a keyed hash, a session's token as a hash: neither can be
//! read from a stolen file. A session holds no rights: they are read from the clerk's row at each request.

use domain::{ClerkId, TenantId};
use jiff::{SignedDuration, Timestamp};

use crate::engine::values;
use crate::seal::sha256;
use crate::shared::SharedStore;
use crate::sql::statements;
use crate::{Result, Session};

statements! { Shared "sessions";
    LOGIN_ADD = "insert into login (email_hash, tenant, clerk) values ($1, $2, $3) on conflict (email_hash) do nothing";
    LOGIN = "select tenant, clerk from login where email_hash = $1";
    OPEN = "insert into session (token_hash, tenant, clerk, created_at, expires_at) values ($1, $2, $3, $4, $5)";
    GET = "select tenant, clerk, created_at, expires_at from session where token_hash = $1 and expires_at > $2";
    END = "delete from session where token_hash = $1";
    END_OF = "delete from session where tenant = $1 and clerk = $2";
    TIDY = "delete from session where expires_at <= $1";
}

/// A working day; then log in again.
const HOURS: i64 = 12;

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
        let params = values![self.email_hash(email), tenant.as_str(), clerk.as_str()].to_vec();
        Ok(self.db.write(move |tx| tx.execute(&LOGIN_ADD, &params)).await? > 0)
    }

    pub(crate) async fn find_login(&self, email: &str) -> Result<Option<(TenantId, ClerkId)>> {
        let hash = self.email_hash(email);
        let row = self.db.read(move |tx| tx.row(&LOGIN, values![hash])).await?;
        row.map(|r| Ok((TenantId::from(r.text(0)?), ClerkId::from(r.text(1)?))))
            .transpose()
    }

    /// Opens a session for twelve hours; returns the token for the cookie.
    pub(crate) async fn open_session(&self, tenant: &TenantId, clerk: &ClerkId, now: Timestamp) -> Result<String> {
        let token = crate::codes::session_token(&self.entropy);
        let expires = now + SignedDuration::from_hours(HOURS);
        let params = values![token_hash(&token), tenant.as_str(), clerk.as_str(), now, expires].to_vec();
        self.db.write(move |tx| tx.execute(&OPEN, &params)).await?;
        Ok(token)
    }

    /// A running session. Whether the clerk still may: `Store::who`.
    pub async fn session(&self, token: &str, now: Timestamp) -> Result<Option<Session>> {
        let hash = token_hash(token);
        let row = self.db.read(move |tx| tx.row(&GET, values![hash, now])).await?;
        row.map(|r| {
            Ok(Session {
                tenant: TenantId::from(r.text(0)?),
                clerk: ClerkId::from(r.text(1)?),
                created_at: r.time(2)?,
                expires_at: r.time(3)?,
            })
        })
        .transpose()
    }

    pub async fn end_session(&self, token: &str) -> Result<()> {
        let hash = token_hash(token);
        self.db.write(move |tx| tx.execute(&END, values![hash])).await?;
        Ok(())
    }

    /// Ends every session of a clerk; how many.
    pub async fn end_sessions_of(&self, tenant: &TenantId, clerk: &ClerkId) -> Result<u64> {
        let params = values![tenant.as_str(), clerk.as_str()].to_vec();
        self.db.write(move |tx| tx.execute(&END_OF, &params)).await
    }
}
