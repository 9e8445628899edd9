//! One key, one case: a repeated submission gets the first answer again. The answer holds the access code,
//! so it is sealed; it is kept for 24 hours.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use crate::engine::{Row, values};
use crate::seal::{Key, hex};
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Claim, Error, IdemKey, Result};

statements! { Tenant "idempotency";
    /// A second transaction with the same key waits here until the first has ended.
    CLAIM = "insert into idempotency (tenant, place, service, idem_key, at, answers_hash) \
        values ($1, $2, $3, $4, $5, $6) on conflict (tenant, place, service, idem_key) do nothing";
    GET = "select at, answers_hash, answer from idempotency \
        where tenant = $1 and place = $2 and service = $3 and idem_key = $4";
    AGAIN = "update idempotency set at = $5, answers_hash = $6, answer = null \
        where tenant = $1 and place = $2 and service = $3 and idem_key = $4";
    ANSWER = "update idempotency set answer = $5 \
        where tenant = $1 and place = $2 and service = $3 and idem_key = $4";
    TIDY = "delete from idempotency where tenant = $1 and at <= $2";
}

/// Hours for which a key stands.
pub const IDEM_HOURS: i64 = 24;

fn idem_hash(access: &Key, key: &IdemKey) -> [u8; 32] {
    let parts = [key.place.as_str(), key.service.as_str(), key.key.as_str()].map(str::as_bytes);
    access.mac(&[b"idempotency", parts[0], parts[1], parts[2]])
}

impl TenantTx<'_> {
    fn idem_hash(&self, key: &IdemKey) -> [u8; 32] {
        idem_hash(&self.keys().access, key)
    }

    /// What the key stands for at an authority that was merged into this one: whoever sent there and asks again here
    /// makes no second case.
    fn stands_from_before(&self, key: &IdemKey, answers: &[u8; 32], now: Timestamp) -> Result<Option<Claim>> {
        for (_, access) in self.former_access()? {
            let hash = idem_hash(&access, key);
            let scope = values![key.place.as_str(), key.service.as_str(), hash.as_slice()];
            if let Some(row) = self.row(&GET, scope)? {
                let claim = self.what_stands(&hash, &row, answers, now)?;
                return Ok(Some(claim).filter(|c| *c != Claim::New));
            }
        }
        Ok(None)
    }

    fn what_stands(&self, hash: &[u8; 32], row: &Row, answers: &[u8; 32], now: Timestamp) -> Result<Claim> {
        if row.time(0)? + SignedDuration::from_hours(IDEM_HOURS) <= now {
            return Ok(Claim::New);
        }
        if row.bytes(1)? != answers {
            return Ok(Claim::OtherAnswers);
        }
        match row.opt_bytes(2)? {
            Some(sealed) => Ok(Claim::Replay(self.open("idempotency", &hex(hash), "answer", sealed)?)),
            None => Ok(Claim::New),
        }
    }

    /// Claims the key for this transaction, or says what it stands for. First statement of a submission:
    /// of two at once, the second waits and then replays.
    pub fn idempotency_claim(&mut self, key: &IdemKey, answers_hash: &[u8; 32], now: Timestamp) -> Result<Claim> {
        let hash = self.idem_hash(key);
        let scope = values![
            key.place.as_str(),
            key.service.as_str(),
            hash.as_slice(),
            now,
            answers_hash.as_slice()
        ];
        if let Some(before) = self.stands_from_before(key, answers_hash, now)? {
            return Ok(before);
        }
        if self.execute(&CLAIM, scope)? > 0 {
            return Ok(Claim::New);
        }
        let row = self.row(&GET, &scope[..3])?.ok_or(Error::Missing("idempotency"))?;
        let claim = self.what_stands(&hash, &row, answers_hash, now)?;
        if claim == Claim::New {
            self.execute(&AGAIN, scope)?;
        }
        Ok(claim)
    }

    /// The answer to give again, in the transaction that claimed the key.
    pub fn idempotency_answer(&mut self, key: &IdemKey, answer: &Json) -> Result<()> {
        let hash = self.idem_hash(key);
        let sealed = self.seal("idempotency", &hex(&hash), "answer", answer)?;
        let changed = self.execute(
            &ANSWER,
            values![key.place.as_str(), key.service.as_str(), hash.as_slice(), sealed],
        )?;
        if changed == 0 {
            Err(Error::Missing("idempotency"))
        } else {
            Ok(())
        }
    }

    /// Look-up without claiming, before routing; `None`: not used here.
    pub fn idempotency_find(&self, key: &IdemKey, answers_hash: &[u8; 32], now: Timestamp) -> Result<Option<Claim>> {
        let hash = self.idem_hash(key);
        let row = self.row(&GET, values![key.place.as_str(), key.service.as_str(), hash.as_slice()])?;
        let claim = row
            .map(|r| self.what_stands(&hash, &r, answers_hash, now))
            .transpose()?;
        match claim.filter(|c| *c != Claim::New) {
            Some(claim) => Ok(Some(claim)),
            None => self.stands_from_before(key, answers_hash, now),
        }
    }

    /// Deletes what is past its time.
    pub fn tidy(&mut self, now: Timestamp) -> Result<()> {
        self.execute(&TIDY, values![now - SignedDuration::from_hours(IDEM_HOURS)])?;
        Ok(())
    }
}
