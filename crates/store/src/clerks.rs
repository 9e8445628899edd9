//! Who works at an authority's desk. Addresses and names are sealed; the shared log-in table knows an
//! address only as a keyed hash.

use domain::ClerkId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::{Row, values};
use crate::seal::sha256;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Clerk, Error, Result};

statements! { Tenant "clerks";
    INSERT = "insert into clerk (tenant, id, created_at, active, roles, prefs, password, body) \
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    UPDATE = "update clerk set active = $3, roles = $4, prefs = $5, body = $6 where tenant = $1 and id = $2";
    GET = "select id, created_at, active, roles, prefs, body, password from clerk where tenant = $1 and id = $2";
    LIST = "select id, created_at, active, roles, prefs, body from clerk where tenant = $1 order by created_at, id";
    LOCK = "select id from clerk where tenant = $1 order by id /*postgres:for update*/";
    PASSWORD = "update clerk set password = $3 where tenant = $1 and id = $2";
}

/// The role of who reads what was done at an authority, and opens no case.
pub const AUDITOR: &str = "auditor";
/// What `change_clerk` names in its `Conflict`.
pub const LAST_LEAD: &str = "einziges Konto mit Leitung";

/// Reads what was done, and works on nothing.
pub fn only_audits(clerk: &Clerk) -> bool {
    let has = |role: &str| clerk.roles.iter().any(|r| r == role);
    has(AUDITOR) && !has("clerk") && !has("lead")
}

/// Leads the authority now.
pub fn leads(clerk: &Clerk) -> bool {
    clerk.active && clerk.roles.iter().any(|r| r == "lead")
}

/// That somebody gave the password of an account, and which one it was: whoever sets up a way in with it is asked again
/// whether it still holds. Says nothing of the password or of the hash that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven(String);

impl Proven {
    pub(crate) fn of(hash: &str) -> Proven {
        let mark = sha256(&[b"proven", hash.as_bytes()]);
        Proven(mark.iter().map(|b| format!("{b:02x}")).collect())
    }
}

#[derive(Serialize, Deserialize)]
struct Body {
    email: String,
    name: String,
}

impl TenantTx<'_> {
    fn clerk_row(&self, row: &Row) -> Result<Clerk> {
        let id = row.text(0)?;
        let body: Body = self.open("clerk", id, "body", row.bytes(5)?)?;
        Ok(Clerk {
            id: ClerkId::from(id),
            email: body.email,
            name: body.name,
            roles: serde_json::from_str(row.text(3)?)?,
            prefs: serde_json::from_str(row.text(4)?)?,
            active: row.flag(2)?,
            created_at: row.time(1)?,
        })
    }

    fn clerk_body(&self, clerk: &Clerk) -> Result<Vec<u8>> {
        let body = Body {
            email: clerk.email.clone(),
            name: clerk.name.clone(),
        };
        self.seal("clerk", clerk.id.as_str(), "body", &body)
    }

    /// Row only; `Store::add_clerk` also makes the log-in.
    pub(crate) fn insert_clerk(&mut self, clerk: &Clerk, password: &str, actor: &str, now: Timestamp) -> Result<()> {
        let (roles, prefs) = (
            serde_json::to_string(&clerk.roles)?,
            serde_json::to_string(&clerk.prefs)?,
        );
        let body = self.clerk_body(clerk)?;
        let id = clerk.id.as_str();
        self.execute(
            &INSERT,
            values![id, clerk.created_at, clerk.active, roles, prefs, password, body],
        )?;
        self.audit(actor, "clerk.added", None, now);
        Ok(())
    }

    /// Notes with the account, and so in the history, when a lead made its password.
    pub(crate) fn mark_first_password(&mut self, id: &ClerkId, actor: &str, now: Timestamp) -> Result<Clerk> {
        self.change_clerk(id, actor, now, |clerk| {
            if let Some(prefs) = clerk.prefs.as_object_mut() {
                prefs.insert("first_password".into(), now.as_millisecond().into());
            }
        })
    }

    /// Until the end of the transaction nobody else changes an account: before any other lock of one.
    pub(crate) fn lock_clerks(&self) -> Result<()> {
        self.rows(&LOCK, &[]).map(drop)
    }

    /// Whether this is the clerk's password still, and the clerk active.
    pub(crate) fn still_proven(&self, id: &ClerkId, proven: &Proven) -> Result<bool> {
        let row = self.clerk_with_password(id)?;
        Ok(row.is_some_and(|(clerk, hash)| clerk.active && Proven::of(&hash) == *proven))
    }

    /// A clerk and the hash of the password.
    pub(crate) fn clerk_with_password(&self, id: &ClerkId) -> Result<Option<(Clerk, String)>> {
        let Some(row) = self.row(&GET, values![id.as_str()])? else {
            return Ok(None);
        };
        Ok(Some((self.clerk_row(&row)?, row.text(6)?.to_owned())))
    }

    pub(crate) fn set_password_hash(&mut self, id: &ClerkId, hash: &str, actor: &str, now: Timestamp) -> Result<()> {
        if self.execute(&PASSWORD, values![id.as_str(), hash])? == 0 {
            return Err(Error::Missing("clerk"));
        }
        self.audit(actor, "clerk.password", None, now);
        Ok(())
    }

    pub fn clerk(&self, id: &ClerkId) -> Result<Option<Clerk>> {
        Ok(self.clerk_with_password(id)?.map(|(clerk, _)| clerk))
    }

    pub fn clerks(&self) -> Result<Vec<Clerk>> {
        self.rows(&LIST, &[])?.iter().map(|r| self.clerk_row(r)).collect()
    }

    /// Changes name, roles, preferences or `active` of the row as it is now, never as somebody read it before: what
    /// a lead took away meanwhile stays taken away. The address and the id stay. Rights count from the commit on:
    /// `Store::who` reads them at each request.
    ///
    /// # Errors
    /// `Missing` if there is no such clerk; `Conflict` naming [`LAST_LEAD`] if nobody active would be left to lead.
    pub fn change_clerk(
        &mut self,
        id: &ClerkId,
        actor: &str,
        now: Timestamp,
        change: impl FnOnce(&mut Clerk),
    ) -> Result<Clerk> {
        // One after the other: two leads who take each other's role at once must not both find one left.
        self.lock_clerks()?;
        let before = self.clerk(id)?.ok_or(Error::Missing("clerk"))?;
        let mut kept = before.clone();
        change(&mut kept);
        (kept.id, kept.email) = (before.id.clone(), before.email.clone());
        if leads(&before) && !leads(&kept) && !self.clerks()?.iter().any(|c| c.id != kept.id && leads(c)) {
            return Err(Error::Conflict(LAST_LEAD.into()));
        }
        let (roles, prefs) = (serde_json::to_string(&kept.roles)?, serde_json::to_string(&kept.prefs)?);
        let body = self.clerk_body(&kept)?;
        self.execute(&UPDATE, values![kept.id.as_str(), kept.active, roles, prefs, body])?;
        let (old, new) = (serde_json::to_value(&before)?, serde_json::to_value(&kept)?);
        self.note_change("", "clerk", kept.id.as_str(), actor, &old, &new, now)?;
        Ok(kept)
    }
}
