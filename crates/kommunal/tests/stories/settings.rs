//! What the lead sets takes effect: in letters, on the public pages, at the desk.

use crate::actors::{Browser, Page};
use crate::both;
use crate::decide::{basis_of, case_of};
use crate::town::Town;

const KRELL: &str = "s.krell@nobitz.example";
const LEAD: &str = "leitung@nobitz.example";
/// A place that Nobitz works for.
const MEMBER: &str = "16077011";

/// A drawing of some kilobytes: letters differ by some hundred bytes anyway, by the characters of the font they need.
fn crest() -> Vec<u8> {
    let points: Vec<String> = (1..600_u32)
        .map(|n| format!("L{} {}", n * 7919 % 997, n * 104_729 % 991))
        .collect();
    let path = points.join("");
    format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1000 1000\"><path d=\"M0 0{path}z\" fill=\"#c00\"/></svg>").into_bytes()
}

/// The state that a page says it showed.
fn seen(page: &Page) -> String {
    page.mark()
}

/// Saves a form of the settings as its page shows it, with these values in it.
pub async fn saves(lead: &mut Browser, path: &str, pairs: &[(&str, &str)]) -> Page {
    let stand = seen(&lead.get(path).await);
    save_seen(lead, path, pairs, &stand).await
}

/// The same from a page that showed this state.
async fn save_seen(lead: &mut Browser, path: &str, pairs: &[(&str, &str)], stand: &str) -> Page {
    let with: Vec<(&str, &str)> = pairs.iter().copied().chain([("_stand", stand)]).collect();
    lead.post(path, &with).await
}

/// A bonfire at a place, as the desk has it.
async fn bonfire(town: &Town, place: &str) -> domain::Case {
    let mut club = town.club();
    let example = club.example("brauchtumsfeuer", "");
    town.on(example.today);
    let receipt = club.applies(place, "brauchtumsfeuer", &example.answers).await;
    case_of(town, "nobitz", &receipt).await
}

both! {
    async fn the_signature_line_and_saturday_stand_where_people_read_them(town: Town) {
        let case = bonfire(&town, "nobitz").await;
        let mut lead = town.clerk(LEAD).await;
        let contact = [
            ("name", "Gemeinde Nobitz"), ("strasse", "Bachstraße 1"), ("plz", "04603"), ("ort", "Nobitz"),
            ("telefon", "03447 1234-20"), ("email", "ordnung@nobitz.example"),
            ("zeit_1", "9 bis 12 Uhr"), ("zeit_5", "10 bis 11 Uhr"), ("unterschrift", "In Vertretung"),
        ];
        let saved = lead.post("/amt/einstellungen/kontakt", &contact).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let page = town.browser().get("/nobitz/brauchtumsfeuer").await.text();
        assert!(page.contains("Samstag") && page.contains("10 bis 11 Uhr"), "{page}");
        assert!(!page.contains("Sonntag"), "a closed Sunday needs no line");
        let mut desk = town.clerk(KRELL).await;
        let sheet = desk.post(&format!("/amt/v/{}/vorschau", case.id), &[]).await.text();
        assert!(sheet.contains("In Vertretung") && !sheet.contains("Im Auftrag"), "{sheet}");
    }
}

