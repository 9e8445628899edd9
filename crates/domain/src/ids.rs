//! Newtype ids. Randomness comes in as bytes; nothing here draws its own.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);
        impl $name {
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
        }
        impl From<&str> for $name {
            fn from(s: &str) -> Self { $name(s.to_owned()) }
        }
    };
}

id!(/// An authority or account that owns data: `nobitz`, `vg-pleissenaue`, `lk-altenburger-land`.
    TenantId);
id!(/// Eight digits, the official municipality key.
    Ags);
id!(/// 32 hex digits.
    CaseId);
id!(/// 32 hex digits.
    ClerkId);
id!(/// 32 hex digits.
    MemberId);
id!(/// 32 hex digits.
    PaperId);
id!(/// 32 hex digits.
    LetterId);

/// 16 random bytes as the id's hex text.
pub fn hex_id(random: [u8; 16]) -> String {
    random.iter().map(|b| format!("{b:02x}")).collect()
}
