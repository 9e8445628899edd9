//! Logging in with a code: set up from one's own account or because the authority wants it, emergency codes, the lead's
//! help. Right and wrong codes in depth: the store's tests.

use crate::both;
use crate::town::Town;

const LEAD: &str = "leitung@nobitz.example";
const KRELL: &str = "s.krell@nobitz.example";
const PASSWORD: &str = "Vorfuehrung-2026";
const ACCOUNTS: &str = "/amt/einstellungen/konten";

/// The key that the page shows to be typed into the app.
pub fn key(page: &str) -> String {
    let shown = page.split("tippen Sie den Schlüssel ab: <b class=\"kc-break\">").nth(1);
    shown
        .and_then(|rest| rest.split('<').next())
        .expect("a key")
        .replace(' ', "")
}

/// What the app shows now.
pub fn code(town: &Town, key: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(key).expect("base 32");
    let app = totp_rs::Builder::new()
        .with_secret(secret)
        .with_account_name("x")
        .build()
        .expect("an app");
    app.generate(u64::try_from(town.now().as_second()).expect("after 1970"))
        .to_string()
}

pub fn emergency(page: &str) -> Vec<String> {
    let list = page
        .split("<ul class=\"kc-codes\">")
        .nth(1)
        .and_then(|rest| rest.split("</ul>").next())
        .expect("codes");
    list.split("<li>")
        .skip(1)
        .map(|li| li.trim_end_matches("</li>").to_owned())
        .collect()
}

async fn first_step(town: &Town, to: &str) -> crate::actors::Browser {
    let mut browser = town.browser();
    let answer = browser
        .post("/amt/anmelden", &[("mail", KRELL), ("pass", PASSWORD)])
        .await;
    assert_eq!(answer.status, 303);
    assert!(answer.location.starts_with(to), "{}", answer.location);
    browser
}

both! {
    async fn from_ones_own_account(town: Town) {
        let mut krell = town.clerk(KRELL).await;
        let mut before = town.clerk(KRELL).await;
        assert!(krell.get("/amt/konto").await.text().contains("Code einrichten"));
        let page = krell.get("/amt/zweiter-faktor").await;
        let key = key(&page.text());
        assert!(page.text().contains("<svg"), "a code to photograph");
        // An open desk without the password, a wrong code: nothing is set up, and the page says at which field.
        for (typed, pass, wrong) in [(code(&town, &key), "", "pass-err"), ("000000".into(), PASSWORD, "code-err")] {
            let answer = krell.post("/amt/zweiter-faktor", &[("code", typed.as_str()), ("pass", pass)]).await;
            assert_eq!(answer.status, 422);
            assert!(answer.text().contains(wrong) && answer.text().contains(&key[..4]), "{}", answer.text());
        }
        let done = krell.post("/amt/zweiter-faktor", &[("code", &code(&town, &key)), ("pass", PASSWORD)]).await;
        assert_eq!(done.status, 200, "{}", done.text());
        let emergency = emergency(&done.text());
        assert_eq!(emergency.len(), 8);
        assert_eq!(before.get("/amt/eingang").await.status, 303, "who came in without a code is out");
        assert!(krell.get("/amt/konto").await.text().contains("8 Notfallcodes"));

        // The next log-in asks; what waits is not in.
        town.pass(60).await;
        let mut other = first_step(&town, "/amt/anmelden/code").await;
        assert_eq!(other.get("/amt/eingang").await.status, 303);
        assert_eq!(other.get("/amt/zweiter-faktor").await.status, 303, "who waits for a code sets nothing up");
        let wrong = other.post("/amt/anmelden/code", &[("code", "111111")]).await;
        assert!(wrong.status == 422 && wrong.text().contains("code-err"), "{}", wrong.text());
        let right = other.post("/amt/anmelden/code", &[("code", &code(&town, &key)), ("ziel", "/amt/zahlungen")]).await;
        assert_eq!((right.status, right.location.as_str()), (303, "/amt/zahlungen"));
        assert_eq!(other.get("/amt/eingang").await.status, 200);

        // A new password asks for no code on this device, and the code stays.
        let new = krell.post("/amt/konto/passwort", &[("alt", PASSWORD), ("neu", "grüne Wiese am Bach")]).await;
        assert_eq!((new.status, new.location.as_str()), (303, "/amt/konto?ok=passwort"));
        assert_eq!(krell.get("/amt/eingang").await.status, 200);
        assert_eq!(other.get("/amt/eingang").await.status, 303);

        // New emergency codes void the old ones; off again, against the password.
        let fresh = krell.post("/amt/zweiter-faktor/notfallcodes", &[("pass", "grüne Wiese am Bach")]).await;
        assert!(fresh.status == 200 && !fresh.text().contains(&emergency[0]));
        let mut other = town.browser();
        let again = other.post("/amt/anmelden", &[("mail", KRELL), ("pass", "grüne Wiese am Bach")]).await;
        assert!(again.location.starts_with("/amt/anmelden/code"), "{}", again.location);
        let typed = self::emergency(&fresh.text()).swap_remove(0);
        assert_eq!(other.post("/amt/anmelden/code", &[("code", &typed)]).await.status, 303);
        let refused = krell.post("/amt/zweiter-faktor/abschalten", &[("pass", PASSWORD)]).await;
        assert_eq!(refused.status, 422);
        assert_eq!(other.get("/amt/eingang").await.status, 200);
        let off = krell.post("/amt/zweiter-faktor/abschalten", &[("pass", "grüne Wiese am Bach")]).await;
        assert_eq!((off.status, off.location.as_str()), (303, "/amt/konto?ok=ohne-code"));
        assert!(krell.get("/amt/konto?ok=ohne-code").await.text().contains("Der Code ist abgeschaltet"));
        assert_eq!(other.get("/amt/eingang").await.status, 303, "other devices are out");
    }
}

