//! The inbox: views with counts, filters, search, the list, and what is done to several cases at once.

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Action, CaseId, State as CaseState};
use jiff::civil::Date;
use serde_json::{Value, json};
use store::{ActError, CaseFilter, CasePage, CaseRow, Clerk, Sort, Tab, TabCounts};

use crate::desk::acts::{self, Acts};
use crate::desk::query::{ListQuery, SIZE};
use crate::desk::session::Desk;
use crate::desk::{badges, file};
use crate::failure::{Failure, Result};
use crate::format;
use crate::reply::redirect;
use crate::req::{Req, form_pairs};
use crate::state::App;

/// Cases taken over in one go at most.
const AT_ONCE: usize = 100;

/// `/amt`: to the inbox.
pub async fn home(State(app): State<App>, desk: Desk) -> Response {
    redirect(crate::desk::frame::home(&app, &desk))
}

/// What is typed into the search is sent in the body and goes on sealed: names stand in no address.
pub async fn search(desk: Desk, Form(pairs): Form<Vec<(String, String)>>) -> Result<Response> {
    let typed = ListQuery::parse(&serde_urlencoded::to_string(pairs).unwrap_or_default());
    let words = typed.q.clone();
    Ok(redirect(&typed.searching(&words, &desk.tenant)?.at("/amt/eingang")))
}

pub async fn page(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    if desk.is_centre(&app) {
        // Nothing is applied for at the competence centre: whoever logs in there begins with its cockpit.
        return Ok(redirect(crate::desk::frame::home(&app, &desk)));
    }
    let list = ListQuery::parse(&req.query);
    if !list.q.is_empty() {
        // Somebody's own link: from here on it is sealed.
        let words = list.q.clone();
        return Ok(redirect(&list.searching(&words, &desk.tenant)?.at("/amt/eingang")));
    }
    let list = list.opened(&desk.tenant);
    let today = app.today();
    let filter = list.filter(&desk.clerk.id, today);
    let (found, acts, rivals, counts, clerks) = desk
        .tenant
        .read(move |t| {
            let found = t.cases(&filter)?;
            let acts = Acts::read(t)?.of_rows(t, &found.rows)?;
            let open: Vec<&CaseId> = found.rows.iter().filter(|r| r.state.is_open()).map(|r| &r.id).collect();
            let rivals = t.rivals(&open)?;
            // The views are what they are, whatever is searched for.
            let views = CaseFilter {
                q: String::new(),
                ..filter
            };
            Ok::<_, store::Error>((found, acts, rivals, t.tab_counts(&views)?, t.clerks()?))
        })
        .await?;
    // A page that is no longer there, after cases were decided: the last one that is.
    let pages = u32::try_from(found.total).unwrap_or(u32::MAX).div_ceil(SIZE).max(1);
    if list.page > pages {
        return Ok(redirect(&ListQuery { page: pages, ..list }.at("/amt/eingang")));
    }
    let lost = if desk.is_lead() {
        let lost = |t: &store::TenantTx<'_>| Ok::<_, store::Error>(t.dead_job_count()? + t.lost_mail_count()?);
        lost_text(desk.tenant.read(lost).await?)
    } else {
        String::new()
    };
    let due = if desk.is_lead() {
        due_text(desk.tenant.read(|t| t.due_case_count()).await?)
    } else {
        String::new()
    };
    if !list.q.is_empty() {
        // Looking people up leaves a trace: that it was done, not for whom.
        let (actor, now) = (desk.clerk.id.clone(), app.now());
        let noted = desk.tenant.write(move |t| {
            t.audit(actor.as_str(), "list.searched", None, now);
            Ok::<_, store::Error>(())
        });
        noted.await?;
    }
    let places = places(&app, &desk);
    let rows: Vec<Value> = found
        .rows
        .iter()
        .zip(acts)
        .map(|(r, act)| row(&app, &list, r, act, rivals.get(&r.id).map_or(0, Vec::len), today))
        .collect();
    let undo = undo(&app, &desk, &req).await?;
    let taken = req.param("zugewiesen").and_then(|n| n.parse::<u32>().ok());
    let ctx = json!({
        "today": format::long_date(today, schema::Lang::De), "views": views(&list, &counts, found.total), "list": listed(&list),
        "filter_open": req.param("filter").is_some() || !(list.service.is_empty() && list.place.is_empty() && list.assignee.is_empty()),
        "services": services(&app, &list), "places": place_options(&places, &list), "people": people(&clerks, &desk, &list),
        "wide": places.len() > 1, "rows": rows, "sorts": sorts(&list), "caption": caption(&list),
        "found": found_text(&list, &found), "note": note(&list, &found, &desk)?, "empty": empty(&list, &found),
        "pages": pager(&list, pages), "csv": ListQuery { page: 1, ..list.clone() }.at("/amt/eingang.csv"),
        "undo": undo, "lost": lost, "due": due, "taken": taken.map(|n| if n == 1 { "Ein Vorgang gehört jetzt Ihnen.".to_owned() } else { format!("{n} Vorgänge gehören jetzt Ihnen.") }),
    });
    app.desk_page(StatusCode::OK, "desk/inbox.html", &req, &desk, "eingang", ctx)
}