both! {
    /// What no person signs has no line for a name, and no sentence points to one that is not there.
    async fn letters_point_to_what_is_there(town: Town) {
        use domain::letter::{Extra, LetterKind, Preview, letter_job};
        let mut case = bonfire(&town, "nobitz").await;
        (case.act, case.regime) = (schema::Act::Notice, Some(schema::Regime::Notice));
        let service = town.app.services.latest("brauchtumsfeuer").expect("a service");
        let cx = town.app.offer("nobitz", "brauchtumsfeuer").await.expect("an offer").context(&town.app, schema::Lang::De);
        let office = domain::office::Office { signature: "Im Auftrag".into(), ..Default::default() };
        let letter = |kind, extra: Extra| letter_job(kind, &case, &service, &cx, &office, "Gemeinde Nobitz", &extra, town.now())["data"].clone();
        let receipt = letter(LetterKind::Receipt, Extra::default());
        assert!(receipt["signature"]["by"].is_null() && receipt["signature"]["note"] == "Elektronisch erstellt und ohne Unterschrift gültig.", "{receipt}");
        let preview = Preview { conditions: vec!["Die Zufahrt bleibt frei.".into()], ..Preview::default() };
        let decision = letter(LetterKind::Approval, Extra { clerk: "S. Krell".into(), preview: Some(preview), ..Extra::default() });
        assert_eq!(decision["signature"]["by"], "Im Auftrag");
        assert_eq!(decision["decision"][0]["text"], "Diese Auflagen gelten:", "{decision}");
        // Whoever left the distance open is not told that it is kept.
        case.answers["fire"]["forest_distance"] = "?".into();
        for (act, regime) in [(schema::Act::Notice, schema::Regime::Notice), (schema::Act::Application, schema::Regime::Permit)] {
            (case.act, case.regime) = (act, Some(regime));
            let letter = letter_job(LetterKind::Approval, &case, &service, &cx, &office, "Gemeinde Nobitz", &Extra::default(), town.now());
            let reasons = letter["data"]["reasons"].to_string();
            assert!(reasons.contains("Es darf nur brennen, wenn") && !reasons.contains("Abstand"), "{reasons}");
        }
        // A reason stands in the list of what is asked, and the clerk's own words below it: each once.
        case.question = Some(domain::Question {
            by: "S. Krell".into(),
            asked_at: town.now(),
            answer_by: town.app.today(),
            fields: vec![("place.description".into(), "Welche Wiese?".into())],
            papers: Vec::new(),
            text: "Ort: Welche Wiese?\n\nRufen Sie gern an.".into(),
            own: "Rufen Sie gern an.".into(),
            reminded: false,
        });
        let asked = letter_job(LetterKind::Question, &case, &service, &cx, &office, "Gemeinde Nobitz", &Extra::default(), town.now())["data"].to_string();
        for once in ["Welche Wiese?", "Rufen Sie gern an."] {
            assert_eq!(asked.matches(once).count(), 1, "{once}: {asked}");
        }
    }
}

both! {
    /// A place's own coat of arms stands on its pages and in its letters; elsewhere is the authority's.
    async fn a_coat_of_arms_of_one_place(town: Town) {
        let place = town.app.register.by_ags(MEMBER).expect("the place").slug.clone();
        let case = bonfire(&town, &place).await;
        let mut desk = town.clerk(KRELL).await;
        let preview = format!("/amt/v/{}/vorschau.pdf", case.id);
        let plain = desk.post(&preview, &[]).await.body.len();

        let mut lead = town.clerk(LEAD).await;
        let path = format!("/amt/einstellungen/wappen?ort={MEMBER}");
        let file = ("wappen".to_owned(), "wappen.svg".to_owned(), crest());
        let saved = lead.post_form(&path, &[], &[file]).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let plainly = |page: crate::actors::Page| page.text().replace("&#x2f;", "/");
        let page = plainly(lead.get(&saved.location).await);
        assert!(page.contains(&format!("/wappen/nobitz?ort={MEMBER}")), "{page}");

        let own = format!("/wappen/nobitz?ort={MEMBER}");
        let mut visitor = town.browser();
        assert!(plainly(visitor.get(&format!("/{place}")).await).contains(&own));
        assert_eq!(visitor.get(&own).await.body, crest());
        assert!(!plainly(visitor.get("/nobitz").await).contains("/wappen/"), "the other place has none");
        assert_eq!(visitor.get("/wappen/nobitz?ort=16077036").await.status, 404);
        assert!(visitor.get(&format!("/{place}/brauchtumsfeuer")).await.text().contains("03447 1234-20"), "the contact stays");

        assert!(desk.post(&preview, &[]).await.body.len() > plain + 1_000, "the letter shows it");
        // The worker's letter too: the question of a case here has it, at Nobitz it has not.
        let mut sizes = Vec::new();
        for id in [case.id.clone(), bonfire(&town, "nobitz").await.id] {
            let asked = desk.post(&format!("/amt/v/{id}/rueckfrage"), &[("text", "Wie hoch?"), ("bis", "1")]).await;
            assert_eq!(asked.status, 303, "{}", asked.text());
            let tenant = town.authority("nobitz").await;
            // A loaded machine may see the job's hint a little later.
            for _ in 0..20 {
                town.work().await;
                let id = id.clone();
                let letters = tenant.read(move |t| t.letters(&id)).await.expect("letters");
                if let Some(letter) = letters.iter().find(|l| l.kind == "question") {
                    sizes.push(letter.size);
                    break;
                }
            }
        }
        assert!(sizes.len() == 2 && sizes[0] > sizes[1] + 1_000, "{sizes:?}");

        assert_eq!(lead.post(&format!("/amt/einstellungen/wappen/entfernen?ort={MEMBER}"), &[]).await.status, 303);
        assert!(!plainly(visitor.get(&format!("/{place}")).await).contains("/wappen/"));
    }
}

