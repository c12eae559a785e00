//! What a change of a value did to a tree, said so generally that it tells what another change does.

use std::borrow::Cow;
use std::sync::Arc;

use super::build::Builder;
use super::names::NameId;
use super::statics::Statics;
use super::transform::{Transform, run, text_of};
use super::tree::{Kind, Node, Nodes, Tree};
use crate::error::Error;
use crate::value::Value;

/// A way into a tree that does not depend on where a key is among others.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Place(Vec<Stop>);

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Stop {
    Key(Arc<str>),
    Nth(usize),
}

impl Place {
    /// The place at a path; none within a binding, which tells by itself what is there.
    pub(super) fn of(tree: &Tree, path: &[usize]) -> Option<Self> {
        let mut nodes = tree.roots();
        let mut stops = Vec::with_capacity(path.len());
        for nth in path {
            let node = nodes.nth(*nth)?;
            if let Kind::Bound(_) = node.kind() {
                return None;
            }
            stops.push(node.key().map_or(Stop::Nth(*nth), |key| Stop::Key(key.into())));
            nodes = node.children();
        }
        Some(Self(stops))
    }

    /// What is there, if this is the path to it.
    pub(super) fn at<'t>(&self, tree: &'t Tree, path: &[usize]) -> Option<Node<'t>> {
        if path.len() != self.0.len() {
            return None;
        }
        let mut nodes = tree.roots();
        let mut found = None;
        for (stop, nth) in self.0.iter().zip(path) {
            let node = nodes.nth(*nth)?;
            let fits = match stop {
                Stop::Nth(wanted) => wanted == nth,
                Stop::Key(key) => node.key() == Some(key),
            };
            if !fits {
                return None;
            }
            nodes = node.children();
            found = Some(node);
        }
        found
    }

    /// The path to the place in a tree, and what is there.
    pub(super) fn find<'t>(&self, tree: &'t Tree) -> Option<(Vec<usize>, Node<'t>)> {
        let mut nodes = tree.roots();
        let mut path = Vec::with_capacity(self.0.len());
        let mut found = None;
        for stop in &self.0 {
            let (nth, node) = match stop {
                Stop::Nth(nth) => (*nth, nodes.nth(*nth)?),
                Stop::Key(key) => nodes.enumerate().find(|(_, it)| it.key() == Some(key))?,
            };
            path.push(nth);
            nodes = node.children();
            found = Some(node);
        }
        Some((path, found?))
    }

    fn size(&self) -> usize {
        let keys = self.0.iter().map(|stop| match stop {
            Stop::Key(key) => key.len().saturating_add(24),
            Stop::Nth(_) => 24,
        });
        keys.fold(24, usize::saturating_add)
    }
}

/// What of a place is told.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Subject {
    /// The node.
    Node,
    /// An attribute of the element.
    Attr(NameId),
}

/// How it follows from the value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rule {
    /// Text.
    Text(Vec<Transform>),
    /// What it was when the value, transformed, was the same.
    Cases(Vec<Transform>, Vec<(Value, Content)>),
    /// A node for each item, in a list that has nothing else.
    Items(Items),
}

/// What is at a place: a node; or an attribute, or none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Content {
    Node(Tree),
    Attr(Option<String>),
}

/// A node for each item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Items {
    /// One of them.
    pub(super) sample: Tree,
    /// Which of its texts follow from the item, by their number.
    pub(super) texts: Vec<(usize, Vec<Transform>)>,
}

/// What follows from a value at a place of a tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hint {
    pub(super) place: Place,
    pub(super) subject: Subject,
    pub(super) rule: Rule,
}

impl Hint {
    /// What it tells of a value, if it tells something; `now` is what is at the place.
    pub(super) fn tells(
        &self,
        value: &Value,
        now: Node<'_>,
        statics: &Statics,
    ) -> Result<Option<Content>, Error> {
        match &self.rule {
            Rule::Text(map) => {
                let Some(text) = text_of(&run(map, value.clone())) else { return Ok(None) };
                if let Subject::Attr(_) = self.subject {
                    return Ok(Some(Content::Attr(Some(text))));
                }
                let mut tree = Builder::new();
                tree.text(&text)?;
                Ok(Some(Content::Node(tree.finish()?)))
            }
            Rule::Cases(map, cases) => {
                let value = run(map, value.clone());
                let case = cases.iter().find(|(case, _)| *case == value);
                Ok(case.map(|(_, content)| content.clone()))
            }
            Rule::Items(items) => items.tells(value, now, statics),
        }
    }

    /// The text that it tells of a value, where it has nothing else: none of an attribute that is not there. Nothing
    /// if it tells nothing of the value; and no answer if it tells more than text.
    #[expect(clippy::option_option, reason = "three answers, as the sentence says")]
    pub(super) fn tells_text(&self, value: &Value) -> Option<Option<Option<String>>> {
        match &self.rule {
            Rule::Text(map) => Some(text_of(&run(map, value.clone())).map(Some)),
            Rule::Cases(map, cases) => {
                let value = run(map, value.clone());
                let Some((_, content)) = cases.iter().find(|(case, _)| *case == value) else {
                    return Some(None);
                };
                match content {
                    Content::Attr(text) => Some(Some(text.clone())),
                    Content::Node(tree) => {
                        let text = tree.roots().next()?.kind().text()?;
                        Some(Some(Some(text.to_owned())))
                    }
                }
            }
            Rule::Items(_) => None,
        }
    }

