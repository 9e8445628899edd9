//! The walk of `table`: one successful call of each route that declares an event of the log of acts, and a look into the
//! log after it.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use store::{KeyKind, NewKey};
use web::routes::RouteInfo;

use crate::actors::{Browser, Club, Page, Receipt, errors};
use crate::consult::by_link;
use crate::decide::{basis_of, case_of};
use crate::isolation::{Ids, fill};
use crate::privacy::{morning, over};
use crate::second_factor::{code, emergency, key};
use crate::settings::saves;
use crate::town::Town;

const LEAD: &str = "leitung@nobitz.example";
const KRELL: &str = "s.krell@nobitz.example";
const NEUMANN: &str = "r.neumann@altenburgerland.example";
const LANDKREIS: &str = "lk-altenburger-land";
const PASSWORD: &str = "Vorfuehrung-2026";

/// Calls routes and looks for their events in the log of an authority.
pub struct Log<'t> {
    town: &'t Town,
    pub seen: BTreeSet<(&'static str, &'static str)>,
}

impl<'t> Log<'t> {
    pub fn of(town: &'t Town) -> Log<'t> {
        let seen = BTreeSet::new();
        Log { town, seen }
    }

    fn route(method: &str, path: &str) -> RouteInfo {
        let found = web::route_infos()
            .into_iter()
            .find(|r| r.method == method && r.path == path);
        found.unwrap_or_else(|| panic!("no route {method} {path}"))
    }

    async fn count(&self, authority: &str, event: &str) -> usize {
        let log = self.town.authority(authority).await;
        let rows = log.read(|t| t.audit_rows(0, 100_000)).await.expect("the log");
        rows.iter().filter(|r| r.event == event).count()
    }

    /// Rows of this event before a call, to be handed to `is_in`.
    async fn before(&self, authority: &str, route: (&str, &str)) -> usize {
        self.count(authority, Log::route(route.0, route.1).audit).await
    }

    async fn is_in(&mut self, authority: &str, route: (&str, &str), before: usize) {
        let info = Log::route(route.0, route.1);
        let now = self.count(authority, info.audit).await;
        assert!(
            now > before,
            "{} {}: „{}“ is not in the log",
            info.method,
            info.path,
            info.audit
        );
        self.seen.insert((info.method, info.path));
    }

    /// One successful call; `path` may go on with a query.
    pub async fn calls(
        &mut self,
        authority: &str,
        browser: &mut Browser,
        (method, path): (&str, &str),
        ids: &Ids,
        pairs: &[(&str, &str)],
    ) -> Page {
        let (plain, query) = path
            .split_once('?')
            .map_or((path, String::new()), |(p, q)| (p, format!("?{q}")));
        let before = self.before(authority, (method, plain)).await;
        let at = format!("{}{query}", fill(plain, ids).expect("ids"));
        let page = match method {
            "GET" => browser.get(&at).await,
            _ => browser.post(&at, pairs).await,
        };
        let done = [200, 303].contains(&page.status) && !page.location.starts_with("/amt/anmelden?");
        assert!(
            done,
            "{method} {at}: {} {} {}",
            page.status,
            page.location,
            errors(&page.text())
        );
        self.is_in(authority, (method, plain), before).await;
        page
    }
}

/// An application to Nobitz, with what paths call it.
async fn applied(town: &Town, service: &str) -> (Club, Receipt, Ids) {
    let mut club = town.club();
    let example = club.example(service, "");
    let receipt = club.applies("nobitz", service, &example.answers).await;
    town.work().await;
    let id = case_of(town, "nobitz", &receipt).await.id;
    let ids = Ids::from([("case", id.0), ("reference", receipt.reference.clone())]);
    (club, receipt, ids)
}

/// What is asked of a case and answered, by its applicant and by other offices. Returns a withdrawn case.
pub async fn is_talked_about(town: &Town, log: &mut Log<'_>) -> Ids {
    let sent = ("POST", "/{place}/{service}/antrag/pruefen");
    let before = log.before("nobitz", sent).await;
    let (mut club, receipt, mut ids) = applied(town, "brauchtumsfeuer").await;
    log.is_in("nobitz", sent, before).await;
    let sent = ("POST", "/api/v1/authorities/{ags}/services/{service}/applications");
    let before = log.before("nobitz", sent).await;
    let answers = town.club().example("brauchtumsfeuer", "").answers;
    assert_eq!(crate::api::sends(town, "brauchtumsfeuer", &answers).await, 201);
    log.is_in("nobitz", sent, before).await;

    let mut desk = town.clerk(KRELL).await;
    let id = ids["case"].clone();
    log.calls("nobitz", &mut desk, ("POST", "/amt/v/{case}/beginnen"), &ids, &[])
        .await;
    log.calls(
        "nobitz",
        &mut desk,
        ("POST", "/amt/eingang/zuweisen"),
        &ids,
        &[("v", &id)],
    )
    .await;
    log.calls("nobitz", &mut desk, ("GET", "/amt/eingang.csv"), &ids, &[])
        .await;
    log.calls(
        "nobitz",
        &mut desk,
        ("POST", "/amt/v/{case}/zuweisen"),
        &ids,
        &[("was", "frei")],
    )
    .await;
    log.calls(
        "nobitz",
        &mut desk,
        ("POST", "/amt/v/{case}/notiz"),
        &ids,
        &[("text", "Rückruf am Montag.")],
    )
    .await;
    let ask = [
        ("feld", "contact.phone"),
        ("grund.contact.phone", "Die Nummer stimmt nicht."),
        ("bis", "1"),
    ];
    log.calls("nobitz", &mut desk, ("POST", "/amt/v/{case}/rueckfrage"), &ids, &ask)
        .await;
    town.work().await;
    let answer = ("POST", "/v/{reference}/ergaenzen");
    let before = log.before("nobitz", answer).await;
    let pairs = [("contact.phone".to_owned(), "03447 555123".to_owned())];
    let sent = club
        .browser
        .post_form(&fill(answer.1, &ids).expect("a path"), &pairs, &[])
        .await;
    assert_eq!(sent.status, 303, "{}", errors(&sent.text()));
    log.is_in("nobitz", answer, before).await;
    log.calls(
        "nobitz",
        &mut club.browser,
        ("POST", "/v/{reference}/nachricht"),
        &ids,
        &[("text", "Wir kommen um acht.")],
    )
    .await;

    // Another office with a desk, and one with a link.
    let until = web::format::date(town.app.today().saturating_add(3.days()));
    let asks = [
        ("an", LANDKREIS),
        ("frage", "Brennt es dort oft?"),
        ("bis", until.as_str()),
        ("feld", "event.date"),
    ];
    log.calls("nobitz", &mut desk, ("POST", "/amt/v/{case}/beteiligen"), &ids, &asks)
        .await;
    town.work().await;
    let case = case_of(town, "nobitz", &receipt).await;
    let asked = async |case: &domain::Case| {
        let (desk, case) = (town.authority("nobitz").await, case.id.clone());
        let all = desk.read(move |t| t.consultations_of(&case)).await.expect("questions");
        all.into_iter().find(|c| c.answer.is_none()).expect("a question").id
    };
    ids.insert("consultation", asked(&case).await);
    let step = "/amt/v/{case}/beteiligung/{consultation}";
    log.calls(
        "nobitz",
        &mut desk,
        ("POST", format!("{step}/erinnern").as_str()),
        &ids,
        &[],
    )
    .await;
    town.work().await;
    let mut peer = town.clerk(NEUMANN).await;
    let there = town
        .authority(LANDKREIS)
        .await
        .read(|t| t.incoming_consultations())
        .await
        .expect("questions");
    let incoming = Ids::from([("consultation", there[0].id.clone())]);
    let says = [
        ("ergebnis", "keine"),
        ("name", "S. Neumann"),
        ("telefon", "03447 5678-0"),
    ];
    log.calls(
        LANDKREIS,
        &mut peer,
        ("GET", "/amt/stellungnahmen/{consultation}"),
        &incoming,
        &[],
    )
    .await;
    log.calls(
        LANDKREIS,
        &mut peer,
        ("POST", "/amt/stellungnahmen/{consultation}"),
        &incoming,
        &says,
    )
    .await;
    town.work().await;
    let link = by_link(town, &mut desk, &case).await;
    let link = Ids::from([("token", link.trim_start_matches("/stellungnahme/").to_owned())]);
    log.calls(
        "nobitz",
        &mut town.browser(),
        ("GET", "/stellungnahme/{token}"),
        &link,
        &[],
    )
    .await;
    log.calls(
        "nobitz",
        &mut town.browser(),
        ("POST", "/stellungnahme/{token}"),
        &link,
        &says,
    )
    .await;

    let (_, receipt, mut ids) = applied(town, "brauchtumsfeuer").await;
    log.calls("nobitz", &mut desk, ("POST", "/amt/v/{case}/beteiligen"), &ids, &asks)
        .await;
    town.work().await;
    ids.insert("consultation", asked(&case_of(town, "nobitz", &receipt).await).await);
    log.calls(
        "nobitz",
        &mut desk,
        ("POST", format!("{step}/zurueckziehen").as_str()),
        &ids,
        &[],
    )
    .await;
    let to = [("an", LANDKREIS), ("grund", "Der Platz liegt im Wald.")];
    log.calls("nobitz", &mut desk, ("POST", "/amt/v/{case}/abgeben"), &ids, &to)
        .await;
    let (mut club, _, ids) = applied(town, "brauchtumsfeuer").await;
    let gone = [("grund", "Regen"), ("von", "daten"), ("ja", "ja")];
    log.calls(
        "nobitz",
        &mut club.browser,
        ("POST", "/v/{reference}/zurueckziehen"),
        &ids,
        &gone,
    )
    .await;
    town.work().await;
    ids
}

/// What is decided, paid, called off and withdrawn by the desk.
pub async fn is_decided(town: &Town, log: &mut Log<'_>) {
    let mut desk = town.clerk(KRELL).await;
    let (mut club, receipt, ids) = applied(town, "raumnutzung").await;
    let basis = basis_of(town, &case_of(town, "nobitz", &receipt).await).await;
    let no = [("_form", basis.as_str()), ("grund", "Der Saal wird saniert.")];
    log.calls("nobitz", &mut desk, ("POST", "/amt/v/{case}/ablehnen"), &ids, &no)
        .await;
    log.calls("nobitz", &mut desk, ("POST", "/amt/v/{case}/zurueckholen"), &ids, &[])
        .await;
    log.calls("nobitz", &mut desk, ("POST", "/amt/v/{case}/genehmigen"), &ids, &[])
        .await;
    town.pass(11).await;
    log.calls(
        "nobitz",
        &mut club.browser,
        ("GET", "/v/{reference}/bescheid"),
        &ids,
        &[],
    )
    .await;
    log.calls(
        "nobitz",
        &mut desk,
        ("POST", "/amt/v/{case}/zahlung"),
        &ids,
        &[("was", "bezahlt")],
    )
    .await;
    let off = [("kosten", "bleiben"), ("grund", "Anruf am Vormittag.")];
    log.calls("nobitz", &mut desk, ("POST", "/amt/v/{case}/absagen"), &ids, &off)
        .await;

    let (mut club, _, ids) = applied(town, "raumnutzung").await;
    log.calls("nobitz", &mut desk, ("POST", "/amt/v/{case}/genehmigen"), &ids, &[])
        .await;
    town.pass(11).await;
    log.calls(
        "nobitz",
        &mut club.browser,
        ("GET", "/v/{reference}/bescheid.pdf"),
        &ids,
        &[],
    )
    .await;
    let off = [("kosten", "frei"), ("grund", "Die Kapelle ist krank.")];
    log.calls(
        "nobitz",
        &mut club.browser,
        ("POST", "/v/{reference}/absagen"),
        &ids,
        &off,
    )
    .await;

    let (_, _, ids) = applied(town, "raumnutzung").await;
    log.calls(
        "nobitz",
        &mut desk,
        ("POST", "/amt/v/{case}/zurueckziehen"),
        &ids,
        &[("grund", "Anruf am Vormittag.")],
    )
    .await;
}

/// One's own ways in.
pub async fn logs_in(town: &Town, log: &mut Log<'_>) {
    let none = Ids::new();
    let login = [("mail", KRELL), ("pass", PASSWORD)];
    let mut me = town.browser();
    log.calls("nobitz", &mut me, ("POST", "/amt/anmelden"), &none, &login)
        .await;
    log.calls("nobitz", &mut me, ("POST", "/amt/konto"), &none, &[("digest", "1")])
        .await;
    let nobitz = town.authority("nobitz").await;
    let clerks = nobitz.read(|t| t.clerks()).await.expect("clerks");
    let id = clerks.iter().find(|c| c.email == KRELL).expect("the clerk").id.clone();
    for (kind, path) in [
        (KeyKind::Passkey, "/amt/konto/passkey/entfernen"),
        (KeyKind::Account, "/amt/konto/trennen"),
    ] {
        let here = me.cookie("sitzung").expect("a session");
        let store = &town.app.store;
        let proven = store.is_password(KRELL, PASSWORD, town.now()).await.expect("a look");
        let new = NewKey {
            kind,
            what: path.as_bytes(),
            name: "Gerät",
            credential: serde_json::Value::Null,
            proven: proven.expect("the password"),
            here: &here,
        };
        store
            .add_log_in_key(&nobitz, &id, new, town.now())
            .await
            .expect("a key");
        let who = id.clone();
        let keys = nobitz.read(move |t| t.log_in_keys(&who)).await.expect("keys");
        let key = keys.into_iter().find(|k| k.kind == kind).expect("the key").id;
        log.calls("nobitz", &mut me, ("POST", path), &none, &[("id", &key)])
            .await;
    }
    log.calls(
        "nobitz",
        &mut me,
        ("POST", "/amt/konto/abmelden"),
        &none,
        &[("id", "0011223344556677")],
    )
    .await;
    log.calls("nobitz", &mut me, ("POST", "/amt/konto/andere-abmelden"), &none, &[])
        .await;

    let shown = key(&me.get("/amt/zweiter-faktor").await.text());
    let first = [("code", code(town, &shown)), ("pass", PASSWORD.to_owned())];
    let first: Vec<(&str, &str)> = first.iter().map(|(k, v)| (*k, v.as_str())).collect();
    log.calls("nobitz", &mut me, ("POST", "/amt/zweiter-faktor"), &none, &first)
        .await;
    let pass = [("pass", PASSWORD)];
    let codes = log
        .calls(
            "nobitz",
            &mut me,
            ("POST", "/amt/zweiter-faktor/notfallcodes"),
            &none,
            &pass,
        )
        .await;
    let mut other = town.browser();
    assert_eq!(other.post("/amt/anmelden", &login).await.status, 303);
    let typed = emergency(&codes.text()).swap_remove(0);
    log.calls(
        "nobitz",
        &mut other,
        ("POST", "/amt/anmelden/code"),
        &none,
        &[("code", &typed)],
    )
    .await;
    log.calls(
        "nobitz",
        &mut me,
        ("POST", "/amt/zweiter-faktor/abschalten"),
        &none,
        &pass,
    )
    .await;
    let new = [("alt", PASSWORD), ("neu", "grüne Wiese am Bach")];
    log.calls("nobitz", &mut me, ("POST", "/amt/konto/passwort"), &none, &new)
        .await;
}

/// What the lead sets, the rooms and the ready sentences.
pub async fn is_set(town: &Town, log: &mut Log<'_>) {
    let none = Ids::new();
    let nobitz = town.authority("nobitz").await;
    let mut lead = town.clerk(LEAD).await;
    let assumed = [
        ("minutes_applicant", "20"),
        ("minutes_office", "10"),
        ("trips", "80"),
        ("calls", "50"),
    ];
    let mut centre = town.clerk(crate::centre::HARTUNG).await;
    let save = ("POST", "/cockpit/annahmen");
    log.calls("land-thueringen", &mut centre, save, &none, &assumed).await;
    let base = "/amt/einstellungen";
    let (ort, member) = ("ort=16077036", "ort=16077011");
    for (path, pairs) in [
        ("pausieren", vec![("ort", "16077036")]),
        (
            "freischalten",
            vec![("ort", "16077036"), ("wann", "tag"), ("tag", "01.06.2027")],
        ),
        ("plan", vec![]),
        ("freischalten", vec![("ort", "16077036"), ("wann", "jetzt")]),
        ("verlassen", vec![("ort", "16077011")]),
        ("vorschau", vec![]),
        ("wie", vec![("wie", "16077001")]),
    ] {
        // What is planned is not online yet.
        if pairs.contains(&("wann", "tag")) {
            let done = lead.post("/amt/store/brauchtumsfeuer/freischalten", &pairs).await;
            assert_eq!(done.status, 303, "{}", errors(&done.text()));
            continue;
        }
        let path = format!("/amt/store/{{item}}/{path}");
        log.calls("nobitz", &mut lead, ("POST", &path), &none, &pairs).await;
    }
    let change = nobitz.read(|t| t.changes(None, 300)).await.expect("changes");
    let change = change.into_iter().find(|c| c.area == "params").expect("rules").id;
    let back = [("stand", change.as_str())];
    log.calls(
        "nobitz",
        &mut lead,
        ("POST", "/amt/einstellungen/verlauf"),
        &none,
        &back,
    )
    .await;
    let saved = ("POST", "/amt/store/{item}/regeln");
    let before = log.before(LANDKREIS, saved).await;
    let params = [
        ("fee", "70"),
        ("fee_per", "event"),
        ("fee_max", "100"),
        ("notice_days", "14"),
        ("decision_days", "10"),
        ("near_homes", "100"),
        ("fuer", "16077036"),
    ];
    let done = saves(
        &mut town.clerk(NEUMANN).await,
        &format!("/amt/store/sperrzeit/regeln?{ort}"),
        &params,
    )
    .await;
    assert_eq!(done.status, 303, "{}", errors(&done.text()));
    log.is_in(LANDKREIS, saved, before).await;

    let room = [
        ("ort", "16077036"),
        ("name", "Kellerraum"),
        ("recht", "vertrag"),
        ("anfrage", "hold"),
        ("tag_resident", "10"),
    ];
    log.calls(
        "nobitz",
        &mut lead,
        ("POST", "/amt/einstellungen/raeume/neu"),
        &none,
        &room,
    )
    .await;
    let rooms = nobitz.read(|t| t.rooms(None)).await.expect("rooms");
    let made = rooms
        .iter()
        .find(|r| r.room.name == "Kellerraum")
        .expect("the room")
        .room
        .id
        .clone();
    let ids = Ids::from([("room", made.clone())]);
    let saved = ("POST", "/amt/einstellungen/raeume/{room}");
    let before = log.before("nobitz", saved).await;
    let form = [
        ("name", "Kellerraum"),
        ("recht", "vertrag"),
        ("anfrage", "hold"),
        ("tag_resident", "12"),
    ];
    let done = saves(&mut lead, &format!("{base}/raeume/{made}"), &form).await;
    assert_eq!(done.status, 303, "{}", errors(&done.text()));
    log.is_in("nobitz", saved, before).await;
    log.calls(
        "nobitz",
        &mut lead,
        ("POST", "/amt/einstellungen/raeume/{room}/abschalten"),
        &ids,
        &[],
    )
    .await;
    log.calls(
        "nobitz",
        &mut lead,
        ("POST", "/amt/einstellungen/raeume/{room}/anschalten"),
        &ids,
        &[],
    )
    .await;
    let day = web::format::date(town.app.today().saturating_add(200.days()));
    let closed = [
        ("raum", made.as_str()),
        ("tag", day.as_str()),
        ("grund", "Grundreinigung"),
    ];
    log.calls("nobitz", &mut lead, ("POST", "/amt/kalender/sperren"), &none, &closed)
        .await;
    let (from, to) = (town.now(), town.now() + jiff::SignedDuration::from_hours(24 * 300));
    let all = nobitz
        .read(move |t| t.bookings(None, from, to))
        .await
        .expect("bookings");
    let booking = all.into_iter().find(|b| b.room == made).expect("the closed time").id;
    let ids = Ids::from([("booking", booking)]);
    log.calls(
        "nobitz",
        &mut lead,
        ("POST", "/amt/kalender/sperre/{booking}/aufheben"),
        &ids,
        &[],
    )
    .await;
    log.calls("nobitz", &mut lead, ("POST", "/amt/kalender/abo"), &none, &[])
        .await;
    log.calls(
        "nobitz",
        &mut lead,
        ("POST", "/amt/kalender/abo/widerrufen"),
        &none,
        &[],
    )
    .await;

    let contact = [
        ("name", "Gemeinde Nobitz"),
        ("strasse", "Bachstraße 1"),
        ("plz", "04603"),
        ("ort", "Nobitz"),
        ("telefon", "03447 1234-20"),
        ("email", "ordnung@nobitz.example"),
        ("unterschrift", "In Vertretung"),
    ];
    log.calls(
        "nobitz",
        &mut lead,
        ("POST", "/amt/einstellungen/kontakt"),
        &none,
        &contact,
    )
    .await;
    let bank = ("POST", "/amt/einstellungen/bank");
    let before = log.before("nobitz", bank).await;
    let account = [
        ("inhaber", "Gemeindekasse Nobitz"),
        ("iban", "DE02 1203 0000 0000 2020 51"),
    ];
    let done = saves(&mut lead, bank.1, &account).await;
    assert_eq!(done.status, 303, "{}", errors(&done.text()));
    log.is_in("nobitz", bank, before).await;
    let crest = ("POST", "/amt/einstellungen/wappen");
    let before = log.before("nobitz", crest).await;
    let drawn =
        br##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><path d="M0 0L9 9L0 9z" fill="#c00"/></svg>"##;
    let file = ("wappen".to_owned(), "wappen.svg".to_owned(), drawn.to_vec());
    let done = lead.post_form(&format!("{}?{member}", crest.1), &[], &[file]).await;
    assert_eq!(done.status, 303, "{}", errors(&done.text()));
    log.is_in("nobitz", crest, before).await;
    log.calls(
        "nobitz",
        &mut lead,
        ("POST", format!("{base}/wappen/entfernen?{member}").as_str()),
        &none,
        &[],
    )
    .await;

    let words = [
        ("art", "note"),
        ("titel", "Satz"),
        ("text", "Feuerwehr ist informiert."),
    ];
    log.calls(
        "nobitz",
        &mut lead,
        ("POST", "/amt/einstellungen/textbausteine/neu"),
        &none,
        &words,
    )
    .await;
    let blocks = nobitz.read(|t| t.text_blocks("")).await.expect("sentences");
    let block = blocks
        .iter()
        .find(|b| b.title == "Satz")
        .expect("the sentence")
        .id
        .clone();
    let ids = Ids::from([("block", block.clone())]);
    let saved = ("POST", "/amt/einstellungen/textbausteine/{block}");
    let before = log.before("nobitz", saved).await;
    let words = [("art", "note"), ("titel", "Satz"), ("text", "Feuerwehr weiß Bescheid.")];
    let done = saves(&mut lead, &format!("{base}/textbausteine/{block}"), &words).await;
    assert_eq!(done.status, 303, "{}", errors(&done.text()));
    log.is_in("nobitz", saved, before).await;
    log.calls(
        "nobitz",
        &mut lead,
        ("POST", "/amt/einstellungen/textbausteine/{block}/loeschen"),
        &ids,
        &[],
    )
    .await;
    let hides = [("zeigen", "nein"), ("grund", "Die Stelle prüft das Protokoll neu.")];
    log.calls(
        "nobitz",
        &mut lead,
        ("POST", "/amt/einstellungen/protokoll"),
        &none,
        &hides,
    )
    .await;
    let (_, sealed_with) = store::SealFor::code(town.app.store.entropy());
    let leaves = [("code", sealed_with.as_str()), ("passwort", PASSWORD)];
    log.calls("nobitz", &mut lead, ("POST", "/amt/mitnehmen"), &none, &leaves)
        .await;
}

/// Other people's accounts.
pub async fn are_managed(town: &Town, log: &mut Log<'_>) {
    let nobitz = town.authority("nobitz").await;
    let mut lead = town.clerk(LEAD).await;
    let at = "/amt/einstellungen/konten";
    let none = Ids::new();
    let new = [
        ("name", "N. Neu"),
        ("email", "n.neu@nobitz.example"),
        ("rolle", "clerk"),
    ];
    log.calls(
        "nobitz",
        &mut lead,
        ("POST", "/amt/einstellungen/konten/neu"),
        &none,
        &new,
    )
    .await;
    let clerks = nobitz.read(|t| t.clerks()).await.expect("clerks");
    let id = clerks
        .iter()
        .find(|c| c.name == "N. Neu")
        .expect("the account")
        .id
        .clone();
    let ids = Ids::from([("clerk", id.0.clone())]);
    let named = [("name", "N. Neu-Roth"), ("rolle", "clerk")];
    log.calls(
        "nobitz",
        &mut lead,
        ("POST", format!("{at}/{{clerk}}").as_str()),
        &ids,
        &named,
    )
    .await;
    let (entropy, now) = (town.app.store.entropy().clone(), town.now());
    let set_up = nobitz.write(move |t| t.emergency_codes(&id, &entropy, now).map(drop));
    set_up.await.expect("codes");
    for step in ["code", "passwort", "sperren", "freigeben"] {
        log.calls(
            "nobitz",
            &mut lead,
            ("POST", format!("{at}/{{clerk}}/{step}").as_str()),
            &ids,
            &[],
        )
        .await;
    }
    for wanted in ["ja", "nein"] {
        log.calls(
            "nobitz",
            &mut lead,
            ("POST", format!("{at}/code").as_str()),
            &none,
            &[("pflicht", wanted)],
        )
        .await;
    }
}

/// What becomes of a case when its time is over.
pub async fn goes(town: &Town, log: &mut Log<'_>, ids: &Ids) {
    let (nobitz, id) = (town.authority("nobitz").await, ids["case"].clone());
    let mut lead = town.clerk(LEAD).await;
    log.calls("nobitz", &mut lead, ("GET", "/amt/protokoll"), ids, &[])
        .await;
    log.calls(
        "nobitz",
        &mut lead,
        ("POST", "/amt/auskunft"),
        ids,
        &[("wer", ids["reference"].as_str())],
    )
    .await;
    log.calls("nobitz", &mut lead, ("POST", "/amt/auskunft/datei"), ids, &[("v", &id)])
        .await;
    let wanted = domain::CaseId::from(id.as_str());
    let case = nobitz
        .read(move |t| t.case(&wanted))
        .await
        .expect("a look")
        .expect("the case");
    morning(town, over(&case)).await;
    let mut lead = town.clerk(LEAD).await;
    for (was, reason) in [("sperren", "Klage 3 K 12/31"), ("aufheben", "Urteil rechtskräftig")] {
        let sent = lead
            .post(&format!("/amt/v/{id}/sperre"), &[("was", was), ("grund", reason)])
            .await;
        assert_eq!(sent.status, 303, "{}", errors(&sent.text()));
    }
    let held = ("POST", "/amt/v/{case}/sperre");
    log.is_in("nobitz", held, 0).await;
    log.calls("nobitz", &mut lead, ("GET", "/amt/loeschen.csv"), ids, &[])
        .await;
    let released = [("was", "freigeben"), ("v", id.as_str()), ("sicher", "ja")];
    log.calls("nobitz", &mut lead, ("POST", "/amt/loeschen"), ids, &released)
        .await;
    let archive = [("archiv", "Kreisarchiv Altenburger Land"), ("tage", "180")];
    log.calls("nobitz", &mut lead, ("POST", "/amt/loeschen/archiv"), ids, &archive)
        .await;

    // Its payload names no case: every try fails, until it is given up.
    let now = town.now();
    let add = nobitz.write(move |t| t.add_job("letter_receipt", &serde_json::json!({}), now, None));
    add.await.expect("a job");
    for _ in 0..10 {
        town.pass(6 * 3600).await;
    }
    let dead = nobitz.read(|t| t.dead_jobs()).await.expect("jobs").remove(0).id;
    let mut lead = town.clerk(LEAD).await;
    log.calls(
        "nobitz",
        &mut lead,
        ("POST", "/amt/einstellungen/stoerungen"),
        ids,
        &[("auftrag", &dead)],
    )
    .await;
}
