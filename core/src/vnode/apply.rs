//! How a patch makes one tree of another: nothing is taken that does not fit.

use super::build::Builder;
use super::names::NameId;
use super::patch::{Part, Step, Steps, malformed};
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
pub fn apply(old: &Tree, patch: &[u8]) -> Result<Tree, Error> {
    apply_known(old, patch, usize::MAX)
}

/// The same, of a patch in which there are so many names.
pub(super) fn apply_known(old: &Tree, patch: &[u8], names: usize) -> Result<Tree, Error> {
    let mut steps = Steps::new(Reader::new(patch, &Limits::HARD), names);
    let mut all = Vec::new();
    while let Some(step) = steps.next()? {
        all.push(step);
    }
    let mut walk = Walk { out: Builder::new(), open: vec![Open::of(None, old.roots())] };
    for step in &all {
        walk.take(step)?;
    }
    let depth = walk.open.len().saturating_sub(1);
    walk.leave(depth)?;
    walk.rest()?;
    walk.out.finish()
}

struct Walk<'a> {
    out: Builder,
    /// The elements around the cursor, the roots included.
    open: Vec<Open<'a>>,
}

/// An element around the cursor.
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
                let Kind::Element(_) = node.kind() else {
                    return Err(malformed("an element, to enter it", "another node"));
                };
                self.open.push(Open::of(Some(node), node.children()));
                Ok(())
            }
            Step::Leave(count) => self.leave(*count),
            Step::Text { past, text } => match self.child(*past)?.kind() {
                Kind::Text(_) => self.out.text(text),
                Kind::Hole | Kind::Element(_) | Kind::Raw(_) => {
                    Err(malformed("text, to change it", "another node"))
                }
            },
            Step::Leaf { past, text } => {
                let node = self.child(*past)?;
                let mut children = node.children();
                let only = children.next().map(Node::kind);
                if !(matches!(only, Some(Kind::Text(_))) && children.is_empty()) {
                    return Err(malformed("an element with text alone", "another node"));
                }
                let mut leaf = Open::of(Some(node), Nodes::NONE);
                begin(&mut self.out, &mut leaf)?;
                self.out.text(text)?;
                self.out.close()
            }
            Step::Replace { past, tree } => {
                self.child(*past)?;
                self.out.copy(tree.roots())
            }
            Step::Set { name, value } => self.attr(*name, Some(value)),
            Step::Unset { name } => self.attr(*name, None),
            Step::List { front, parts } => self.list(*front, parts),
        }
    }

    /// Goes past so many children, and gives the next.
    fn child(&mut self, past: usize) -> Result<Node<'a>, Error> {
        let open = self.open.last_mut().ok_or_else(nowhere)?;
        begin(&mut self.out, open)?;
        for _ in 0..past {
            let node = open.rest.next().ok_or_else(no_child)?;
            self.out.copy_node(node)?;
        }
        open.rest.next().ok_or_else(no_child)
    }

    fn attr(&mut self, name: NameId, value: Option<&'a str>) -> Result<(), Error> {
        let open = self.open.last_mut().filter(|open| !open.begun).ok_or_else(late)?;
        if open.node.is_none() {
            return Err(malformed("an element, for its attribute", "the roots"));
        }
        if value.is_none() && open.node.is_some_and(|node| node.attrs().all(|it| it.name != name)) {
            return Err(malformed("an attribute that there is", &name.to_string()));
        }
        open.attrs.push((name, value));
        Ok(())
    }

    fn list(&mut self, front: usize, parts: &'a [Part]) -> Result<(), Error> {
        let open = self.open.last_mut().filter(|open| !open.begun).ok_or_else(late)?;
        let Rest::Same(nodes) = open.rest else { return Err(late()) };
        let children = listed(&nodes.collect::<Vec<_>>(), front, parts)?;
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
        begin(&mut self.out, open)?;
        if let Rest::Same(nodes) = &mut open.rest {
            return self.out.copy(core::mem::replace(nodes, Nodes::NONE));
        }
        while let Some(node) = open.rest.next() {
            self.out.copy_node(node)?;
        }
        Ok(())
    }
}

/// Opens an element in the new tree, with its attributes as they are then.
fn begin(out: &mut Builder, open: &mut Open<'_>) -> Result<(), Error> {
    if open.begun {
        return Ok(());
    }
    open.begun = true;
    let Some((node, tag)) = open.node.and_then(|node| Some((node, node.tag()?))) else {
        return Ok(());
    };
    out.open(tag)?;
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

fn no_child() -> Error {
    malformed("a child of the element", "none there")
}

fn nowhere() -> Error {
    malformed("a place in the tree", "none")
}

fn late() -> Error {
    malformed("attributes and a list before what changes in children", "them after that")
}
