//! Offices that want to take part: the competence centre looks whether code, name and mail address fit, and confirms or
//! refuses. Confirming makes the authority with its starter pack and its first account.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::office::Office;
use serde_json::json;
use store::{Joined, SignUp, SignUpState, TenantTx};

use crate::cockpit::session::{Centre, CentreLead};
use crate::cockpit::starter;
use crate::failure::{Failure, Result};
use crate::join::ask::shown;
use crate::office::fields::{Faults, Field, Typed, read_needed};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

const LIST: &str = "/cockpit/beitritte";

pub async fn list(State(app): State<App>, centre: Centre, req: Req) -> Result<Response> {
    let all = centre.0.tenant.read(|t| t.sign_ups()).await?;
    let of = |open: bool| -> Vec<_> {
        let all = all.iter().filter(|s| (s.state == SignUpState::Proven) == open);
        all.map(shown).collect()
    };
    let notice = match req.param("stand").as_deref() {
        Some("bestaetigt") => "Bestätigt. Das Amt ist eingerichtet und bekommt eine E-Mail.",
        Some("abgelehnt") => "Abgelehnt. Wer gefragt hat, bekommt den Grund per E-Mail.",
        Some("vorbei") => "Darüber hat schon jemand entschieden.",
        _ => "",
    };
    let ctx = json!({ "open": of(true), "decided": of(false), "notice": notice });
    app.desk_page(
        StatusCode::OK,
        "cockpit/sign_ups.html",
        &req,
        &centre.0,
        "beitritte",
        ctx,
    )
}

async fn find(centre: &Centre, id: &str) -> Result<SignUp> {
    let id = id.to_owned();
    let found = centre.0.tenant.read(move |t| t.sign_up(&id)).await?;
    found.filter(|s| s.state != SignUpState::Mailed).ok_or(Failure::Page)
}

/// What speaks for and against: other sign-ups of the same authority, and whether the address names the place.
fn hints(app: &App, s: &SignUp, all: &[SignUp]) -> Vec<String> {
    let mut out = Vec::new();
    let domain = s.mail_domain().to_lowercase();
    let named = app.register.places().iter().any(|m| {
        let own = m.association.authority.id == s.asks.authority;
        own && domain.contains(&exchange::places::slugify(&m.name))
    });
    if named {
        out.push(format!("„{domain}“ enthält den Namen des Ortes."));
    } else {
        out.push(format!("„{domain}“ enthält den Namen des Ortes nicht. Vergleichen Sie mit der Internetseite des Amtes, oder rufen Sie dort an."));
    }
    let others = all
        .iter()
        .filter(|o| o.id != s.id && o.asks.authority == s.asks.authority)
        .count();
    if others > 0 {
        let many = if others == 1 {
            "eine weitere Anmeldung".to_owned()
        } else {
            format!("{others} weitere Anmeldungen")
        };
        out.push(format!("Für dieses Amt gibt es {many}."));
    }
    out
}

async fn render(
    app: &App,
    centre: &Centre,
    req: &Req,
    s: &SignUp,
    t: &Typed,
    f: &Faults,
    why: &str,
) -> Result<Response> {
    let all = centre.0.tenant.read(|t| t.sign_ups()).await?;
    let (errors, errors_title) = f.summary(app, &["grund"]);
    let status = if why.is_empty() {
        f.status()
    } else {
        StatusCode::CONFLICT
    };
    let ctx = json!({
        "s": shown(s), "hints": hints(app, s, &all), "lead": centre.0.is_lead(), "why": why,
        "errors": errors, "errors_title": errors_title,
        "grund": Field::area("grund", "Warum nicht?", t, f).hint("Steht so in der E-Mail an die Person."),
    });
    app.desk_page(status, "cockpit/sign_up.html", req, &centre.0, "beitritte", ctx)
}

pub async fn page(State(app): State<App>, centre: Centre, Path(id): Path<String>, req: Req) -> Result<Response> {
    let s = find(&centre, &id).await?;
    render(&app, &centre, &req, &s, &Typed::default(), &Faults::default(), "").await
}

pub async fn confirm(State(app): State<App>, lead: CentreLead, Path(id): Path<String>, req: Req) -> Result<Response> {
    let centre = Centre(lead.0);
    let s = find(&centre, &id).await?;
    // The register may have changed since: what is made is an authority of today.
    let Some(authority) = app.register.authority(s.asks.authority.as_str()).cloned() else {
        let why = "Dieses Amt gibt es im Verzeichnis nicht mehr. Lehnen Sie ab, und bitten Sie um eine neue Anmeldung.";
        return render(&app, &centre, &req, &s, &Typed::default(), &Faults::default(), why).await;
    };
    let level = serde_json::to_value(authority.level).map_err(Failure::internal)?;
    let (office, now) = (office(&app, &authority), app.now());
    let office = serde_json::to_value(office).map_err(Failure::internal)?;
    let write = move |t: &mut TenantTx<'_>| starter::put(t, &office, now);
    let by = (centre.0.clerk.id.as_str(), centre.0.clerk.name.as_str());
    let level = level.as_str().unwrap_or_default();
    let joined = app
        .store
        .confirm_sign_up(centre.0.tenant.id(), &id, by, level, write, now)
        .await?;
    let why = match joined {
        Joined::Yes(_) => return Ok(redirect(&format!("{LIST}?stand=bestaetigt"))),
        Joined::Gone => return Ok(redirect(&format!("{LIST}?stand=vorbei"))),
        Joined::Known => "Dieses Amt macht schon mit. Seine Leitung legt weitere Konten an. Lehnen Sie hier ab.",
        Joined::Taken => {
            "Diese Adresse hat schon ein Konto bei einem Amt. Lehnen Sie ab, und bitten Sie um eine andere."
        }
    };
    render(&app, &centre, &req, &s, &Typed::default(), &Faults::default(), why).await
}

/// What the register knows of an authority's office: its name and where it sits.
fn office(app: &App, authority: &domain::routing::AuthorityRef) -> Office {
    let places = app.register.places_of(authority.id.as_str());
    let seat = places
        .iter()
        .find(|m| m.association.seat.as_deref().is_none_or(|seat| seat == m.name))
        .or(places.first());
    Office {
        name: authority.name.clone(),
        postcode: seat.map(|m| m.postcode.clone()).unwrap_or_default(),
        town: seat.map(|m| m.name.clone()).unwrap_or_default(),
        ..Office::default()
    }
}

pub async fn refuse(
    State(app): State<App>,
    lead: CentreLead,
    Path(id): Path<String>,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let centre = Centre(lead.0);
    let s = find(&centre, &id).await?;
    let (t, mut f) = (Typed(pairs), Faults::default());
    let Some(why) = f.take("grund", read_needed(t.get("grund"), 500, "Nennen Sie einen Grund.")) else {
        return render(&app, &centre, &req, &s, &t, &f, "").await;
    };
    let (actor, by, now) = (centre.0.clerk.id.0.clone(), centre.0.clerk.name.clone(), app.now());
    let refused = centre
        .0
        .tenant
        .write(move |t| t.refuse_sign_up(&id, &why, &actor, &by, now))
        .await?;
    let stand = if refused { "abgelehnt" } else { "vorbei" };
    Ok(redirect(&format!("{LIST}?stand={stand}")))
}
