//! The numbers that a view has given what is said once.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use syncline_core::Error;
use syncline_core::host::ViewHandle;
use syncline_core::vnode::{BindId, Slot, TemplateId, Tree, View, harmless};

use super::bound::BoundTo;
use super::template::Template;
use crate::error::Told;

/// Those that were asked for already: the view need not be locked for them.
#[derive(Default)]
pub(super) struct Numbers {
    templates: BTreeMap<u64, u32>,
    tags: BTreeMap<String, u32>,
    attrs: BTreeMap<String, Attr>,
}

/// An attribute's name.
#[derive(Clone, Copy)]
pub(super) struct Attr {
    pub(super) number: u32,
    /// Its values may be addresses, which have to be looked at.
    pub(super) suspect: bool,
}

/// A view's numbers, and the view to ask for more.
pub(super) struct Asked<'a, 'py> {
    pub(super) py: Python<'py>,
    pub(super) view: &'a ViewHandle,
    pub(super) known: &'a mut Numbers,
}

impl Asked<'_, '_> {
    fn ask<T>(&self, call: impl FnOnce(&mut View) -> Result<T, Error>) -> PyResult<T> {
        self.view.with(call).told(self.py)
    }

    pub(super) fn template(&mut self, template: &Template) -> PyResult<u32> {
        if let Some(known) = self.known.templates.get(&template.number) {
            return Ok(*known);
        }
        let number = self.ask(|view| view.statics().template(&template.markup))?.get();
        self.known.templates.insert(template.number, number);
        Ok(number)
    }

    pub(super) fn tag(&mut self, name: &str) -> PyResult<u32> {
        if let Some(known) = self.known.tags.get(name) {
            return Ok(*known);
        }
        let number = self.ask(|view| view.tag(name))?.get();
        self.known.tags.insert(name.to_owned(), number);
        Ok(number)
    }

    pub(super) fn attr(&mut self, name: &str) -> PyResult<Attr> {
        if let Some(known) = self.known.attrs.get(name) {
            return Ok(*known);
        }
        let number = self.ask(|view| view.attr(name))?.get();
        // As the engine looks at them: an address is one in each, and so is the name of another attribute.
        let looked_at = |value: &str| harmless(name, value) != value;
        let suspect = looked_at("javascript:") || looked_at("href");
        let attr = Attr { number, suspect };
        self.known.attrs.insert(name.to_owned(), attr);
        Ok(attr)
    }

    /// What a binding tells, as a tree with holes for what it chooses from; in a slot that the number of a
    /// template, the slot's place and the count of slots name, or else where any node may be.
    pub(super) fn told(&mut self, bound: &BoundTo, place: Option<Place>) -> PyResult<(u32, Tree)> {
        let json = bound.json(|template| self.template(template.get()))?;
        let cases = bound.cases.as_ref().map(|cases| cases.bind(self.py).len());
        let value = bound.value.as_ref();
        self.ask(|view| {
            let id: BindId = view.statics().bind(&json)?;
            let mut pen = view.pen();
            let holes = |pen: &mut syncline_core::vnode::Pen, count: usize| {
                (0..count).try_for_each(|_| pen.hole())
            };
            if let Some(place) = place {
                pen.instance(TemplateId::new(place.template), None)?;
                holes(&mut pen, place.slot)?;
            }
            match cases {
                None => pen.bound(id, value)?,
                Some(cases) => {
                    pen.choice(id, value)?;
                    holes(&mut pen, cases)?;
                    pen.close()?;
                }
            }
            if let Some(place) = place {
                holes(&mut pen, place.count.saturating_sub(place.slot).saturating_sub(1))?;
                pen.close()?;
            }
            Ok((id.get(), pen.finish()?))
        })
    }
}

/// A slot of a template.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) template: u32,
    pub(super) slot: usize,
    pub(super) count: usize,
    pub(super) kind: Slot,
}
