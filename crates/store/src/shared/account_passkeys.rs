//! Passkeys of people and clubs. Each belongs to whoever reads the mail of an address, and opens the choice of that
//! person's accounts, as a link by mail does. Whose it is opens with the credential's number only, the rest with the
//! address: neither can be read from a stolen file. Whether a signature is right: `web/src/passkey.rs`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::engine::{Row, values};
use crate::log_in_keys::{Added, LOG_IN_KEYS_AT_MOST};
use crate::seal::hex;
use crate::shared::SharedStore;
use crate::sql::statements;
use crate::{Acting, Error, Proof, Result, Store};

statements! { Shared "account_passkeys";
    ADD = "insert into account_passkey (id_hash, key_hash, since, owner, body) values ($1, $2, $3, $4, $5) \
        on conflict (id_hash) do nothing";
    /// One after the other for each person: two new ones must not both be the tenth.
    LOCK = "select tenant from account_login where key_hash = $1 order by tenant /*postgres:for update*/";
    COUNT = "select count(*) from account_passkey where key_hash = $1";
    OF = "select id_hash, since, body from account_passkey where key_hash = $1 order by since, id_hash";
    GET = "select owner, since, body from account_passkey where id_hash = $1";
    USED = "update account_passkey set body = $2 where id_hash = $1";
    REMOVE = "delete from account_passkey where id_hash = $1 and key_hash = $2";
    END_OPENED = "delete from account_session where passkey = $1";
    /// Of addresses that no account knows any more.
    TIDY = "delete from account_passkey where since <= $1 \
        and not exists (select 1 from account_login l where l.key_hash = account_passkey.key_hash)";
}

/// So old is a passkey before anybody asks whether an account still knows its owner.
pub(crate) const ORPHANED: SignedDuration = SignedDuration::from_hours(24);
const TABLE: &str = "account_passkey";

/// One of them as its owner sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountPasskey {
    /// Names it to its owner and opens nothing.
    pub id: String,
    /// As its owner calls the device.
    pub name: String,
    pub since: Timestamp,
    pub used: Option<Timestamp>,
    /// What signatures are checked with; webauthn-rs reads and writes it.
    pub credential: Value,
}

#[derive(Serialize, Deserialize)]
struct Body {
    name: String,
    used: Option<Timestamp>,
    credential: Value,
}

impl SharedStore {
    fn passkey_hash(&self, what: &[u8]) -> Vec<u8> {
        self.lookup.mac(&[b"account_passkey", what]).to_vec()
    }

    /// What a device keeps to say whose its key is; the same for all passkeys of an address, and nothing that names it.
    pub fn account_handle(&self, proof: &Proof) -> [u8; 16] {
        let mac = self.lookup.mac(&[b"account_handle", &self.account_key(proof)]);
        let mut handle = [0; 16];
        handle.copy_from_slice(&mac[..16]);
        handle
    }

    fn seal_passkey(&self, proof: &Proof, id: &[u8], body: &Body) -> Result<Vec<u8>> {
        self.seal_by_token(TABLE, &opens_with(proof, id), body)
    }

    fn read_passkey(&self, proof: &Proof, id: &[u8], since: Timestamp, sealed: &[u8]) -> Result<AccountPasskey> {
        let body: Body = self.open_by_token(TABLE, &opens_with(proof, id), sealed)?;
        Ok(AccountPasskey {
            id: hex(id),
            name: body.name,
            since,
            used: body.used,
            credential: body.credential,
        })
    }

    /// What this person has set up, the oldest first.
    pub async fn account_passkeys(&self, proof: &Proof) -> Result<Vec<AccountPasskey>> {
        let key = self.account_key(proof);
        let rows = self.db.read(move |tx| tx.rows(&OF, values![key])).await?;
        let read = |r: &Row| self.read_passkey(proof, r.bytes(0)?, r.time(1)?, r.bytes(2)?);
        rows.iter().map(read).collect()
    }

    /// Whose this is, as a proof of it; whether the signature is right has still to be seen.
    pub async fn account_passkey(&self, what: &[u8]) -> Result<Option<(Proof, AccountPasskey)>> {
        let id = self.passkey_hash(what);
        let key = id.clone();
        let Some(r) = self.db.read(move |tx| tx.row(&GET, values![key])).await? else {
            return Ok(None);
        };
        let address: String = self.open_by_token(TABLE, &hex(what), r.bytes(0)?)?;
        let proof = Proof::passkey(&address);
        let found = self.read_passkey(&proof, &id, r.time(1)?, r.bytes(2)?)?;
        Ok(Some((proof, found)))
    }
}

