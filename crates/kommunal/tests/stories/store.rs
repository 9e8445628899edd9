//! How a town comes along: it sees who uses what, takes over a neighbour's rules, tries it out, goes online now or on a
//! day, pauses and leaves. And what becomes of those who asked before.

use domain::{Ags, Channel};

use crate::actors::Browser;
use crate::both;
use crate::decide::case_of;
use crate::isolation::stranger;
use crate::town::Town;

/// Rositz: five members, no authority of which takes part in the demo; Nobitz and Altenburg are its neighbours.
const VG: &str = "vg-rositz";

/// A lead of an authority that has never used the product.
async fn newcomer(town: &Town, key: &str) -> (Browser, store::TenantStore) {
    let found = town.app.register.authorities().find(|a| a.id.as_str() == key);
    let authority = found.expect("an authority").clone();
    let made = town.app.store.create_tenant(store::Authority {
        id: authority.id.clone(),
        name: authority.name.clone(),
        level: "association".into(),
        codes: Vec::new(),
        created_at: town.now(),
    });
    let tenant = made.await.expect("a tenant");
    let lead = stranger(
        town,
        &authority.id,
        &format!("leitung@{key}.example"),
        &["lead", "clerk"],
    )
    .await;
    (lead, tenant)
}

/// Without what is only typography.
fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

fn members(town: &Town) -> Vec<Ags> {
    town.app.register.places_of(VG).iter().map(|m| m.ags.clone()).collect()
}

/// Contact and bank, as the list of steps asks for them.
async fn says_who_it_is(lead: &mut Browser, item: &str) {
    let contact = [
        ("name", "Verwaltungsgemeinschaft Rositz"),
        ("strasse", "Altenburger Straße 48b"),
        ("plz", "04617"),
        ("ort", "Rositz"),
        ("telefon", "034498 454-0"),
        ("email", "info@rositz.example"),
    ];
    let saved = lead
        .post(&format!("/amt/einstellungen/kontakt?paket={item}"), &contact)
        .await;
    assert_eq!(
        (saved.status, saved.location),
        (303, format!("/amt/store/{item}?stand=gespeichert"))
    );
    let bank = [("inhaber", "VG Rositz"), ("iban", "DE02120300000000202051")];
    assert_eq!(
        lead.post(&format!("/amt/einstellungen/bank?paket={item}"), &bank)
            .await
            .status,
        303
    );
}

async fn has_a_room(lead: &mut Browser, ort: &str, item: &str) {
    let room = [
        ("ort", ort),
        ("name", "Kulturhaus"),
        ("recht", "vertrag"),
        ("anfrage", "hold"),
        ("tag_local_club", "50"),
    ];
    let made = lead
        .post(&format!("/amt/einstellungen/raeume/neu?paket={item}"), &room)
        .await;
    assert_eq!(
        (made.status, made.location),
        (303, format!("/amt/store/{item}?stand=gespeichert")),
        "{item}"
    );
}

