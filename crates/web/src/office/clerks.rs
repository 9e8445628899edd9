//! Accounts of the desk: invite with a first password that is shown once, roles, locking. A right that ends
//! takes the running sessions with it.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::ClerkId;
use serde_json::{Value, json};
use store::Clerk;

use crate::desk::session::Lead;
use crate::failure::{Failure, Result};
use crate::format;
use crate::office::contact::email;
use crate::office::fields::{Faults, Field, Typed, choice, read_needed};
use crate::office::frame;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

const ONLY_LEAD: &str = "Das ist das einzige Konto mit Leitung. Geben Sie erst jemand anderem die Leitung.";

fn is_lead(c: &Clerk) -> bool {
    c.roles.iter().any(|r| r == "lead")
}

fn audits(c: &Clerk) -> bool {
    c.roles.iter().any(|r| r == store::AUDITOR)
}

/// As the form names what an account may do.
fn role_of(c: &Clerk) -> &'static str {
    match (is_lead(c), audits(c)) {
        (true, _) => "lead",
        (_, true) => store::AUDITOR,
        _ => "clerk",
    }
}

async fn all(lead: &Lead) -> Result<Vec<Clerk>> {
    Ok(lead.0.tenant.read(|t| t.clerks()).await?)
}

async fn find(lead: &Lead, id: &str) -> Result<Clerk> {
    let id = ClerkId(id.to_owned());
    lead.0.tenant.read(move |t| t.clerk(&id)).await?.ok_or(Failure::Page)
}

/// The only active lead: without this account nobody could set anything.
fn is_last_lead(c: &Clerk, all: &[Clerk]) -> bool {
    store::leads(c) && all.iter().filter(|k| store::leads(k)).count() == 1
}

pub async fn page(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    let clerks = all(&lead).await?;
    let required = lead.0.tenant.read(|t| t.second_factor_required()).await?;
    let mut sorted: Vec<&Clerk> = clerks.iter().collect();
    sorted.sort_by_key(|c| (!c.active, c.name.to_lowercase()));
    let rows: Vec<Value> = sorted
        .iter()
        .map(|c| {
            let state = if !c.active {
                json!({ "kind": "neutral", "text": "gesperrt" })
            } else if is_lead(c) {
                json!({ "kind": "info", "text": "Leitung" })
            } else if audits(c) {
                json!({ "kind": "neutral", "text": "Prüfung" })
            } else {
                json!({ "kind": "success", "text": "Sachbearbeitung" })
            };
            json!({
                "href": format!("/amt/einstellungen/konten/{}", c.id), "name": c.name, "email": c.email, "state": state,
                "you": c.id == lead.0.clerk.id, "since": format::date(domain::date_of(c.created_at)),
            })
        })
        .collect();
    let notice = match req.param("stand").as_deref() {
        Some("gespeichert") => "Gespeichert. Die Rechte gelten sofort.",
        Some("gesperrt") => "Das Konto ist gesperrt. Alle Sitzungen sind beendet.",
        Some("frei") => "Das Konto ist wieder frei.",
        Some("pflicht") => "Alle brauchen ab dem nächsten Anmelden einen Code.",
        Some("keine-pflicht") => "Wer keinen Code eingerichtet hat, meldet sich nur mit dem Passwort an.",
        Some("ohne-code") => "Der Code ist abgeschaltet. Alle Sitzungen dieses Kontos sind beendet.",
        _ => "",
    };
    let ctx = json!({ "rows": rows, "notice": notice, "alone": clerks.iter().filter(|c| c.active).count() < 2,
        "required": required, "everywhere": app.config.second_factor,
    });
    frame::ok(&app, "office/clerks.html", &req, &lead, "konten", ctx)
}

fn role_field(t: &Typed, f: &Faults) -> Field {
    let radio = |value: &str, label: &str, text: &str| choice(value, label, t.get("rolle") == value).text(text);
    let choices = vec![
        radio(
            "clerk",
            "Sachbearbeitung",
            "Bearbeitet Vorgänge, schreibt Briefe, führt den Kalender.",
        ),
        radio("lead", "Leitung", "Dazu: Leistungen, Tarife, Kontakt, Bank und Konten."),
        radio(
            store::AUDITOR,
            "Prüfung",
            "Liest Protokoll, Verlauf und Verzeichnis, etwa für Datenschutz oder Rechnungsprüfung. Öffnet keinen Vorgang und ändert nichts.",
        ),
    ];
    Field::choose("radio", "rolle", "Was darf dieses Konto?", choices, t, f)
}

