//! Asking another office: at its own desk, by a link, reminded, taken back. Whoever is asked sees what was sent
//! and nothing about persons.

use axum::body::Body;
use http_body_util::BodyExt as _;
use store::{CaseFilter, Consultation, Tab};
use tower::ServiceExt as _;

use crate::actors::{Browser, Page, Receipt};
use crate::both;
use crate::town::Town;

pub const KRELL: &str = "s.krell@nobitz.example";
pub const NEUMANN: &str = "r.neumann@altenburgerland.example";
const POLICE: &str = "pi.altenburg@polizei.example";

/// A bonfire in Nobitz, with names and numbers that nobody outside may see.
pub async fn bonfire(town: &Town) -> (Receipt, domain::Case) {
    let mut club = town.club();
    let example = club.example("brauchtumsfeuer", "");
    town.on(example.today);
    let mut answers = example.answers.clone();
    answers["contact"]["name"] = "Rosalinde Kanarienvogel".into();
    answers["contact"]["phone"] = "0151 98765432".into();
    let receipt = club.applies("nobitz", "brauchtumsfeuer", &answers).await;
    town.work().await;
    let wanted = receipt.reference.clone();
    let filter = CaseFilter {
        tab: Tab::All,
        size: 50,
        ..CaseFilter::default()
    };
    let case = town
        .authority("nobitz")
        .await
        .read(move |t| {
            let row = t.cases(&filter)?.rows.into_iter().find(|r| r.reference == wanted);
            t.case(&row.expect("a row").id)
        })
        .await
        .expect("a list")
        .expect("the case");
    (receipt, case)
}

async fn asked(town: &Town, case: &domain::Case) -> Vec<Consultation> {
    let id = case.id.clone();
    let town = town.authority("nobitz").await;
    town.read(move |t| t.consultations_of(&id))
        .await
        .expect("consultations")
}

/// Subjects and texts of the mails of Nobitz to an address.
async fn mails(town: &Town, to: &'static str) -> Vec<(String, String)> {
    let to_it = town.mails("nobitz").await.into_iter().filter(|m| m.mail.to == to);
    to_it.map(|m| (m.mail.subject, m.mail.text)).collect()
}

fn link_in(text: &str) -> String {
    let line = text
        .lines()
        .find_map(|l| l.split_once("http://localhost/stellungnahme/"));
    format!("/stellungnahme/{}", line.expect("a link in the mail").1.trim())
}

/// Asks the police by a link; returns the link's path.
pub async fn by_link(town: &Town, desk: &mut Browser, case: &domain::Case) -> String {
    let form = desk.get(&format!("/amt/v/{}/beteiligen", case.id)).await;
    assert_eq!(form.status, 200, "{}", form.text());
    let sent = desk
        .post(
            &format!("/amt/v/{}/beteiligen", case.id),
            &[
                ("an", "-"),
                ("name", "Polizeiinspektion Altenburg"),
                ("mail", POLICE),
                ("feld", "event.date"),
                ("feld", "place.description"),
                ("frage", "Gab es dort Einsätze?"),
                (
                    "bis",
                    &german(town.app.today().saturating_add(jiff::Span::new().days(3))),
                ),
            ],
        )
        .await;
    assert_eq!(sent.status, 303, "{}", crate::actors::errors(&sent.text()));
    town.work().await;
    let mails = mails(town, POLICE).await;
    assert_eq!(mails.len(), 1, "one mail");
    assert!(mails[0].0.contains("Bitte um Stellungnahme bis"), "{}", mails[0].0);
    link_in(&mails[0].1)
}

pub fn german(day: jiff::civil::Date) -> String {
    format!("{:02}.{:02}.{}", day.day(), day.month(), day.year())
}

pub const ANSWER: [(&str, &str); 4] = [
    ("ergebnis", "auflagen"),
    ("text", "Ein Ordner steht an der Zufahrt."),
    ("name", "PHK Weber"),
    ("telefon", "03447 5678-0"),
];

fn kinds(history: &[store::Event]) -> Vec<&str> {
    history.iter().map(|e| e.kind.as_str()).collect()
}

async fn history(town: &Town, case: &domain::Case) -> Vec<store::Event> {
    let id = case.id.clone();
    let town = town.authority("nobitz").await;
    town.read(move |t| t.history(&id)).await.expect("a history")
}

