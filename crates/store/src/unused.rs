//! What becomes of an account with time: who left it is forgotten, invitations that nobody took go, and an account that
//! nobody uses is deleted after its chair was told. And deleting one when its owner wants it gone.

use domain::TenantId;
use domain::account::{Member, Role};
use jiff::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::engine::values;
use crate::people::POST_OFFICE;
use crate::sql::statements;
use crate::tenant::{TenantStore, TenantTx};
use crate::tidy::before;
use crate::{Error, Periods, Proof, Result, Store};

statements! { Tenant "unused";
    /// The log's last row that somebody caused.
    LAST_ACT = "select at from audit where tenant = $1 and actor <> 'system' order by n desc limit 1";
    FORGET_DETAILS = "delete from account_item where tenant = $1 and kind = 'details' and id = $2";
}

const WARNED: &str = "warned";
/// Begun applications of one account that go with it at most; what is beyond ends by itself.
const DRAFTS: u32 = 1_000;

/// What is to be done about an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountUse {
    /// Nothing.
    Kept,
    /// Its chairs are told that it goes on this day unless somebody logs in.
    Warn { name: String, to: Vec<String>, on: Date },
    /// They were, and nobody did.
    Over,
}

fn is_over(member: &Member, periods: &Periods, now: Timestamp) -> bool {
    let today = domain::date_of(now);
    match (member.joined_at, periods.invitation, periods.member_left) {
        (None, Some(days), _) => member.invited_at <= before(now, days),
        (Some(_), _, Some(days)) => member
            .last_day()
            .is_some_and(|last| last.saturating_add(days.days()) < today),
        _ => false,
    }
}

impl TenantTx<'_> {
    /// Chairs of this day that mail reaches.
    fn chairs(&self, today: Date) -> Result<Vec<String>> {
        let all = self.members()?.into_iter();
        let chairs = all.filter(|m| m.is_on(Role::Chair, today) && !m.email.is_empty());
        Ok(chairs.map(|m| m.email).collect())
    }

    fn account_use(&self, periods: &Periods, now: Timestamp) -> Result<AccountUse> {
        let Some(unused) = periods.account_unused.filter(|_| self.tenant().as_str() != POST_OFFICE) else {
            return Ok(AccountUse::Kept);
        };
        let last = self.row(&LAST_ACT, &[])?.map(|r| r.time(0)).transpose()?;
        let last = last.unwrap_or(self.authority().created_at);
        // Half made, by a program that ended in between: it has nobody.
        let Some(name) = self.account_name()? else {
            return Ok(if last <= before(now, unused) {
                AccountUse::Over
            } else {
                AccountUse::Kept
            });
        };
        let warning = periods.account_warning.unwrap_or(0);
        let told: Option<Timestamp> = self.account_item(WARNED, "")?;
        match told.filter(|told| *told >= last) {
            Some(told) if told <= before(now, warning) && last <= before(now, unused) => Ok(AccountUse::Over),
            Some(_) => Ok(AccountUse::Kept),
            None if last <= before(now, (unused - warning).max(0)) => {
                let ends = domain::date_of(last).saturating_add(unused.days());
                let least = domain::date_of(now).saturating_add(warning.days());
                Ok(AccountUse::Warn {
                    name: name.name,
                    to: self.chairs(domain::date_of(now))?,
                    on: ends.max(least),
                })
            }
            None => Ok(AccountUse::Kept),
        }
    }

    /// The chairs were told just now.
    pub fn account_warned(&mut self, now: Timestamp) -> Result<()> {
        self.put_account_item(WARNED, "", &now, now)
    }

    /// Everybody whose time in this account is over, with what they filled forms in with.
    fn forget_members(&mut self, periods: &Periods, now: Timestamp) -> Result<Vec<Member>> {
        let before = self.members_to_change()?;
        let (gone, after): (Vec<Member>, Vec<Member>) = before.iter().cloned().partition(|m| is_over(m, periods, now));
        self.keep_members(&before, &after, domain::date_of(now))?;
        for member in &gone {
            self.execute(&FORGET_DETAILS, values![member.id.as_str()])?;
            self.audit("system", "account.member_forgotten", None, now);
        }
        Ok(gone)
    }
}

impl Store {
    /// Forgets who left an account long ago and whoever never came; says what is to be done about the account itself.
    pub async fn tidy_account(&self, account: &TenantStore, periods: &Periods, now: Timestamp) -> Result<AccountUse> {
        let asked = *periods;
        let (some, found) = account
            .read(move |t| {
                let some = t.members()?.iter().any(|m| is_over(m, &asked, now));
                Ok::<_, Error>((some, t.account_use(&asked, now)?))
            })
            .await?;
        if some && found != AccountUse::Over {
            let asked = *periods;
            for member in account.write(move |t| t.forget_members(&asked, now)).await? {
                self.forget_log_ins(account.id(), &member).await?;
            }
            account.wipe_log().await?;
        }
        Ok(found)
    }

    /// By mail and by each provider.
    async fn forget_log_ins(&self, account: &TenantId, member: &Member) -> Result<()> {
        let shared = self.shared();
        for proof in Proof::all_of(member) {
            shared.forget_member(&proof, account, &member.id).await?;
        }
        shared.end_member_sessions(account, &member.id).await?;
        Ok(())
    }

    /// Takes an account out of the world with its key, its members' log-ins and its begun applications. What it has sent
    /// is the offices'. On PostgreSQL the log of acts stays, which holds no contents and no names.
    ///
    /// # Errors
    /// `Missing` if it is no account of people.
    pub async fn drop_account(&self, id: &TenantId) -> Result<()> {
        let account = self.tenant(id).await?;
        if account.authority().level != crate::ACCOUNT || id.as_str() == POST_OFFICE {
            return Err(Error::Missing("account"));
        }
        for draft in account.read(|t| t.account_drafts(DRAFTS)).await? {
            self.drafts().delete(&draft.id).await?;
        }
        drop(account);
        self.erase_account(id).await
    }
}
