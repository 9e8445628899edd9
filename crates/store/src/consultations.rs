//! Asking another office about a case: at its own desk (an incoming row in its own tables, brought by a
//! dispatch) or by a link that opens this one question only, expires and can be revoked. Single rows here;
//! what is written together with them stands in `consulting`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{CaseId, TenantId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::engine::{Row, values};
use crate::seal::Key;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{ConsultAnswer, Consultation, Result};

macro_rules! columns {
    () => {
        "select id, incoming, case_id, peer, peer_id, asked_at, answer_by, expires_at, reminded_at, revoked_at, \
         body, answer from consultation where tenant = $1 "
    };
}

statements! { Tenant "consultations";
    INSERT = "insert into consultation (tenant, id, incoming, case_id, peer, peer_id, token_hash, asked_at, \
        answer_by, expires_at, body) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    GET = concat!(columns!(), "and id = $2");
    BY_TOKEN = concat!(columns!(), "and token_hash = $2");
    OF_CASE = concat!(columns!(), "and case_id = $2 order by asked_at, id");
    INCOMING = concat!(columns!(), "and incoming = 1 order by answered_at is not null, answer_by, id");
    /// $2 today, $3 now. A decided case waits for nobody.
    TO_REMIND = concat!(columns!(), "and incoming = 0 and answered_at is null and revoked_at is null \
        and reminded_at is null and answer_by <= $2 and expires_at > $3 and exists (select 1 from case_file as f \
        where f.tenant = $1 and f.id = consultation.case_id and f.is_open = 1) \
        order by answer_by, id");
    ANSWER = "update consultation set answered_at = $3, answer = $4 where tenant = $1 and id = $2 \
        and answered_at is null and revoked_at is null and expires_at > $3";
    REMINDED = "update consultation set reminded_at = $3 where tenant = $1 and id = $2 \
        and answered_at is null and revoked_at is null and expires_at > $3";
    REVOKE = "update consultation set revoked_at = $3 where tenant = $1 and id = $2 \
        and answered_at is null and revoked_at is null";
    OVER = "update consultation set revoked_at = $3, body = $4 where tenant = $1 and id = $2 \
        and answered_at is null and revoked_at is null";
}

#[derive(Serialize, Deserialize)]
struct Body {
    who: String,
    who_name: String,
    #[serde(default)]
    address: String,
    content: Json,
    #[serde(default)]
    over: bool,
    #[serde(default)]
    why: String,
}

impl Body {
    fn of(c: &Consultation) -> Body {
        Body {
            who: c.who.clone(),
            who_name: c.who_name.clone(),
            address: c.address.clone(),
            content: c.content.clone(),
            over: c.over.is_some(),
            why: c.over.clone().unwrap_or_default(),
        }
    }
}

/// Bytes of a link's secret part: 128 bits.
const SECRET: usize = 16;

/// The authority that a link's token names. Whether the token is worth anything is found out there.
pub fn link_tenant(token: &str) -> Option<TenantId> {
    let (tenant, secret) = token.split_once('.')?;
    let drawn = URL_SAFE_NO_PAD.decode(secret).ok()?;
    (drawn.len() == SECRET).then(|| TenantId::from(tenant))
}

fn token(tenant: &TenantId, access: &Key, id: &str) -> String {
    let mac = access.mac(&[b"consultation link", id.as_bytes()]);
    format!("{tenant}.{}", URL_SAFE_NO_PAD.encode(&mac[..SECRET]))
}

fn token_hash(access: &Key, token: &str) -> [u8; 32] {
    access.mac(&[b"consultation", token.as_bytes()])
}

/// The hash under another authority's key (`into`) of a link that was sent out under these names and keys, so that it
/// opens there; `None`: it is none of theirs. The first of `sent_by` is the one whose table holds `kept`.
pub(crate) fn link_moves(sent_by: &[(TenantId, Key)], into: &Key, id: &str, kept: &[u8]) -> Option<[u8; 32]> {
    let (_, holder) = sent_by.first()?;
    let mut tokens = sent_by.iter().map(|(tenant, key)| token(tenant, key, id));
    let sent = tokens.find(|t| token_hash(holder, t) == kept)?;
    Some(token_hash(into, &sent))
}

