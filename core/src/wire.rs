//! Bytes: numbers, names, values and ops in the compact binary form, and a reader that cannot
//! overrun.

use crate::error::Error;
use crate::limit::Limits;
use crate::op::{Action, Content, Op};
use crate::value::Value;

/// Appends the compact binary form.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// An empty writer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Whether nothing was written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
    /// The bytes written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
    /// One byte.
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }
    /// An unsigned number, LEB128, shortest form.
    pub fn number(&mut self, _number: u64) {
        todo!()
    }
    /// 8 bytes, little endian.
    pub fn fixed_u64(&mut self, bits: u64) {
        self.bytes.extend_from_slice(&bits.to_le_bytes());
    }
    /// 16 bytes, little endian.
    pub fn fixed_u128(&mut self, bits: u128) {
        self.bytes.extend_from_slice(&bits.to_le_bytes());
    }
    /// A length and that many bytes.
    pub fn text(&mut self, _text: &str) {
        todo!()
    }
    /// A length and that many bytes.
    pub fn blob(&mut self, _bytes: &[u8]) {
        todo!()
    }
    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }
    /// A value.
    pub fn value(&mut self, _value: &Value) {
        todo!()
    }
    /// A key's content.
    pub fn content(&mut self, _content: &Content) {
        todo!()
    }
    /// An action.
    pub fn action(&mut self, _action: &Action) {
        todo!()
    }
    /// An op: key, action, seen.
    pub fn op(&mut self, _op: &Op) {
        todo!()
    }
}

/// Reads the compact binary form; every method fails on bytes that are not it.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// What is not read yet.
    rest: &'a [u8],
    /// The bounds of what is read.
    limits: &'a Limits,
}

impl<'a> Reader<'a> {
    /// A reader of these bytes within these limits.
    #[must_use]
    pub const fn new(bytes: &'a [u8], limits: &'a Limits) -> Self {
        Self { rest: bytes, limits }
    }
    /// Bytes not read yet.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }
    /// The limits.
    #[must_use]
    pub const fn limits(&self) -> &'a Limits {
        self.limits
    }
    /// Refuses bytes after the end.
    pub fn finish(self) -> Result<(), Error> {
        todo!()
    }
    /// One byte.
    pub fn byte(&mut self) -> Result<u8, Error> {
        todo!()
    }
    /// An unsigned number up to 2^64 - 1 in its shortest form.
    pub fn number(&mut self) -> Result<u64, Error> {
        todo!()
    }
    /// A number of at most 2^53 - 1.
    pub fn counter(&mut self) -> Result<u64, Error> {
        todo!()
    }
    /// A number of elements, each of which takes at least `smallest` bytes of what remains.
    pub fn count(&mut self, _smallest: usize) -> Result<usize, Error> {
        todo!()
    }
    /// 8 bytes, little endian.
    pub fn fixed_u64(&mut self) -> Result<u64, Error> {
        todo!()
    }
    /// 16 bytes, little endian.
    pub fn fixed_u128(&mut self) -> Result<u128, Error> {
        todo!()
    }
    /// A length and that many bytes of UTF-8.
    pub fn text(&mut self) -> Result<&'a str, Error> {
        todo!()
    }
    /// A length and that many bytes.
    pub fn blob(&mut self) -> Result<&'a [u8], Error> {
        todo!()
    }
    /// A value.
    pub fn value(&mut self) -> Result<Value, Error> {
        todo!()
    }
    /// A key's content.
    pub fn content(&mut self) -> Result<Content, Error> {
        todo!()
    }
    /// An action.
    pub fn action(&mut self) -> Result<Action, Error> {
        todo!()
    }
    /// An op: key, action, seen.
    pub fn op(&mut self) -> Result<Op, Error> {
        todo!()
    }
}
