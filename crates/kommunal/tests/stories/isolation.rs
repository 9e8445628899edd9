//! Nobody crosses from one authority to another: a matrix of routes, methods and roles, made from the router's own
//! table. "Foreign" must answer exactly as "not there", and every probe has a twin with the own id that gets in.
//! A route that takes an id which no world of this file knows fails the test: give it one.
//!
//! The short form asks as one stranger in each role; `ISOLATION=long` (`make isolation`) as everybody of every authority.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header;
use domain::{CaseId, ClerkId, TenantId};
use store::{KeyKind, NewKey, SharedStore};
use web::routes::{RouteInfo, Who};

use crate::actors::{Browser, Page};
use crate::both;
use crate::decide::case_of;
use crate::shield::guarded;
use crate::town::Town;

const LANDKREIS: &str = "lk-altenburger-land";
const STRANGERS: &str = "lk-eichsfeld";
pub const NEUMANN: &str = "r.neumann@altenburgerland.example";
pub const LEITUNG: &str = "leitung@nobitz.example";
/// Methods that no route declares.
const UNDECLARED: [&str; 3] = ["PUT", "PATCH", "DELETE"];

/// Ids of one authority by their names in the table's paths.
pub type Ids = BTreeMap<&'static str, String>;

/// A path with its ids; `None`: this authority has none of that kind.
pub fn fill(path: &str, ids: &Ids) -> Option<String> {
    let parts = path
        .split('/')
        .map(|part| match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
            None => Some(part.to_owned()),
            Some("service" | "item") => Some("brauchtumsfeuer".to_owned()),
            Some(name) => ids.get(name).cloned(),
        });
    Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
}

/// Ids of the same shape that nobody has.
pub fn nobodys(ids: &Ids) -> Ids {
    let other = |c: char| match c {
        'a'..='f' | '0'..='8' => char::from(c as u8 + 1),
        'g' | '9' => '0',
        c => c,
    };
    ids.iter()
        .map(|(name, id)| (*name, id.chars().map(other).collect()))
        .collect()
}

/// What of an answer may not tell "foreign" from "not there"; the asked ids themselves stand in both pages.
pub fn told(page: &Page, ids: &Ids) -> (u16, String, String, String) {
    // The longest first: an id may contain another.
    let mut all: Vec<&String> = ids.values().collect();
    all.sort_by_key(|id| std::cmp::Reverse(id.len()));
    let masked = |text: String| all.iter().fold(text, |text, id| text.replace(id.as_str(), "…"));
    (
        page.status,
        masked(page.head.clone()),
        masked(page.location.clone()),
        masked(page.text()),
    )
}

pub async fn ask(browser: &mut Browser, method: &str, path: &str) -> Page {
    let request = browser
        .request(method, path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::empty())
        .expect("a request");
    browser.send(request).await
}

/// One authority with everything that a path can name, and who belongs to it.
pub struct World {
    pub authority: &'static str,
    pub ids: Ids,
    pub lead: Browser,
}

impl World {
    /// The route with this authority's ids; `None`: there is nothing here that it could name.
    pub fn path(&self, route: &RouteInfo) -> Option<String> {
        // Opinions that others asked for have pages of their own; those of a case's own lie below the case.
        let incoming = self.ids["consultation"].starts_with("in-");
        let has = !route.ids.contains(&"consultation") || incoming != route.ids.contains(&"case");
        if has { fill(route.path, &self.ids) } else { None }
    }
}

async fn clerk_of(town: &Town, authority: &str) -> ClerkId {
    let clerks = town
        .authority(authority)
        .await
        .read(|t| t.clerks())
        .await
        .expect("clerks");
    clerks.first().expect("a clerk").id.clone()
}

