//! Services, fields and regions as checked types; answers → [`CheckedAnswers`] or field errors.
//!
//! Pure: no files, no clock, no database. The caller hands in a [`FileMap`] and a [`Context`].
//! Law and words never live here: they come from `services/`, `fields/`, `texts/` and `regions/`.

pub mod answers;
pub mod assess;
mod check;
pub mod days;
pub mod diagnostic;
#[cfg(test)]
mod fixture;
pub mod json_schema;
pub mod load;
pub mod model;
pub mod region;
pub mod rules;
pub mod sample;
pub mod show;

pub use diagnostic::Diagnostic;
pub use load::{Loaded, load};
pub use model::*;
