//! A service's new version: handed in, approved by a second person from a day on, served everywhere from that day,
//! withdrawn with a reason. Whoever has a case keeps the version that it was made under; whoever has only begun goes on
//! with the one that holds, and is told what is new.

use jiff::ToSpan as _;
use jiff::civil::Date;
use schema::{FileMap, Loaded, package};
use store::{ByCentre, Proposal, Unapproved, Version, VersionState};

use crate::actors::{Browser, Page};
use crate::both;
use crate::centre::{BERGER, HARTUNG};
use crate::decide::{case_of, unescaped};
use crate::town::{SHIPPED, Town};

const FIRE: &str = "brauchtumsfeuer";
const NOBITZ: &str = "nobitz";
const LEAD: &str = "leitung@nobitz.example";
const KRELL: &str = "s.krell@nobitz.example";

fn change(files: &mut FileMap, name: &str, from: &str, to: &str) {
    let bytes = files.get_mut(name).unwrap_or_else(|| panic!("no {name}"));
    let text = String::from_utf8(std::mem::take(bytes)).expect("text");
    assert!(text.contains(from), "{name} has no „{from}“");
    *bytes = text.replace(from, to).into_bytes();
}

/// The bonfire with another figure of law, other words in its letter, a further question and narrower bounds. The
/// example at the old figure is mended, unless it stays red.
fn second(red: bool) -> (FileMap, Loaded) {
    let mut files = SHIPPED.files.clone();
    change(
        &mut files,
        "regions/thueringen/law.toml",
        "value = 100\nunit = \"m\"",
        "value = 110\nunit = \"m\"",
    );
    let own = |name: &str| format!("services/{FIRE}/{name}");
    for (from, to) in [
        ("wir bestätigen Ihre Anzeige.", "wir haben Ihr Feuer vermerkt."),
        (
            "[question.fire.near]",
            "[question.fire.marshal]\nlabel = \"Ist die Feuerwehr dabei?\"\n\n[question.fire.near]",
        ),
    ] {
        change(&mut files, &own("texts.de.toml"), from, to);
    }
    let english = "[question.fire.marshal]\nlabel = \"Is the fire brigade there?\"\n\n[question.fire.near]";
    change(&mut files, &own("texts.en.toml"), "[question.fire.near]", english);
    let plan = "[[page.question]]\nfield = \"place.plan\"";
    let more = "[[page.question]]\nid = \"fire.marshal\"\ntype = \"yes_no\"\noptional = true\n\n[[page.question]]\nfield = \"place.plan\"";
    change(&mut files, &own("form.toml"), plan, more);
    change(
        &mut files,
        &own("service.toml"),
        "default = 25\nmin = 1\nmax = 100",
        "default = 25\nmin = 1\nmax = 50",
    );
    if !red {
        change(
            &mut files,
            &own("examples/08_genau_an_den_grenzen.toml"),
            "forest_distance = 100",
            "forest_distance = 110",
        );
    }
    let loaded = schema::load(&files);
    assert_eq!(loaded.diagnostics, Vec::new());
    (files, loaded)
}

/// Handed in by somebody of the competence centre, as `kommunal service publish` does.
async fn hands_in(
    town: &Town,
    mail: &str,
    (files, loaded): &(FileMap, Loaded),
    from: Date,
) -> Result<Version, Unapproved> {
    let (tenant, clerk) = town
        .app
        .store
        .account_of(mail)
        .await
        .expect("a store")
        .expect("an account");
    let by = ByCentre {
        tenant: &tenant,
        clerk: Some(&clerk),
    };
    let proposal = Proposal {
        service: FIRE.into(),
        hash: loaded.catalog.services[FIRE].hash.clone(),
        bytes: package::pack(&package::files_of(files, FIRE)).expect("a package"),
        examples: package::pack(&package::examples_of(files, FIRE)).expect("examples"),
        valid_from: from,
        by: String::new(),
        note: String::new(),
    };
    town.app.store.propose_version(by, proposal, town.now()).await
}

fn german(day: Date) -> String {
    format!("{:02}.{:02}.{}", day.day(), day.month(), day.year())
}

async fn approves(browser: &mut Browser, version: &Version, from: Date) -> Page {
    let day = german(from);
    let path = format!("/cockpit/versionen/{}/freigeben", version.id);
    browser
        .post(&path, &[("ab", &day), ("gelesen", "1"), ("recht", "1")])
        .await
}

fn plain(page: &Page) -> String {
    unescaped(&page.text()).replace('\u{a0}', " ")
}