/// What only forms name: the lead's other session, passkey and connected account, and a job that was given up.
async fn named_in_forms(town: &Town, authority: &'static str, mail: &str, lead: &Browser) -> Ids {
    let (store, now) = (&town.app.store, town.now());
    let desk = town.authority(authority).await;
    let clerks = desk.read(|t| t.clerks()).await.expect("clerks");
    let me = clerks.into_iter().find(|c| c.email == mail).expect("the lead").id;
    let here = lead.cookie("sitzung").expect("a session");
    for kind in [KeyKind::Passkey, KeyKind::Account] {
        let proven = store.is_password(mail, "Vorfuehrung-2026", now).await.expect("a look");
        let what = format!("{authority} {kind:?}");
        let new = NewKey {
            kind,
            what: what.as_bytes(),
            name: "Gerät",
            credential: serde_json::Value::Null,
            proven: proven.expect("the password"),
            here: &here,
        };
        store.add_log_in_key(&desk, &me, new, now).await.expect("a key");
    }
    town.clerk(mail).await;
    let sessions = store.shared().sessions_of(desk.id(), &me, now).await.expect("sessions");
    let other = sessions.into_iter().find(|s| s.id != SharedStore::session_name(&here));
    let late = now + jiff::SignedDuration::from_hours(24 * 300);
    let add = desk.write(move |t| t.add_job("letter_question", &serde_json::json!({}), late, None));
    assert!(add.await.expect("a job"));
    let dies = format!(
        "update job set state = 'dead' where tenant = '{authority}' and kind = 'letter_question' and state = 'waiting'"
    );
    town.tamper(authority, &dies, &dies).await;
    let who = me.clone();
    let read = desk.read(move |t| Ok::<_, store::Error>((t.log_in_keys(&who)?, t.dead_jobs()?)));
    let (keys, jobs) = read.await.expect("keys and jobs");
    let key = |kind| keys.iter().find(|k| k.kind == kind).expect("a key").id.clone();
    Ids::from([
        ("lead", me.0),
        ("session", other.expect("another device").id),
        ("passkey", key(KeyKind::Passkey)),
        ("connected", key(KeyKind::Account)),
        ("job", jobs.first().expect("a dead job").id.clone()),
    ])
}

/// The district with a case that has papers, letters and another office asked.
pub async fn district(town: &Town) -> World {
    let mut club = town.club();
    let example = club.example("sperrzeit", "");
    town.on(example.today);
    let receipt = club.applies("nobitz", "sperrzeit", &example.answers).await;
    town.work().await;
    let case = case_of(town, LANDKREIS, &receipt).await;
    let id = case.id.clone();
    let desk = town.authority(LANDKREIS).await;
    let read = desk.read(move |t| Ok::<_, store::Error>((t.letters(&id)?, t.consultations_of(&id)?)));
    let (letters, asked) = read.await.expect("what belongs to the case");
    let mut ids = Ids::from([
        ("case", case.id.to_string()),
        ("paper", case.papers.first().expect("a paper").id.to_string()),
        // The receipt holds the code: it is no desk's.
        (
            "letter",
            letters
                .iter()
                .find(|l| l.kind != "receipt")
                .expect("a letter")
                .id
                .to_string(),
        ),
        ("consultation", asked.first().expect("another office").id.clone()),
        ("clerk", clerk_of(town, LANDKREIS).await.0),
    ]);
    let lead = town.clerk(NEUMANN).await;
    ids.extend(named_in_forms(town, LANDKREIS, NEUMANN, &lead).await);
    World {
        authority: LANDKREIS,
        ids,
        lead,
    }
}