    /// Bytes that it takes, about.
    pub(super) fn size(&self) -> usize {
        let content = |content: &Content| match content {
            Content::Node(tree) => tree.size(),
            Content::Attr(text) => text.as_ref().map_or(0, String::len),
        };
        let rule = match &self.rule {
            Rule::Text(map) => map.len().saturating_mul(size_of::<Transform>()),
            Rule::Cases(_, cases) => cases
                .iter()
                .map(|(_, it)| content(it).saturating_add(64))
                .fold(0, usize::saturating_add),
            Rule::Items(items) => {
                let texts = items
                    .texts
                    .iter()
                    .map(|(_, map)| map.len().saturating_mul(size_of::<Transform>()));
                texts.fold(items.sample.size(), usize::saturating_add)
            }
        };
        rule.saturating_add(self.place.size()).saturating_add(64)
    }
}

impl Items {
    fn tells(
        &self,
        value: &Value,
        now: Node<'_>,
        statics: &Statics,
    ) -> Result<Option<Content>, Error> {
        let (Some(items), Some(sample)) = (value.items(), self.sample.roots().next()) else {
            return Ok(None);
        };
        let mut tree = Builder::new();
        match now.kind() {
            Kind::Element(tag) => {
                tree.open(tag)?;
                if let Some(key) = now.key() {
                    tree.key(key)?;
                }
                for attr in now.attrs() {
                    tree.attr(attr.name, attr.value)?;
                }
            }
            Kind::Fragment => tree.fragment()?,
            Kind::Text(_) | Kind::Hole | Kind::Raw(_) | Kind::Bound(_) | Kind::Instance(_) => {
                return Ok(None);
            }
        }
        let sampled = texts_of(sample);
        for item in items {
            let item = item.to_value();
            let mut texts: Vec<Cow<'_, str>> =
                sampled.iter().map(|it| Cow::Borrowed(*it)).collect();
            for (nth, map) in &self.texts {
                let (Some(text), Some(place)) =
                    (text_of(&run(map, item.clone())), texts.get_mut(*nth))
                else {
                    return Ok(None);
                };
                *place = text.into();
            }
            rewrite(sample, &texts, &mut tree, statics)?;
        }
        tree.close()?;
        Ok(Some(Content::Node(tree.finish()?)))
    }
}

/// What a node is but for its texts, and these: keys, attributes and texts in their order.
pub(super) fn parts_of(node: Node<'_>) -> (Vec<u32>, Vec<&str>) {
    let (mut shape, mut texts) = (Vec::new(), Vec::new());
    let mut open = vec![node.alone()];
    while let Some(nodes) = open.last_mut() {
        let Some(node) = nodes.next() else {
            open.pop();
            shape.push(u32::MAX);
            continue;
        };
        match node.kind() {
            Kind::Text(text) => {
                shape.push(0);
                texts.push(text);
            }
            Kind::Raw(text) => {
                shape.push(3);
                texts.push(text);
            }
            Kind::Hole => shape.push(1),
            Kind::Element(_) | Kind::Fragment | Kind::Bound(_) | Kind::Instance(_) => {
                shape.push(node.head());
                if let Some(key) = node.key() {
                    texts.push(key);
                }
                for attr in node.attrs() {
                    shape.push(attr.name.get());
                    texts.push(attr.value);
                }
                open.push(node.children());
            }
        }
    }
    (shape, texts)
}

fn texts_of(node: Node<'_>) -> Vec<&str> {
    parts_of(node).1
}

/// Writes a node with these texts in the place of its own.
fn rewrite(
    node: Node<'_>,
    texts: &[Cow<'_, str>],
    out: &mut Builder,
    statics: &Statics,
) -> Result<(), Error> {
    let mut texts = texts.iter();
    let mut next = || texts.next().map_or("", |text| &**text);
    let mut open: Vec<Nodes<'_>> = vec![node.alone()];
    while let Some(nodes) = open.last_mut() {
        let Some(node) = nodes.next() else {
            open.pop();
            if !open.is_empty() {
                out.close()?;
            }
            continue;
        };
        match node.kind() {
            Kind::Text(_) => out.text(next())?,
            Kind::Raw(_) => out.raw(next())?,
            Kind::Hole => out.hole()?,
            Kind::Element(tag) => {
                out.open(tag)?;
                if node.key().is_some() {
                    out.key(next())?;
                }
                for attr in node.attrs() {
                    out.attr(attr.name, next())?;
                }
            }
            Kind::Fragment => out.fragment()?,
            Kind::Bound(binding) => out.bound_open(statics.bound(binding)?)?,
            Kind::Instance(template) => {
                let key = node.key().map(|_| next());
                out.instance(statics.known(template)?, key)?;
            }
        }
        if node.kind().has_children() {
            open.push(node.children());
        }
    }
    Ok(())
}
