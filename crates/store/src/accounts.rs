//! Log-in: joins the shared log-in table, the clerk's row and the password hash. No handle but this module
//! goes from an address to a tenant.

use domain::{ClerkId, TenantId};
use jiff::Timestamp;

use crate::shared::misses::Attempt;
use crate::shared::sessions::Stage;
use crate::{Clerk, Error, LogIn, Proven, Result, Session, Store, TenantStore};

/// Under which misses of an address are counted.
fn miss_key(email: &str) -> String {
    format!("login:{}", email.trim().to_lowercase())
}

/// Under which misses of a second step are counted.
pub(crate) fn second_key(tenant: &TenantId, clerk: &ClerkId) -> String {
    format!("second:{tenant}:{clerk}")
}

fn taken() -> Error {
    Error::Conflict("E-Mail-Adresse".into())
}

/// What became of an address and a password.
enum Proof {
    /// With the hash that the password fitted.
    Right(Box<(TenantStore, Clerk, String)>),
    Wrong(Box<LogIn>),
}

/// Writes down that somebody without the right password tried. Nobody waits for it: an address that is known must not
/// answer later than one that is not.
fn note_refused(tenant: TenantStore, clerk: ClerkId, now: Timestamp) {
    tokio::spawn(async move {
        let noted = tenant
            .write(move |t| {
                t.audit(clerk.as_str(), "clerk.log_in_refused", None, now);
                Ok::<_, Error>(())
            })
            .await;
        if noted.is_err() {
            tracing::warn!(event = "log_in.not_noted", "a refused log-in is not in the log of acts");
        }
    });
}

pub(crate) async fn note_log_in(tenant: &TenantStore, clerk: &ClerkId, now: Timestamp) -> Result<()> {
    let id = clerk.clone();
    tenant
        .write(move |t| {
            t.audit(id.as_str(), "clerk.log_in", None, now);
            Ok::<_, Error>(())
        })
        .await
}

impl Store {
    /// Checks address and password and opens a session, or one that waits for the second factor. An unknown address,
    /// a wrong password and a clerk who is no longer active give the same answer in the same time; ten misses an hour
    /// lock the address. `required`: who has no
    /// second factor must set one up first; else only where the authority wants that.
    pub async fn log_in(&self, email: &str, password: &str, required: bool, now: Timestamp) -> Result<LogIn> {
        let (tenant, clerk, hash) = match self.prove(email, password, now).await? {
            Proof::Right(who) => *who,
            Proof::Wrong(answer) => return Ok(*answer),
        };
        let stage = self.stage_after_first(&tenant, &clerk.id, required).await?;
        let token = self.shared().open_session(tenant.id(), &clerk.id, stage, now).await?;
        // While the slow hash waited for its turn, the lead may have set another password or locked the account, or the
        // clerk have set a second factor up: then the sessions that were ended did not include this one.
        let id = clerk.id.clone();
        let row = tenant.read(move |t| t.clerk_with_password(&id)).await?;
        let counts = row.is_some_and(|(c, now_hash)| c.active && now_hash == hash);
        if !counts || self.stage_after_first(&tenant, &clerk.id, required).await? != stage {
            self.shared().end_session(&token).await?;
            return Ok(LogIn::Wrong);
        }
        if stage != Stage::In {
            return Ok(LogIn::Waits { token, stage });
        }
        note_log_in(&tenant, &clerk.id, now).await?;
        self.name_keys_of(&tenant, &clerk.id).await?;
        Ok(LogIn::In {
            token,
            tenant: tenant.id().clone(),
            clerk,
        })
    }

    /// Whether this is the clerk's password; counted like a log-in, opens nothing.
    ///
    /// # Errors
    /// The answer to give where it is not: `Wrong` or `Locked`.
    pub async fn is_password(
        &self,
        email: &str,
        password: &str,
        now: Timestamp,
    ) -> Result<std::result::Result<Proven, LogIn>> {
        Ok(match self.prove(email, password, now).await? {
            Proof::Right(who) => Ok(Proven::of(&who.2)),
            Proof::Wrong(answer) => Err(*answer),
        })
    }