/// The municipality with a hall, a closed time, ready sentences and an asked opinion.
pub async fn municipality(town: &Town) -> World {
    let mut club = town.club();
    let example = club.example("raumnutzung", "");
    town.on(example.today);
    let receipt = club.applies("nobitz", "raumnutzung", &example.answers).await;
    town.work().await;
    let case = case_of(town, "nobitz", &receipt).await;
    let now = town.app.now();
    let block = store::TextBlock {
        id: "b7c1d2".to_owned(),
        service: String::new(),
        kind: "note".to_owned(),
        title: "Rückruf".to_owned(),
        text: "Bitte zurückrufen.".to_owned(),
        position: 0,
    };
    let desk = town.authority("nobitz").await;
    let write = desk.write(move |t| {
        t.put_text_block(&block, "system", now)?;
        let room = t.rooms(None)?.into_iter().next().expect("a room").room.id;
        let hour = jiff::SignedDuration::from_hours(1);
        let far = now + jiff::SignedDuration::from_hours(24 * 200);
        let closed = t
            .block_room(&room, (far, far + hour), "Handwerker", "system", now)
            .expect("a free hour");
        let asked = t.incoming_consultations()?;
        t.set_params(&"16077036".into(), "brauchtumsfeuer", Default::default(), "system", now)?;
        let change = t.changes(None, 1)?.remove(0).id;
        Ok::<_, store::Error>((room, closed.id, asked, change))
    });
    let (room, booking, asked, change) = write.await.expect("what the municipality has");
    let mut ids = Ids::from([
        ("case", case.id.to_string()),
        ("room", room),
        ("block", "b7c1d2".to_owned()),
        ("booking", booking),
        ("change", change),
        ("consultation", asked.first().expect("the district asks").id.clone()),
        ("clerk", clerk_of(town, "nobitz").await.0),
    ]);
    let lead = town.clerk(LEITUNG).await;
    ids.extend(named_in_forms(town, "nobitz", LEITUNG, &lead).await);
    World {
        authority: "nobitz",
        ids,
        lead,
    }
}

/// Somebody of an authority that has nothing to do with either.
pub async fn stranger(town: &Town, authority: &TenantId, mail: &str, roles: &[&str]) -> Browser {
    let roles: Vec<String> = roles.iter().map(|r| (*r).to_owned()).collect();
    let add = town.app.store.add_clerk(
        authority,
        mail,
        "F. Fremd",
        "Vorfuehrung-2026",
        &roles,
        "system",
        town.app.now(),
    );
    add.await.expect("an account");
    town.clerk(mail).await
}

/// A clerk, a lead and an auditor of one authority that has nothing to do with either; in the long form, of all.
async fn strangers(town: &Town) -> Vec<Browser> {
    let all = town.app.store.shared().authorities().await.expect("authorities");
    let long = std::env::var_os("ISOLATION").is_some_and(|form| form == "long");
    let mut out = Vec::new();
    for id in all.into_iter().map(|a| a.id) {
        let own = [LANDKREIS, "nobitz"].contains(&id.as_str());
        if own || !(long || id.as_str() == STRANGERS) {
            continue;
        }
        for (role, roles) in [
            ("sach", &["clerk"][..]),
            ("leitung", &["lead", "clerk"]),
            ("pruefung", &["auditor"]),
        ] {
            out.push(stranger(town, &id, &format!("{role}@{id}.fremd.example"), roles).await);
        }
    }
    out
}

pub fn desk_routes() -> Vec<RouteInfo> {
    web::route_infos()
        .into_iter()
        .filter(|r| matches!(r.who, Who::Clerk | Who::Lead | Who::Auditor))
        .collect()
}

