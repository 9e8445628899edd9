//! What an account is to a form: whose draft it is, what is known before anything is asked, and that a sent application
//! is found again without its code. Without an account everything is as if this were not there.

use domain::account::Role;
use schema::{Kind, Lang, RawAnswers};
use serde_json::Value;
use store::{AccountCase, AccountDraft, Proof, Vouched};

use crate::account::session::{self, Account};
use crate::apply::draft::{Begun, Owner};
use crate::failure::{Failure, Result};
use crate::offer::Offer;
use crate::req::Req;
use crate::state::App;

/// First words of the paths that an account keeps; those of the bank account last.
pub const KEPT: [&str; 5] = ["club.", "contact.", "person.", "address.", BANK];
pub const BANK: &str = "bank.";
/// Of whoever applies, not of the club.
pub const OWN: [&str; 2] = ["contact.", "person."];

/// What the account knows of a form that nobody has begun.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub answers: RawAnswers,
    pub paths: Vec<String>,
    pub club: bool,
    /// What of it a provider has said.
    pub vouched: Option<Vouched>,
}

impl Known {
    /// Where what is known at this path comes from; empty: nothing is.
    pub fn source(&self, app: &App, lang: Lang, path: &str) -> String {
        if !self.paths.iter().any(|p| p == path) {
            return String::new();
        }
        let said = self.vouched.as_ref();
        match said.filter(|v| is_said(v, path, schema::at(&self.answers.0, path))) {
            Some(v) => confirmed_by(app, lang, &v.name),
            None => source(app, lang, self.club),
        }
    }
}

/// Is this answer what the provider says?
pub fn is_said(vouched: &Vouched, path: &str, answer: Option<&Value>) -> bool {
    vouched.said.get(path).is_some_and(|said| answer == Some(said))
}

/// `von BundID bestätigt`
pub fn confirmed_by(app: &App, lang: Lang, name: &str) -> String {
    app.texts.fill(lang, "account.confirmed_by", &[("name", name)])
}

/// What this browser has proven.
pub async fn proof(app: &App, req: &Req) -> Result<Option<Proof>> {
    let known = session::proven(app, req).await?;
    Ok(known.map(|k| k.person.session.proof))
}

/// `aus dem Vereinskonto`
pub fn source(app: &App, lang: Lang, club: bool) -> String {
    let key = if club { "account.from_club" } else { "account.from_own" };
    app.texts.text(lang, key)
}

pub async fn acts_for(app: &App, req: &Req, account: &str) -> Result<bool> {
    let current = session::current(app, req).await?;
    Ok(current.is_some_and(|a| a.acting.tenant.id().as_str() == account))
}

/// A draft of an account opens for who acts for it; for who acts for another, there is none.
///
/// # Errors
/// `Account` if nobody is logged in.
pub async fn may_open(app: &App, req: &Req, begun: Begun) -> Result<Option<Begun>> {
    let Some(Owner { id: owner, .. }) = &begun.kept.account else {
        return Ok(Some(begun));
    };
    match session::current(app, req).await? {
        Some(account) if account.acting.tenant.id() == owner => Ok(Some(begun)),
        Some(_) => Ok(None),
        None => Err(Failure::Account(req.path.clone())),
    }
}

/// The account of this browser keeps the draft from now on, if there is one and it has none; says whether it is new.
/// Listed before it is bound: one that broke off in between is in the list and opens as before.
pub async fn adopt(app: &App, req: &Req, offer: &Offer, begun: &mut Begun) -> Result<bool> {
    if begun.kept.account.is_some() || offer.by_hand.is_some() {
        return Ok(false);
    }
    let Some(account) = session::current(app, req).await? else {
        return Ok(false);
    };
    let draft = AccountDraft {
        id: begun.draft.id.clone(),
        link: begun.kept.link.clone(),
        by: account.acting.member.id.clone(),
    };
    let now = app.now();
    let tenant = &account.acting.tenant;
    tenant.write(move |t| t.keep_account_draft(&draft, now)).await?;
    begun.kept.account = Some(Owner {
        id: tenant.id().clone(),
        club: account.is_club(),
    });
    Ok(true)
}

