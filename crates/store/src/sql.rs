//! Statements as named constants. Each is written once, with `$n`, in what SQLite and PostgreSQL share;
//! what one engine needs more stands in `/*sqlite: …*/` or `/*postgres: …*/` and is a comment to the
//! other. Both texts are made at compile time.

/// Which tables a statement may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Data of one authority: `$1` is the tenant, bound by `TenantTx` itself.
    Tenant,
    /// Data of none.
    Shared,
    /// Begun applications.
    Drafts,
    /// No table at all.
    None,
}

/// One statement.
#[derive(Debug, Clone, Copy)]
pub struct Sql {
    pub name: &'static str,
    pub scope: Scope,
    /// As written.
    pub text: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

/// Length of `needle` if `text` has it at `at`, else 0.
const fn at(text: &[u8], at: usize, needle: &[u8]) -> usize {
    if at + needle.len() > text.len() {
        return 0;
    }
    let mut i = 0;
    while i < needle.len() {
        if text[at + i] != needle[i] {
            return 0;
        }
        i += 1;
    }
    needle.len()
}

/// The text for one engine, of the same length. In SQLite a `$1` is a *name*, numbered by first
/// appearance (`select $2, $1` would swap silently): it becomes `?1`.
pub const fn expand<const N: usize>(text: &str, sqlite: bool) -> [u8; N] {
    let text = text.as_bytes();
    let open: &[u8] = if sqlite { b"/*sqlite:" } else { b"/*postgres:" };
    let mut out = [b' '; N];
    let mut opened = false;
    let mut i = 0;
    while i < N {
        let skip = if opened { at(text, i, b"*/") } else { at(text, i, open) };
        if skip > 0 {
            opened = !opened;
            i += skip;
            continue;
        }
        out[i] = if sqlite && text[i] == b'$' { b'?' } else { text[i] };
        i += 1;
    }
    out
}

/// Checked UTF-8 at compile time.
pub const fn utf8(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(s) => s,
        Err(_) => panic!("a statement is not UTF-8"),
    }
}

/// `statements! { Tenant "cases"; NAME = "…"; … }` makes a `static NAME: Sql` of each and `ALL`.
macro_rules! statements {
    ($scope:ident $module:literal; $($(#[$doc:meta])* $name:ident = $text:expr;)+) => {
        $($(#[$doc])*
        pub(crate) static $name: $crate::sql::Sql = {
            const TEXT: &str = $text;
            const SQLITE: [u8; TEXT.len()] = $crate::sql::expand(TEXT, true);
            const POSTGRES: [u8; TEXT.len()] = $crate::sql::expand(TEXT, false);
            $crate::sql::Sql {
                name: concat!($module, ".", stringify!($name)),
                scope: $crate::sql::Scope::$scope,
                text: TEXT,
                sqlite: $crate::sql::utf8(&SQLITE),
                postgres: $crate::sql::utf8(&POSTGRES),
            }
        };)+
        /// Every statement of this module.
        #[cfg_attr(test, allow(dead_code, reason = "statements of tests are in no registry"))]
        pub(crate) static ALL: &[&$crate::sql::Sql] = &[$(&$name),+];
    };
}
pub(crate) use statements;