both! {
    /// The whole way of a Verwaltungsgemeinschaft: for all members at once, with a neighbour's rules, in few steps.
    async fn a_newcomer_goes_online_for_its_members(town: Town) {
        let (mut lead, tenant) = newcomer(&town, VG).await;
        let base = "/amt/store/vereinspaket";
        let list = lead.get("/amt/store").await.text();
        assert!(list.contains("Digitales Vereinspaket") && list.contains("noch nicht"), "{list}");
        assert!(list.contains("Landratsamt Altenburger Land"), "what another office decides: {list}");
        let page = lead.get(base).await.text();
        assert!(page.contains("Alles wie in ") && page.contains("Erst, wenn die Schritte"), "{page}");
        assert!(page.contains("Nachbarn nutzen es") && page.contains("Annahme"), "{page}");
        // Nothing goes online before it is set up.
        assert_eq!(lead.post(&format!("{base}/freischalten"), &[("wann", "jetzt")]).await.status, 400);

        let copied = lead.post(&format!("{base}/wie"), &[("wie", "16077036")]).await;
        assert_eq!((copied.status, copied.location), (303, format!("{base}?stand=wie")));
        let now = town.now();
        for ags in members(&town) {
            let set = tenant.read({ let ags = ags.clone(); move |t| t.params(&ags, "brauchtumsfeuer", now) }).await.expect("a look").expect("a set");
            assert_eq!(set.params["notice_days"], 10, "as in Nobitz");
        }
        let (home, rest) = members(&town).split_first().map(|(a, b)| (a.clone(), b.to_vec())).expect("members");
        says_who_it_is(&mut lead, "vereinspaket").await;
        has_a_room(&mut lead, home.as_str(), "vereinspaket").await;
        assert_eq!(lead.post(&format!("{base}/vorschau"), &[]).await.status, 303);
        let ask = lead.get(&format!("{base}/freischalten")).await.text();
        assert!(ask.contains("Dort gibt es noch keinen Raum mit Tarif."), "{ask}");
        let orts: Vec<(&str, &str)> = members(&town).iter().map(|a| ("ort", &*Box::leak(a.0.clone().into_boxed_str()))).chain([("wann", "jetzt")]).collect();
        let done = lead.post(&format!("{base}/freischalten"), &orts).await;
        assert_eq!((done.status, done.location), (303, format!("{base}?stand=online")));
        // At once for whoever comes to the page, in every member; the hall only where there is one.
        for ags in members(&town) {
            let slug = town.app.register.by_ags(ags.as_str()).expect("a place").slug.clone();
            let fire = town.browser().get(&format!("/{slug}/brauchtumsfeuer")).await.text();
            assert!(!fire.contains("Noch auf Papier.") && plain(&fire).contains("10 Tage vorher"), "{slug}: {fire}");
        }
        let hall = |ags: &Ags| { let slug = town.app.register.by_ags(ags.as_str()).expect("a place").slug.clone(); async move { slug } };
        assert!(!town.browser().get(&format!("/{}/raumnutzung", hall(&home).await)).await.text().contains("Noch auf Papier."));
        assert!(town.browser().get(&format!("/{}/raumnutzung", hall(&rest[0]).await)).await.text().contains("Noch auf Papier."));
        // And for everybody else: the list of who uses what knows it.
        let offered = town.app.store.offered().await.expect("the list");
        assert!(members(&town).iter().all(|a| offered.iter().any(|o| o.place == *a && o.service == "brauchtumsfeuer" && o.online)));
    }
}

both! {
    /// A trial is marked, told nobody, counted nowhere, and gone when the service goes online.
    async fn a_trial_is_gone_with_the_start(town: Town) {
        let (mut lead, tenant) = newcomer(&town, VG).await;
        let home = members(&town)[0].clone();
        let slug = town.app.register.by_ags(home.as_str()).expect("a place").slug.clone();
        says_who_it_is(&mut lead, "brauchtumsfeuer").await;
        let begun = lead.post("/amt/store/brauchtumsfeuer/probe", &[("ort", home.as_str()), ("leistung", "brauchtumsfeuer")]).await;
        assert_eq!((begun.status, begun.location), (303, format!("/{slug}/brauchtumsfeuer/antrag")));
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        club.browser = lead.clone();
        let mut answers = example.answers.clone();
        if let Some(fire) = answers.get_mut("fire").and_then(serde_json::Value::as_object_mut) {
            fire.remove("point");
        }
        let end = club.fill(&slug, "brauchtumsfeuer", &answers).await;
        assert!(end.ends_with("/pruefen"), "{end}");
        let check = club.browser.get(&end).await.text();
        assert!(check.contains("Probe:") && check.contains("Das ist eine Probe."), "{check}");
        let sent = club.send(&slug, "brauchtumsfeuer").await;
        assert!(sent.status == 303 && sent.location.starts_with("/amt/v/"), "{} {}", sent.status, sent.location);
        town.work().await;
        let day = town.app.today();
        let read = tenant.read(move |t| {
            let ids = t.trials()?;
            let case = t.case(&ids[0])?.expect("a case");
            Ok::<_, store::Error>((ids.len(), case, t.counts(day, day)?, t.mails(10)?))
        });
        let (n, case, counts, mails) = read.await.expect("a look");
        assert_eq!((n, case.channel), (1, Channel::Trial));
        assert!(counts.is_empty() && mails.is_empty(), "{counts:?} {mails:?}");
        let inbox = lead.get("/amt/eingang").await.text();
        assert!(inbox.contains("Probe"), "{inbox}");
        let demand = town.app.store.demand(std::slice::from_ref(&home), day, day).await.expect("demand");
        assert!(demand.is_empty());
        // Nobody outside may begin one.
        let refused = town.browser().post("/amt/store/brauchtumsfeuer/probe", &[("ort", home.as_str()), ("leistung", "brauchtumsfeuer")]).await;
        assert!(refused.status != 303 || refused.location.starts_with("/amt/anmelden"), "{} {}", refused.status, refused.location);
        assert_eq!(lead.post("/amt/store/brauchtumsfeuer/wie", &[("wie", "16077036")]).await.status, 303);
        assert_eq!(lead.post("/amt/store/brauchtumsfeuer/freischalten", &[("ort", home.as_str()), ("wann", "jetzt")]).await.status, 303);
        assert!(tenant.read(|t| t.trials()).await.expect("a look").is_empty());
        assert!(!lead.get("/amt/eingang").await.text().contains("Probe"));
        let gone = tenant.read({ let id = case.id.clone(); move |t| t.case(&id) }).await.expect("a look");
        assert!(gone.is_none());
    }
}

