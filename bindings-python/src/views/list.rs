//! Children that may come in another order, and which of them was which.

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::node::{Attr, Node, Shape, same};
use super::template::Template;

/// A string of the values that are compared.
pub(super) type Text<'a, 'py> = Borrowed<'a, 'py, PyString>;

/// Nodes beside each other.
#[derive(Clone, Copy)]
pub(super) struct List<'a, 'py> {
    pub(super) items: Items<'a, 'py>,
    pub(super) keys: Option<&'a Bound<'py, PyTuple>>,
    /// The items are tuples of a key and what is in the slots of this template.
    pub(super) template: Option<&'a Bound<'py, Template>>,
}

/// Where they are.
#[derive(Clone, Copy)]
pub(super) enum Items<'a, 'py> {
    Tuple(&'a Bound<'py, PyTuple>),
    Held(Python<'py>, &'a [Py<PyAny>]),
}

/// A node, with the key that it has where it stands.
#[derive(Clone, Copy)]
pub(super) struct Item<'a, 'py> {
    pub(super) whole: Borrowed<'a, 'py, PyAny>,
    pub(super) key: Option<Text<'a, 'py>>,
    pub(super) part: Part<'a, 'py>,
}

/// What a node is.
#[derive(Clone, Copy)]
pub(super) enum Part<'a, 'py> {
    Hole,
    Text(Text<'a, 'py>),
    /// The slots are in the tuple from this item on.
    Row(&'a Bound<'py, Template>, Borrowed<'a, 'py, PyTuple>, usize),
    Element {
        tag: &'a Bound<'py, PyString>,
        attrs: &'a [Attr],
        children: &'a [Py<PyAny>],
    },
    Nodes(List<'a, 'py>),
    Raw(&'a Bound<'py, PyString>),
    Bound(&'a super::bound::BoundTo),
}

impl<'a, 'py> Item<'a, 'py> {
    /// What a value is.
    pub(super) fn of(whole: Borrowed<'a, 'py, PyAny>) -> Self {
        let py = whole.py();
        if let Ok(text) = whole.cast_exact::<PyString>() {
            return Self { whole, key: None, part: Part::Text(text) };
        }
        let Ok(node) = whole.cast_exact::<Node>() else {
            return Self { whole, key: None, part: Part::Hole };
        };
        let mut own = None;
        let part = match &node.get().shape {
            Shape::Row { template, key, slots, from } => {
                own = key.as_ref();
                Part::Row(template.bind(py), slots.bind_borrowed(py), *from)
            }
            Shape::Element { tag, key, attrs, children } => {
                own = key.as_ref();
                Part::Element {
                    tag: tag.bind(py),
                    attrs: attrs.as_slice(),
                    children: children.as_slice(),
                }
            }
            Shape::Fragment { items, keys } => Part::Nodes(List {
                items: Items::Tuple(items.bind(py)),
                keys: keys.as_ref().map(|keys| keys.bind(py)),
                template: None,
            }),
            Shape::Rows { template, rows, keys } => Part::Nodes(List {
                items: Items::Tuple(rows.bind(py)),
                keys: Some(keys.bind(py)),
                template: Some(template.bind(py)),
            }),
            Shape::Raw(html) => Part::Raw(html.bind(py)),
            Shape::Bound(bound) => Part::Bound(bound),
        };
        Self { whole, key: own.map(|key| key.bind_borrowed(py)), part }
    }

    /// Whether this can become another: one of the same kind, name and key.
    pub(super) fn can_become(&self, other: &Self) -> PyResult<bool> {
        let kind = match (self.part, other.part) {
            (Part::Hole, Part::Hole)
            | (Part::Text(_), Part::Text(_))
            | (Part::Nodes(_), Part::Nodes(_)) => return Ok(true),
            (Part::Row(one, ..), Part::Row(other, ..)) => one.is(other),
            (Part::Element { tag: one, .. }, Part::Element { tag: other, .. }) => same(one, other)?,
            (Part::Bound(one), Part::Bound(other)) => {
                return Ok(one.binds_as(other, self.whole.py()));
            }
            (Part::Raw(one), Part::Raw(other)) => return same(one, other),
            _ => return Ok(false),
        };
        Ok(kind && same_key(self.key, other.key)?)
    }

    /// The key of one that can have one.
    pub(super) const fn keyed(&self) -> Option<Text<'a, 'py>> {
        match self.part {
            Part::Row(..) | Part::Element { .. } => self.key,
            Part::Hole | Part::Text(_) | Part::Nodes(_) | Part::Raw(_) | Part::Bound(_) => None,
        }
    }
}

fn same_key(one: Option<Text<'_, '_>>, other: Option<Text<'_, '_>>) -> PyResult<bool> {
    match (one, other) {
        (None, None) => Ok(true),
        (Some(one), Some(other)) => same(&one, &other),
        _ => Ok(false),
    }
}

impl<'a, 'py> List<'a, 'py> {
    /// Children without keys of their own beside them.
    pub(super) const fn of(py: Python<'py>, items: &'a [Py<PyAny>]) -> Self {
        Self { items: Items::Held(py, items), keys: None, template: None }
    }

