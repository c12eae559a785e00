//! What a refusal turns into.
//!
//! Only refusals for staleness are resolved: the others would be refused again. The server wins
//! unless a resolver of the key's prefix says otherwise.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::Key;
use crate::limit::Limits;
use crate::op::{Action, Content};
use crate::patch;
use crate::record::client::Conflict;
use crate::value::Value;

/// How refusals of one prefix are resolved.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolver {
    /// The server's value stays.
    #[default]
    KeepTheirs,
    /// The edit is made again on top of the server's value.
    KeepMine,
    /// What both sides made of the common base, member by member; mine where both changed one.
    ThreeWay,
    /// The application decides, by [`resolve`](crate::client::Client::resolve).
    Custom,
}

/// What a refusal turns into.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolution {
    /// The edit is made again on top of the server's value.
    KeepMine,
    /// The server's value stays.
    KeepTheirs,
    /// The key is set to this.
    Value(Value),
}

/// Which resolver each key has: the one of the longest prefix.
///
/// ```
/// use syncline_core::resolve::{Resolver, Resolvers};
/// let mut resolvers = Resolvers::default();
/// resolvers.set("cart/", Resolver::KeepMine);
/// resolvers.set("cart/total", Resolver::ThreeWay);
/// assert_eq!(resolvers.of("cart/total"), Resolver::ThreeWay);
/// assert_eq!(resolvers.of("cart/items"), Resolver::KeepMine);
/// assert_eq!(resolvers.of("stock"), Resolver::KeepTheirs);
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(from = "BTreeMap<String, Resolver>", into = "BTreeMap<String, Resolver>")]
pub struct Resolvers(
    /// In the order of the prefixes.
    Vec<(String, Resolver)>,
);

impl Resolvers {
    /// Chooses the resolver of the keys with this prefix.
    pub fn set(&mut self, prefix: impl Into<String>, resolver: Resolver) {
        let prefix = prefix.into();
        match self.0.binary_search_by(|(one, _)| one.cmp(&prefix)) {
            Ok(at) => {
                if let Some((_, held)) = self.0.get_mut(at) {
                    *held = resolver;
                }
            }
            Err(at) => self.0.insert(at, (prefix, resolver)),
        }
    }

    /// The resolver of a key.
    #[must_use]
    pub fn of(&self, key: &str) -> Resolver {
        // Of the prefixes of one key, the longest stands last.
        let mut matching = self.0.iter().rev().filter(|(prefix, _)| key.starts_with(prefix));
        matching.next().map_or_else(Resolver::default, |(_, resolver)| *resolver)
    }
}

impl From<BTreeMap<String, Resolver>> for Resolvers {
    fn from(resolvers: BTreeMap<String, Resolver>) -> Self {
        Self(resolvers.into_iter().collect())
    }
}

impl From<Resolvers> for BTreeMap<String, Resolver> {
    fn from(resolvers: Resolvers) -> Self {
        resolvers.0.into_iter().collect()
    }
}

/// What a conflict turns into without asking anyone; `None` asks the application.
///
/// A list cannot be set as a whole without losing its items' identity, so three ways of one fall
/// back to making the edit again.
#[must_use]
pub fn decide(
    resolver: Resolver,
    conflict: &Conflict,
    theirs: Option<&Content>,
    limits: &Limits,
) -> Option<Decision> {
    let again = || Decision::Ops(conflict.ops.clone());
    match resolver {
        Resolver::KeepTheirs => Some(Decision::GiveUp),
        Resolver::KeepMine => Some(again()),
        Resolver::Custom => None,
        Resolver::ThreeWay => {
            let sides = [conflict.base.as_ref(), conflict.mine.as_ref(), theirs];
            if sides.iter().flatten().any(|side| side.as_plain().is_none()) {
                return Some(again());
            }
            let [base, mine, theirs] = sides.map(|side| side.and_then(Content::as_plain));
            let merged = patch::three_way(base, mine, theirs, limits).ok()?;
            if merged.as_ref() == theirs {
                return Some(Decision::GiveUp);
            }
            Some(Decision::Ops(replacing(conflict, merged.map_or(Action::Delete, Action::Set))))
        }
    }
}

/// What the application's answer means for a conflict.
#[must_use]
pub fn answer(resolution: Resolution, conflict: &Conflict) -> Decision {
    match resolution {
        Resolution::KeepTheirs => Decision::GiveUp,
        Resolution::KeepMine => Decision::Ops(conflict.ops.clone()),
        Resolution::Value(value) => Decision::Ops(replacing(conflict, Action::Set(value))),
    }
}

/// What is done about a conflict.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Nothing: the server's value stays.
    GiveUp,
    /// This mutation is made.
    Ops(Vec<(Key, Action)>),
}

/// The refused ops with those of the conflicting key replaced by one; preconditions stay.
fn replacing(conflict: &Conflict, action: Action) -> Vec<(Key, Action)> {
    let keeps =
        |key: &Key, action: &Action| *key != conflict.key || matches!(action, Action::Expect);
    let kept = conflict.ops.iter().filter(|(key, action)| keeps(key, action));
    kept.cloned().chain([(conflict.key.clone(), action)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_wins() {
        let mut resolvers = Resolvers::default();
        resolvers.set("a", Resolver::KeepMine);
        resolvers.set("a/b", Resolver::Custom);
        for (key, want) in [
            ("a/b/c", Resolver::Custom),
            ("a/c", Resolver::KeepMine),
            ("a/a", Resolver::KeepMine),
            ("b", Resolver::KeepTheirs),
            ("", Resolver::KeepTheirs),
        ] {
            assert_eq!(resolvers.of(key), want, "{key}");
        }
        resolvers.set("", Resolver::ThreeWay);
        assert_eq!(resolvers.of("b"), Resolver::ThreeWay);
    }
}
