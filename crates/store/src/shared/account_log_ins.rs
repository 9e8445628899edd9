//! Log-in of applicants and clubs: links by mail, whose an address is, sessions. Addresses are keyed hashes here; what a
//! link or a session holds opens only with the token that came by mail or stands in the cookie.

use domain::account::Member;
use domain::{MemberId, TenantId};
use jiff::{SignedDuration, Timestamp};
use schema::Assurance;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::engine::values;
use crate::seal::{Key, Place, sha256};
use crate::shared::SharedStore;
use crate::shared::misses::{WITHIN, window};
use crate::shared::sessions::{IDLE, SEEN_EACH};
use crate::sql::statements;
use crate::{Error, Result, codes};

statements! { Shared "account_log_ins";
    NAME = "insert into account_login (key_hash, tenant, member) values ($1, $2, $3) \
        on conflict (key_hash, tenant) do update set member = excluded.member";
    FORGET = "delete from account_login where key_hash = $1 and tenant = $2 and member = $3";
    OF_KEY = "select tenant, member from account_login where key_hash = $1 order by tenant";
    LINK_ADD = "insert into account_link (token_hash, expires_at, body) values ($1, $2, $3)";
    LINK = "select body from account_link where token_hash = $1 and expires_at > $2";
    LINK_TAKE = "delete from account_link where token_hash = $1 and expires_at > $2 returning body";
    LINKS_TIDY = "delete from account_link where expires_at <= $1";
    OPEN = "insert into account_session (token_hash, key_hash, tenant, member, created_at, expires_at, body, passkey) \
        values ($1, $2, '', '', $3, $4, $5, $6)";
    GET = "select tenant, member, body, created_at, seen_at from account_session \
        where token_hash = $1 and expires_at > $2 and coalesce(seen_at, created_at) > $3";
    SEEN = "update account_session set seen_at = $2, device = $3 where token_hash = $1";
    MOVE = "update account_session set token_hash = $2, tenant = $3, member = $4, body = $5, seen_at = $6 \
        where token_hash = $1 and expires_at > $6";
    END = "delete from account_session where token_hash = $1";
    END_OF_KEY = "delete from account_session where key_hash = $1";
    END_OF_MEMBER = "delete from account_session where tenant = $1 and member = $2";
    END_OF_TENANT = "delete from account_session where tenant = $1";
    FORGET_TENANT = "delete from account_login where tenant = $1";
    TIDY = "delete from account_session where expires_at <= $1";
}

/// How long a link that came by mail opens.
pub const LINK_FOR: SignedDuration = SignedDuration::from_mins(20);
/// An evening and the day after it; then log in again.
const OPEN_FOR: SignedDuration = SignedDuration::from_hours(12);
/// Links that one address is sent in an hour.
const LINKS: i64 = 5;
/// Links that one network asks for in an hour, over all hosts.
const LINKS_OF_NETWORK: i64 = 60;

/// How somebody has proven who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    /// Reads the mail of this address.
    Mail,
    /// Holds a passkey that was set up by whoever reads the mail of this address.
    Passkey,
    /// A provider vouches for them.
    Provider,
}

/// What a provider has said of whoever logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouched {
    /// Which of the operator's providers: `person`, `organisation`.
    pub by: String,
    /// What people call it: `BundID`.
    pub name: String,
    /// Issuer and subject: together they name one person, or one organisation.
    pub who: String,
    pub level: Assurance,
    /// By the path of the question that it answers.
    pub said: Map<String, Value>,
}

/// What somebody has proven. Kept sealed with the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub kind: ProofKind,
    /// The address; of a provider issuer and subject.
    pub what: String,
    /// Of a provider's log-in: what it said of whoever came in by it.
    #[serde(default)]
    pub vouched: Option<Vouched>,
    /// Who has vouched besides: that gives no right to an account, but a level of assurance.
    #[serde(default)]
    pub besides: Option<Vouched>,
}

