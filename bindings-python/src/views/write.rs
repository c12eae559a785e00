//! The bytes of nodes that are new, as `core/src/vnode/patch.rs` tells.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use syncline_core::vnode::{Kind, Node as Told, Slot, Tree, harmless};

use super::draft::{number, text as put};
use super::list::{Item, List, Part};
use super::node::Attr;
use super::numbers::{Asked, Place};
use super::template::Template;
use crate::argument::text;

const HOLE: u8 = 1;
const ELEMENT: usize = 2;
const RAW: usize = 3;
const FRAGMENT: u8 = 5;
const BOUND: u8 = 9;
/// What is added to the number of a template.
const INSTANCE: usize = 3;

fn put_text(out: &mut Vec<u8>, text: &str) {
    number(out, text.len() << 2);
    out.extend_from_slice(text.as_bytes());
}

fn put_instance(out: &mut Vec<u8>, template: u32, key: Option<&str>) {
    let template = usize::try_from(template).unwrap_or(usize::MAX);
    number(out, template.saturating_add(INSTANCE) << 2 | usize::from(HOLE));
    number(out, key.map_or(0, |key| key.len().saturating_add(1)));
    out.extend_from_slice(key.unwrap_or_default().as_bytes());
}

impl Asked<'_, '_> {
    /// Writes a node, in a slot of a template or elsewhere.
    pub(super) fn write(
        &mut self,
        item: &Item<'_, '_>,
        place: Option<Place>,
        out: &mut Vec<u8>,
    ) -> PyResult<()> {
        let key = item.key.as_ref().map(|key| text(key)).transpose()?;
        match item.part {
            Part::Hole => out.push(HOLE),
            Part::Text(told) => {
                let told = text(&told)?;
                match place {
                    Some(place) => put_text(out, &place.kind.harmless(told)),
                    None => put_text(out, told),
                }
            }
            Part::Row(template, slots, from) => {
                self.row(template.get(), key, &slots, from, out)?;
            }
            Part::Element { tag, attrs, children } => {
                let tag = usize::try_from(self.tag(text(tag)?)?).unwrap_or(usize::MAX);
                number(out, tag << 2 | ELEMENT);
                self.attributes(key, attrs, out)?;
                number(out, children.len());
                self.items(List::of(self.py, children), out)?;
            }
            Part::Nodes(list) => {
                out.push(FRAGMENT);
                number(out, list.len());
                self.items(list, out)?;
            }
            Part::Raw(html) => {
                let html = text(html)?;
                number(out, html.len() << 2 | RAW);
                out.extend_from_slice(html.as_bytes());
            }
            Part::Bound(bound) => {
                let (id, tree) = self.told(bound, place)?;
                out.push(BOUND);
                number(out, usize::try_from(id).unwrap_or(usize::MAX));
                if let Some(told) = told_of(&tree, place) {
                    write_told(told, out);
                }
                if let Some(cases) = &bound.cases {
                    let cases = cases.bind(self.py).iter_borrowed();
                    cases.into_iter().try_for_each(|one| self.write(&Item::of(one), None, out))?;
                }
            }
        }
        Ok(())
    }

    fn items(&mut self, list: List<'_, '_>, out: &mut Vec<u8>) -> PyResult<()> {
        (0..list.len()).try_for_each(|nth| self.write(&list.get(nth)?, None, out))
    }

    fn row(
        &mut self,
        template: &Template,
        key: Option<&str>,
        slots: &Bound<'_, PyTuple>,
        from: usize,
        out: &mut Vec<u8>,
    ) -> PyResult<()> {
        let id = self.template(template)?;
        put_instance(out, id, key);
        let count = template.slots.len();
        let items = slots.iter_borrowed().skip(from);
        for (slot, (kind, item)) in template.slots.iter().zip(items).enumerate() {
            let place = Place { template: id, slot, count, kind: *kind };
            self.write(&Item::of(item), (*kind != Slot::Node).then_some(place), out)?;
        }
        Ok(())
    }

    /// The key of an element, which is the first of its attributes, and these.
    fn attributes(&mut self, key: Option<&str>, attrs: &[Attr], out: &mut Vec<u8>) -> PyResult<()> {
        number(out, attrs.len().saturating_add(usize::from(key.is_some())));
        if let Some(key) = key {
            number(out, 0);
            put(out, key);
        }
        for [name, value] in attrs {
            let (name, value) = (text(name.bind(self.py))?, text(value.bind(self.py))?);
            let attr = self.attr(name)?;
            number(out, usize::try_from(attr.number).unwrap_or(usize::MAX));
            if attr.suspect { put(out, &harmless(name, value)) } else { put(out, value) }
        }
        Ok(())
    }
}

/// Writes what a binding tells: text, a hole, or rows of these.
pub(super) fn write_told(told: Told<'_>, out: &mut Vec<u8>) {
    let mut open = vec![told];
    while let Some(told) = open.pop() {
        match told.kind() {
            Kind::Text(text) => put_text(out, text),
            Kind::Fragment => {
                out.push(FRAGMENT);
                number(out, told.children().count());
            }
            Kind::Instance(template) => put_instance(out, template.get(), told.key()),
            Kind::Hole | Kind::Element(_) | Kind::Raw(_) | Kind::Bound(_) => out.push(HOLE),
        }
        let children: Vec<_> = told.children().collect();
        open.extend(children.into_iter().rev());
    }
}

/// What the binding tells that a tree was written for.
pub(super) fn told_of(tree: &Tree, place: Option<Place>) -> Option<Told<'_>> {
    let root = tree.roots().next()?;
    let bound = match place {
        None => root,
        Some(place) => root.children().nth(place.slot)?,
    };
    bound.children().next()
}
