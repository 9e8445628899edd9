//! The form: which municipality, who asks, at which official address. Says who would take part, and when somebody does
//! already.

use axum::extract::{Form, State};
use axum::response::Response;
use domain::routing::{AuthorityRef, Municipality};
use serde_json::{Value, json};
use store::{Asks, SIGN_UP_FOR};

use crate::account::log_in::network;
use crate::failure::{Failure, Result};
use crate::format;
use crate::limits::Limit;
use crate::office::contact::email;
use crate::office::fields::{Choice, Faults, Field, Typed, choice, read_needed};
use crate::req::Req;
use crate::state::App;

/// Places offered when a name fits several.
const OFFERED: usize = 6;

/// The competence centre, where this installation has one that takes sign-ups.
pub async fn centre(app: &App) -> Result<Option<AuthorityRef>> {
    let Some(centre) = app.register.centre() else {
        return Ok(None);
    };
    match app.store.tenant(&centre.id).await {
        Ok(_) => Ok(Some(centre.clone())),
        Err(store::Error::Missing(_)) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// The municipality that was named: by its official code, or by a name that fits one only.
fn place<'a>(app: &'a App, t: &Typed, f: &mut Faults) -> Option<&'a Municipality> {
    let named = t.get("gemeinde");
    if let Some(chosen) = app.register.by_ags(t.get("ags")) {
        return Some(chosen);
    }
    if named.is_empty() {
        f.add(
            "gemeinde",
            "Nennen Sie Ihre Gemeinde: den Namen oder den Gemeindeschlüssel.",
        );
        return None;
    }
    let digits: String = named.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(found) = app.register.by_ags(&digits) {
        return Some(found);
    }
    let found = app.register.search(named, OFFERED);
    let exact: Vec<&Municipality> = found
        .iter()
        .map(|hit| hit.place)
        .filter(|m| {
            m.name.to_lowercase() == named.to_lowercase() || m.official_name.to_lowercase() == named.to_lowercase()
        })
        .collect();
    match (exact.as_slice(), found.is_empty()) {
        ([one], _) => Some(one),
        (_, true) => {
            let land = app.register.state_name();
            f.add("gemeinde", format!("„{named}“ gibt es in {land} nicht. Prüfen Sie die Schreibweise, oder nennen Sie den Gemeindeschlüssel."));
            None
        }
        _ => {
            f.add(
                "ags",
                format!("Zu „{named}“ passen mehrere Orte. Wählen Sie Ihren aus."),
            );
            None
        }
    }
}

/// Where a name fits several: the ones to choose from.
fn offered(app: &App, t: &Typed, f: &Faults) -> Option<Field> {
    let asked = !f.of("ags").is_empty();
    let choices: Vec<Choice> = app
        .register
        .search(t.get("gemeinde"), OFFERED)
        .iter()
        .map(|hit| {
            let m = hit.place;
            let checked = t.get("ags") == m.ags.as_str();
            choice(m.ags.as_str(), m.title(), checked).text(format!(
                "{}, Schlüssel {}",
                crate::offer::district_title(m),
                m.ags
            ))
        })
        .collect();
    (asked && !choices.is_empty()).then(|| Field::choose("radio", "ags", "Welcher Ort?", choices, t, f))
}

fn render(app: &App, req: &Req, t: &Typed, f: &Faults, known: Option<&AuthorityRef>, open: bool) -> Result<Response> {
    let (errors, errors_title) = f.summary(app, &["gemeinde", "ags", "name", "email"]);
    let ctx = json!({
        "errors": errors, "errors_title": errors_title, "open": open,
        "operator": app.config.operator, "known": known.map(|a| &a.name),
        "offered": offered(app, t, f),
        "f": {
            "gemeinde": Field::text("gemeinde", "Ihre Gemeinde", t, f)
                .hint("Name, Postleitzahl oder Gemeindeschlüssel (acht Ziffern). Bei einer Verwaltungsgemeinschaft nennen Sie eine Mitgliedsgemeinde."),
            "name": Field::text("name", "Ihr Vor- und Nachname", t, f).auto("name").hint("Sie bekommen das erste Konto und die Leitung."),
            "email": Field::text("email", "Ihre dienstliche E-Mail", t, f).input("email").mode("email").auto("email")
                .hint("Bitte keine private Adresse: Daran erkennt das Kompetenzzentrum Ihr Amt."),
        },
    });
    app.page(f.status(), "join/ask.html", app.ui_desk(req), ctx)
}

pub async fn page(State(app): State<App>, req: Req) -> Result<Response> {
    let open = centre(&app).await?.is_some();
    let mut t = Typed::default();
    if let Some(named) = req.param("gemeinde") {
        t.put("gemeinde", named);
    }
    render(&app, &req, &t, &Faults::default(), None, open)
}

pub async fn send(State(app): State<App>, req: Req, Form(pairs): Form<Vec<(String, String)>>) -> Result<Response> {
    let Some(centre) = centre(&app).await? else {
        return Err(Failure::Page);
    };
    let t = Typed(pairs);
    let mut f = Faults::default();
    let place = place(&app, &t, &mut f);
    let name = f.take(
        "name",
        read_needed(t.get("name"), 80, "Nennen Sie Ihren Vor- und Nachnamen."),
    );
    let mail = f.take("email", email(t.get("email")));
    let (Some(place), Some(name), Some(mail)) = (place, name, mail) else {
        return render(&app, &req, &t, &f, None, true);
    };
    let authority = &place.association.authority;
    match app.store.tenant(&authority.id).await {
        // It has joined: whoever works there is let in by its lead.
        Ok(_) => return render(&app, &req, &t, &f, Some(authority), true),
        Err(store::Error::Missing(_)) => {}
        Err(other) => return Err(other.into()),
    }
    let now = app.now();
    app.limits
        .take(req.address, Limit::LogIn, now)
        .map_err(Failure::TooMany)?;
    let asks = Asks {
        authority: authority.id.clone(),
        key: authority.key.clone(),
        authority_name: authority.name.clone(),
        place: place.title(),
        name,
        mail: mail.clone(),
    };
    let asked = app
        .store
        .ask_to_join(&centre.id, asks, &network(&app, &req), now)
        .await?;
    if let Some(until) = asked {
        let until = format::clock(until);
        f.add(
            "email",
            format!("Das waren zu viele Versuche. Ab {until} Uhr geht es wieder."),
        );
        return render(&app, &req, &t, &f, None, true);
    }
    let ctx = json!({
        "mail": mail, "authority": authority.name, "place": place.title(), "same": place.title() == authority.name,
        "days": SIGN_UP_FOR.as_hours() / 24, "demo": app.config.demo,
    });
    app.ok("join/sent.html", app.ui_desk(&req), ctx)
}

/// What a sign-up shows of itself, here and in the cockpit.
pub fn shown(s: &store::SignUp) -> Value {
    json!({
        "id": s.id, "authority": s.asks.authority_name, "place": s.asks.place, "key": s.asks.key, "name": s.asks.name,
        "mail": s.asks.mail, "domain": s.mail_domain(), "state": s.state.as_str(), "why": s.why, "by": s.by,
        "created": format::date(domain::date_of(s.created_at)), "changed": format::date(domain::date_of(s.changed_at)),
    })
}
