//! Values: what of Python is JSON, and what JSON is in Python.
//!
//! `None`, `bool`, `int`, `float`, `str`, `list`, `tuple` and `dict` with `str` keys are JSON, and
//! so are instances of their subclasses, by the value of the built-in type that they extend: no
//! method of a subclass is called. What is walked is what the containers held at one moment.
//!
//! An `int` is at most 2^53 - 1 away from zero; a `float` is finite, and a whole one within that
//! comes back as an `int`. The walk ends at the hard limits of depth, items and bytes, whatever
//! contains itself.

use std::io::Write;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use syncline_core::limit::{COUNTER_MAX, DEPTH_HARD};
use syncline_core::value::{Kind, Part};
use syncline_core::{Code, Content, Error, Item, Limits, Value};

use crate::argument::text;
use crate::error::{Told, raised};

/// The value of an object.
pub(crate) fn from_python(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    let py = object.py();
    match Piece::of(object) {
        Ok(Piece::Null) => Ok(Value::NULL),
        Ok(Piece::Bool(value)) => Ok(Value::from_bool(value)),
        Ok(Piece::Int(value)) => Value::from_i64(value).told(py),
        Ok(Piece::Float(value)) => Value::from_f64(value).told(py),
        Ok(Piece::Text(string)) => Value::from_text(text(string)?, &Limits::HARD).told(py),
        Ok(Piece::List(_) | Piece::Dict(_)) => {
            let json = Walk::default().json(object)?;
            Value::from_json(&json, &Limits::HARD).told(py)
        }
        Err(misfit) => Err(misfit.raised(py, "")),
    }
}

/// What an object is to JSON.
enum Piece<'a, 'py> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a Bound<'py, PyString>),
    List(Bound<'py, PyTuple>),
    Dict(&'a Bound<'py, PyDict>),
}

/// Why an object is nothing to JSON.
enum Misfit {
    Refused(Code, &'static str, String),
    Raised(PyErr),
}

impl Misfit {
    fn raised(self, py: Python<'_>, at: &str) -> PyErr {
        match self {
            Self::Refused(code, expected, got) if at.is_empty() => {
                raised(py, &Error::new(code, expected, got))
            }
            Self::Refused(code, expected, got) => {
                raised(py, &Error::new(code, expected, format!("{got} at {at}")))
            }
            Self::Raised(error) => error,
        }
    }
}

impl From<PyErr> for Misfit {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

impl<'a, 'py> Piece<'a, 'py> {
    fn of(object: &'a Bound<'py, PyAny>) -> Result<Self, Misfit> {
        if object.is_none() {
            return Ok(Self::Null);
        }
        if let Ok(string) = object.cast::<PyString>() {
            return Ok(Self::Text(string));
        }
        // Before the integers, of which it is one.
        if let Ok(value) = object.cast::<PyBool>() {
            return Ok(Self::Bool(value.is_true()));
        }
        if object.is_instance_of::<PyInt>() {
            return integer(object).map(Self::Int);
        }
        if let Ok(float) = object.cast::<PyFloat>() {
            return finite(float.value()).map(Self::Float);
        }
        if let Ok(dict) = object.cast::<PyDict>() {
            return Ok(Self::Dict(dict));
        }
        if let Ok(list) = object.cast::<PyList>() {
            width(list.len())?;
            return Ok(Self::List(list.to_tuple()));
        }
        if let Ok(tuple) = object.cast::<PyTuple>() {
            return Ok(Self::List(tuple.clone()));
        }
        let expected = "None, a bool, an int, a float, a str, a list, a tuple or a dict";
        let got = object.get_type().name()?.to_string();
        Err(Misfit::Refused(Code::InvalidArgument, expected, got))
    }
}

fn integer(object: &Bound<'_, PyAny>) -> Result<i64, Misfit> {
    let got = match object.extract::<i64>() {
        Ok(value) if value.unsigned_abs() <= COUNTER_MAX => return Ok(value),
        Ok(value) => value.to_string(),
        Err(_) => "a larger one".to_owned(),
    };
    let expected = "an integer within 2^53 - 1 of zero";
    Err(Misfit::Refused(Code::NumberOutOfRange, expected, got))
}

fn finite(value: f64) -> Result<f64, Misfit> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(Misfit::Refused(Code::NumberOutOfRange, "a finite number", value.to_string()))
}

fn width(items: usize) -> Result<(), Misfit> {
    let most = Limits::HARD.items;
    if items <= most {
        return Ok(());
    }
    let got = format!("{items} items, where {most} are the most");
    Err(Misfit::Refused(Code::TooManyItems, "fewer items", got))
}

/// JSON being written, and the containers that are open.
#[derive(Default)]
struct Walk<'py> {
    out: Vec<u8>,
    open: Vec<Open<'py>>,
}

