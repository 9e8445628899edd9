//! Words that nobody else writes go through the product wherever a person can write, and then nothing at rest shows
//! them: no file of the data folder, no dump of the database, no backup, no exported file, and not the log. Short in `make test`, 1,000 in `make canaries`
//! (`CANARIES=1000`).

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine as _;
use schema::{Kind, Question};
use serde_json::{Value, json};

use crate::actors::{Club, PDF, Receipt, errors};
use crate::both;
use crate::decide::case_of;
use crate::town::Town;

const KRELL: &str = "s.krell@nobitz.example";
/// In every canary. Small letters: search folds capitals.
const MARK: &str = "kanarienvogel";

/// Draws canaries and remembers them.
#[derive(Default)]
pub struct Aviary {
    words: BTreeSet<String>,
}

impl Aviary {
    pub fn words(&self) -> impl Iterator<Item = &String> {
        self.words.iter()
    }

    /// A new one: the mark and a number in letters.
    pub fn word(&mut self) -> String {
        let (mut n, mut tail) = (self.words.len(), String::new());
        for _ in 0..4 {
            tail.push(char::from(b'a' + u8::try_from(n % 26).expect("a letter")));
            n /= 26;
        }
        let word = format!("{MARK}{tail}");
        self.words.insert(word.clone());
        word
    }

    /// Name and contents of a file.
    fn paper(&mut self) -> (String, Vec<u8>) {
        // Comments before the end: behind it nothing may stand.
        let end = PDF.len() - b"%%EOF\n".len();
        let words = format!("% {}\n", self.word()).repeat(400);
        let contents = [&PDF[..end], words.as_bytes(), &PDF[end..]].concat();
        (format!("{}.pdf", self.word()), contents)
    }

    /// Puts one into each answer that takes free text.
    fn fill_answers(&mut self, questions: &[Question], answers: &mut Value) {
        for q in questions {
            let Some(value) = answers.pointer_mut(&format!("/{}", q.id.replace('.', "/"))) else {
                continue;
            };
            self.fill_answer(&q.kind, value);
        }
    }

    fn fill_answer(&mut self, kind: &Kind, value: &mut Value) {
        match (kind, &mut *value) {
            (
                Kind::Text {
                    pattern: None,
                    max_length,
                    ..
                },
                Value::String(text),
            ) if *max_length >= MARK.len() + 5 => {
                *text = self.word();
            }
            (Kind::LongText { .. }, Value::String(text)) => *text = format!("{} und {}", self.word(), self.word()),
            (Kind::Email, Value::String(text)) => *text = format!("{}@example.org", self.word()),
            (Kind::Address, Value::Object(parts)) => {
                if let Some(street) = parts.get_mut("street").filter(|s| s.is_string()) {
                    *street = self.word().into();
                }
            }
            (Kind::Group { parts, .. }, Value::Array(rows)) => {
                for row in rows {
                    for part in parts {
                        let id = part.id.rsplit('.').next().unwrap_or(&part.id);
                        if let Some(value) = row.get_mut(id) {
                            self.fill_answer(&part.kind, value);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

/// What the mark looks like in bytes: as text, in both orders of UTF-16, in base64 at each of its three offsets, in hex.
fn shapes() -> Vec<(&'static str, Vec<u8>)> {
    let mut out = vec![("UTF-8", MARK.as_bytes().to_vec())];
    out.push(("UTF-16 LE", MARK.encode_utf16().flat_map(u16::to_le_bytes).collect()));
    out.push(("UTF-16 BE", MARK.encode_utf16().flat_map(u16::to_be_bytes).collect()));
    for offset in 0..3 {
        // Only what stands whatever comes before and after.
        let text = [vec![0; offset], MARK.as_bytes().to_vec()].concat();
        let coded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&text);
        let from = (8 * offset).div_ceil(6);
        out.push(("Base64", coded.as_bytes()[from..text.len() * 8 / 6].to_vec()));
    }
    let hex: String = MARK.bytes().map(|b| format!("{b:02x}")).collect();
    out.push(("Hex", hex.to_uppercase().into_bytes()));
    out.push(("Hex", hex.into_bytes()));
    out
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|w| w == needle)
}

/// In which shapes the mark is readable here. As text, for its search skips; what is no text is no part of a shape.
pub fn readable(bytes: &[u8]) -> Vec<&'static str> {
    let text = String::from_utf8_lossy(bytes);
    let folded = text.to_ascii_lowercase();
    let seen = |shape: &(&'static str, Vec<u8>)| {
        let mark = std::str::from_utf8(&shape.1).expect("ASCII, and zeros between");
        text.contains(mark) || (!shape.0.starts_with("Base") && folded.contains(&mark.to_ascii_lowercase()))
    };
    shapes().iter().filter(|s| seen(s)).map(|s| s.0).collect()
}

fn files(folder: &Path, out: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, out);
        } else {
            out.push((path.display().to_string(), std::fs::read(&path).expect("a file")));
        }
    }
}

/// What lies at rest: every file of the data folder; of a server, what `pg_dump` writes, bytes as they are.
pub async fn at_rest(town: &Town) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    files(town.folder(), &mut out);
    if let Some(dump) = town.dump().await {
        out.push(("pg_dump".into(), unhex(&dump)));
        out.push(("pg_dump as it is".into(), dump));
    }
    out
}

