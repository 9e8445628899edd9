//! What a clerk logs in with instead of a password: a passkey, or an account at an identity provider. Kept sealed beside
//! the second factor, found by a number. Belongs here: where they are and that a log-in by one counts. Not here: whether
//! a proof is right (`web/src/desk/passkey.rs`, `web/src/desk/provider.rs`).

use domain::{ClerkId, TenantId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::accounts::note_log_in;
use crate::engine::values;
use crate::seal::sha256;
use crate::shared::SharedStore;
use crate::shared::sessions::Stage;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Clerk, Error, Result, Store, TenantStore};

statements! { Shared "log_in_keys";
    BEGIN = "insert into ceremony (token_hash, body, expires_at) values ($1, $2, $3)";
    TAKE = "delete from ceremony where token_hash = $1 and expires_at > $2 returning body";
    TIDY = "delete from ceremony where expires_at <= $1";
    FORGET = "delete from login where email_hash = $1 and tenant = $2 and clerk = $3";
}

/// Of one clerk and kind at most.
pub const LOG_IN_KEYS_AT_MOST: usize = 10;
/// Time for the browser's question and the finger.
const ASKED_FOR: SignedDuration = SignedDuration::from_mins(5);
/// How somebody proves who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// A device signs (WebAuthn).
    Passkey,
    /// An identity provider vouches (OpenID Connect).
    Account,
}

impl KeyKind {
    fn word(self) -> &'static str {
        match self {
            KeyKind::Passkey => "passkey",
            KeyKind::Account => "account",
        }
    }

    /// Of a row in the table of the second factor.
    fn row(self, id: &str) -> String {
        format!("{}:{id}", self.word())
    }

    fn number(self, what: &[u8]) -> String {
        let hash = sha256(&[self.word().as_bytes(), what]);
        hash.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Events of the log of acts: set up, taken away.
    fn events(self) -> (&'static str, &'static str) {
        match self {
            KeyKind::Passkey => ("clerk.passkey", "clerk.passkey_removed"),
            KeyKind::Account => ("clerk.account", "clerk.account_removed"),
        }
    }
}

/// One of them as its owner sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct LogInKey {
    pub kind: KeyKind,
    /// Hash of the credential's or account's number, in hex.
    pub id: String,
    /// As the clerk calls the device; the name of the provider.
    pub name: String,
    pub since: Timestamp,
    pub used: Option<Timestamp>,
    /// What a passkey's signature is checked with; webauthn-rs reads and writes it.
    pub credential: Value,
}

#[derive(Serialize, Deserialize)]
struct Body {
    name: String,
    used: Option<Timestamp>,
    credential: Value,
}

impl TenantTx<'_> {
    /// What the clerk has set up, the oldest first.
    pub fn log_in_keys(&self, clerk: &ClerkId) -> Result<Vec<LogInKey>> {
        let mut found = Vec::new();
        for (row, since) in self.factor_kinds(clerk)? {
            let known = [KeyKind::Passkey, KeyKind::Account].into_iter();
            let mut parts = known.filter_map(|k| Some((k, row.strip_prefix(k.word())?.strip_prefix(':')?)));
            let Some((kind, id)) = parts.next() else { continue };
            if let Some((body, _)) = self.factor::<Body>(clerk, &row)? {
                found.push(LogInKey {
                    kind,
                    id: id.to_owned(),
                    name: body.name,
                    since,
                    used: body.used,
                    credential: body.credential,
                });
            }
        }
        found.sort_by(|a, b| a.since.cmp(&b.since).then_with(|| a.id.cmp(&b.id)));
        Ok(found)
    }

    fn put_log_in_key(&mut self, clerk: &ClerkId, key: &LogInKey) -> Result<()> {
        let body = Body {
            name: key.name.clone(),
            used: key.used,
            credential: key.credential.clone(),
        };
        self.put_factor(clerk, &key.kind.row(&key.id), &body, key.since)
    }
}

impl SharedStore {
    fn key_hash(&self, kind: KeyKind, id: &str) -> Vec<u8> {
        self.lookup.mac(&[kind.word().as_bytes(), id.as_bytes()]).to_vec()
    }

    /// Keeps the challenge of a ceremony; returns the token that its second request brings along.
    pub async fn begin_ceremony(&self, state: &Value, now: Timestamp) -> Result<String> {
        let token = crate::codes::session_token(&self.entropy);
        let hash = sha256(&[token.as_bytes()]).to_vec();
        let params = values![hash, state.to_string(), now + ASKED_FOR].to_vec();
        self.db.write(move |tx| tx.execute(&BEGIN, &params)).await?;
        Ok(token)
    }

    /// The challenge, once; `None`: unknown, taken already, or too old.
    pub async fn take_ceremony(&self, token: &str, now: Timestamp) -> Result<Option<Value>> {
        let hash = sha256(&[token.as_bytes()]).to_vec();
        let rows = self.db.write(move |tx| tx.returning(&TAKE, values![hash, now])).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(serde_json::from_str(row.text(0)?).ok())
    }

    async fn name_key(&self, key: &LogInKey, tenant: &TenantId, clerk: &ClerkId) -> Result<bool> {
        self.add_login_hash(self.key_hash(key.kind, &key.id), tenant, clerk)
            .await
    }