/// A container whose items before `next` are written.
enum Open<'py> {
    List { items: Bound<'py, PyTuple>, next: usize },
    Dict { members: Bound<'py, PyList>, next: usize },
}

impl<'py> Walk<'py> {
    fn json(mut self, object: &Bound<'py, PyAny>) -> PyResult<Vec<u8>> {
        let walked = self.walk(object);
        walked.map_err(|misfit| misfit.raised(object.py(), &self.place()))?;
        Ok(self.out)
    }

    fn walk(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Misfit> {
        self.put(object)?;
        while let Some(open) = self.open.last_mut() {
            if let Some(object) = open.step(&mut self.out)? {
                self.put(&object)?;
            } else {
                self.open.pop();
            }
            let most = Limits::HARD.value_bytes;
            if self.out.len() > most {
                let got = format!("more than {most} bytes");
                return Err(Misfit::Refused(Code::ValueTooLarge, "a smaller value", got));
            }
        }
        Ok(())
    }

    fn put(&mut self, object: &Bound<'py, PyAny>) -> Result<(), Misfit> {
        let py = object.py();
        match Piece::of(object)? {
            Piece::Null => self.out.extend_from_slice(b"null"),
            Piece::Bool(value) => {
                self.out.extend_from_slice(if value { b"true" } else { b"false" });
            }
            Piece::Int(value) => write!(self.out, "{value}").unwrap_or_default(),
            Piece::Float(value) => {
                let value = Value::from_f64(value).told(py)?;
                self.out.extend_from_slice(value.json().as_bytes());
            }
            Piece::Text(string) => quote(&mut self.out, string)?,
            Piece::List(items) => {
                width(items.len())?;
                self.enter()?;
                self.out.push(b'[');
                self.open.push(Open::List { items, next: 0 });
            }
            Piece::Dict(dict) => {
                width(dict.len())?;
                self.enter()?;
                self.out.push(b'{');
                self.open.push(Open::Dict { members: dict.items(), next: 0 });
            }
        }
        Ok(())
    }

    fn enter(&self) -> Result<(), Misfit> {
        if self.open.len() < DEPTH_HARD {
            return Ok(());
        }
        let got = format!("more than {DEPTH_HARD} levels, or a value that contains itself,");
        Err(Misfit::Refused(Code::TooDeep, "a flatter value", got))
    }

    /// Where the walk is, as in `.tags[3]`.
    fn place(&self) -> String {
        self.open.iter().map(Open::place).collect()
    }
}

impl<'py> Open<'py> {
    /// What is to be written next; without, the container is closed.
    fn step(&mut self, out: &mut Vec<u8>) -> Result<Option<Bound<'py, PyAny>>, Misfit> {
        match self {
            Self::List { items, next } if *next < items.len() => {
                separate(out, *next);
                let item = items.get_item(*next)?;
                *next = next.saturating_add(1);
                Ok(Some(item))
            }
            Self::List { .. } => {
                out.push(b']');
                Ok(None)
            }
            Self::Dict { members, next } if *next < members.len() => {
                separate(out, *next);
                let (name, value) = members.get_item(*next)?.extract::<(Bound<'py, PyAny>, _)>()?;
                *next = next.saturating_add(1);
                let Ok(name) = name.cast::<PyString>() else {
                    let got = format!("a key that is {}", name.get_type().name()?);
                    return Err(Misfit::Refused(Code::InvalidArgument, "keys that are str", got));
                };
                quote(out, name)?;
                out.push(b':');
                Ok(Some(value))
            }
            Self::Dict { .. } => {
                out.push(b'}');
                Ok(None)
            }
        }
    }

    fn place(&self) -> String {
        match self {
            Self::List { next, .. } => format!("[{}]", next.saturating_sub(1)),
            Self::Dict { members, next } => {
                let member = members.get_item(next.saturating_sub(1));
                let name = member.and_then(|member| member.get_item(0));
                let name = name.map(|name| name.to_string()).unwrap_or_default();
                format!(".{}", name.chars().take(20).collect::<String>())
            }
        }
    }
}

fn separate(out: &mut Vec<u8>, before: usize) {
    if before > 0 {
        out.push(b',');
    }
}

fn quote(out: &mut Vec<u8>, string: &Bound<'_, PyString>) -> Result<(), Misfit> {
    let text = text(string)?;
    // Not to escape what is refused anyway.
    if text.len() > Limits::HARD.value_bytes {
        let got = format!("a str of {} bytes", text.len());
        return Err(Misfit::Refused(Code::ValueTooLarge, "a smaller value", got));
    }
    serde_json::to_writer(out, text)
        .map_err(|error| Misfit::Raised(PyTypeError::new_err(error.to_string())))
}

/// The object of a value.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    match value.kind() {
        Kind::Null => Ok(py.None().into_bound(py)),
        Kind::Bool => {
            Ok(PyBool::new(py, value.as_bool().unwrap_or_default()).to_owned().into_any())
        }
        Kind::Number => number(py, value),
        Kind::String => Ok(PyString::new(py, &value.as_text().unwrap_or_default()).into_any()),
        Kind::Array => list(py, value.items().into_iter().flatten()),
        Kind::Object => dict(py, value.members().into_iter().flatten()),
    }
}