/// Bound to its row, too.
fn opens_with(proof: &Proof, id: &[u8]) -> String {
    format!("{} {}", hex(id), proof.address().to_lowercase())
}

/// What a passkey looks like before it is kept.
pub struct NewPasskey<'a> {
    /// The credential's number.
    pub what: &'a [u8],
    pub name: &'a str,
    pub credential: Value,
    /// Token of the session that sets it up.
    pub here: &'a str,
}

impl Store {
    /// Sets a passkey up for whoever acts, and ends all their other log-ins: they were opened before there was this one. The account's log and the mail that tells come first: none is there untold.
    pub async fn add_account_passkey(
        &self,
        proof: &Proof,
        by: &Acting,
        new: NewPasskey<'_>,
        now: Timestamp,
    ) -> Result<Added> {
        let shared = self.shared();
        let id = shared.passkey_hash(new.what);
        if shared.account_passkey(new.what).await?.is_some() {
            return Ok(Added::Taken);
        }
        if shared.account_passkeys(proof).await?.len() >= LOG_IN_KEYS_AT_MOST {
            return Ok(Added::Full);
        }
        tell(by, proof, "account.passkey", now).await?;
        let key = shared.account_key(proof);
        let body = Body {
            name: new.name.to_owned(),
            used: None,
            credential: new.credential,
        };
        let owner = shared.seal_by_token(TABLE, &hex(new.what), &proof.address())?;
        let body = shared.seal_passkey(proof, &id, &body)?;
        let added = shared
            .db
            .write(move |tx| {
                tx.rows(&LOCK, values![key.clone()])?;
                let have = tx.row(&COUNT, values![key.clone()])?.map_or(Ok(0), |r| r.int(0))?;
                if usize::try_from(have).unwrap_or(usize::MAX) >= LOG_IN_KEYS_AT_MOST {
                    return Ok(Added::Full);
                }
                Ok::<_, Error>(match tx.execute(&ADD, values![id, key, now, owner, body])? {
                    0 => Added::Taken,
                    _ => Added::Yes,
                })
            })
            .await?;
        if added == Added::Yes {
            shared.end_other_account_sessions(proof, new.here).await?;
        }
        Ok(added)
    }

    /// Opens a log-in for whoever just proved to hold this passkey. `key`: with its counter moved on. `None`: it was
    /// taken away meanwhile.
    pub async fn log_in_by_passkey(
        &self,
        proof: &Proof,
        what: &[u8],
        key: &AccountPasskey,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let shared = self.shared();
        let id = shared.passkey_hash(what);
        let token = shared.open_account_session(proof, Some(id.clone()), now).await?;
        // After the session is open: whoever takes the passkey away ends the sessions after that.
        let body = Body {
            name: key.name.clone(),
            used: Some(now),
            credential: key.credential.clone(),
        };
        let body = shared.seal_passkey(proof, &id, &body)?;
        let there = shared.db.write(move |tx| tx.execute(&USED, values![id, body])).await?;
        if there == 0 {
            shared.end_account_session(&token).await?;
            return Ok(None);
        }
        Ok(Some(token))
    }

    /// Takes one away and ends the sessions that it opened; false: this person has none of that name.
    pub async fn remove_account_passkey(&self, proof: &Proof, by: &Acting, id: &str, now: Timestamp) -> Result<bool> {
        let shared = self.shared();
        let (key, id) = (shared.account_key(proof), id.to_owned());
        let gone = shared
            .db
            .write(move |tx| {
                let mine = tx.rows(&OF, values![key.clone()])?;
                let Some(row) = mine.iter().find(|r| r.bytes(0).is_ok_and(|hash| hex(hash) == id)) else {
                    return Ok(false);
                };
                let hash = row.bytes(0)?.to_vec();
                let gone = tx.execute(&REMOVE, values![hash.clone(), key])? > 0;
                tx.execute(&END_OPENED, values![hash])?;
                Ok::<_, Error>(gone)
            })
            .await?;
        if gone {
            tell(by, proof, "account.passkey_removed", now).await?;
        }
        Ok(gone)
    }
}

/// Into the log of the account that somebody acts for, and to their address by mail.
async fn tell(by: &Acting, proof: &Proof, event: &'static str, now: Timestamp) -> Result<()> {
    let payload = json!({ "to": proof.address(), "event": event, "at": now });
    let id = by.member.id.clone();
    by.tenant
        .write(move |t| {
            t.audit(id.as_str(), event, None, now);
            t.add_job("mail_account_passkey", &payload, now, None)?;
            Ok::<_, Error>(())
        })
        .await
}