/// A dump shows bytes in hex: decoded, every other shape is found in them, too.
fn unhex(dump: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in dump.split(|b| *b == b'\t' || *b == b'\n') {
        let digits = part.strip_prefix(br"\\x").unwrap_or_default();
        for pair in digits.chunks_exact(2) {
            let text = std::str::from_utf8(pair).unwrap_or("zz");
            out.push(u8::from_str_radix(text, 16).unwrap_or(b'?'));
        }
        out.push(b'\n');
    }
    out
}

/// Canaries for all free answers of a service's example, and for its paper if it has one.
fn planted(town: &Town, aviary: &mut Aviary, service: &str, club: &mut Club) -> Value {
    let mut answers = club.example(service, "").answers;
    let definition = town.app.services.latest(service).expect("the service");
    let questions: Vec<Question> = definition.form.pages.iter().flat_map(|p| p.questions.clone()).collect();
    aviary.fill_answers(&questions, &mut answers);
    let has_paper = |q: &Question| matches!(q.kind, Kind::File { .. }) && schema::at(&answers, &q.id).is_some();
    if questions.iter().any(has_paper) {
        club.paper = aviary.paper();
    }
    answers
}

/// One application.
pub async fn apply(town: &Town, aviary: &mut Aviary, service: &str) -> Receipt {
    let mut club = town.club();
    let answers = planted(town, aviary, service, &mut club);
    club.applies("nobitz", service, &answers).await
}

/// A begun application with a paper in it that is never sent; how many canaries it holds.
async fn draft(town: &Town, aviary: &mut Aviary) -> usize {
    let (mut club, before) = (town.club(), aviary.words.len());
    let answers = planted(town, aviary, "sperrzeit", &mut club);
    club.fill("nobitz", "sperrzeit", &answers).await;
    aviary.words.len() - before
}

/// Everything else that people write about a case.
pub async fn talk(town: &Town, aviary: &mut Aviary, receipt: &Receipt) {
    let mut club = town.club().browser;
    let open = [
        ("aktenzeichen", receipt.reference.as_str()),
        ("zugang", receipt.code.as_str()),
    ];
    let opened = club.post("/stand", &open).await;
    assert!(opened.status < 400, "{}", errors(&opened.text()));
    let said = club
        .post(
            &format!("/v/{}/nachricht", receipt.reference),
            &[("text", &aviary.word())],
        )
        .await;
    assert_eq!(said.status, 303, "{}", errors(&said.text()));
    let case = case_of(town, "nobitz", receipt).await;
    let mut desk = town.clerk(KRELL).await;
    let at = format!("/amt/v/{}", case.id);
    let noted = desk.post(&format!("{at}/notiz"), &[("text", &aviary.word())]).await;
    assert_eq!(noted.status, 303, "{}", errors(&noted.text()));
    let day = town.app.today().saturating_add(jiff::Span::new().days(3));
    let until = format!("{:02}.{:02}.{}", day.day(), day.month(), day.year());
    let mail = format!("{}@example.org", aviary.word());
    let (name, question) = (aviary.word(), aviary.word());
    let pairs = [
        ("an", "-"),
        ("name", name.as_str()),
        ("mail", &mail),
        ("feld", "event.date"),
        ("frage", &question),
        ("bis", &until),
    ];
    let sent = desk.post(&format!("{at}/beteiligen"), &pairs).await;
    assert_eq!(sent.status, 303, "{}", errors(&sent.text()));
    town.work().await;
    let mails = town.mails("nobitz").await;
    let link = mails
        .iter()
        .filter(|m| m.mail.to == mail)
        .find_map(|m| m.mail.text.split_once("http://localhost/stellungnahme/"));
    let token = link.expect("a link").1.split_whitespace().next().expect("a token");
    let (text, by) = (aviary.word(), aviary.word());
    let answer = [
        ("ergebnis", "auflagen"),
        ("text", text.as_str()),
        ("name", &by),
        ("telefon", "03447 5678-0"),
    ];
    let heard = town.browser().post(&format!("/stellungnahme/{token}"), &answer).await;
    assert!(heard.status < 400, "{}", errors(&heard.text()));
    let ask = [
        ("feld", "event.date"),
        ("grund.event.date", &aviary.word()),
        ("bis", "1"),
    ]
    .map(|(k, v)| (k, v.to_owned()));
    let ask: Vec<(&str, &str)> = ask.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let asked = desk.post(&format!("{at}/rueckfrage"), &ask).await;
    assert_eq!(asked.status, 303, "{}", errors(&asked.text()));
    town.work().await;
}

