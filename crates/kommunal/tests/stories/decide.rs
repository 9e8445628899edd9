//! Each service from the form to the letter on the applicant's status page, decided by a clerk.

use store::{CaseFilter, Tab};

use crate::actors::Receipt;
use crate::both;
use crate::town::Town;

/// The case's id at an authority.
/// What a decision's page of this case would be marked with now.
pub async fn basis_of(town: &Town, case: &domain::Case) -> String {
    let tenant = town.authority(case.tenant.as_str()).await;
    let wanted = case.clone();
    let read =
        tenant.read(move |t| Ok::<_, store::Error>((t.consultations_of(&wanted.id)?, t.text_blocks(&wanted.service)?)));
    let (asked, blocks) = read.await.expect("what belongs to the case");
    web::desk::file::basis(case, &asked, &blocks)
}

pub async fn case_of(town: &Town, authority: &str, receipt: &Receipt) -> domain::Case {
    let tenant = town.authority(authority).await;
    let filter = CaseFilter {
        tab: Tab::All,
        size: 50,
        ..CaseFilter::default()
    };
    let row = tenant
        .read(move |t| t.cases(&filter))
        .await
        .expect("a list")
        .rows
        .into_iter()
        .find(|r| r.reference == receipt.reference);
    let id = row.expect("the case is in the list").id;
    tenant
        .read(move |t| t.case(&id))
        .await
        .expect("a case")
        .expect("the case")
}

