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
use crate::{Clerk, Error, Proven, Result, Store, TenantStore};

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
    pub(crate) fn row(self, id: &str) -> String {
        format!("{}:{id}", self.word())
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
    /// Keyed hash of `what`, in hex.
    pub id: String,
    /// The credential's number, or who the account is at which provider.
    pub what: Vec<u8>,
    /// As the clerk calls the device; the name of the provider.
    pub name: String,
    pub since: Timestamp,
    pub used: Option<Timestamp>,
    /// What a passkey's signature is checked with; webauthn-rs reads and writes it.
    pub credential: Value,
}

#[derive(Serialize, Deserialize)]
struct Body {
    what: Vec<u8>,
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
                    what: body.what,
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

    /// Under the authority's key: who somebody is at a provider cannot be guessed from a stolen file.
    fn key_number(&self, kind: KeyKind, what: &[u8]) -> String {
        let mac = self.keys().access.mac(&[b"log_in_key", kind.word().as_bytes(), what]);
        mac.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The row (`passkey:…`) under which this authority keeps what another keeps as `row` with this body; `None`: no key.
    pub(crate) fn key_row_here(&self, row: &str, body: &[u8]) -> Result<Option<String>> {
        let (Some((word, _)), Ok(body)) = (row.split_once(':'), serde_json::from_slice::<Body>(body)) else {
            return Ok(None);
        };
        let kinds = [KeyKind::Passkey, KeyKind::Account];
        let kind = kinds.into_iter().find(|k| k.word() == word);
        Ok(kind.map(|kind| kind.row(&self.key_number(kind, &body.what))))
    }

    fn put_log_in_key(&mut self, clerk: &ClerkId, key: &LogInKey) -> Result<()> {
        let body = Body {
            what: key.what.clone(),
            name: key.name.clone(),
            used: key.used,
            credential: key.credential.clone(),
        };
        self.put_factor(clerk, &key.kind.row(&key.id), &body, key.since)
    }
}

impl SharedStore {
    fn key_hash(&self, kind: KeyKind, what: &[u8]) -> Vec<u8> {
        self.lookup.mac(&[kind.word().as_bytes(), what]).to_vec()
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

    async fn name_key(&self, kind: KeyKind, what: &[u8], tenant: &TenantId, clerk: &ClerkId) -> Result<bool> {
        self.add_login_hash(self.key_hash(kind, what), tenant, clerk).await
    }

    async fn forget_key(&self, kind: KeyKind, what: &[u8], tenant: &TenantId, clerk: &ClerkId) -> Result<()> {
        let params = values![self.key_hash(kind, what), tenant.as_str(), clerk.as_str()].to_vec();
        self.db.write(move |tx| tx.execute(&FORGET, &params)).await?;
        Ok(())
    }
}

/// What a key looks like before it is kept.
pub struct NewKey<'a> {
    pub kind: KeyKind,
    /// The credential's number, or who the account is at which provider.
    pub what: &'a [u8],
    pub name: &'a str,
    pub credential: Value,
    /// The password that was typed for it.
    pub proven: Proven,
    /// The token of the session that sets it up: the only one that goes on.
    pub here: &'a str,
}

/// What became of a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    Yes,
    /// It is an account's already.
    Taken,
    /// The clerk has as many as there may be.
    Full,
    /// Since the password was typed it was changed, or the account locked.
    Late,
}

impl Store {
    /// Adds a passkey or an account of a clerk, unless the password that was typed for it no longer counts. The clerk's
    /// other sessions end.
    pub async fn add_log_in_key(
        &self,
        tenant: &TenantStore,
        clerk: &ClerkId,
        new: NewKey<'_>,
        now: Timestamp,
    ) -> Result<Added> {
        let kind = new.kind;
        // The name first: alone it opens nothing.
        if !self.name_or_take_over(kind, new.what, tenant.id(), clerk).await? {
            return Ok(Added::Taken);
        }
        let (id, what, name, credential) = (clerk.clone(), new.what.to_vec(), new.name.to_owned(), new.credential);
        let proven = new.proven;
        let kept = tenant
            .write(move |t| {
                // The account first, as whoever sets a password does: its keys may have no row yet to wait for.
                t.lock_clerks()?;
                t.lock_factors(&id)?;
                if !t.still_proven(&id, &proven)? {
                    return Ok(Added::Late);
                }
                let have = t.log_in_keys(&id)?;
                if have.iter().filter(|k| k.kind == kind).count() >= LOG_IN_KEYS_AT_MOST {
                    return Ok(Added::Full);
                }
                let key = LogInKey {
                    kind,
                    id: t.key_number(kind, &what),
                    what,
                    name,
                    since: now,
                    used: None,
                    credential,
                };
                t.put_log_in_key(&id, &key)?;
                t.audit(id.as_str(), kind.events().0, None, now);
                Ok::<_, Error>(Added::Yes)
            })
            .await;
        if matches!(kept, Ok(Added::Yes)) {
            self.shared().end_other_sessions(tenant.id(), clerk, new.here).await?;
        } else {
            self.shared().forget_key(kind, new.what, tenant.id(), clerk).await?;
        }
        kept
    }

