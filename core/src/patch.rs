//! Merging objects: RFC 7396 applied to a value, two patches as one, and a three-way merge.

use crate::error::Error;
use crate::limit::Limits;
use crate::value::Value;

/// Applies a merge patch (RFC 7396) to an object or to nothing.
pub fn merge(_target: Option<&Value>, _patch: &Value, _limits: &Limits) -> Result<Value, Error> {
    todo!()
}

/// One patch that does what two do in turn, or `None` where no single patch does the same to every
/// target.
#[must_use]
pub fn compose(_first: &Value, _second: &Value, _limits: &Limits) -> Option<Value> {
    todo!()
}

/// What both sides made of `base`, member by member; where both changed a member, `mine` wins.
pub fn three_way(
    _base: Option<&Value>,
    _mine: Option<&Value>,
    _theirs: Option<&Value>,
    _limits: &Limits,
) -> Result<Option<Value>, Error> {
    todo!()
}