both! {
    /// Ready sentences for questions and notes are offered where they are written.
    async fn ready_sentences_for_questions_and_notes(town: Town) {
        let case = bonfire(&town, "nobitz").await;
        let mut lead = town.clerk(LEAD).await;
        for (kind, text) in [("question", "Nennen Sie die Höhe."), ("note", "Feuerwehr ist informiert.")] {
            let made = [("art", kind), ("titel", "Satz"), ("text", text)];
            assert_eq!(lead.post("/amt/einstellungen/textbausteine/neu", &made).await.status, 303);
        }
        let blocks = town.authority("nobitz").await.read(|t| t.text_blocks("")).await.expect("blocks");
        let id = |kind: &str| blocks.iter().find(|b| b.kind == kind).expect("a block").id.clone();

        let mut desk = town.clerk(KRELL).await;
        let path = format!("/amt/v/{}", case.id);
        let page = desk.get(&path).await.text();
        assert!(page.contains("Feuerwehr ist informiert.") && !page.contains("Nennen Sie die Höhe."));
        let noted = desk.post(&format!("{path}/notiz"), &[("baustein", &id("note")), ("text", "Um 9 Uhr.")]).await;
        assert_eq!(noted.status, 303, "{}", noted.text());
        let (tenant, asked) = (town.authority("nobitz").await, case.id.clone());
        let history = tenant.read(move |t| t.history(&asked)).await.expect("a history");
        assert!(history.iter().any(|e| e.kind == "note" && e.text == "Feuerwehr ist informiert.\nUm 9 Uhr."));

        let ask = format!("{path}/rueckfrage");
        let page = desk.get(&ask).await.text();
        assert!(page.contains("Nennen Sie die Höhe.") && !page.contains("Feuerwehr ist informiert."));
        let sent = desk.post(&ask, &[("baustein", &id("question")), ("bis", "1")]).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        let id = case.id.clone();
        let case = tenant.read(move |t| t.case(&id)).await.expect("a case").expect("the case");
        assert_eq!(case.question.expect("a question").own, "Nennen Sie die Höhe.");
    }
}

both! {
    /// The declared lowest and the authority's own highest amount bound what a clerk types.
    async fn a_fee_by_hand_stays_within_its_bounds(town: Town) {
        let mut club = town.club();
        let example = club.example("sperrzeit", "");
        town.on(example.today);
        let mut lead = town.clerk("r.neumann@altenburgerland.example").await;
        let settings = [
            ("fee", "75"), ("fee_per", "event"), ("fee_max", "100"), ("notice_days", "14"), ("decision_days", "10"),
            ("near_homes", "100"), ("fuer", "16077036"),
        ];
        let saved = saves(&mut lead, "/amt/store/sperrzeit/regeln?ort=16077036", &settings).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let receipt = club.applies("nobitz", "sperrzeit", &example.answers).await;
        let case = case_of(&town, "lk-altenburger-land", &receipt).await;
        let path = format!("/amt/v/{}/genehmigen", case.id);
        let due = example.today.saturating_add(jiff::Span::new().days(20)).strftime("%d.%m.%Y").to_string();
        let basis = basis_of(&town, &case).await;
        for wrong in ["20", "0", "150"] {
            let refused = lead.post(&path, &[("_form", basis.as_str()), ("betrag.closing", wrong), ("faellig", &due)]).await;
            assert_eq!(refused.status, 422, "{wrong}");
            assert!(refused.text().contains("Möglich sind 30,00\u{a0}€ bis 100,00\u{a0}€."), "{}", refused.text());
        }
        let sent = lead.post(&path, &[("_form", basis.as_str()), ("betrag.closing", "90"), ("faellig", &due)]).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
    }
}

