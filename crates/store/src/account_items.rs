//! What an account keeps besides its people: begun applications, those that were sent, and what forms are filled in with.
//! Everything is sealed under the account's key; links and access codes open what lies elsewhere.

use domain::MemberId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::engine::values;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Error, Result};

statements! { Tenant "account_items";
    LIST = "select id, body from account_item where tenant = $1 and kind = $2 order by at desc, id limit $3";
    DELETE = "delete from account_item where tenant = $1 and kind = $2 and id = $3";
    LOCK = "select id from account_item where tenant = $1 and kind = $2 and id = $3 /*postgres:for update*/";
}

const DRAFT: &str = "draft";
const CASE: &str = "case";
const DETAILS: &str = "details";

/// A begun application, and the link that opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDraft {
    pub id: String,
    pub link: String,
    pub by: MemberId,
}

/// A sent application, and the code that opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountCase {
    pub reference: String,
    pub code: String,
    pub by: MemberId,
    pub sent_at: Timestamp,
}

impl TenantTx<'_> {
    fn account_rows<T: serde::de::DeserializeOwned>(&self, kind: &'static str, limit: u32) -> Result<Vec<T>> {
        self.rows(&LIST, values![kind, i64::from(limit)])?
            .iter()
            .map(|r| self.open("account_item", &format!("{kind}/{}", r.text(0)?), "body", r.bytes(1)?))
            .collect()
    }

    /// The newest first.
    pub fn account_drafts(&self, limit: u32) -> Result<Vec<AccountDraft>> {
        self.account_rows(DRAFT, limit)
    }

    pub fn account_draft(&self, id: &str) -> Result<Option<AccountDraft>> {
        self.account_item(DRAFT, id)
    }

    /// The account keeps a begun application from now on.
    pub fn keep_account_draft(&mut self, draft: &AccountDraft, now: Timestamp) -> Result<()> {
        self.put_account_item(DRAFT, &draft.id, draft, now)?;
        self.audit(draft.by.as_str(), "account.draft_kept", None, now);
        Ok(())
    }

    /// It was sent, expired or thrown away.
    pub fn forget_account_draft(&mut self, id: &str) -> Result<()> {
        self.execute(&DELETE, values![DRAFT, id])?;
        Ok(())
    }

    /// References are not to be read in clear: the row is found by a keyed hash.
    fn account_case_row(&self, reference: &str) -> String {
        crate::seal::hex(&self.keys().access.mac(&[b"account_case", reference.as_bytes()]))
    }

    /// The newest first.
    pub fn account_cases(&self, limit: u32) -> Result<Vec<AccountCase>> {
        self.account_rows(CASE, limit)
    }

    pub fn account_case(&self, reference: &str) -> Result<Option<AccountCase>> {
        self.account_item(CASE, &self.account_case_row(reference))
    }

    /// The account keeps a sent application; the same once more changes nothing.
    pub fn keep_account_case(&mut self, case: &AccountCase) -> Result<()> {
        let id = self.account_case_row(&case.reference);
        if self.account_item::<AccountCase>(CASE, &id)?.is_some() {
            return Ok(());
        }
        self.put_account_item(CASE, &id, case, case.sent_at)?;
        self.audit(case.by.as_str(), "account.case_kept", None, case.sent_at);
        Ok(())
    }

    /// Answers by the path of their question: those of all, and over them those of this member alone.
    pub fn account_details(&self, member: &MemberId) -> Result<Map<String, Value>> {
        let mut all: Map<String, Value> = self.account_item(DETAILS, "")?.unwrap_or_default();
        all.extend(
            self.account_item::<Map<String, Value>>(DETAILS, member.as_str())?
                .unwrap_or_default(),
        );
        Ok(all)
    }

    /// Changes some of them; null takes one away. `own`: of this member alone.
    pub fn change_account_details(
        &mut self,
        member: &MemberId,
        own: bool,
        changes: Map<String, Value>,
        now: Timestamp,
    ) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let id = if own { member.as_str() } else { "" };
        self.rows(&LOCK, values![DETAILS, id])?;
        let mut kept: Map<String, Value> = self.account_item(DETAILS, id)?.unwrap_or_default();
        kept.extend(changes);
        kept.retain(|_, value| !value.is_null());
        self.put_account_item(DETAILS, id, &kept, now)?;
        self.audit(member.as_str(), "account.details", None, now);
        Ok::<_, Error>(())
    }
}
