//! One's own account: mails, shortcuts, password; and the list of shortcuts.

use axum::body::Bytes;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{LogIn, TenantTx};

use crate::desk::session::{self, Desk};
use crate::desk::{passkey, provider, sessions};
use crate::failure::{Failure, Result};
use crate::limits::Limit;
use crate::reply::redirect;
use crate::req::{Req, form_pairs};
use crate::state::App;

/// Letters of a password at least (BSI: long beats odd), and at most.
const LETTERS: std::ops::RangeInclusive<usize> = 12..=200;
/// The least of it, for pages.
pub const LEAST: usize = *LETTERS.start();

/// Preferences: key, default.
const PREFS: [(&str, bool); 3] = [("digest", true), ("immediate", false), ("shortcuts", true)];
/// What only a lead is told: once a month, what people wished for online.
const OF_LEADS: (&str, bool) = ("demand", true);

fn prefs(desk: &Desk) -> impl Iterator<Item = (&'static str, bool)> {
    let more = desk.is_lead().then_some(OF_LEADS);
    PREFS.into_iter().chain(more)
}

pub async fn page(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    render(&app, &desk, &req, &[]).await
}

pub(super) async fn render(app: &App, desk: &Desk, req: &Req, errors: &[(&str, String)]) -> Result<Response> {
    let prefs: Value = prefs(desk)
        .map(|(key, default)| (key.to_owned(), Value::Bool(desk.prefers(key, default))))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let at = |id: &str| {
        errors
            .iter()
            .find(|(i, _)| *i == id)
            .map_or("", |(_, text)| text.as_str())
    };
    let list: Vec<Value> = errors
        .iter()
        .map(|(id, text)| json!({ "href": id, "text": text }))
        .collect();
    let title = if list.len() == 1 {
        "Bitte ändern Sie eine Angabe"
    } else {
        "Bitte ändern Sie zwei Angaben"
    };
    let status = if list.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let done = match req.param("ok").as_deref() {
        Some("gespeichert") => "Gespeichert.",
        Some("passwort") => "Das neue Passwort gilt. Andere Geräte sind abgemeldet.",
        Some("abgemeldet") => "Abgemeldet. Dort öffnet sich nichts mehr.",
        Some("konto") => {
            "Das Konto ist verbunden. Damit melden Sie sich ab jetzt ohne Passwort an. Andere Geräte sind abgemeldet."
        }
        Some("ohne-konto") => "Das Konto ist getrennt. Es öffnet hier nichts mehr.",
        Some("passkey") => {
            "Der Passkey ist eingerichtet. Damit melden Sie sich ab jetzt ohne Passwort an. Andere Geräte sind abgemeldet."
        }
        Some("ohne-passkey") => "Der Passkey ist entfernt. Er öffnet hier nichts mehr.",
        Some("ohne-code") => "Der Code ist abgeschaltet. Ihr Passwort genügt wieder. Andere Geräte sind abgemeldet.",
        _ => "",
    };
    let id = desk.clerk.id.clone();
    let second = desk.tenant.read(move |t| t.second_factor(&id)).await?;
    let second =
        second.map(|s| json!({ "since": crate::format::date(domain::date_of(s.since)), "codes": s.codes_left }));
    let passkeys = passkey::list(app, desk).await?;
    let provider = provider::list(app, desk).await?;
    let roles = match (desk.is_lead(), desk.only_audits()) {
        (true, _) => "Leitung",
        (_, true) => "Prüfung",
        _ => "Sachbearbeitung",
    };
    let ctx = json!({
        "prefs": prefs, "errors": list, "errors_title": title, "error_old": at("alt"), "error_new": at("neu"), "done": done,
        "second": second, "sessions": sessions::list(app, desk, req).await?, "passkeys": passkeys, "provider": provider, "error_account": at("konto-pass"), "name": desk.clerk.name, "mail": desk.clerk.email, "role": roles, "least": LETTERS.start(),
    });
    app.desk_page(status, "desk/account.html", req, desk, "", ctx)
}

/// Mails and shortcuts.
pub async fn save(State(app): State<App>, desk: Desk, body: Bytes) -> Result<Response> {
    let pairs = form_pairs(&body);
    let wanted: Vec<(&str, bool)> = prefs(&desk)
        .map(|(key, _)| (key, pairs.iter().any(|(k, _)| k == key)))
        .collect();
    let (id, now) = (desk.clerk.id.clone(), app.now());
    // Only the preferences, on the row as it is now: the account may have been locked meanwhile.
    let change = move |t: &mut TenantTx<'_>| {
        t.change_clerk(&id, id.as_str(), now, |clerk| {
            let mut prefs = clerk.prefs.as_object().cloned().unwrap_or_default();
            prefs.extend(wanted.iter().map(|(key, on)| ((*key).to_owned(), (*on).into())));
            clerk.prefs = prefs.into();
        })
    };
    desk.tenant.write(change).await?;
    Ok(redirect("/amt/konto?ok=gespeichert"))
}

#[derive(Debug, Deserialize)]
pub struct Passwords {
    #[serde(default)]
    alt: String,
    #[serde(default)]
    neu: String,
}

