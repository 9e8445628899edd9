//! Approving a version as the second person, giving it back, withdrawing it. Each writes its event to the competence
//! centre's log; the store refuses whoever would approve what is their own.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use store::{ByCentre, Unapproved, Version};

use crate::cockpit::session::Centre;
use crate::cockpit::version_page::{Looked, look, render};
use crate::cockpit::versions::href;
use crate::failure::{Failure, Result};
use crate::office::fields::{Faults, Typed, read_needed};
use crate::reply::{redirect, with};
use crate::req::Req;
use crate::state::App;

/// Characters of a reason at most.
const LONGEST: usize = 1000;

/// What was sent.
type Sent = Vec<(String, String)>;

fn typed(sent: Sent) -> Typed {
    let mut typed = Typed::default();
    for (name, value) in sent {
        typed.put(name, value);
    }
    typed
}

fn by(centre: &Centre) -> ByCentre<'_> {
    ByCentre {
        tenant: &centre.0.tenant,
        clerk: Some(&centre.0.clerk),
    }
}

/// On to the version's page with a word, or the page again with why not.
async fn after(
    app: &App,
    centre: &Centre,
    req: &Req,
    (looked, typed, mut faults): (Looked, Typed, Faults),
    came: Result<Version, Unapproved>,
    (field, done): (&str, &str),
) -> Result<Response> {
    match came {
        Ok(version) => {
            app.services.look_now(app.now()).await?;
            Ok(redirect(&with(&href(&version.id), &format!("ok={done}"))))
        }
        Err(Unapproved::Store(error)) => Err(error.into()),
        Err(Unapproved::Unknown) => Err(Failure::Page),
        Err(why) => {
            faults.add(field, why.to_string());
            // Somebody else may have decided meanwhile.
            let looked = look(app, &looked.version.id).await?;
            render(app, centre, req, &looked, &typed, &faults).await
        }
    }
}

pub async fn approve(
    State(app): State<App>,
    centre: Centre,
    Path(id): Path<String>,
    req: Req,
    Form(sent): Form<Sent>,
) -> Result<Response> {
    let (looked, typed, mut faults) = (look(&app, &id).await?, typed(sent), Faults::default());
    let day = schema::typed::date(typed.get("ab"));
    let day = faults.take("ab", day.ok_or_else(|| "Nennen Sie den Tag so: 04.01.2027.".to_owned()));
    if !typed.has("gelesen") {
        faults.add("gelesen", "Bestätigen Sie, dass Sie alle Änderungen gelesen haben.");
    }
    if !typed.has("recht") {
        faults.add("recht", "Bestätigen Sie, dass das Recht stimmt.");
    }
    if !looked.may_be_approved() {
        faults.add("ab", "Freigeben können Sie, sobald alle Beispiele bestehen.");
    }
    let (Some(day), true) = (day, faults.is_empty()) else {
        return render(&app, &centre, &req, &looked, &typed, &faults).await;
    };
    let came = app.store.approve_version(by(&centre), &id, day, app.now()).await;
    after(
        &app,
        &centre,
        &req,
        (looked, typed, faults),
        came,
        ("ab", "freigegeben"),
    )
    .await
}

pub async fn refuse(
    State(app): State<App>,
    centre: Centre,
    Path(id): Path<String>,
    req: Req,
    Form(sent): Form<Sent>,
) -> Result<Response> {
    let (looked, typed, mut faults) = (look(&app, &id).await?, typed(sent), Faults::default());
    let missing = "Schreiben Sie, was sich ändern muss.";
    let Some(why) = faults.take("anmerkung", read_needed(typed.get("anmerkung"), LONGEST, missing)) else {
        return render(&app, &centre, &req, &looked, &typed, &faults).await;
    };
    let came = app.store.refuse_version(by(&centre), &id, &why, app.now()).await;
    after(
        &app,
        &centre,
        &req,
        (looked, typed, faults),
        came,
        ("anmerkung", "zurueckgegeben"),
    )
    .await
}

pub async fn withdraw(
    State(app): State<App>,
    centre: Centre,
    Path(id): Path<String>,
    req: Req,
    Form(sent): Form<Sent>,
) -> Result<Response> {
    let (looked, typed, mut faults) = (look(&app, &id).await?, typed(sent), Faults::default());
    let missing = "Schreiben Sie den Grund. Er steht überall dort, wo jemand auf die Version trifft.";
    let Some(why) = faults.take("grund", read_needed(typed.get("grund"), LONGEST, missing)) else {
        return render(&app, &centre, &req, &looked, &typed, &faults).await;
    };
    let came = app.store.withdraw_version(by(&centre), &id, &why, app.now()).await;
    after(
        &app,
        &centre,
        &req,
        (looked, typed, faults),
        came,
        ("grund", "zurueckgezogen"),
    )
    .await
}