both! {
    async fn a_desk_is_asked_by_hand_and_answers(town: Town) {
        let (receipt, case) = bonfire(&town).await;
        let mut desk = town.clerk(KRELL).await;
        let path = format!("/amt/v/{}/beteiligen", case.id);
        let form = desk.get(&path).await.text();
        assert!(form.contains("Landratsamt Altenburger Land"), "the district is proposed: {form}");
        // What was typed stays when something is wrong.
        let wrong = desk.post(&path, &[("frage", "Brennt es dort oft?"), ("bis", "gestern")]).await;
        assert_eq!(wrong.status, 422);
        for text in ["Brennt es dort oft?", "gestern", "Wählen Sie die Stelle", "mindestens eine Angabe"] {
            assert!(wrong.text().contains(text), "{text}");
        }
        assert!(asked(&town, &case).await.is_empty(), "nothing was asked yet");
        let until = german(town.app.today().saturating_add(jiff::Span::new().days(3)));
        let pairs = [("an", "lk-altenburger-land"), ("frage", "Brennt es dort oft?"), ("bis", until.as_str()), ("feld", "event.date"), ("feld", "fire.height")];
        assert_eq!(desk.post(&path, &pairs).await.status, 303);
        let twice = desk.post(&path, &pairs).await;
        assert!(twice.status == 422 && twice.text().contains("schon gefragt"), "an office is asked once at a time");
        town.work().await;

        let mut peer = town.clerk(NEUMANN).await;
        let incoming = town.authority("lk-altenburger-land").await.read(|t| t.incoming_consultations()).await.expect("rows");
        assert_eq!(incoming.len(), 1);
        let there = format!("/amt/stellungnahmen/{}", incoming[0].id);
        let page = peer.get(&there).await.text();
        assert!(page.contains("Brennt es dort oft?") && page.contains(&receipt.reference), "{page}");
        assert!(!page.contains("Kanarienvogel") && !page.contains("98765432"), "no persons: {page}");

        // Reminded by hand: the row there says so.
        let steps = format!("/amt/v/{}/beteiligung/{}", case.id, asked(&town, &case).await[0].id);
        assert_eq!(desk.get(&format!("{steps}/erinnern")).await.status, 200);
        assert_eq!(desk.post(&format!("{steps}/erinnern"), &[]).await.status, 303);
        town.work().await;
        assert!(peer.get("/amt/stellungnahmen").await.text().contains("erinnert am"));

        assert_eq!(peer.post(&there, &ANSWER).await.status, 303);
        town.work().await;
        let inbox = desk.get("/amt/eingang").await.text();
        assert!(inbox.contains("Stellungnahme da"), "the inbox says that an answer is there");
        let page = desk.get(&format!("/amt/v/{}", case.id)).await.text();
        for text in ["Keine Bedenken, wenn Auflagen gelten", "Ein Ordner steht an der Zufahrt.", "PHK Weber", "Erinnert am"] {
            assert!(page.contains(text), "{text}: {page}");
        }
        assert!(!desk.get("/amt/eingang").await.text().contains("Stellungnahme da"), "it has been read");
        let events = history(&town, &case).await;
        let events = kinds(&events);
        for kind in ["consulted", "consult_reminded", "consult_answered"] {
            assert_eq!(events.iter().filter(|k| **k == kind).count(), 1, "{kind}: {events:?}");
        }
    }
}

both! {
    /// A "no" is seen in the list until it is decided. It stands beside the decision and is offered as a reason to refuse.
    async fn an_objection_is_weighed_before_the_decision(town: Town) {
        let (_, case) = bonfire(&town).await;
        let mut desk = town.clerk(KRELL).await;
        let path = by_link(&town, &mut desk, &case).await;
        let no = [("ergebnis", "bedenken"), ("text", "Ein Schlauch liegt bereit.\nDie Zufahrt bleibt frei."), ("name", "PHK Weber"), ("telefon", "03447 5678-0")];
        assert_eq!(town.browser().post(&path, &no).await.status, 303);
        let inbox = desk.get("/amt/eingang").await.text();
        assert!(inbox.contains(">Einwand<") && inbox.contains("1 ansehen"), "{inbox}");
        let page = desk.get(&format!("/amt/v/{}", case.id)).await.text();
        assert!(page.contains("Einwand: Polizeiinspektion Altenburg"), "{page}");
        assert!(desk.get("/amt/eingang").await.text().contains(">Einwand<"), "read, and still to be weighed");

        let id = asked(&town, &case).await.remove(0).id;
        let decide = format!("/amt/v/{}/genehmigen", case.id);
        let form = desk.get(&decide).await.text();
        assert!(!form.contains(&format!("value=\"stelle-{id}-0\"")), "an objection is no condition: {form}");
        assert!(form.contains("Die Zufahrt bleibt frei."), "it is shown: {form}");
        let no_form = desk.get(&format!("/amt/v/{}/ablehnen", case.id)).await.text();
        assert!(no_form.contains(&format!("value=\"stelle-{id}\"")), "{no_form}");
        let basis = crate::changed::basis(&form);
        assert_eq!(desk.post(&decide, &[("_form", basis.as_str()), ("eigene", "Die Zufahrt bleibt frei.")]).await.status, 303);
        let decided = town.authority("nobitz").await.read(move |t| t.case(&case.id)).await.expect("read").expect("a case");
        assert_eq!(decided.decision.expect("a decision").conditions, ["Die Zufahrt bleibt frei."]);
        assert!(!desk.get("/amt/eingang?ansicht=alle").await.text().contains(">Einwand<"), "it was weighed");
    }
}

