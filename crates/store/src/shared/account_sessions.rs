//! Where an applicant is logged in, as "Anmelden und Geräte" shows it and ends it: all log-ins of whoever proved an
//! address, in whichever of their accounts. What a log-in is: `account_log_ins.rs`.

use domain::{MemberId, TenantId};
use jiff::Timestamp;

use crate::engine::values;
use crate::shared::SharedStore;
use crate::shared::account_log_ins::hash_of;
use crate::shared::sessions::{IDLE, OpenSession, name_of};
use crate::sql::statements;
use crate::{Proof, Result};

statements! { Shared "account_sessions";
    OF = "select token_hash, created_at, seen_at, device from account_session where key_hash = $1 and expires_at > $2 \
        and coalesce(seen_at, created_at) > $3 order by coalesce(seen_at, created_at) desc, token_hash";
    END = "delete from account_session where token_hash = $1";
    END_OTHERS = "delete from account_session where key_hash = $1 and token_hash <> $2";
    END_OTHERS_OF_MEMBER = "delete from account_session where tenant = $1 and member = $2 and token_hash <> $3";
}

impl SharedStore {
    /// The last used first.
    pub async fn account_sessions_of(&self, proof: &Proof, now: Timestamp) -> Result<Vec<OpenSession>> {
        let params = values![self.account_key(proof), now, now - IDLE].to_vec();
        let rows = self.db.read(move |tx| tx.rows(&OF, &params)).await?;
        rows.iter().map(OpenSession::of).collect()
    }

    /// Ends one of them by the name that the list gives it; false: there is no such one.
    pub async fn end_account_session_of(&self, proof: &Proof, id: &str, now: Timestamp) -> Result<bool> {
        let (params, id) = (
            values![self.account_key(proof), now, now - IDLE].to_vec(),
            id.to_owned(),
        );
        self.db
            .write(move |tx| {
                let rows = tx.rows(&OF, &params)?;
                let Some(row) = rows.iter().find(|r| r.bytes(0).is_ok_and(|hash| name_of(hash) == id)) else {
                    return Ok(false);
                };
                Ok(tx.execute(&END, values![row.bytes(0)?.to_vec()])? > 0)
            })
            .await
    }

    /// Ends all of them but the one with this token.
    pub async fn end_other_account_sessions(&self, proof: &Proof, here: &str) -> Result<u64> {
        let params = values![self.account_key(proof), hash_of(here)].to_vec();
        self.db.write(move |tx| tx.execute(&END_OTHERS, &params)).await
    }

    /// Ends what is open at an account as this member, but the one with this token.
    pub(crate) async fn end_other_member_sessions(
        &self,
        tenant: &TenantId,
        member: &MemberId,
        here: &str,
    ) -> Result<u64> {
        let params = values![tenant.as_str(), member.as_str(), hash_of(here)].to_vec();
        self.db
            .write(move |tx| tx.execute(&END_OTHERS_OF_MEMBER, &params))
            .await
    }
}
