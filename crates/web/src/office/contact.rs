//! What the authority tells the public about itself: contact, hours, bank. Read, changed and written in one
//! transaction, one after the other, so that two who save at once do not undo each other.

use axum::extract::{Form, State};
use axum::response::Response;
use domain::office::Office;
use serde_json::{Value, json};

use crate::desk::session::{Desk, Lead};
use crate::failure::Result;
use crate::format;
use crate::offering;
use crate::office::fields::{Faults, Field, Typed, read_line, read_needed};
use crate::office::frame;
use crate::office::overview::grouped;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// The office as kept; empty if there is none yet.
pub async fn kept(who: &impl AsRef<Desk>) -> Result<Office> {
    let found = who.as_ref().tenant.read(|t| t.office("")).await?;
    Ok(found.and_then(|o| serde_json::from_value(o).ok()).unwrap_or_default())
}

/// Changes the office; unchanged means not written. Whatever is saved is no sample any more.
async fn change(app: &App, lead: &Lead, set: impl FnOnce(&mut Office) + Send + 'static) -> Result<()> {
    let (actor, now) = (lead.0.clerk.id.0.clone(), app.now());
    lead.0
        .tenant
        .write(move |t| {
            t.change_office("", &actor, now, |before| {
                let mut office: Office = before.and_then(|o| serde_json::from_value(o).ok()).unwrap_or_default();
                set(&mut office);
                office.sample = false;
                Ok(serde_json::to_value(&office)?)
            })
        })
        .await?;
    Ok(())
}

fn typed_contact(o: &Office) -> Typed {
    let mut t = Typed::default();
    for (name, value) in [
        ("name", &o.name),
        ("abteilung", &o.department),
        ("strasse", &o.street),
        ("plz", &o.postcode),
        ("ort", &o.town),
        ("telefon", &o.phone),
        ("email", &o.email),
        ("hinweis", &o.note),
        ("unterschrift", &o.signature),
        ("datenschutz", &o.data_officer),
        ("aufheben", &o.keeping),
    ] {
        t.put(name, value);
    }
    for (i, hours) in o.hours.iter().enumerate() {
        t.put(format!("zeit_{i}"), hours);
    }
    t
}

/// Reads the contact form over the kept office.
pub fn read_contact(t: &Typed, before: &Office) -> Result<Office, Faults> {
    let mut f = Faults::default();
    let name = f.take(
        "name",
        read_needed(t.get("name"), 120, "Schreiben Sie, wie Ihre Behörde heißt."),
    );
    let department = f.take("abteilung", read_line(t.get("abteilung"), 120));
    let street = f.take(
        "strasse",
        read_needed(t.get("strasse"), 120, "Nennen Sie Straße und Hausnummer."),
    );
    let postcode = f.take("plz", postcode(t.get("plz")));
    let town = f.take(
        "ort",
        read_needed(t.get("ort"), 120, "Nennen Sie den Ort der Anschrift."),
    );
    let phone = f.take("telefon", phone(t.get("telefon")));
    let email = f.take("email", email(t.get("email")));
    let note = f.take("hinweis", read_line(t.get("hinweis"), 200));
    let signature = f.take("unterschrift", read_line(t.get("unterschrift"), 60));
    let data_officer = f
        .take("datenschutz", read_line(t.get("datenschutz"), 200))
        .unwrap_or_default();
    let keeping = f
        .take("aufheben", read_line(t.get("aufheben"), 200))
        .unwrap_or_default();
    let mut hours = <[String; 7]>::default();
    for (i, slot) in hours.iter_mut().enumerate() {
        let field = format!("zeit_{i}");
        if let Some(text) = f.take(&field, read_line(t.get(&field), 40)) {
            *slot = text;
        }
    }
    match (name, department, street, postcode, town, phone, email, note, signature) {
        (
            Some(name),
            Some(department),
            Some(street),
            Some(postcode),
            Some(town),
            Some(phone),
            Some(email),
            Some(note),
            Some(signature),
        ) if f.is_empty() => Ok(Office {
            name,
            department,
            street,
            postcode,
            town,
            phone,
            email,
            note,
            signature,
            data_officer,
            keeping,
            hours,
            ..before.clone()
        }),
        _ => Err(f),
    }
}

fn postcode(typed: &str) -> Result<String, String> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    match digits.len() == 5 && digits.bytes().all(|b| b.is_ascii_digit()) {
        true => Ok(digits),
        false if typed.is_empty() => Err("Nennen Sie die Postleitzahl.".into()),
        false => Err(format!(
            "„{typed}“ ist keine Postleitzahl. Sie hat fünf Ziffern, zum Beispiel 04603."
        )),
    }
}

