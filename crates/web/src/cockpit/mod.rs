//! The competence centre's pages: how far the municipalities have come along. German only. Figures come from counters
//! that jobs carry together; no page here reads a case. Handlers take [`session::Centre`] or [`session::CentreLead`].

mod advice;
pub mod asked;
pub mod assumptions;
pub mod chart;
pub mod district;
pub mod figures;
pub mod map;
pub mod overview;
pub mod report;
pub mod rows;
pub mod savings;
pub mod session;
pub mod sign_ups;
mod starter;
mod state_figures;
pub mod version_page;
pub mod versions;
pub mod versions_act;
pub mod words;

use crate::routes::{Table, Who};

pub fn routes(table: Table) -> Table {
    table
        .get("/cockpit", Who::Centre, overview::page)
        .get("/cockpit.csv", Who::Centre, report::csv)
        .get("/cockpit/bericht", Who::Centre, report::page)
        .get("/cockpit/kreis/{district}", Who::Centre, district::page)
        .get("/cockpit/ort/{ags}", Who::Centre, district::place)
        .get("/cockpit/annahmen", Who::Centre, assumptions::page)
        .post("/cockpit/annahmen", Who::CentreLead, assumptions::save)
        .audit("settings.params")
        .get("/cockpit/beitritte", Who::Centre, sign_ups::list)
        .get("/cockpit/beitritte/{sign_up}", Who::Centre, sign_ups::page)
        .ids(&["sign_up"])
        .post(
            "/cockpit/beitritte/{sign_up}/bestaetigen",
            Who::CentreLead,
            sign_ups::confirm,
        )
        .ids(&["sign_up"])
        .audit("sign_up.confirmed")
        .post(
            "/cockpit/beitritte/{sign_up}/ablehnen",
            Who::CentreLead,
            sign_ups::refuse,
        )
        .ids(&["sign_up"])
        .audit("sign_up.refused")
        .get("/cockpit/versionen", Who::Centre, versions::list)
        .get("/cockpit/versionen/{version}", Who::Centre, version_page::page)
        .post(
            "/cockpit/versionen/{version}/freigeben",
            Who::Centre,
            versions_act::approve,
        )
        .audit("version.approved")
        .post(
            "/cockpit/versionen/{version}/zurueckgeben",
            Who::Centre,
            versions_act::refuse,
        )
        .audit("version.refused")
        .post(
            "/cockpit/versionen/{version}/zurueckziehen",
            Who::Centre,
            versions_act::withdraw,
        )
        .audit("version.withdrawn")
}