/// What is written beside cases.
async fn office(town: &Town, aviary: &mut Aviary) {
    let mut lead = town.clerk("leitung@nobitz.example").await;
    let (name, mail) = (aviary.word(), format!("{}@example.org", aviary.word()));
    let made = lead
        .post(
            "/amt/einstellungen/konten/neu",
            &[("name", name.as_str()), ("email", &mail), ("rolle", "clerk")],
        )
        .await;
    assert!(made.status < 400, "{}", errors(&made.text()));
    let closed = [
        ("raum", "saal-ehrenhain-nord"),
        ("tag", "13.01.2027"),
        ("von", "8:00"),
        ("bis", "12:00"),
        ("grund", &aviary.word()),
    ]
    .map(|(k, v)| (k, v.to_owned()));
    let closed: Vec<(&str, &str)> = closed.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let blocked = town.clerk(KRELL).await.post("/amt/kalender/sperren", &closed).await;
    assert_eq!(blocked.status, 303, "{}", errors(&blocked.text()));
    let (text, contact) = (aviary.word(), format!("{}@example.org", aviary.word()));
    let told = town
        .browser()
        .post(
            "/nobitz/barriere-melden",
            &[("text", text.as_str()), ("kontakt", &contact)],
        )
        .await;
    assert!(told.status < 400, "{}", errors(&told.text()));
    // A log-in that does not exist.
    let wrong = format!("{}@example.org", aviary.word());
    town.browser()
        .post("/amt/anmelden", &[("mail", wrong.as_str()), ("pass", &aviary.word())])
        .await;
}

/// A page that cannot be rendered, with a canary among its values.
fn fails_to_render(town: &Town) {
    let req = web::req::Req {
        lang: schema::Lang::De,
        path: "/".into(),
        query: String::new(),
        address: std::net::IpAddr::from([127, 0, 0, 1]),
        headers: Default::default(),
        secure: false,
    };
    let (ui, values) = (town.app.ui(&req), json!({ "c": { "lead": MARK, "reference": MARK } }));
    let page = town
        .app
        .page(axum::http::StatusCode::OK, "case/call_off.html", ui, values);
    assert!(page.is_err(), "the page needs more than that");
}

/// All that an authority has, opened with its key.
pub fn everything(t: &store::TenantTx<'_>) -> Result<String, store::Error> {
    let filter = store::CaseFilter {
        tab: store::Tab::All,
        size: 500,
        ..Default::default()
    };
    let mut text = String::new();
    for row in t.cases(&filter)?.rows {
        let case = t.case(&row.id)?;
        for paper in case.iter().flat_map(|c| &c.papers) {
            let bytes = t.paper(&row.id, &paper.id)?.map(|(_, bytes)| bytes);
            text += &String::from_utf8_lossy(&bytes.unwrap_or_default());
        }
        let asked = t.consultations_of(&row.id)?;
        text += &format!("{case:?} {:?} {asked:?}", t.history(&row.id)?);
    }
    let (from, to) = (jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::MAX);
    for member in t.members()? {
        text += &format!("{member:?} {:?}", t.account_details(&member.id)?);
    }
    text += &format!("{:?}", t.account_name()?);
    let (mails, booked) = (t.mails(500)?, t.bookings(None, from, to)?);
    Ok(text + &format!("{mails:?} {:?} {:?} {booked:?}", t.clerks()?, t.feedback(500)?))
}