/// What the worker gave up: the lead's to look at.
fn lost_text(n: i64) -> String {
    match n {
        0 => String::new(),
        1 => "Ein Brief oder eine Mail ging trotz vieler Versuche nicht hinaus.".into(),
        n => format!("{n} Briefe oder Mails gingen trotz vieler Versuche nicht hinaus."),
    }
}

/// Cases whose time is over: the lead's to let go.
fn due_text(n: i64) -> String {
    match n {
        0 => String::new(),
        1 => "Bei einem Vorgang ist die Zeit der Aufbewahrung abgelaufen.".into(),
        n => format!("Bei {n} Vorgängen ist die Zeit der Aufbewahrung abgelaufen."),
    }
}

/// The filter as hidden fields and typed values.
fn listed(list: &ListQuery) -> Value {
    json!({
        "q": list.q, "tab": if list.tab == Tab::Open || list.searches_all() { "" } else { list.tab_key() }, "text": list.text(),
        "sort": list.sort.map(|_| sort_key(list.order())).unwrap_or_default(), "narrowed": list.narrowed(),
        "clear": list.with(|l| { l.tab = l.left(); l.service.clear(); l.place.clear(); l.assignee.clear(); l.forget(); }).at("/amt/eingang"),
        "more": filter_page(list),
    })
}

/// The same list with its filters open: on the phone they are folded away.
fn filter_page(list: &ListQuery) -> String {
    let text = list.text();
    let sep = if text.is_empty() { "" } else { "&" };
    format!("/amt/eingang?{text}{sep}filter=1")
}

fn sort_key(sort: Sort) -> &'static str {
    crate::desk::query::SORTS
        .iter()
        .find(|(_, s)| *s == sort)
        .map_or("frist", |(k, _)| k)
}

/// Views with their counts, which do not change while one searches; then what was found comes first.
fn views(list: &ListQuery, c: &TabCounts, found: i64) -> Vec<Value> {
    let hits = list
        .searches_all()
        .then(|| json!({ "label": "Gefunden", "n": found, "href": list.at("/amt/eingang"), "here": true }));
    let views = [
        (Tab::Open, "Alle offenen", c.open),
        (Tab::New, "Neu", c.new),
        (Tab::Mine, "Meine", c.mine),
        (Tab::Due, "Frist in 7\u{a0}Tagen", c.due),
        (Tab::Waiting, "Wartet auf Antwort", c.waiting),
        (Tab::Print, "Drucken", c.print),
        (Tab::Fees, "Zahlung offen", c.fees),
        (Tab::Closed, "Abgeschlossen", c.closed),
    ]
    .into_iter()
    .map(|(tab, label, n)| {
        let href = list
            .with(|l| {
                l.tab = tab;
                l.sort = None;
                l.forget();
            })
            .at("/amt/eingang");
        json!({ "label": label, "n": n, "href": href, "here": tab == list.tab })
    });
    hits.into_iter().chain(views).collect()
}

/// The places that this authority works for, by name.
pub fn places(app: &App, desk: &Desk) -> Vec<(String, String)> {
    let mut places: Vec<(String, String)> = app
        .places_of(desk.tenant.id())
        .into_iter()
        .map(|m| (m.ags.0.clone(), m.name.clone()))
        .collect();
    places.sort_by(|a, b| a.1.cmp(&b.1));
    places
}