both! {
    /// Every desk route with an id, asked by every stranger: as if there were nothing.
    async fn foreign_is_not_there(town: Town) {
        let (district, municipality) = (district(&town).await, municipality(&town).await);
        let mut strangers = strangers(&town).await;
        let (mut probes, mut twins, mut opened) = (0, 0, 0);
        let mut worlds = [district, municipality];
        for route in desk_routes().iter().filter(|r| !r.ids.is_empty()) {
            let mut asked = 0;
            for world in &worlds {
                let Some(path) = world.path(route) else { continue };
                let nobodys = nobodys(&world.ids);
                let nothing = fill(route.path, &nobodys).expect("the same ids");
                asked += 1;
                for stranger in &mut strangers {
                    let foreign = ask(stranger, route.method, &path).await;
                    let nowhere = ask(stranger, route.method, &nothing).await;
                    // Deleting twice is no mistake; the twins below show that nothing was deleted.
                    let gone = foreign.status == 303 && path.ends_with("/loeschen");
                    assert!(gone || [403, 404].contains(&foreign.status), "{} {path}: {}", route.method, foreign.status);
                    assert_eq!(told(&foreign, &world.ids), told(&nowhere, &nobodys), "{} {path}", route.method);
                    probes += 2;
                    for method in UNDECLARED {
                        let (foreign, nowhere) = (ask(stranger, method, &path).await, ask(stranger, method, &nothing).await);
                        assert_eq!(foreign.status, 405, "{method} {path}");
                        assert_eq!(told(&foreign, &world.ids), told(&nowhere, &nobodys), "{method} {path}");
                        probes += 2;
                    }
                }
                let anybody = ask(&mut town.browser(), route.method, &path).await;
                assert!(anybody.status == 303 && anybody.location.starts_with("/amt/anmelden"), "{} {path}: {}", route.method, anybody.status);
                probes += 1;
            }
            assert!(asked > 0, "{} {}: no authority here has such an id", route.method, route.path);
        }
        // The twins, pages before acts: what an act leaves behind must not hide a page.
        for method in ["GET", "POST"] {
            for route in desk_routes().iter().filter(|r| !r.ids.is_empty() && r.method == method) {
                for world in &mut worlds {
                    let Some(path) = world.path(route) else { continue };
                    // Locking the only account would end the twin's own session.
                    if path.ends_with("/sperren") { continue }
                    let own = ask(&mut world.lead, route.method, &path).await;
                    let in_there = !own.location.starts_with("/amt/anmelden") && ![401, 403, 404, 405].contains(&own.status);
                    assert!(in_there && own.status < 500, "{method} {path}: the own id answers {} {}", own.status, own.text());
                    guarded(&own, route, &path);
                    opened += usize::from(own.status == 200);
                    twins += 1;
                }
            }
        }
        println!("{probes} fremde Anfragen von {} Fremden, keine kam hinein; {twins} eigene, alle kamen hinein", strangers.len());
        assert!(probes > 1_000 && twins > 65 && opened > 30, "{probes} probes, {twins} twins, {opened} of them opened");
        assert!(strangers.len() == 3 || probes > 20_000, "{probes} probes by {} strangers", strangers.len());
    }
}

/// The form of a route with the ids that it names; `None`: this authority has none of that kind.
pub fn form(route: &RouteInfo, ids: &Ids) -> Option<Vec<(&'static str, String)>> {
    // What else it needs to come as far as its ids.
    let beside: &[(&str, &str)] = match route.path {
        "/amt/loeschen" => &[("was", "zurueck")],
        "/amt/kalender/sperren" => &[("tag", "20.12.2030"), ("grund", "Grundreinigung")],
        "/amt/v/{case}/zuweisen" => &[("was", "person")],
        _ => &[],
    };
    let named = route
        .body_ids
        .iter()
        .map(|(field, kind)| Some((*field, ids.get(kind)?.clone())));
    let beside = beside.iter().map(|(field, value)| Some((*field, (*value).to_owned())));
    named.chain(beside).collect()
}

pub async fn send(browser: &mut Browser, path: &str, form: &[(&str, String)]) -> Page {
    let pairs: Vec<(&str, &str)> = form.iter().map(|(field, value)| (*field, value.as_str())).collect();
    browser.post(path, &pairs).await
}

/// What somebody else's hand could have changed at an authority: acts of nobody of its own, the lead's keys and sessions,
/// jobs that were given up, whose the case is.
async fn kept(town: &Town, world: &World) -> (usize, usize, usize, usize, Option<String>) {
    let desk = town.authority(world.authority).await;
    let (me, case) = (ClerkId(world.ids["lead"].clone()), CaseId(world.ids["case"].clone()));
    let shared = town.app.store.shared();
    let sessions = shared
        .sessions_of(desk.id(), &me, town.now())
        .await
        .expect("sessions")
        .len();
    let read = desk.read(move |t| {
        let own = t.clerks()?;
        let mut acts = t.audit_rows(0, 100_000)?;
        acts.retain(|row| !own.iter().any(|c| c.id.as_str() == row.actor));
        let whose = t.case(&case)?.and_then(|c| c.assignee_name);
        Ok::<_, store::Error>((acts.len(), t.log_in_keys(&me)?.len(), t.dead_jobs()?.len(), whose))
    });
    let (acts, keys, jobs, whose) = read.await.expect("rows");
    (acts, keys, jobs, sessions, whose)
}

