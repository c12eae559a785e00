//! How nodes are made.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyString, PyTuple};
use syncline_core::Code;

use super::few::Few;
use super::node::{Attr, Node, Shape, attribute, children, key, node, nodes, property, wrong};
use super::template::Template;
use crate::argument::{Name, Object, text};
use crate::error::refused;

type Given<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// An element: its name, its attributes, and what is in it.
#[pyfunction]
#[pyo3(signature = (tag, attrs=None, /, *children, key=None))]
pub(super) fn h<'py>(
    tag: Name<'_, 'py>,
    attrs: Option<&Bound<'py, PyDict>>,
    children: &Bound<'py, PyTuple>,
    key: Given<'_, 'py>,
) -> PyResult<Node> {
    let py = tag.py();
    let (children, depth) = if let Some(raw) = only_raw(children) {
        (Few::One(raw), 1)
    } else {
        self::children(children)?
    };
    let attrs = match attrs {
        Some(attrs) if !attrs.is_empty() => attributes(attrs)?,
        _ => Few::Many(Box::default()),
    };
    let key = match key {
        Some(key) => self::key(key)?.map(Bound::unbind),
        None => None,
    };
    let tag = if tag.is_exact_instance_of::<PyString>() {
        tag.clone()
    } else {
        PyString::new(py, text(tag)?)
    };
    let shape = Shape::Element { tag: tag.unbind(), key, attrs, children };
    Node::new(py, shape, depth)
}

fn only_raw(children: &Bound<'_, PyTuple>) -> Option<Py<PyAny>> {
    if children.len() != 1 {
        return None;
    }
    let child = children.get_borrowed_item(0).ok()?;
    let node = child.cast_exact::<Node>().ok()?.get();
    matches!(node.shape, Shape::Raw(_)).then(|| child.to_owned().unbind())
}

/// Names and texts.
fn attributes(attrs: &Bound<'_, PyDict>) -> PyResult<Few<Attr>> {
    let mut all = attrs.iter();
    if attrs.len() == 1
        && let Some((name, value)) = all.next()
    {
        let one = pair(name, &value)?;
        return Ok(one.map_or_else(|| Few::Many(Box::default()), Few::One));
    }
    let mut held = Vec::with_capacity(attrs.len());
    for (name, value) in all {
        held.extend(pair(name, &value)?);
    }
    Ok(held.into())
}

/// The name and the text of an attribute, if it is there.
fn pair(name: Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<Option<Attr>> {
    let py = value.py();
    let name = name.cast_into::<PyString>();
    let name = name.map_err(|error| wrong(&error.into_inner(), "a str as an attribute's name"))?;
    let written = text(&name)?;
    if written == "key" {
        let expected = "the key as an argument of its own";
        return Err(refused(py, Code::InvalidArgument, expected, "an attribute"));
    }
    let value = if written.starts_with('.') { Some(property(value)?) } else { attribute(value)? };
    let Some(value) = value else { return Ok(None) };
    if name.is_exact_instance_of::<PyString>() {
        return Ok(Some([name.unbind(), value.unbind()]));
    }
    Ok(Some([PyString::new(py, text(&name)?).unbind(), value.unbind()]))
}

/// Nodes beside each other, which are one where one has to be.
#[pyfunction]
#[pyo3(signature = (*nodes))]
pub(super) fn fragment(nodes: &Bound<'_, PyTuple>) -> PyResult<Node> {
    let py = nodes.py();
    let (items, depth) = self::nodes(nodes)?;
    Node::new(py, Shape::Fragment { items: items.unbind(), keys: None }, depth)
}

/// HTML as it is, as the one child of an element; whoever gives it answers for what it does.
#[pyfunction]
pub(super) fn raw(html: Name<'_, '_>) -> PyResult<Node> {
    let html = PyString::new(html.py(), text(html)?);
    Node::new(html.py(), Shape::Raw(html.unbind()), 0)
}

/// A node for each item, which is the same as one of an item with this key before.
#[pyfunction]
#[pyo3(signature = (items, /, *, key=None, render=None))]
pub(super) fn each<'py>(
    items: Object<'_, 'py>,
    key: Given<'_, 'py>,
    render: Given<'_, 'py>,
) -> PyResult<Node> {
    let py = items.py();
    let by_place =
        key.is_some_and(|key| key.is_instance_of::<PyInt>() || key.is_instance_of::<PyString>());
    let key = key.filter(|key| !key.is_none());
    let render = render.filter(|render| !render.is_none());
    let room = items.len().unwrap_or_default();
    let mut held = Vec::with_capacity(room);
    let mut keys = Vec::with_capacity(if key.is_some() { room } else { 0 });
    let mut most = 0;
    for item in items.try_iter()? {
        let item = item?;
        if let Some(key) = key {
            let told = if by_place { item.get_item(key)? } else { key.call1((&item,))? };
            let none = || py.None().into_bound(py);
            keys.push(self::key(&told)?.map_or_else(none, Bound::into_any));
        }
        let rendered = match render {
            Some(render) => render.call1((item,))?,
            None => item,
        };
        let (node, depth) = node(&rendered)?;
        most = most.max(depth);
        held.push(node);
    }
    let keys = key.map(|_| PyTuple::new(py, keys)).transpose()?.map(Bound::unbind);
    let items = PyTuple::new(py, held)?.unbind();
    Node::new(py, Shape::Fragment { items, keys }, most)
}

/// Rows of one template, of tuples of a key and what is in the slots.
pub(super) fn rows<'py>(
    template: &Bound<'py, Template>,
    rows: &Bound<'py, PyAny>,
) -> PyResult<Node> {
    let py = template.py();
    let mut most = 0;
    let count = rows.len().unwrap_or_default();
    let (mut held, mut keys) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for row in rows.try_iter()? {
        let row = row?;
        let Ok(row) = row.cast_exact::<PyTuple>() else {
            return Err(wrong(&row, "a tuple of a key and what is in the slots"));
        };
        let (slots, depth) = template.get().held(row, 1)?;
        let key = key(&*row.get_borrowed_item(0)?)?;
        keys.push(key.map_or_else(|| py.None().into_bound(py), Bound::into_any));
        most = most.max(depth);
        held.push(slots);
    }
    let (rows, keys) = (PyTuple::new(py, held)?.unbind(), PyTuple::new(py, keys)?.unbind());
    let shape = Shape::Rows { template: template.clone().unbind(), rows, keys };
    Node::new(py, shape, most.saturating_add(1))
}
