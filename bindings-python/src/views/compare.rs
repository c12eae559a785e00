//! What is otherwise in one value than in the one before, as a draft.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use syncline_core::vnode::{Kind, Node as Told, Slot, diff, harmless};

use super::bound::BoundTo;
use super::draft::{Draft, nested};
use super::list::{Item, List, Part, by_key};
use super::node::{Attr, Node, same};
use super::numbers::{Asked, Place};
use super::template::Template;
use super::write::{told_of, write_told};
use crate::argument::text;

/// A comparison, and the drafts that it has written.
pub(super) struct Compare<'a, 'py> {
    pub(super) asked: Asked<'a, 'py>,
    pub(super) draft: Draft,
    /// Those that come after it.
    pub(super) more: Vec<Vec<u8>>,
    /// The children on the way from the roots.
    path: Vec<usize>,
}

/// What two children at the same end of their lists are to each other.
enum Ends {
    Same,
    /// The one becomes the other.
    Pair,
    Other,
}

impl<'a, 'py> Compare<'a, 'py> {
    pub(super) fn new(asked: Asked<'a, 'py>) -> Self {
        Self { asked, draft: Draft::default(), more: Vec::new(), path: Vec::new() }
    }

    /// Writes how the child at this place becomes another, in a slot of a template or elsewhere.
    pub(super) fn node(
        &mut self,
        child: usize,
        old: &Item<'_, 'py>,
        new: &Item<'_, 'py>,
        place: Option<Place>,
    ) -> PyResult<()> {
        if let (Part::Text(before), Part::Text(after)) = (old.part, new.part) {
            if !same(&before, &after)? {
                let after = text(&after)?;
                let after = place.map_or(after.into(), |place| place.kind.harmless(after));
                self.draft.text(&self.path, child, &after);
            }
            return Ok(());
        }
        if old.can_become(new)? {
            match (old.part, new.part) {
                (Part::Hole, Part::Hole) | (Part::Raw(_), Part::Raw(_)) => return Ok(()),
                (Part::Row(template, before, from), Part::Row(_, after, to)) => {
                    return self.slots(child, template, (&before, from), (&after, to));
                }
                (
                    Part::Element { attrs: attrs_before, children: before, .. },
                    Part::Element { attrs, children, .. },
                ) if self.element(child, (attrs_before, before), (attrs, children))? => {
                    return Ok(());
                }
                (Part::Nodes(before), Part::Nodes(after)) => {
                    self.path.push(child);
                    self.list(before, after)?;
                    self.path.pop();
                    return Ok(());
                }
                (Part::Bound(before), Part::Bound(after)) => {
                    return self.bound(child, before, after, place);
                }
                _ => {}
            }
        }
        self.draft.replace(&self.path, child);
        self.asked.write(new, place, &mut self.draft.out)
    }