impl Vouched {
    /// This member has connected another one at that provider.
    pub fn is_another_than(&self, member: &Member) -> bool {
        let connected = member.connections.iter().find(|c| c.by == self.by);
        connected.is_some_and(|c| c.who != self.who)
    }
}

impl Proof {
    pub fn mail(address: &str) -> Proof {
        Proof {
            kind: ProofKind::Mail,
            what: address.trim().to_owned(),
            vouched: None,
            besides: None,
        }
    }

    pub fn provider(vouched: Vouched) -> Proof {
        Proof {
            kind: ProofKind::Provider,
            what: vouched.who.clone(),
            vouched: Some(vouched),
            besides: None,
        }
    }

    /// Whose word it is who somebody is: of several the last.
    pub fn voucher(&self) -> Option<&Vouched> {
        self.besides.as_ref().or(self.vouched.as_ref())
    }

    /// How surely it is known who somebody is. Ends with the log-in.
    pub fn level(&self) -> Assurance {
        let vouched = self.voucher().map(|v| v.level).unwrap_or_default();
        let own = match self.kind {
            ProofKind::Mail | ProofKind::Passkey | ProofKind::Provider => Assurance::Basis,
        };
        vouched.max(own)
    }

    /// Everything that logs this member in.
    pub fn all_of(member: &Member) -> Vec<Proof> {
        let mail = (!member.email.is_empty()).then(|| Proof::mail(&member.email));
        let connected = member.connections.iter().map(|c| Proof {
            kind: ProofKind::Provider,
            what: c.who.clone(),
            vouched: None,
            besides: None,
        });
        mail.into_iter().chain(connected).collect()
    }

    /// Is this one of this member's? An identity that was disconnected opens nothing, whatever a table still says.
    pub(crate) fn is_of(&self, member: &Member) -> bool {
        match self.kind {
            ProofKind::Mail | ProofKind::Passkey => true,
            ProofKind::Provider => member.connections.iter().any(|c| c.who == self.what),
        }
    }

    pub fn passkey(address: &str) -> Proof {
        Proof {
            kind: ProofKind::Passkey,
            what: address.trim().to_owned(),
            vouched: None,
            besides: None,
        }
    }

    /// The address that mail goes to; empty: not known.
    pub fn address(&self) -> &str {
        match self.kind {
            ProofKind::Mail | ProofKind::Passkey => &self.what,
            ProofKind::Provider => "",
        }
    }
}

/// A link as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLink {
    pub address: String,
    /// Where to go on.
    pub target: String,
}

/// A log-in of this browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSession {
    pub proof: Proof,
    /// The account it is in, and as whom; `None`: none is chosen yet.
    pub at: Option<(TenantId, MemberId)>,
    /// When it was proven.
    pub since: Timestamp,
}

pub(crate) fn hash_of(token: &str) -> Vec<u8> {
    sha256(&[token.as_bytes()]).to_vec()
}

impl SharedStore {
    /// Whose this is. A passkey is its address's: both open the same.
    pub(crate) fn account_key(&self, proof: &Proof) -> Vec<u8> {
        let (kind, what): (&[u8], _) = match proof.kind {
            ProofKind::Mail | ProofKind::Passkey => (b"account_mail", proof.what.trim().to_lowercase()),
            // Large and small letters are two subjects.
            ProofKind::Provider => (b"account_provider", proof.what.clone()),
        };
        self.lookup.mac(&[kind, what.as_bytes()]).to_vec()
    }

