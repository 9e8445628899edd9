//! Who may act for an account, and what the account keeps. The rows only; log-ins: `people.rs`. Every change of who may
//! act is made on all rows as they are now, one after the other, and refused where nobody would lead the account.

use domain::MemberId;
use domain::account::{Member, Term, always_led, take_over};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::engine::values;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Error, Result};

statements! { Tenant "members";
    PUT = "insert into member (tenant, id, created_at, body) values ($1, $2, $3, $4) \
        on conflict (tenant, id) do update set body = excluded.body";
    GET = "select id, body from member where tenant = $1 and id = $2";
    LIST = "select id, body from member where tenant = $1 order by created_at, id";
    LOCK = "select id from member where tenant = $1 order by id /*postgres:for update*/";
    DELETE = "delete from member where tenant = $1 and id = $2";
    ITEM_PUT = "insert into account_item (tenant, kind, id, at, body) values ($1, $2, $3, $4, $5) \
        on conflict (tenant, kind, id) do update set at = excluded.at, body = excluded.body";
    ITEM = "select body from account_item where tenant = $1 and kind = $2 and id = $3";
}

/// What a change names in its `Conflict` when nobody would lead the account on some day to come.
pub const NO_CHAIR: &str = "ohne Vorsitz";
/// People that an account knows at most, those who are no longer in it included.
pub const MEMBERS_AT_MOST: usize = 200;

/// For whom an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    Person,
    Club,
}

/// What an account is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountName {
    pub kind: AccountKind,
    pub name: String,
}

const NAME: &str = "name";

impl TenantTx<'_> {
    /// What the account is called; `None`: this tenant is no account of people.
    pub fn account_name(&self) -> Result<Option<AccountName>> {
        self.account_item(NAME, "")
    }

    pub(crate) fn put_account_name(&mut self, name: &AccountName, now: Timestamp) -> Result<()> {
        self.put_account_item(NAME, "", name, now)
    }

    pub(crate) fn put_account_item<T: Serialize>(
        &mut self,
        kind: &'static str,
        id: &str,
        value: &T,
        now: Timestamp,
    ) -> Result<()> {
        let body = self.seal("account_item", &format!("{kind}/{id}"), "body", value)?;
        self.execute(&ITEM_PUT, values![kind, id, now, body])?;
        Ok(())
    }

    pub(crate) fn account_item<T: DeserializeOwned>(&self, kind: &'static str, id: &str) -> Result<Option<T>> {
        let row = self.row(&ITEM, values![kind, id])?;
        row.map(|r| self.open("account_item", &format!("{kind}/{id}"), "body", r.bytes(0)?))
            .transpose()
    }

    pub fn member(&self, id: &MemberId) -> Result<Option<Member>> {
        let row = self.row(&GET, values![id.as_str()])?;
        row.map(|r| self.open("member", id.as_str(), "body", r.bytes(1)?))
            .transpose()
    }

    /// Everybody, the longest known first.
    pub fn members(&self) -> Result<Vec<Member>> {
        self.rows(&LIST, &[])?
            .iter()
            .map(|r| self.open("member", r.text(0)?, "body", r.bytes(1)?))
            .collect()
    }

    pub(crate) fn put_member(&mut self, member: &Member) -> Result<()> {
        let body = self.seal("member", member.id.as_str(), "body", member)?;
        self.execute(&PUT, values![member.id.as_str(), member.invited_at, body])?;
        Ok(())
    }

    /// The members as they are now, and nobody changes them meanwhile.
    pub(crate) fn members_to_change(&self) -> Result<Vec<Member>> {
        // One after the other: two chairs who end each other's term at once must not both find one left.
        self.rows(&LOCK, &[])?;
        self.members()
    }

    /// # Errors
    /// `Conflict` naming [`NO_CHAIR`] if there would be a day without a chair.
    pub(crate) fn keep_members(&mut self, before: &[Member], after: &[Member], today: Date) -> Result<()> {
        if always_led(before, today) && !always_led(after, today) {
            return Err(Error::Conflict(NO_CHAIR.into()));
        }
        for member in after.iter().filter(|m| !before.contains(m)) {
            self.put_member(member)?;
        }
        for gone in before.iter().filter(|b| after.iter().all(|a| a.id != b.id)) {
            self.execute(&DELETE, values![gone.id.as_str()])?;
        }
        Ok(())
    }

    /// Gives a member a role from a day on.
    ///
    /// # Errors
    /// `Missing` if there is no such member.
    pub fn give_term(&mut self, to: &MemberId, term: Term, actor: &MemberId, now: Timestamp) -> Result<()> {
        let event = if term.relieves.is_some() {
            "account.office_offered"
        } else {
            "account.role_given"
        };
        let before = self.members_to_change()?;
        let mut after = before.clone();
        let member = after.iter_mut().find(|m| m.id == *to).ok_or(Error::Missing("member"))?;
        if term.relieves.is_some() {
            // One office at a time is on offer to somebody.
            member.terms.retain(|t| t.relieves.is_none());
        }
        member.terms.push(term);
        self.keep_members(&before, &after, domain::date_of(now))?;
        self.audit(actor.as_str(), event, None, now);
        Ok(())
    }

    /// Ends a role with a day; one that begins later, or is only offered, is taken back. Who has not joined and has
    /// nothing left is forgotten: the member as it was.
    ///
    /// # Errors
    /// `Missing` if there is no such term; `Conflict` naming [`NO_CHAIR`].
    pub fn end_term(
        &mut self,
        of: &MemberId,
        term: &str,
        last: Date,
        actor: &MemberId,
        now: Timestamp,
    ) -> Result<Option<Member>> {
        let before = self.members_to_change()?;
        let mut after = before.clone();
        let member = after.iter_mut().find(|m| m.id == *of).ok_or(Error::Missing("member"))?;
        let at = member
            .terms
            .iter()
            .position(|t| t.id == term)
            .ok_or(Error::Missing("term"))?;
        let found = &mut member.terms[at];
        if found.relieves.is_some() || found.from > last {
            member.terms.remove(at);
        } else {
            found.to = Some(found.to.map_or(last, |to| to.min(last)));
        }
        let gone = (member.joined_at.is_none() && member.terms.is_empty()).then(|| member.clone());
        if gone.is_some() {
            after.retain(|m| m.id != *of);
        }
        self.keep_members(&before, &after, domain::date_of(now))?;
        self.audit(actor.as_str(), "account.role_ended", None, now);
        Ok(gone)
    }

    /// The member takes the offered office over; `false`: it is no longer on offer.
    pub(crate) fn take_office(&mut self, id: &MemberId, now: Timestamp) -> Result<bool> {
        let (before, today) = (self.members_to_change()?, domain::date_of(now));
        let mut after = before.clone();
        let taken = take_over(&mut after, id, today);
        if taken {
            self.keep_members(&before, &after, today)?;
            self.audit(id.as_str(), "account.office_taken_over", None, now);
        }
        Ok(taken)
    }
}
