//! Services, fields and regions as checked types; answers → [`CheckedAnswers`] or field errors.
//!
//! Pure: no files, no clock, no database. The caller hands in a [`FileMap`] and a [`Context`].
//! Law and words never live here: they come from `services/`, `fields/`, `texts/` and `regions/`.

pub mod answers;
pub mod assess;
pub mod days;
pub mod json_schema;
pub mod model;
pub mod rules;
pub mod sample;
pub mod show;

pub use model::*;