/// Events of the competence centre's log, in their order.
async fn logged(town: &Town) -> Vec<String> {
    let centre = town.authority("land-thueringen").await;
    let rows = centre.read(|t| t.audit_rows(0, 1000)).await.expect("the log");
    let acts = rows.into_iter().map(|r| r.event).filter(|e| e.starts_with("version."));
    acts.collect()
}

both! {
    async fn a_case_begun_under_one_version_is_decided_by_it_after_the_next_is_live(town: Town) {
        let (mut first, mut begun) = (town.club(), town.club());
        let example = first.example(FIRE, "Anzeige, alles in Ordnung");
        // Later in the evening than what the demo has set.
        town.at(&format!("{}T22:30:00Z", example.today));
        let receipt = first.applies(NOBITZ, FIRE, &example.answers).await;
        town.work().await;
        // Somebody else has come as far as the check page and stops for the night.
        let end = begun.fill(NOBITZ, FIRE, &example.answers).await;
        assert!(end.ends_with("/pruefen"), "{end}");
        // The lead has set a value that the new bounds will not allow.
        let (ags, now) = (domain::Ags::from("16077036"), town.now());
        let nobitz = town.authority(NOBITZ).await;
        let set = nobitz.write(move |t| {
            let mut params = t.params(&ags, FIRE, now)?.map(|s| s.params).unwrap_or_default();
            params.insert("max_area".into(), 80.into());
            t.set_params(&ags, FIRE, params, "system", now).map(drop)
        });
        set.await.expect("set");

        let tomorrow = example.today.saturating_add(1.day());
        let version = hands_in(&town, HARTUNG, &second(false), tomorrow).await.expect("handed in");
        assert_eq!((version.version, version.state), (2, VersionState::Proposed));
        let mut second_person = town.clerk(BERGER).await;
        let page = plain(&second_person.get(&format!("/cockpit/versionen/{}", version.id)).await);
        for told in [
            "Brauchtumsfeuer: Version 2 prüfen", "Frage „Ist die Feuerwehr dabei?“", "Zahl des Rechts „forest_distance“: Wert",
            "wir haben Ihr Feuer vermerkt.", "Beispielen bestehen", "Version 2 freigeben",
        ] {
            assert!(page.contains(told), "„{told}“ is not on the page: {page}");
        }
        assert_eq!(approves(&mut second_person, &version, tomorrow).await.status, 303);

        // Until its day nothing is different.
        let start = format!("/{NOBITZ}/{FIRE}");
        let rules = plain(&town.browser().get(&start).await);
        assert!(rules.contains("mindestens 100 m Abstand") && rules.contains("80 m² groß"), "{rules}");
        town.on(tomorrow);
        let rules = plain(&town.browser().get(&start).await);
        assert!(rules.contains("mindestens 110 m Abstand") && rules.contains("50 m² groß"), "{rules}");

        // Who has begun goes on with what holds now, and is told; no answer is lost.
        let check = format!("/{NOBITZ}/{FIRE}/antrag/pruefen");
        let old = begun.browser.get(&check).await;
        let told = plain(&old);
        assert!(told.contains("Dieses Formular hat sich geändert") && told.contains("Neue Frage: Ist die Feuerwehr dabei?"), "{told}");
        assert!(told.contains("Festverein Lindenhof e. V.") && told.contains("180 m"), "{told}");
        let sent = begun.send(NOBITZ, FIRE).await;
        assert_eq!(sent.status, 303, "{}", plain(&sent));
        let shown = begun.browser.get(&sent.location).await;
        let later = crate::actors::Receipt { reference: shown.after("data-reference>"), code: shown.after("data-access-code>") };
        let (older, newer) = (case_of(&town, NOBITZ, &receipt).await, case_of(&town, NOBITZ, &later).await);
        assert_eq!(newer.service_hash, version.hash);
        assert_ne!(older.service_hash, version.hash);
        assert_eq!((older.params["max_area"].as_i64(), newer.params["max_area"].as_i64()), (Some(25), Some(50)));

        // The case goes on as it began: its words, its figures, its letter.
        let mut desk = town.clerk(KRELL).await;
        let page = plain(&desk.get(&format!("/amt/v/{}", older.id)).await);
        assert!(page.contains("nach Version 1, neue Anträge nach Version 2"), "{page}");
        let preview = plain(&desk.post(&format!("/amt/v/{}/vorschau", older.id), &[]).await);
        assert!(preview.contains("wir bestätigen Ihre Anzeige."), "{preview}");
        let decided = desk.post(&format!("/amt/v/{}/genehmigen", older.id), &[]).await;
        assert_eq!(decided.status, 303, "{}", plain(&decided));
        town.pass(11).await;
        let letter = plain(&first.browser.get(&format!("/v/{}/bescheid", receipt.reference)).await);
        assert!(letter.contains("wir bestätigen Ihre Anzeige.") && letter.contains("mindestens 100 m vom Wald"), "{letter}");
        assert!(!letter.contains("wir haben Ihr Feuer vermerkt.") && !letter.contains("110 m"), "{letter}");
        let decided = desk.post(&format!("/amt/v/{}/genehmigen", newer.id), &[]).await;
        assert_eq!(decided.status, 303, "{}", plain(&decided));
        town.pass(11).await;
        let letter = plain(&begun.browser.get(&format!("/v/{}/bescheid", later.reference)).await);
        assert!(letter.contains("wir haben Ihr Feuer vermerkt.") && letter.contains("mindestens 110 m vom Wald"), "{letter}");

        // The lead is told in the morning, with the value that no longer fits.
        town.at(&format!("{}T06:30:00Z", tomorrow.saturating_add(1.day())));
        town.worker.housekeeping(town.now()).await;
        town.pass(1).await;
        let due = tomorrow.saturating_add(2.days());
        town.at(&format!("{due}T07:30:00Z"));
        town.work().await;
        let mails = town.mails(NOBITZ).await;
        let told = mails.iter().find(|m| m.mail.subject.contains("gilt eine neue Version")).expect("a mail");
        assert_eq!(told.mail.to, LEAD);
        assert!(told.mail.text.contains("„Größte Grundfläche“ ist 80"), "{}", told.mail.text);
        let page = plain(&town.clerk(LEAD).await.get(&format!("/amt/store/{FIRE}/regeln")).await);
        assert!(page.contains("„Größte Grundfläche“ ist 80 m².") && page.contains("Es gilt 50 m²."), "{page}");
    }
}