both! {
    /// On the day, not before; a plan that was taken back does nothing; pausing and leaving end it, each in its way.
    async fn on_a_day_and_back(town: Town) {
        let (mut lead, tenant) = newcomer(&town, VG).await;
        let home = members(&town)[0].clone();
        let slug = town.app.register.by_ags(home.as_str()).expect("a place").slug.clone();
        let base = "/amt/store/brauchtumsfeuer";
        says_who_it_is(&mut lead, "brauchtumsfeuer").await;
        assert_eq!(lead.post(&format!("{base}/wie"), &[("wie", "16077036")]).await.status, 303);
        let on = |day: &'static str| [("ort", &*Box::leak(home.0.clone().into_boxed_str())), ("wann", "tag"), ("tag", day)];
        assert_eq!(lead.post(&format!("{base}/freischalten"), &on("24.11.2026")).await.status, 422, "not today");
        assert_eq!(lead.post(&format!("{base}/freischalten"), &on("26.11.2026")).await.status, 303);
        assert_eq!(lead.post(&format!("{base}/plan"), &[]).await.status, 303);
        assert_eq!(lead.post(&format!("{base}/freischalten"), &on("27.11.2026")).await.status, 303);
        assert!(lead.get(base).await.text().contains("Geht am 27.11.2026 online."));
        let paper = async || town.browser().get(&format!("/{slug}/brauchtumsfeuer")).await.text().contains("Noch auf Papier.");
        town.at("2026-11-26T10:00:00Z");
        town.work().await;
        assert!(paper().await, "the day that was taken back");
        town.at("2026-11-26T23:00:30Z");
        town.work().await;
        assert!(!paper().await, "the first minute of the day in Berlin");
        let offered = async || town.app.store.offered().await.expect("the list").into_iter().find(|o| o.place == home && o.service == "brauchtumsfeuer");
        assert!(offered().await.expect("listed").online);

        let mut lead = town.clerk(&format!("leitung@{VG}.example")).await;
        assert_eq!(lead.post(&format!("{base}/pausieren"), &[("ort", home.as_str())]).await.status, 303);
        assert!(paper().await && !offered().await.expect("listed").online);
        assert!(plain(&town.browser().get(&format!("/{slug}/brauchtumsfeuer")).await.text()).contains("10 Tage vorher"), "its rules still hold");
        assert_eq!(lead.post(&format!("{base}/verlassen"), &[("ort", home.as_str())]).await.status, 303);
        assert!(paper().await && offered().await.is_none());
        let history = lead.get("/amt/einstellungen/verlauf").await.text();
        for line in ["Geht am 26.11.2026 online.", "Die Leistung ist jetzt online.", "Die Leistung pausiert.", "Der Ort nimmt nicht mehr teil."] {
            assert!(history.contains(line), "{line}: {history}");
        }
        let kept = tenant.read({ let (at, home) = (town.now(), home.clone()); move |t| t.params(&home, "brauchtumsfeuer", at) }).await.expect("a look");
        assert_eq!(kept.expect("kept").params["notice_days"], 10, "for the day on which it comes back");
    }
}