both! {
    /// Ids in forms: another authority's does what an id does that nobody has, which is nothing; one's own does something.
    async fn foreign_ids_in_forms_do_nothing(town: Town) {
        let mut worlds = [district(&town).await, municipality(&town).await];
        let ids = [worlds[0].ids.clone(), worlds[1].ids.clone()];
        let before = [kept(&town, &worlds[0]).await, kept(&town, &worlds[1]).await];
        let mut strangers = strangers(&town).await;
        let mut routes: Vec<_> = desk_routes().into_iter().filter(|r| !r.body_ids.is_empty()).collect();
        // The other session before the keys: with a key all others end.
        routes.sort_by_key(|r| r.path != "/amt/konto/abmelden");
        let mut probes = 0;
        for route in &routes {
            let mut asked = 0;
            for (whose, asks) in [(0, 1), (1, 0)] {
                let (foreign, nobodys) = (&ids[whose], nobodys(&ids[whose]));
                let (Some(theirs), Some(path)) = (form(route, foreign), fill(route.path, &ids[asks])) else { continue };
                let nothing = form(route, &nobodys).expect("the same ids");
                let mut all = vec![&mut worlds[asks].lead];
                if route.ids.is_empty() {
                    all.extend(strangers.iter_mut());
                }
                for stranger in all {
                    let (foreign_page, nowhere) = (send(stranger, &path, &theirs).await, send(stranger, &path, &nothing).await);
                    assert!(foreign_page.status < 500, "{path}: {}", foreign_page.text());
                    assert_eq!(told(&foreign_page, foreign), told(&nowhere, &nobodys), "{path}");
                    probes += 2;
                }
                asked += 1;
            }
            assert!(asked > 0, "{}: no authority here has such an id", route.path);
        }
        assert!(probes > 30, "{probes}");
        let after = [kept(&town, &worlds[0]).await, kept(&town, &worlds[1]).await];
        assert_eq!(before, after);
        // The twins.
        for route in &routes {
            for n in 0..2 {
                let (Some(own), Some(path)) = (form(route, &ids[n]), fill(route.path, &ids[n])) else { continue };
                let nobodys = nobodys(&ids[n]);
                let nothing = form(route, &nobodys).expect("the same ids");
                let nowhere = send(&mut worlds[n].lead, &path, &nothing).await;
                let before = kept(&town, &worlds[n]).await;
                let done = send(&mut worlds[n].lead, &path, &own).await;
                let differs = told(&nowhere, &nobodys) != told(&done, &ids[n]) || before != kept(&town, &worlds[n]).await;
                assert!(differs && done.status < 500, "{path}: the own id does nothing: {} {}", done.status, done.text());
                guarded(&done, route, &path);
            }
        }
    }
}

both! {
    /// Pages without ids: the log-in for strangers, 403 for clerks where only leads may, and the lead gets in.
    async fn roles_are_kept(town: Town) {
        let mut lead = town.clerk("leitung@nobitz.example").await;
        let mut clerk = town.clerk("s.krell@nobitz.example").await;
        let none = Ids::new();
        for route in desk_routes() {
            let Some(path) = fill(route.path, &none) else { continue };
            let anybody = ask(&mut town.browser(), route.method, &path).await;
            assert!(anybody.status == 303 && anybody.location.starts_with("/amt/anmelden"), "{} {path}: {}", route.method, anybody.status);
            if matches!(route.who, Who::Lead | Who::Auditor) {
                assert_eq!(ask(&mut clerk, route.method, &path).await.status, 403, "{} {path}", route.method);
            }
            if route.method == "GET" {
                // Goes on with an application that is being entered, so it needs to know which.
                let path = if path == "/amt/neu/weiter" { format!("{path}?ort=nobitz&leistung=raumnutzung") } else { path };
                let own = ask(&mut lead, "GET", &path).await;
                // 400: this page wants to know more than its path says.
                assert!([200, 303, 400].contains(&own.status) && !own.location.starts_with("/amt/anmelden"), "GET {path}: {}", own.status);
                guarded(&own, &route, &path);
            }
        }
    }
}

