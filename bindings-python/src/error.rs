//! Which exception an error of the engine becomes; the classes are Python's own.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use syncline_core::{Code, Error};

/// The module that has the classes and the table.
const ERRORS: &str = "syncline._errors";

/// The exception that stands for an error, as an object.
pub(crate) fn exception<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = MAKE.import(py, ERRORS, "exception_of")?;
    make.call1((error.code.name(), &*error.expected, &*error.got))
}

/// The exception that stands for an error, to be raised.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error).map_or_else(|why| why, PyErr::from_value)
}

/// An argument or a value is refused here, before the engine sees it.
pub(crate) fn refused(py: Python<'_>, code: Code, expected: &'static str, got: &str) -> PyErr {
    raised(py, &Error::new(code, expected, got))
}

/// A handle is used in a process that did not make it.
pub(crate) fn forked(py: Python<'_>) -> PyErr {
    static FORKED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = FORKED.import(py, ERRORS, "ForkedProcessError");
    let made = class.and_then(PyAnyMethods::call0);
    made.map_or_else(|why| why, PyErr::from_value)
}

/// A result of the engine as one of Python's.
pub(crate) trait Told<T> {
    /// Raises what went wrong.
    fn told(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> Told<T> for Result<T, Error> {
    fn told(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| raised(py, &error))
    }
}
