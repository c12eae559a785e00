//! Templates: markup that is read once, and rows of it.

use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyString, PyTuple};
use syncline_core::vnode::{Slot, Statics};
use syncline_core::{Code, Error};

use super::node::{Held, Node, Shape, attribute, key, node, property, settled};
use crate::argument::{Name, text};
use crate::error::{Told, raised};
use crate::guard::no_copy;

/// Markup as HTML with slots, which is read once.
#[pyclass(frozen, weakref, module = "syncline._native")]
pub(crate) struct Template {
    /// Its number among all of the process; views have their own.
    pub(super) number: u64,
    pub(super) markup: String,
    names: Vec<String>,
    pub(super) slots: Vec<Slot>,
    /// What is in its slots can be held as it is given.
    plain: bool,
}

impl Template {
    /// The markup's beginning.
    pub(super) fn shown(&self) -> String {
        self.markup.chars().take(40).collect()
    }

    fn wrong(&self, py: Python<'_>, got: &str) -> PyErr {
        let expected = match &*self.names {
            [] => "nothing, as the template has no slots".to_owned(),
            names => format!("one value for each of {}", names.join(", ")),
        };
        raised(py, &Error::new(Code::InvalidArgument, expected, got))
    }

    /// What is in the slots, as it is held, from a tuple's item on.
    pub(super) fn held<'py>(
        &self,
        given: &Bound<'py, PyTuple>,
        from: usize,
    ) -> PyResult<(Bound<'py, PyTuple>, usize)> {
        let count = given.len().saturating_sub(from);
        if count != self.slots.len() {
            return Err(self.wrong(given.py(), &format!("{count} values")));
        }
        // A key that is of another type may lead to more, which is not to be held.
        let is_plain = |key: Borrowed<'_, 'py, PyAny>| {
            key.is_exact_instance_of::<PyString>() || key.is_exact_instance_of::<PyInt>()
        };
        if self.plain
            && given.iter_borrowed().take(from).all(is_plain)
            && let Some(depth) = settled(given, from)
            && self.fits(given, from, depth)
        {
            return Ok((given.clone(), depth));
        }
        let mut most = 0;
        let mut held = Vec::with_capacity(given.len());
        for (nth, object) in given.iter().enumerate() {
            let Some(slot) = nth.checked_sub(from).and_then(|nth| self.slots.get(nth)) else {
                held.push(given.py().None().into_bound(given.py()));
                continue;
            };
            let (object, depth) = in_slot(&object, *slot)?;
            most = most.max(depth);
            held.push(object);
        }
        Ok((PyTuple::new(given.py(), held)?, most))
    }

    /// Whether nodes are where nodes may be.
    fn fits(&self, given: &Bound<'_, PyTuple>, from: usize, depth: usize) -> bool {
        depth == 0
            || given
                .iter_borrowed()
                .skip(from)
                .zip(&self.slots)
                .all(|(object, slot)| *slot == Slot::Node || !object.is_exact_instance_of::<Node>())
    }

    /// The values of named slots, in order.
    fn in_order<'py>(
        &self,
        given: &Bound<'py, PyTuple>,
        from: usize,
        named: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let py = given.py();
        let mut all: Vec<Bound<'py, PyAny>> = given.iter().collect();
        let count = all.len().saturating_sub(from);
        let mut used = 0_usize;
        for (nth, name) in self.names.iter().enumerate().skip(count) {
            match named.get_item(name)? {
                Some(value) => all.push(value),
                None => return Err(self.wrong(py, &format!("none for {name}"))),
            }
            // One that stands in several places is given once.
            let again = self.names.iter().take(nth).skip(count).any(|before| before == name);
            used = used.saturating_add(usize::from(!again));
        }
        if used != named.len() {
            let mut unknown = String::from("a value twice");
            for name in named.keys() {
                let name = name.to_string();
                if !self.names.contains(&name) {
                    unknown = format!("one for {name}");
                }
            }
            return Err(self.wrong(py, &unknown));
        }
        PyTuple::new(py, all)
    }

    /// A row of what was given from an item on; what is before that is its key.
    fn row(
        slf: &Bound<'_, Self>,
        given: &Bound<'_, PyTuple>,
        from: usize,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Node> {
        let template = slf.get();
        let key = match from {
            0 => None,
            _ if given.is_empty() => return Err(template.wrong(slf.py(), "no key")),
            _ => key(&*given.get_borrowed_item(0)?)?.map(Bound::unbind),
        };
        let (slots, depth) = match named {
            None => template.held(given, from)?,
            Some(named) => template.held(&template.in_order(given, from, named)?, from)?,
        };
        let template = slf.clone().unbind();
        Node::new(slf.py(), Shape::Row { template, key, slots: slots.unbind(), from }, depth)
    }
}

