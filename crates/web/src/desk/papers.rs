//! Papers and letters of a case as downloads. What an applicant sent is never shown inside our pages: the
//! browser saves it, and what it holds cannot run here.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::{CaseId, LetterId, PaperId};

use crate::case::files::pdf;
use crate::desk::case::{for_the_desk, letter_name};
use crate::desk::file;
use crate::desk::session::Desk;
use crate::failure::{Failure, Result};
use crate::frame::urlencode;
use crate::state::App;

/// A paper, always as a download.
pub async fn paper(
    State(app): State<App>,
    Path((case, paper)): Path<(String, String)>,
    desk: Desk,
) -> Result<Response> {
    let (case, paper) = (CaseId(case), PaperId(paper));
    // A large file is read apart from the writing: it holds up nobody who sends something in.
    let id = case.clone();
    let found = desk.tenant.read(move |t| t.paper(&id, &paper)).await?;
    let (info, bytes) = found.ok_or(Failure::Case)?;
    file::seen(&app, &desk, &case, "paper.read").await?;
    Ok((
        [
            (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
            (header::CONTENT_DISPOSITION, disposition(&info.name)),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ],
        bytes,
    )
        .into_response())
}

/// `attachment` with the name for old and new browsers (RFC 6266, RFC 8187).
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') {
                c
            } else {
                '_'
            }
        })
        .collect();
    let name: String = name
        .chars()
        .filter(|c| !c.is_control() && *c != '/' && *c != '\\')
        .collect();
    format!(
        "attachment; filename=\"{plain}\"; filename*=UTF-8''{}",
        urlencode(&name).replace('/', "%2F")
    )
}

/// A letter that was made for the case.
pub async fn letter(
    State(app): State<App>,
    Path((case, letter)): Path<(String, String)>,
    desk: Desk,
) -> Result<Response> {
    let file = file::load(&app, &desk, &case).await?;
    let (id, letter) = (file.case.id.clone(), LetterId(letter));
    let found = desk.tenant.read(move |t| t.letter(&id, &letter)).await?;
    let (info, bytes) = found
        .filter(|(info, _)| for_the_desk(&info.kind))
        .ok_or(Failure::Case)?;
    file::seen(&app, &desk, &file.case.id, "letter.read").await?;
    let reference = &file.case.reference;
    let name = letter_name(&app, &file, &info.kind)
        .to_lowercase()
        .replace('ä', "ae")
        .replace('ü', "ue");
    Ok(pdf(bytes, &format!("{reference}-{name}.pdf")))
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_file_is_saved_under_its_name_and_cannot_break_the_header() {
        assert_eq!(
            disposition("Lageplan Grüne Wiese.pdf"),
            "attachment; filename=\"Lageplan Gr_ne Wiese.pdf\"; filename*=UTF-8''Lageplan%20Gr%C3%BCne%20Wiese.pdf"
        );
        let odd = disposition("a\"\r\nX: 1/../b.pdf");
        assert!(!odd.contains('\n') && !odd.contains('\r'));
        assert!(odd.starts_with("attachment; filename=\"a___X_ 1_.._b.pdf\""));
    }
}