    pub(crate) fn seal_by_token<T: Serialize>(&self, table: &'static str, token: &str, value: &T) -> Result<Vec<u8>> {
        let (key, row) = (self.token_key(table, token)?, crate::seal::hex(&hash_of(token)));
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(value)?);
        key.seal(place(table, &row), &plain, &self.entropy)
    }

    pub(crate) fn open_by_token<T: DeserializeOwned>(
        &self,
        table: &'static str,
        token: &str,
        sealed: &[u8],
    ) -> Result<T> {
        let (key, row) = (self.token_key(table, token)?, crate::seal::hex(&hash_of(token)));
        Ok(serde_json::from_slice(&key.open(place(table, &row), sealed)?)?)
    }

    /// The token alone does not open a stolen file, nor does the root key.
    fn token_key(&self, table: &'static str, token: &str) -> Result<Key> {
        Key::derive(&self.lookup.mac(&[b"token", table.as_bytes()]), token.as_bytes(), table)
    }

    /// A link for this address; `Err` within: too many were asked for, open again then. `network`: who asks; empty: is
    /// not counted.
    pub async fn account_link(
        &self,
        link: &AccountLink,
        network: &str,
        now: Timestamp,
    ) -> Result<std::result::Result<String, Timestamp>> {
        let address = link.address.trim().to_lowercase();
        let tries = [
            (format!("account-net:{network}"), LINKS_OF_NETWORK, !network.is_empty()),
            (format!("account-mail:{address}"), LINKS, true),
        ];
        for (key, most, counts) in tries {
            if counts && let Some(until) = self.one_of(&key, most, now).await? {
                return Ok(Err(until));
            }
        }
        let token = codes::link_token(&self.entropy);
        let body = self.seal_by_token("account_link", &token, link)?;
        let params = values![hash_of(&token), now + LINK_FOR, body].to_vec();
        self.db.write(move |tx| tx.execute(&LINK_ADD, &params)).await?;
        Ok(Ok(token))
    }

    /// One more of what may be done so often within an hour; until when not any more.
    pub(crate) async fn one_of(&self, key: &str, most: i64, now: Timestamp) -> Result<Option<Timestamp>> {
        let hash = self.lookup.mac(&[b"miss", key.as_bytes()]).to_vec();
        let since = now - window();
        let rows = self
            .db
            .write(move |tx| tx.returning(&WITHIN, values![hash, now, since]))
            .await?;
        let row = rows.first().ok_or(Error::Missing("miss"))?;
        Ok((row.int(1)? > most).then_some(row.time(0)? + window()))
    }

    /// What a link is for, without using it up: a mail server that looks at every link uses none.
    pub async fn look_at_account_link(&self, token: &str, now: Timestamp) -> Result<Option<AccountLink>> {
        let hash = hash_of(token);
        let row = self.db.read(move |tx| tx.row(&LINK, values![hash, now])).await?;
        row.map(|r| self.open_by_token("account_link", token, r.bytes(0)?))
            .transpose()
    }

    /// The link, once.
    pub async fn take_account_link(&self, token: &str, now: Timestamp) -> Result<Option<AccountLink>> {
        let hash = hash_of(token);
        let rows = self
            .db
            .write(move |tx| tx.returning(&LINK_TAKE, values![hash, now]))
            .await?;
        rows.first()
            .map(|r| self.open_by_token("account_link", token, r.bytes(0)?))
            .transpose()
    }

    pub(crate) async fn name_member(&self, proof: &Proof, tenant: &TenantId, member: &MemberId) -> Result<()> {
        let params = values![self.account_key(proof), tenant.as_str(), member.as_str()].to_vec();
        self.db.write(move |tx| tx.execute(&NAME, &params)).await?;
        Ok(())
    }

    pub(crate) async fn forget_member(&self, proof: &Proof, tenant: &TenantId, member: &MemberId) -> Result<()> {
        let params = values![self.account_key(proof), tenant.as_str(), member.as_str()].to_vec();
        self.db.write(move |tx| tx.execute(&FORGET, &params)).await?;
        Ok(())
    }

    /// Parameters of [`NAME`], for whoever comes in from elsewhere.
    pub(crate) fn naming_of(&self, proof: &Proof, tenant: &str, member: &str) -> Vec<crate::engine::Value> {
        values![self.account_key(proof), tenant, member].to_vec()
    }

    /// Accounts that know whoever proved this, and as whom.
    pub(crate) async fn members_of(&self, proof: &Proof) -> Result<Vec<(TenantId, MemberId)>> {
        let hash = self.account_key(proof);
        let rows = self.db.read(move |tx| tx.rows(&OF_KEY, values![hash])).await?;
        rows.iter()
            .map(|r| Ok((TenantId::from(r.text(0)?), MemberId::from(r.text(1)?))))
            .collect()
    }

    /// A log-in that has chosen no account; the token for the cookie. `passkey`: by which one.
    pub(crate) async fn open_account_session(
        &self,
        proof: &Proof,
        passkey: Option<Vec<u8>>,
        now: Timestamp,
    ) -> Result<String> {
        let token = codes::session_token(&self.entropy);
        let body = self.seal_by_token("account_session", &token, proof)?;
        let key = self.account_key(proof);
        let params = values![hash_of(&token), key, now, now + OPEN_FOR, body, passkey].to_vec();
        self.db.write(move |tx| tx.execute(&OPEN, &params)).await?;
        Ok(token)
    }

    /// Into an account, or on with what was proven besides, by a new token; when it ends stays as it was. `None`: it was ended meanwhile.
    pub(crate) async fn move_account_session(
        &self,
        token: &str,
        proof: &Proof,
        at: Option<(&TenantId, &MemberId)>,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let new = codes::session_token(&self.entropy);
        let body = self.seal_by_token("account_session", &new, proof)?;
        let (old, hash) = (hash_of(token), hash_of(&new));
        let (tenant, member) = at.map_or(("", ""), |(t, m)| (t.as_str(), m.as_str()));
        let params = values![old, hash, tenant, member, body, now].to_vec();
        let moved = self.db.write(move |tx| tx.execute(&MOVE, &params)).await?;
        Ok((moved > 0).then_some(new))
    }

    /// The log-in behind a cookie. Whether its member still may: `Store::who_acts`.
    /// `device`: what it is used from now, as its owner knows it.
    pub async fn account_session(&self, token: &str, device: &str, now: Timestamp) -> Result<Option<AccountSession>> {
        let (key, hash) = (hash_of(token), hash_of(token));
        let found = self.db.read(move |tx| tx.row(&GET, values![key, now, now - IDLE]));
        let Some(r) = found.await? else {
            return Ok(None);
        };
        if r.opt_time(4)?.is_none_or(|at| at <= now - SEEN_EACH) {
            let device = device.to_owned();
            self.db
                .write(move |tx| tx.execute(&SEEN, values![hash, now, device]))
                .await?;
        }
        let at = (!r.text(0)?.is_empty()).then_some((TenantId::from(r.text(0)?), MemberId::from(r.text(1)?)));
        let proof = self.open_by_token("account_session", token, r.bytes(2)?)?;
        let since = r.time(3)?;
        Ok(Some(AccountSession { proof, at, since }))
    }

    pub async fn end_account_session(&self, token: &str) -> Result<()> {
        let hash = hash_of(token);
        self.db.write(move |tx| tx.execute(&END, values![hash])).await?;
        Ok(())
    }

    /// Every log-in of whoever proved this, in all their accounts.
    pub async fn end_account_sessions(&self, proof: &Proof) -> Result<u64> {
        let hash = self.account_key(proof);
        self.db.write(move |tx| tx.execute(&END_OF_KEY, values![hash])).await
    }

    pub(crate) async fn end_member_sessions(&self, tenant: &TenantId, member: &MemberId) -> Result<u64> {
        let params = values![tenant.as_str(), member.as_str()].to_vec();
        self.db.write(move |tx| tx.execute(&END_OF_MEMBER, &params)).await
    }
}

fn place<'a>(table: &'static str, row: &'a str) -> Place<'a> {
    Place {
        tenant: "",
        table,
        row,
        column: "body",
        version: 1,
    }
}
