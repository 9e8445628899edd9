//! "Alles mitnehmen" (Art. 15, Art. 20): what an account knows, as far as this member may see it, and everything of the
//! applications that it sent, in one file.

use axum::extract::State;
use axum::response::Response;
use domain::account::Role;
use domain::berlin;
use exchange::zip::Zip;
use serde_json::{Value, json};
use store::Resume;

use crate::account::session::Account;
use crate::account::{keep, list};
use crate::case::data::{source, zip};
use crate::failure::{Failure, Result};
use crate::format;
use crate::limits::Limit;
use crate::req::Req;
use crate::state::App;

/// Applications and begun ones in one file at most; the newest.
const MOST: u32 = 200;
/// Rows of the log looked through for one's own.
const LOG: u32 = 5_000;

pub async fn page(State(app): State<App>, account: Account, req: Req) -> Result<Response> {
    let ctx = json!({
        "name": account.acting.name.name, "club": account.is_club(), "chair": account.is(Role::Chair),
        "bank": keep::keeps_the_club(&account),
    });
    app.ok("account/all.html", app.ui(&req), ctx)
}

/// Begun applications, with what was typed so far.
async fn begun(app: &App, account: &Account) -> Result<Vec<Value>> {
    let kept = account.acting.tenant.read(|t| t.account_drafts(MOST)).await?;
    let mut out = Vec::new();
    for row in kept {
        if let Resume::Found(found) = app.store.drafts().by_link(&row.link, app.now()).await? {
            out.push(json!({
                "place": found.place.as_str(), "service": found.service, "changed": format::iso(found.updated_at),
                "answers": found.data["answers"],
            }));
        }
    }
    Ok(out)
}

pub async fn file(State(app): State<App>, account: Account, req: Req) -> Result<Response> {
    app.limits
        .take(req.address, Limit::Data, app.now())
        .map_err(Failure::TooMany)?;
    let _turn = app.work.file().await?;
    let (acting, now) = (&account.acting, app.now());
    let me = acting.member.id.clone();
    let read = acting.tenant.read(move |t| {
        let own = t.acts(i64::MAX, LOG)?.into_iter().filter(|r| r.actor == me.as_str());
        let own: Vec<Value> = own
            .map(|r| json!({ "at": format::iso(r.at), "event": r.event }))
            .collect();
        Ok::<_, store::Error>((t.members()?, t.account_cases(MOST)?, own))
    });
    let (members, cases, log) = read.await?;
    let mut out = Zip::new(berlin(now).datetime());
    let mut sent = Vec::new();
    for row in &cases {
        // Erased by its office meanwhile: the line says that it was.
        let seen = match list::of_account(&app, &req, &account, &row.reference).await {
            Err(Failure::Erased(_) | Failure::Case) => None,
            found => Some(found?),
        };
        if let Some(seen) = &seen {
            let cx = seen.context(&app, req.lang);
            let folder = format!("{}/", seen.case.reference);
            source(seen, &cx).put(&app, app.ui(&req), &mut out, &folder).await?;
        }
        sent.push(json!({ "reference": row.reference, "sent": format::iso(row.sent_at), "here": seen.is_some() }));
    }
    let people: Vec<Value> = members
        .iter()
        .map(|m| {
            let terms: Vec<Value> = m.terms.iter().map(|t| json!({ "role": t.role, "from": t.from, "to": t.to })).collect();
            json!({ "name": m.name, "email": m.email, "invited": format::iso(m.invited_at), "joined": m.joined_at.map(format::iso), "roles": terms })
        })
        .collect();
    let all = json!({
        "account": { "name": acting.name.name, "kind": acting.name.kind }, "you": { "email": acting.member.email, "connections": acting.member.connections }, "people": people,
        "details": keep::details(&account).await?, "begun": begun(&app, &account).await?, "sent": sent, "log": log,
        "made": format::iso(now),
    });
    let text = serde_json::to_vec_pretty(&all).map_err(Failure::internal)?;
    out.add("konto.json", &text);
    // What the file says is read there: noted before it leaves the house.
    let actor = acting.member.id.clone();
    let noted = acting.tenant.write(move |t| {
        t.audit(actor.as_str(), "account.exported", None, now);
        Ok::<_, store::Error>(())
    });
    noted.await?;
    Ok(zip(out.finish(), &format!("konto-{}.zip", app.today())))
}
