//! One letter → one PDF. Pure: the same job and moment give the same bytes.

use jiff::Timestamp;
use typst::World;
use typst::WorldExt;
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::{Datetime, Smart};
use typst::syntax::DiagSpan;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::world::LetterWorld;
use crate::{LetterError, LetterJob, view};

/// Compiled layouts that Typst keeps for the next letters; older ones go.
const CACHE_AGE: usize = 10;

/// Sets a letter as PDF/UA-1 and PDF/A-3a, tagged. A warning of the typesetting engine is an error:
/// it would be a missing font or a broken drawing in a letter that nobody looks at again.
///
/// `now_utc`: seconds since 1970, the PDF's date. Has no limit on time or memory: see [`crate::Press`].
pub fn compile(job: &LetterJob, now_utc: i64) -> Result<Vec<u8>, LetterError> {
    let pdf = typeset(job, now_utc);
    comemo::evict(CACHE_AGE);
    pdf
}

fn typeset(job: &LetterJob, now_utc: i64) -> Result<Vec<u8>, LetterError> {
    let now = datetime(now_utc).ok_or_else(|| LetterError::Data("Der Zeitpunkt des Briefes ist ungültig.".into()))?;
    let world = LetterWorld::new(&job.template, view::build(&job.data)?, now)?;
    let Warned { output, warnings } = typst::compile::<PagedDocument>(&world);
    let document = output.map_err(|errors| explain(&world, &errors))?;
    if !warnings.is_empty() {
        return Err(explain(&world, &warnings));
    }
    let standards = PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1])
        .map_err(|e| LetterError::Template(e.message().to_string()))?;
    let options = PdfOptions {
        ident: Smart::Custom(format!("{}/{}/{now_utc}", job.data.kind.as_str(), job.data.reference)),
        creator: Smart::Custom(Some("Kommunal-Cloud".to_owned())),
        timestamp: Some(typst_pdf::Timestamp::new_utc(now)),
        standards,
        tagged: true,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|errors| explain(&world, &errors))
}

fn datetime(now_utc: i64) -> Option<Datetime> {
    let t = Timestamp::from_second(now_utc)
        .ok()?
        .to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .datetime();
    let small = |n: i8| u8::try_from(n).ok();
    Datetime::from_ymd_hms(
        i32::from(t.year()),
        small(t.month())?,
        small(t.day())?,
        small(t.hour())?,
        small(t.minute())?,
        small(t.second())?,
    )
}

/// `approval.typ:3:5: message; hint`, the first three.
fn explain(world: &LetterWorld, problems: &[SourceDiagnostic]) -> LetterError {
    let one = |p: &SourceDiagnostic| {
        let hints = p.hints.iter().map(|h| format!("; {}", h.v)).collect::<String>();
        format!("{}{}{hints}", place(world, p.span).unwrap_or_default(), p.message)
    };
    LetterError::Template(problems.iter().take(3).map(one).collect::<Vec<_>>().join("\n"))
}

fn place(world: &LetterWorld, span: DiagSpan) -> Option<String> {
    let id = span.id()?;
    let source = world.source(id).ok()?;
    let (line, column) = source.lines().byte_to_line_column(world.range(span)?.start)?;
    let name = if id == world.main() {
        "Vorlage".to_owned()
    } else {
        id.vpath().get_without_slash().to_owned()
    };
    Some(format!("{name}:{}:{}: ", line + 1, column + 1))
}
