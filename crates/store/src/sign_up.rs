//! An authority asks to join: who asks, the link that proves the address, and what the competence centre says. All of it
//! lies with the centre's own rows. Making the authority's tenant and its first account stands in [`Store::confirm_sign_up`].

use domain::TenantId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::engine::{Row, values};
use crate::shared::account_log_ins::hash_of;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Authority, Clerk, Error, Result, Store, codes};

statements! { Tenant "sign_up";
    ADD = "insert into sign_up (tenant, id, state, created_at, changed_at, expires_at, token_hash, body) \
        values ($1, $2, 'mailed', $3, $3, $4, $5, $6)";
    BY_TOKEN = "select id, state, created_at, changed_at, body from sign_up \
        where tenant = $1 and token_hash = $2 and (expires_at > $3 or state <> 'mailed')";
    GET = "select id, state, created_at, changed_at, body from sign_up where tenant = $1 and id = $2";
    LIST = "select id, state, created_at, changed_at, body from sign_up \
        where tenant = $1 order by state = 'proven' desc, changed_at desc, id limit $2";
    MOVE = "update sign_up set state = $4, changed_at = $5, body = $6 where tenant = $1 and id = $2 and state = $3";
    COUNT = "select count(*) from sign_up where tenant = $1 and state = 'proven'";
    TIDY = "delete from sign_up where tenant = $1 and (state = 'mailed' and expires_at <= $2 \
        or state in ('confirmed', 'refused') and changed_at <= $3)";
}

/// How long the mailed link opens: an office reads its mail the next working day.
pub const SIGN_UP_FOR: SignedDuration = SignedDuration::from_hours(72);
/// Shown at once.
const SHOWN: i64 = 200;
/// Sign-ups that one network begins in an hour, and mails to one address in an hour.
const OF_NETWORK: i64 = 20;
const OF_ADDRESS: i64 = 3;

/// Where a sign-up stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUpState {
    /// The link was mailed.
    Mailed,
    /// The address is proven, the password chosen: the centre is on turn.
    Proven,
    /// The authority has joined.
    Confirmed,
    /// It has not, with a reason.
    Refused,
}

impl SignUpState {
    pub fn as_str(self) -> &'static str {
        match self {
            SignUpState::Mailed => "mailed",
            SignUpState::Proven => "proven",
            SignUpState::Confirmed => "confirmed",
            SignUpState::Refused => "refused",
        }
    }

    fn parse(word: &str) -> Result<SignUpState> {
        [
            SignUpState::Mailed,
            SignUpState::Proven,
            SignUpState::Confirmed,
            SignUpState::Refused,
        ]
        .into_iter()
        .find(|s| s.as_str() == word)
        .ok_or_else(|| Error::Database("sign_up.state".into()))
    }
}

/// Who asks, for which authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asks {
    /// The register's id and key of the authority that is to join.
    pub authority: TenantId,
    pub key: String,
    /// As the register calls it, and the municipality that was named.
    pub authority_name: String,
    pub place: String,
    pub name: String,
    pub mail: String,
}

#[derive(Serialize, Deserialize)]
struct Body {
    asks: Asks,
    #[serde(default)]
    password: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    by: String,
}

/// One sign-up.
#[derive(Debug, Clone)]
pub struct SignUp {
    pub id: String,
    pub state: SignUpState,
    pub asks: Asks,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
    /// Why it was refused.
    pub why: String,
    /// Name of who decided.
    pub by: String,
    /// PHC string of the chosen password.
    password: String,
}

impl SignUp {
    /// What stands behind the @ of the address.
    pub fn mail_domain(&self) -> &str {
        self.asks.mail.rsplit('@').next().unwrap_or_default()
    }
}

/// What became of confirming.
#[derive(Debug)]
pub enum Joined {
    Yes(Clerk),
    /// Somebody decided before, or there is no such.
    Gone,
    /// The authority has joined otherwise meanwhile: its lead adds accounts.
    Known,
    /// The address has an account at some authority.
    Taken,
}

