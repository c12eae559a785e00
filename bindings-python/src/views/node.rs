//! What a view renders: values that never change, made of texts and of each other.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PyString, PyTuple};
use syncline_core::{Code, Value};

use super::bound::BoundTo;
use super::few::Few;
use super::template::Template;
use crate::argument::text;
use crate::error::refused;
use crate::guard::no_copy;
use crate::value::from_python;

/// Nodes within each other: they are compared by a recursion, which has to fit into the stack of a small thread.
const DEPTH: usize = 128;

/// What tells what a node is: in a tuple of nodes there are `None`, exact strings and such objects only.
///
/// They hold none but what was made before, and never change: no cycle can be made of them, so that the
/// collector of garbage need not know them.
#[pyclass(frozen, freelist = 16_384, module = "syncline._native")]
pub(crate) struct Node {
    pub(super) shape: Shape,
    /// Nodes within each other, itself included.
    pub(super) depth: usize,
}

/// What a node is.
pub(super) enum Shape {
    /// A template with what is in its slots, in a tuple from this item on.
    Row { template: Py<Template>, key: Option<Py<PyString>>, slots: Py<PyTuple>, from: usize },
    /// An element; its attributes as names and texts.
    Element {
        tag: Py<PyString>,
        key: Option<Py<PyString>>,
        attrs: Few<Attr>,
        children: Few<Py<PyAny>>,
    },
    /// Nodes beside each other, and their keys if they are given beside them.
    Fragment { items: Py<PyTuple>, keys: Option<Py<PyTuple>> },
    /// Instances of one template: their keys, and tuples of one thing and what is in the slots.
    Rows { template: Py<Template>, rows: Py<PyTuple>, keys: Py<PyTuple> },
    /// HTML as it is.
    Raw(Py<PyString>),
    /// What a binding tells.
    Bound(Box<BoundTo>),
}

/// The name and the text of an attribute.
pub(super) type Attr = [Py<PyString>; 2];

impl Node {
    /// The node of a shape around nodes of this depth.
    pub(super) fn new(py: Python<'_>, shape: Shape, within: usize) -> PyResult<Self> {
        let depth = within.saturating_add(1);
        if depth > DEPTH {
            return Err(too_deep(py, depth));
        }
        Ok(Self { shape, depth })
    }
}

fn too_deep(py: Python<'_>, got: usize) -> PyErr {
    let got = format!("{got} of them, or a list that contains itself");
    refused(py, Code::TooDeep, "at most 128 nodes within each other", &got)
}

#[pymethods]
impl Node {
    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(match &self.shape {
            Shape::Row { template, .. } => format!("<a row of {}>", template.get().shown()),
            Shape::Element { tag, .. } => format!("<an element {}>", text(tag.bind(py))?),
            Shape::Fragment { items, .. } => format!("<{} nodes>", items.bind(py).len()),
            Shape::Rows { template, rows, .. } => {
                format!("<{} rows of {}>", rows.bind(py).len(), template.get().shown())
            }
            Shape::Raw(_) => "<HTML>".to_owned(),
            Shape::Bound(bound) => format!("<bound to {}>", bound.shown()),
        })
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        no_copy(slf, "it is to be rendered")
    }
}

/// A node as it is held, and how deep it is.
pub(super) type Held<'py> = (Bound<'py, PyAny>, usize);

const NODES: &str = "a str, an int, a float, a bool, None, a node, or a list or a tuple of these";

/// Any object as a node.
pub(super) fn node<'py>(object: &Bound<'py, PyAny>) -> PyResult<Held<'py>> {
    within(object, 0)
}

fn within<'py>(object: &Bound<'py, PyAny>, around: usize) -> PyResult<Held<'py>> {
    let py = object.py();
    if object.is_none() || object.is_exact_instance_of::<PyString>() {
        return Ok((object.clone(), 0));
    }
    if let Ok(node) = object.cast_exact::<Node>() {
        if let Shape::Raw(_) = node.get().shape {
            let expected = "HTML as the one child of an element that h makes";
            return Err(refused(py, Code::InvalidArgument, expected, "HTML elsewhere"));
        }
        return Ok((object.clone(), node.get().depth));
    }
    if object.is_exact_instance_of::<PyBool>() {
        return Ok((py.None().into_bound(py), 0));
    }
    if let Some(shown) = shown(object)? {
        return Ok((shown.into_any(), 0));
    }
    let items = if let Ok(list) = object.cast::<PyList>() {
        list.to_tuple()
    } else if let Ok(tuple) = object.cast::<PyTuple>() {
        tuple.clone()
    } else {
        return Err(wrong(object, NODES));
    };
    if around >= DEPTH {
        return Err(too_deep(py, around.saturating_add(1)));
    }
    let (items, depth) = many(&items, around)?;
    let node = Node::new(py, Shape::Fragment { items: items.unbind(), keys: None }, depth)?;
    let depth = node.depth;
    Ok((Bound::new(py, node)?.into_any(), depth))
}

