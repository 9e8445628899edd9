//! What can go wrong outside a form: a page that says what happened, whether data is safe and what to
//! do next. Validation errors are pages of their own, not failures. The cause is logged once, here,
//! and never shown.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// Why a page cannot be shown.
#[derive(Debug, Clone)]
pub enum Failure {
    /// No such place; what was looked for.
    Place(String),
    /// A place that was merged: its address of old and the place that it belongs to today.
    Moved { from: String, to: String },
    /// No such case, or not yours: the same answer.
    Case,
    /// A link of a consultation that opens nothing: unknown, expired or revoked, without a difference. What was typed
    /// there is given back.
    Link(String),
    /// No such page.
    Page,
    /// The page exists, but not for this method.
    Method,
    /// Log in first; where to go afterwards.
    Login(String),
    /// Log in to an account first; where to go afterwards.
    Account(String),
    /// The inbox, asked for by somebody who only reads the log: it is shown instead.
    Auditor,
    /// Logged in, but not allowed.
    Forbidden,
    /// The request makes no sense; one German sentence for the person.
    Bad(String),
    /// The request did not arrive whole, or is no request of ours.
    Incomplete,
    /// The request came from another website.
    Foreign,
    /// Too large an upload; limit in MB.
    TooLarge(u32),
    /// Slow down; seconds.
    TooMany(u32),
    /// More comes in at this authority than it takes in an hour, from wherever.
    Crowded,
    /// Gone: an expired link or draft.
    Gone(String),
    /// The case was erased when its time was over: what is left of it, in a sentence, for who has its code.
    Erased(String),
    /// Our fault.
    Internal,
    /// Ours, but passing: the store is busy or stopping.
    Busy,
}

impl Failure {
    pub fn status(&self) -> StatusCode {
        match self {
            Failure::Place(_) | Failure::Case | Failure::Link(_) | Failure::Page => StatusCode::NOT_FOUND,
            Failure::Moved { .. } => StatusCode::PERMANENT_REDIRECT,
            Failure::Method => StatusCode::METHOD_NOT_ALLOWED,
            Failure::Login(_) | Failure::Account(_) | Failure::Auditor => StatusCode::SEE_OTHER,
            Failure::Forbidden => StatusCode::FORBIDDEN,
            Failure::Bad(_) | Failure::Incomplete => StatusCode::BAD_REQUEST,
            Failure::Foreign => StatusCode::FORBIDDEN,
            Failure::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Failure::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Failure::Crowded => StatusCode::SERVICE_UNAVAILABLE,
            Failure::Gone(_) | Failure::Erased(_) => StatusCode::GONE,
            Failure::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Failure::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// For errors of libraries: logged here, shown as "our fault".
    pub fn internal(error: impl std::fmt::Display) -> Self {
        tracing::error!(error = %error, "request failed");
        Failure::Internal
    }
}

impl IntoResponse for Failure {
    /// Carries itself in the extensions; the layer in `frame` turns it into a page or problem+json.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl From<store::Error> for Failure {
    /// What passes by itself (or as soon as the operator makes room) is 503: nothing was written.
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Busy | store::Error::Full => {
                tracing::error!(error = %error, "the store takes nothing now");
                Failure::Busy
            }
            other => Failure::internal(other),
        }
    }
}

impl From<store::ActError> for Failure {
    /// What a refused step means is the caller's to say before; the rest is the store's.
    fn from(error: store::ActError) -> Self {
        match error {
            store::ActError::Store(error) => error.into(),
            store::ActError::NotFound => Failure::Case,
            // Decided or moved on between the page and the click.
            store::ActError::Refused(refusal) => Failure::Bad(refusal.0),
            other => Failure::internal(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_503_and_what_does_not_is_500() {
        for error in [store::Error::Busy, store::Error::Full] {
            assert_eq!(
                Failure::from(error.clone()).status(),
                StatusCode::SERVICE_UNAVAILABLE,
                "{error}"
            );
            let act = store::ActError::Store(error);
            assert_eq!(Failure::from(act).status(), StatusCode::SERVICE_UNAVAILABLE);
        }
        let other = store::Error::Database("x".into());
        assert_eq!(Failure::from(other).status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