both! {
    /// An earlier state of the rules holds again; a running case keeps what it was made under.
    async fn earlier_rules_come_back(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let mut lead = town.clerk("leitung@nobitz.example").await;
        let path = "/amt/store/brauchtumsfeuer/regeln?ort=16077036";
        let service = town.app.services.latest("brauchtumsfeuer").expect("the service");
        let set = |days: &'static str, url: &'static str| -> Vec<(&str, &str)> {
            service.parameters.iter().map(|p| match p.id.as_str() {
                "notice_days" => ("notice_days", days),
                "ordinance_url" => ("ordinance_url", url),
                id => (id, &*Box::leak(schema::parameter::typed(p, &p.default).into_boxed_str())),
            }).chain([("fuer", "16077036")]).collect()
        };
        let save = async |lead: &mut Browser, form: &[(&str, &str)]| crate::settings::saves(lead, path, form).await;
        assert_eq!(save(&mut lead, &set("10", "https://www.nobitz.example/feuer.pdf")).await.status, 303);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let page = lead.get(path).await.text();
        assert!(page.contains("Ein laufender behält seine Regeln.") && page.contains("Vorgabe"), "{page}");
        assert_eq!(save(&mut lead, &set("12", "")).await.status, 303);
        let wrong = save(&mut lead, &set("12", "nobitz.de/feuer")).await;
        assert!(wrong.status == 422 && wrong.text().contains("ist keine Adresse im Netz"), "{}", wrong.text());
        let days = async || {
            let now = town.now();
            let set = town.authority("nobitz").await.read(move |t| t.params(&"16077036".into(), "brauchtumsfeuer", now)).await;
            set.expect("a look").expect("a set").params["notice_days"].clone()
        };
        assert_eq!(days().await, 12);
        let all = town.authority("nobitz").await.read(|t| t.changes(None, 200)).await.expect("changes");
        let id = all.into_iter().find(|c| c.area == "params" && c.after["notice_days"] == 12).expect("the change").id;
        let history = lead.get("/amt/einstellungen/verlauf?bereich=params").await.text();
        assert!(history.contains(&format!("name=\"stand\" value=\"{id}\"")), "{history}");
        let back = lead.post("/amt/einstellungen/verlauf", &[("stand", &id)]).await;
        assert_eq!(back.status, 303, "{}", back.text());
        assert_eq!(days().await, 10);
        assert!(town.browser().get("/nobitz/brauchtumsfeuer").await.text().contains("feuer.pdf"), "the ordinance with it");
        assert_eq!(case_of(&town, "nobitz", &receipt).await.params["notice_days"], 10);
    }
}

both! {
    /// Whoever leads a town hears once a month how many went on paper; small numbers are not said, and it can be switched
    /// off.
    async fn a_lead_is_told_what_people_wished_for(town: Town) {
        let (_, tenant) = newcomer(&town, VG).await;
        let home = members(&town)[0].clone();
        let day: jiff::civil::Date = "2026-11-20".parse().expect("a day");
        for n in 0..17 {
            let service = if n < 14 { "brauchtumsfeuer" } else { "raumnutzung" };
            town.app.store.add_demand(&home, service, day).await.expect("counted");
        }
        // Another office decides this one: it is none of the town's.
        town.app.store.add_demand(&home, "sperrzeit", day).await.expect("counted");
        let mails = async || {
            let all = tenant.read(|t| t.mails(50)).await.expect("mails");
            all.into_iter().filter(|m| m.mail.subject.contains("auf Papier")).collect::<Vec<_>>()
        };
        town.at("2026-11-30T08:00:00Z");
        town.worker.housekeeping(town.now()).await;
        town.work().await;
        assert!(mails().await.is_empty(), "the month is not over");
        town.at("2026-12-01T05:00:00Z");
        town.worker.housekeeping(town.now()).await;
        town.at("2026-12-01T06:00:10Z");
        town.work().await;
        let sent = mails().await;
        assert_eq!(sent.len(), 1, "{sent:?}");
        let text = &sent[0].mail.text;
        let name = town.app.register.by_ags(home.as_str()).expect("a place").name.clone();
        assert!(text.contains(&format!("17 Anträge aus {name}")) && text.contains("30.11.2026"), "{text}");
        assert!(text.contains("Brauchtumsfeuer") && text.contains("14") && text.contains("unter 5") && text.contains("/amt/store"), "{text}");
        // Once a month.
        for day in ["2026-12-02T05:00:00Z", "2026-12-02T06:00:10Z"] {
            town.at(day);
            town.worker.housekeeping(town.now()).await;
            town.work().await;
        }
        assert_eq!(mails().await.len(), 1);
        let clerk = tenant.read(|t| t.clerks()).await.expect("clerks").remove(0);
        let (id, now) = (clerk.id.clone(), town.now());
        tenant.write(move |t| t.change_clerk(&id, id.as_str(), now, |c| c.prefs = serde_json::json!({ "demand": false }))).await.expect("off");
        town.app.store.add_demand(&home, "brauchtumsfeuer", "2026-12-05".parse().expect("a day")).await.expect("counted");
        town.at("2027-01-01T05:00:00Z");
        town.worker.housekeeping(town.now()).await;
        town.at("2027-01-01T06:00:10Z");
        town.work().await;
        assert_eq!(mails().await.len(), 1, "switched off");
    }
}
