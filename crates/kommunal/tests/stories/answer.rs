//! The answer to a question back, with files: what was chosen is kept until it is sent, a paper that was asked for comes
//! or is said to come later, and only the button that says so sends.

use domain::{Case, State};

use crate::actors::{Browser, PDF, Receipt, errors};
use crate::both;
use crate::decide::case_of;
use crate::town::Town;

const PHONE: &str = "03447 555123";

/// An application about which this desk has asked this.
async fn asked(
    town: &Town,
    service: &str,
    desk: (&'static str, &str),
    ask: &[(&str, &str)],
) -> (Browser, Receipt, String) {
    let mut club = town.club();
    let example = club.example(service, "");
    town.on(example.today);
    let receipt = club.applies("nobitz", service, &example.answers).await;
    town.work().await;
    let case = case_of(town, desk.0, &receipt).await;
    let mut clerk = town.clerk(desk.1).await;
    let sent = clerk.post(&format!("/amt/v/{}/rueckfrage", case.id), ask).await;
    assert_eq!(sent.status, 303, "{}", errors(&sent.text()));
    let path = format!("/v/{}/ergaenzen", receipt.reference);
    (club.browser, receipt, path)
}

const NOBITZ: (&str, &str) = ("nobitz", "s.krell@nobitz.example");
const DISTRICT: (&str, &str) = ("lk-altenburger-land", "r.neumann@altenburgerland.example");

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

fn file(field: &str, name: &str, mark: &str) -> (String, String, Vec<u8>) {
    (
        field.to_owned(),
        name.to_owned(),
        [PDF, b"%", mark.as_bytes(), b"\n"].concat(),
    )
}

async fn bytes(town: &Town, tenant: &'static str, case: &Case, name: &str) -> Vec<u8> {
    let paper = case
        .papers
        .iter()
        .find(|p| p.name == name)
        .expect("the paper")
        .id
        .clone();
    let id = case.id.clone();
    let read = town.authority(tenant).await.read(move |t| t.paper(&id, &paper)).await;
    read.expect("a read").expect("the paper").1
}

both! {
    /// The phone number is mistyped beside the paper: mended and sent, the paper is there.
    async fn a_chosen_paper_outlives_an_error(town: Town) {
        let ask = [("feld", "contact.phone"), ("grund.contact.phone", "Die Nummer stimmt nicht."), ("andere", "Lageplan"), ("andere_an", "1"), ("bis", "1")];
        let (mut club, receipt, path) = asked(&town, "raumnutzung", NOBITZ, &ask).await;
        let wrong = club.post_form(&path, &pairs(&[("contact.phone", "abc")]), &[file("unterlage.0", "plan.pdf", "one")]).await;
        assert_eq!(wrong.status, 422, "{}", wrong.text());
        for page in [wrong.text(), club.get(&path).await.text()] {
            assert!(page.contains("plan.pdf") && page.contains("name=\"_datei_entfernen\""), "{page}");
        }
        let sent = club.post_form(&path, &pairs(&[("contact.phone", PHONE)]), &[]).await;
        assert_eq!(sent.status, 303, "{}", errors(&sent.text()));
        let case = case_of(&town, "nobitz", &receipt).await;
        assert_eq!((case.state, case.papers.len()), (State::InReview, 1));
        assert_eq!((case.papers[0].question.as_str(), case.papers[0].name.as_str()), ("Lageplan", "plan.pdf"));
        assert_eq!(bytes(&town, "nobitz", &case, "plan.pdf").await, file("", "", "one").2);
        // The next question starts without it.
        town.pass(5).await;
        let mut clerk = town.clerk(NOBITZ.1).await;
        assert_eq!(clerk.post(&format!("/amt/v/{}/rueckfrage", case.id), &ask).await.status, 303);
        let page = club.get(&path).await.text();
        assert!(page.contains("Lageplan") && !page.contains("plan.pdf"), "{page}");
    }
}

both! {
    /// The same for a file of the form: the page shows the new one, and the new one is sent.
    async fn a_new_file_of_the_form_outlives_an_error(town: Town) {
        let service = town.app.services.latest("sperrzeit").expect("the service");
        let mut questions = service.form.pages.iter().flat_map(|p| &p.questions);
        let field = questions.find(|q| matches!(q.kind, schema::Kind::File { .. })).expect("a file").id.clone();
        let ask = [("unterlage", field.as_str()), ("feld", "contact.phone"), ("grund.contact.phone", "Die Nummer stimmt nicht."), ("bis", "1")];
        let (mut club, receipt, path) = asked(&town, "sperrzeit", DISTRICT, &ask).await;
        let page = club.get(&path).await.text();
        assert!(page.contains("plan.pdf") && !page.contains("name=\"_datei_entfernen\""), "what the office has is replaced, not removed: {page}");
        let old = club.post_form(&path, &pairs(&[("contact.phone", PHONE)]), &[]).await;
        assert_eq!(old.status, 422, "the old file is no answer");
        let wrong = club.post_form(&path, &pairs(&[("contact.phone", "abc")]), &[file(&field, "neu.pdf", "new")]).await;
        assert!(wrong.status == 422 && wrong.text().contains("neu.pdf"), "{}", wrong.text());
        let sent = club.post_form(&path, &pairs(&[("contact.phone", PHONE)]), &[]).await;
        assert_eq!(sent.status, 303, "{}", errors(&sent.text()));
        let case = case_of(&town, DISTRICT.0, &receipt).await;
        let answer = schema::at(&case.answers, &field).expect("a file");
        assert_eq!(answer["name"], "neu.pdf");
        assert_eq!(bytes(&town, DISTRICT.0, &case, "neu.pdf").await, file("", "", "new").2);
    }
}

both! {
    /// A paper asked for in words comes, or is said to come later; the desk reads that.
    async fn a_paper_comes_or_is_said_to_come_later(town: Town) {
        let ask = [("feld", "contact.phone"), ("grund.contact.phone", "Die Nummer stimmt nicht."), ("andere", "Lageplan"), ("andere_an", "1"), ("bis", "1")];
        let (mut club, receipt, path) = asked(&town, "raumnutzung", NOBITZ, &ask).await;
        let without = club.post_form(&path, &pairs(&[("contact.phone", PHONE)]), &[]).await;
        assert!(without.status == 422 && without.text().contains("Wählen Sie die Datei für „Lageplan“ aus."), "{}", without.text());
        let later = club.post_form(&path, &pairs(&[("contact.phone", PHONE), ("spaeter.unterlage.0", "1")]), &[]).await;
        assert_eq!(later.status, 303, "{}", errors(&later.text()));
        let case = case_of(&town, "nobitz", &receipt).await;
        assert_eq!(case.state, State::InReview);
        let seen = town.clerk(NOBITZ.1).await.get(&format!("/amt/v/{}", case.id)).await.text();
        assert!(seen.contains("Reiche ich nach: Lageplan"), "{seen}");
    }
}

both! {
    /// A paper that is voluntary in the form is not so once the office has asked for it.
    async fn a_paper_that_was_asked_for_is_not_called_voluntary(town: Town) {
        let (mut club, _, path) = asked(&town, "brauchtumsfeuer", NOBITZ, &[("unterlage", "place.plan"), ("bis", "1")]).await;
        let page = club.get(&path).await.text();
        let (_, plan) = page.split_once("name=\"place.plan\"").expect("the plan is asked for");
        let before = page.len() - plan.len();
        let section = page[..before].rfind("<section").map_or(&page[..before], |from| &page[from..before]);
        assert!(section.contains("Lageplan") && !section.contains("freiwillig"), "{section}");
    }
}

both! {
    /// Buttons that change the page send nothing, known or not, whatever else was typed; one more entry loses no file.
    async fn only_the_button_that_sends_sends(town: Town) {
        let ask = [
            ("feld", "place.point"), ("grund.place.point", "Wo genau?"), ("feld", "helpers"), ("grund.helpers", "Wer kommt noch?"),
            ("andere", "Lageplan"), ("andere_an", "1"), ("bis", "2"),
        ];
        let (mut club, receipt, path) = asked(&town, "brauchtumsfeuer", NOBITZ, &ask).await;
        let words = ("_text", "Der Platz ist neu.");
        let more = club.post_form(&path, &pairs(&[words, ("_hinzufuegen", "helpers")]), &[file("unterlage.0", "plan.pdf", "one")]).await;
        assert!(more.status == 200 && more.text().contains("plan.pdf"), "{}", more.text());
        let page = club.get(&path).await.text();
        assert!(page.contains("/kartenbild/") || page.contains("&#x2f;kartenbild"), "the map has its picture: {page}");
        let tools = [("_karte", "place.point:entfernen"), ("_karte", "place.point:naeher"), ("place.point.karte340.x", "170"), ("_unbekannt", "1")];
        for tool in tools {
            let mut list = vec![words, tool, ("place.point.lat", "50.97"), ("place.point.lon", "12.43")];
            if tool.0.ends_with(".x") {
                list.push(("place.point.karte340.y", "126"));
            }
            let pressed = club.post_form(&path, &pairs(&list), &[]).await;
            assert_eq!(pressed.status, 200, "{tool:?}: {}", pressed.location);
            let text = pressed.text();
            assert!(text.contains(words.1) && text.contains("plan.pdf"), "{tool:?}: {text}");
            let removed = text.contains("place.point.lat\" value=\"\"");
            assert_eq!(removed, tool.1.ends_with("entfernen"), "{tool:?}: {text}");
        }
        let gone = club.post_form(&path, &pairs(&[words, ("_datei_entfernen", "unterlage.0")]), &[]).await;
        assert!(gone.status == 200 && !gone.text().contains("plan.pdf"), "{}", gone.text());
        assert!(!club.get(&path).await.text().contains("plan.pdf"));
        let case = case_of(&town, "nobitz", &receipt).await;
        assert_eq!((case.state, case.papers.len()), (State::Question, 0), "nothing was sent");
    }
}
