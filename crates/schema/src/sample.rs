//! Sets of answers made from form, rules and parameters: right ones, and ones with one broken field.

use serde_json::Value;

use crate::{Context, ErrorKind, Service};

/// Makes samples; the same seed makes the same samples.
pub struct Sampler<'a> {
    _service: &'a Service,
    _cx: &'a Context,
    _seed: u64,
}

impl<'a> Sampler<'a> {
    pub fn new(service: &'a Service, cx: &'a Context, seed: u64) -> Self {
        Sampler {
            _service: service,
            _cx: cx,
            _seed: seed,
        }
    }
    /// The next valid set of answers; none if the rules leave no way.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<Value> {
        None
    }
    /// A set with exactly one broken field: answers, its path, the kind of error.
    pub fn broken(&mut self) -> Option<(Value, String, ErrorKind)> {
        None
    }
}