both! {
    /// While one clerk reads the decision's page, a colleague asks an office and it objects at once; the lead takes a ready
    /// sentence away that is ticked on it. Neither is passed over: the page comes back.
    async fn a_decision_knows_what_came_meanwhile(town: Town) {
        let (_, case) = bonfire(&town).await;
        let mut desk = town.clerk(KRELL).await;
        let decide = format!("/amt/v/{}/genehmigen", case.id);
        let shown = crate::changed::basis(&desk.get(&decide).await.text());
        let mut colleague = town.clerk("m.vogel@nobitz.example").await;
        let path = by_link(&town, &mut colleague, &case).await;
        let no = [("ergebnis", "bedenken"), ("text", "Die Zufahrt bleibt frei."), ("name", "PHK Weber"), ("telefon", "03447 5678-0")];
        assert_eq!(town.browser().post(&path, &no).await.status, 303);
        let stale = async |desk: &mut Browser, shown: &str, tick: &str| {
            let page = desk.post(&decide, &[("_form", shown), ("auflage", tick), ("eigene", "Mein Satz.")]).await;
            assert_eq!(page.status, 422, "{}", page.text());
            let text = page.text();
            assert!(text.contains("hat sich geändert, seit Sie die Seite geöffnet haben") && text.contains("Mein Satz."), "{text}");
            text
        };
        let page = stale(&mut desk, &shown, "").await;
        assert!(page.contains("Die Zufahrt bleibt frei."), "the objection's words are offered: {page}");

        let mut lead = town.clerk("leitung@nobitz.example").await;
        let made = [("art", "condition"), ("titel", "Wache"), ("text", "Eine Brandwache bleibt bis zum Morgen.")];
        assert_eq!(lead.post("/amt/einstellungen/textbausteine/neu", &made).await.status, 303);
        let blocks = town.authority("nobitz").await.read(|t| t.text_blocks("")).await.expect("blocks");
        let block = blocks.iter().find(|b| b.text.contains("Brandwache bleibt bis")).expect("the sentence").id.clone();
        let form = desk.get(&decide).await.text();
        assert!(form.contains(&format!("value=\"baustein-{block}\"")), "{form}");
        let shown = crate::changed::basis(&form);
        let gone = lead.post(&format!("/amt/einstellungen/textbausteine/{block}/loeschen"), &[]).await;
        assert_eq!(gone.status, 303, "{}", gone.text());
        let page = stale(&mut desk, &shown, &format!("baustein-{block}")).await;
        assert!(!page.contains("Brandwache bleibt bis zum Morgen"), "{page}");
        let shown = crate::changed::basis(&page);
        assert_eq!(desk.post(&decide, &[("_form", shown.as_str())]).await.status, 303);
    }
}

both! {
    /// The application is withdrawn while a desk is asked: there it is settled, with why and with the question, but
    /// what was sent for an answer is not read any more.
    async fn a_desk_hears_that_the_case_was_withdrawn(town: Town) {
        let (_, case) = bonfire(&town).await;
        let mut desk = town.clerk(KRELL).await;
        let until = german(town.app.today().saturating_add(jiff::Span::new().days(3)));
        let pairs = [("an", "lk-altenburger-land"), ("frage", "Bedenken?"), ("bis", until.as_str()), ("feld", "event.date")];
        assert_eq!(desk.post(&format!("/amt/v/{}/beteiligen", case.id), &pairs).await.status, 303);
        town.work().await;
        let incoming = town.authority("lk-altenburger-land").await.read(|t| t.incoming_consultations()).await.expect("rows");
        let there = format!("/amt/stellungnahmen/{}", incoming[0].id);
        let fact = incoming[0].content["facts"][0]["value"].as_str().expect("a fact").to_owned();
        let mut peer = town.clerk(NEUMANN).await;
        assert!(peer.get(&there).await.text().contains(&fact), "{fact}");
        assert_eq!(desk.post(&format!("/amt/v/{}/zurueckziehen", case.id), &[("grund", "Anruf am Vormittag.")]).await.status, 303);
        town.work().await;
        town.work().await;
        assert!(peer.get("/amt/stellungnahmen").await.text().contains("erledigt"));
        let page = peer.get(&there).await.text();
        for text in ["Die Anfrage hat sich erledigt", "Der Antrag wurde zurückgezogen.", "Bedenken?"] {
            assert!(page.contains(text), "{text}: {page}");
        }
        assert!(!page.contains("Stellungnahme senden") && !page.contains(&fact), "{page}");
    }
}