    async fn prove(&self, email: &str, password: &str, now: Timestamp) -> Result<Proof> {
        let shared = self.shared();
        let key = miss_key(email);
        // Counted before the slow hash: guesses sent at the same time do not all slip through.
        let wrong = |answer| Proof::Wrong(Box::new(answer));
        let wrong = match shared.attempt(&key, now).await? {
            Attempt::Locked(until) => return Ok(wrong(LogIn::Locked { until })),
            Attempt::Last(until) => wrong(LogIn::Locked { until }),
            Attempt::Open => wrong(LogIn::Wrong),
        };
        let found = match shared.find_login(email).await? {
            Some((tenant, clerk)) => {
                let tenant = self.tenant(&tenant).await?;
                let row = tenant.read(move |t| t.clerk_with_password(&clerk)).await?;
                row.filter(|(clerk, _)| clerk.active)
                    .map(|(clerk, hash)| (tenant, clerk, hash))
            }
            None => None,
        };
        let hash = found.as_ref().map(|(_, _, hash)| hash.clone());
        if !self.0.passwords.verify(password, hash.clone()).await? {
            if let Some((tenant, clerk, _)) = found {
                note_refused(tenant, clerk.id, now);
            }
            return Ok(wrong);
        }
        let Some((tenant, clerk, hash)) = found else {
            return Ok(wrong);
        };
        shared.clear_misses(&key).await?;
        Ok(Proof::Right(Box::new((tenant, clerk, hash))))
    }

    /// Tries left for this address before it is locked; the same whether it is known or not.
    pub async fn log_ins_left(&self, email: &str, now: Timestamp) -> Result<i64> {
        self.shared().misses_left(&miss_key(email), now).await
    }

    /// Who sends this cookie, with the rights that count now; `None`: no session, or no longer active. `device`: as the
    /// session's owner knows it, `Firefox unter Windows`.
    pub async fn who(
        &self,
        token: &str,
        device: &str,
        now: Timestamp,
    ) -> Result<Option<(Session, TenantStore, Clerk)>> {
        let Some(session) = self.shared().use_session(token, device, now).await? else {
            return Ok(None);
        };
        let tenant = self.tenant(&session.tenant).await?;
        let id = session.clerk.clone();
        let clerk = tenant.read(move |t| t.clerk(&id)).await?;
        Ok(clerk.filter(|c| c.active).map(|c| (session, tenant, c)))
    }

    /// The account that logs in with this address, for the operator's own commands; opens nothing.
    pub async fn account_of(&self, email: &str) -> Result<Option<(TenantStore, Clerk)>> {
        let Some((tenant, clerk)) = self.shared().find_login(email).await? else {
            return Ok(None);
        };
        let tenant = self.tenant(&tenant).await?;
        let found = tenant.read(move |t| t.clerk(&clerk)).await?;
        Ok(found.filter(|c| c.active).map(|clerk| (tenant, clerk)))
    }

    /// Whose log-in this address has here without there being such a clerk: a try that broke off left it, and the next
    /// one takes it up. `None`: the address has no log-in.
    ///
    /// # Errors
    /// `Conflict` if the address has a log-in already, at whichever authority.
    async fn left_over(&self, email: &str, store: &TenantStore) -> Result<Option<ClerkId>> {
        let Some((at, id)) = self.shared().find_login(email).await? else {
            return Ok(None);
        };
        let wanted = id.clone();
        if at != *store.id() || store.read(move |t| t.clerk(&wanted)).await?.is_some() {
            return Err(taken());
        }
        Ok(Some(id))
    }

