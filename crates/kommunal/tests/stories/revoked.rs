//! Rights that were taken away: from the moment on that the lead is told so, nothing answers to them any more. Every
//! route of the desk is asked with the authority's own ids, in each way in which a right ends. Rights that end while a
//! request is under way: `rights`.

use domain::ClerkId;
use store::TenantStore;

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
    LedNoMore,
    LoggedOut,
}

const ENDS: [End; 5] = [
    End::Locked,
    End::NewPassword,
    End::CodeTakenAway,
    End::LedNoMore,
    End::LoggedOut,
];

/// An account that may do everything, logged in on two devices.
async fn account(town: &Town, n: usize) -> (ClerkId, [Browser; 2]) {
    let mail = format!("bald-weg-{n}@nobitz.example");
    let roles = ["lead".to_owned(), "clerk".to_owned()];
    let now = town.app.now();
    let authority = "nobitz".into();
    let add = town
        .app
        .store
        .add_clerk(&authority, &mail, "B. Bald-Weg", PASSWORD, &roles, "system", now);
    let clerk = add.await.expect("an account");
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

both! {
    /// No route of the desk answers any more, on none of the account's devices.
    async fn nothing_answers_to_a_right_taken_away(town: Town) {
        // The district asks the municipality: then there is an opinion to be given, too.
        district(&town).await;
        let mut world = municipality(&town).await;
        let desk = town.authority("nobitz").await;
        let mut asked = 0;
        for (n, how) in ENDS.into_iter().enumerate() {
            let (id, mut devices) = account(&town, n).await;
            for device in &mut devices {
                assert_eq!(device.get(ACCOUNTS).await.status, 200, "{how:?}: before, the right is there");
            }
            end(how, &mut world, &desk, &town, &id, &mut devices).await;
            for route in desk_routes() {
                let Some(path) = world.path(&route) else { continue };
                for device in &mut devices {
                    let answer = ask(device, route.method, &path).await;
                    let out = answer.status == 303 && answer.location.starts_with("/amt/anmelden");
                    assert!(out, "{how:?}: {} {path} answers {} {}", route.method, answer.status, answer.location);
                    asked += 1;
                }
            }
        }
        println!("{asked} Anfragen mit entzogenen Rechten, keine hatte Erfolg");
        assert!(asked > 600, "{asked}");
    }
}