both! {
    /// The case goes to another authority, which asks anew: whoever was asked from here need not answer twice, and no
    /// answer ends up in a case that nobody reads.
    async fn whoever_was_asked_hears_that_the_case_was_handed_over(town: Town) {
        let (_, case) = bonfire(&town).await;
        let mut desk = town.clerk(KRELL).await;
        let link = by_link(&town, &mut desk, &case).await;
        let until = german(town.app.today().saturating_add(jiff::Span::new().days(3)));
        let pairs = [("an", "lk-altenburger-land"), ("frage", "Bedenken?"), ("bis", until.as_str()), ("feld", "event.date")];
        assert_eq!(desk.post(&format!("/amt/v/{}/beteiligen", case.id), &pairs).await.status, 303);
        town.work().await;
        let to = [("an", "lk-altenburger-land"), ("grund", "Der Platz liegt im Wald.")];
        assert_eq!(desk.post(&format!("/amt/v/{}/abgeben", case.id), &to).await.status, 303);
        town.work().await;
        town.work().await;
        let why = "Der Antrag wurde abgegeben an: Landratsamt Altenburger Land.";
        let incoming = town.authority("lk-altenburger-land").await.read(|t| t.incoming_consultations()).await.expect("rows");
        assert_eq!(incoming[0].over.as_deref(), Some(why));
        let mut peer = town.clerk(NEUMANN).await;
        let there = format!("/amt/stellungnahmen/{}", incoming[0].id);
        let page = peer.get(&there).await.text();
        assert!(page.contains(why) && !page.contains("zurückgezogen"), "{page}");
        assert_eq!(peer.post(&there, &ANSWER).await.status, 422);
        // What the police has typed meanwhile is given back, and not sent.
        let late = town.browser().post(&link, &ANSWER).await;
        assert!(late.status == 410 && late.text().contains("Ein Ordner steht an der Zufahrt."), "{}", late.text());
        assert!(asked(&town, &case).await.iter().all(|c| c.answer.is_none()));
        let told = mails(&town, POLICE).await;
        let says = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").contains(why);
        assert!(told.iter().any(|m| m.0.starts_with("Erledigt:") && says(&m.1)), "{told:?}");
    }
}

both! {
    /// The mail with the question waits for its turn while the application is withdrawn: nobody is asked any more.
    async fn a_question_that_comes_too_late_is_not_mailed(town: Town) {
        let (_, case) = bonfire(&town).await;
        let mut desk = town.clerk(KRELL).await;
        let until = german(town.app.today().saturating_add(jiff::Span::new().days(3)));
        let pairs = [("an", "-"), ("name", "Polizei"), ("mail", POLICE), ("frage", "Bedenken?"), ("bis", until.as_str()), ("feld", "event.date")];
        assert_eq!(desk.post(&format!("/amt/v/{}/beteiligen", case.id), &pairs).await.status, 303);
        assert_eq!(desk.post(&format!("/amt/v/{}/zurueckziehen", case.id), &[("grund", "Anruf am Vormittag.")]).await.status, 303);
        town.work().await;
        town.work().await;
        let told = mails(&town, POLICE).await;
        assert!(told.iter().all(|m| !m.0.contains("Bitte um Stellungnahme")), "{told:?}");
    }
}

both! {
    /// Whoever asks by choice finds ticked what any office needs to know, and nothing about persons.
    async fn a_question_by_choice_says_what_when_and_where(town: Town) {
        let mut club = town.club();
        let example = club.example("raumnutzung", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "raumnutzung", &example.answers).await;
        town.work().await;
        let case = crate::decide::case_of(&town, "nobitz", &receipt).await;
        let form = town.clerk(KRELL).await.get(&format!("/amt/v/{}/beteiligen", case.id)).await.text();
        let ticked = |path: &str| form.contains(&format!("name=\"feld\" value=\"{path}\" checked"));
        for path in ["event.name", "event.date", "event.start", "hire.room"] {
            assert!(ticked(path), "{path}: {form}");
        }
        for path in ["contact.name", "contact.phone", "hire.tariff"] {
            assert!(!ticked(path), "{path}");
        }
    }
}