    fn slots(
        &mut self,
        child: usize,
        template: &Bound<'py, Template>,
        (old, from): (&Bound<'py, PyTuple>, usize),
        (new, to): (&Bound<'py, PyTuple>, usize),
    ) -> PyResult<()> {
        let slots = &template.get().slots;
        let pairs = old.iter_borrowed().skip(from).zip(new.iter_borrowed().skip(to));
        self.path.push(child);
        for (nth, (kind, (before, after))) in slots.iter().zip(pairs).enumerate() {
            if before.is(&*after) {
                continue;
            }
            let place = if *kind == Slot::Node {
                None
            } else {
                let number = self.asked.template(template.get())?;
                Some(Place { template: number, slot: nth, count: slots.len(), kind: *kind })
            };
            self.node(nth, &Item::of(before), &Item::of(after), place)?;
        }
        self.path.pop();
        Ok(())
    }

    /// Writes how an element becomes another; or not, if it is to be another one.
    fn element(
        &mut self,
        child: usize,
        (attrs_before, before): (&[Attr], &[Py<PyAny>]),
        (attrs, children): (&[Attr], &[Py<PyAny>]),
    ) -> PyResult<bool> {
        let py = self.asked.py;
        let same_attrs = same_attrs(py, attrs_before, attrs)?;
        if let ([one], [other]) = (before, children) {
            let (one, other) = (one.bind_borrowed(py), other.bind_borrowed(py));
            match (Item::of(one).part, Item::of(other).part) {
                (Part::Text(one), Part::Text(other)) if same_attrs => {
                    if !same(&one, &other)? {
                        self.draft.leaf(&self.path, child, text(&other)?);
                    }
                    return Ok(true);
                }
                (Part::Raw(one), Part::Raw(other)) if !same(one, other)? => return Ok(false),
                (Part::Raw(_), Part::Raw(_)) => {}
                (Part::Raw(_), _) | (_, Part::Raw(_)) => return Ok(false),
                _ => {}
            }
        } else if is_raw(py, before) || is_raw(py, children) {
            return Ok(false);
        }
        self.path.push(child);
        if !same_attrs {
            self.attributes(attrs_before, attrs)?;
        }
        self.list(List::of(py, before), List::of(py, children))?;
        self.path.pop();
        Ok(true)
    }

    /// One that is set anew keeps its place, and one that is new comes last: those that come in another order go
    /// first.
    fn attributes(&mut self, old: &[Attr], new: &[Attr]) -> PyResult<()> {
        let (old, new) = (texts_of(self.asked.py, old)?, texts_of(self.asked.py, new)?);
        let has = |name: &str| new.iter().any(|(known, _)| *known == name);
        let stays = old.iter().filter(|(name, _)| has(name));
        let in_order = stays.zip(&new).take_while(|((one, _), (other, _))| one == other).count();
        let mut kept = 0_usize;
        for (name, _) in &old {
            if has(name) && kept < in_order {
                kept = kept.saturating_add(1);
            } else {
                let number = self.asked.attr(name)?.number;
                self.draft.unset(&self.path, number);
            }
        }
        for (nth, (name, value)) in new.iter().enumerate() {
            let known = || old.iter().any(|(known, before)| known == name && before == value);
            if nth >= in_order || !known() {
                let attr = self.asked.attr(name)?;
                if attr.suspect {
                    self.draft.set(&self.path, attr.number, &harmless(name, value));
                } else {
                    self.draft.set(&self.path, attr.number, value);
                }
            }
        }
        Ok(())
    }

    /// Compares the children of the node that the path ends with.
    fn list(&mut self, old: List<'_, 'py>, new: List<'_, 'py>) -> PyResult<()> {
        let shorter = old.len().min(new.len());
        let (mut front, mut back) = (0_usize, 0_usize);
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        while front < shorter {
            match ends(&old.get(front)?, &new.get(front)?)? {
                Ends::Same => {}
                Ends::Pair => pairs.push((front, front)),
                Ends::Other => break,
            }
            front = front.saturating_add(1);
        }
        let mut from_end = Vec::new();
        while front.saturating_add(back) < shorter {
            back = back.saturating_add(1);
            let at = (old.len().saturating_sub(back), new.len().saturating_sub(back));
            match ends(&old.get(at.0)?, &new.get(at.1)?)? {
                Ends::Same => {}
                Ends::Pair => from_end.push(at),
                Ends::Other => {
                    back = back.saturating_sub(1);
                    break;
                }
            }
        }
        if front.saturating_add(back) < old.len().max(new.len()) {
            self.middle(old, new, (front, back), &mut pairs)?;
        }
        pairs.extend(from_end.into_iter().rev());
        for (from, to) in pairs {
            self.node(to, &old.get(from)?, &new.get(to)?, None)?;
        }
        Ok(())
    }

    /// Writes which of the children that are not the same at both ends was which.
    fn middle(
        &mut self,
        old: List<'_, 'py>,
        new: List<'_, 'py>,
        (front, back): (usize, usize),
        pairs: &mut Vec<(usize, usize)>,
    ) -> PyResult<()> {
        let (before, after) = (old.between(front, back)?, new.between(front, back)?);
        let has_keys = before.iter().chain(&after).any(|item| item.keyed().is_some());
        let fits = if has_keys {
            by_key(&before, &after)?
        } else {
            (0..after.len()).map(|nth| (nth < before.len()).then_some(nth)).collect()
        };
        let stays = fits.iter().enumerate().all(|(nth, fit)| *fit == Some(nth));
        if before.len() != after.len() || !stays {
            let counts = (before.len(), after.len());
            self.draft.order(&self.path, front, counts, back);
            for (fit, item) in fits.iter().zip(&after) {
                let from = fit.map_or(0, |at| front.saturating_add(at).saturating_add(1));
                super::draft::number(&mut self.draft.out, from);
                if fit.is_none() {
                    self.asked.write(item, None, &mut self.draft.out)?;
                }
            }
        }
        for (nth, (fit, item)) in fits.iter().zip(&after).enumerate() {
            if let Some(at) = *fit
                && let Some(before) = before.get(at)
                && !alike(before, item)?
            {
                pairs.push((front.saturating_add(at), front.saturating_add(nth)));
            }
        }
        Ok(())
    }

    fn bound(
        &mut self,
        child: usize,
        old: &BoundTo,
        new: &BoundTo,
        place: Option<Place>,
    ) -> PyResult<()> {
        if old.value != new.value {
            self.tell(child, old, new, place)?;
        }
        let py = self.asked.py;
        if let (Some(before), Some(after)) = (&old.cases, &new.cases) {
            self.path.push(child);
            let pairs = before.bind(py).iter_borrowed().zip(after.bind(py).iter_borrowed());
            for (nth, (before, after)) in pairs.enumerate() {
                // What the binding tells comes first.
                let child = nth.saturating_add(1);
                self.node(child, &Item::of(before), &Item::of(after), None)?;
            }
            self.path.pop();
        }
        Ok(())
    }

    /// Writes what a binding tells of another value.
    fn tell(
        &mut self,
        child: usize,
        old: &BoundTo,
        new: &BoundTo,
        place: Option<Place>,
    ) -> PyResult<()> {
        let (_, before) = self.asked.told(old, place)?;
        let (_, after) = self.asked.told(new, place)?;
        let (one, other) = (told_of(&before, place), told_of(&after, place));
        if one == other {
            return Ok(());
        }
        match (one.map(Told::kind), other.map(Told::kind)) {
            (Some(Kind::Text(_)), Some(Kind::Text(text))) if new.cases.is_none() => {
                self.draft.leaf(&self.path, child, text);
            }
            (Some(Kind::Text(_)), Some(Kind::Text(text))) => {
                self.path.push(child);
                self.draft.text(&self.path, 0, text);
                self.path.pop();
            }
            (Some(Kind::Fragment), _) => {
                // It has a list of its own, in which the engine finds what was which.
                self.more.push(nested(&self.path, child, &diff(&before, &after)));
            }
            _ => {
                self.path.push(child);
                self.draft.replace(&self.path, 0);
                if let Some(told) = other {
                    write_told(told, &mut self.draft.out);
                }
                self.path.pop();
            }
        }
        Ok(())
    }
}

/// Whether two children are found to be the same before it is known what comes of them. What is deep is
/// compared once only, where it is.
fn alike(old: &Item<'_, '_>, new: &Item<'_, '_>) -> PyResult<bool> {
    const DEEP: usize = 8;
    let depth = new.whole.cast_exact::<Node>().map_or(0, |node| node.get().depth);
    Ok(old.whole.is(&*new.whole) || (depth <= DEEP && equal(old, new)?))
}

fn ends(old: &Item<'_, '_>, new: &Item<'_, '_>) -> PyResult<Ends> {
    let keyed = old.keyed().is_some();
    if keyed != new.keyed().is_some() || (keyed && !old.can_become(new)?) {
        return Ok(Ends::Other);
    }
    if alike(old, new)? {
        return Ok(Ends::Same);
    }
    Ok(if keyed { Ends::Pair } else { Ends::Other })
}

/// Whether two nodes are the same; as deep as they are, which is bounded where they are made.
fn equal(old: &Item<'_, '_>, new: &Item<'_, '_>) -> PyResult<bool> {
    if let (Part::Text(one), Part::Text(other)) = (old.part, new.part) {
        return same(&one, &other);
    }
    if !old.can_become(new)? {
        return Ok(false);
    }
    if old.whole.is(&*new.whole) {
        return Ok(true);
    }
    match (old.part, new.part) {
        (Part::Hole, Part::Hole) | (Part::Raw(_), Part::Raw(_)) => Ok(true),
        (Part::Row(_, before, from), Part::Row(_, after, to)) => {
            all_equal(&before, from, &after, to)
        }
        (
            Part::Element { attrs: attrs_before, children: before, .. },
            Part::Element { attrs, children, .. },
        ) => {
            let py = new.whole.py();
            if before.len() != children.len() || !same_attrs(py, attrs_before, attrs)? {
                return Ok(false);
            }
            for (one, other) in before.iter().zip(children) {
                let (one, other) = (one.bind_borrowed(py), other.bind_borrowed(py));
                if !one.is(&*other) && !equal(&Item::of(one), &Item::of(other))? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Part::Nodes(before), Part::Nodes(after)) => {
            if before.len() != after.len() {
                return Ok(false);
            }
            for nth in 0..before.len() {
                if !equal(&before.get(nth)?, &after.get(nth)?)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Part::Bound(before), Part::Bound(after)) => {
            let py = new.whole.py();
            match (&before.cases, &after.cases) {
                _ if before.value != after.value => Ok(false),
                (Some(one), Some(other)) => all_equal(one.bind(py), 0, other.bind(py), 0),
                _ => Ok(true),
            }
        }
        _ => Ok(false),
    }
}

fn all_equal(
    old: &Bound<'_, PyTuple>,
    from: usize,
    new: &Bound<'_, PyTuple>,
    to: usize,
) -> PyResult<bool> {
    if old.len().saturating_sub(from) != new.len().saturating_sub(to) {
        return Ok(false);
    }
    for (before, after) in old.iter_borrowed().skip(from).zip(new.iter_borrowed().skip(to)) {
        if !before.is(&*after) && !equal(&Item::of(before), &Item::of(after))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether attributes are the same, and in the same order.
fn same_attrs(py: Python<'_>, old: &[Attr], new: &[Attr]) -> PyResult<bool> {
    if old.len() != new.len() {
        return Ok(false);
    }
    for (one, other) in old.iter().flatten().zip(new.iter().flatten()) {
        if !same(one.bind(py), other.bind(py))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Names and values of attributes.
fn texts_of<'a>(py: Python<'a>, attrs: &'a [Attr]) -> PyResult<Vec<(&'a str, &'a str)>> {
    attrs.iter().map(|[name, value]| Ok((text(name.bind(py))?, text(value.bind(py))?))).collect()
}

fn is_raw(py: Python<'_>, children: &[Py<PyAny>]) -> bool {
    let raw = |child: &Py<PyAny>| matches!(Item::of(child.bind_borrowed(py)).part, Part::Raw(_));
    children.iter().any(raw)
}
