//! Where in a tree something follows from a value, and what stands there now.

use std::sync::Arc;

use super::binding::Binding;
use super::build::Builder;
use super::diff::diff_at;
use super::patch::Script;
use super::statics::Statics;
use super::template::{Slot, Template};
use super::tree::{Kind, Node, Nodes, Tree};
use crate::error::Error;
use crate::map::Map;
use crate::sort::sort;
use crate::value::Value;

/// A room and a key in it; no room for that which the view is about.
pub(super) type Source = (Option<String>, String);

/// The bindings of a tree by what they follow from.
#[derive(Clone, Debug, Default)]
pub(super) struct Spots {
    by_source: Map<Source, Vec<Spot>>,
}

/// A binding in a tree.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// The children on the way to it.
    path: Vec<usize>,
    slot: Slot,
    binding: Arc<Binding>,
    /// What it tells on the screen.
    told: Tree,
}

impl Spots {
    /// Those of a tree, where each tells what it does there.
    pub(super) fn of(tree: &Tree, statics: &Statics) -> Result<Self, Error> {
        let mut spots = Self::default();
        let mut path: Vec<usize> = vec![0];
        let mut open: Vec<(Nodes<'_>, Option<&Template>)> = vec![(tree.roots(), None)];
        while let Some((nodes, template)) = open.last_mut() {
            let Some(node) = nodes.next() else {
                open.pop();
                path.pop();
                if let Some(last) = path.last_mut() {
                    *last = last.saturating_add(1);
                }
                continue;
            };
            let at = path.last().copied().unwrap_or_default();
            let slot = template.and_then(|it| it.slots().get(at)).copied().unwrap_or(Slot::Node);
            if let Kind::Bound(binding) = node.kind() {
                let binding = statics.bound(binding)?;
                let mut told = Builder::new();
                if let Some(first) = node.children().next() {
                    told.copy_node(first)?;
                }
                let source = (binding.room().map(Into::into), binding.key().to_owned());
                let one = Spot {
                    path: path.clone(),
                    slot,
                    binding: Arc::clone(binding),
                    told: told.finish()?,
                };
                match spots.by_source.get_mut(&source) {
                    Some(known) => known.push(one),
                    None => {
                        spots.by_source.insert(source, vec![one]);
                    }
                }
            }
            if node.kind().has_children() {
                let template = if let Kind::Instance(template) = node.kind() {
                    Some(&**statics.known(template)?)
                } else {
                    None
                };
                open.push((node.children(), template));
                path.push(0);
            } else if let Some(last) = path.last_mut() {
                *last = last.saturating_add(1);
            }
        }
        Ok(spots)
    }

    /// Whether something follows from this.
    pub(super) fn has(&self, source: &Source) -> bool {
        self.by_source.contains_key(source)
    }

    /// Writes what changes if a source has this value, which all of its spots tell from then on; in the order of
    /// the tree.
    pub(super) fn tell(
        &mut self,
        source: &Source,
        value: Option<&Value>,
        script: &mut Script,
    ) -> Result<(), Error> {
        for spot in self.by_source.get_mut(source).into_iter().flatten() {
            let told = spot.tells(value)?;
            if told != spot.told {
                spot.write(&told, script);
                spot.told = told;
            }
        }
        Ok(())
    }

    /// Writes what several sources with other values change, in the order of the tree.
    pub(super) fn tell_all<'v>(
        &mut self,
        values: impl Iterator<Item = (&'v Source, Option<&'v Value>)>,
        script: &mut Script,
    ) -> Result<(), Error> {
        let mut changes: Vec<(Spot, Tree)> = Vec::new();
        for (source, value) in values {
            for spot in self.by_source.get_mut(source).into_iter().flatten() {
                let told = spot.tells(value)?;
                if told != spot.told {
                    changes.push((spot.clone(), told.clone()));
                    spot.told = told;
                }
            }
        }
        let mut order: Vec<(&[usize], usize)> =
            changes.iter().enumerate().map(|(nth, (spot, _))| (&*spot.path, nth)).collect();
        sort(&mut order);
        for (spot, told) in order.iter().filter_map(|(_, nth)| changes.get(*nth)) {
            spot.write(told, script);
        }
        Ok(())
    }
}

impl Spot {
    fn tells(&self, value: Option<&Value>) -> Result<Tree, Error> {
        let mut told = Builder::new();
        self.binding.tell(value, self.slot, &mut told)?;
        told.finish()
    }

    fn write(&self, told: &Tree, script: &mut Script) {
        let (Some(before), Some(after)) = (self.told.roots().next(), told.roots().next()) else {
            return;
        };
        let text = |node: Node<'_>| node.kind().text().is_some();
        if self.binding.choices() == 0
            && text(before)
            && let Some(text) = after.kind().text()
            && let Some((child, around)) = self.path.split_last()
        {
            return script.leaf(around, *child, text);
        }
        diff_at(&self.path, 0, before, after, script);
    }
}
