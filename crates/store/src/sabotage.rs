//! Planted faults, to prove that the tests catch them. Compiled only with the feature `sabotage`.

/// Is this fault switched on by `KOMMUNAL_SABOTAGE`?
pub(crate) fn is(fault: &str) -> bool {
    std::env::var_os("KOMMUNAL_SABOTAGE").is_some_and(|v| v == fault)
}
