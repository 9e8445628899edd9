//! People and clubs as tenants: making an account, coming in, inviting, taking an office over. Joins the shared log-in
//! tables with the account's own rows; no handle but this module goes from a proven address to an account.

use domain::account::{Connection, Member, Role, Term};
use domain::{MemberId, TenantId};
use jiff::Timestamp;
use serde_json::json;

use crate::members::MEMBERS_AT_MOST;
use crate::{
    AccountKind, AccountLink, AccountName, AccountSession, Authority, Error, Proof, ProofKind, Result, Store,
    TenantStore, TenantTx, Vouched,
};

/// Level of a tenant that is an account, in the table of authorities.
pub const ACCOUNT: &str = "account";
/// From here the installation's own mails go: those to addresses that belong to no account yet.
pub(crate) const POST_OFFICE: &str = "konto-post";
/// Accounts of one address at most.
const ACCOUNTS_AT_MOST: usize = 20;
/// Accounts that one network makes in an hour, and that are made in an hour at all.
const NEW_OF_NETWORK: i64 = 20;
const NEW_AT_ALL: i64 = 500;
/// Invitations of one account in an hour.
const INVITATIONS: i64 = 20;

/// Somebody acts for an account, with the roles of today.
#[derive(Debug, Clone)]
pub struct Acting {
    pub tenant: TenantStore,
    pub name: AccountName,
    pub member: Member,
    pub roles: Vec<Role>,
}

impl Acting {
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    fn of(tenant: TenantStore, name: AccountName, member: Member, now: Timestamp) -> Acting {
        let roles = member.roles_on(domain::date_of(now));
        Acting {
            tenant,
            name,
            member,
            roles,
        }
    }

    /// Is there anything to be said about this account: a role, now or later, or an offer?
    fn matters(&self, now: Timestamp) -> bool {
        let today = domain::date_of(now);
        self.member
            .terms
            .iter()
            .any(|t| t.relieves.is_some() || t.counts_from(today))
    }
}

/// A log-in, and for whom it acts; `None` where no account is chosen, or the right has ended.
#[derive(Debug, Clone)]
pub struct Person {
    pub session: AccountSession,
    pub acting: Option<Acting>,
}

/// What became of connecting an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connected {
    /// `elsewhere`: it comes into another account, too.
    Yes { elsewhere: bool },
    /// It is another member's.
    Taken,
    /// The member has another one of this provider.
    Other,
}

/// What became of disconnecting one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnected {
    Yes,
    /// There is no such.
    No,
    /// Nothing else would let the member in.
    Last,
}

/// What logs these members in, each with its member's id.
pub(crate) fn proofs_of(members: Vec<Member>) -> Vec<(Proof, String)> {
    let all = |m: Member| {
        let proofs = Proof::all_of(&m);
        proofs.into_iter().map(move |p| (p, m.id.0.clone()))
    };
    members.into_iter().flat_map(all).collect()
}

fn connection(vouched: &Vouched, now: Timestamp) -> Connection {
    Connection {
        by: vouched.by.clone(),
        name: vouched.name.clone(),
        who: vouched.who.clone(),
        since: now,
    }
}

fn account(id: &str, now: Timestamp) -> Authority {
    Authority {
        id: id.into(),
        // In clear in the shared tables: what the account is called stands sealed in its own.
        name: "Konto".into(),
        level: ACCOUNT.into(),
        codes: Vec::new(),
        created_at: now,
    }
}