both! {
    /// Settings open on the authority's own municipality, and say of each source once what is not confirmed.
    async fn settings_open_on_the_own_place(town: Town) {
        let mut lead = town.clerk(LEAD).await;
        for path in ["/amt/einstellungen/raeume", "/amt/store/brauchtumsfeuer/regeln"] {
            let page = lead.get(path).await.text();
            let places: Vec<&str> = page.split("?ort=").skip(1).filter_map(|rest| rest.get(..8)).collect();
            assert_eq!(places.first(), Some(&"16077036"), "{path}: {places:?}");
        }
        let service = town.app.services.latest("brauchtumsfeuer").expect("the service");
        let page = lead.get("/amt/store/brauchtumsfeuer/regeln").await.text();
        let notes = service.legal_basis.iter().filter(|l| !l.confirmed).filter_map(|l| l.note.as_deref());
        for note in notes.filter(|n| n.len() > 20 && !n.contains(['"', '&', '<', '/', '\''])) {
            assert!(page.matches(note).count() <= 1, "{note}");
        }
    }
}

both! {
    /// Which field is meant is said; the history bends no word; who comes back is where they were.
    async fn settings_say_which_field_and_what_changed(town: Town) {
        let mut lead = town.clerk("r.neumann@altenburgerland.example").await;
        let service = town.app.services.latest("sperrzeit").expect("the service");
        let label = schema::parameter::label(&service, "notice_days").to_owned();
        let path = format!("/amt/store/sperrzeit/regeln?ort={MEMBER}");
        let with = |days: &'static str| [
            ("fee", "75"), ("fee_per", "event"), ("fee_max", "100"), ("notice_days", days), ("decision_days", "10"),
            ("near_homes", "100"), ("fuer", MEMBER),
        ];
        let wrong = lead.post(&path, &with("viele")).await;
        assert_eq!(wrong.status, 422);
        let said = format!("{label}: „viele“ ist keine ganze Zahl");
        assert!(wrong.text().contains(&said), "{said}: {}", crate::actors::errors(&wrong.text()));
        for days in ["10", "12"] {
            assert_eq!(saves(&mut lead, &path, &with(days)).await.status, 303);
        }
        let history = lead.get("/amt/einstellungen/verlauf").await.text();
        assert!(history.contains(&format!("{label}: von 10 auf 12\u{a0}Tage")), "{history}");

        lead.get(&path).await;
        let again = lead.get("/amt/store/sperrzeit/regeln").await.text();
        assert!(again.contains(&format!("regeln?ort={MEMBER}\" id")), "where one was last: {again}");
    }
}

