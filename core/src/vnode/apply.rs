//! How a patch makes one tree of another: nothing is taken that does not fit.

use super::build::Builder;
use super::keyed::Fit;
use super::names::NameId;
use super::patch::{Part, Step, Steps, malformed};
use super::statics::Statics;
use super::tree::{Kind, Node, Nodes, Tree};
use crate::error::Error;
use crate::limit::Limits;
use crate::wire::Reader;

/// The tree that a patch makes of another one.
///
/// # Errors
///
/// `Malformed` and `InvalidUtf8` for bytes that are no patch, or none of this tree; `TooDeep`,
/// `TooManyItems` and `ValueTooLarge` if the result is beyond the limits of trees.
/// `NotFound` for a template or a binding that is not in the table.
pub fn apply(old: &Tree, patch: &[u8], statics: &Statics) -> Result<Tree, Error> {
    let mut steps = Steps::new(Reader::new(patch, &Limits::HARD), statics);
    let mut all = Vec::new();
    while let Some(step) = steps.next()? {
        all.push(step);
    }
    walk(old, &all, statics)
}

/// The tree that steps make of another one.
pub(super) fn walk(old: &Tree, all: &[Step<'_>], statics: &Statics) -> Result<Tree, Error> {
    let mut walk =
        Walk { statics, out: Builder::like(old), open: vec![Open::of(None, old.roots())] };
    for step in all {
        walk.take(step)?;
    }
    let depth = walk.open.len().saturating_sub(1);
    walk.leave(depth)?;
    walk.rest()?;
    walk.out.finish()
}

struct Walk<'a> {
    statics: &'a Statics,
    out: Builder,
    /// The nodes around the cursor, the roots included.
    open: Vec<Open<'a>>,
}

/// A node around the cursor.
struct Open<'a> {
    /// None for the roots.
    node: Option<Node<'a>>,
    attrs: Vec<(NameId, Option<&'a str>)>,
    /// It is in the new tree: its attributes are.
    begun: bool,
    rest: Rest<'a>,
}

/// The children behind the cursor.
enum Rest<'a> {
    Same(Nodes<'a>),
    Listed(std::vec::IntoIter<Node<'a>>),
}

impl<'a> Rest<'a> {
    fn next(&mut self) -> Option<Node<'a>> {
        match self {
            Self::Same(nodes) => nodes.next(),
            Self::Listed(nodes) => nodes.next(),
        }
    }
}

impl<'a> Open<'a> {
    const fn of(node: Option<Node<'a>>, children: Nodes<'a>) -> Self {
        Self { node, attrs: Vec::new(), begun: false, rest: Rest::Same(children) }
    }
}

impl<'a> Walk<'a> {
    fn take(&mut self, step: &'a Step<'a>) -> Result<(), Error> {
        match step {
            Step::Enter(past) => {
                let node = self.child(*past)?;
                if !node.kind().has_children() {
                    return Err(malformed("a node with others in it, to enter it", "another one"));
                }
                self.open.push(Open::of(Some(node), node.children()));
                Ok(())
            }
            Step::Leave(count) => self.leave(*count),
            Step::Text { past, text } => {
                if self.child(*past)?.kind().text().is_none() {
                    return Err(malformed("text, to change it", "another node"));
                }
                self.out.text_of_patch(text)
            }
            Step::Leaf { past, text } => {
                let node = self.child(*past)?;
                let mut children = node.children();
                let only = children.next().map(Node::kind);
                let can_be = matches!(node.kind(), Kind::Element(_) | Kind::Bound(_));
                if !(can_be && matches!(only, Some(Kind::Text(_))) && children.is_empty()) {
                    return Err(malformed("an element with text alone", "another node"));
                }
                let mut leaf = Open::of(Some(node), Nodes::NONE);
                begin(&mut self.out, &mut leaf, self.statics)?;
                self.out.text_of_patch(text)?;
                self.out.close()
            }
            Step::Replace { past, tree } => {
                self.child(*past)?;
                self.out.copy(tree.roots())
            }
            Step::Set { name, value } => {
                self.statics.names().check_harmless(*name, value)?;
                self.attr(*name, Some(value))
            }
            Step::Unset { name } => self.attr(*name, None),
            Step::List { front, parts } => self.list(|old| listed(old, *front, parts)),
            Step::Order { front, before, back, fits, new } => {
                let end = front.saturating_add(*before);
                self.list(|old| ordered(old, (*front, end, *back), fits, new))
            }
        }
    }