fn render_new(app: &App, lead: &Lead, req: &Req, t: &Typed, f: &Faults) -> Result<Response> {
    let (errors, errors_title) = f.summary(app, &["name", "email", "rolle"]);
    let ctx = json!({
        "errors": errors, "errors_title": errors_title,
        "f": {
            "name": Field::text("name", "Vorname und Name", t, f).hint("Steht in Briefen unter der Unterschrift."),
            "email": Field::text("email", "Dienstliche E-Mail", t, f).input("email").mode("email").hint("Damit meldet sich die Person an."),
            "rolle": role_field(t, f),
        },
    });
    frame::page(app, f.status(), "office/clerk_new.html", req, lead, "konten", ctx)
}

pub async fn new(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    let mut t = Typed::default();
    t.put("rolle", "clerk");
    render_new(&app, &lead, &req, &t, &Faults::default())
}

/// Makes the account and shows its password: once, for it is kept as a hash only.
pub async fn create(
    State(app): State<App>,
    lead: Lead,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let t = Typed(pairs);
    let mut f = Faults::default();
    let name = f.take("name", read_needed(t.get("name"), 80, "Nennen Sie Vorname und Name."));
    let address = f.take("email", email(t.get("email")));
    if !matches!(t.get("rolle"), "clerk" | "lead" | store::AUDITOR) {
        f.add("rolle", "Wählen Sie, was das Konto darf.");
    }
    let (Some(name), Some(address), true) = (name, address, f.is_empty()) else {
        return render_new(&app, &lead, &req, &t, &f);
    };
    let password = store::first_password(app.store.entropy());
    let (roles, now) = (roles(t.get("rolle")), app.now());
    let clerk = match app
        .store
        .add_clerk(
            lead.0.tenant.id(),
            &address,
            &name,
            &password,
            &roles,
            lead.0.clerk.id.as_str(),
            now,
        )
        .await
    {
        Ok(clerk) => clerk,
        Err(store::Error::Conflict(_)) => {
            f.add(
                "email",
                format!("Für „{address}“ gibt es schon ein Konto. Nehmen Sie eine andere Adresse."),
            );
            return render_new(&app, &lead, &req, &t, &f);
        }
        Err(other) => return Err(other.into()),
    };
    show_password(&app, &lead, &req, &clerk, &password, true)
}

fn roles(role: &str) -> Vec<String> {
    match role {
        "lead" => vec!["clerk".into(), "lead".into()],
        store::AUDITOR => vec![store::AUDITOR.into()],
        _ => vec!["clerk".into()],
    }
}

/// Changes the account as it is now. `false`: nobody would be left to lead, nothing was changed.
async fn change(
    app: &App,
    lead: &Lead,
    clerk: &ClerkId,
    change: impl FnOnce(&mut Clerk) + Send + 'static,
) -> Result<bool> {
    let (clerk, actor, now) = (clerk.clone(), lead.0.clerk.id.0.clone(), app.now());
    let done = lead
        .0
        .tenant
        .write(move |t| t.change_clerk(&clerk, &actor, now, change));
    match done.await {
        Ok(_) => Ok(true),
        Err(store::Error::Conflict(what)) if what == store::LAST_LEAD => Ok(false),
        Err(other) => Err(other.into()),
    }
}

fn show_password(app: &App, lead: &Lead, req: &Req, clerk: &Clerk, password: &str, new: bool) -> Result<Response> {
    let ctx = json!({ "name": clerk.name, "email": clerk.email, "password": password, "new": new, "login": format!("{}/amt/anmelden", app.config.base_url) });
    frame::page(
        app,
        StatusCode::OK,
        "office/clerk_password.html",
        req,
        lead,
        "konten",
        ctx,
    )
}

