//! The route table held to itself: what a path names is declared, whoever changes something says which event of the log
//! of acts comes of it, and each event that is declared is seen there after a call (`events`). Whom a route lets in:
//! `isolation`, `konto`, `revoked`. What accounts of people and clubs declare: `konto_log`.

use web::routes::{RouteInfo, Who};

use crate::both;
use crate::events::{Log, are_managed, goes, is_decided, is_set, is_talked_about, logs_in};
use crate::town::Town;

/// Names in paths that are nobody's data: places, services, their versions, pages and files are public, a link is itself the right.
const PUBLIC: [&str; 15] = [
    "item",
    "place",
    "service",
    "ags",
    "district",
    "view",
    "page",
    "exit",
    "*path",
    "authority",
    "provider",
    "tenant",
    "link",
    "token",
    "version",
];

/// What is sent and leaves nothing behind that anybody would look for in the log.
const SILENT: [(&str, &str); 7] = [
    ("/amt/konto/passkey/frage", "asks for a challenge"),
    (
        "/amt/konto/verbinden",
        "leads to the provider; the way back says clerk.account",
    ),
    ("/amt/eingang", "looks something up"),
    ("/amt/neu", "leads to the form"),
    ("/amt/store/{item}/probe", "leads to the form"),
    ("/v/{reference}/abmelden", "the browser forgets the code"),
    ("/{place}/{service}/uebernehmen", "begins a form"),
];

/// Declared events that `every_declared_event_is_in_the_log` does not come by, and what shows them.
const ELSEWHERE: [(&str, &str, &str); 8] = [
    (
        "POST",
        "/amt/anmelden/passkey",
        "a device has to sign: browser::passkey",
    ),
    ("POST", "/amt/konto/passkey", "a device has to sign: browser::passkey"),
    (
        "GET",
        "/amt/anmelden/konto/zurueck",
        "needs a provider: browser::landeskonto",
    ),
    (
        "POST",
        "/amt/v/{case}/gedruckt",
        "a letter that is not fetched: browser::amt-post",
    ),
    (
        "GET",
        "/amt/v/{case}/archiv.zip",
        "privacy::nothing_goes_past_the_archive_or_a_hold",
    ),
    (
        "POST",
        "/cockpit/versionen/{version}/freigeben",
        "versions::a_withdrawn_version_says_why_and_leaves_running_cases_alone",
    ),
    (
        "POST",
        "/cockpit/versionen/{version}/zurueckgeben",
        "versions::nobody_approves_their_own_and_nobody_what_does_not_come_out",
    ),
    (
        "POST",
        "/cockpit/versionen/{version}/zurueckziehen",
        "versions::a_withdrawn_version_says_why_and_leaves_running_cases_alone",
    ),
];

fn of_accounts(route: &RouteInfo) -> bool {
    route.path.starts_with("/konto")
}

/// Pages of a case at the desk: each is asked by `watch::no_page_of_a_case_is_read_unseen`.
fn is_watched(route: &RouteInfo) -> bool {
    let page = route.method == "GET" || route.path.contains("/vorschau");
    let file = route.path.ends_with("/archiv.zip");
    page && !file && route.path.starts_with("/amt/") && route.ids.contains(&"case")
}

/// A new route that takes somebody's id and does not say so would drop out of every matrix in silence.
#[test]
fn every_id_in_a_path_is_declared() {
    for route in web::route_infos() {
        let what = format!("{} {}", route.method, route.path);
        let named: Vec<&str> = route
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        for name in &named {
            let declared = route.ids.contains(name) || PUBLIC.contains(name);
            assert!(declared, "{what}: {{{name}}} is no id of its .ids(…), and not public");
        }
        for id in route.ids {
            assert!(named.contains(id), "{what}: .ids(…) says „{id}“, the path does not");
        }
        assert!(
            route.body_ids.is_empty() || route.method == "POST",
            "{what} has no body"
        );
    }
}

/// Whoever changes something at a desk, in a case or behind a link says what the log shows of it.
#[test]
fn whoever_changes_something_says_its_event() {
    let asked: Vec<RouteInfo> = web::route_infos()
        .into_iter()
        .filter(|r| r.method == "POST" && !of_accounts(r))
        .filter(|r| {
            matches!(
                r.who,
                Who::Clerk | Who::Lead | Who::Auditor | Who::Centre | Who::CentreLead | Who::Applicant | Who::Link
            )
        })
        .collect();
    assert!(asked.len() > 60, "{}", asked.len());
    for route in &asked {
        let silent = SILENT.iter().any(|(path, _)| *path == route.path);
        assert_eq!(
            route.audit.is_empty(),
            silent,
            "{}: says no event, or stands on the list of those without",
            route.path
        );
    }
}

both! {
    /// An event that a route declares is a promise: whoever reads the log finds it there.
    async fn every_declared_event_is_in_the_log(town: Town) {
        let mut log = Log::of(&town);
        town.on(town.club().example("brauchtumsfeuer", "").today);
        let gone = is_talked_about(&town, &mut log).await;
        town.on(town.club().example("raumnutzung", "").today);
        is_decided(&town, &mut log).await;
        is_set(&town, &mut log).await;
        are_managed(&town, &mut log).await;
        logs_in(&town, &mut log).await;
        crate::join::decides(&town, &mut log).await;
        goes(&town, &mut log, &gone).await;
        let declared = web::route_infos().into_iter().filter(|r| !r.audit.is_empty() && !of_accounts(r) && !is_watched(r));
        for route in declared {
            let elsewhere = ELSEWHERE.iter().any(|(method, path, _)| (*method, *path) == (route.method, route.path));
            let seen = log.seen.contains(&(route.method, route.path));
            assert!(seen || elsewhere, "{} {}: nobody saw „{}“ in the log", route.method, route.path, route.audit);
        }
        assert!(log.seen.len() > 65, "{}", log.seen.len());
        let sound = town.authority("nobitz").await.read(|t| t.check_audit(&[])).await.expect("the log");
        assert!(sound.is_ok(), "{sound:?}");
    }
}
