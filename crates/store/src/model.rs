//! What goes in and comes out of the store beside the domain's own types. Data only: no SQL, no keys.
//! Times are UTC; days are civil days in Europe/Berlin.

mod cases;
mod drafts;
mod exchange;
mod lists;
mod office;
mod rooms;
mod versions;

pub use cases::*;
pub use drafts::*;
pub use exchange::*;
pub use lists::*;
pub use office::*;
pub use rooms::*;
pub use versions::*;
