//! Nobitz goes up in Altenburg while people are in the middle of things: their references, codes, drafts, accounts and
//! questions go on, the new authority decides under its own name, and nothing is left of the old one.

use crate::actors::{Club, Receipt};
use crate::both;
use crate::consult::{KRELL, bonfire, german};
use crate::decide::{basis_of, case_of, unescaped};
use crate::konto::{SOMMER, club as account};
use crate::town::Town;

const FROM: &str = "nobitz";
const INTO: &str = "altenburg";
const LEAD: &str = "leitung@altenburg.example";
const FIRE: &str = "brauchtumsfeuer";

/// As the operator does it, in a process of his own.
async fn merged(town: &Town) -> store::Merged {
    let (store, owner) = town.operators().await;
    let (from, into) = (FROM.into(), INTO.into());
    let merged = store
        .merge_authority(&from, &into, owner.as_deref(), town.now(), None)
        .await;
    // On a server this process notices within two seconds, where no transaction notices it first.
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    merged.expect("merged")
}

async fn lead_of_altenburg(town: &Town) {
    let (roles, id) = (["lead", "clerk"].map(str::to_owned), INTO.into());
    let added = town
        .app
        .store
        .add_clerk(&id, LEAD, "A. Specht", "Vorfuehrung-2026", &roles, "system", town.now());
    added.await.expect("an account");
}

async fn applies(town: &Town, service: &str, title: &str) -> (Club, Receipt) {
    let mut club = town.club();
    let example = club.example(service, title);
    town.on(example.today);
    let receipt = club.applies(FROM, service, &example.answers).await;
    (club, receipt)
}

