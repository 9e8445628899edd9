//! Who works at the competence centre: an account of the state's authority (register key `16`), logged in at the desk
//! like everybody. Everybody else gets the desk's page for what they may not open, or its log-in.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::desk::session::Desk;
use crate::failure::Failure;
use crate::state::App;

/// Somebody of the competence centre. Every handler below `/cockpit` takes this or [`CentreLead`].
#[derive(Debug, Clone)]
pub struct Centre(pub Desk);

/// The competence centre's lead.
#[derive(Debug, Clone)]
pub struct CentreLead(pub Desk);

impl AsRef<Desk> for Centre {
    fn as_ref(&self) -> &Desk {
        &self.0
    }
}

impl AsRef<Desk> for CentreLead {
    fn as_ref(&self) -> &Desk {
        &self.0
    }
}

impl FromRequestParts<App> for Centre {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let desk = Desk::from_request_parts(parts, app).await?;
        if desk.is_centre(app) {
            Ok(Centre(desk))
        } else {
            Err(Failure::Forbidden)
        }
    }
}

impl FromRequestParts<App> for CentreLead {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Centre(desk) = Centre::from_request_parts(parts, app).await?;
        if desk.is_lead() {
            Ok(CentreLead(desk))
        } else {
            Err(Failure::Forbidden)
        }
    }
}
