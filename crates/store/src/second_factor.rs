//! What a clerk proves besides the password: the code of an authenticator app (RFC 6238: six digits, 30 seconds), or one
//! of the emergency codes. How an app is set up: `app_set_up.rs`. Passwords, and when a second factor is asked for:
//! `accounts.rs`.

use domain::{ClerkId, TenantId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use totp_rs::{Builder, Secret, Totp};

use crate::accounts::{note_log_in, second_key};
use crate::engine::values;
use crate::seal::sha256;
use crate::shared::misses::Attempt;
use crate::shared::sessions::Stage;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Clerk, Entropy, Error, LogIn, Result, Store, TenantStore, codes};

statements! { Tenant "second_factor";
    GET = "select body, since_at from second_factor where tenant = $1 and clerk = $2 and kind = $3";
    KINDS = "select kind, since_at from second_factor where tenant = $1 and clerk = $2 order by kind";
    LOCK = "select kind from second_factor where tenant = $1 and clerk = $2 order by kind /*postgres:for update*/";
    PUT = "insert into second_factor (tenant, clerk, kind, since_at, body) values ($1, $2, $3, $4, $5) \
        on conflict (tenant, clerk, kind) do update set since_at = excluded.since_at, body = excluded.body";
    DELETE_KIND = "delete from second_factor where tenant = $1 and clerk = $2 and kind = $3";
}

/// The app that counts, and the emergency codes; what is being set up: `app_set_up.rs`.
pub(crate) const APP: &str = "app";
const CODES: &str = "codes";

/// Emergency codes handed out at once.
const HANDED_OUT: usize = 8;
/// What a clerk has set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    pub since: Timestamp,
    /// Emergency codes not used yet.
    pub codes_left: usize,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct App {
    /// Base 32.
    pub secret: String,
    /// Of the last code taken: none counts twice (RFC 6238, section 5.2).
    pub step: u64,
}

#[derive(Serialize, Deserialize)]
struct Codes {
    /// SHA-256 in hex of each that is left.
    left: Vec<String>,
}

pub(crate) fn totp(secret: &str, name: &str, issuer: &str) -> Result<Totp> {
    let broken = || Error::Sealed("second_factor".into());
    let secret = Secret::try_from_base32(secret).map_err(|_| broken())?;
    // A colon parts issuer and name in the address.
    let plain = |text: &str| text.replace(':', " ");
    Builder::new()
        .with_secret(secret)
        .with_account_name(plain(name))
        .with_issuer(Some(plain(issuer)))
        .build()
        .map_err(|_| broken())
}

/// The step whose code this is, if it is newer than the last one taken.
pub(crate) fn step(app: &App, code: &str, now: Timestamp) -> Result<Option<u64>> {
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let at = u64::try_from(now.as_second()).unwrap_or_default();
    let found = totp(&app.secret, "", "")?.check(&digits, at);
    Ok(found.filter(|step| *step > app.step))
}

fn mark(code: &str) -> String {
    let hash = sha256(&[b"emergency code", codes::normal(code).as_bytes()]);
    hash.iter().map(|b| format!("{b:02x}")).collect()
}

