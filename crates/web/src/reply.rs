//! Answers that are the same everywhere: going elsewhere.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// After a form was sent: the browser gets the page at `to` anew.
pub fn redirect(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, to.to_owned())]).into_response()
}

/// `/amt/v/1?ort=2` and `ok=notiz` → `/amt/v/1?ort=2&ok=notiz`
pub fn with(to: &str, pair: &str) -> String {
    let sep = if to.contains('?') { '&' } else { '?' };
    format!("{to}{sep}{pair}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_joined_to_what_is_there() {
        assert_eq!(with("/a", "ok=1"), "/a?ok=1");
        assert_eq!(with("/a?b=2", "ok=1"), "/a?b=2&ok=1");
    }
}