both! {
    async fn a_question_to_a_desk_is_taken_back(town: Town) {
        let (_, case) = bonfire(&town).await;
        let mut desk = town.clerk(KRELL).await;
        let until = german(town.app.today().saturating_add(jiff::Span::new().days(3)));
        let pairs = [("an", "lk-altenburger-land"), ("frage", "Bedenken?"), ("bis", until.as_str()), ("feld", "event.date")];
        assert_eq!(desk.post(&format!("/amt/v/{}/beteiligen", case.id), &pairs).await.status, 303);
        town.work().await;
        let steps = format!("/amt/v/{}/beteiligung/{}/zurueckziehen", case.id, asked(&town, &case).await[0].id);
        assert_eq!(desk.get(&steps).await.status, 200);
        assert!(asked(&town, &case).await[0].revoked_at.is_none(), "looking takes nothing back");
        assert_eq!(desk.post(&steps, &[]).await.status, 303);
        assert_eq!(desk.post(&steps, &[]).await.status, 422, "once");
        town.work().await;
        let mut peer = town.clerk(NEUMANN).await;
        assert!(peer.get("/amt/stellungnahmen").await.text().contains("zurückgezogen"));
        let incoming = town.authority("lk-altenburger-land").await.read(|t| t.incoming_consultations()).await.expect("rows");
        let page = peer.get(&format!("/amt/stellungnahmen/{}", incoming[0].id)).await.text();
        let fact = incoming[0].content["facts"][0]["value"].as_str().expect("a fact");
        assert!(page.contains("Eine Antwort ist nicht mehr nötig") && !page.contains(fact), "{fact}: {page}");
        let late = peer.post(&format!("/amt/stellungnahmen/{}", incoming[0].id), &ANSWER).await;
        // Nothing that was typed is lost.
        assert_eq!(late.status, 422, "{}", late.text());
        for text in ["Ihre Stellungnahme ist nicht gesendet.", "Ein Ordner steht an der Zufahrt."] {
            assert!(late.text().contains(text), "{text}: {}", late.text());
        }
        town.work().await;
        assert!(asked(&town, &case).await[0].answer.is_none());
        assert!(desk.get(&format!("/amt/v/{}", case.id)).await.text().contains("zurückgezogen am"));
    }
}

both! {
    /// The office has answered, and its page says so, while the question was taken back: what it says is not lost.
    async fn an_answer_that_crosses_the_taking_back_stands_in_the_history(town: Town) {
        let (receipt, case) = bonfire(&town).await;
        let mut desk = town.clerk(KRELL).await;
        assert_eq!(desk.post(&format!("/amt/v/{}/zuweisen", case.id), &[("was", "ich")]).await.status, 303);
        assert_eq!(desk.post("/amt/konto", &[("immediate", "1"), ("shortcuts", "1")]).await.status, 303);
        let until = german(town.app.today().saturating_add(jiff::Span::new().days(3)));
        let pairs = [("an", "lk-altenburger-land"), ("frage", "Bedenken?"), ("bis", until.as_str()), ("feld", "event.date")];
        assert_eq!(desk.post(&format!("/amt/v/{}/beteiligen", case.id), &pairs).await.status, 303);
        town.work().await;
        let mut peer = town.clerk(NEUMANN).await;
        let incoming = town.authority("lk-altenburger-land").await.read(|t| t.incoming_consultations()).await.expect("rows");
        let objects = [("ergebnis", "bedenken"), ("text", "Die Zufahrt ist zu schmal."), ("name", "A. Roth"), ("telefon", "03447 5678-0")];
        // Both before either message arrives.
        assert_eq!(peer.post(&format!("/amt/stellungnahmen/{}", incoming[0].id), &objects).await.status, 303);
        let steps = format!("/amt/v/{}/beteiligung/{}/zurueckziehen", case.id, asked(&town, &case).await[0].id);
        assert_eq!(desk.post(&steps, &[]).await.status, 303);
        for _ in 0..2 {
            town.work().await;
        }
        let events = history(&town, &case).await;
        let late: Vec<_> = events.iter().filter(|e| e.kind == "consult_unasked").collect();
        assert!(late.len() == 1 && late[0].text.contains("Die Zufahrt ist zu schmal."), "{events:?}");
        assert!(desk.get("/amt/eingang").await.text().contains("Stellungnahme da"));
        let page = desk.get(&format!("/amt/v/{}", case.id)).await.text();
        assert!(page.contains("Stellungnahme zu zurückgezogener Anfrage eingegangen") && page.contains("Die Zufahrt ist zu schmal."), "{page}");
        let told = mails(&town, KRELL).await;
        assert!(told.iter().any(|m| m.0.starts_with("Stellungnahme zu zurückgezogener Anfrage")), "{told:?}");
        let row = asked(&town, &case).await.remove(0);
        assert!(row.answer.is_none() && row.revoked_at.is_some(), "it stays taken back");
        let kept = crate::decide::case_of(&town, "nobitz", &receipt).await;
        assert_eq!((kept.consults.open, kept.consults.objections), (0, 0), "nobody waits, and nothing asked for objects");
    }
}