/// What the account knows of the questions of this service; nothing where a draft is begun, or a clerk types.
pub async fn known(app: &App, req: &Req, offer: &Offer, begun: Option<&Begun>) -> Result<Known> {
    if begun.is_some() || offer.by_hand.is_some() {
        return Ok(Known::default());
    }
    let Some(proven) = session::proven(app, req).await? else {
        return Ok(Known::default());
    };
    let vouched = proven.person.session.proof.voucher().cloned();
    // What somebody has kept goes before what a provider says: it is theirs to change.
    let mut details = vouched.as_ref().map(|v| v.said.clone()).unwrap_or_default();
    let mut known = Known {
        vouched,
        ..Known::default()
    };
    if let Some(account) = proven.account() {
        known.club = account.is_club();
        details.extend(self::details(&account).await?);
    }
    for question in offer.service.form.pages.iter().flat_map(|p| &p.questions) {
        let asked = !matches!(question.kind, Kind::File { .. } | Kind::Computed { .. });
        if let Some(value) = details.get(&question.id).filter(|_| asked) {
            schema::merge(&mut known.answers, &schema::nested(&question.id, value.clone()));
            known.paths.push(question.id.clone());
        }
    }
    Ok(known)
}

/// May this member see and change the bank account, and change what is the club's?
pub fn keeps_the_club(account: &Account) -> bool {
    account.is(Role::Chair) || account.is(Role::Treasurer)
}

/// What the account knows and this member may see, by the path of its question. Names and address from the account
/// itself where nobody has said otherwise.
pub async fn details(account: &Account) -> Result<serde_json::Map<String, Value>> {
    let acting = &account.acting;
    let id = acting.member.id.clone();
    let kept = acting.tenant.read(move |t| t.account_details(&id)).await?;
    let mut all = serde_json::Map::new();
    let mut know = |path: &str, value: &str| {
        if !value.is_empty() {
            all.insert(path.to_owned(), value.into());
        }
    };
    know("club.name", &acting.name.name);
    if account.is_club() {
        know("club.kind", "club");
    }
    know("contact.name", &acting.member.name);
    know("contact.email", account.person.session.proof.address());
    all.extend(kept);
    let bank = keeps_the_club(account);
    all.retain(|path, _| bank || !path.starts_with(BANK));
    Ok(all)
}

/// What of a case's answers an account may keep: path and value, of all and of this member alone.
pub fn worth_keeping(
    account: &Account,
    service: &schema::Service,
    answers: &Value,
) -> [serde_json::Map<String, Value>; 2] {
    let mut out = [serde_json::Map::new(), serde_json::Map::new()];
    for question in service.form.pages.iter().flat_map(|p| &p.questions) {
        let path = question.id.as_str();
        let plain = !matches!(question.kind, Kind::File { .. } | Kind::Computed { .. });
        let own = OWN.iter().any(|p| path.starts_with(p));
        let may = own || keeps_the_club(account);
        let kept = KEPT.iter().any(|p| path.starts_with(p));
        let value = schema::at(answers, path).filter(|v| !v.is_null());
        if let (true, Some(value)) = (plain && may && kept, value) {
            out[usize::from(own)].insert(path.to_owned(), value.clone());
        }
    }
    out
}

/// The application was sent: the account of its draft finds it again. The same once more changes nothing.
pub async fn sent(app: &App, req: &Req, begun: &Begun, body: &Value) -> Result<()> {
    let Some(owner) = &begun.kept.account else {
        return Ok(());
    };
    let Some(account) = session::current(app, req)
        .await?
        .filter(|a| *a.acting.tenant.id() == owner.id)
    else {
        return Ok(());
    };
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    let case = AccountCase {
        reference: text("reference"),
        code: text("access_code"),
        by: account.acting.member.id.clone(),
        sent_at: app.now(),
    };
    let draft = begun.draft.id.clone();
    let write = account.acting.tenant.write(move |t| {
        t.keep_account_case(&case)?;
        t.forget_account_draft(&draft)
    });
    Ok(write.await?)
}

/// What the account of this browser keeps of a case.
pub async fn case(app: &App, req: &Req, reference: &str) -> Result<Option<AccountCase>> {
    let Some(account) = session::current(app, req).await? else {
        return Ok(None);
    };
    let reference = reference.to_owned();
    Ok(account.acting.tenant.read(move |t| t.account_case(&reference)).await?)
}