both! {
    async fn everything_goes_on_at_the_new_authority(town: Town) {
        lead_of_altenburg(&town).await;
        let (mut club, fire) = applies(&town, FIRE, "").await;
        let (mut hirer, hall) = applies(&town, "raumnutzung", "drei Tage").await;
        // Half-way through the form, and with an account.
        let mut writer = town.club();
        let example = writer.example(FIRE, "");
        town.on(example.today);
        let end = writer.fill(FROM, FIRE, &example.answers).await;
        assert!(end.ends_with("/pruefen"), "{end}");
        let mut member = Club::new(account(&town, "Festverein Lindenhof e. V.", SOMMER).await, town.app.clone());
        member.fill(FROM, FIRE, &example.answers).await;
        let sent = member.send(FROM, FIRE).await;
        let own = member.browser.get(&sent.location).await.after("data-reference>");
        town.work().await;
        let case = case_of(&town, FROM, &fire).await;
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let ask = [("feld", "contact.phone"), ("grund.contact.phone", "Die Nummer stimmt nicht."), ("bis", "3")];
        assert_eq!(desk.post(&format!("/amt/v/{}/rueckfrage", case.id), &ask).await.status, 303);
        town.work().await;
        let key = town.authority(FROM).await.public_key().expect("a key");

        let done = merged(&town).await;
        assert_eq!((done.came.cases, done.came.open.len()), (3, 3), "{done:?}");
        assert!(done.proofs.iter().all(|p| !p.starts_with("OFFEN")), "{done:?}");
        town.work().await;

        // Applicants: the old reference and code, one sentence on who decides, the question still to be answered.
        let mut stranger = town.browser();
        let opened = [("aktenzeichen", fire.reference.as_str()), ("zugang", fire.code.as_str())];
        assert_eq!(stranger.post("/stand", &opened).await.location, format!("/v/{}", fire.reference));
        let status = unescaped(&stranger.get(&format!("/v/{}", fire.reference)).await.text());
        assert!(status.contains("Stadt Altenburg. Vorher war zuständig: Gemeinde Nobitz."), "{status}");
        assert!(status.contains("Ein anderes Amt ist jetzt zuständig") && status.contains("ergaenzen"), "{status}");
        let answer = [("contact.phone".to_owned(), "03447 555123".to_owned())];
        let answered = club.browser.post_form(&format!("/v/{}/ergaenzen", fire.reference), &answer, &[]).await;
        assert_eq!(answered.status, 303, "{}", answered.text());
        let mails = town.mails(INTO).await;
        let told: Vec<_> = mails.iter().filter(|m| m.mail.subject.starts_with("Neues Amt")).collect();
        assert_eq!(told.len(), 3, "{mails:?}");
        assert!(told[0].mail.text.contains("Stadt Altenburg") && !told[0].mail.text.contains(&fire.code), "{}", told[0].mail.text);
        // What proves the old log later goes to who is answerable for it now.
        let last: Vec<_> = mails.iter().filter(|m| m.mail.subject.contains("letzter Prüfwert des Protokolls von Gemeinde Nobitz")).collect();
        assert!(last.len() == 1 && last[0].mail.to == LEAD, "{mails:?}");
        let last = domain::SignedHead::parse(&last[0].mail.text).expect("a head");
        assert!(last.authority == FROM && store::sign::verify(&key, last.statement().as_bytes(), &last.signature), "{last:?}");
        // The API's word, and the key of receipts that were signed before.
        let published = town.browser().get("/api/v1/keys/nobitz").await.text();
        let hex: String = key.iter().map(|b| format!("{b:02x}")).collect();
        assert!(published.contains(&hex) && published.contains("\"merged_into\""), "{published}");
        let pdf = hirer.browser.get(&format!("/v/{}/eingang.pdf", hall.reference)).await;
        assert_eq!((pdf.status, pdf.kind.as_str()), (200, "application/pdf"));

        // What was begun is sent on, to the new authority; the account finds its own.
        assert_eq!(writer.send(FROM, FIRE).await.status, 303);
        let home = unescaped(&member.browser.get("/konto").await.text());
        assert!(home.contains(&format!("/v/{own}")), "{home}");
        assert_eq!(member.browser.get(&format!("/v/{own}")).await.status, 200);

        // The old desk is locked, the new one decides under its own name; the hall is booked still.
        let locked = town.browser().post("/amt/anmelden", &[("email", "s.krell@nobitz.example"), ("passwort", "Vorfuehrung-2026")]).await;
        assert_ne!(locked.status, 303, "locked until the lead unlocks");
        let mut lead = town.clerk(LEAD).await;
        let page = unescaped(&lead.get("/amt/mitnehmen").await.text());
        for what in ["Dazugekommen: Gemeinde Nobitz", &fire.reference, "S. Krell", "3 Vorgänge"] {
            assert!(page.contains(what), "{what}: {page}");
        }
        for receipt in [&fire, &hall] {
            let case = case_of(&town, INTO, receipt).await;
            assert_eq!(case.tenant.as_str(), INTO);
            let file = unescaped(&lead.get(&format!("/amt/v/{}", case.id)).await.text());
            assert!(file.contains("Ein anderes Amt ist jetzt zuständig"), "{file}");
            let basis = basis_of(&town, &case).await;
            let granted = lead.post(&format!("/amt/v/{}/genehmigen", case.id), &[("_form", basis.as_str())]).await;
            assert_eq!(granted.status, 303, "{}", granted.text());
        }
        town.pass(11).await;
        town.work().await;
        let letter = unescaped(&hirer.browser.get(&format!("/v/{}/bescheid", hall.reference)).await.text());
        assert!(letter.contains("Stadt Altenburg") && !letter.contains("Bachstraße 1"), "{letter}");
        let id = case_of(&town, INTO, &hall).await.id;
        let booked = town.authority(INTO).await.read(move |t| t.bookings_of(&id)).await.expect("bookings");
        assert!(booked.iter().all(|b| b.kind == store::BookingKind::Firm) && !booked.is_empty(), "{booked:?}");

        // Both logs are whole; nothing of the old authority is left but its name.
        let here = town.authority(FROM).await;
        assert_eq!(here.id().as_str(), INTO);
        let whole = here.read(move |t| {
            let was = t.merged()?.remove(0);
            let whole = t.check_merged(&was, &[last.head])?.is_ok() && t.check_former(&[FROM.into()])?.is_ok();
            Ok::<_, store::Error>((t.check_audit(&[])?.is_ok(), whole))
        });
        assert_eq!(whole.await.expect("read"), (true, true));
        assert!(town.app.store.shared().authority(&FROM.into()).await.expect("read").is_none());
        assert!(!town.folder().join("data/tenants/nobitz.db").exists());
        // A new application for the place goes to the new authority at once.
        let (_, new) = applies(&town, FIRE, "").await;
        assert_eq!(case_of(&town, INTO, &new).await.place_name, "Nobitz");
    }
}