fn option(value: &str, label: &str, chosen: &str) -> Value {
    json!({ "value": value, "label": label, "chosen": value == chosen })
}

fn place_options(places: &[(String, String)], list: &ListQuery) -> Vec<Value> {
    if places.len() < 2 {
        return Vec::new();
    }
    let all = format!("Alle {} Gemeinden", places.len());
    std::iter::once(option("", &all, &list.place))
        .chain(places.iter().map(|(ags, name)| option(ags, name, &list.place)))
        .collect()
}

fn services(app: &App, list: &ListQuery) -> Vec<Value> {
    std::iter::once(option("", "Alle Leistungen", &list.service))
        .chain(
            app.services
                .all()
                .iter()
                .map(|s| option(&s.id, &noun(app, &s.id), &list.service)),
        )
        .collect()
}

fn people(clerks: &[Clerk], desk: &Desk, list: &ListQuery) -> Vec<Value> {
    [
        option("", "Alle", &list.assignee),
        option("-", "noch frei", &list.assignee),
    ]
    .into_iter()
    .chain(clerks.iter().filter(|c| c.active && !store::only_audits(c)).map(|c| {
        let me = if c.id == desk.clerk.id { " (ich)" } else { "" };
        option(c.id.as_str(), &format!("{}{me}", c.name), &list.assignee)
    }))
    .collect()
}

/// Short name of a service at the desk: `Brauchtumsfeuer`.
pub fn noun(app: &App, id: &str) -> String {
    let found = app.services.latest(id);
    found.map_or_else(|| id.to_owned(), |s| s.noun().to_owned())
}

/// One line of the list; `rivals`: other cases that want the same room at the same time.
fn row(app: &App, list: &ListQuery, r: &CaseRow, act: &str, rivals: usize, today: Date) -> Value {
    let received = domain::berlin(r.received_at);
    let mut badges = badges::of(r, &acts::state(app, act, r), today);
    badges.extend(badges::rivals(rivals));
    // Among open and closed ones it has to be said which is which.
    let stand = match list.tab == Tab::All && !r.pending {
        true => badges::small(&acts::state(app, act, r)),
        false => String::new(),
    };
    // What the page of the case lists among its checks, too.
    let looks = r.looks + i64::from(r.late_by > 0) + i64::from(rivals > 0) + i64::from(badges::objections(r));
    json!({
        "id": r.id.0, "href": list.at(&format!("/amt/v/{}", r.id)), "reference": r.reference, "title": r.title, "service": noun(app, &r.service),
        "applicant": r.applicant, "place": r.place_name, "badges": badges, "new": r.state == CaseState::Received, "stand": stand,
        "channel": badges::channel(r.channel), "looks": looks, "open": r.state.is_open(), "assignee": r.assignee_name,
        "day": r.event_day.map(format::date), "received_day": schema::show::format::day_month(received.date(), schema::Lang::De),
        "received_time": if r.channel.by_hand() { String::new() } else { format::clock(r.received_at) }, "received_iso": format::iso(r.received_at),
    })
}

/// Heads that sort: key, label, address, whether it is the order now.
fn sorts(list: &ListQuery) -> Value {
    let head = |sort: Sort| {
        let href = list.with(|l| l.sort = Some(sort)).at("/amt/eingang");
        json!({ "href": href, "here": list.order() == sort })
    };
    json!({ "due": head(Sort::Due), "received": head(Sort::Received), "event": head(Sort::Event), "updated": head(Sort::Updated) })
}

fn caption(list: &ListQuery) -> String {
    let order = match list.order() {
        Sort::Due => "Frist",
        Sort::Received => "Eingang, neuester zuerst",
        Sort::Event => "Termin",
        Sort::Updated => "letzter Änderung",
    };
    format!("Vorgänge, sortiert nach {order}")
}

fn found_text(list: &ListQuery, found: &CasePage) -> String {
    let first = u64::from(list.page - 1) * u64::from(SIZE) + 1;
    let last = first + found.rows.len() as u64 - 1;
    let text = match found.total {
        1 => "1 Vorgang".into(),
        n if found.rows.len() as i64 == n => format!("{n} Vorgänge"),
        n => format!("{first} bis {last} von {n} Vorgängen"),
    };
    match list.searches_all() {
        true => format!("{text}, gesucht in offenen und abgeschlossenen"),
        false => text,
    }
}