    /// Names whom a key logs in; false: it is another's. A name whose owner does not hold the key was left by a try that
    /// broke off, and is taken over.
    async fn name_or_take_over(&self, kind: KeyKind, what: &[u8], tenant: &TenantId, clerk: &ClerkId) -> Result<bool> {
        let shared = self.shared();
        if shared.name_key(kind, what, tenant, clerk).await? {
            return Ok(true);
        }
        let Some((at, owner)) = shared.login_of(shared.key_hash(kind, what)).await? else {
            return shared.name_key(kind, what, tenant, clerk).await;
        };
        let (id, wanted) = (owner.clone(), what.to_vec());
        let read = move |t: &TenantTx<'_>| {
            Ok::<_, Error>(t.log_in_keys(&id)?.iter().any(|k| k.kind == kind && k.what == wanted))
        };
        if self.tenant(&at).await?.read(read).await? {
            return Ok(false);
        }
        shared.forget_key(kind, what, &at, &owner).await?;
        shared.name_key(kind, what, tenant, clerk).await
    }

    /// Whose this is; `None`: nobody's who is active.
    pub async fn key_owner(&self, kind: KeyKind, what: &[u8]) -> Result<Option<(TenantStore, Clerk, LogInKey)>> {
        let hash = self.shared().key_hash(kind, what);
        let Some((tenant, clerk)) = self.shared().login_of(hash).await? else {
            return Ok(None);
        };
        let store = self.tenant(&tenant).await?;
        let read = move |t: &TenantTx<'_>| Ok::<_, Error>((t.clerk(&clerk)?, t.log_in_keys(&clerk)?));
        let (clerk, keys) = store.read(read).await?;
        let key = keys.into_iter().find(|k| k.kind == kind && k.what == what);
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
                // A key that is being taken away is not to be written anew.
                t.lock_factors(&id)?;
                let there = t.log_in_keys(&id)?.iter().any(|k| k.id == row.id);
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

    /// Takes one away and ends the clerk's sessions: whoever came in by it is out. Returns the token of a new session
    /// for the device at hand; `None`: there is no key of that number.
    pub async fn remove_log_in_key(
        &self,
        tenant: &TenantStore,
        clerk: &ClerkId,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let (who, id) = (clerk.clone(), id.to_owned());
        let gone = tenant
            .write(move |t| {
                t.lock_factors(&who)?;
                let key = t.log_in_keys(&who)?.into_iter().find(|k| k.id == id);
                if let Some(key) = &key {
                    t.remove_factor(&who, &key.kind.row(&key.id))?;
                    t.audit(who.as_str(), key.kind.events().1, None, now);
                }
                Ok::<_, Error>(key)
            })
            .await?;
        let Some(key) = gone else { return Ok(None) };
        self.forget_keys(tenant.id(), clerk, &[key]).await?;
        self.shared().end_sessions_of(tenant.id(), clerk).await?;
        let token = self.shared().open_session(tenant.id(), clerk, Stage::In, now).await?;
        Ok(Some(token))
    }

    pub(crate) async fn forget_keys(&self, tenant: &TenantId, clerk: &ClerkId, keys: &[LogInKey]) -> Result<()> {
        for key in keys {
            self.shared().forget_key(key.kind, &key.what, tenant, clerk).await?;
        }
        Ok(())
    }

    /// After an authority moved or was restored they are found again from the first log-in by password on.
    pub(crate) async fn name_keys_of(&self, tenant: &TenantStore, clerk: &ClerkId) -> Result<()> {
        let id = clerk.clone();
        for key in tenant.read(move |t| t.log_in_keys(&id)).await? {
            let shared = self.shared();
            if shared.login_of(shared.key_hash(key.kind, &key.what)).await?.is_none() {
                shared.name_key(key.kind, &key.what, tenant.id(), clerk).await?;
            }
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