impl TenantTx<'_> {
    fn sign_up_row(&self, row: &Row) -> Result<SignUp> {
        let id = row.text(0)?.to_owned();
        let body: Body = self.open("sign_up", &id, "body", row.bytes(4)?)?;
        Ok(SignUp {
            state: SignUpState::parse(row.text(1)?)?,
            created_at: row.time(2)?,
            changed_at: row.time(3)?,
            asks: body.asks,
            why: body.why,
            by: body.by,
            password: body.password,
            id,
        })
    }

    fn sign_up_body(&self, s: &SignUp) -> Result<Vec<u8>> {
        let body = Body {
            asks: s.asks.clone(),
            password: s.password.clone(),
            why: s.why.clone(),
            by: s.by.clone(),
        };
        self.seal("sign_up", &s.id, "body", &body)
    }

    /// The sign-up of a mailed link; of one that was decided, too, so that its page can say how it stands.
    pub fn sign_up_of(&self, token: &str, now: Timestamp) -> Result<Option<SignUp>> {
        let row = self.row(&BY_TOKEN, values![hash_of(token), now])?;
        row.map(|r| self.sign_up_row(&r)).transpose()
    }

    pub fn sign_up(&self, id: &str) -> Result<Option<SignUp>> {
        let row = self.row(&GET, values![id])?;
        row.map(|r| self.sign_up_row(&r)).transpose()
    }

    /// Those whose address is proven, the open ones first.
    pub fn sign_ups(&self) -> Result<Vec<SignUp>> {
        let rows = self.rows(&LIST, values![SHOWN])?;
        let all: Vec<SignUp> = rows.iter().map(|r| self.sign_up_row(r)).collect::<Result<_>>()?;
        Ok(all.into_iter().filter(|s| s.state != SignUpState::Mailed).collect())
    }

    /// How many wait for the centre.
    pub fn open_sign_ups(&self) -> Result<i64> {
        self.row(&COUNT, &[])?.ok_or(Error::Missing("count"))?.int(0)
    }

    /// From one state to the next; false: somebody was faster.
    fn move_sign_up(&mut self, s: &SignUp, to: SignUpState, now: Timestamp) -> Result<bool> {
        let body = self.sign_up_body(s)?;
        let row = values![s.id.as_str(), s.state.as_str(), to.as_str(), now, body];
        Ok(self.execute(&MOVE, row)? > 0)
    }

    /// Refuses one that is open and tells who asked; false: somebody decided before. `by`: the name that is kept.
    pub fn refuse_sign_up(&mut self, id: &str, why: &str, actor: &str, by: &str, now: Timestamp) -> Result<bool> {
        let Some(mut s) = self.sign_up(id)?.filter(|s| s.state == SignUpState::Proven) else {
            return Ok(false);
        };
        (s.why, s.by) = (why.to_owned(), by.to_owned());
        s.password.clear();
        if !self.move_sign_up(&s, SignUpState::Refused, now)? {
            return Ok(false);
        }
        self.add_job("mail_sign_up_refused", &json!({ "id": id }), now, None)?;
        self.audit(actor, "sign_up.refused", None, now);
        Ok(true)
    }
}

impl Store {
    /// Somebody asks for an authority to join: the link that proves the address goes out by mail. Until when not, if too
    /// many were asked for. `network`: who asks; empty: is not counted.
    pub async fn ask_to_join(
        &self,
        centre: &TenantId,
        asks: Asks,
        network: &str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>> {
        let tries = [
            (format!("sign-up-net:{network}"), OF_NETWORK, !network.is_empty()),
            (format!("sign-up-mail:{}", asks.mail.to_lowercase()), OF_ADDRESS, true),
        ];
        for (key, most, counts) in tries {
            if counts && let Some(until) = self.shared().one_of(&key, most, now).await? {
                return Ok(Some(until));
            }
        }
        let (token, id) = (codes::link_token(self.entropy()), self.entropy().id());
        let write = move |t: &mut TenantTx<'_>| {
            let s = SignUp {
                id,
                state: SignUpState::Mailed,
                asks,
                created_at: now,
                changed_at: now,
                why: String::new(),
                by: String::new(),
                password: String::new(),
            };
            let body = t.sign_up_body(&s)?;
            let row = values![s.id.as_str(), now, now + SIGN_UP_FOR, hash_of(&token), body];
            t.execute(&ADD, row)?;
            t.add_job("mail_sign_up", &json!({ "id": s.id, "token": token }), now, None)?;
            Ok::<_, Error>(())
        };
        self.tenant(centre).await?.write(write).await?;
        Ok(None)
    }

