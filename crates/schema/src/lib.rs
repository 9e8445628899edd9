//! Services, fields and regions as checked types; answers → [`CheckedAnswers`] or field errors.
//!
//! Pure: no files, no clock, no database. The caller hands in a [`FileMap`] and a [`Context`].
//! Law and words never live here: they come from `services/`, `fields/`, `texts/` and `regions/`.

pub mod answers;
pub mod assess;
pub mod assurance;
pub mod bundle;
mod check;
pub mod days;
pub mod diagnostic;
pub mod diff;
pub mod editor_schema;
#[cfg(test)]
mod fixture;
pub mod json_schema;
pub mod leicht;
pub mod load;
pub mod model;
pub mod package;
pub mod parameter;
pub mod processing;
pub mod region;
pub mod retention;
pub mod rules;
pub mod sample;
pub mod show;
pub mod typography;
mod words;

/// Single values as people type them, read forgivingly: for forms that are no service's.
pub mod typed {
    pub use crate::answers::scalar::{email, iban, lines, money, one_line, phone};
    pub use crate::answers::time::{minutes, read_date as date, read_time as time};
}

pub use answers::{
    Examined, VisiblePage, VisibleQuestion, check, check_page, examine, exit, from_html, merge, nested, settle,
    visible_pages,
};
pub use assess::{
    ConditionOut, FeeOut, FindingOut, conditions, consults, deadline_rules, fee_lines, fees_are_fixed, findings, free,
    regime, required_papers, shown_rules,
};
pub use assurance::{Assurance, AssuranceRule};
pub use diagnostic::Diagnostic;
pub use json_schema::json_schema;
pub use load::{Loaded, load};
pub use model::*;
pub use retention::{KeepFrom, KeepPeriod, KeepUnit, Retention, kept_shorter};
pub use rules::RuleFailure;
pub use sample::Sampler;
pub use show::authority::fill as fill_authority;
pub use show::{fill, label, question, short_label, show};
