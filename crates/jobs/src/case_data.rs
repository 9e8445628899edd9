//! A case with everything that letters and mails about it need: its service version, office, context.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use domain::office::Office;
use domain::{Case, CaseId};
use schema::{Context, Lang, Service};
use store::TenantStore;

use crate::Worker;

pub(crate) struct CaseData {
    pub case: Case,
    pub service: Arc<Service>,
    pub office: Office,
    pub cx: Context,
    /// `Gemeinde Nobitz`
    pub authority: String,
    pub crest_svg: Option<String>,
    /// Names of offices that answered.
    pub heard: Vec<String>,
}

impl Worker {
    /// None: the case is gone (deleted), so the job has nothing to do.
    pub(crate) async fn load(&self, tenant: &TenantStore, id: &CaseId) -> Result<Option<CaseData>> {
        let id = id.clone();
        let found = tenant
            .read(move |t| -> Result<_, store::Error> {
                let Some(case) = t.case(&id)? else { return Ok(None) };
                let office = match t.office(case.place.as_str())? {
                    Some(own) => Some(own),
                    None => t.office("")?,
                };
                let heard = t.consultations_of(&id)?;
                Ok(Some((
                    office,
                    t.rooms(Some(&case.place))?,
                    t.crest_for(case.place.as_str())?,
                    heard,
                    case,
                )))
            })
            .await?;
        let Some((office, rooms, crest, heard, case)) = found else {
            return Ok(None);
        };
        let service = self
            .services
            .version(&case.service_hash)
            .await?
            .context("the service's version is missing")?;
        let authority = tenant.authority().name.clone();
        let place = self
            .register
            .today(case.place.as_str())
            .context("the place is not in the register")?;
        let cx = Context {
            lang: Lang::De,
            place: self.register.place_info(place, &authority),
            rooms: rooms.into_iter().map(|r| r.room).collect(),
            region: service.region.clone(),
            ..Context::default()
        };
        let cx = domain::derive::context_of(&case, cx);
        let office: Office = office.map(serde_json::from_value).transpose()?.unwrap_or_default();
        let crest_svg = crest
            .filter(|c| c.media_type == "image/svg+xml")
            .and_then(|c| String::from_utf8(c.bytes).ok());
        // What came after the decision was not heard for it.
        let decided = case.decision.as_ref().map(|d| d.at);
        let heard = heard
            .into_iter()
            .filter(|c| c.heard(decided))
            .map(|c| c.who_name)
            .collect();
        Ok(Some(CaseData {
            case,
            service,
            office,
            cx,
            authority,
            crest_svg,
            heard,
        }))
    }
}