/// "Meinten Sie …": when only similar words were found.
fn note(list: &ListQuery, found: &CasePage, desk: &Desk) -> Result<Value> {
    if !found.fuzzy || found.rows.is_empty() {
        return Ok(Value::Null);
    }
    Ok(match nearest(&list.q, &found.rows) {
        Some(word) => {
            let other = list.with(|_| ()).searching(&word, &desk.tenant)?;
            json!({ "q": list.q, "word": word, "href": other.at("/amt/eingang") })
        }
        None => json!({ "q": list.q, "word": "", "href": "" }),
    })
}

/// The word of these rows that is most like what was typed.
fn nearest(q: &str, rows: &[CaseRow]) -> Option<String> {
    let typed = q.trim().to_lowercase();
    let is_inner = |c: char| c.is_alphanumeric() || c == '-';
    rows.iter()
        .flat_map(|r| [&r.title, &r.applicant, &r.place_name, &r.reference])
        .flat_map(|text| text.split(|c: char| !is_inner(c)))
        .filter(|word| word.chars().count() > 2)
        .map(|word| (strsim::damerau_levenshtein(&typed, &word.to_lowercase()), word))
        .filter(|(distance, _)| (1..=2).contains(distance))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word.to_owned())
}

/// Why the list is empty, and one way on.
fn empty(list: &ListQuery, found: &CasePage) -> Value {
    if found.total > 0 {
        return Value::Null;
    }
    let everywhere = ListQuery {
        tab: Tab::All,
        q: list.q.clone(),
        mark: list.mark.clone(),
        ..ListQuery::parse("")
    };
    if !list.q.is_empty() {
        let wider = list.tab != Tab::All || list.with(ListQuery::forget).narrowed();
        return if wider {
            json!({ "text": format!("Kein Vorgang mit „{}“ in dieser Auswahl.", list.q), "href": everywhere.at("/amt/eingang"), "link": "In allen Vorgängen suchen" })
        } else {
            json!({ "text": format!("Kein Vorgang mit „{}“. Prüfen Sie die Schreibweise oder suchen Sie mit dem Aktenzeichen.", list.q), "href": "/amt/eingang", "link": "Alle offenen Vorgänge" })
        };
    }
    if list.narrowed() {
        let clear = list
            .with(|l| {
                l.service.clear();
                l.place.clear();
                l.assignee.clear();
            })
            .at("/amt/eingang");
        return json!({ "text": "Kein Vorgang passt zu diesem Filter.", "href": clear, "link": "Filter entfernen" });
    }
    let open = json!({ "href": "/amt/eingang", "link": "Alle offenen Vorgänge" });
    let text = match list.tab {
        Tab::Open | Tab::All => {
            return json!({ "text": "Alles erledigt. Neue Vorgänge erscheinen hier von selbst.", "href": "/amt/neu", "link": "Antrag von Papier oder Telefon erfassen" });
        }
        Tab::New => "Kein neuer Vorgang.",
        Tab::Mine => "Ihnen ist kein offener Vorgang zugewiesen.",
        Tab::Due => "In den nächsten 7\u{a0}Tagen läuft keine Frist ab.",
        Tab::Waiting => "Sie warten auf keine Antwort.",
        Tab::Print => "Kein Brief muss gedruckt werden.",
        Tab::Fees => "Alles bezahlt.",
        Tab::Closed => "Noch kein Vorgang ist entschieden.",
    };
    json!({ "text": text, "href": open["href"], "link": open["link"] })
}

fn pager(list: &ListQuery, pages: u32) -> Value {
    let to = |page: u32| ListQuery { page, ..list.clone() }.at("/amt/eingang");
    json!({
        "now": list.page, "of": pages, "before": if list.page > 1 { to(list.page - 1) } else { String::new() },
        "after": if list.page < pages { to(list.page + 1) } else { String::new() },
    })
}