both! {
    /// Each message has tries of its own: one that nobody takes, and one whose office has trouble, hold up no
    /// other. What is said of a question waits until the question is there.
    async fn an_undeliverable_message_holds_up_no_other(town: Town) {
        let (_, case) = bonfire(&town).await;
        let (now, nobitz) = (town.now(), town.authority("nobitz").await);
        let lost = store::Dispatch {
            id: "lost".into(), to: "gibt-es-nicht".into(), kind: "consult".into(), payload: serde_json::json!({}), created_at: now,
        };
        nobitz.write(move |t| t.send(&lost)).await.expect("a message");
        let mut desk = town.clerk(KRELL).await;
        let until = german(town.app.today().saturating_add(jiff::Span::new().days(3)));
        let pairs = [("an", "lk-altenburger-land"), ("frage", "Bedenken?"), ("bis", until.as_str()), ("feld", "event.date")];
        assert_eq!(desk.post(&format!("/amt/v/{}/beteiligen", case.id), &pairs).await.status, 303);
        let steps = format!("/amt/v/{}/beteiligung/{}/zurueckziehen", case.id, asked(&town, &case).await[0].id);
        assert_eq!(desk.post(&steps, &[]).await.status, 303);

        // The office's data take no question just now.
        let peer = "lk-altenburger-land";
        town.tamper(
            peer,
            "create trigger no_question before insert on consultation begin select raise(abort, 'broken'); end;",
            "create function no_question() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$; \
             create trigger no_question before insert on consultation for each row \
             when (new.tenant = 'lk-altenburger-land') execute function no_question();",
        )
        .await;
        town.work().await;
        town.tamper(peer, "drop trigger no_question", "drop trigger no_question on consultation").await;
        let incoming = async || town.authority(peer).await.read(|t| t.incoming_consultations()).await.expect("rows");
        assert!(incoming().await.is_empty());
        for _ in 0..2 {
            town.pass(180).await;
        }
        let there = incoming().await;
        assert!(there.len() == 1 && there[0].revoked_at.is_some(), "asked, and taken back: {there:?}");

        for _ in 0..10 {
            town.pass(6 * 3600).await;
        }
        let dead = nobitz.read(|t| t.dead_jobs()).await.expect("jobs");
        assert_eq!(dead.iter().map(|j| j.kind.as_str()).collect::<Vec<_>>(), ["deliver"], "only the one to nobody");
        assert!(nobitz.read(|t| t.open_dispatch("lost")).await.expect("a message").is_some());
    }
}

both! {
    async fn an_office_without_a_desk_answers_once_by_its_link(town: Town) {
        let (receipt, case) = bonfire(&town).await;
        let mut desk = town.clerk(KRELL).await;
        assert_eq!(desk.post(&format!("/amt/v/{}/zuweisen", case.id), &[("was", "ich")]).await.status, 303);
        assert_eq!(desk.post("/amt/konto", &[("immediate", "1"), ("shortcuts", "1")]).await.status, 303);
        let link = by_link(&town, &mut desk, &case).await;
        let mut police = town.browser();
        let page = police.get(&link).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let text = page.text();
        for expected in ["Was sagen Sie zu:", "Gab es dort Einsätze?", &receipt.reference, "Polizeiinspektion Altenburg", "Gemeinde Nobitz", "Er gilt bis"] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
        assert!(!text.contains("Kanarienvogel") && !text.contains("98765432") && !text.contains(POLICE), "no persons: {text}");
        assert!(asked(&town, &case).await[0].answer.is_none(), "looking answers nothing");
        let empty = police.post(&link, &[("text", "Halber Satz")]).await;
        assert!(empty.status == 422 && empty.text().contains("Halber Satz"), "what was typed stays");
        let sent = police.post(&link, &ANSWER).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        assert!(police.get(&sent.location).await.text().contains("Ihre Stellungnahme ist angekommen."));
        let second = police.post(&link, &[("ergebnis", "keine"), ("name", "Jemand"), ("telefon", "03447 1")]).await;
        assert_eq!(second.status, 409, "{}", second.text());
        let kept = asked(&town, &case).await.remove(0).answer.expect("an answer");
        assert_eq!((kept.agrees, kept.by.as_str()), (true, "PHK Weber, 03447 5678-0"));
        town.work().await;
        assert!(desk.get("/amt/eingang").await.text().contains("Stellungnahme da"));
        let page = desk.get(&format!("/amt/v/{}", case.id)).await.text();
        assert!(page.contains("Ein Ordner steht an der Zufahrt.") && page.contains("PHK Weber"), "{page}");
        let told = mails(&town, KRELL).await;
        let answers = told.iter().filter(|m| m.0.starts_with("Stellungnahme eingegangen")).count();
        assert_eq!(answers, 1, "{told:?}");
        let events = history(&town, &case).await;
        assert!(events.iter().any(|e| e.kind == "consult_answered" && e.text.contains("wenn Auflagen gelten")));
    }
}

/// Status, headers and body of a page.
async fn whole(town: &Town, link: &str) -> (u16, String, String) {
    let request = axum::http::Request::builder()
        .uri(link)
        .body(Body::empty())
        .expect("a request");
    let response = town.router.clone().oneshot(request).await.expect("an answer");
    let status = response.status().as_u16();
    let headers = format!("{:?}", response.headers());
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    (status, headers, String::from_utf8_lossy(&body).into_owned())
}

async fn post(town: &Town, link: &str) -> Page {
    town.browser().post(link, &ANSWER).await
}