    /// Adds a clerk with a log-in. `actor`: who does it, a clerk's id or `system`.
    ///
    /// # Errors
    /// `Conflict` if the address has a log-in already, at whichever authority.
    #[expect(clippy::too_many_arguments, reason = "an account has that many parts; three callers")]
    pub async fn add_clerk(
        &self,
        tenant: &TenantId,
        email: &str,
        name: &str,
        password: &str,
        roles: &[String],
        actor: &str,
        now: Timestamp,
    ) -> Result<Clerk> {
        let hash = self.hash_password(password).await?;
        self.add_clerk_with(tenant, email, name, hash, roles, actor, now).await
    }

    /// A password as it is kept.
    pub(crate) async fn hash_password(&self, password: &str) -> Result<String> {
        self.0.passwords.hash(password, self.entropy()).await
    }

    /// The same with a password that was hashed before.
    #[expect(clippy::too_many_arguments, reason = "an account has that many parts; two callers")]
    pub(crate) async fn add_clerk_with(
        &self,
        tenant: &TenantId,
        email: &str,
        name: &str,
        hash: String,
        roles: &[String],
        actor: &str,
        now: Timestamp,
    ) -> Result<Clerk> {
        let store = self.tenant(tenant).await?;
        let left_over = self.left_over(email, &store).await?;
        let clerk = Clerk {
            id: left_over.unwrap_or_else(|| ClerkId(self.entropy().id())),
            email: email.trim().to_owned(),
            name: name.to_owned(),
            roles: roles.to_vec(),
            prefs: serde_json::json!({}),
            active: true,
            created_at: now,
        };
        // The log-in first: alone it opens nothing, while an account without one could never be got rid of.
        if !self.shared().add_login(email, tenant, &clerk.id).await?
            && self.left_over(email, &store).await?.as_ref() != Some(&clerk.id)
        {
            return Err(taken());
        }
        let (row, actor) = (clerk, actor.to_owned());
        store
            .write(move |t| {
                // Somebody was faster with what was left over.
                if t.clerk(&row.id)?.is_some() {
                    return Err(taken());
                }
                t.insert_clerk(&row, &hash, &actor, now)?;
                // What the operator sets up stands in no lead's history.
                if actor == "system" {
                    return Ok(row);
                }
                t.mark_first_password(&row.id, &actor, now)
            })
            .await
    }

    /// Sets a new password and ends the clerk's sessions; passkeys and accounts go with it unless the clerk does it.
    /// `actor`: who does it, the clerk, the lead or `system`.
    ///
    /// # Errors
    /// `Missing` if there is no such clerk.
    pub async fn set_password(
        &self,
        tenant: &TenantId,
        clerk: &ClerkId,
        password: &str,
        actor: &ClerkId,
        now: Timestamp,
    ) -> Result<()> {
        let hash = self.0.passwords.hash(password, self.entropy()).await?;
        let (id, actor) = (clerk.clone(), actor.clone());
        let keys = self
            .tenant(tenant)
            .await?
            .write(move |t| {
                t.lock_clerks()?;
                t.set_password_hash(&id, &hash, actor.as_str(), now)?;
                // Who set an app up and did not end it may have had the old password only.
                t.drop_started_apps(&id, Timestamp::MAX)?;
                // Whoever had the old password may have left a key of his own.
                let others = actor != id;
                let keys = if others { t.drop_log_in_keys(&id)? } else { Vec::new() };
                if others && actor.as_str() != "system" {
                    t.mark_first_password(&id, actor.as_str(), now)?;
                }
                Ok::<_, Error>(keys)
            })
            .await?;
        self.forget_keys(tenant, clerk, &keys).await?;
        self.shared().end_sessions_of(tenant, clerk).await?;
        Ok(())
    }

    /// The same by the clerk, who stays logged in on this device: the token of the new session.
    pub async fn set_own_password(
        &self,
        tenant: &TenantId,
        clerk: &ClerkId,
        password: &str,
        now: Timestamp,
    ) -> Result<String> {
        self.set_password(tenant, clerk, password, clerk, now).await?;
        self.shared().open_session(tenant, clerk, Stage::In, now).await
    }
}