both! {
    async fn nobody_approves_their_own_and_nobody_what_does_not_come_out(town: Town) {
        let today = domain::date_of(town.now());
        let from = today.saturating_add(5.days());
        let good = second(false);
        let version = hands_in(&town, HARTUNG, &good, from).await.expect("handed in");
        assert!(matches!(hands_in(&town, BERGER, &good, from).await, Err(Unapproved::Waiting)));
        assert!(matches!(hands_in(&town, HARTUNG, &(SHIPPED.files.clone(), schema::load(&SHIPPED.files)), from).await, Err(Unapproved::Same)));

        // Whoever handed it in has no button for it, and is refused without one.
        let (mut own, mut other) = (town.clerk(HARTUNG).await, town.clerk(BERGER).await);
        let page = plain(&own.get(&format!("/cockpit/versionen/{}", version.id)).await);
        assert!(page.contains("Freigeben muss eine andere Person") && !page.contains("Version 2 freigeben"), "{page}");
        let refused = approves(&mut own, &version, from).await;
        assert_eq!(refused.status, 422);
        assert!(plain(&refused).contains("kann sie nicht selbst freigeben"), "{}", plain(&refused));

        // Without both ticks, without a day, for a day that has passed: no.
        let path = format!("/cockpit/versionen/{}/freigeben", version.id);
        for (pairs, why) in [
            (vec![("ab", "04.01.2027"), ("recht", "1")], "alle Änderungen gelesen haben"),
            (vec![("ab", "04.01.2027"), ("gelesen", "1")], "dass das Recht stimmt"),
            (vec![("ab", "bald"), ("gelesen", "1"), ("recht", "1")], "Nennen Sie den Tag so"),
            (vec![("ab", "01.01.2026"), ("gelesen", "1"), ("recht", "1")], "Der Tag ist schon vorbei"),
        ] {
            let page = other.post(&path, &pairs).await;
            assert_eq!(page.status, 422);
            assert!(plain(&page).contains(why), "{why}: {}", plain(&page));
        }
        assert_eq!(logged(&town).await, ["version.proposed"]);

        // Given back, with what has to change. It cannot be approved any more.
        let back = format!("/cockpit/versionen/{}/zurueckgeben", version.id);
        assert_eq!(other.post(&back, &[("anmerkung", " ")]).await.status, 422);
        assert_eq!(other.post(&back, &[("anmerkung", "Die Zahl des Waldes ist noch nicht verkündet.")]).await.status, 303);
        assert!(plain(&own.get("/cockpit/versionen").await).contains("Die Zahl des Waldes ist noch nicht verkündet."));
        assert_eq!(approves(&mut other, &version, from).await.status, 422);

        // An example that comes out otherwise: it is said which, and nobody approves it.
        let bad = hands_in(&town, HARTUNG, &second(true), from).await.expect("handed in again, with a red example");
        let page = plain(&other.get(&format!("/cockpit/versionen/{}", bad.id)).await);
        assert!(page.contains("Beispielen weicht ab") && page.contains("Mit Anmerkung zurückgeben") && !page.contains("Version 2 freigeben"), "{page}");
        let refused = approves(&mut other, &bad, from).await;
        assert_eq!(refused.status, 422);
        assert!(plain(&refused).contains("sobald alle Beispiele bestehen"), "{}", plain(&refused));
        assert_eq!(logged(&town).await, ["version.proposed", "version.refused", "version.proposed"]);
    }
}