/// A phone number; needed.
pub fn phone(typed: &str) -> Result<String, String> {
    match schema::typed::phone(typed) {
        Some(phone) => Ok(phone),
        None if typed.is_empty() => Err("Nennen Sie eine Telefonnummer für Fragen.".into()),
        None => Err(format!(
            "„{typed}“ ist keine Telefonnummer mit Vorwahl. Schreiben Sie sie so: 03447 1234-20."
        )),
    }
}

/// An address; needed.
pub fn email(typed: &str) -> Result<String, String> {
    match schema::typed::email(typed) {
        Some(email) => Ok(email),
        None if typed.is_empty() => Err("Nennen Sie eine E-Mail-Adresse.".into()),
        None => Err(format!(
            "„{typed}“ ist keine E-Mail-Adresse. Schreiben Sie sie so: amt@gemeinde.example."
        )),
    }
}

pub async fn page(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    let office = kept(&lead).await?;
    let mut typed = typed_contact(&office);
    if office.name.is_empty() {
        propose(&app, &lead, &mut typed);
    }
    render_contact(&app, &lead, &req, &office, &typed, &Faults::default())
}

/// Whoever has said nothing yet finds what the register of municipalities knows.
fn propose(app: &App, lead: &Lead, typed: &mut Typed) {
    typed.set("name", lead.0.authority());
    let place = app.places_of(lead.0.tenant.id()).into_iter().next();
    let authority = app.register.authority(lead.0.tenant.id().as_str());
    if let Some(seat) = place.zip(authority).and_then(|(p, a)| app.register.seat(a, p)) {
        typed.set("plz", seat.postcode);
        typed.set("ort", seat.town);
    }
}

fn render_contact(app: &App, lead: &Lead, req: &Req, office: &Office, t: &Typed, f: &Faults) -> Result<Response> {
    let mut order: Vec<String> = [
        "name",
        "abteilung",
        "strasse",
        "plz",
        "ort",
        "telefon",
        "email",
        "hinweis",
    ]
    .map(str::to_owned)
    .to_vec();
    order.extend((0..7).map(|i| format!("zeit_{i}")));
    order.extend(["unterschrift", "datenschutz", "aufheben"].map(str::to_owned));
    let order: Vec<&str> = order.iter().map(String::as_str).collect();
    let (errors, errors_title) = f.summary(app, &order);
    let hours: Vec<Value> = (0..7)
        .map(|i| {
            let id = format!("zeit_{i}");
            json!({ "day": format::weekday(i, schema::Lang::De), "id": id, "value": t.get(&id), "error": f.of(&id) })
        })
        .collect();
    let ctx = json!({
        "errors": errors, "errors_title": errors_title, "sample": office.sample, "notice": notice(req),
        "f": {
            "name": Field::text("name", "Name der Behörde", t, f).auto("organization"),
            "abteilung": Field::text("abteilung", "Abteilung", t, f).hint("Steht im Briefkopf, zum Beispiel: Ordnungsamt").optional(),
            "strasse": Field::text("strasse", "Straße und Hausnummer", t, f).auto("street-address"),
            "plz": Field::text("plz", "Postleitzahl", t, f).mode("numeric").auto("postal-code"),
            "ort": Field::text("ort", "Ort", t, f).auto("address-level2"),
            "telefon": Field::text("telefon", "Telefon", t, f).input("tel").mode("tel").auto("tel"),
            "email": Field::text("email", "E-Mail", t, f).input("email").mode("email").auto("email"),
            "hinweis": Field::text("hinweis", "Hinweis neben dem Kontakt", t, f).hint("Zum Beispiel: Am besten vormittags anrufen").optional(),
            "unterschrift": Field::text("unterschrift", "Zeile vor dem Namen in Briefen", t, f).hint("Zum Beispiel: Im Auftrag").optional(),
            "datenschutz": Field::text("datenschutz", "Wer für Datenschutz zuständig ist", t, f).hint("Name oder Stelle und wie man sie erreicht. Steht auf der Seite „Datenschutz“.").optional(),
            "aufheben": Field::text("aufheben", "Wie lange Sie Vorgänge aufheben", t, f).hint("Mit Rechtsgrundlage. Leer: Auf der Seite steht „noch nicht eingetragen“.").optional(),
        },
        "hours": hours,
    });
    frame::page(app, f.status(), "office/contact.html", req, lead, "kontakt", ctx)
}

fn notice(req: &Req) -> &'static str {
    match req.param("stand").as_deref() {
        Some("gespeichert") => "Gespeichert. Ab jetzt steht es so auf den Seiten und in neuen Briefen.",
        _ => "",
    }
}

pub async fn save(
    State(app): State<App>,
    lead: Lead,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed(pairs);
    let office = kept(&lead).await?;
    match read_contact(&typed, &office) {
        Err(faults) => render_contact(&app, &lead, &req, &office, &typed, &faults),
        Ok(new) => {
            change(&app, &lead, move |o| {
                *o = Office {
                    bank_holder: o.bank_holder.clone(),
                    iban: o.iban.clone(),
                    ..new
                };
            })
            .await?;
            Ok(redirect(&offering::back(
                &app,
                &req,
                "/amt/einstellungen/kontakt?stand=gespeichert",
            )))
        }
    }
}