both! {
    /// A method that the table does not declare does nothing, whoever asks.
    async fn only_declared_methods_answer(town: Town) {
        let mut lead = town.clerk("leitung@nobitz.example").await;
        let paths: std::collections::BTreeSet<&str> = web::route_infos().iter().map(|r| r.path).collect();
        for path in paths.into_iter().filter(|p| !p.starts_with("/assets/")) {
            let path = path.split('/').map(|p| if p.starts_with('{') { "nobitz" } else { p }).collect::<Vec<_>>().join("/");
            for method in UNDECLARED {
                for browser in [&mut lead, &mut town.browser()] {
                    let page = ask(browser, method, &path).await;
                    assert_eq!(page.status, 405, "{method} {path}");
                }
            }
        }
    }
}

both! {
    /// An applicant's page opens for who holds its code: another case's code is worth nothing there.
    async fn another_applicant_sees_nothing(town: Town) {
        let (mut own, mut other) = (town.club(), town.club());
        let example = own.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = own.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        other.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        town.work().await;
        let unknown = domain::reference::Reference::draw([9; 8], "Nobitz", "FEUER", 2026).to_string();
        let (mine, nobodys) = (Ids::from([("reference", receipt.reference)]), Ids::from([("reference", unknown)]));
        let routes = web::route_infos();
        let mut probes = 0;
        for route in routes.iter().filter(|r| r.who == Who::Applicant && r.ids == ["reference"]) {
            let (path, nothing) = (fill(route.path, &mine).expect("a path"), fill(route.path, &nobodys).expect("a path"));
            for browser in [&mut other.browser, &mut town.browser()] {
                let foreign = ask(browser, route.method, &path).await;
                let nowhere = ask(browser, route.method, &nothing).await;
                // 400: a form with files that came without its body is refused before anybody looks for the case.
                assert!([303, 400, 401, 404].contains(&foreign.status), "{} {path}: {}", route.method, foreign.status);
                assert_eq!(told(&foreign, &mine), told(&nowhere, &nobodys), "{} {path}", route.method);
                probes += 2;
            }
        }
        for route in routes.iter().filter(|r| r.who == Who::Applicant && r.ids == ["reference"] && r.method == "GET") {
            let path = fill(route.path, &mine).expect("a path");
            let page = ask(&mut own.browser, "GET", &path).await;
            // There is no decision, no question and no new office yet; the interface asks for the code in its own header.
            let later = path.ends_with("/weiter")
                || path.contains("bescheid") || path.contains("rueckfrage") || path.contains("ergaenzen") || path.starts_with("/api/");
            assert!(page.status == 200 || page.location.starts_with("/v/") || later, "{path}: {}", page.status);
            guarded(&page, route, &path);
        }
        assert!(probes > 40, "{probes}");
        // What is taken over into another form: the id comes in the body.
        for route in routes.iter().filter(|r| r.who == Who::Applicant && !r.body_ids.is_empty()) {
            let path = route.path.replace("{place}", "nobitz").replace("{service}", "raumnutzung");
            let (theirs, nothing) = (form(route, &mine).expect("a form"), form(route, &nobodys).expect("a form"));
            for browser in [&mut other.browser, &mut town.browser()] {
                let (foreign, nowhere) = (send(browser, &path, &theirs).await, send(browser, &path, &nothing).await);
                assert!(!foreign.location.ends_with("/antrag"), "{path}: {}", foreign.location);
                assert_eq!(told(&foreign, &mine), told(&nowhere, &nobodys), "{path}");
            }
            let taken = send(&mut own.browser, &path, &theirs).await;
            assert!(taken.location.ends_with("/antrag"), "{path}: {} {}", taken.status, taken.text());
        }
    }
}
