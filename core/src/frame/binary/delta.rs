//! A delta in the compact binary form: what one reader is told, then what all are told.
//!
//! Numbers that are near to each other are told as differences, and what the parts before already
//! say is left out, so that one small change of a known key takes about ten bytes.

use std::sync::Arc;

use super::{malformed, read_marked_channel, tag};
use crate::error::Error;
use crate::id::{Digest, KeyId, Seq, Version};
use crate::limit::COUNTER_MAX;
use crate::message::{Body, Change, Delta, Entry, Personal, Refusal};
use crate::wire::{Reader, Writer, head};

/// The bits of a body.
const MORE: u8 = 1;
const DIGEST: u8 = 2;
/// There is one entry, and no count.
const SINGLE: u8 = 4;

/// Bytes of the smallest entry: a key's number and a change.
const ENTRY_BYTES_MIN: usize = 2;
/// Bytes of the smallest refusal.
const REFUSAL_BYTES_MIN: usize = 3;

pub(in crate::frame) fn encode_delta(delta: &Delta, body: &[u8]) -> Vec<u8> {
    let mut out = Writer::new();
    out.number(tag::DELTA);
    let told = u64::from(delta.personal.is_some());
    out.number(u64::from(delta.channel.get()) << 1 | told);
    if let Some(personal) = &delta.personal {
        write_personal(&mut out, personal);
    }
    out.raw(body);
    out.into_bytes()
}

pub(in crate::frame) fn encode_body(body: &Body) -> Vec<u8> {
    let mut out = Writer::new();
    let single = body.entries.len() == 1;
    let more = if body.more { MORE } else { 0 };
    let digest = body.digest.map_or(0, |_| DIGEST);
    out.byte(more | digest | if single { SINGLE } else { 0 });
    out.number(body.from.get());
    out.number(body.to.beyond(body.from));
    if let Some(digest) = body.digest {
        out.fixed_u64(digest.get());
    }
    if !single {
        out.size(body.entries.len());
    }
    let mut before = body.from;
    for entry in &body.entries {
        out.number(u64::from(entry.id.get()) << 1 | u64::from(entry.key.is_some()));
        if let Some(key) = &entry.key {
            out.text(key.as_str());
        }
        // Between neighbours there is one version that an entry can have.
        if body.to.beyond(body.from) > 1 {
            out.signed(difference(entry.version.get(), before.get()));
            before = entry.version;
        }
        match &entry.change {
            Change::Value(content) => out.content(content),
            Change::Delete => out.byte(head::DELETE),
            Change::Patch(actions) => {
                out.byte(head::PATCH);
                out.size(actions.len());
                for action in actions {
                    out.action(action);
                }
            }
        }
    }
    out.into_bytes()
}

pub(super) fn read(bytes: &mut Reader<'_>) -> Result<Delta, Error> {
    let (channel, told) = read_marked_channel(bytes)?;
    let personal = if told { Some(read_personal(bytes)?) } else { None };
    let body = Arc::new(read_body(bytes)?);
    Ok(Delta { channel, personal, body })
}

/// The lowest bit beside the number of refusals tells whether to rewind.
fn write_personal(out: &mut Writer, personal: &Personal) {
    out.number(personal.last.get());
    let count = u64::try_from(personal.refusals.len()).unwrap_or(u64::MAX);
    out.number(count << 1 | u64::from(personal.rewind));
    for refusal in &personal.refusals {
        out.signed(difference(personal.last.get(), refusal.seq.get()));
        out.number(refusal.op.into());
        out.code(refusal.code);
    }
}

fn read_personal(bytes: &mut Reader<'_>) -> Result<Personal, Error> {
    let last = bytes.counter()?;
    let number = bytes.number()?;
    let count = usize::try_from(number >> 1).unwrap_or(usize::MAX);
    if count.saturating_mul(REFUSAL_BYTES_MIN) > bytes.remaining() {
        let got = format!("{count} in {} bytes", bytes.remaining());
        return Err(malformed("as many refusals as there are bytes for", got));
    }
    let mut refusals = Vec::new();
    for _ in 0..count {
        let back = bytes.signed()?;
        let seq = i64::try_from(last).ok().and_then(|last| last.checked_sub(back));
        let seq = Seq::new(counter(seq)?);
        refusals.push(Refusal { seq, op: bytes.short()?, code: bytes.code()? });
    }
    Ok(Personal { last: Seq::new(last), refusals, rewind: number & 1 != 0 })
}

fn read_body(bytes: &mut Reader<'_>) -> Result<Body, Error> {
    let flags = bytes.flags(MORE | DIGEST | SINGLE)?;
    let from = bytes.counter()?;
    let ahead = bytes.counter()?;
    let to = counter(from.checked_add(ahead).and_then(|to| i64::try_from(to).ok()))?;
    let digest = if flags & DIGEST == 0 { None } else { Some(Digest::new(bytes.fixed_u64()?)) };
    let single = flags & SINGLE != 0;
    let count = if single { 1 } else { bytes.count(ENTRY_BYTES_MIN)? };
    if !single && count == 1 {
        return Err(malformed("one entry without a count", "a count of 1"));
    }
    let mut entries = Vec::new();
    let mut before = from;
    for _ in 0..count {
        entries.push(read_entry(bytes, &mut before, to, ahead)?);
    }
    let (from, to) = (Version::new(from), Version::new(to));
    Ok(Body { from, to, more: flags & MORE != 0, digest, entries })
}

fn read_entry(
    bytes: &mut Reader<'_>,
    before: &mut u64,
    to: u64,
    ahead: u64,
) -> Result<Entry, Error> {
    let number = bytes.number()?;
    let id = u32::try_from(number >> 1)
        .map_err(|_| malformed("a key's number of at most 2^32 - 1", (number >> 1).to_string()))?;
    let key = if number & 1 == 0 { None } else { Some(bytes.key()?) };
    let version = if ahead > 1 {
        let step = bytes.signed()?;
        counter(i64::try_from(*before).ok().and_then(|before| before.checked_add(step)))?
    } else {
        to
    };
    *before = version;
    let change = match bytes.peek()? {
        head::DELETE => bytes.byte().map(|_| Change::Delete)?,
        head::PATCH => {
            bytes.byte()?;
            let mut actions = Vec::new();
            for _ in 0..bytes.count(1)? {
                actions.push(bytes.action()?);
            }
            Change::Patch(actions)
        }
        _ => Change::Value(bytes.content()?),
    };
    Ok(Entry { id: KeyId::new(id), key, version: Version::new(version), change })
}

/// How far one counter is from another; both are at most 2^53 - 1.
fn difference(number: u64, from: u64) -> i64 {
    number.cast_signed().wrapping_sub(from.cast_signed())
}

/// A counter that was computed from differences.
fn counter(number: Option<i64>) -> Result<u64, Error> {
    let number = number.and_then(|number| u64::try_from(number).ok());
    number
        .filter(|number| *number <= COUNTER_MAX)
        .ok_or_else(|| malformed("counters from 0 to 2^53 - 1", "a difference that leaves them"))
}
