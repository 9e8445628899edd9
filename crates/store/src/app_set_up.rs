//! How an authenticator app is set up: the secret that it takes over, and its first right code. Each log-in is shown a
//! secret of its own, so whoever knows a password learns nothing of what its owner sets up. What counts afterwards:
//! `second_factor.rs`.

use domain::ClerkId;
use jiff::{SignedDuration, Timestamp};
use totp_rs::Secret;

use crate::second_factor::{APP, App, step, totp};
use crate::shared::SharedStore;
use crate::shared::sessions::Stage;
use crate::tenant::TenantTx;
use crate::{Clerk, Entropy, Error, LogIn, Result, Store};

/// One that is being set up: `next:…`.
const NEXT: &str = "next";
/// 160 bits, as RFC 4226 asks for.
const SECRET_BYTES: usize = 20;
/// How long a secret that nobody has confirmed is shown again: a page loaded anew fits the app, and whoever saw it on a
/// screen weeks ago has nothing of it.
const SHOWN_FOR: SignedDuration = SignedDuration::from_mins(15);

/// What became of the first code of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppSetUp {
    /// The app counts. With new emergency codes.
    Done(Vec<String>),
    Wrong,
    /// The log-in waits for a first app, and there is one by now: who knows only the password replaces nothing.
    Exists,
}

/// The secret that an app takes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppSecret {
    /// To type: base 32 in capitals.
    pub text: String,
    /// To photograph: `otpauth://totp/…`.
    pub url: String,
}

/// Under what is kept which app this log-in sets up.
fn started_by(token: &str) -> String {
    format!("{NEXT}:{}", SharedStore::session_name(token))
}

impl TenantTx<'_> {
    /// The secret for an app that is being set up; the same for a quarter of an hour, so that a page loaded again fits
    /// the app that has taken it over already. `token`: of the log-in that sets it up; nobody else is shown the same,
    /// not even whoever knows the password. `issuer`: what the app shows above the code.
    pub fn app_secret(
        &mut self,
        clerk: &Clerk,
        token: &str,
        issuer: &str,
        entropy: &Entropy,
        now: Timestamp,
    ) -> Result<AppSecret> {
        let kind = started_by(token);
        let secret = match self.factor::<App>(&clerk.id, &kind)? {
            Some((app, since)) if now < since + SHOWN_FOR => app.secret,
            _ => {
                self.drop_started_apps(&clerk.id, now - SHOWN_FOR)?;
                let bytes: [u8; SECRET_BYTES] = entropy.bytes();
                let secret = Secret::from(bytes.to_vec()).to_base32();
                let app = App { secret, step: 0 };
                self.put_factor(&clerk.id, &kind, &app, now)?;
                app.secret
            }
        };
        let url = totp(&secret, &clerk.email, issuer)?.to_url();
        Ok(AppSecret {
            url: url.map_err(|_| Error::Sealed("second_factor".into()))?,
            text: secret,
        })
    }

    /// The app that this log-in sets up counts from its first right code on, in place of an earlier one; where the
    /// log-in waits for it (`at`), only in place of none.
    pub fn confirm_app(
        &mut self,
        clerk: &ClerkId,
        (token, at): (&str, Stage),
        code: &str,
        entropy: &Entropy,
        now: Timestamp,
    ) -> Result<AppSetUp> {
        // The account first: whoever has no app yet has no row of one to wait for.
        self.lock_clerks()?;
        self.lock_factors(clerk)?;
        if at != Stage::In && self.second_factor(clerk)?.is_some() {
            return Ok(AppSetUp::Exists);
        }
        let Some((mut app, _)) = self.factor::<App>(clerk, &started_by(token))? else {
            return Ok(AppSetUp::Wrong);
        };
        let Some(step) = step(&app, code, now)? else {
            return Ok(AppSetUp::Wrong);
        };
        app.step = step;
        self.put_factor(clerk, APP, &app, now)?;
        self.drop_started_apps(clerk, Timestamp::MAX)?;
        self.audit(clerk.as_str(), "clerk.second_factor", None, now);
        self.emergency_codes(clerk, entropy, now).map(AppSetUp::Done)
    }

    /// Forgets what was begun up to then and not ended; `Timestamp::MAX`: all of it.
    pub(crate) fn drop_started_apps(&mut self, clerk: &ClerkId, until: Timestamp) -> Result<bool> {
        let mut gone = false;
        for (kind, since) in self.factor_kinds(clerk)? {
            if since <= until && kind.starts_with(NEXT) {
                gone |= self.remove_factor(clerk, &kind)?;
            }
        }
        Ok(gone)
    }
}

impl Store {
    /// The first code of an app, from the log-in of this token, which goes on while every other one ends. The other
    /// part: the token to go on with where the log-in waited for this.
    pub async fn set_up_app(&self, token: &str, code: &str, now: Timestamp) -> Result<(AppSetUp, Option<String>)> {
        let Some((session, at)) = self.shared().any_session(token, now).await? else {
            return Ok((AppSetUp::Wrong, None));
        };
        if at == Stage::Code {
            return Ok((AppSetUp::Exists, None));
        }
        let tenant = self.tenant(&session.tenant).await?;
        let (id, by, code, entropy) = (session.clerk, token.to_owned(), code.to_owned(), self.entropy().clone());
        let write = move |t: &mut TenantTx<'_>| {
            let done = t.confirm_app(&id, (&by, at), &code, &entropy, now)?;
            Ok::<_, Error>((done, t.clerk(&id)?.ok_or(Error::Missing("clerk"))?))
        };
        let (done, clerk) = tenant.write(write).await?;
        if !matches!(done, AppSetUp::Done(_)) {
            return Ok((done, None));
        }
        let id = clerk.id.clone();
        let fresh = match at {
            Stage::In => None,
            _ => match self.enter(token, &tenant, clerk, now).await? {
                LogIn::In { token, .. } => Some(token),
                _ => None,
            },
        };
        let here = fresh.as_deref().unwrap_or(token);
        self.shared().end_other_sessions(tenant.id(), &id, here).await?;
        Ok((done, fresh))
    }
}