/// The line that takes a decision back, for the case named in the address.
pub async fn undo(app: &App, desk: &Desk, req: &Req) -> Result<Value> {
    let Some(id) = req.param("entschieden").filter(|id| id.len() == 32) else {
        return Ok(Value::Null);
    };
    let file = match file::load(app, desk, &id).await {
        Ok(file) => file,
        Err(Failure::Case) => return Ok(Value::Null),
        Err(other) => return Err(other),
    };
    let case = &file.case;
    let Some(decision) = &case.decision else {
        return Ok(Value::Null);
    };
    let left = decision.effective_at.as_second() - app.now().as_second();
    let what = file.state_word(app, decision.outcome.state().as_str());
    let open = !decision.in_effect && left > 0;
    Ok(json!({
        "what": what, "title": case.title, "applicant": case.applicant, "reference": case.reference, "id": case.id.0, "open": open,
        "seconds": left.max(0), "list": ListQuery::parse(&req.query).text(),
    }))
}

/// "Ausgewählte mir zuweisen".
pub async fn take_selected(State(app): State<App>, desk: Desk, req: Req, body: axum::body::Bytes) -> Result<Response> {
    let ids: Vec<CaseId> = form_pairs(&body)
        .into_iter()
        .filter(|(key, _)| key == "v")
        .map(|(_, id)| CaseId(id))
        .take(AT_ONCE)
        .collect();
    let (actor, now) = (desk.actor(), app.now());
    let me = (desk.clerk.id.clone(), desk.clerk.name.clone());
    let taken = desk
        .tenant
        .write(move |t| {
            let mut taken = 0_u32;
            for id in &ids {
                match t.act(id, Action::Assign { to: Some(me.clone()) }, &actor, now) {
                    Ok(_) => taken += 1,
                    // Gone or decided meanwhile: the others still count.
                    Err(ActError::NotFound | ActError::Refused(_)) => {}
                    Err(other) => return Err(other),
                }
            }
            Ok::<_, ActError>(taken)
        })
        .await?;
    let mut to = ListQuery::parse(&req.query).text();
    if taken > 0 {
        let sep = if to.is_empty() { "" } else { "&" };
        to = format!("{to}{sep}zugewiesen={taken}");
    }
    let sep = if to.is_empty() { "" } else { "?" };
    Ok(redirect(&format!("/amt/eingang{sep}{to}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(applicant: &str) -> CaseRow {
        let at = "2026-11-24T21:39:00Z".parse().expect("time");
        CaseRow {
            id: CaseId::from("1"),
            reference: "NOB-FEUER-26-0147-K".into(),
            title: "Adventsfest 12.12.2026".into(),
            applicant: applicant.into(),
            place: domain::Ags::from("16077036"),
            place_name: "Nobitz".into(),
            act: schema::Act::Application,
            service: "brauchtumsfeuer".into(),
            state: CaseState::InReview,
            received_at: at,
            updated_at: at,
            event_day: None,
            due: None,
            late_by: 0,
            assignee: None,
            assignee_name: None,
            fee_open: false,
            to_print: false,
            channel: domain::Channel::Online,
            looks: 0,
            answer_by: None,
            pending: false,
            consults: domain::Consults::default(),
            stuck: false,
            called_off: false,
            unread: 0,
            refund: false,
            closed_at: None,
        }
    }

    #[test]
    fn a_typing_error_is_answered_with_the_word_that_was_meant() {
        let rows = [
            named("Gesangverein Frohsinn e. V."),
            named("Festverein Lindenhof e. V."),
        ];
        assert_eq!(nearest("Lindnhof", &rows).as_deref(), Some("Lindenhof"));
        assert_eq!(nearest("frohsin", &rows).as_deref(), Some("Frohsinn"));
        assert_eq!(nearest("Kirmesburschen", &rows), None);
    }

    #[test]
    fn an_empty_list_says_why_and_where_to_go() {
        let none = CasePage {
            rows: Vec::new(),
            total: 0,
            fuzzy: true,
        };
        let said = |q: &str| {
            let mut list = ListQuery::parse(q);
            list.q = list.mark.clone();
            let e = empty(&list, &none);
            (
                e["text"].as_str().unwrap_or_default().to_owned(),
                e["href"].as_str().unwrap_or_default().to_owned(),
            )
        };
        assert_eq!(said("").0, "Alles erledigt. Neue Vorgänge erscheinen hier von selbst.");
        assert_eq!(said("ansicht=meine&gesucht=Lind").1, "/amt/eingang?gesucht=Lind");
        assert_eq!(said("ansicht=alle&gesucht=Lind").1, "/amt/eingang");
        assert_eq!(said("ansicht=neu&leistung=sperrzeit").1, "/amt/eingang?ansicht=neu");
    }
}