/// A club's account with a member who is asked in, and what it fills forms in with.
async fn account(town: &Town, aviary: &mut Aviary) {
    let (chair, other) = (
        format!("{}@example.org", aviary.word()),
        format!("{}@example.org", aviary.word()),
    );
    let mut chair = crate::konto::club(town, &aviary.word(), &chair).await;
    let asked = [("name", &aviary.word()[..]), ("mail", &other), ("rolle", "member")];
    assert_eq!(chair.post("/konto/personen/neu", &asked).await.status, 303);
    let street = aviary.word();
    let details = [
        ("contact.address.street", street.as_str()),
        ("contact.address.town", "Nobitz"),
    ];
    let kept = chair.post("/konto/angaben", &details).await;
    assert_eq!(kept.status, 303, "{}", errors(&kept.text()));
}

both! {
    async fn no_canary_is_readable_at_rest(town: Town) {
        let wanted: usize = std::env::var("CANARIES").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
        let mut aviary = Aviary::default();
        let day = |service: &str| town.club().example(service, "").today;
        town.on(day("sperrzeit"));
        let in_draft = draft(&town, &mut aviary).await;
        account(&town, &mut aviary).await;
        apply(&town, &mut aviary, "sperrzeit").await;
        town.on(day("raumnutzung"));
        apply(&town, &mut aviary, "raumnutzung").await;
        town.on(day("brauchtumsfeuer"));
        office(&town, &mut aviary).await;
        let mut sent = 2;
        for service in ["brauchtumsfeuer", "veranstaltungsanzeige"].iter().cycle() {
            let receipt = apply(&town, &mut aviary, service).await;
            if sent % 2 == 0 {
                talk(&town, &mut aviary, &receipt).await;
            }
            sent += 1;
            if aviary.words.len() >= wanted && sent > 3 {
                break;
            }
        }
        town.pass(60).await;

        // They are there for whoever has the key.
        let mut opened = BTreeSet::new();
        let mut collect = |text: &str| {
            for (at, _) in text.match_indices(MARK) {
                opened.extend(text.get(at..at + MARK.len() + 4).map(str::to_owned));
            }
        };
        for authority in town.app.store.shared().tenants().await.expect("authorities") {
            let tenant = town.authority(authority.id.as_str()).await;
            collect(&tenant.read(everything).await.expect("opened"));
        }
        let missing: Vec<_> = aviary.words.difference(&opened).collect();
        assert!(missing.len() <= in_draft + 2, "of {} were not found again with the key: {missing:?}", aviary.words.len());
        assert!(opened.is_subset(&aviary.words));

        // And not otherwise, in what is carried away either.
        let store = &town.app.store;
        let (seal, _) = store::SealFor::code(store.entropy());
        let (carried, file) = store.export(&"nobitz".into(), Vec::new(), &seal, town.now()).await.expect("an export");
        assert!(carried.cases >= sent - 2, "{carried:?}");
        std::fs::write(town.folder().join("nobitz.age"), file).expect("a file");
        if store.on_files() {
            let backup = store.backup(&town.folder().join("backups"), town.now()).await.expect("a backup");
            // Who wrote nothing is not searched a second time.
            let tenants = std::fs::read_dir(backup.folder.join("tenants")).expect("authorities").flatten();
            let quiet: Vec<_> = tenants.filter(|f| !f.file_name().to_string_lossy().starts_with(['n', 'l'])).collect();
            for file in quiet {
                std::fs::remove_file(file.path()).expect("removed");
            }
            assert!(backup.folder.join("tenants/nobitz.db").exists());
        }
        fails_to_render(&town);
        let log = crate::town::LOG.lock().expect("the log").clone();
        assert!(contains(&log, b"request failed"), "the log is looked at");
        assert!(readable(&log).is_empty(), "a canary is readable in the log: {:?}", readable(&log));
        let at_rest = at_rest(&town).await;
        let size: usize = at_rest.iter().map(|(_, b)| b.len()).sum();
        assert!(size > 1_000_000, "{size} bytes looked at");
        assert!(at_rest.iter().any(|(_, b)| contains(b, b"brauchtumsfeuer")), "the search itself works");
        for (name, bytes) in &at_rest {
            assert!(readable(bytes).is_empty(), "a canary is readable in {name}: {:?}", readable(bytes));
        }
        println!("{} canaries in {} applications, {} opened with the key; {} files, {size} bytes: none readable", aviary.words.len(), sent, opened.len(), at_rest.len());
    }
}