both! {
    async fn a_withdrawn_version_says_why_and_leaves_running_cases_alone(town: Town) {
        let mut club = town.club();
        let example = club.example(FIRE, "Anzeige, alles in Ordnung");
        town.on(example.today);
        let version = hands_in(&town, HARTUNG, &second(false), example.today).await.expect("handed in");
        let mut centre = town.clerk(BERGER).await;
        assert_eq!(approves(&mut centre, &version, example.today).await.status, 303, "from today on");
        let receipt = club.applies(NOBITZ, FIRE, &example.answers).await;
        let mut begun = town.club();
        begun.fill(NOBITZ, FIRE, &example.answers).await;
        town.work().await;

        let path = format!("/cockpit/versionen/{}/zurueckziehen", version.id);
        assert_eq!(centre.post(&path, &[("grund", "")]).await.status, 422);
        let why = "Der Abstand von 110 m steht in keinem Gesetz.";
        assert_eq!(centre.post(&path, &[("grund", why)]).await.status, 303);
        assert_eq!(logged(&town).await, ["version.proposed", "version.approved", "version.withdrawn"]);

        // New applications: as before. Begun ones go over and say why. The case stays what it is, and its desk knows.
        let rules = plain(&town.browser().get(&format!("/{NOBITZ}/{FIRE}")).await);
        assert!(rules.contains("mindestens 100 m Abstand"), "{rules}");
        let told = plain(&begun.browser.get(&format!("/{NOBITZ}/{FIRE}/antrag/pruefen")).await);
        assert!(told.contains("wurde zurückgezogen") && told.contains(why) && told.contains("Entfällt: Ist die Feuerwehr dabei?"), "{told}");
        let case = case_of(&town, NOBITZ, &receipt).await;
        assert_eq!(case.service_hash, version.hash);
        let page = plain(&town.clerk(KRELL).await.get(&format!("/amt/v/{}", case.id)).await);
        assert!(page.contains(why), "{page}");
        let page = plain(&town.clerk(LEAD).await.get(&format!("/amt/store/{FIRE}/regeln")).await);
        assert!(page.contains("Für neue Vorgänge gilt Version 1") && page.contains(why), "{page}");
        let page = plain(&centre.get(&format!("/cockpit/versionen/{}", version.id)).await);
        assert!(page.contains("hat zurückgezogen") && page.contains(why), "{page}");

        // What came first has nothing before it.
        let first = town.app.services.versions(FIRE).into_iter().find(|v| v.version == 1).expect("the first");
        let refused = centre.post(&format!("/cockpit/versionen/{}/zurueckziehen", first.id), &[("grund", "weg")]).await;
        assert_eq!(refused.status, 422);
        assert!(plain(&refused).contains("Vor dieser Version gibt es keine"), "{}", plain(&refused));
    }
}

/// Another process on the same database sees it without a start, and a later start of the program brings nothing back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_process_serves_what_is_approved() {
    let Some(town) = Town::postgres().await else { return };
    let second_host = town.second_host().await;
    let mut there = Browser::new(web::router(second_host.app.clone()));
    let path = format!("/{NOBITZ}/{FIRE}");
    assert!(plain(&there.get(&path).await).contains("mindestens 100 m Abstand"));
    let today = domain::date_of(town.now());
    let version = hands_in(&town, HARTUNG, &second(false), today)
        .await
        .expect("handed in");
    assert_eq!(
        approves(&mut town.clerk(BERGER).await, &version, today).await.status,
        303
    );
    let later = town.now() + jiff::SignedDuration::from_secs(6);
    town.at(&later.to_string());
    assert!(plain(&there.get(&path).await).contains("mindestens 110 m Abstand"));
    let third = town.second_host().await;
    let mut there = Browser::new(web::router(third.app.clone()));
    assert!(
        plain(&there.get(&path).await).contains("mindestens 110 m Abstand"),
        "a start brings nothing back"
    );
}