    pub(crate) async fn forget_key(&self, kind: KeyKind, id: &str, tenant: &TenantId, clerk: &ClerkId) -> Result<()> {
        let params = values![self.key_hash(kind, id), tenant.as_str(), clerk.as_str()].to_vec();
        self.db.write(move |tx| tx.execute(&FORGET, &params)).await?;
        Ok(())
    }
}

impl Store {
    /// Adds a passkey or an account of a clerk. `what`: the credential's number, or who the account is at which provider.
    ///
    /// # Errors
    /// `Conflict` if it is known already, or the clerk has as many as there may be.
    #[expect(clippy::too_many_arguments, reason = "a key has that many parts; two callers")]
    pub async fn add_log_in_key(
        &self,
        kind: KeyKind,
        tenant: &TenantStore,
        clerk: &ClerkId,
        what: &[u8],
        name: &str,
        credential: Value,
        now: Timestamp,
    ) -> Result<()> {
        let key = LogInKey {
            kind,
            id: kind.number(what),
            name: name.to_owned(),
            since: now,
            used: None,
            credential,
        };
        // The name first: alone it opens nothing.
        if !self.shared().name_key(&key, tenant.id(), clerk).await? {
            return Err(Error::Conflict(kind.word().into()));
        }
        let (id, row) = (clerk.clone(), key.clone());
        let kept = tenant
            .write(move |t| {
                let have = t.log_in_keys(&id)?;
                if have.iter().filter(|k| k.kind == kind).count() >= LOG_IN_KEYS_AT_MOST {
                    return Err(Error::Conflict(kind.word().into()));
                }
                t.put_log_in_key(&id, &row)?;
                t.audit(id.as_str(), kind.events().0, None, now);
                Ok(())
            })
            .await;
        if kept.is_err() {
            self.shared().forget_key(kind, &key.id, tenant.id(), clerk).await?;
        }
        kept
    }

    /// Whose this is; `None`: nobody's who is active.
    pub async fn key_owner(&self, kind: KeyKind, what: &[u8]) -> Result<Option<(TenantStore, Clerk, LogInKey)>> {
        let number = kind.number(what);
        let hash = self.shared().key_hash(kind, &number);
        let Some((tenant, clerk)) = self.shared().login_of(hash).await? else {
            return Ok(None);
        };
        let store = self.tenant(&tenant).await?;
        let read = move |t: &TenantTx<'_>| Ok::<_, Error>((t.clerk(&clerk)?, t.log_in_keys(&clerk)?));
        let (clerk, keys) = store.read(read).await?;
        let key = keys.into_iter().find(|k| k.kind == kind && k.id == number);
        Ok(clerk.filter(|c| c.active).zip(key).map(|(c, k)| (store, c, k)))
    }

    /// Opens a session for whoever just proved to hold this key (`stage`: or one that waits for the second factor).
    /// `key`: with its counter moved on. `None`: it was taken away or the account locked meanwhile.
    pub async fn log_in_by_key(
        &self,
        tenant: &TenantStore,
        clerk: &ClerkId,
        key: &LogInKey,
        stage: Stage,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let token = self.shared().open_session(tenant.id(), clerk, stage, now).await?;
        // After the session is open: whoever takes the key away or locks the account ends the sessions after that.
        let id = clerk.clone();
        let row = LogInKey {
            used: Some(now),
            ..key.clone()
        };
        let counts = tenant
            .write(move |t| {
                let there = t
                    .log_in_keys(&id)?
                    .iter()
                    .any(|k| (k.kind, &k.id) == (row.kind, &row.id));
                let counts = there && t.clerk(&id)?.is_some_and(|c| c.active);
                if counts {
                    t.put_log_in_key(&id, &row)?;
                }
                Ok::<_, Error>(counts)
            })
            .await?;
        if !counts {
            self.shared().end_session(&token).await?;
            return Ok(None);
        }
        if stage == Stage::In {
            note_log_in(tenant, clerk, now).await?;
        }
        Ok(Some(token))
    }

    /// Takes one away; `false`: there is none of that number.
    pub async fn remove_log_in_key(
        &self,
        kind: KeyKind,
        tenant: &TenantStore,
        clerk: &ClerkId,
        id: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let (who, row) = (clerk.clone(), kind.row(id));
        let gone = tenant
            .write(move |t| {
                let gone = t.remove_factor(&who, &row)?;
                if gone {
                    t.audit(who.as_str(), kind.events().1, None, now);
                }
                Ok::<_, Error>(gone)
            })
            .await?;
        self.shared().forget_key(kind, id, tenant.id(), clerk).await?;
        Ok(gone)
    }

    /// After an authority moved or was restored they are found again from the first log-in by password on.
    pub(crate) async fn name_keys_of(&self, tenant: &TenantStore, clerk: &ClerkId) -> Result<()> {
        let id = clerk.clone();
        for key in tenant.read(move |t| t.log_in_keys(&id)).await? {
            self.shared().name_key(&key, tenant.id(), clerk).await?;
        }
        Ok(())
    }

    /// What is asked of a clerk after the first proof. `required`: everybody at this installation needs a second factor.
    pub async fn stage_after_first(&self, tenant: &TenantStore, clerk: &ClerkId, required: bool) -> Result<Stage> {
        let id = clerk.clone();
        let read = move |t: &TenantTx<'_>| Ok::<_, Error>((t.second_factor(&id)?, t.second_factor_required()?));
        let (second, here) = tenant.read(read).await?;
        Ok(match second {
            Some(_) => Stage::Code,
            None if required || here => Stage::SetUp,
            None => Stage::In,
        })
    }
}