/// The rule about the height of a bonfire fails with what somebody wrote about its place.
async fn with_a_broken_rule(town: &Town) -> web::state::App {
    let mut files = kommunal::shipped::files();
    let form = files.get_mut("services/brauchtumsfeuer/form.toml").expect("the form");
    let text = String::from_utf8(std::mem::take(form)).expect("text");
    let broken = text.replace(
        "answers.fire.height <= params.max_height",
        "minutes(answers.place.description) != 1",
    );
    assert_ne!(broken, text, "the rule is still there");
    *form = broken.into_bytes();
    let loaded = schema::load(&files);
    let services = store::Services::publish(town.app.store.shared(), &files, &loaded, town.now());
    web::state::App {
        services: services.await.expect("services"),
        ..town.app.clone()
    }
}

both! {
    /// A page, a rule, a job and the store fail, each with a canary at hand: the log says what failed and quotes nothing.
    async fn no_failure_quotes_a_canary(town: Town) {
        let mut aviary = Aviary::default();
        town.on(town.club().example("brauchtumsfeuer", "").today);
        let receipt = apply(&town, &mut aviary, "brauchtumsfeuer").await;
        let case = case_of(&town, "nobitz", &receipt).await;
        town.work().await;
        let before = crate::town::LOG.lock().expect("the log").len();

        fails_to_render(&town);

        let app = with_a_broken_rule(&town).await;
        let mut club = Club::new(crate::actors::Browser::new(web::router(app.clone())), app);
        let answers = planted(&town, &mut aviary, "brauchtumsfeuer", &mut club);
        let end = club.fill("nobitz", "brauchtumsfeuer", &answers).await;
        assert!(end.ends_with("/pruefen"), "a broken rule blocks nobody: {end}");
        club.send("nobitz", "brauchtumsfeuer").await;

        // A message of another shape, and what the store is given twice.
        let (nobitz, now) = (town.authority("nobitz").await, town.now());
        let (word, id) = (aviary.word(), aviary.word());
        let odd = store::Dispatch {
            id: "odd".into(),
            to: "lk-altenburger-land".into(),
            kind: "consult_answer".into(),
            payload: json!({ "consultation": word, "answer": word }),
            created_at: now,
        };
        nobitz.write(move |t| t.send(&odd)).await.expect("a message");
        town.work().await;
        let question = store::Consultation {
            id, incoming: true, case: None, who: word.clone(), who_name: word.clone(), peer: None, peer_id: None, address: word,
            content: json!({}), asked_at: now, answer_by: town.app.today(), expires_at: now, reminded_at: None, answer: None,
            revoked_at: None, over: None,
        };
        let twice = nobitz.write(move |t| {
            t.create_consultation(&question)?;
            t.create_consultation(&question)
        });
        let failure = web::failure::Failure::from(twice.await.expect_err("a conflict"));
        assert_eq!(failure.status(), 500);

        // What was sealed is overwritten with readable words.
        let (id, hex) = (case.id.to_string(), MARK.bytes().map(|b| format!("{b:02x}")).collect::<String>());
        let sealed = |value: &str| format!("update case_file set body = {value} where tenant = 'nobitz' and id = '{id}';");
        town.tamper("nobitz", &sealed(&format!("X'{hex}'")), &sealed(&format!("'\\x{hex}'"))).await;
        assert_eq!(town.clerk(KRELL).await.get(&format!("/amt/v/{id}")).await.status, 500);

        let log = crate::town::LOG.lock().expect("the log")[before..].to_vec();
        for said in ["call_off.html", "a rule failed at run time", "job failed", "widerspricht einem vorhandenen", "case_file.body"] {
            assert!(contains(&log, said.as_bytes()), "{said} did not fail: {}", String::from_utf8_lossy(&log));
        }
        assert!(readable(&log).is_empty(), "a canary is readable in the log: {:?}: {}", readable(&log), String::from_utf8_lossy(&log));
    }
}

#[test]
fn a_canary_is_seen_in_every_shape() {
    let text = format!("x{MARK}abcd");
    for lead in 0..4 {
        let bytes = [vec![b'y'; lead], text.clone().into_bytes()].concat();
        let coded = base64::engine::general_purpose::STANDARD.encode(&bytes);
        assert!(readable(coded.as_bytes()).contains(&"Base64"), "{lead}");
        assert!(readable(&bytes).contains(&"UTF-8"));
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        assert!(readable(hex.as_bytes()).contains(&"Hex") && readable(hex.to_uppercase().as_bytes()).contains(&"Hex"));
        assert!(readable(&unhex(format!("1\t\\\\x{hex}\n").as_bytes())).contains(&"UTF-8"));
        let utf16: Vec<u8> = text.to_uppercase().encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(readable(&utf16).contains(&"UTF-16 LE"));
    }
    assert!(readable(PDF).is_empty() && readable(json!({"a": "Kanarien"}).to_string().as_bytes()).is_empty());
}