/// Account holder and IBAN as typed → as kept.
pub fn read_bank(t: &Typed) -> Result<(String, String), Faults> {
    let mut f = Faults::default();
    let holder = f.take(
        "inhaber",
        read_needed(t.get("inhaber"), 70, "Nennen Sie, auf wen das Konto läuft."),
    );
    let typed = t.get("iban");
    let iban = f.take(
        "iban",
        match schema::typed::iban(typed) {
            Some(iban) => Ok(iban),
            None if typed.is_empty() => {
                Err("Schreiben Sie die IBAN, zum Beispiel: DE02 1203 0000 0000 2020 51.".into())
            }
            None => Err(format!(
                "„{typed}“ ist keine gültige IBAN. Vergleichen Sie jede Ziffer mit dem Kontoauszug."
            )),
        },
    );
    match (holder, iban) {
        (Some(holder), Some(iban)) if f.is_empty() => Ok((holder, iban)),
        _ => Err(f),
    }
}

pub async fn bank_page(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    let office = kept(&lead).await?;
    let mut typed = Typed::default();
    let holder = match (office.bank_holder.is_empty(), office.name.is_empty()) {
        (false, _) => office.bank_holder.clone(),
        (true, false) => office.name.clone(),
        (true, true) => lead.0.authority().to_owned(),
    };
    typed.put("inhaber", holder);
    typed.put("iban", grouped(&office.iban).replace('\u{a0}', " "));
    render_bank(&app, &lead, &req, &office, &typed, &Faults::default())
}

fn render_bank(app: &App, lead: &Lead, req: &Req, office: &Office, t: &Typed, f: &Faults) -> Result<Response> {
    let (errors, errors_title) = f.summary(app, &["inhaber", "iban"]);
    let ctx = json!({
        "errors": errors, "errors_title": errors_title, "sample": office.sample, "notice": notice(req),
        "f": {
            "inhaber": Field::text("inhaber", "Kontoinhaber", t, f).hint("Höchstens 70 Zeichen, so steht es im Zahlungscode."),
            "iban": Field::text("iban", "IBAN", t, f),
        },
    });
    frame::page(app, f.status(), "office/bank.html", req, lead, "bank", ctx)
}

pub async fn save_bank(
    State(app): State<App>,
    lead: Lead,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed(pairs);
    match read_bank(&typed) {
        Err(faults) => {
            let office = kept(&lead).await?;
            render_bank(&app, &lead, &req, &office, &typed, &faults)
        }
        Ok((holder, iban)) => {
            change(&app, &lead, move |o| {
                o.bank_holder = holder;
                o.iban = iban;
            })
            .await?;
            Ok(redirect(&offering::back(
                &app,
                &req,
                "/amt/einstellungen/bank?stand=gespeichert",
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Typed {
        Typed(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn an_iban_is_checked_by_its_digits() {
        let kept = read_bank(&form(&[
            ("inhaber", "Gemeinde Nobitz"),
            ("iban", "de02 1203 0000 0000 2020 51"),
        ]));
        assert_eq!(kept, Ok(("Gemeinde Nobitz".into(), "DE02120300000000202051".into())));
        let faults = read_bank(&form(&[("inhaber", ""), ("iban", "DE02 1203 0000 0000 2020 52")])).expect_err("faults");
        assert!(
            faults
                .of("iban")
                .starts_with("„DE02 1203 0000 0000 2020 52“ ist keine gültige IBAN.")
        );
        assert!(!faults.of("inhaber").is_empty());
    }

    #[test]
    fn the_contact_form_keeps_the_bank_and_names_each_mistake() {
        let before = Office {
            iban: "DE02120300000000202051".into(),
            ..Office::default()
        };
        let mut t = form(&[
            ("name", "Gemeinde Nobitz"),
            ("strasse", "Bachstraße 1"),
            ("plz", "04603"),
            ("ort", "Nobitz"),
            ("telefon", "03447/1234-20"),
            ("email", "ordnungsamt@nobitz.example"),
            ("zeit_1", " 9 bis 12 Uhr "),
        ]);
        let office = read_contact(&t, &before).expect("office");
        assert_eq!(
            (office.phone.as_str(), office.hours[1].as_str()),
            ("03447 1234-20", "9 bis 12 Uhr")
        );
        assert_eq!(office.iban, before.iban);
        assert_eq!(typed_contact(&office).get("telefon"), "03447 1234-20");
        t.set("plz", "4603");
        t.set("telefon", "110");
        t.set("email", "ordnungsamt");
        let faults = read_contact(&t, &before).expect_err("faults");
        for field in ["plz", "telefon", "email"] {
            assert!(!faults.of(field).is_empty(), "{field}");
        }
    }
}
