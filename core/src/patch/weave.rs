//! The walk over objects side by side: every name once, the first object's in its order, then what
//! only the second has in its order.

use crate::sort::sort;
use crate::value::{Member, Members, Part};

/// Up to this many members, a search from the start is faster than sorting.
const FEW: usize = 8;

/// What each side has at one place; `None` is nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides<'a> {
    /// Gives the order.
    pub(super) first: Option<Part<'a>>,
    /// Its own members are appended.
    pub(super) second: Option<Part<'a>>,
    /// Is only looked at.
    pub(super) base: Option<Part<'a>>,
}

/// What becomes of a member.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    /// The result has none.
    Drop,
    /// The result has this.
    Keep(Part<'a>),
    /// The result has an object woven of the sides; a side that is no object counts as an empty one.
    /// Only for a second side that is an object: this bounds the walk.
    Descend,
    /// There is no result.
    GiveUp,
}

/// The object that the rule makes of the sides, as canonical JSON; `None` if it gives up.
pub(super) fn weave<'a>(sides: Sides<'a>, rule: impl Fn(Sides<'a>) -> Step<'a>) -> Option<String> {
    let bytes = |side: Option<Part<'_>>| side.map_or(0, |part| part.json().len());
    let mut out = String::with_capacity(bytes(sides.first).saturating_add(bytes(sides.second)));
    let mut frames = vec![Frame::new(sides)];
    out.push('{');
    while let Some(frame) = frames.last_mut() {
        let Some((name, sides)) = frame.next_name() else {
            out.push('}');
            frames.pop();
            continue;
        };
        let step = rule(sides);
        if matches!(step, Step::Drop) {
            continue;
        }
        if !out.ends_with('{') {
            out.push(',');
        }
        out.push_str(name.json());
        out.push(':');
        match step {
            Step::Drop => {}
            Step::Keep(part) => out.push_str(part.json()),
            Step::Descend => {
                out.push('{');
                frames.push(Frame::new(sides));
            }
            Step::GiveUp => return None,
        }
    }
    Some(out)
}

/// One object of the result.
struct Frame<'a> {
    first: Members<'a>,
    second: Names<'a>,
    base: Names<'a>,
}

impl<'a> Frame<'a> {
    fn new(sides: Sides<'a>) -> Self {
        let members = |side: Option<Part<'a>>| side.and_then(Part::members);
        Self {
            first: members(sides.first).unwrap_or(Members::EMPTY),
            second: Names::new(members(sides.second)),
            base: Names::new(members(sides.base)),
        }
    }

    fn next_name(&mut self) -> Option<(Part<'a>, Sides<'a>)> {
        if let Some(Member { name, value }) = self.first.next() {
            let (second, base) = (self.second.take(name), self.base.take(name));
            return Some((name, Sides { first: Some(value), second, base }));
        }
        let Member { name, value } = self.second.next_left()?;
        Some((name, Sides { first: None, second: Some(value), base: self.base.take(name) }))
    }
}

/// The members of an object, to be found by name.
struct Names<'a> {
    /// In the object's order; taken ones are `None`.
    members: Vec<Option<Member<'a>>>,
    /// The members' names with their places, sorted; empty where there are few.
    sorted: Vec<(&'a str, usize)>,
    /// All before this one are taken.
    left: usize,
}

impl<'a> Names<'a> {
    fn new(members: Option<Members<'a>>) -> Self {
        let members: Vec<_> = members.into_iter().flatten().map(Some).collect();
        let mut sorted = Vec::new();
        if members.len() > FEW {
            let names = members.iter().flatten().map(|member| member.name.json());
            sorted = names.zip(0..).collect();
            sort(&mut sorted);
        }
        Self { members, sorted, left: 0 }
    }

    /// The value under a name, once.
    fn take(&mut self, name: Part<'_>) -> Option<Part<'a>> {
        let name = name.json();
        let is_named =
            |member: &Option<Member<'_>>| member.is_some_and(|it| it.name.json() == name);
        let place = if self.sorted.is_empty() {
            self.members.iter().position(is_named)?
        } else {
            let found = self.sorted.binary_search_by_key(&name, |&(name, _)| name).ok()?;
            self.sorted.get(found)?.1
        };
        self.members.get_mut(place)?.take().map(|member| member.value)
    }

    /// The first member that is not taken yet, once.
    fn next_left(&mut self) -> Option<Member<'a>> {
        loop {
            let member = self.members.get_mut(self.left)?.take();
            self.left = self.left.saturating_add(1);
            if member.is_some() {
                return member;
            }
        }
    }
}
