//! How deep and how wide a value is, which is what limits are about besides its bytes.

use crate::error::{Code, Error};
use crate::limit::{DEPTH_HARD, Limits};

/// The extent of a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Shape {
    /// Levels of nesting; a scalar has none. Reading stops at [`DEPTH_HARD`].
    pub(super) depth: u8,
    /// Items or members of the widest array or object.
    pub(super) widest: u32,
}

impl Shape {
    /// The extent of what holds nothing.
    pub(super) const SCALAR: Self = Self { depth: 0, widest: 0 };

    /// The extent of canonical text.
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut shape = Self::SCALAR;
        let mut counts = [0_u32; DEPTH_HARD];
        let mut depth = 0_usize;
        let mut at = 0_usize;
        while let Some(&byte) = bytes.get(at) {
            at = at.saturating_add(1);
            match byte {
                b'"' => at = super::text::string_end(bytes, at),
                b'[' | b'{' => {
                    let empty = matches!(bytes.get(at), Some(b']' | b'}'));
                    if let Some(count) = counts.get_mut(depth) {
                        *count = u32::from(!empty);
                    }
                    depth = depth.saturating_add(1);
                    shape = shape.with_depth(depth);
                }
                b',' => {
                    if let Some(count) = counts.get_mut(depth.saturating_sub(1)) {
                        *count = count.saturating_add(1);
                    }
                }
                b']' | b'}' => {
                    depth = depth.saturating_sub(1);
                    shape.widest = shape.widest.max(counts.get(depth).copied().unwrap_or(0));
                }
                _ => {}
            }
        }
        shape
    }

    /// The extent that also has this many levels.
    pub(super) fn with_depth(self, depth: usize) -> Self {
        let depth = u8::try_from(depth).unwrap_or(u8::MAX);
        Self { depth: self.depth.max(depth), ..self }
    }

    /// The extent that also has a container of this many items.
    pub(super) fn with_items(self, items: usize) -> Self {
        let items = u32::try_from(items).unwrap_or(u32::MAX);
        Self { widest: self.widest.max(items), ..self }
    }

    /// The extent of an array that holds the value.
    pub(super) const fn nested(self) -> Self {
        Self { depth: self.depth.saturating_add(1), ..self }
    }

    /// Refuses an extent beyond the limits.
    pub(super) fn check(self, limits: &Limits) -> Result<(), Error> {
        check_depth(usize::from(self.depth), limits)?;
        check_items(usize::try_from(self.widest).unwrap_or(usize::MAX), limits)
    }
}

/// Refuses more levels than the limit.
pub(super) fn check_depth(depth: usize, limits: &Limits) -> Result<(), Error> {
    let most = limits.depth.min(DEPTH_HARD);
    if depth > most {
        return Err(Error::limit(Code::TooDeep, most, "levels", depth));
    }
    Ok(())
}

/// Refuses more items or members than the limit.
pub(super) fn check_items(items: usize, limits: &Limits) -> Result<(), Error> {
    let most = limits.items.min(Limits::HARD.items);
    if items > most {
        return Err(Error::limit(Code::TooManyItems, most, "items", items));
    }
    Ok(())
}

/// Refuses more bytes than the limit.
pub(super) fn check_bytes(bytes: usize, limits: &Limits) -> Result<(), Error> {
    if bytes > limits.value_bytes {
        return Err(Error::limit(Code::ValueTooLarge, limits.value_bytes, "bytes", bytes));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_text() {
        #[rustfmt::skip]
        let table = [
            ("1", 0, 0), (r#""[{,""#, 0, 0), ("[]", 1, 0), ("{}", 1, 0), ("[1]", 1, 1), ("[[]]", 2, 1),
            ("[1,2,3]", 1, 3), (r#"{"a":[1,2],"b":{}}"#, 2, 2), (r#"[[1,2,3],"],[\"",[[]]]"#, 3, 3),
        ];
        for (text, depth, widest) in table {
            assert_eq!(Shape::of(text), Shape { depth, widest }, "{text}");
        }
    }
}