async fn render_edit(
    app: &App,
    lead: &Lead,
    req: &Req,
    clerk: &Clerk,
    all: &[Clerk],
    t: &Typed,
    f: &Faults,
) -> Result<Response> {
    let (errors, errors_title) = f.summary(app, &["name", "rolle"]);
    let id = clerk.id.clone();
    let read = move |t: &store::TenantTx<'_>| Ok::<_, store::Error>((t.second_factor(&id)?, t.log_in_keys(&id)?.len()));
    let (second, keys) = lead.0.tenant.read(read).await?;
    let ctx = json!({
        "errors": errors, "errors_title": errors_title, "id": clerk.id, "name": clerk.name, "email": clerk.email,
        "active": clerk.active, "you": clerk.id == lead.0.clerk.id, "last": is_last_lead(clerk, all),
        "since": format::date(domain::date_of(clerk.created_at)),
        "second": second.map(|s| format::date(domain::date_of(s.since))), "keys": keys,
        "f": { "name": Field::text("name", "Vorname und Name", t, f), "rolle": role_field(t, f) },
    });
    frame::page(app, f.status(), "office/clerk.html", req, lead, "konten", ctx)
}

pub async fn edit(State(app): State<App>, lead: Lead, Path(clerk): Path<String>, req: Req) -> Result<Response> {
    let clerk = find(&lead, &clerk).await?;
    let mut t = Typed::default();
    t.put("name", &clerk.name);
    t.put("rolle", role_of(&clerk));
    render_edit(&app, &lead, &req, &clerk, &all(&lead).await?, &t, &Faults::default()).await
}

pub async fn save(
    State(app): State<App>,
    lead: Lead,
    Path(clerk): Path<String>,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let t = Typed(pairs);
    let clerk = find(&lead, &clerk).await?;
    let all = all(&lead).await?;
    let mut f = Faults::default();
    let name = f.take("name", read_needed(t.get("name"), 80, "Nennen Sie Vorname und Name."));
    match t.get("rolle") {
        "lead" => {}
        "clerk" | store::AUDITOR if is_last_lead(&clerk, &all) => f.add("rolle", ONLY_LEAD),
        "clerk" | store::AUDITOR => {}
        _ => f.add("rolle", "Wählen Sie, was das Konto darf."),
    }
    let (Some(name), true) = (name, f.is_empty()) else {
        return render_edit(&app, &lead, &req, &clerk, &all, &t, &f).await;
    };
    let other = role_of(&clerk) != t.get("rolle");
    // Whoever becomes the lead keeps what a clerk may do; each other change takes something away.
    let lost = other && !(role_of(&clerk) == "clerk" && t.get("rolle") == "lead");
    let changed = roles(t.get("rolle"));
    if name != clerk.name || other {
        let set = move |clerk: &mut Clerk| (clerk.name, clerk.roles) = (name, changed);
        if !change(&app, &lead, &clerk.id, set).await? {
            f.add("rolle", ONLY_LEAD);
            return render_edit(&app, &lead, &req, &clerk, &all, &t, &f).await;
        }
    }
    if lost {
        app.store
            .shared()
            .end_sessions_of(lead.0.tenant.id(), &clerk.id)
            .await?;
    }
    Ok(redirect("/amt/einstellungen/konten?stand=gespeichert"))
}

pub async fn lock_page(State(app): State<App>, lead: Lead, Path(clerk): Path<String>, req: Req) -> Result<Response> {
    let clerk = find(&lead, &clerk).await?;
    let all = all(&lead).await?;
    let me = clerk.id.clone();
    let filter = store::CaseFilter {
        tab: store::Tab::Open,
        assignee: me.0.clone(),
        today: app.today(),
        size: 1,
        ..store::CaseFilter::default()
    };
    let open = lead.0.tenant.read(move |t| t.cases(&filter)).await?.total;
    let ctx = json!({
        "id": clerk.id, "name": clerk.name, "you": clerk.id == lead.0.clerk.id, "last": is_last_lead(&clerk, &all), "open": open,
        "cases": format!("/amt/eingang?wer={}", clerk.id),
    });
    frame::ok(&app, "office/clerk_lock.html", &req, &lead, "konten", ctx)
}

pub async fn lock(State(app): State<App>, lead: Lead, Path(clerk): Path<String>) -> Result<Response> {
    let clerk = find(&lead, &clerk).await?;
    if clerk.id == lead.0.clerk.id {
        return Err(Failure::Bad(
            "Sie können sich nicht selbst sperren. Das macht eine andere Leitung.".into(),
        ));
    }
    if !change(&app, &lead, &clerk.id, |clerk| clerk.active = false).await? {
        return Err(Failure::Bad(
            "Das ist das einzige Konto mit Leitung. Es bleibt frei.".into(),
        ));
    }
    app.store
        .shared()
        .end_sessions_of(lead.0.tenant.id(), &clerk.id)
        .await?;
    Ok(redirect("/amt/einstellungen/konten?stand=gesperrt"))
}

