//! Codes, which JavaScript knows by their names.

use syncline_core::{Code, Error};

/// The code with this name.
pub(crate) fn named(name: &str) -> Result<Code, Error> {
    let found = Code::ALL.iter().copied().find(|code| code.name() == name);
    found.ok_or_else(|| Error::new(Code::InvalidArgument, "the name of a code", name))
}