both! {
    /// Two browsers with the right password wait for the setting up. Whoever has only that password learns nothing of
    /// what the clerk sets up, and puts nothing in its place.
    async fn who_waits_for_setting_up_replaces_nothing(town: Town) {
        let mut lead = town.clerk(LEAD).await;
        assert_eq!(lead.post(&format!("{ACCOUNTS}/code"), &[("pflicht", "ja")]).await.status, 303);
        let mut krell = first_step(&town, "/amt/zweiter-faktor").await;
        let mut thief = first_step(&town, "/amt/zweiter-faktor").await;
        let theirs = key(&thief.get("/amt/zweiter-faktor").await.text());
        let own = key(&krell.get("/amt/zweiter-faktor").await.text());
        assert_ne!(own, theirs, "each log-in is shown a key of its own");
        assert_eq!(krell.post("/amt/zweiter-faktor", &[("code", &code(&town, &own))]).await.status, 200);
        assert_eq!(krell.get("/amt/eingang").await.status, 200);

        town.pass(60).await;
        for path in ["/amt/zweiter-faktor", "/amt/zweiter-faktor?neu=1", "/amt/eingang"] {
            let page = thief.get(path).await;
            assert!(page.status == 303 && page.location.starts_with("/amt/anmelden"), "{path}: {}", page.status);
        }
        let late = thief.post("/amt/zweiter-faktor?neu=1", &[("code", &code(&town, &theirs))]).await;
        assert!(late.status == 303 && late.location.starts_with("/amt/anmelden"), "{} {}", late.status, late.location);
        assert_eq!(thief.get("/amt/eingang").await.status, 303);
        assert_eq!(krell.get("/amt/eingang").await.status, 200);
        // The clerk's app counts, the thief's does not.
        let mut next = first_step(&town, "/amt/anmelden/code").await;
        assert_eq!(next.post("/amt/anmelden/code", &[("code", &code(&town, &theirs))]).await.status, 422);
        assert_eq!(next.post("/amt/anmelden/code", &[("code", &code(&town, &own))]).await.status, 303);
    }
}

both! {
    async fn where_the_authority_wants_it(town: Town) {
        let mut lead = town.clerk(LEAD).await;
        assert!(lead.get(ACCOUNTS).await.text().contains("Code von allen verlangen"));
        assert_eq!(lead.post(&format!("{ACCOUNTS}/code"), &[("pflicht", "ja")]).await.status, 303);
        assert!(lead.get("/amt/einstellungen/verlauf").await.text().contains("Alle brauchen zum Anmelden auch einen Code"));

        // Nothing opens before it is set up; then the page goes on to where the clerk wanted.
        let mut krell = first_step(&town, "/amt/zweiter-faktor").await;
        assert_eq!(krell.get("/amt/eingang").await.status, 303);
        assert_eq!(krell.get("/amt/anmelden/code").await.status, 303, "no code to ask for");
        let page = krell.get("/amt/zweiter-faktor?ziel=%2Famt%2Fbriefe").await.text();
        assert!(page.contains("Ihr Amt verlangt das von allen") && !page.contains("name=\"pass\""), "{page}");
        let key = key(&page);
        let done = krell.post("/amt/zweiter-faktor", &[("code", &code(&town, &key)), ("ziel", "/amt/briefe")]).await;
        assert!(done.status == 200 && done.text().contains("briefe\""), "{}", done.text());
        assert_eq!(krell.get("/amt/briefe").await.status, 200);
        assert!(!krell.get("/amt/zweiter-faktor").await.text().contains("Code abschalten"));
        assert_eq!(krell.post("/amt/zweiter-faktor/abschalten", &[("pass", PASSWORD)]).await.status, 400);

        // The telephone fell into the pond: the lead helps, whoever was in is out, and setting up begins anew.
        let clerks = town.authority("nobitz").await.read(|t| t.clerks()).await.expect("accounts");
        let id = clerks.iter().find(|c| c.email == KRELL).expect("the account").id.clone();
        assert!(lead.get(&format!("{ACCOUNTS}/{id}")).await.text().contains("Handy oder Gerät verloren?"));
        assert_eq!(lead.get(&format!("{ACCOUNTS}/{id}/code")).await.status, 200);
        assert_eq!(lead.post(&format!("{ACCOUNTS}/{id}/code"), &[]).await.status, 303);
        assert_eq!(krell.get("/amt/eingang").await.status, 303);
        let mut again = first_step(&town, "/amt/zweiter-faktor").await;
        let fresh = self::key(&again.get("/amt/zweiter-faktor").await.text());
        assert_ne!(fresh, key, "a new secret");
        assert_eq!(lead.post(&format!("{ACCOUNTS}/code"), &[("pflicht", "nein")]).await.status, 303);
        assert_eq!(town.clerk(KRELL).await.get("/amt/eingang").await.status, 200);
    }
}