    /// Goes past so many children, and gives the next.
    fn child(&mut self, past: usize) -> Result<Node<'a>, Error> {
        let open = self.open.last_mut().ok_or_else(nowhere)?;
        begin(&mut self.out, open, self.statics)?;
        match &mut open.rest {
            Rest::Same(nodes) => self.out.copy(nodes.first(past).ok_or_else(no_child)?)?,
            Rest::Listed(nodes) => {
                for _ in 0..past {
                    self.out.copy_node(nodes.next().ok_or_else(no_child)?)?;
                }
            }
        }
        open.rest.next().ok_or_else(no_child)
    }

    fn attr(&mut self, name: NameId, value: Option<&'a str>) -> Result<(), Error> {
        let open = self.open.last_mut().filter(|open| !open.begun).ok_or_else(late)?;
        if open.node.and_then(Node::tag).is_none() {
            return Err(malformed("an element, for its attribute", "another node"));
        }
        if value.is_none() && open.node.is_some_and(|node| node.attrs().all(|it| it.name != name)) {
            return Err(malformed("an attribute that there is", &name.to_string()));
        }
        open.attrs.push((name, value));
        Ok(())
    }

    fn list(
        &mut self,
        change: impl FnOnce(&[Node<'a>]) -> Result<Vec<Node<'a>>, Error>,
    ) -> Result<(), Error> {
        let open = self.open.last_mut().filter(|open| !open.begun).ok_or_else(late)?;
        if open.node.is_some_and(|node| matches!(node.kind(), Kind::Bound(_) | Kind::Instance(_))) {
            return Err(malformed("an element or a fragment, for its list", "another node"));
        }
        let Rest::Same(nodes) = open.rest else { return Err(late()) };
        let children = change(&nodes.collect::<Vec<_>>())?;
        open.rest = Rest::Listed(children.into_iter());
        Ok(())
    }

    fn leave(&mut self, count: usize) -> Result<(), Error> {
        for _ in 0..count {
            self.rest()?;
            self.open.pop();
            self.out.close()?;
        }
        Ok(())
    }

    /// All that is behind the cursor in the element where it stands.
    fn rest(&mut self) -> Result<(), Error> {
        let open = self.open.last_mut().ok_or_else(nowhere)?;
        begin(&mut self.out, open, self.statics)?;
        if let Rest::Same(nodes) = &mut open.rest {
            return self.out.copy(core::mem::replace(nodes, Nodes::NONE));
        }
        while let Some(node) = open.rest.next() {
            self.out.copy_node(node)?;
        }
        Ok(())
    }
}

/// Opens a node in the new tree, an element with its attributes as they are then.
fn begin(out: &mut Builder, open: &mut Open<'_>, statics: &Statics) -> Result<(), Error> {
    if open.begun {
        return Ok(());
    }
    open.begun = true;
    let Some(node) = open.node else { return Ok(()) };
    match node.kind() {
        Kind::Element(tag) => out.open(tag)?,
        Kind::Fragment => return out.fragment(),
        Kind::Bound(binding) => return out.bound_open(statics.bound(binding)?),
        Kind::Instance(template) => return out.instance(statics.known(template)?, node.key()),
        Kind::Text(_) | Kind::Hole | Kind::Raw(_) => return Ok(()),
    }
    if let Some(key) = node.key() {
        out.key(key)?;
    }
    // The first change of an attribute that there is, unless it goes, tells its value; all others come last.
    let first = |name: NameId| open.attrs.iter().find(|(changed, _)| *changed == name);
    for attr in node.attrs() {
        match first(attr.name) {
            None => out.attr(attr.name, attr.value)?,
            Some((_, Some(value))) => out.attr(attr.name, value)?,
            Some((_, None)) => {}
        }
    }
    for (name, value) in &open.attrs {
        let stays = node.attrs().any(|attr| attr.name == *name)
            && first(*name).is_some_and(|(_, value)| value.is_some());
        if let Some(value) = value
            && !stays
        {
            out.attr(*name, value)?;
        }
    }
    Ok(())
}

/// The children that a list has after its parts.
fn listed<'a>(old: &[Node<'a>], front: usize, parts: &'a [Part]) -> Result<Vec<Node<'a>>, Error> {
    let mut children = old.get(..front).ok_or_else(no_child)?.to_vec();
    let mut moved = vec![false; old.len()];
    for part in parts {
        let Part::Move { from, count, back } = *part else { continue };
        for nth in 0..count {
            let at = if back { from.checked_sub(nth) } else { from.checked_add(nth) };
            let at = at.filter(|at| *at >= front).ok_or_else(no_child)?;
            let place = moved.get_mut(at).filter(|moved| !**moved).ok_or_else(no_child)?;
            *place = true;
        }
    }
    let stays = old.iter().zip(&moved).skip(front).filter(|(_, moved)| !**moved);
    let mut stays = stays.map(|(node, _)| *node);
    for part in parts {
        match part {
            Part::Keep(count) => {
                for _ in 0..*count {
                    children.push(stays.next().ok_or_else(no_child)?);
                }
            }
            Part::Drop(count) => {
                for _ in 0..*count {
                    stays.next().ok_or_else(no_child)?;
                }
            }
            Part::Insert(tree) => children.extend(tree.roots()),
            Part::Move { from, count, back } => {
                for nth in 0..*count {
                    let at = if *back { from.checked_sub(nth) } else { from.checked_add(nth) };
                    let node = at.and_then(|at| old.get(at)).ok_or_else(no_child)?;
                    children.push(*node);
                }
            }
        }
    }
    children.extend(stays);
    Ok(children)
}

/// The children that a list has in another order.
fn ordered<'a>(
    old: &[Node<'a>],
    (front, end, back): (usize, usize, usize),
    fits: &[Fit],
    new: &'a Tree,
) -> Result<Vec<Node<'a>>, Error> {
    if end.saturating_add(back) != old.len() {
        let expected = format!("{} children in front, between and behind", old.len());
        return Err(malformed(expected, &end.saturating_add(back).to_string()));
    }
    let mut children = old.get(..front).ok_or_else(no_child)?.to_vec();
    let mut middle: Vec<Option<Node<'a>>> =
        old.get(front..end).ok_or_else(no_child)?.iter().copied().map(Some).collect();
    let mut new = new.roots();
    for fit in fits {
        let child = match fit {
            Fit::Old(at) => middle.get_mut(*at).and_then(Option::take),
            Fit::New => new.next(),
        };
        children.push(child.ok_or_else(|| malformed("each child once", "one twice"))?);
    }
    children.extend(old.get(end..).ok_or_else(no_child)?);
    Ok(children)
}

fn no_child() -> Error {
    malformed("a child of the element", "none there")
}

fn nowhere() -> Error {
    malformed("a place in the tree", "none")
}

fn late() -> Error {
    malformed("attributes and a list before what changes in children", "them after that")
}