impl TenantTx<'_> {
    /// Everything that is kept for a clerk, and since when.
    pub(crate) fn factor_kinds(&self, clerk: &ClerkId) -> Result<Vec<(String, Timestamp)>> {
        let rows = self.rows(&KINDS, values![clerk.as_str()])?;
        rows.iter().map(|r| Ok((r.text(0)?.to_owned(), r.time(1)?))).collect()
    }

    /// Until the end of the transaction nobody else changes what this clerk has.
    pub(crate) fn lock_factors(&self, clerk: &ClerkId) -> Result<()> {
        self.rows(&LOCK, values![clerk.as_str()]).map(drop)
    }

    /// Takes passkeys and accounts away; returns them, to be forgotten by `Store::forget_keys`.
    pub(crate) fn drop_log_in_keys(&mut self, clerk: &ClerkId) -> Result<Vec<crate::LogInKey>> {
        self.lock_factors(clerk)?;
        let keys = self.log_in_keys(clerk)?;
        for key in &keys {
            self.remove_factor(clerk, &key.kind.row(&key.id))?;
        }
        Ok(keys)
    }

    pub(crate) fn remove_factor(&mut self, clerk: &ClerkId, kind: &str) -> Result<bool> {
        Ok(self.execute(&DELETE_KIND, values![clerk.as_str(), kind])? > 0)
    }

    pub(crate) fn factor<T: serde::de::DeserializeOwned>(
        &self,
        clerk: &ClerkId,
        kind: &str,
    ) -> Result<Option<(T, Timestamp)>> {
        let Some(row) = self.row(&GET, values![clerk.as_str(), kind])? else {
            return Ok(None);
        };
        let at = format!("{clerk}/{kind}");
        Ok(Some((
            self.open("second_factor", &at, "body", row.bytes(0)?)?,
            row.time(1)?,
        )))
    }

    pub(crate) fn put_factor<T: Serialize>(
        &mut self,
        clerk: &ClerkId,
        kind: &str,
        body: &T,
        since: Timestamp,
    ) -> Result<()> {
        let sealed = self.seal("second_factor", &format!("{clerk}/{kind}"), "body", body)?;
        self.execute(&PUT, values![clerk.as_str(), kind, since, sealed])?;
        Ok(())
    }

    /// What the clerk has set up; `None`: nothing that counts.
    pub fn second_factor(&self, clerk: &ClerkId) -> Result<Option<SecondFactor>> {
        let Some((_, since)) = self.factor::<App>(clerk, APP)? else {
            return Ok(None);
        };
        let codes = self.factor::<Codes>(clerk, CODES)?;
        Ok(Some(SecondFactor {
            since,
            codes_left: codes.map_or(0, |(codes, _)| codes.left.len()),
        }))
    }

    /// New emergency codes; the old ones are void.
    pub fn emergency_codes(&mut self, clerk: &ClerkId, entropy: &Entropy, now: Timestamp) -> Result<Vec<String>> {
        let made: Vec<String> = (0..HANDED_OUT).map(|_| codes::typed_code(entropy)).collect();
        let left = made.iter().map(|code| mark(code)).collect();
        self.put_factor(clerk, CODES, &Codes { left }, now)?;
        self.audit(clerk.as_str(), "clerk.emergency_codes", None, now);
        Ok(made)
    }

    fn remove_app(&mut self, clerk: &ClerkId, now: Timestamp) -> Result<()> {
        let mut gone = self.drop_started_apps(clerk, Timestamp::MAX)?;
        for kind in [APP, CODES] {
            gone |= self.remove_factor(clerk, kind)?;
        }
        if gone {
            self.audit(clerk.as_str(), "clerk.second_factor_removed", None, now);
        }
        Ok(())
    }

    /// Takes a code of the app or an emergency code; each counts once.
    fn take_second(&mut self, clerk: &ClerkId, code: &str, now: Timestamp) -> Result<bool> {
        // The same code sent twice at once counts once.
        self.rows(&LOCK, values![clerk.as_str()])?;
        if let Some((mut app, since)) = self.factor::<App>(clerk, APP)?
            && let Some(step) = step(&app, code, now)?
        {
            app.step = step;
            self.put_factor(clerk, APP, &app, since)?;
            return Ok(true);
        }
        let Some((mut codes, since)) = self.factor::<Codes>(clerk, CODES)? else {
            return Ok(false);
        };
        let (before, typed) = (codes.left.len(), mark(code));
        codes.left.retain(|kept| *kept != typed);
        if codes.left.len() == before {
            return Ok(false);
        }
        self.put_factor(clerk, CODES, &codes, since)?;
        self.audit(clerk.as_str(), "clerk.emergency_code_used", None, now);
        Ok(true)
    }
}

impl Store {
    /// Whose log-in waits, and for what; `None`: it ended, or the clerk is no longer active.
    pub async fn waiting(&self, token: &str, now: Timestamp) -> Result<Option<(Stage, TenantStore, Clerk)>> {
        let Some((session, stage)) = self.shared().any_session(token, now).await? else {
            return Ok(None);
        };
        if stage == Stage::In {
            return Ok(None);
        }
        let tenant = self.tenant(&session.tenant).await?;
        let id = session.clerk;
        let clerk = tenant.read(move |t| t.clerk(&id)).await?;
        Ok(clerk.filter(|c| c.active).map(|c| (stage, tenant, c)))
    }

