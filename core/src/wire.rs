//! Bytes: numbers, names, values and ops in the compact binary form, and a reader that cannot
//! overrun.
//!
//! Every value, content, action and op has exactly one form, and the reader refuses any other: equal
//! bytes mean equal things, so bytes can be compared and hashed in place of what they say.

mod op;
mod reader;
mod value;
mod writer;

pub use reader::Reader;
pub(crate) use reader::utf8;
pub use writer::Writer;

/// First bytes. Values, lists, actions and changes share one table, so that the commonest of each
/// needs no byte of its own: an action that begins like a value is `Set`.
pub(crate) mod head {
    /// `null`.
    pub(crate) const NULL: u8 = 0x00;
    /// `false`.
    pub(crate) const FALSE: u8 = 0x01;
    /// `true`.
    pub(crate) const TRUE: u8 = 0x02;
    /// An integer that is not small: a signed number follows.
    pub(crate) const INTEGER: u8 = 0x03;
    /// A number that is no integer: 8 bytes of IEEE 754 follow.
    pub(crate) const FLOAT: u8 = 0x04;
    /// A string that is not short and needs no escapes: a length and the UTF-8 follow.
    pub(crate) const TEXT: u8 = 0x05;
    /// An array, an object, or a string with escapes: a length and the canonical JSON follow.
    pub(crate) const JSON: u8 = 0x06;
    /// A list: a count follows, then an identity and a value for each item.
    pub(crate) const LIST: u8 = 0x07;
    /// The key or the participant holds nothing.
    pub(crate) const DELETE: u8 = 0x08;
    /// A change told as actions: a count follows, then the actions.
    pub(crate) const PATCH: u8 = 0x09;
    /// `Merge`: a value follows.
    pub(crate) const MERGE: u8 = 0x0a;
    /// `Add`: a value follows.
    pub(crate) const ADD: u8 = 0x0b;
    /// `Expect`.
    pub(crate) const EXPECT: u8 = 0x0c;
    /// `Remove`: an identity follows.
    pub(crate) const REMOVE: u8 = 0x0d;
    /// `Replace`: an identity and a value follow.
    pub(crate) const REPLACE: u8 = 0x0e;
    /// `Insert`: with the bits of a place added; an identity, neighbours and a value follow.
    pub(crate) const INSERT: u8 = 0x10;
    /// `Move`: with the bits of a place added; an identity and neighbours follow.
    pub(crate) const MOVE: u8 = 0x14;
    /// The bit of a place that has a left neighbour.
    pub(crate) const LEFT: u8 = 0x01;
    /// The bit of a place that has a right neighbour.
    pub(crate) const RIGHT: u8 = 0x02;
    /// A short string that needs no escapes: its length is added, and its UTF-8 follows.
    pub(crate) const SHORT: u8 = 0x20;
    /// Bytes of the longest short string.
    pub(crate) const SHORT_MAX: u8 = 0x3f;
    /// The smallest of the small integers, which are their own first byte.
    pub(crate) const SMALL: u8 = 0x60;
    /// What is added to a small integer to make its byte.
    pub(crate) const SMALL_BIAS: i64 = 0x80;
}