both! {
    async fn unknown_expired_and_revoked_links_look_the_same(town: Town) {
        let (_, case) = bonfire(&town).await;
        let mut desk = town.clerk(KRELL).await;
        let link = by_link(&town, &mut desk, &case).await;
        let open = whole(&town, &link).await;
        assert_eq!(open.0, 200);
        for header in ["\"no-referrer\"", "\"no-store\""] {
            assert!(open.1.contains(header), "{}", open.1);
        }
        let (front, secret) = link.split_once('.').expect("a token in two parts");
        let turned: String = secret.chars().rev().collect();
        let unknown = [
            format!("{front}.{turned}"),
            format!("/stellungnahme/altenburg.{secret}"),
            format!("/stellungnahme/gibt-es-nicht.{secret}"),
            format!("/stellungnahme/{secret}"),
        ];
        let steps = format!("/amt/v/{}/beteiligung/{}/zurueckziehen", case.id, asked(&town, &case).await[0].id);
        assert_eq!(desk.post(&steps, &[]).await.status, 303);
        let revoked = whole(&town, &link).await;
        assert_eq!(revoked.0, 404);
        assert!(revoked.2.contains("Rufen Sie die Behörde an"), "{}", revoked.2);
        for header in ["\"no-referrer\"", "\"no-store\""] {
            assert!(revoked.1.contains(header), "{}", revoked.1);
        }
        for other in &unknown {
            assert_eq!(whole(&town, other).await, revoked, "{other}");
            assert_eq!(post(&town, other).await.status, 404);
        }
        // It answers nothing, and whoever typed while it died gets the words back; with an unknown one it is the same.
        for dead in [&link, &unknown[0]] {
            let answer = post(&town, dead).await;
            assert_eq!(answer.status, 404);
            assert!(answer.text().contains("Ein Ordner steht an der Zufahrt.") && answer.text().contains("nicht gesendet"), "{}", answer.text());
        }

        // The same office asked anew has another link; that one ends a week after its day.
        let again = desk
            .post(
                &format!("/amt/v/{}/beteiligen", case.id),
                &[("an", "-"), ("name", "Polizei"), ("mail", "zweite@polizei.example"), ("frage", "Bedenken?"), ("feld", "event.date"), ("bis", &german(town.app.today().saturating_add(jiff::Span::new().days(2))))],
            )
            .await;
        assert_eq!(again.status, 303);
        town.work().await;
        let second = link_in(&mails(&town, "zweite@polizei.example").await[0].1);
        assert_ne!(second, link);
        town.on(town.app.today().saturating_add(jiff::Span::new().days(9)));
        assert_eq!(whole(&town, &second).await.0, 200, "late answers are taken for a week");
        town.on(town.app.today().saturating_add(jiff::Span::new().days(1)));
        let (status, _, body) = whole(&town, &second).await;
        let (other_status, _, other_body) = whole(&town, &unknown[0]).await;
        assert_eq!((status, body), (other_status, other_body), "expired");
        assert!(asked(&town, &case).await.iter().all(|c| c.answer.is_none()));
    }
}

both! {
    async fn the_day_of_the_answer_reminds_once(town: Town) {
        let (_, case) = bonfire(&town).await;
        let mut desk = town.clerk(KRELL).await;
        let link = by_link(&town, &mut desk, &case).await;
        let tidy = async || {
            town.worker.housekeeping(town.app.now()).await;
            town.work().await;
        };
        tidy().await;
        assert_eq!(mails(&town, POLICE).await.len(), 1, "too early");
        town.on(asked(&town, &case).await[0].answer_by);
        for _ in 0..3 {
            tidy().await;
        }
        let sent = mails(&town, POLICE).await;
        assert_eq!(sent.len(), 2, "{sent:?}");
        let reminder = sent.iter().find(|m| m.0.starts_with("Erinnerung")).expect("a reminder");
        assert_eq!(link_in(&reminder.1), link, "the reminder names the same link");
        town.on(town.app.today().saturating_add(jiff::Span::new().days(1)));
        tidy().await;
        assert_eq!(mails(&town, POLICE).await.len(), 2, "once");
        assert!(asked(&town, &case).await[0].reminded_at.is_some());
        assert_eq!(kinds(&history(&town, &case).await).iter().filter(|k| **k == "consult_reminded").count(), 1);
        // The log-in of three days ago has ended.
        let mut desk = town.clerk(KRELL).await;
        assert!(desk.get(&format!("/amt/v/{}", case.id)).await.text().contains("Erinnert am"));
        assert_eq!(town.browser().get(&link).await.status, 200);
    }
}

