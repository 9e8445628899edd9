//! Case and letter template → PDF. The only crate that knows the PDF engine.
//!
//! [`compile`] sets one letter: PDF/UA-1 and PDF/A-3a in one file, the same bytes for the same
//! input. A template may loop for ever or ask for all memory, so a server never calls it in its own
//! process but through [`Press`], which keeps warm children with limits.
//!
//! Here belong the page, the typography and the payment code. Which letter a case needs, who gets
//! it and every sentence in it do not.

mod child;
mod compile;
mod data;
mod error;
mod fonts;
mod format;
mod frame;
mod press;
mod qr;
mod text;
mod view;
mod world;

pub use child::child_main;
pub use compile::compile;
pub use data::{
    Asked, Authority, Bank, Clerk, Cost, Item, Kind, LetterData, LetterJob, Paper, Payment, Row, Section, Sender,
    Signature,
};
pub use error::LetterError;
pub use press::Press;
pub use qr::{code_picture, epc_payload, payment_code};

/// Template of the printable application, the same for every service.
pub const APPLICATION: &str = include_str!("../../../templates/letters/application.typ");

/// A small letter that shows a coat of arms, to find out whether letters can be set with it: run it
/// through [`Press`] before the drawing is kept, for a bad one would stop every letter.
pub fn crest_job(svg: &str) -> LetterJob {
    let authority = Authority {
        name: "Wappen".to_owned(),
        crest_svg: Some(svg.to_owned()),
        ..Authority::default()
    };
    let data = LetterData::new(
        Kind::Receipt,
        authority,
        vec!["Probe".to_owned()],
        jiff::civil::date(2026, 1, 1),
        "Probe",
    );
    LetterJob {
        template: "#import \"/letterhead.typ\": *\n#show: letter".to_owned(),
        data,
    }
}

// Tests share the sample letters with the integration tests, which call this crate by its name.
#[cfg(test)]
extern crate self as letters;
#[cfg(test)]
#[path = "../../../tests/letters/samples.rs"]
mod samples;