    /// Whoever opens the mailed link chooses the password of the first account; false: the link opens nothing (any
    /// more).
    pub async fn prove_sign_up(&self, centre: &TenantId, token: &str, password: &str, now: Timestamp) -> Result<bool> {
        let hash = self.hash_password(password).await?;
        let token = token.to_owned();
        let write = move |t: &mut TenantTx<'_>| {
            let Some(mut s) = t.sign_up_of(&token, now)?.filter(|s| s.state == SignUpState::Mailed) else {
                return Ok(false);
            };
            s.password = hash;
            let moved = t.move_sign_up(&s, SignUpState::Proven, now)?;
            if moved {
                t.audit("system", "sign_up.proven", None, now);
                t.add_job("mail_sign_up_waits", &json!({ "id": s.id }), now, None)?;
            }
            Ok::<_, Error>(moved)
        };
        self.tenant(centre).await?.write(write).await
    }

    /// The centre confirms: the authority gets its tenant, with the starter pack that `starter` writes into it, and its
    /// first account, with the password that was chosen. `starter` may be asked to write more than once.
    ///
    /// # Errors
    /// The store's; what was begun is finished by confirming once more.
    pub async fn confirm_sign_up(
        &self,
        centre: &TenantId,
        id: &str,
        (actor, by): (&str, &str),
        level: &str,
        starter: impl FnOnce(&mut TenantTx<'_>) -> Result<()> + Send + 'static,
        now: Timestamp,
    ) -> Result<Joined> {
        let centre = self.tenant(centre).await?;
        let wanted = id.to_owned();
        let found = centre.read(move |t| t.sign_up(&wanted)).await?;
        let Some(mut s) = found.filter(|s| s.state == SignUpState::Proven) else {
            return Ok(Joined::Gone);
        };
        let made = self.create_tenant(Authority {
            id: s.asks.authority.clone(),
            name: s.asks.authority_name.clone(),
            level: level.to_owned(),
            codes: vec![("key".into(), s.asks.key.clone())],
            created_at: now,
        });
        let made = made.await?;
        if *made.id() != s.asks.authority || !made.read(|t| t.clerks()).await?.is_empty() {
            return Ok(Joined::Known);
        }
        made.write(starter).await?;
        let roles = ["lead", "clerk"].map(str::to_owned);
        let (mail, name) = (s.asks.mail.clone(), s.asks.name.clone());
        let hash = std::mem::take(&mut s.password);
        let added = self.add_clerk_with(&s.asks.authority, &mail, &name, hash, &roles, "system", now);
        let clerk = match added.await {
            Ok(clerk) => clerk,
            Err(Error::Conflict(_)) => return Ok(Joined::Taken),
            Err(other) => return Err(other),
        };
        s.by = by.to_owned();
        let actor = actor.to_owned();
        let write = move |t: &mut TenantTx<'_>| {
            if t.move_sign_up(&s, SignUpState::Confirmed, now)? {
                t.add_job("mail_sign_up_confirmed", &json!({ "id": s.id }), now, None)?;
                t.audit(&actor, "sign_up.confirmed", None, now);
            }
            Ok::<_, Error>(())
        };
        centre.write(write).await?;
        Ok(Joined::Yes(clerk))
    }
}