both! {
    async fn a_decided_case_asks_nobody(town: Town) {
        let (_, case) = bonfire(&town).await;
        let mut desk = town.clerk(KRELL).await;
        let link = by_link(&town, &mut desk, &case).await;
        let withdrawn = desk.post(&format!("/amt/v/{}/zurueckziehen", case.id), &[("grund", "Anruf am Vormittag.")]).await;
        assert_eq!(withdrawn.status, 303);
        for page in [town.browser().get(&link).await, post(&town, &link).await] {
            let text = page.text();
            assert_eq!(page.status, 410, "{text}");
            assert!(text.contains("Die Anfrage hat sich erledigt") && text.contains("Der Antrag wurde zurückgezogen."), "{text}");
            assert!(!text.contains("Gab es dort Einsätze?"), "nothing of the case: {text}");
        }
        town.work().await;
        town.work().await;
        let told = mails(&town, POLICE).await;
        assert!(told.len() == 2 && told.iter().any(|m| m.0.starts_with("Erledigt:")), "told once: {told:?}");
        assert_eq!(desk.get(&format!("/amt/v/{}/beteiligen", case.id)).await.status, 422);
        let until = german(town.app.today().saturating_add(jiff::Span::new().days(3)));
        let pairs = [("an", "lk-altenburger-land"), ("frage", "Bedenken?"), ("bis", until.as_str()), ("feld", "event.date")];
        assert_eq!(desk.post(&format!("/amt/v/{}/beteiligen", case.id), &pairs).await.status, 422);
        assert_eq!(asked(&town, &case).await.len(), 1);
    }
}

both! {
    async fn nobody_asks_about_the_case_of_another_authority(town: Town) {
        let (_, case) = bonfire(&town).await;
        let mut desk = town.clerk(KRELL).await;
        by_link(&town, &mut desk, &case).await;
        let id = asked(&town, &case).await[0].id.clone();
        let mut foreign = town.clerk(NEUMANN).await;
        let pairs = [("an", "nobitz"), ("frage", "Bedenken?"), ("bis", "01.12.2026"), ("feld", "event.date")];
        assert_eq!(foreign.get(&format!("/amt/v/{}/beteiligen", case.id)).await.status, 404);
        assert_eq!(foreign.post(&format!("/amt/v/{}/beteiligen", case.id), &pairs).await.status, 404);
        for step in ["erinnern", "zurueckziehen"] {
            let path = format!("/amt/v/{}/beteiligung/{id}/{step}", case.id);
            assert_eq!(foreign.get(&path).await.status, 404);
            assert_eq!(foreign.post(&path, &[]).await.status, 404);
        }
        let after = asked(&town, &case).await;
        assert!(after.len() == 1 && after[0].revoked_at.is_none() && after[0].reminded_at.is_none());
    }
}

both! {
    /// Who decides sees who still owes an opinion and what the others said; one that comes afterwards is told as such.
    async fn opinions_stand_where_it_is_decided(town: Town) {
        let (_, case) = bonfire(&town).await;
        let mut desk = town.clerk(KRELL).await;
        desk.post("/amt/konto", &[("immediate", "1")]).await;
        let until = german(town.app.today().saturating_add(jiff::Span::new().days(3)));
        by_link(&town, &mut desk, &case).await;
        let ask = [("an", "lk-altenburger-land"), ("frage", "Brennt es dort oft?"), ("bis", until.as_str()), ("feld", "event.date")];
        assert_eq!(desk.post(&format!("/amt/v/{}/beteiligen", case.id), &ask).await.status, 303);
        town.work().await;
        for way in ["genehmigen", "ablehnen"] {
            let page = desk.get(&format!("/amt/v/{}/{way}", case.id)).await.text();
            assert!(page.contains("2 Stellungnahmen stehen noch aus"), "{page}");
            assert!(page.contains(&format!("Polizeiinspektion Altenburg, erbeten bis {until}")), "{page}");
        }
        let link = link_in(&mails(&town, POLICE).await[0].1);
        assert_eq!(post(&town, &link).await.status, 303);
        let page = desk.get(&format!("/amt/v/{}/genehmigen", case.id)).await.text();
        assert!(page.contains("Eine Stellungnahme steht noch aus"), "{page}");
        for words in ["Keine Bedenken, wenn Auflagen gelten", "Ein Ordner steht an der Zufahrt.", "PHK Weber"] {
            assert!(page.contains(words), "{words}: {page}");
        }

        assert_eq!(desk.post(&format!("/amt/v/{}/genehmigen", case.id), &[]).await.status, 303);
        town.pass(11).await;
        let incoming = town.authority("lk-altenburger-land").await.read(|t| t.incoming_consultations()).await.expect("rows");
        let mut peer = town.clerk(NEUMANN).await;
        assert_eq!(peer.post(&format!("/amt/stellungnahmen/{}", incoming[0].id), &ANSWER).await.status, 303);
        town.work().await;
        town.work().await;
        let list = desk.get("/amt/eingang?ansicht=entschieden").await.text();
        assert!(list.contains("Stellungnahme nach Entscheidung"), "{list}");
        let told = mails(&town, KRELL).await;
        assert!(told.iter().any(|m| m.0.starts_with("Stellungnahme nach der Entscheidung")), "{told:?}");
        let page = desk.get(&format!("/amt/v/{}", case.id)).await.text();
        assert!(page.contains("Stellungnahme nach der Entscheidung eingegangen"), "{page}");
        assert!(kinds(&history(&town, &case).await).contains(&"consult_late"));
    }
}