/// The object of what a key holds: a list with identity is a list.
pub(crate) fn content_to_python<'py>(
    py: Python<'py>,
    content: &Content,
) -> PyResult<Bound<'py, PyAny>> {
    match content {
        Content::Plain(value) => to_python(py, value),
        Content::List(list) => {
            let items = list.items().iter().map(|item| to_python(py, &item.value));
            Ok(PyList::new(py, items.collect::<PyResult<Vec<_>>>()?)?.into_any())
        }
    }
}

fn number<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    if let Some(integer) = value.as_i64() {
        return Ok(integer.into_pyobject(py)?.into_any());
    }
    Ok(PyFloat::new(py, value.as_f64().unwrap_or_default()).into_any())
}

/// As deep as the value, which has at most 64 levels.
fn part<'py>(py: Python<'py>, part: Part<'_>) -> PyResult<Bound<'py, PyAny>> {
    match part.kind() {
        Kind::Null | Kind::Bool | Kind::Number => to_python(py, &part.to_value()),
        Kind::String => Ok(PyString::new(py, &part.as_text().unwrap_or_default()).into_any()),
        Kind::Array => list(py, part.items().into_iter().flatten()),
        Kind::Object => dict(py, part.members().into_iter().flatten()),
    }
}

fn list<'a, 'py>(
    py: Python<'py>,
    items: impl Iterator<Item = Part<'a>>,
) -> PyResult<Bound<'py, PyAny>> {
    let items = items.map(|item| part(py, item)).collect::<PyResult<Vec<_>>>()?;
    Ok(PyList::new(py, items)?.into_any())
}

fn dict<'a, 'py>(
    py: Python<'py>,
    members: impl Iterator<Item = syncline_core::value::Member<'a>>,
) -> PyResult<Bound<'py, PyAny>> {
    let dict = PyDict::new(py);
    for member in members {
        let name = member.name.as_text().unwrap_or_default();
        dict.set_item(PyString::new(py, &name), part(py, member.value)?)?;
    }
    Ok(dict.into_any())
}

/// The items of a list with identity, as pairs of the identity and the value.
pub(crate) fn items_to_python<'py>(
    py: Python<'py>,
    content: &Content,
) -> PyResult<Bound<'py, PyList>> {
    let Content::List(list) = content else {
        return Err(raised(py, &Error::new(Code::WrongType, "a list", "a JSON value")));
    };
    let pair = |item: &Item| Ok((item.id.to_string(), to_python(py, &item.value)?));
    PyList::new(py, list.items().iter().map(pair).collect::<PyResult<Vec<_>>>()?)
}
