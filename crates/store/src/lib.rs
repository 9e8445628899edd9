//! SQL, keys and sealing. The only crate that knows a database engine. Data of an authority is
//! reachable only through a `TenantStore`; nothing here decides about law, pages or letters.
//!
//! `Store::open` → `store.tenant(&id)` → `tenant.write(|t| …)`: one closure, one transaction, durable when
//! it returns. What belongs to no authority: `store.shared()`, `store.drafts()`.

mod account_items;
mod accounts;
mod app_set_up;
mod audit;
pub mod backup;
mod bookings;
mod calendar;
mod carry;
mod cases;
mod clerks;
mod codes;
mod consultations;
mod consulting;
mod counts;
mod dispatches;
pub mod doctor;
mod drafts;
pub mod engine;
mod entropy;
mod error;
mod hints;
mod history;
mod idempotency;
mod jobs;
mod keeping;
mod lists;
mod log_in_keys;
mod members;
mod migrate;
mod model;
mod office;
mod outbox;
mod papers;
mod passwords;
mod payments;
mod people;
mod registry;
mod rivals;
mod rooms;
mod root_key;
mod roots;
#[cfg(feature = "sabotage")]
mod sabotage;
mod seal;
mod search;
mod second_factor;
mod services;
mod settings;
mod shared;
pub mod sign;
pub mod sql;
mod store;
pub mod tables;
mod tenant;
mod wall;

pub use account_items::{AccountCase, AccountDraft};
pub use app_set_up::{AppSecret, AppSetUp};
pub use audit::{AuditBreak, OFFICE};
pub use carry::{Carried, Erased, OpenWith, SealFor, Waiting};
pub use clerks::{LAST_LEAD, Proven, leads};
pub use codes::first_password;
pub use consultations::link_tenant;
pub use consulting::{ConsultWire, consult_expiry};
pub use drafts::{DRAFT_DAYS, DraftStore};
pub use entropy::Entropy;
pub use error::{Error, Result};
pub use idempotency::IDEM_HOURS;
pub use log_in_keys::{Added, KeyKind, LOG_IN_KEYS_AT_MOST, LogInKey, NewKey};
pub use members::{AccountKind, AccountName, NO_CHAIR};
pub use model::*;
pub use people::{ACCOUNT, Acting, Connected, Disconnected, Person};
pub use registry::{check_statements, statements};
pub use rivals::{RIVALS_AT_MOST, Rival};
pub use root_key::RootKey;
pub use roots::{KeyStatus, Roots, WRONG_ROOT, data_exist};
pub use second_factor::SecondFactor;
pub use services::{PublishError, Services};
pub use shared::SharedStore;
pub use shared::account_log_ins::{AccountLink, AccountSession, LINK_FOR, Proof, ProofKind, Vouched};
pub use shared::sessions::{OpenSession, Stage};
pub use store::{Store, StoreConfig, migrate_server};
pub use tenant::{TenantStore, TenantTx};