impl TenantTx<'_> {
    fn token_hash(&self, token: &str) -> [u8; 32] {
        token_hash(&self.keys().access, token)
    }

    /// The token of a consultation's link: `nobitz.` and a keyed hash of its id. Nothing of it is kept, so
    /// that a reminder can name the same link without the database holding it.
    pub fn consultation_token(&self, id: &str) -> String {
        token(self.tenant(), &self.keys().access, id)
    }

    /// The token by which a question was sent out: by this authority, or by one that was merged into it.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn sent_token(&self, id: &str) -> Result<String> {
        let own = self.consultation_token(id);
        for (former, key) in self.former_access()? {
            let theirs = token(&former, &key, id);
            let sent = self.row(&BY_TOKEN, values![self.token_hash(&theirs).as_slice()])?;
            if sent.is_some() {
                return Ok(theirs);
            }
        }
        Ok(own)
    }

    fn consultation_row(&self, row: &Row) -> Result<Consultation> {
        let id = row.text(0)?;
        let body: Body = self.open("consultation", id, "body", row.bytes(10)?)?;
        let answer = row
            .opt_bytes(11)?
            .map(|a| self.open::<ConsultAnswer>("consultation", id, "answer", a));
        Ok(Consultation {
            id: id.to_owned(),
            incoming: row.flag(1)?,
            case: row.opt_text(2)?.map(CaseId::from),
            who: body.who,
            who_name: body.who_name,
            peer: row.opt_text(3)?.map(TenantId::from),
            peer_id: row.opt_text(4)?.map(str::to_owned),
            address: body.address,
            content: body.content,
            asked_at: row.time(5)?,
            answer_by: row.date(6)?,
            expires_at: row.time(7)?,
            reminded_at: row.opt_time(8)?,
            answer: answer.transpose()?,
            revoked_at: row.opt_time(9)?,
            over: body.over.then_some(body.why),
        })
    }

    /// Writes a consultation. When we ask an office without a desk here (`peer` = None), returns the token
    /// of its link; only its hash is kept. The id must be drawn at random then.
    pub fn create_consultation(&mut self, c: &Consultation) -> Result<Option<String>> {
        let token = (!c.incoming && c.peer.is_none()).then(|| self.consultation_token(&c.id));
        let hash = token.as_ref().map(|t| self.token_hash(t).to_vec());
        let sealed = self.seal("consultation", &c.id, "body", &Body::of(c))?;
        self.execute(
            &INSERT,
            values![
                c.id.as_str(),
                c.incoming,
                c.case.as_ref().map(|x| x.0.clone()),
                c.peer.as_ref().map(|x| x.0.clone()),
                c.peer_id.clone(),
                hash,
                c.asked_at,
                c.answer_by,
                c.expires_at,
                sealed,
            ],
        )?;
        Ok(token)
    }

    pub fn consultation(&self, id: &str) -> Result<Option<Consultation>> {
        self.row(&GET, values![id])?
            .map(|r| self.consultation_row(&r))
            .transpose()
    }

    /// By the link's token. `None`: unknown, revoked or expired, without a difference.
    pub fn consultation_by_token(&self, token: &str, now: Timestamp) -> Result<Option<Consultation>> {
        let row = self.row(&BY_TOKEN, values![self.token_hash(token).as_slice()])?;
        let found = row.map(|r| self.consultation_row(&r)).transpose()?;
        Ok(found.filter(|c| c.revoked_at.is_none() && c.expires_at > now))
    }

    /// Of a case, oldest first.
    pub fn consultations_of(&self, case: &CaseId) -> Result<Vec<Consultation>> {
        self.rows(&OF_CASE, values![case.as_str()])?
            .iter()
            .map(|r| self.consultation_row(r))
            .collect()
    }

    /// What others ask us: unanswered first.
    pub fn incoming_consultations(&self) -> Result<Vec<Consultation>> {
        self.rows(&INCOMING, &[])?
            .iter()
            .map(|r| self.consultation_row(r))
            .collect()
    }

    /// Ours, unanswered, not revoked, not expired, not yet reminded, to be answered by `day` or earlier, of
    /// cases that are still open.
    pub fn consultations_to_remind(&self, day: Date, now: Timestamp) -> Result<Vec<Consultation>> {
        self.rows(&TO_REMIND, values![day, now])?
            .iter()
            .map(|r| self.consultation_row(r))
            .collect()
    }

    /// Writes the answer; false: already answered, revoked, expired or unknown.
    pub fn answer_consultation(&mut self, id: &str, answer: &ConsultAnswer) -> Result<bool> {
        let sealed = self.seal("consultation", id, "answer", answer)?;
        Ok(self.execute(&ANSWER, values![id, answer.at, sealed])? > 0)
    }

    /// Notes a reminder; false: answered, revoked or expired.
    pub fn consultation_reminded(&mut self, id: &str, now: Timestamp) -> Result<bool> {
        Ok(self.execute(&REMINDED, values![id, now])? > 0)
    }

    /// What was asked of us has settled itself; `why` is told in a sentence. false: answered or taken back before.
    pub fn consultation_over(&mut self, c: &Consultation, why: &str, now: Timestamp) -> Result<bool> {
        let body = Body {
            over: true,
            why: why.to_owned(),
            ..Body::of(c)
        };
        let sealed = self.seal("consultation", &c.id, "body", &body)?;
        Ok(self.execute(&OVER, values![c.id.as_str(), now, sealed])? > 0)
    }

    /// Takes the question back; its link is dead at once. false: answered or revoked before.
    pub fn revoke_consultation(&mut self, id: &str, now: Timestamp) -> Result<bool> {
        Ok(self.execute(&REVOKE, values![id, now])? > 0)
    }
}