both! {
    /// A room does not become part of another over bookings that would then exclude each other: they are named.
    async fn a_room_is_not_joined_over_bookings(town: Town) {
        let tenant = town.authority("nobitz").await;
        let now = town.now();
        tenant.write(move |t| {
            for (room, label) in [("saal-ehrenhain", "Chorprobe"), ("vereinsraum-ehrenhain", "Skatrunde")] {
                t.book(&store::NewBooking {
                    room: room.into(), case: None, kind: store::BookingKind::Blocked, label: label.into(),
                    from: "2027-01-09T16:00:00Z".parse().expect("a moment"), to: "2027-01-09T20:00:00Z".parse().expect("a moment"),
                }, now).expect("free");
            }
            Ok::<_, store::Error>(())
        }).await.expect("booked");
        let mut lead = town.clerk(LEAD).await;
        let room = "/amt/einstellungen/raeume/vereinsraum-ehrenhain";
        let form = [("name", "Vereinsraum"), ("recht", "vertrag"), ("anfrage", "hold"), ("teil_von", "saal-ehrenhain"), ("tag_resident", "60")];
        let refused = saves(&mut lead, room, &form).await;
        let text = refused.text().replace('\u{a0}', " ");
        assert_eq!(refused.status, 422, "{text}");
        for words in ["stünden sich dann im Weg", "„Chorprobe“", "„Skatrunde“", "09.01.2027, 17:00 Uhr bis 21:00"] {
            assert!(text.contains(words), "{words}: {}", crate::actors::errors(&text));
        }
        let kept = tenant.read(|t| t.room("vereinsraum-ehrenhain")).await.expect("a look").expect("the room");
        assert!(kept.parent.is_none());
    }
}

both! {
    /// What was paused in one place opens again where somebody says so, not with all others.
    async fn a_paused_service_opens_again_where_somebody_says_so(town: Town) {
        let mut lead = town.clerk(LEAD).await;
        let base = "/amt/store/brauchtumsfeuer";
        let form = lead.get(&format!("{base}/regeln?ort={MEMBER}")).await.text();
        let service = town.app.services.latest("brauchtumsfeuer").expect("the service");
        // A law that most settings rest on is named once.
        let law = &service.legal_basis[0].title;
        assert!(form.matches(law.as_str()).count() < 5, "{law}: {form}");
        assert_eq!(saves(&mut lead, &format!("{base}/regeln?ort={MEMBER}"), &all_of(&service, &[MEMBER, "16077036"])).await.status, 303);
        assert_eq!(lead.post(&format!("{base}/pausieren"), &[("ort", MEMBER)]).await.status, 303);
        let page = lead.get(&format!("{base}/freischalten")).await.text();
        let ticked = |ort: &str| page.contains(&format!("value=\"{ort}\" checked"));
        assert!(!ticked(MEMBER) && ticked("16077036"), "{page}");
        let back = [("ort", MEMBER), ("wann", "jetzt")];
        assert_eq!(lead.post(&format!("{base}/freischalten"), &back).await.status, 303);
        assert!(!lead.get(&format!("{base}/pausieren")).await.text().contains("nicht online"));
    }
}

/// A service's rules as it proposes them, for these places.
fn all_of<'a>(service: &'a schema::Service, places: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let set = service.parameters.iter().map(|p| {
        let typed: &'a str = Box::leak(schema::parameter::typed(p, &p.default).into_boxed_str());
        (p.id.as_str(), typed)
    });
    set.chain(places.iter().map(|ort| ("fuer", *ort))).collect()
}

