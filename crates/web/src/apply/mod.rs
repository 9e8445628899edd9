//! The public side: from the place to the submitted application. Everything about a case that exists
//! (status, questions, letters) is in `case`.

pub mod anywhere;
pub mod carry;
pub mod check;
pub mod draft;
pub mod elsewhere;
pub mod form;
pub mod info;
pub mod late;
pub mod map;
pub mod newer;
pub mod pages;
pub mod paper;
pub mod place;
pub mod price;
pub mod resume;
pub mod sent;
pub mod service;
pub mod start;
pub mod submit;
pub mod tools;
pub mod upload;
pub mod view;

use crate::routes::{Table, Who};

/// All public routes, in the order of the journey.
pub fn routes(table: Table) -> Table {
    table
        .get("/", Who::Public, start::start)
        .get("/suche", Who::Public, start::start)
        .get("/suche/vorschlaege", Who::Public, start::suggest)
        .get("/leistung/{service}", Who::Public, anywhere::page)
        .get("/karte", Who::Public, map::state)
        .get("/karte/{district}", Who::Public, map::district)
        .get("/kartenbild/{ags}/{view}", Who::Public, map::picture)
        .cached()
        .get("/weiter", Who::Public, resume::page)
        .post("/weiter", Who::Public, resume::enter)
        .get("/weiter/{link}", Who::Draft, resume::link)
        .get("/hilfe", Who::Public, info::state)
        .get("/barrierefreiheit", Who::Public, info::state)
        .get("/datenschutz", Who::Public, info::state)
        .get("/impressum", Who::Public, info::state)
        .get("/barriere-melden", Who::Public, info::report_state)
        .post("/barriere-melden", Who::Public, info::send_report_state)
        .get("/vorfuehrung", Who::Public, info::demo)
        .get("/vorfuehrung/post", Who::Public, info::outbox)
        .get("/wappen/{tenant}", Who::Public, info::crest)
        .cached()
        .get("/{place}", Who::Public, place::page)
        .get("/{place}/hilfe", Who::Public, info::place)
        .get("/{place}/barrierefreiheit", Who::Public, info::place)
        .get("/{place}/datenschutz", Who::Public, info::place)
        .get("/{place}/impressum", Who::Public, info::place)
        .get("/{place}/barriere-melden", Who::Public, info::report_place)
        .post("/{place}/barriere-melden", Who::Public, info::send_report_place)
        .get("/{place}/{service}", Who::Public, service::page)
        .post("/{place}/{service}/neu", Who::Draft, draft::restart)
        .post("/{place}/{service}/uebernehmen", Who::Applicant, carry::carry_over)
        .body_ids(&[("von", "reference")])
        .get("/{place}/{service}/weiter/{link}", Who::Draft, resume::offered)
        .post("/{place}/{service}/weiter/{link}", Who::Draft, resume::take)
        .get("/{place}/{service}/antrag", Who::Draft, form::first)
        .get("/{place}/{service}/antrag/pruefen", Who::Draft, check::page)
        .post("/{place}/{service}/antrag/pruefen", Who::Draft, submit::submit)
        .audit("case.received")
        .get("/{place}/{service}/antrag/spaeter", Who::Draft, resume::later)
        .get("/{place}/{service}/antrag/drucken", Who::Draft, paper::page)
        .get("/{place}/{service}/antrag/antrag.pdf", Who::Draft, paper::pdf)
        .get("/{place}/{service}/antrag/ende/{exit}", Who::Draft, form::exit_page)
        .get("/{place}/{service}/antrag/{page}", Who::Draft, form::page)
        .post("/{place}/{service}/antrag/{page}", Who::Draft, form::save)
        .files()
}