/// What is in a slot, as it is held.
fn in_slot<'py>(object: &Bound<'py, PyAny>, slot: Slot) -> PyResult<Held<'py>> {
    let none = || object.py().None().into_bound(object.py());
    if slot != Slot::Node
        && let Ok(bound) = object.cast_exact::<Node>()
        && let Shape::Bound(_) = bound.get().shape
    {
        return Ok((object.clone(), bound.get().depth));
    }
    match slot {
        Slot::Node => node(object),
        Slot::Property | Slot::AddressProperty if object.is_none() => Ok((none(), 0)),
        Slot::Property | Slot::AddressProperty => Ok((property(object)?.into_any(), 0)),
        Slot::Attribute | Slot::Address => {
            Ok((attribute(object)?.map_or_else(none, Bound::into_any), 0))
        }
    }
}

#[pymethods]
impl Template {
    #[new]
    fn new(markup: Name<'_, '_>) -> PyResult<Self> {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let (py, markup) = (markup.py(), text(markup)?);
        let mut statics = Statics::new();
        let number = statics.template(markup).told(py)?;
        let slots = statics.get(number).map(|template| template.slots().to_vec());
        let slots = slots.unwrap_or_default();
        let names = names(markup);
        let plain = !slots.iter().any(|slot| slot.is_property());
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        Ok(Self { number, markup: markup.to_owned(), names, slots, plain })
    }

    /// The markup.
    #[getter]
    fn markup(&self) -> &str {
        &self.markup
    }

    /// The names of the slots, in their order.
    #[getter]
    fn slots<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.names)
    }

    /// A row: what is in the slots, in their order or by their names.
    #[pyo3(signature = (*slots, **named))]
    fn __call__(
        slf: &Bound<'_, Self>,
        slots: &Bound<'_, PyTuple>,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Node> {
        Self::row(slf, slots, 0, named)
    }

    /// A row that is the same as one with this key before, wherever that was among its siblings.
    ///
    /// The key stays in the tuple of the slots, which need not be made anew then.
    #[pyo3(signature = (*slots, **named), text_signature = "($self, key, /, *slots, **named)")]
    fn keyed(
        slf: &Bound<'_, Self>,
        slots: &Bound<'_, PyTuple>,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Node> {
        Self::row(slf, slots, 1, named)
    }

    /// Rows beside each other, of tuples of a key and what is in the slots.
    #[pyo3(signature = (rows, /))]
    fn rows<'py>(slf: &Bound<'py, Self>, rows: &Bound<'py, PyAny>) -> PyResult<Node> {
        super::make::rows(slf, rows)
    }

    fn __repr__(&self) -> String {
        format!("<Template {}>", self.shown())
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        no_copy(slf, "views know it by what it is")
    }
}

/// The names of the slots of markup that was read.
pub(super) fn names(markup: &str) -> Vec<String> {
    let bare = markup.replace("{{", "").replace("}}", "");
    let ends = bare.split('{').skip(1).filter_map(|piece| piece.split_once('}'));
    ends.map(|(name, _)| name.to_owned()).collect()
}
