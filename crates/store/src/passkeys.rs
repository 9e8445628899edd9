//! Passkeys of clerks: kept sealed beside the second factor, found by the credential's number, used instead of password
//! and code. Belongs here: where they are and that a log-in by one counts. Not here: whether a signature is right
//! (`web/src/desk/passkey.rs`, by webauthn-rs).

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

statements! { Shared "passkeys";
    BEGIN = "insert into ceremony (token_hash, body, expires_at) values ($1, $2, $3)";
    TAKE = "delete from ceremony where token_hash = $1 and expires_at > $2 returning body";
    TIDY = "delete from ceremony where expires_at <= $1";
    FORGET = "delete from login where email_hash = $1 and tenant = $2 and clerk = $3";
}

/// Passkeys of one clerk at most.
pub const PASSKEYS_AT_MOST: usize = 10;
/// Time for the browser's question and the finger.
const ASKED_FOR: SignedDuration = SignedDuration::from_mins(5);
/// Before the number in the row's kind.
const KIND: &str = "passkey:";

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Passkey {
    /// Hash of the credential's number, in hex.
    pub id: String,
    /// As the clerk calls the device.
    pub name: String,
    pub since: Timestamp,
    pub used: Option<Timestamp>,
    /// What the signature is checked with; webauthn-rs reads and writes it.
    pub credential: Value,
}

#[derive(Serialize, Deserialize)]
struct Body {
    name: String,
    used: Option<Timestamp>,
    credential: Value,
}

fn number(credential_id: &[u8]) -> String {
    let hash = sha256(&[b"passkey", credential_id]);
    hash.iter().map(|b| format!("{b:02x}")).collect()
}

impl TenantTx<'_> {
    /// The clerk's passkeys, the oldest first.
    pub fn passkeys(&self, clerk: &ClerkId) -> Result<Vec<Passkey>> {
        let mut found = Vec::new();
        for (kind, since) in self.factor_kinds(clerk)? {
            let Some(id) = kind.strip_prefix(KIND) else { continue };
            if let Some((body, _)) = self.factor::<Body>(clerk, &kind)? {
                found.push(Passkey {
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

    fn put_passkey(&mut self, clerk: &ClerkId, key: &Passkey) -> Result<()> {
        let body = Body {
            name: key.name.clone(),
            used: key.used,
            credential: key.credential.clone(),
        };
        self.put_factor(clerk, &format!("{KIND}{}", key.id), &body, key.since)
    }
}

impl SharedStore {
    fn passkey_hash(&self, id: &str) -> Vec<u8> {
        self.lookup.mac(&[b"passkey", id.as_bytes()]).to_vec()
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

    async fn name_passkey(&self, id: &str, tenant: &TenantId, clerk: &ClerkId) -> Result<bool> {
        self.add_login_hash(self.passkey_hash(id), tenant, clerk).await
    }

    pub(crate) async fn forget_passkey(&self, id: &str, tenant: &TenantId, clerk: &ClerkId) -> Result<()> {
        let params = values![self.passkey_hash(id), tenant.as_str(), clerk.as_str()].to_vec();
        self.db.write(move |tx| tx.execute(&FORGET, &params)).await?;
        Ok(())
    }
}

impl Store {
    /// Adds a passkey of a clerk.
    ///
    /// # Errors
    /// `Conflict` if the credential is known already, or the clerk has as many as there may be.
    pub async fn add_passkey(
        &self,
        tenant: &TenantStore,
        clerk: &ClerkId,
        credential_id: &[u8],
        name: &str,
        credential: Value,
        now: Timestamp,
    ) -> Result<()> {
        let key = Passkey {
            id: number(credential_id),
            name: name.to_owned(),
            since: now,
            used: None,
            credential,
        };
        // The name first: alone it opens nothing.
        if !self.shared().name_passkey(&key.id, tenant.id(), clerk).await? {
            return Err(Error::Conflict("Passkey".into()));
        }
        let (id, row) = (clerk.clone(), key.clone());
        let kept = tenant
            .write(move |t| {
                if t.passkeys(&id)?.len() >= PASSKEYS_AT_MOST {
                    return Err(Error::Conflict("Passkey".into()));
                }
                t.put_passkey(&id, &row)?;
                t.audit(id.as_str(), "clerk.passkey", None, now);
                Ok(())
            })
            .await;
        if kept.is_err() {
            self.shared().forget_passkey(&key.id, tenant.id(), clerk).await?;
        }
        kept
    }

    /// Whose passkey this is; `None`: nobody's who is active.
    pub async fn passkey_owner(&self, credential_id: &[u8]) -> Result<Option<(TenantStore, Clerk, Passkey)>> {
        let number = number(credential_id);
        let hash = self.shared().passkey_hash(&number);
        let Some((tenant, clerk)) = self.shared().login_of(hash).await? else {
            return Ok(None);
        };
        let store = self.tenant(&tenant).await?;
        let read = move |t: &TenantTx<'_>| Ok::<_, Error>((t.clerk(&clerk)?, t.passkeys(&clerk)?));
        let (clerk, keys) = store.read(read).await?;
        let key = keys.into_iter().find(|k| k.id == number);
        Ok(clerk.filter(|c| c.active).zip(key).map(|(c, k)| (store, c, k)))
    }

    /// Opens a session for whoever just proved to hold this passkey. `key`: with its counter moved on. `None`: the
    /// passkey was taken away or the account locked meanwhile.
    pub async fn log_in_passkey(
        &self,
        tenant: &TenantStore,
        clerk: &ClerkId,
        key: &Passkey,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let token = self.shared().open_session(tenant.id(), clerk, Stage::In, now).await?;
        // After the session is open: whoever takes the passkey away or locks the account ends the sessions after that.
        let (id, row) = (
            clerk.clone(),
            Passkey {
                used: Some(now),
                ..key.clone()
            },
        );
        let counts = tenant
            .write(move |t| {
                let there = t.passkeys(&id)?.iter().any(|k| k.id == row.id);
                let counts = there && t.clerk(&id)?.is_some_and(|c| c.active);
                if counts {
                    t.put_passkey(&id, &row)?;
                }
                Ok::<_, Error>(counts)
            })
            .await?;
        if !counts {
            self.shared().end_session(&token).await?;
            return Ok(None);
        }
        note_log_in(tenant, clerk, now).await?;
        Ok(Some(token))
    }

    /// Takes one passkey away; `false`: there is none of that number.
    pub async fn remove_passkey(
        &self,
        tenant: &TenantStore,
        clerk: &ClerkId,
        id: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let (who, kind) = (clerk.clone(), format!("{KIND}{id}"));
        let gone = tenant
            .write(move |t| {
                let gone = t.remove_factor(&who, &kind)?;
                if gone {
                    t.audit(who.as_str(), "clerk.passkey_removed", None, now);
                }
                Ok::<_, Error>(gone)
            })
            .await?;
        self.shared().forget_passkey(id, tenant.id(), clerk).await?;
        Ok(gone)
    }

    /// After an authority moved or was restored its passkeys are found again from the first log-in by password on.
    pub(crate) async fn name_passkeys_of(&self, tenant: &TenantStore, clerk: &ClerkId) -> Result<()> {
        let id = clerk.clone();
        for key in tenant.read(move |t| t.passkeys(&id)).await? {
            self.shared().name_passkey(&key.id, tenant.id(), clerk).await?;
        }
        Ok(())
    }
}