/// Nodes as a tuple, which is the one that is given if it holds nothing else.
pub(super) fn nodes<'py>(objects: &Bound<'py, PyTuple>) -> PyResult<(Bound<'py, PyTuple>, usize)> {
    many(objects, 0)
}

fn many<'py>(
    objects: &Bound<'py, PyTuple>,
    around: usize,
) -> PyResult<(Bound<'py, PyTuple>, usize)> {
    if objects.is_exact_instance_of::<PyTuple>()
        && let Some(depth) = settled(objects, 0)
    {
        return Ok((objects.clone(), depth));
    }
    let mut most = 0;
    let mut held = Vec::with_capacity(objects.len());
    for object in objects {
        let (node, depth) = within(&object, around.saturating_add(1))?;
        most = most.max(depth);
        held.push(node);
    }
    Ok((PyTuple::new(objects.py(), held)?, most))
}

/// The children of an element.
pub(super) fn children(objects: &Bound<'_, PyTuple>) -> PyResult<(Few<Py<PyAny>>, usize)> {
    if objects.len() == 1 {
        let (child, depth) = within(&*objects.get_borrowed_item(0)?, 0)?;
        return Ok((Few::One(child.unbind()), depth));
    }
    let mut most = 0;
    let mut held = Vec::with_capacity(objects.len());
    for object in objects.iter_borrowed() {
        let (child, depth) = within(&object, 0)?;
        most = most.max(depth);
        held.push(child.unbind());
    }
    Ok((held.into(), most))
}

/// How deep nodes are that need not be made otherwise to be held, from an item of a tuple on.
pub(super) fn settled(objects: &Bound<'_, PyTuple>, from: usize) -> Option<usize> {
    let mut most = 0;
    for object in objects.iter_borrowed().skip(from) {
        if object.is_exact_instance_of::<PyString>() || object.is_none() {
            continue;
        }
        let node = object.cast_exact::<Node>().ok()?.get();
        if let Shape::Raw(_) = node.shape {
            return None;
        }
        most = most.max(node.depth);
    }
    Some(most)
}

/// A string or a number as text; nothing for all else.
pub(super) fn shown<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyString>>> {
    let py = object.py();
    if let Ok(string) = object.cast_exact::<PyString>() {
        return Ok(Some(string.clone()));
    }
    if let Ok(string) = object.cast::<PyString>() {
        return Ok(Some(PyString::new(py, text(string)?)));
    }
    let is_bool = object.is_exact_instance_of::<PyBool>();
    if is_bool || !(object.is_instance_of::<PyInt>() || object.is_instance_of::<PyFloat>()) {
        return Ok(None);
    }
    Ok(Some(PyString::new(py, &from_python(object)?.to_json())))
}

/// The value of an attribute as text; nothing if it is not there.
pub(super) fn attribute<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyString>>> {
    if object.is_none() {
        return Ok(None);
    }
    if let Ok(value) = object.cast_exact::<PyBool>() {
        return Ok(value.is_true().then(|| PyString::new(object.py(), "")));
    }
    match shown(object)? {
        Some(shown) => Ok(Some(shown)),
        None => Err(wrong(object, "a str, an int, a float, a bool or None as an attribute")),
    }
}

/// The value of a property as JSON.
pub(super) fn property<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    let value: Value = from_python(object)?;
    Ok(PyString::new(object.py(), &value.to_json()))
}

/// A key as text; nothing for `None`.
pub(super) fn key<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyString>>> {
    if object.is_none() {
        return Ok(None);
    }
    shown(object)?.map_or_else(
        || Err(wrong(object, "a str, an int, a float or None as a key")),
        |key| Ok(Some(key)),
    )
}

/// An object is refused for what it is.
pub(super) fn wrong(object: &Bound<'_, PyAny>, expected: &'static str) -> PyErr {
    match object.get_type().name() {
        Ok(name) => refused(object.py(), Code::InvalidArgument, expected, &name.to_string()),
        Err(error) => error,
    }
}

/// Whether two strings say the same.
pub(super) fn same(one: &Bound<'_, PyString>, other: &Bound<'_, PyString>) -> PyResult<bool> {
    Ok(one.is(other) || text(one)? == text(other)?)
}
