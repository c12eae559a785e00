//! What happens when the version that a writer saw is no longer the current one.
//!
//! The policy belongs to the room, by key prefix. A writer asks for more strictness by an `Expect`
//! in the same mutation, and can never ask for less.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Code;
use crate::id::{ClientId, Seq, Version};
use crate::op::{Action, Seen};
use crate::plant::planted;

/// Which stale ops a room refuses.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// Stale `set`, `delete` and `merge`: optimistic locking.
    Strict,
    /// Stale `set` and `delete`; a `merge` applies to what is there.
    Merge,
    /// None: the last writer wins.
    #[default]
    Last,
}

impl Policy {
    /// Whether a stale op of this kind is refused. Sums and list edits always apply to what is
    /// there; an `Expect` never does.
    #[must_use]
    pub const fn refuses(self, action: &Action) -> bool {
        match action {
            Action::Expect => true,
            Action::Set(_) | Action::Delete => matches!(self, Self::Strict | Self::Merge),
            Action::Merge(_) => matches!(self, Self::Strict),
            Action::Add(_)
            | Action::Insert { .. }
            | Action::Remove { .. }
            | Action::Move { .. }
            | Action::Replace { .. } => false,
        }
    }
}

/// The policies of a room: the longest matching prefix decides.
///
/// ```
/// use syncline_core::policy::{Policies, Policy};
/// let policies = Policies::new(Policy::Last).with("stock/", Policy::Strict);
/// assert_eq!(policies.of("stock/7"), Policy::Strict);
/// assert_eq!(policies.of("title"), Policy::Last);
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Policies(BTreeMap<String, Policy>);

impl Policies {
    /// One policy for every key.
    #[must_use]
    pub fn new(default: Policy) -> Self {
        Self(BTreeMap::from([(String::new(), default)]))
    }

    /// These policies, and this one for keys with this prefix.
    #[must_use]
    pub fn with(mut self, prefix: impl Into<String>, policy: Policy) -> Self {
        self.0.insert(prefix.into(), policy);
        self
    }

    /// The policy of a key.
    #[must_use]
    pub fn of(&self, key: &str) -> Policy {
        let matching = self.0.iter().filter(|(prefix, _)| key.starts_with(prefix.as_str()));
        matching.max_by_key(|(prefix, _)| prefix.len()).map_or_else(Policy::default, |(_, p)| *p)
    }
}

/// Who wrote something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Author {
    /// The host of the room.
    Host,
    /// A client's mutation.
    Client(ClientId, Seq),
}

/// The standing of a key, as far as freshness goes.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Whether it holds a value.
    pub live: bool,
    /// The version of its latest change.
    pub version: Version,
    /// Who made that change.
    pub author: Author,
}

/// Whether what `reader` saw of a key is still so. `None` is a key without a trace.
#[must_use]
pub fn is_fresh(seen: Seen, standing: Option<Standing>, reader: Author) -> bool {
    match seen {
        Seen::Absent => !standing.is_some_and(|key| key.live),
        Seen::At(version) => standing.is_some_and(|key| key.live && key.version == version),
        Seen::Mine(seq) => match reader {
            Author::Host => false,
            Author::Client(client, _) => {
                standing.is_some_and(|key| key.author == Author::Client(client, seq))
            }
        },
    }
}

/// Refuses an op whose writer had seen something else, where the policy says so.
pub fn judge(
    policy: Policy,
    action: &Action,
    seen: Seen,
    standing: Option<Standing>,
    author: Author,
) -> Result<(), Code> {
    if policy.refuses(action) && !planted!(StaleAccepted) && !is_fresh(seen, standing, author) {
        return Err(Code::Stale);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    const ME: ClientId = ClientId::new(1);
    const OTHER: ClientId = ClientId::new(2);

    #[expect(clippy::unnecessary_wraps, reason = "the table has keys without a standing")]
    fn standing(live: bool, version: u64, author: Author) -> Option<Standing> {
        Some(Standing { live, version: Version::new(version), author })
    }

    #[test]
    fn freshness() {
        let me = Author::Client(ME, Seq::new(9));
        let mine = Author::Client(ME, Seq::new(3));
        let theirs = Author::Client(OTHER, Seq::new(3));
        for (name, seen, key, want) in [
            ("absent and never there", Seen::Absent, None, true),
            ("absent and deleted", Seen::Absent, standing(false, 4, theirs), true),
            ("absent and there", Seen::Absent, standing(true, 4, theirs), false),
            ("same version", Seen::At(Version::new(4)), standing(true, 4, theirs), true),
            ("later version", Seen::At(Version::new(4)), standing(true, 5, theirs), false),
            ("deleted since", Seen::At(Version::new(4)), standing(false, 5, theirs), false),
            ("another epoch", Seen::At(Version::ZERO), standing(true, 5, theirs), false),
            ("another epoch, absent", Seen::At(Version::ZERO), None, false),
            ("my own write", Seen::Mine(Seq::new(3)), standing(true, 5, mine), true),
            ("my own delete", Seen::Mine(Seq::new(3)), standing(false, 5, mine), true),
            (
                "my number, another's write",
                Seen::Mine(Seq::new(3)),
                standing(true, 5, theirs),
                false,
            ),
            ("my write was refused", Seen::Mine(Seq::new(4)), standing(true, 5, mine), false),
            (
                "written by the host",
                Seen::Mine(Seq::new(3)),
                standing(true, 5, Author::Host),
                false,
            ),
        ] {
            assert_eq!(is_fresh(seen, key, me), want, "{name}");
        }
    }

    #[test]
    fn each_policy_refuses_what_it_says_and_nothing_else() {
        let set = Action::Set(Value::NULL);
        let merge = Action::Merge(Value::NULL);
        let add = Action::Add(Value::NULL);
        for (policy, refused) in [
            (Policy::Strict, [true, true, true, false, true]),
            (Policy::Merge, [true, true, false, false, true]),
            (Policy::Last, [false, false, false, false, true]),
        ] {
            let actions = [&set, &Action::Delete, &merge, &add, &Action::Expect];
            assert_eq!(actions.map(|action| policy.refuses(action)), refused, "{policy:?}");
        }
    }

    #[test]
    fn the_longest_prefix_decides() {
        let policies =
            Policies::new(Policy::Merge).with("a/", Policy::Last).with("a/b/", Policy::Strict);
        for (key, want) in [
            ("a/b/c", Policy::Strict),
            ("a/c", Policy::Last),
            ("a", Policy::Merge),
            ("z", Policy::Merge),
        ] {
            assert_eq!(policies.of(key), want, "{key}");
        }
        assert_eq!(Policies::default().of("x"), Policy::Last);
    }
}