    /// The second step of a log-in: ten wrong codes an hour lock the account's second step.
    pub async fn log_in_second(&self, token: &str, code: &str, now: Timestamp) -> Result<LogIn> {
        let Some((Stage::Code, tenant, clerk)) = self.waiting(token, now).await? else {
            return Ok(LogIn::Wrong);
        };
        let key = second_key(tenant.id(), &clerk.id);
        let wrong = match self.shared().attempt(&key, now).await? {
            Attempt::Locked(until) => return Ok(LogIn::Locked { until }),
            Attempt::Last(until) => LogIn::Locked { until },
            Attempt::Open => LogIn::Wrong,
        };
        let (id, code) = (clerk.id.clone(), code.to_owned());
        // Whoever has the password and guesses codes stands in the log of acts, as whoever guesses passwords does.
        let taken = tenant.write(move |t| {
            let taken = t.take_second(&id, &code, now)?;
            if !taken {
                t.audit(id.as_str(), "clerk.code_refused", None, now);
            }
            Ok::<_, Error>(taken)
        });
        if !taken.await? {
            return Ok(wrong);
        }
        self.shared().clear_misses(&key).await?;
        self.enter(token, &tenant, clerk, now).await
    }

    /// Nothing is asked besides the password any more; passkeys and accounts stay. For the clerk, whose other sessions
    /// end. Whoever lost the telephone is helped by `drop_second_factor`.
    pub async fn remove_app(&self, tenant: &TenantStore, clerk: &ClerkId, here: &str, now: Timestamp) -> Result<()> {
        let id = clerk.clone();
        tenant.write(move |t| t.remove_app(&id, now)).await?;
        self.shared().end_other_sessions(tenant.id(), clerk, here).await?;
        Ok(())
    }

    /// The log-in that waited becomes a session with a token of its own, unless it was ended meanwhile.
    pub(crate) async fn enter(
        &self,
        waited: &str,
        tenant: &TenantStore,
        clerk: Clerk,
        now: Timestamp,
    ) -> Result<LogIn> {
        let Some(token) = self.shared().promote_session(waited, now).await? else {
            return Ok(LogIn::Wrong);
        };
        note_log_in(tenant, &clerk.id, now).await?;
        self.name_keys_of(tenant, &clerk.id).await?;
        Ok(LogIn::In {
            token,
            tenant: tenant.id().clone(),
            clerk,
        })
    }

    /// For an account that nobody at the authority can help: a new password, no second factor, no session. `false`:
    /// no such account.
    pub async fn reset_account(&self, email: &str, password: &str, now: Timestamp) -> Result<bool> {
        let Some((tenant, clerk)) = self.shared().find_login(email).await? else {
            return Ok(false);
        };
        self.drop_second_factor(&tenant, &clerk, "system", now).await?;
        self.set_password(&tenant, &clerk, password, &ClerkId::from("system"), now)
            .await?;
        Ok(true)
    }

    /// For a clerk who lost the telephone: passkeys and accounts are gone too, sessions end, and the next log-in goes by the password alone or sets a
    /// second factor up anew.
    pub async fn drop_second_factor(
        &self,
        tenant: &TenantId,
        clerk: &ClerkId,
        actor: &str,
        now: Timestamp,
    ) -> Result<()> {
        let (id, actor) = (clerk.clone(), actor.to_owned());
        let store = self.tenant(tenant).await?;
        let gone = move |t: &mut TenantTx<'_>| {
            let keys = t.drop_log_in_keys(&id)?;
            let mut gone = !keys.is_empty();
            for (kind, _) in t.factor_kinds(&id)? {
                gone |= t.remove_factor(&id, &kind)?;
            }
            if gone {
                t.audit(&actor, "clerk.second_factor_removed", None, now);
            }
            Ok::<_, Error>(keys)
        };
        let keys = store.write(gone).await?;
        self.forget_keys(tenant, clerk, &keys).await?;
        self.shared().end_sessions_of(tenant, clerk).await?;
        Ok(())
    }
}