impl Store {
    /// A link to log in with, by a mail of its own; until when not, if too many were asked for. The same for every
    /// address: whether somebody knows it is not looked up.
    pub async fn mail_account_link(
        &self,
        link: &AccountLink,
        network: &str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>> {
        let token = match self.shared().account_link(link, network, now).await? {
            Ok(token) => token,
            Err(until) => return Ok(Some(until)),
        };
        let payload = json!({ "to": link.address.trim(), "token": token });
        self.create_tenant(account(POST_OFFICE, now))
            .await?
            .write(move |t| t.add_job("mail_account_link", &payload, now, None))
            .await?;
        Ok(None)
    }

    /// Somebody has proven an address: a log-in that has chosen no account yet.
    pub async fn open_proof(&self, proof: &Proof, now: Timestamp) -> Result<String> {
        self.shared().open_account_session(proof, None, now).await
    }

    /// Accounts that know whoever proved this: with a role, one to come, an invitation or an offer.
    pub async fn accounts_of(&self, proof: &Proof, now: Timestamp) -> Result<Vec<Acting>> {
        let mut found = Vec::new();
        for (tenant, member) in self.shared().members_of(proof).await? {
            if let Some(acting) = self.acting(&tenant, &member, now).await?
                && proof.is_of(&acting.member)
                && acting.matters(now)
            {
                found.push(acting);
            }
        }
        Ok(found)
    }

    async fn acting(&self, tenant: &TenantId, member: &MemberId, now: Timestamp) -> Result<Option<Acting>> {
        let store = match self.tenant(tenant).await {
            Ok(store) => store,
            Err(Error::Missing(_)) => return Ok(None),
            Err(other) => return Err(other),
        };
        let id = member.clone();
        let read = move |t: &TenantTx<'_>| Ok::<_, Error>((t.account_name()?, t.member(&id)?));
        let (name, member) = store.read(read).await?;
        Ok(name
            .zip(member)
            .map(|(name, member)| Acting::of(store, name, member, now)))
    }

    /// Who sends this cookie. Rights are those of this moment: of a role that has ended, or has not begun, there is none.
    /// `device`: as its owner knows it, `Firefox unter Windows`.
    pub async fn who_acts(&self, token: &str, device: &str, now: Timestamp) -> Result<Option<Person>> {
        let Some(mut session) = self.shared().account_session(token, device, now).await? else {
            return Ok(None);
        };
        let acting = match &session.at {
            Some((tenant, member)) => {
                let acting = self.acting(tenant, member, now).await?;
                acting.filter(|a| !a.roles.is_empty() && session.proof.is_of(&a.member))
            }
            None => None,
        };
        // Whoever vouched before the account was chosen, or before the member connected another.
        if let Some(acting) = &acting {
            let besides = session.proof.besides.take();
            session.proof.besides = besides.filter(|v| !v.is_another_than(&acting.member));
        }
        Ok(Some(Person { session, acting }))
    }

    /// Into one of the accounts of a log-in, by a new token; `None`: it gives no right there today, or was ended.
    pub async fn enter_account(
        &self,
        token: &str,
        session: &AccountSession,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let mine = self.shared().members_of(&session.proof).await?;
        let Some((_, member)) = mine.into_iter().find(|(t, _)| t == tenant) else {
            return Ok(None);
        };
        let may = |acting: &Acting| !acting.roles.is_empty() && session.proof.is_of(&acting.member);
        if !self.acting(tenant, &member, now).await?.is_some_and(|a| may(&a)) {
            return Ok(None);
        }
        let shared = self.shared();
        let moved = shared.move_account_session(token, &session.proof, Some((tenant, &member)), now);
        let Some(new) = moved.await? else {
            return Ok(None);
        };
        // After the session is open: whoever ends the role ends the sessions after that.
        let Some(acting) = self.acting(tenant, &member, now).await?.filter(may) else {
            shared.end_account_session(&new).await?;
            return Ok(None);
        };
        acting
            .tenant
            .write(move |t| {
                t.audit(member.as_str(), "account.log_in", None, now);
                Ok::<_, Error>(())
            })
            .await?;
        Ok(Some(new))
    }

    /// Counts that an account is about to be made; until when none may be, if too many were. `network`: who asks; empty:
    /// is not counted.
    pub async fn may_create_account(&self, network: &str, now: Timestamp) -> Result<Option<Timestamp>> {
        let shared = self.shared();
        if !network.is_empty() {
            let own = format!("account-new-net:{network}");
            if let Some(until) = shared.one_of(&own, NEW_OF_NETWORK, now).await? {
                return Ok(Some(until));
            }
        }
        shared.one_of("account-new", NEW_AT_ALL, now).await
    }

    /// Accounts that whoever proved this is in. Who was asked in and has not said yes is not: others' invitations take
    /// nobody an account of their own.
    async fn joined(&self, proof: &Proof, now: Timestamp) -> Result<usize> {
        let mut n = 0;
        for (tenant, member) in self.shared().members_of(proof).await? {
            let acting = self.acting(&tenant, &member, now).await?;
            n += usize::from(acting.is_some_and(|a| a.member.joined_at.is_some()));
        }
        Ok(n)
    }

    /// Makes an account whose chair is whoever proved this.
    ///
    /// # Errors
    /// `Conflict` if the address has as many accounts as there may be.
    pub async fn create_account(
        &self,
        session: &AccountSession,
        name: AccountName,
        person: &str,
        now: Timestamp,
    ) -> Result<TenantStore> {
        if self.joined(&session.proof, now).await? >= ACCOUNTS_AT_MOST {
            return Err(Error::Conflict("Konto".into()));
        }
        let tenant = self
            .create_tenant(account(&format!("konto-{}", self.entropy().id()), now))
            .await?;
        let member = Member {
            id: MemberId(self.entropy().id()),
            // What a provider says is nobody's log-in.
            email: session.proof.address().to_owned(),
            name: person.to_owned(),
            invited_at: now,
            joined_at: Some(now),
            terms: vec![Term {
                id: self.entropy().id(),
                role: Role::Chair,
                from: domain::date_of(now),
                to: None,
                relieves: None,
            }],
            connections: match session.proof.kind {
                ProofKind::Provider => session.proof.vouched.iter().map(|v| connection(v, now)).collect(),
                ProofKind::Mail | ProofKind::Passkey => Vec::new(),
            },
        };
        let id = member.id.clone();
        tenant
            .write(move |t| {
                t.put_account_name(&name, now)?;
                t.put_member(&member)?;
                t.audit(member.id.as_str(), "account.created", None, now);
                Ok::<_, Error>(())
            })
            .await?;
        // The log-in last: it opens what is there.
        self.shared().name_member(&session.proof, tenant.id(), &id).await?;
        Ok(tenant)
    }

    /// Asks somebody in, with a role, and says so by mail; who is known here already gets the role.
    ///
    /// # Errors
    /// `Conflict` if there are too many, `Busy` if too many were invited within the hour.
    pub async fn invite(&self, by: &Acting, email: &str, name: &str, term: Term, now: Timestamp) -> Result<MemberId> {
        let limit = format!("account-invite:{}", by.tenant.id());
        if self.shared().one_of(&limit, INVITATIONS, now).await?.is_some() {
            return Err(Error::Busy);
        }
        let (actor, email, name) = (by.member.id.clone(), email.trim().to_owned(), name.trim().to_owned());
        let (address, new) = (email.clone(), MemberId(self.entropy().id()));
        let id = by
            .tenant
            .write(move |t| {
                let before = t.members_to_change()?;
                let known = before.iter().find(|m| m.email.to_lowercase() == address.to_lowercase());
                let id = known.map_or(new, |m| m.id.clone());
                // Asked once more: the invitation is open anew.
                if let Some(open) = known.filter(|m| m.joined_at.is_none()) {
                    t.put_member(&Member {
                        invited_at: now,
                        ..open.clone()
                    })?;
                }
                if known.is_none() {
                    if before.len() >= MEMBERS_AT_MOST {
                        return Err(Error::Conflict("member".into()));
                    }
                    t.put_member(&Member {
                        id: id.clone(),
                        email: address,
                        name,
                        invited_at: now,
                        joined_at: None,
                        terms: Vec::new(),
                        connections: Vec::new(),
                    })?;
                    t.audit(actor.as_str(), "account.invited", None, now);
                }
                t.give_term(&id, term, &actor, now)?;
                let payload = json!({ "member": id.as_str() });
                t.add_job("mail_account_invited", &payload, now, Some(&format!("invited:{id}")))?;
                Ok(id)
            })
            .await?;
        self.shared()
            .name_member(&Proof::mail(&email), by.tenant.id(), &id)
            .await?;
        Ok(id)
    }

    /// Ends a role after this day and, if it was the last, every log-in of its holder here.
    ///
    /// # Errors
    /// `Missing`, or `Conflict` naming [`crate::NO_CHAIR`].
    pub async fn end_role(
        &self,
        by: &Acting,
        of: &MemberId,
        term: &str,
        last: jiff::civil::Date,
        now: Timestamp,
    ) -> Result<()> {
        let (actor, member, term) = (by.member.id.clone(), of.clone(), term.to_owned());
        let gone = by
            .tenant
            .write(move |t| t.end_term(&member, &term, last, &actor, now))
            .await?;
        let tenant = by.tenant.id();
        if let Some(gone) = gone {
            self.shared()
                .forget_member(&Proof::mail(&gone.email), tenant, of)
                .await?;
        }
        if self.acting(tenant, of, now).await?.is_none_or(|a| a.roles.is_empty()) {
            self.shared().end_member_sessions(tenant, of).await?;
        }
        Ok(())
    }

    /// Whoever proved this takes an invitation or an offered office on, or turns it down. `false`: there is none.
    pub async fn answer_account(&self, proof: &Proof, tenant: &TenantId, yes: bool, now: Timestamp) -> Result<bool> {
        let mine = self.shared().members_of(proof).await?;
        let Some((_, id)) = mine.into_iter().find(|(t, _)| t == tenant) else {
            return Ok(false);
        };
        let store = self.tenant(tenant).await?;
        let member = id.clone();
        let (done, gone) = store
            .write(move |t| {
                let before = t.members_to_change()?;
                let mut after = before.clone();
                let Some(m) = after.iter_mut().find(|m| m.id == member) else {
                    return Ok((false, false));
                };
                let (invited, offered) = (m.joined_at.is_none(), m.offered().is_some());
                if !(invited || offered) {
                    return Ok((false, false));
                }
                let event = match (yes, invited) {
                    (true, true) => {
                        m.joined_at = Some(now);
                        "account.joined"
                    }
                    (true, false) => "",
                    (false, true) => {
                        after.retain(|m| m.id != member);
                        "account.declined"
                    }
                    (false, false) => {
                        m.terms.retain(|t| t.relieves.is_none());
                        "account.office_declined"
                    }
                };
                t.keep_members(&before, &after, domain::date_of(now))?;
                if !event.is_empty() {
                    t.audit(member.as_str(), event, None, now);
                }
                let taken = !(yes && offered) || t.take_office(&member, now)?;
                Ok::<_, Error>((taken, !yes && invited))
            })
            .await?;
        if gone {
            self.shared().forget_member(proof, tenant, &id).await?;
        }
        Ok(done)
    }

    /// The same log-in, with what a provider has vouched for besides: the token that takes its place; `None`: it was ended
    /// meanwhile.
    pub async fn vouch(
        &self,
        token: &str,
        session: &AccountSession,
        vouched: Vouched,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let mut proof = session.proof.clone();
        // Who logged in stays who it was.
        proof.besides = match &mut proof.vouched {
            Some(own) if own.who == vouched.who => {
                *own = vouched;
                None
            }
            _ => Some(vouched),
        };
        let at = session.at.as_ref().map(|(tenant, member)| (tenant, member));
        self.shared().move_account_session(token, &proof, at, now).await
    }

    /// From now on this identity lets the member in, too. Told by mail, and ends the member's other log-ins: whoever left
    /// one open somewhere is to see what was done there. `here`: the token of the one that asks.
    pub async fn connect_identity(
        &self,
        by: &Acting,
        vouched: &Vouched,
        here: &str,
        now: Timestamp,
    ) -> Result<Connected> {
        let (id, new) = (by.member.id.clone(), connection(vouched, now));
        let done = by
            .tenant
            .write(move |t| {
                let before = t.members_to_change()?;
                let others = before.iter().filter(|m| m.id != id);
                if others.flat_map(|m| &m.connections).any(|c| c.who == new.who) {
                    return Ok(Connected::Taken);
                }
                let mut member = before
                    .iter()
                    .find(|m| m.id == id)
                    .cloned()
                    .ok_or(Error::Missing("member"))?;
                match member.connections.iter().find(|c| c.by == new.by) {
                    Some(known) if known.who != new.who => return Ok(Connected::Other),
                    Some(_) => return Ok(Connected::Yes { elsewhere: false }),
                    None => {}
                }
                tell(t, &member, &new, "account.identity_connected", now)?;
                member.connections.push(new);
                t.put_member(&member)?;
                Ok::<_, Error>(Connected::Yes { elsewhere: false })
            })
            .await?;
        if !matches!(done, Connected::Yes { .. }) {
            return Ok(done);
        }
        let proof = Proof::provider(vouched.clone());
        let known = self.shared().members_of(&proof).await?;
        let elsewhere = known.iter().any(|(tenant, _)| tenant != by.tenant.id());
        self.shared().name_member(&proof, by.tenant.id(), &by.member.id).await?;
        self.end_log_ins(by, here).await?;
        Ok(Connected::Yes { elsewhere })
    }

    /// An identity lets the member in no longer. Told by mail; the member's other log-ins end.
    pub async fn disconnect_identity(&self, of: &Acting, by: &str, here: &str, now: Timestamp) -> Result<Disconnected> {
        let (id, by) = (of.member.id.clone(), by.to_owned());
        let gone = of
            .tenant
            .write(move |t| {
                let before = t.members_to_change()?;
                let mut member = before
                    .iter()
                    .find(|m| m.id == id)
                    .cloned()
                    .ok_or(Error::Missing("member"))?;
                let Some(at) = member.connections.iter().position(|c| c.by == by) else {
                    return Ok(Err(Disconnected::No));
                };
                let gone = member.connections.remove(at);
                if Proof::all_of(&member).is_empty() {
                    return Ok(Err(Disconnected::Last));
                }
                t.put_member(&member)?;
                tell(t, &member, &gone, "account.identity_disconnected", now)?;
                Ok::<_, Error>(Ok(gone))
            })
            .await?;
        let gone = match gone {
            Ok(gone) => gone,
            Err(why) => return Ok(why),
        };
        let proof = Proof {
            kind: ProofKind::Provider,
            what: gone.who,
            vouched: None,
            besides: None,
        };
        self.shared()
            .forget_member(&proof, of.tenant.id(), &of.member.id)
            .await?;
        self.end_log_ins(of, here).await?;
        Ok(Disconnected::Yes)
    }

    /// Every log-in of this member ends, by whatever way in and in whichever account, but the one with the token `here`.
    async fn end_log_ins(&self, of: &Acting, here: &str) -> Result<()> {
        let shared = self.shared();
        for proof in Proof::all_of(&of.member) {
            shared.end_other_account_sessions(&proof, here).await?;
        }
        shared
            .end_other_member_sessions(of.tenant.id(), &of.member.id, here)
            .await?;
        Ok(())
    }

    /// Out on this device.
    pub async fn log_out(&self, person: &Person, token: &str, now: Timestamp) -> Result<()> {
        self.shared().end_account_session(token).await?;
        note(person, "account.log_out", now).await
    }

    /// Out on one of the other devices; on all of them if none is named. `here`: the token of the one that asks.
    pub async fn end_other_devices(&self, person: &Person, here: &str, id: Option<&str>, now: Timestamp) -> Result<()> {
        let (shared, proof) = (self.shared(), &person.session.proof);
        match id {
            Some(id) => drop(shared.end_account_session_of(proof, id, now).await?),
            None => {
                shared.end_other_account_sessions(proof, here).await?;
                if let Some(acting) = &person.acting {
                    self.end_log_ins(acting, here).await?;
                }
            }
        }
        note(person, "account.session_ended", now).await
    }

    /// Everywhere out, in all accounts of whoever is logged in, and by every way in that the member has.
    pub async fn log_out_everywhere(&self, person: &Person, now: Timestamp) -> Result<()> {
        self.shared().end_account_sessions(&person.session.proof).await?;
        if let Some(acting) = &person.acting {
            self.end_log_ins(acting, "").await?;
        }
        note(person, "account.log_out_everywhere", now).await
    }

    /// A new name for an account.
    pub async fn rename_account(&self, by: &Acting, name: AccountName, now: Timestamp) -> Result<()> {
        let actor = by.member.id.clone();
        by.tenant
            .write(move |t| {
                t.put_account_name(&name, now)?;
                t.audit(actor.as_str(), "account.renamed", None, now);
                Ok::<_, Error>(())
            })
            .await
    }
}

/// Into the log, and to the member's address, if there is one: an identity was connected or taken away.
fn tell(t: &mut TenantTx<'_>, member: &Member, which: &Connection, event: &'static str, now: Timestamp) -> Result<()> {
    t.audit(member.id.as_str(), event, None, now);
    if !member.email.is_empty() {
        let payload = json!({ "to": member.email, "event": event, "name": which.name, "at": now });
        t.add_job("mail_account_identity", &payload, now, None)?;
    }
    Ok(())
}

/// Into the log of the account that somebody acts for, if for any.
async fn note(person: &Person, event: &'static str, now: Timestamp) -> Result<()> {
    let Some(acting) = &person.acting else { return Ok(()) };
    let id = acting.member.id.clone();
    acting
        .tenant
        .write(move |t| {
            t.audit(id.as_str(), event, None, now);
            Ok::<_, Error>(())
        })
        .await
}

/// Is this the kind of a club? Others have nobody to invite.
impl AccountName {
    pub fn is_club(&self) -> bool {
        self.kind == AccountKind::Club
    }
}
