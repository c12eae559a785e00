//! What a check says when a promise is broken.

use std::fmt;

/// Which invariant does not hold, and how that shows.
#[derive(Clone, Debug)]
pub struct Broken {
    /// Its name, from `I1` on, as in PROTOCOL.md's table.
    pub invariant: &'static str,
    /// What was seen.
    pub text: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.text)
    }
}

/// Whether all is well.
pub type Checked<T = ()> = Result<T, Broken>;

/// Says that an invariant is broken, unless what it is about holds.
macro_rules! hold {
    ($holds:expr, $invariant:literal, $($text:tt)+) => {
        if !$holds {
            return Err($crate::broken::Broken { invariant: $invariant, text: format!($($text)+) });
        }
    };
}

pub(crate) use hold;
