//! Application, case, transitions, deadlines, fees, routing, references. Pure: now and random
//! bytes are arguments; no SQL, no files, no HTML. Words shown to people come from `texts/`.

pub mod account;
pub mod answer_day;
pub mod assess;
pub mod audit_head;
pub mod booking;
pub mod calendar;
pub mod case;
pub mod consult;
pub mod counted;
pub mod deadline;
pub mod derive;
pub mod discreet;
pub mod examples;
pub mod ids;
pub mod keeping;
pub mod letter;
pub mod moved;
pub mod office;
pub mod receipt;
pub mod reference;
pub mod routing;
pub mod submit;

pub use audit_head::{AuditHead, SignedHead};
pub use case::*;
pub use ids::*;
pub use keeping::{Hold, Keeping, Next, Release, Stage};
