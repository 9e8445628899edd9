//! The costs of a decision and between which amounts each may be set by hand: that follows the service's declared
//! parameters.

use std::collections::BTreeMap;

use domain::FeeLine;
use schema::{ParamType, Service};
use serde_json::Value;

use crate::format;

/// An amount above this is a typing error, where nothing else bounds it.
const CENTS_AT_MOST: i64 = 10_000_000;

/// A line of costs with its bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    pub line: FeeLine,
    /// As typed.
    pub typed: String,
    pub min: i64,
    pub max: i64,
    /// The rule for it failed: the desk sets it.
    pub by_hand: bool,
    pub error: String,
}

/// `30,00 € bis 500,00 €`
pub fn range(c: &Cost) -> String {
    match c.max {
        max if max == c.min => format::euro(max),
        CENTS_AT_MOST => String::new(),
        max => format!("{} bis {}", format::euro(c.min), format::euro(max)),
    }
}

/// Between which amounts a line may be set by hand: the declared bounds of the parameters that make it, and not
/// above the authority's own highest amount (`fee_max` beside `fee`). Without any: from nothing up to what the
/// tariff says. What was worked out is always possible; `None`: the rule failed.
pub fn bounds(service: &Service, id: &str, worked_out: Option<i64>, set: &BTreeMap<String, Value>) -> (i64, i64) {
    let Some(item) = service.fees.iter().find(|f| f.id == id) else {
        return (worked_out.unwrap_or(0), worked_out.unwrap_or(CENTS_AT_MOST));
    };
    let money: Vec<_> = service
        .parameters
        .iter()
        .filter(|p| p.kind == ParamType::Money && names(&item.cents.source, &format!("params.{}", p.id)))
        .collect();
    let is_cap = |id: &str| {
        id.strip_suffix("_max")
            .is_some_and(|of| money.iter().any(|p| p.id == of))
    };
    let cap = money
        .iter()
        .filter(|p| is_cap(&p.id))
        .filter_map(|p| set.get(&p.id).unwrap_or(&p.default).as_i64())
        .min();
    let min = money.iter().filter_map(|p| p.min).min().unwrap_or(0);
    let max = money.iter().filter_map(|p| p.max).max();
    let max = max.unwrap_or(worked_out.unwrap_or(CENTS_AT_MOST));
    let max = cap.map_or(max, |cap| max.min(cap)).max(min);
    (min.min(worked_out.unwrap_or(min)), max.max(worked_out.unwrap_or(max)))
}

/// Whether a rule names exactly this (`params.fee`, not `params.fee_max`).
fn names(rule: &str, name: &str) -> bool {
    rule.match_indices(name).any(|(at, _)| {
        let next = rule[at + name.len()..].chars().next();
        !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_parameter_is_named_by_its_whole_name() {
        assert!(names("params.fee * answers.nights", "params.fee"));
        assert!(!names("params.fee_max", "params.fee"));
        assert!(names("params.fee_max > params.fee", "params.fee"));
    }
}