/// A new password; every other device is logged out.
pub async fn password(State(app): State<App>, desk: Desk, req: Req, Form(input): Form<Passwords>) -> Result<Response> {
    let now = app.now();
    app.limits
        .take(req.address, Limit::LogIn, now)
        .map_err(Failure::TooMany)?;
    let mut errors = Vec::new();
    if let Some(wrong) = new_password_error(
        &input.neu,
        &input.alt,
        &[&desk.clerk.email, &desk.clerk.name, desk.authority()],
    ) {
        errors.push(("neu", wrong));
    }
    // A password that will not do is not worth a try at the old one, unless that is missing too.
    if (errors.is_empty() || input.alt.is_empty())
        && let Some(wrong) = password_error(&app, &desk, &input.alt).await?
    {
        errors.insert(0, ("alt", wrong));
    }
    if !errors.is_empty() {
        return render(&app, &desk, &req, &errors).await;
    }
    let token = app
        .store
        .set_own_password(desk.tenant.id(), &desk.clerk.id, &input.neu, now)
        .await?;
    let mut response = redirect("/amt/konto?ok=passwort");
    session::remember(&mut response, &app, &token);
    Ok(response)
}

/// Why this is not the clerk's password; `None`: it is.
pub async fn password_error(app: &App, desk: &Desk, password: &str) -> Result<Option<String>> {
    Ok(proven(app, desk, password).await?.err())
}

/// That this is the clerk's password, for what is set up with it; or why it is not.
pub async fn proven(app: &App, desk: &Desk, password: &str) -> Result<std::result::Result<store::Proven, String>> {
    if password.is_empty() {
        return Ok(Err("Geben Sie Ihr jetziges Passwort ein.".into()));
    }
    let answer = app.store.is_password(&desk.clerk.email, password, app.now()).await?;
    Ok(answer.map_err(|no| match no {
        LogIn::Locked { until } => paused(until),
        _ => "Das jetzige Passwort stimmt nicht.".into(),
    }))
}

/// After too many tries.
pub fn paused(until: jiff::Timestamp) -> String {
    let until = crate::format::clock(until);
    format!("Nach zu vielen Versuchen machen wir Pause bis {until}\u{a0}Uhr.")
}

/// Why a new password will not do.
pub fn new_password_error(new: &str, old: &str, words: &[&str]) -> Option<String> {
    let letters = new.chars().count();
    if new.is_empty() {
        return Some("Geben Sie ein neues Passwort ein.".into());
    }
    if letters < *LETTERS.start() {
        return Some(format!(
            "{letters} Zeichen sind zu wenig. Nehmen Sie mindestens {}, zum Beispiel vier Wörter.",
            LETTERS.start()
        ));
    }
    if letters > *LETTERS.end() {
        return Some(format!("Nehmen Sie höchstens {} Zeichen.", LETTERS.end()));
    }
    if new == old {
        return Some("Das ist Ihr jetziges Passwort. Nehmen Sie ein anderes.".into());
    }
    if is_guessable(new, words) {
        return Some(
            "Das ist leicht zu raten. Nehmen Sie zum Beispiel vier Wörter, die nichts miteinander zu tun haben.".into(),
        );
    }
    None
}

/// Made of common passwords, names, patterns of the keyboard, or of the words of the account and the house. It takes all of
/// zxcvbn's four points: more than 10¹⁰ guesses.
fn is_guessable(password: &str, words: &[&str]) -> bool {
    let parts: Vec<&str> = words
        .iter()
        .flat_map(|w| w.split(|c: char| !c.is_alphanumeric()).chain([*w]))
        .filter(|w| w.chars().count() > 2)
        .collect();
    let lower = password.to_lowercase();
    // Whole names make a long password long and not hard.
    let named = words
        .iter()
        .map(|w| w.split('@').next().unwrap_or_default().to_lowercase());
    named.filter(|w| w.chars().count() > 3).any(|w| lower.contains(&w))
        || zxcvbn::zxcvbn(password, &parts).score() < zxcvbn::Score::Four
}

/// The shortcuts, as a page of its own.
pub async fn shortcuts(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    app.desk_page(StatusCode::OK, "desk/shortcuts.html", &req, &desk, "", json!({}))
}

#[cfg(test)]
mod tests {
    use super::new_password_error;

    #[test]
    fn a_new_password_is_long_new_and_not_the_name() {
        let words = ["s.krell@nobitz.example", "Sabine Krell", "Gemeinde Nobitz"];
        let check = |new: &str| new_password_error(new, "altes-Passwort-1", &words);
        assert_eq!(check("grüne Wiese am Bach"), None);
        let long: String = (0..200u8)
            .map(|n| char::from(b'a' + n.wrapping_mul(n).wrapping_mul(37) % 26))
            .collect();
        assert_eq!(check(&long), None);
        assert!(check("kurz").is_some_and(|e| e.starts_with("4 Zeichen sind zu wenig.")));
        assert!(check("altes-Passwort-1").is_some());
        for guessable in [
            "S.Krell-Nobitz-2026",
            "passwordpassword",
            "qwertzuiop123",
            "123456789012",
            "SabineKrell1",
            "gemeindenobitz",
        ] {
            assert!(
                check(guessable).is_some_and(|e| e.contains("leicht zu raten")),
                "{guessable}"
            );
        }
        assert!(check("aaaaaaaaaaaaaaaa").is_some());
        assert!(check(&"ab".repeat(101)).is_some());
        assert!(check("").is_some());
    }
}