    pub(super) fn len(&self) -> usize {
        match self.items {
            Items::Tuple(items) => items.len(),
            Items::Held(_, items) => items.len(),
        }
    }

    pub(super) fn get(&self, nth: usize) -> PyResult<Item<'a, 'py>> {
        let whole = match self.items {
            Items::Tuple(items) => items.get_borrowed_item(nth)?,
            Items::Held(py, items) => match items.get(nth) {
                Some(item) => item.bind_borrowed(py),
                None => return Err(PyIndexError::new_err(nth)),
            },
        };
        let mut item = match (self.template, whole.cast_exact::<PyTuple>()) {
            (Some(template), Ok(row)) => {
                Item { whole, key: None, part: Part::Row(template, row, 1) }
            }
            _ => Item::of(whole),
        };
        if let Some(keys) = self.keys
            && let Ok(key) = keys.get_borrowed_item(nth)?.cast_exact::<PyString>()
        {
            item.key = Some(key);
        }
        Ok(item)
    }

    /// Those between so many in front and at the end.
    pub(super) fn between(&self, front: usize, back: usize) -> PyResult<Vec<Item<'a, 'py>>> {
        (front..self.len().saturating_sub(back)).map(|nth| self.get(nth)).collect()
    }
}

/// Where a child comes from: a place among those before, or nowhere.
pub(super) type Fit = Option<usize>;

/// Those with a key are what had the same key and name; those without are what had none, in order.
pub(super) fn by_key(old: &[Item<'_, '_>], new: &[Item<'_, '_>]) -> PyResult<Vec<Fit>> {
    let mut table = Table::of(old)?;
    let mut plain = old.iter().enumerate().filter(|(_, item)| item.keyed().is_none()).peekable();
    let mut fits = Vec::with_capacity(new.len());
    for item in new {
        if let Some(key) = item.keyed() {
            fits.push(table.take(key, item, old)?);
            continue;
        }
        // One of another kind stays where it may still be found, unless what comes now is of none.
        let fit = match plain.peek() {
            Some((at, before)) if before.can_become(item)? => Some(*at),
            Some(_) | None => None,
        };
        if fit.is_some() {
            plain.next();
        }
        fits.push(fit);
    }
    Ok(fits)
}

/// The children with a key, by that: open addressing, by the hashes that Python has of its strings, which are
/// others in each process. Of equal keys the first counts.
struct Table {
    /// A child and 1, or 0.
    places: Vec<usize>,
    taken: Vec<bool>,
}

impl Table {
    fn of(items: &[Item<'_, '_>]) -> PyResult<Self> {
        let places = items.len().saturating_mul(2).next_power_of_two();
        let mut table = Self { places: vec![0; places], taken: vec![false; items.len()] };
        for (at, item) in items.iter().enumerate() {
            let Some(key) = item.keyed() else { continue };
            if let Some(place) = table.place(key, items)?
                && *place == 0
            {
                *place = at.saturating_add(1);
            }
        }
        Ok(table)
    }

    /// The place of a key: that which holds it, or an empty one.
    fn place(&mut self, key: Text<'_, '_>, items: &[Item<'_, '_>]) -> PyResult<Option<&mut usize>> {
        let mask = self.places.len().saturating_sub(1);
        let mut at = key.hash()?.unsigned_abs() & mask;
        loop {
            let Some(held) = self.places.get(at) else { return Ok(None) };
            let known = held.checked_sub(1).and_then(|held| items.get(held)).and_then(Item::keyed);
            let is_it = match known {
                Some(known) => same(&known, &key)?,
                None => true,
            };
            if is_it {
                return Ok(self.places.get_mut(at));
            }
            at = at.wrapping_add(1) & mask;
        }
    }

    /// The child with this key that can become this one, once.
    fn take(
        &mut self,
        key: Text<'_, '_>,
        item: &Item<'_, '_>,
        items: &[Item<'_, '_>],
    ) -> PyResult<Fit> {
        let at = self.place(key, items)?.map_or(0, |place| *place);
        let Some(at) = at.checked_sub(1) else { return Ok(None) };
        let Some(before) = items.get(at) else { return Ok(None) };
        if !before.can_become(item)? {
            return Ok(None);
        }
        match self.taken.get_mut(at) {
            Some(taken) if !*taken => {
                *taken = true;
                Ok(Some(at))
            }
            _ => Ok(None),
        }
    }
}