pub async fn unlock(State(app): State<App>, lead: Lead, Path(clerk): Path<String>) -> Result<Response> {
    let clerk = find(&lead, &clerk).await?;
    change(&app, &lead, &clerk.id, |clerk| clerk.active = true).await?;
    Ok(redirect("/amt/einstellungen/konten?stand=frei"))
}

pub async fn password_page(
    State(app): State<App>,
    lead: Lead,
    Path(clerk): Path<String>,
    req: Req,
) -> Result<Response> {
    let clerk = find(&lead, &clerk).await?;
    let ctx = json!({ "id": clerk.id, "name": clerk.name, "you": clerk.id == lead.0.clerk.id });
    frame::ok(&app, "office/clerk_reset.html", &req, &lead, "konten", ctx)
}

pub async fn password(State(app): State<App>, lead: Lead, Path(clerk): Path<String>, req: Req) -> Result<Response> {
    let clerk = find(&lead, &clerk).await?;
    if clerk.id == lead.0.clerk.id {
        return Err(Failure::Bad(
            "Ihr eigenes Passwort ändern Sie unter „Mein Konto“.".into(),
        ));
    }
    let password = store::first_password(app.store.entropy());
    app.store
        .set_password(lead.0.tenant.id(), &clerk.id, &password, &lead.0.clerk.id, app.now())
        .await?;
    show_password(&app, &lead, &req, &clerk, &password, false)
}

/// Whether every account needs a second factor.
pub async fn require(State(app): State<App>, lead: Lead, Form(pairs): Form<Vec<(String, String)>>) -> Result<Response> {
    let required = Typed(pairs).get("pflicht") == "ja";
    let (actor, now) = (lead.0.clerk.id.clone(), app.now());
    let write = move |t: &mut store::TenantTx<'_>| {
        if t.second_factor_required()? != required {
            t.require_second_factor(required, actor.as_str(), now)?;
        }
        Ok::<_, store::Error>(())
    };
    lead.0.tenant.write(write).await?;
    let state = if required { "pflicht" } else { "keine-pflicht" };
    Ok(redirect(&format!("/amt/einstellungen/konten?stand={state}")))
}

pub async fn second_page(State(app): State<App>, lead: Lead, Path(clerk): Path<String>, req: Req) -> Result<Response> {
    let clerk = find(&lead, &clerk).await?;
    let ctx = json!({ "id": clerk.id, "name": clerk.name });
    frame::ok(&app, "office/clerk_second.html", &req, &lead, "konten", ctx)
}

/// For somebody who lost the telephone and the emergency codes.
pub async fn second(State(app): State<App>, lead: Lead, Path(clerk): Path<String>) -> Result<Response> {
    let clerk = find(&lead, &clerk).await?;
    if clerk.id == lead.0.clerk.id {
        return Err(Failure::Bad("Ihren eigenen Code ändern Sie unter „Mein Konto“.".into()));
    }
    let actor = lead.0.clerk.id.as_str();
    app.store
        .drop_second_factor(lead.0.tenant.id(), &clerk.id, actor, app.now())
        .await?;
    Ok(redirect("/amt/einstellungen/konten?stand=ohne-code"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clerk(id: &str, active: bool, role: &str) -> Clerk {
        Clerk {
            id: id.into(),
            email: format!("{id}@nobitz.example"),
            name: id.into(),
            roles: roles(role),
            prefs: json!({}),
            active,
            created_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_last_lead_is_known() {
        let all = [
            clerk("a", true, "lead"),
            clerk("b", false, "lead"),
            clerk("c", true, "clerk"),
        ];
        assert!(is_last_lead(&all[0], &all));
        assert!(!is_last_lead(&all[1], &all));
        assert!(!is_last_lead(&all[2], &all));
        let two = [clerk("a", true, "lead"), clerk("b", true, "lead")];
        assert!(!is_last_lead(&two[0], &two));
    }
}
