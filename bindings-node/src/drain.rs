//! Many outputs in one buffer: how they look is told here, and read by `ts/drain.ts`.
//!
//! The buffer begins with a byte: 1 if more is there. Each output is a byte for its kind, as in C, and
//! its fields. Numbers are little-endian; texts and bytes stand behind their length, 4 bytes.

use syncline_core::{Code, Error, Persist, PersistMode};

pub(crate) mod client;
pub(crate) mod server;

/// Bytes that are kept for the next output, so that a large one does not stay in memory.
const KEPT_BYTES: usize = 65_536;

/// A buffer of JavaScript.
pub type Place<'a> = &'a mut [u8];

/// Writes outputs until there are none or the buffer is full; `waiting` holds one that was polled and
/// did not fit.
///
/// Gives how many bytes were written; below zero, how many bytes the first needs.
pub(crate) fn drain(
    buffer: &mut [u8],
    waiting: &mut Vec<u8>,
    mut poll: impl FnMut(&mut Vec<u8>) -> Result<bool, Error>,
) -> Result<i64, Error> {
    let mut end = 1_usize;
    loop {
        if waiting.is_empty() && !poll(waiting)? {
            return finish(buffer, end, 0);
        }
        let after = end.saturating_add(waiting.len());
        let Some(place) = buffer.get_mut(end..after) else {
            if end == 1 {
                return Ok(crate::number::count(after).saturating_neg());
            }
            return finish(buffer, end, 1);
        };
        place.copy_from_slice(waiting);
        waiting.clear();
        waiting.shrink_to(KEPT_BYTES);
        end = after;
    }
}

fn finish(buffer: &mut [u8], end: usize, more: u8) -> Result<i64, Error> {
    let short = || Error::new(Code::BufferTooSmall, "a buffer of at least one byte", "none");
    *buffer.first_mut().ok_or_else(short)? = more;
    Ok(crate::number::count(end))
}

fn byte(out: &mut Vec<u8>, byte: u8) {
    out.push(byte);
}

fn small(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn large(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn code(out: &mut Vec<u8>, code: Option<Code>) {
    out.extend_from_slice(&code.map_or(0, Code::number).to_le_bytes());
}

/// What is too long for its length cannot be in memory.
fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    small(out, u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    out.extend_from_slice(bytes);
}

fn text(out: &mut Vec<u8>, text: &str) {
    bytes(out, text.as_bytes());
}

fn texts<'a>(out: &mut Vec<u8>, texts: impl ExactSizeIterator<Item = &'a str>) {
    small(out, u32::try_from(texts.len()).unwrap_or(u32::MAX));
    for each in texts {
        text(out, each);
    }
}

fn error(out: &mut Vec<u8>, error: &Error) {
    code(out, Some(error.code));
    text(out, &error.expected);
    text(out, &error.got);
}

fn record(out: &mut Vec<u8>, persist: &Persist) {
    large(out, persist.id.get());
    byte(out, u8::from(persist.mode == PersistMode::Replace));
    byte(out, u8::from(persist.sync));
    bytes(out, &persist.bytes);
}
