//! Rights that were taken away: from the moment on that the lead is told so, nothing answers to them any more. Every
//! route of the desk is asked with the authority's own ids, in each way in which a right ends. Rights that end while a
//! request is under way: `rights`.

use std::collections::BTreeSet;

use domain::ClerkId;
use store::{KeyKind, NewKey, TenantStore};

use crate::actors::Browser;
use crate::both;
use crate::isolation::{World, ask, desk_routes, district, municipality};
use crate::town::Town;

const PASSWORD: &str = "Vorfuehrung-2026";
const ACCOUNTS: &str = "/amt/einstellungen/konten";

/// How a right ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Locked,
    NewPassword,
    CodeTakenAway,
    /// A passkey, or an account at a provider.
    KeyTakenAway(KeyKind),
    LedNoMore,
    LoggedOut,
}

const ENDS: [End; 7] = [
    End::Locked,
    End::NewPassword,
    End::CodeTakenAway,
    End::KeyTakenAway(KeyKind::Passkey),
    End::KeyTakenAway(KeyKind::Account),
    End::LedNoMore,
    End::LoggedOut,
];

/// An account that may do everything, logged in on two devices, with a passkey and an account at a provider.
async fn account(town: &Town, at: &'static str, n: usize) -> (ClerkId, [Browser; 2]) {
    let mail = format!("bald-weg-{n}@{at}.example");
    let roles = ["lead".to_owned(), "clerk".to_owned()];
    let now = town.app.now();
    let authority = at.into();
    let add = town
        .app
        .store
        .add_clerk(&authority, &mail, "B. Bald-Weg", PASSWORD, &roles, "system", now);
    let clerk = add.await.expect("an account");
    for kind in [KeyKind::Passkey, KeyKind::Account] {
        let proven = town.app.store.is_password(&mail, PASSWORD, now).await.expect("a look");
        let what = format!("{mail} {kind:?}");
        let new = NewKey {
            kind,
            what: what.as_bytes(),
            name: "Gerät",
            credential: serde_json::Value::Null,
            proven: proven.expect("the password"),
            here: "",
        };
        let desk = town.authority(at).await;
        town.app
            .store
            .add_log_in_key(&desk, &clerk.id, new, now)
            .await
            .expect("a key");
    }
    (clerk.id, [town.clerk(&mail).await, town.clerk(&mail).await])
}

/// Ends the account's rights through the product, as the lead or as itself.
async fn end(how: End, world: &mut World, desk: &TenantStore, town: &Town, id: &ClerkId, devices: &mut [Browser; 2]) {
    let base = format!("{ACCOUNTS}/{id}");
    let answer = match how {
        End::Locked => world.lead.post(&format!("{base}/sperren"), &[]).await,
        End::NewPassword => world.lead.post(&format!("{base}/passwort"), &[]).await,
        End::CodeTakenAway => {
            let (clerk, now) = (id.clone(), town.app.now());
            let entropy = town.app.store.entropy().clone();
            // As if a telephone had been set up: what of it is looked at is that the sessions end with it.
            let set_up = desk.write(move |t| t.emergency_codes(&clerk, &entropy, now).map(drop));
            set_up.await.expect("codes");
            world.lead.post(&format!("{base}/code"), &[]).await
        }
        End::KeyTakenAway(kind) => {
            let who = id.clone();
            let keys = desk.read(move |t| t.log_in_keys(&who)).await.expect("keys");
            let key = keys.into_iter().find(|k| k.kind == kind).expect("the key").id;
            let path = match kind {
                KeyKind::Passkey => "/amt/konto/passkey/entfernen",
                KeyKind::Account => "/amt/konto/trennen",
            };
            // The device at hand goes on with a new cookie; the old one is what a thief would have.
            devices[0].clone().post(path, &[("id", &key)]).await
        }
        End::LedNoMore => {
            let pairs = [("name", "B. Bald-Weg"), ("rolle", "clerk")];
            world.lead.post(&base, &pairs).await
        }
        End::LoggedOut => {
            for device in devices.iter_mut() {
                // The cookie is kept, as a thief would keep it.
                assert_eq!(device.clone().post("/amt/abmelden", &[]).await.status, 303);
            }
            return;
        }
    };
    assert!(
        [200, 303].contains(&answer.status),
        "{how:?}: {} {}",
        answer.status,
        answer.text()
    );
}

/// The secret link of a clerk's calendar.
async fn feed(device: &mut Browser, authority: &str) -> String {
    let page = device
        .post("/amt/kalender/abo", &[])
        .await
        .text()
        .replace("&#x2f;", "/");
    let at = page.find(&format!("/kalender/{authority}/")).expect("a link");
    let link = page[at..].split("raeume.ics").next().expect("a link");
    format!("{link}raeume.ics")
}

both! {
    /// No route of the desk answers any more, on none of the account's devices; every one is asked with ids that are there.
    async fn nothing_answers_to_a_right_taken_away(town: Town) {
        // The district asks the municipality: then there is an opinion to be given, too.
        let district = district(&town).await;
        let mut worlds = [municipality(&town).await, district];
        let (mut asked, all) = (0, desk_routes());
        for (n, how) in ENDS.into_iter().enumerate() {
            let mut seen = BTreeSet::new();
            for world in &mut worlds {
                let desk = town.authority(world.authority).await;
                let (id, mut devices) = account(&town, world.authority, n).await;
                for device in &mut devices {
                    assert_eq!(device.get(ACCOUNTS).await.status, 200, "{how:?}: before, the right is there");
                }
                let feed = feed(&mut devices[0], world.authority).await;
                assert_eq!(town.browser().get(&feed).await.status, 200, "{feed}");
                end(how, world, &desk, &town, &id, &mut devices).await;
                // The link is a right of its own, which its owner takes back; a locked account has no owner any more.
                let open = town.browser().get(&feed).await.status;
                assert_eq!(open, if how == End::Locked { 404 } else { 200 }, "{how:?}: {feed}");
                for route in &all {
                    // The second authority is asked for what the first one has not.
                    let name = (route.method, route.path);
                    let Some(path) = world.path(route).filter(|_| !seen.contains(&name)) else { continue };
                    for device in &mut devices {
                        let answer = ask(device, route.method, &path).await;
                        let out = answer.status == 303 && answer.location.starts_with("/amt/anmelden");
                        assert!(out, "{how:?}: {} {path} answers {} {}", route.method, answer.status, answer.location);
                        asked += 1;
                    }
                    seen.insert(name);
                }
            }
            for route in &all {
                assert!(seen.contains(&(route.method, route.path)), "{} {} was not asked", route.method, route.path);
            }
        }
        println!("{asked} Anfragen mit entzogenen Rechten, keine hatte Erfolg");
        assert_eq!(asked, all.len() * ENDS.len() * 2);
    }
}