both! {
    /// An older page does not take back what another lead has saved since: it is shown again, and says what holds.
    async fn an_older_page_does_not_take_back_what_another_saved(town: Town) {
        let (mut first, mut second) = (town.clerk("r.neumann@altenburgerland.example").await, town.clerk("r.neumann@altenburgerland.example").await);
        let path = format!("/amt/store/sperrzeit/regeln?ort={MEMBER}");
        let form = |fee: &'static str, days: &'static str| [
            ("fee", fee), ("fee_per", "event"), ("fee_max", "100"), ("notice_days", days), ("decision_days", "10"),
            ("near_homes", "100"), ("fuer", MEMBER),
        ];
        assert_eq!(saves(&mut first, &path, &form("75", "14")).await.status, 303);
        let stand = seen(&first.get(&path).await);
        assert_eq!(saves(&mut second, &path, &form("60", "14")).await.status, 303);
        // A mistake in between makes the page no newer.
        let wrong = save_seen(&mut first, &path, &form("75", "viele"), &stand).await;
        assert_eq!((wrong.status, seen(&wrong)), (422, stand.clone()));
        let refused = save_seen(&mut first, &path, &form("75", "12"), &stand).await;
        let text = refused.text().replace('\u{a0}', " ");
        assert_eq!(refused.status, 409, "{text}");
        assert!(text.contains("Inzwischen hat jemand anderes gespeichert.") && text.contains("Hier ist gespeichert: 60,00 €."), "{text}");
        assert!(text.contains("value=\"12\"") && text.contains("value=\"75\""), "what was typed stays: {text}");
        let params = async || {
            let now = town.now();
            let district = town.authority("lk-altenburger-land").await;
            let set = district.read(move |t| t.params(&MEMBER.into(), "sperrzeit", now)).await.expect("a look").expect("a set");
            (set.params["fee"].clone(), set.params["notice_days"].clone())
        };
        assert_eq!(params().await, (6000.into(), 14.into()));
        // Having seen it, the first says what shall hold. Another place's change is no matter here.
        assert_eq!(saves(&mut second, "/amt/store/sperrzeit/regeln?ort=16077036", &[
            ("fee", "80"), ("fee_per", "event"), ("fee_max", "100"), ("notice_days", "14"), ("decision_days", "10"),
            ("near_homes", "100"), ("fuer", "16077036"),
        ]).await.status, 303);
        let again = save_seen(&mut first, &path, &form("75", "12"), &seen(&refused)).await;
        assert_eq!(again.status, 303, "{}", again.text());
        assert_eq!(params().await, (7500.into(), 12.into()));
        // Whoever says of no state that the page showed it is asked to look.
        assert_eq!(first.post(&path, &form("50", "12")).await.status, 409);
    }
}

both! {
    /// Two rooms of one name, made at once in two places, are two; switching one off takes no tariff back.
    async fn rooms_do_not_undo_each_other(town: Town) {
        let room = "/amt/einstellungen/raeume/vereinsraum-ehrenhain";
        let mut lead = town.clerk(LEAD).await;
        let form = |day: &'static str| [("name", "Vereinsraum"), ("recht", "vertrag"), ("anfrage", "hold"), ("tag_resident", day)];
        let stand = seen(&lead.get(room).await);
        assert_eq!(saves(&mut lead, room, &form("60")).await.status, 303);
        let refused = save_seen(&mut lead, room, &form("45"), &stand).await;
        assert_eq!(refused.status, 409, "{}", refused.text());
        assert!(refused.text().contains("Hier ist gespeichert: 60,00."), "{}", crate::actors::errors(&refused.text()));
        let tenant = town.authority("nobitz").await;
        let day = async || {
            let row = tenant.read(|t| t.room("vereinsraum-ehrenhain")).await.expect("a look").expect("the room");
            (row.active, row.room.tariff["resident"].day)
        };
        assert_eq!(day().await, (true, 6000));
        assert_eq!(save_seen(&mut lead, room, &form("45"), &seen(&refused)).await.status, 303);
        assert_eq!(lead.post(&format!("{room}/abschalten"), &[]).await.status, 303);
        assert_eq!(day().await, (false, 4500));
        assert_eq!(saves(&mut lead, room, &form("50")).await.status, 303);
        assert_eq!(day().await, (false, 5000), "the form switches nothing on");

        let before = tenant.read(|t| t.rooms(None)).await.expect("rooms").len();
        let makes = ["16077036", MEMBER].map(|ort| {
            let mut lead = lead.clone();
            tokio::spawn(async move {
                let new = [("ort", ort), ("name", "Kellerraum"), ("recht", "vertrag"), ("anfrage", "hold"), ("tag_resident", "10")];
                lead.post("/amt/einstellungen/raeume/neu", &new).await.status
            })
        });
        for made in makes {
            assert_eq!(made.await.expect("an answer"), 303);
        }
        let rooms = tenant.read(|t| t.rooms(None)).await.expect("rooms");
        let cellars: Vec<_> = rooms.iter().filter(|r| r.room.name == "Kellerraum").map(|r| r.place.0.as_str()).collect();
        assert_eq!((rooms.len(), cellars.len()), (before + 2, 2), "{cellars:?}");
    }
}
