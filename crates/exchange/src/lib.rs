//! What the product exchanges with the world: the municipality register, outlines of places,
//! calendars. Formats live here; rules and cases do not.

pub mod boundaries;
pub mod calendar;
pub mod places;
mod places_build;
mod places_search;
mod places_seat;
mod places_source;
pub mod register;
pub mod register_files;
mod register_import;
pub mod register_list;
pub mod zip;

pub use places::Register;
pub use places_search::{By, Hit};
pub use places_seat::Seat;
pub use places_source::current;
pub use register::{RegisterError, Tables};
pub use register_files::{Version, Versions};
pub use register_import::read_gv100ad;
