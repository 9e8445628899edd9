//! What changes while somebody looks at it: a decision rests on what was shown, an answer on the question that was
//! asked, a message finds its reader, and a room goes along with its case.

use domain::{CaseId, State};

use crate::actors::{Browser, Receipt};
use crate::both;
use crate::decide::case_of;
use crate::town::Town;

const DISTRICT: &str = "lk-altenburger-land";

/// A hall that is asked for, with its case and the desk of Nobitz.
async fn hall(town: &Town) -> (Browser, Receipt, CaseId, Browser) {
    let mut club = town.club();
    let example = club.example("raumnutzung", "");
    town.on(example.today);
    let receipt = club.applies("nobitz", "raumnutzung", &example.answers).await;
    town.work().await;
    let id = case_of(town, "nobitz", &receipt).await.id;
    let desk = town.clerk("s.krell@nobitz.example").await;
    (club.browser, receipt, id, desk)
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// Value of the hidden field that says what the form of a decision was made from.
pub fn basis(page: &str) -> String {
    let rest = page.split("name=\"_form\" value=\"").nth(1).expect("the form's basis");
    rest.split('"').next().expect("a value").to_owned()
}

both! {
    /// The clerk has the letter open, the club answers with another day: what is sent is what was shown, or nothing.
    async fn nobody_decides_on_answers_not_seen(town: Town) {
        let (mut club, receipt, id, mut desk) = hall(&town).await;
        let why = "An dem Tag wird gestrichen.";
        let ask = [("feld", "event.date"), ("grund.event.date", why), ("text", "Geht es auch später?"), ("bis", "1")];
        assert_eq!(desk.post(&format!("/amt/v/{id}/rueckfrage"), &ask).await.status, 303);
        // The mail says the reason once, and the page promises no saving that it does not do.
        town.work().await;
        let mails = town.mails("nobitz").await;
        let asked = mails.iter().find(|m| m.mail.subject.starts_with("Bitte antworten bis ")).expect("a mail");
        for words in [why, "Geht es auch später?"] {
            assert_eq!(asked.mail.text.matches(words).count(), 1, "{}", asked.mail.text);
        }
        let form = club.get(&format!("/v/{}/ergaenzen", receipt.reference)).await.text();
        assert!(form.contains("Zurück, ohne zu senden") && !form.contains("Später weitermachen"), "{form}");
        let path = format!("/amt/v/{id}/genehmigen");
        let open = basis(&desk.get(&path).await.text());
        let answer = club.post_form(&format!("/v/{}/ergaenzen", receipt.reference), &pairs(&[("event.date", "2026-12-16")]), &[]).await;
        assert_eq!(answer.status, 303, "{}", answer.text());

        let form = [("_form", open.as_str()), ("eigene", "Der Schlüssel liegt beim Hausmeister.")];
        let page = desk.post(&path, &form).await;
        assert_eq!(page.status, 422, "{}", page.text());
        let text = page.text();
        assert!(text.contains("Der Vorgang hat sich geändert") && text.contains("16.12.2026"), "{text}");
        assert!(text.contains("Der Schlüssel liegt beim Hausmeister."), "the clerk's words stay: {text}");
        assert!(text.contains("name=\"auflage\"") && text.contains("checked"), "the conditions are proposed anew: {text}");
        assert!(case_of(&town, "nobitz", &receipt).await.decision.is_none());
        // The same from the ticks beside the case.
        let beside = desk.get(&format!("{path}?_form={open}")).await;
        assert!(beside.text().contains("Der Vorgang hat sich geändert"), "{}", beside.text());

        let now = basis(&text);
        assert_ne!(now, open);
        assert_eq!(desk.post(&path, &[("_form", now.as_str())]).await.status, 303);
        assert!(case_of(&town, "nobitz", &receipt).await.decision.is_some());
    }
}

both! {
    /// A second click meets the first one's answer, and a question that came after is not closed by it.
    async fn an_answer_belongs_to_its_question(town: Town) {
        let (mut club, receipt, id, mut desk) = hall(&town).await;
        let ask = [("text", "Wer hat den Schlüssel?"), ("bis", "1")];
        let path = format!("/v/{}/ergaenzen", receipt.reference);
        let words = pairs(&[("_text", "Frau Goldammer.")]);
        assert_eq!(desk.post(&format!("/amt/v/{id}/rueckfrage"), &ask).await.status, 303);
        for _ in 0..2 {
            let sent = club.post_form(&path, &words, &[]).await;
            assert_eq!(sent.status, 303, "{}", sent.text());
        }
        let case = case_of(&town, "nobitz", &receipt).await;
        assert_eq!(case.state, State::InReview);
        // The store's own guard, for what passes between reading and writing.
        town.pass(5).await;
        assert_eq!(desk.post(&format!("/amt/v/{id}/rueckfrage"), &ask).await.status, 303);
        let open = case_of(&town, "nobitz", &receipt).await.question.expect("a question");
        let late = domain::Action::Answer {
            asked_at: open.asked_at - jiff::SignedDuration::from_secs(5),
            answers: case.answers.clone(),
            changed: Vec::new(),
            text: "Frau Goldammer.".into(),
            papers: Vec::new(),
            derived: Box::new(domain::derive::derive(
                &town.app.services.latest("raumnutzung").expect("the service"),
                &case.answers,
                &town.app.offer("nobitz", "raumnutzung").await.expect("an offer").context(&town.app, schema::Lang::De),
                domain::date_of(town.now()),
            )),
            decide_by: None,
        };
        let now = town.now();
        let refused = town.authority("nobitz").await.write(move |t| t.act(&id, late, &domain::Actor::Applicant, now)).await;
        assert!(refused.is_err_and(|e| e.to_string().contains("schon beantwortet")));
    }
}

both! {
    /// What a club writes after the decision is seen in the list, told by mail, and read by opening the case.
    async fn a_message_finds_its_reader(town: Town) {
        let (mut club, receipt, id, mut desk) = hall(&town).await;
        assert_eq!(desk.post("/amt/konto", &[("immediate", "1")]).await.status, 303);
        assert_eq!(desk.post(&format!("/amt/v/{id}/zuweisen"), &[]).await.status, 303);
        assert_eq!(desk.post(&format!("/amt/v/{id}/genehmigen"), &[]).await.status, 303);
        town.pass(11).await;
        let list = "/amt/eingang?ansicht=entschieden";
        assert!(!desk.get(list).await.text().contains("Nachricht</span>"));
        let sent = club.post(&format!("/v/{}/nachricht", receipt.reference), &[("text", "Wir kommen eine Stunde später.")]).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        town.work().await;
        assert_eq!(case_of(&town, "nobitz", &receipt).await.unread, 1);
        let mails = town.mails("nobitz").await;
        assert_eq!(mails.iter().filter(|m| m.id.starts_with(&format!("message:{id}"))).count(), 1);
        desk.get(&format!("/amt/v/{id}")).await;
        assert_eq!(case_of(&town, "nobitz", &receipt).await.unread, 0);
    }
}

both! {
    /// A hall goes along where the other authority has it; where it has none, nothing is granted without a room.
    async fn a_room_goes_along_with_its_case(town: Town) {
        let (_, receipt, id, mut desk) = hall(&town).await;
        let nobitz = town.authority("nobitz").await;
        let case = id.clone();
        let booked = nobitz.read(move |t| t.bookings_of(&case)).await.expect("bookings");
        let hand_over = [("an", DISTRICT), ("grund", "Die Halle gehört dem Landkreis.")];
        assert_eq!(desk.post(&format!("/amt/v/{id}/abgeben"), &hand_over).await.status, 303);
        town.work().await;
        let new = case_of(&town, "nobitz", &receipt).await.onward.expect("where it goes on").case;
        let district = town.authority(DISTRICT).await;
        let (there, now) = (new.clone(), town.now());
        let case = district.read(move |t| t.case(&there)).await.expect("a read").expect("the case");
        assert!(case.obstacle.as_deref().is_some_and(|o| o.contains("gibt es hier nicht")), "{:?}", case.obstacle);
        let mut other = town.clerk("r.neumann@altenburgerland.example").await;
        let path = format!("/amt/v/{new}/genehmigen");
        let refused = other.post(&path, &[]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("Diesen Raum gibt es bei Ihnen nicht"), "{}", refused.text());

        // With the room it is granted, and the room is taken.
        let want = booked[0].room.clone();
        let rooms = nobitz.read(|t| t.rooms(None)).await.expect("rooms");
        let mut room = rooms.into_iter().find(|r| r.room.id == want).expect("the room");
        room.parent = None;
        district.write(move |t| t.put_room(&room, "system", now)).await.expect("a room");
        let granted = other.post(&path, &[]).await;
        assert_eq!(granted.status, 303, "{}", granted.text());
        let there = new.clone();
        let firm = district.read(move |t| t.bookings_of(&there)).await.expect("bookings");
        assert_eq!((firm.len(), firm[0].from, firm[0].to), (1, booked[0].from, booked[0].to));
    }
}
