//! Application, case, transitions, deadlines, fees, routing, references. Pure: now and random
//! bytes are arguments; no SQL, no files, no HTML. Words shown to people come from `texts/`.

pub mod case;
pub mod ids;

pub use case::*;
pub use ids::*;
