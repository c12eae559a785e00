//! How a value lies in memory: what is small inline, what is large shared.

use std::sync::Arc;

use super::shape::Shape;

/// Bytes of canonical JSON that a value holds without an allocation.
const SMALL_BYTES: usize = 22;

/// Invariant: one value has one representation, so equal values are equal field by field.
#[derive(Clone)]
pub(super) enum Repr {
    Null,
    Bool(bool),
    /// Within 2^53 - 1 of zero.
    Int(i64),
    /// Finite, and not what `Int` holds.
    Float(f64),
    /// A string, an array or an object of at most [`SMALL_BYTES`]; the rest of the bytes is zero.
    Small {
        len: u8,
        bytes: [u8; SMALL_BYTES],
    },
    /// A longer one, with its [`Shape`]: limits are checked without reading it again. A shape of
    /// its own here would take 8 bytes more.
    Shared {
        depth: u8,
        widest: u32,
        text: Arc<str>,
    },
}

impl Repr {
    pub(super) fn of_text(text: &str, shape: Shape) -> Self {
        let mut bytes = [0; SMALL_BYTES];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(len)) => {
                place.copy_from_slice(text.as_bytes());
                Self::Small { len, bytes }
            }
            _ => Self::Shared { depth: shape.depth, widest: shape.widest, text: Arc::from(text) },
        }
    }

    /// The canonical JSON where it is held as text.
    pub(super) fn held(&self) -> Option<&str> {
        match &self {
            Self::Null => Some("null"),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            Self::Int(_) | Self::Float(_) => None,
            Self::Small { len, bytes } => {
                core::str::from_utf8(bytes.get(..usize::from(*len))?).ok()
            }
            Self::Shared { text, .. } => Some(text),
        }
    }

    pub(super) fn shape(&self) -> Shape {
        match &self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) => Shape::SCALAR,
            Self::Small { .. } => self.held().map_or(Shape::SCALAR, Shape::of),
            Self::Shared { depth, widest, .. } => Shape { depth: *depth, widest: *widest },
        }
    }
}

impl PartialEq for Repr {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(one), Self::Bool(two)) => one == two,
            (Self::Int(one), Self::Int(two)) => one == two,
            (Self::Float(one), Self::Float(two)) => one.to_bits() == two.to_bits(),
            (Self::Small { len, bytes }, Self::Small { len: other_len, bytes: other_bytes }) => {
                len == other_len && bytes == other_bytes
            }
            (Self::Shared { text, .. }, Self::Shared { text: other, .. }) => {
                Arc::ptr_eq(text, other) || text == other
            }
            _ => false,
        }
    }
}

impl Eq for Repr {}