both! {
    /// An office was asked, and goes up in another: the applicant still reads its name, and it is not asked twice.
    async fn an_office_that_was_asked_is_known_by_its_old_name(town: Town) {
        const DISTRICT: &str = "lk-altenburger-land";
        lead_of_altenburg(&town).await;
        let (receipt, case) = bonfire(&town).await;
        let mut desk = town.clerk(KRELL).await;
        let path = format!("/amt/v/{}/beteiligen", case.id);
        let until = german(town.app.today().saturating_add(jiff::Span::new().days(3)));
        let ask = |whom| [("an", whom), ("frage", "Brennt es dort oft?"), ("bis", until.as_str()), ("feld", "event.date")];
        assert_eq!(desk.post(&path, &ask(DISTRICT)).await.status, 303);
        town.work().await;
        let (store, owner) = town.operators().await;
        store.merge_authority(&DISTRICT.into(), &INTO.into(), owner.as_deref(), town.now(), None).await.expect("merged");
        tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
        let twice = desk.post(&path, &ask(INTO)).await;
        assert!(twice.status == 422 && twice.text().contains("schon gefragt"), "{}", twice.text());
        let incoming = town.authority(INTO).await.read(|t| t.incoming_consultations()).await.expect("rows");
        let page = town.clerk(LEAD).await.get(&format!("/amt/stellungnahmen/{}", incoming[0].id)).await;
        assert_eq!(page.status, 200, "{}", page.text());
        town.work().await;
        let mut applicant = town.browser();
        let opened = [("aktenzeichen", receipt.reference.as_str()), ("zugang", receipt.code.as_str())];
        assert_eq!(applicant.post("/stand", &opened).await.status, 303);
        let reads = unescaped(&applicant.get(&format!("/v/{}/gelesen", receipt.reference)).await.text());
        assert!(reads.contains("Landratsamt Altenburger Land"), "{reads}");
    }
}

both! {
    /// A case of Nobitz lies with an authority that has nothing to do with it any more: the operator is told what to run,
    /// and the case goes to the one in charge, its applicant with it.
    async fn a_place_that_changes_its_authority_takes_its_running_cases_along(town: Town) {
        let (mut club, receipt) = applies(&town, FIRE, "").await;
        town.work().await;
        // As if Nobitz had been Altenburg's when the application came.
        let case = case_of(&town, FROM, &receipt).await;
        let mut old = domain::Case { tenant: INTO.into(), reference: "NOB-FEUER-26-2222-X".into(), ..case.clone() };
        old.id = domain::CaseId("ab".repeat(16));
        let (id, now, there) = (old.id.clone(), town.now(), town.authority(INTO).await);
        assert!(town.app.store.shared().reserve_reference(&old.reference, there.id(), &id).await.expect("reserved"));
        let code = receipt.code.clone();
        there.write(move |t| t.insert_case(&old, &code, &[], &domain::Actor::Applicant, now)).await.expect("a case");

        let catalog = schema::load(&crate::town::SHIPPED.files).catalog;
        let day = domain::date_of(town.now());
        let look = kommunal::moved::look(&town.app.store, &town.app.register, &catalog, day).await.expect("looked");
        let said = look.sentences();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("1 laufender Vorgang aus Gemeinde Nobitz: liegt bei Stadt Altenburg (altenburg), zuständig ist jetzt Gemeinde Nobitz.")
            && said[0].ends_with("kommunal authority hand-over 16077036 altenburg nobitz"), "{said:?}");
        let handed = kommunal::moved::hand_over(&town.app.store, &look.elsewhere[0], town.now()).await.expect("handed over");
        assert_eq!((handed.on_their_way, handed.stay), (1, 0));
        let again = kommunal::moved::hand_over(&town.app.store, &look.elsewhere[0], town.now()).await.expect("asked again");
        assert_eq!((again.on_their_way, again.stay), (0, 1), "what is on its way stays so");
        town.work().await;
        let look = kommunal::moved::look(&town.app.store, &town.app.register, &catalog, day).await.expect("looked");
        assert!(look.sentences().is_empty(), "{:?}", look.sentences());
        let opened = [("aktenzeichen", "NOB-FEUER-26-2222-X"), ("zugang", receipt.code.as_str())];
        let status = there.read(move |t| t.case(&id)).await.expect("read").expect("the old case");
        let onward = status.onward.expect("it goes on");
        assert!(onward.arrived && club.browser.post("/stand", &opened).await.status < 500);
        let arrived = Receipt { reference: onward.reference, code: onward.code };
        assert_eq!(case_of(&town, FROM, &arrived).await.place_name, "Nobitz");
    }
}
