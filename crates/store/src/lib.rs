//! SQL, keys and sealing. The only crate that knows a database engine. Data of an authority is
//! reachable only through a `TenantStore`; nothing here decides about law, pages or letters.

mod api;
mod entropy;
mod error;
mod model;
mod seal;
mod services;

pub use api::*;
pub use entropy::Entropy;
pub use error::{Error, Result};
pub use model::*;
pub use seal::RootKey;
pub use services::{PublishError, Services};