/// A page's text as a person reads it.
pub fn unescaped(html: &str) -> String {
    let pairs = [
        ("&#x2f;", "/"),
        ("&quot;", "\""),
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#x27;", "'"),
    ];
    pairs
        .iter()
        .fold(html.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Lines of text in a letter's data.
fn sentences(value: &serde_json::Value, out: &mut Vec<String>) {
    match value {
        serde_json::Value::String(s) => out.extend(s.lines().filter(|l| !l.trim().is_empty()).map(str::to_owned)),
        serde_json::Value::Array(list) => list.iter().for_each(|v| sentences(v, out)),
        serde_json::Value::Object(map) => map.values().for_each(|v| sentences(v, out)),
        _ => {}
    }
}

/// Applies, decides and reads the letter.
async fn walk(town: &Town, service: &str, example: &str, place: &str, authority: &str, clerk: &str) {
    let mut club = town.club();
    let example = club.example(service, example);
    town.on(example.today);
    let receipt = club.applies(place, service, &example.answers).await;
    town.work().await;
    let pdf = club.browser.get(&format!("/v/{}/eingang.pdf", receipt.reference)).await;
    assert_eq!(
        (pdf.status, pdf.kind.as_str()),
        (200, "application/pdf"),
        "{service}: receipt"
    );
    assert!(pdf.body.starts_with(b"%PDF-"));

    let case = case_of(town, authority, &receipt).await;
    let mut desk = town.clerk(clerk).await;
    let page = desk.get(&format!("/amt/v/{}", case.id)).await;
    assert_eq!(page.status, 200, "{service}: {}", page.text());
    assert!(page.text().contains(&receipt.reference));
    // To have looked at it is no review yet.
    assert_eq!(
        case_of(town, authority, &receipt).await.state,
        domain::State::Received,
        "{service}"
    );
    assert!(page.text().contains("Prüfung beginnen"), "{service}: {}", page.text());
    let begun = desk.post(&format!("/amt/v/{}/beginnen", case.id), &[]).await;
    assert_eq!(begun.status, 303, "{service}: {}", begun.text());
    assert_eq!(
        case_of(town, authority, &receipt).await.state,
        domain::State::InReview,
        "{service}"
    );
    let preview = desk.post(&format!("/amt/v/{}/vorschau", case.id), &[]).await.text();
    let decide = format!("/amt/v/{}/genehmigen", case.id);
    assert_eq!(desk.get(&decide).await.status, 200, "{service}: decision page");
    let decided = desk.post(&decide, &[]).await;
    assert_eq!(decided.status, 303, "{service}: {}", decided.text());

    // For ten seconds nothing is out.
    let status = format!("/v/{}", receipt.reference);
    assert!(!club.browser.get(&status).await.text().contains("liegt bereit"));
    town.pass(11).await;
    let page = club.browser.get(&status).await.text();
    assert!(
        page.contains("liegt bereit") || page.contains("kommt mit der Post"),
        "{service}: the letter is there"
    );
    // To be read as a page: every sentence of the letter, and to open it is to have fetched it.
    let read = club.browser.get(&format!("/v/{}/bescheid", receipt.reference)).await;
    assert_eq!(read.status, 200, "{service}: {}", read.text());
    let case = case_of(town, authority, &receipt).await;
    assert!(case.delivery.retrieved_at.is_some(), "{service}: reading is recorded");
    let sheet = read.text();
    assert!(
        sheet.contains("class=\"l-foot\"") && sheet.contains("class=\"l-back\""),
        "{service}: {sheet}"
    );
    // Whoever has to pay finds the code that the PDF has.
    assert_eq!(
        sheet.contains("Verwendungszweck"),
        sheet.contains("class=\"l-qr\""),
        "{service}: {sheet}"
    );
    assert!(club.browser.get(&status).await.text().contains("Brief geöffnet"));
    let (id, letter) = (case.id.clone(), case.delivery.letter.clone().expect("a letter"));
    let tenant = town.authority(authority).await;
    let kept = tenant.read(move |t| t.letter_text(&id, &letter)).await.expect("data");
    let kept: serde_json::Value = serde_json::from_slice(&kept.expect("its data is kept")).expect("JSON");
    let page = unescaped(&read.text());
    let mut said = Vec::new();
    for key in [
        "subject",
        "result",
        "decision",
        "reasons",
        "remedy",
        "help",
        "signature",
        "recipient",
        "reference",
    ] {
        sentences(&kept[key], &mut said);
    }
    assert!(said.len() > 8, "{service}: {kept}");
    for sentence in said {
        assert!(
            page.contains(&sentence),
            "{service}: „{sentence}“ is not on the page: {page}"
        );
        // What the clerk saw before sending it is the letter, all of it.
        assert!(
            unescaped(&preview).contains(&sentence),
            "{service}: „{sentence}“ is not in the preview: {preview}"
        );
    }
    let contract = if service == "raumnutzung" {
        "Wir vereinbaren:"
    } else {
        ""
    };
    assert!(page.contains(contract), "{service}");
    assert_eq!(
        town.browser()
            .get(&format!("/v/{}/bescheid", receipt.reference))
            .await
            .status,
        303,
        "not without the code"
    );
    let letter = club
        .browser
        .get(&format!("/v/{}/bescheid.pdf", receipt.reference))
        .await;
    assert_eq!(
        (letter.status, letter.kind.as_str()),
        (200, "application/pdf"),
        "{service}: letter"
    );
    assert!(
        case_of(town, authority, &receipt).await.delivery.retrieved_at.is_some(),
        "{service}: its retrieval is recorded"
    );
}

both! {
    /// The law names two reasons, the club has ticked both. Which of them stand in the letter, the clerk decides.
    async fn the_clerk_decides_which_reasons_stand_in_the_letter(town: Town) {
        let mut club = town.club();
        let example = club.example("sperrzeit", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "sperrzeit", &example.answers).await;
        town.work().await;
        let district = "lk-altenburger-land";
        let case = case_of(&town, district, &receipt).await;
        let mut desk = town.clerk("r.neumann@altenburgerland.example").await;
        let path = format!("/amt/v/{}/genehmigen", case.id);
        let page = desk.get(&path).await.text();
        assert!(page.contains("Begründung aus dem Antrag") && page.contains("öffentliches Bedürfnis"), "{page}");
        let basis = crate::changed::basis(&page);
        let own = "Der Platz ist besonders geeignet.";
        let shown = desk.post(&path, &[("_form", basis.as_str()), ("gruende", own), ("_vorschau", "1")]).await.text();
        let sheet = shown.split("kc-mini__sheet").nth(1).expect("a sheet");
        assert!(sheet.contains(own) && !sheet.contains("öffentliches Bedürfnis"), "{sheet}");
        assert_eq!(desk.post(&path, &[("_form", basis.as_str()), ("gruende", own)]).await.status, 303);
        town.pass(11).await;
        let case = case_of(&town, district, &receipt).await;
        let letter = case.delivery.letter.clone().expect("a letter");
        let data = town.authority(district).await.read(move |t| t.letter_text(&case.id, &letter)).await.expect("data");
        let data = String::from_utf8(data.expect("kept")).expect("text");
        assert!(data.contains(own) && !data.contains("öffentliches Bedürfnis"), "{data}");
    }
}

both! {
    async fn a_bonfire_is_confirmed(town: Town) {
        walk(&town, "brauchtumsfeuer", "", "nobitz", "nobitz", "s.krell@nobitz.example").await;
    }
}

both! {
    async fn an_event_notice_is_confirmed(town: Town) {
        walk(&town, "veranstaltungsanzeige", "", "nobitz", "nobitz", "s.krell@nobitz.example").await;
    }
}

both! {
    async fn a_hall_is_hired(town: Town) {
        walk(&town, "raumnutzung", "", "nobitz", "nobitz", "s.krell@nobitz.example").await;
    }
}

both! {
    async fn a_closing_hour_is_shortened_by_the_district(town: Town) {
        walk(&town, "sperrzeit", "", "nobitz", "lk-altenburger-land", "r.neumann@altenburgerland.example").await;
        // The town is heard at its own desk, without being asked by hand.
        let asked = town.authority("nobitz").await.read(|t| t.incoming_consultations()).await.expect("consultations");
        assert_eq!(asked.len(), 1, "the local authority is consulted");
        // It answers there, after the decision, and the answer stands in the district's case.
        let mut local = town.clerk("s.krell@nobitz.example").await;
        let list = local.get("/amt/stellungnahmen").await;
        assert!(list.text().contains("Landratsamt Altenburger Land"), "{}", list.text());
        let path = format!("/amt/stellungnahmen/{}", asked[0].id);
        assert_eq!(local.get(&path).await.status, 200);
        let empty = local.post(&path, &[]).await;
        assert_eq!(empty.status, 422, "an answer needs a result");
        let sent = local.post(&path, &[("ergebnis", "keine"), ("name", "S. Krell"), ("telefon", "03447 1234-20")]).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        town.work().await;
        let case = asked[0].content["reference"].as_str().expect("a reference").to_owned();
        let district = town.authority("lk-altenburger-land").await;
        let filter = CaseFilter { tab: Tab::All, size: 50, ..CaseFilter::default() };
        let history = district
            .read(move |t| {
                let row = t.cases(&filter)?.rows.into_iter().find(|r| r.reference == case);
                t.history(&row.expect("the case").id)
            })
            .await
            .expect("a history");
        assert!(history.iter().any(|e| e.kind == "consult_late" && e.text.contains("Keine Bedenken")));
    }
}

both! {
    /// A decision can be taken back within ten seconds; then nothing went out.
    async fn a_decision_is_taken_back(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        assert_eq!(desk.post(&format!("/amt/v/{}/genehmigen", case.id), &[]).await.status, 303);
        assert_eq!(desk.post(&format!("/amt/v/{}/zurueckholen", case.id), &[]).await.status, 303);
        town.pass(60).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        assert!(case.state.is_open() && case.delivery.letter.is_none());
    }
}

both! {
    /// Within the ten seconds the applicant sees nothing of a refusal, not by its costs either; taken back, all is as
    /// before. And nobody pays or is reminded before there is a decision.
    async fn a_pending_refusal_does_not_show_and_money_waits(town: Town) {
        let mut club = town.club();
        let example = club.example("raumnutzung", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "raumnutzung", &example.answers).await;
        let before = case_of(&town, "nobitz", &receipt).await;
        assert!(before.fee.total_cents > 0);
        let (status, at) = (format!("/v/{}", receipt.reference), format!("/amt/v/{}", before.id));
        let facts = |page: String| page.split("kc-facts--tight").nth(1).expect("facts").split("</dl>").next().expect("facts").to_owned();
        let seen = facts(club.browser.get(&status).await.text());
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        for was in ["bezahlt", "erinnern", "kaution", "entfallen"] {
            assert_eq!(desk.post(&format!("{at}/zahlung"), &[("was", was)]).await.status, 422, "{was}");
        }
        let basis = basis_of(&town, &case_of(&town, "nobitz", &receipt).await).await;
        assert_eq!(desk.post(&format!("{at}/ablehnen"), &[("_form", &basis), ("grund", "Der Saal wird saniert.")]).await.status, 303);
        assert_eq!(facts(club.browser.get(&status).await.text()), seen);
        assert_eq!(desk.post(&format!("{at}/zurueckholen"), &[]).await.status, 303);
        let after = case_of(&town, "nobitz", &receipt).await;
        assert_eq!((after.fee, facts(club.browser.get(&status).await.text())), (before.fee, seen));
        // What was pending counts once it is in effect.
        assert_eq!(desk.post(&format!("{at}/genehmigen"), &[]).await.status, 303);
        town.pass(11).await;
        assert_eq!(desk.post(&format!("{at}/zahlung"), &[("was", "bezahlt")]).await.status, 303);
        assert!(case_of(&town, "nobitz", &receipt).await.fee.paid_at.is_some());
    }
}

both! {
    /// Thirty days from 25.11.2026 are Christmas Day, a Friday: the desk proposes the Monday after. A hire that begins before
    /// is paid before: on 12.12.2026 with setting up on the day before, until 10.12.2026.
    async fn no_payment_falls_due_on_a_holiday_or_after_the_hire_began(town: Town) {
        for (day, due) in [("2027-02-06", "28.12.2026"), ("2026-12-12", "10.12.2026")] {
            let mut club = town.club();
            let mut example = club.example("raumnutzung", "");
            town.on(example.today);
            example.answers["event"]["date"] = day.into();
            let receipt = club.applies("nobitz", "raumnutzung", &example.answers).await;
            let case = case_of(&town, "nobitz", &receipt).await;
            town.on(jiff::civil::date(2026, 11, 25));
            let mut desk = town.clerk("s.krell@nobitz.example").await;
            let page = desk.get(&format!("/amt/v/{}/genehmigen", case.id)).await.text();
            assert!(page.contains(&format!("name=\"faellig\" value=\"{due}\"")), "{day}: {page}");
        }
    }
}

both! {
    /// The days that are left count from today, in the list and in the case.
    async fn a_deadline_counts_down(town: Town) {
        let mut club = town.club();
        let example = club.example("raumnutzung", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "raumnutzung", &example.answers).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let due = case.due().expect("a deadline");
        town.on(due.checked_add(jiff::Span::new().days(2)).expect("two days later"));
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let list = desk.get("/amt/eingang").await.text();
        assert!(list.contains("2\u{a0}Tage drüber"), "{list}");
        let page = desk.get(&format!("/amt/v/{}", case.id)).await.text();
        assert!(page.contains("2\u{a0}Tage überschritten"), "{page}");
    }
}

both! {
    /// As long as the field allows is taken whole, line ends counted once; longer is said at the field, and kept.
    async fn nothing_that_a_clerk_writes_is_cut(town: Town) {
        let mut club = town.club();
        let example = club.example("raumnutzung", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "raumnutzung", &example.answers).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let at = |step: &str| format!("/amt/v/{}/{step}", case.id);
        // So many characters in the field, an end of line after each nine.
        let text = |n: usize| format!("{}{}", "Neun Buch\r\n".repeat(n / 10 - 1), "E".repeat(10 + n % 10));
        let over = |n: usize| format!("Der Text ist zu lang: {} Zeichen, höchstens {n}.", n + 1);

        let steps = [("notiz", "text", 2000), ("rueckfrage", "text", 1000), ("absagen", "grund", 2000)];
        for (step, field, most) in &steps[..2] {
            let sent = desk.post(&at(step), &[(field, &text(most + 1))]).await;
            let page = sent.text();
            assert_eq!(sent.status, 422, "{step}: {page}");
            assert!(page.contains(&over(*most)) && page.contains("EEEEEEEEEEE</textarea>"), "{step}: {page}");
        }
        assert_eq!(desk.post(&at("notiz"), &[("text", &text(2000))]).await.status, 303);
        let page = desk.get(&format!("/amt/v/{}", case.id)).await.text();
        assert!(page.contains("Neun Buch\nEEEEEEEEEE"), "to its last word: {page}");

        let basis = basis_of(&town, &case_of(&town, "nobitz", &receipt).await).await;
        for (field, most) in [("eigene", 4000), ("grund", 6000)] {
            let sent = desk.post(&at("genehmigen"), &[("_form", &basis), ("_alles", "1"), (field, &text(most + 1))]).await;
            let page = sent.text();
            assert_eq!(sent.status, 422, "{field}: {page}");
            assert!(page.contains(&over(most)) && page.contains("EEEEEEEEEEE</textarea>"), "{field}: {page}");
        }
        let sent = desk.post(&at("ablehnen"), &[("_form", &basis), ("grund", &text(6001))]).await;
        assert!(sent.status == 422 && sent.text().contains(&over(6000)), "{}", sent.text());
        let sent = desk.post(&at("genehmigen"), &[]).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        town.pass(11).await;
        let (step, field, most) = steps[2];
        let sent = desk.post(&at(step), &[("kosten", "bleiben"), (field, &text(most + 1))]).await;
        let page = sent.text();
        assert!(sent.status == 422 && page.contains(&over(most)) && page.contains("EEEEEEEEEEE</textarea>"), "{page}");
    }
}
