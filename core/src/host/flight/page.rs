//! How what a role is given becomes bytes, and is given again.

use core::time::Duration;

use crate::edit::Edit;
use crate::error::{Code, Error};
use crate::exchange::Grant;
use crate::id::{
    ConnId, DraftId, Epoch, ItemId, Key, Principal, RecordId, RequestId, RoomName, RoomNo, TabId,
    Version,
};
#[cfg(feature = "views")]
use crate::id::{ViewName, ViewNo};
use crate::message::Codec;
use crate::op::Action;
use crate::resolve::Resolution;
use crate::room::{HostEdit, IfVersion};
use crate::time::Time;
use crate::value::Value;
use crate::wire::{Reader, Writer};

use super::secret::{Frame, Secret, Secrets};

/// Where an input is written.
#[derive(Default)]
pub(super) struct Page {
    pub(super) out: Writer,
    pub(super) secrets: Secrets,
    /// When the latest input came.
    pub(super) latest: Time,
}

impl Page {
    /// A moment, told by how much later it is than the one before.
    pub(super) fn time(&mut self, now: Time) {
        let now = now.max(self.latest);
        self.out.number(now.as_micros().saturating_sub(self.latest.as_micros()));
        self.latest = now;
    }
}

/// The moment after this one that bytes tell.
pub(super) fn time(latest: Time, bytes: &mut Reader<'_>) -> Result<Time, Error> {
    Ok(Time::from_micros(latest.as_micros().saturating_add(bytes.number()?)))
}

/// What is kept of something that a role is given in one form or another.
pub(super) trait Field<'a, Given>: Sized {
    /// Writes what is given.
    fn put(given: &Given, page: &mut Page);
    /// Reads it.
    fn take(bytes: &mut Reader<'_>) -> Result<Self, Error>;
    /// Gives it again.
    fn lend(&'a self) -> Given;
}

/// What is kept as it is given.
pub(super) trait Plain: Clone {
    fn put(&self, out: &mut Writer);
    fn take(bytes: &mut Reader<'_>) -> Result<Self, Error>;
}

impl<T: Plain> Field<'_, T> for T {
    fn put(given: &T, page: &mut Page) {
        given.put(&mut page.out);
    }

    fn take(bytes: &mut Reader<'_>) -> Result<Self, Error> {
        Plain::take(bytes)
    }

    fn lend(&self) -> T {
        self.clone()
    }
}

macro_rules! borrowed {
    ($($given:ty => $kept:ty: $put:expr, $take:expr;)*) => {$(
        impl<'a> Field<'a, &'a $given> for $kept {
            fn put(given: &&'a $given, page: &mut Page) {
                let put: fn(&$given, &mut Page) = $put;
                put(given, page);
            }

            fn take(bytes: &mut Reader<'_>) -> Result<Self, Error> {
                let take: fn(&mut Reader<'_>) -> Result<$kept, Error> = $take;
                take(bytes)
            }

            fn lend(&'a self) -> &'a $given {
                self
            }
        }
    )*};
}

borrowed! {
    str => String: |text, page| page.out.text(text), |bytes| Ok(bytes.text()?.to_owned());
    [u8] => Vec<u8>: |blob, page| page.out.blob(blob), |bytes| Ok(bytes.blob()?.to_vec());
    str => Secret: |token, page| {
        let stand_in = page.secrets.stand_in(token);
        page.out.text(&stand_in);
    }, |bytes| Ok(Secret(bytes.text()?.to_owned()));
    [u8] => Frame: |frame, page| page.out.blob(&super::secret::redacted(frame)), |bytes| {
        Ok(Frame(bytes.blob()?.to_vec()))
    };
    RoomName => RoomName: |name, page| page.out.text(name.as_str()), |bytes| {
        RoomName::new(bytes.text()?)
    };
    Principal => Principal: |name, page| page.out.text(name.as_str()), |bytes| {
        Principal::new(bytes.text()?)
    };
}

#[cfg(feature = "views")]
borrowed! {
    ViewName => ViewName: |name, page| page.out.text(name.as_str()), |bytes| {
        ViewName::new(bytes.text()?)
    };
}

#[expect(clippy::ref_option_ref, reason = "each is given by reference")]
impl<'a> Field<'a, Option<&'a Value>> for Option<Value> {
    fn put(given: &Option<&'a Value>, page: &mut Page) {
        Plain::put(&given.cloned(), &mut page.out);
    }

    fn take(bytes: &mut Reader<'_>) -> Result<Self, Error> {
        Plain::take(bytes)
    }

    fn lend(&'a self) -> Option<&'a Value> {
        self.as_ref()
    }
}

macro_rules! plain {
    ($($kind:ty: |$given:ident, $out:ident| $put:expr, |$bytes:ident| $take:expr;)*) => {$(
        impl Plain for $kind {
            fn put(&self, $out: &mut Writer) {
                let $given = self;
                $put;
            }

            fn take($bytes: &mut Reader<'_>) -> Result<Self, Error> {
                Ok($take)
            }
        }
    )*};
}

plain! {
    bool: |is, out| out.byte(u8::from(*is)), |bytes| bytes.flags(1)? == 1;
    usize: |size, out| out.size(*size), |bytes| {
        usize::try_from(bytes.number()?).unwrap_or(usize::MAX)
    };
    u64: |number, out| out.number(*number), |bytes| bytes.number()?;
    Duration: |time, out| out.number(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
        |bytes| Duration::from_nanos(bytes.number()?);
    String: |text, out| out.text(text), |bytes| bytes.text()?.to_owned();
    Vec<u8>: |blob, out| out.blob(blob), |bytes| bytes.blob()?.to_vec();
    Code: |code, out| out.code(*code), |bytes| bytes.code()?;
    Error: |error, out| {
        out.code(error.code);
        out.text(&error.expected);
        out.text(&error.got);
    }, |bytes| {
        let (code, expected) = (bytes.code()?, bytes.text()?.to_owned());
        Self::new(code, expected, bytes.text()?)
    };
    Codec: |codec, out| out.byte(codec.byte()), |bytes| {
        let byte = bytes.byte()?;
        Self::of_byte(byte).ok_or_else(|| unknown("a codec", byte))?
    };
    RoomNo: |id, out| out.number(id.get().into()), |bytes| Self::new(bytes.short()?);
    ConnId: |id, out| out.number(id.get()), |bytes| Self::new(bytes.counter()?);
    DraftId: |id, out| out.number(id.get()), |bytes| Self::new(bytes.counter()?);
    RecordId: |id, out| out.number(id.get()), |bytes| Self::new(bytes.counter()?);
    RequestId: |id, out| out.number(id.get()), |bytes| Self::new(bytes.counter()?);
    Version: |id, out| out.number(id.get()), |bytes| Self::new(bytes.counter()?);
    Epoch: |id, out| out.fixed_u64(id.get()), |bytes| Self::new(bytes.fixed_u64()?);
    ItemId: |id, out| out.fixed_u64(id.get()), |bytes| Self::new(bytes.fixed_u64()?);
    TabId: |id, out| out.fixed_u64(id.get()), |bytes| Self::new(bytes.fixed_u64()?);
    Key: |key, out| out.text(key.as_str()), |bytes| Self::new(bytes.text()?)?;
    RoomName: |name, out| out.text(name.as_str()), |bytes| Self::new(bytes.text()?)?;
    Value: |value, out| out.value(value), |bytes| bytes.value()?;
    Action: |action, out| out.action(action), |bytes| bytes.action()?;
    Edit: |edit, out| put_edit(edit, out), |bytes| take_edit(bytes)?;
    Resolution: |resolution, out| match resolution {
        Self::KeepMine => out.byte(0),
        Self::KeepTheirs => out.byte(1),
        Self::Value(value) => {
            out.byte(2);
            out.value(value);
        }
    }, |bytes| match bytes.byte()? {
        0 => Self::KeepMine,
        1 => Self::KeepTheirs,
        2 => Self::Value(bytes.value()?),
        other => return Err(unknown("a resolution", other)),
    };
    IfVersion: |version, out| match version {
        Self::Any => out.byte(0),
        Self::Absent => out.byte(1),
        Self::At(version) => {
            out.byte(2);
            version.put(out);
        }
    }, |bytes| match bytes.byte()? {
        0 => Self::Any,
        1 => Self::Absent,
        2 => Self::At(Plain::take(bytes)?),
        other => return Err(unknown("a condition", other)),
    };
    HostEdit: |edit, out| {
        edit.key.put(out);
        edit.edit.put(out);
        edit.if_version.put(out);
    }, |bytes| Self {
        key: Plain::take(bytes)?,
        edit: Plain::take(bytes)?,
        if_version: Plain::take(bytes)?,
    };
    Grant: |grant, out| {
        out.text(grant.principal.as_str());
        grant.write.put(out);
    }, |bytes| Self {
        principal: Principal::new(bytes.text()?)?,
        write: Plain::take(bytes)?,
    };
}

#[cfg(feature = "views")]
plain! {
    ViewNo: |id, out| out.number(id.get().into()), |bytes| Self::new(bytes.short()?);
    ViewName: |name, out| out.text(name.as_str()), |bytes| Self::new(bytes.text()?)?;
}

/// What is counted: each thing takes a byte at least.
trait Counted: Plain {}

impl Counted for String {}
impl Counted for Vec<u8> {}
impl Counted for HostEdit {}
impl Counted for (Key, Edit) {}

impl<T: Counted> Plain for Vec<T> {
    fn put(&self, out: &mut Writer) {
        out.size(self.len());
        for one in self {
            one.put(out);
        }
    }

    fn take(bytes: &mut Reader<'_>) -> Result<Self, Error> {
        // Nothing is kept for what is only claimed.
        (0..bytes.count(1)?).map(|_| T::take(bytes)).collect()
    }
}

impl<A: Plain, B: Plain> Plain for (A, B) {
    fn put(&self, out: &mut Writer) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(bytes: &mut Reader<'_>) -> Result<Self, Error> {
        Ok((A::take(bytes)?, B::take(bytes)?))
    }
}

impl<T: Plain> Plain for Option<T> {
    fn put(&self, out: &mut Writer) {
        self.is_some().put(out);
        if let Some(one) = self {
            one.put(out);
        }
    }

    fn take(bytes: &mut Reader<'_>) -> Result<Self, Error> {
        <bool as Plain>::take(bytes)?.then(|| T::take(bytes)).transpose()
    }
}

impl<T: Plain, E: Plain> Plain for Result<T, E> {
    fn put(&self, out: &mut Writer) {
        self.is_ok().put(out);
        match self {
            Ok(one) => one.put(out),
            Err(error) => error.put(out),
        }
    }

    fn take(bytes: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(if <bool as Plain>::take(bytes)? { Ok(T::take(bytes)?) } else { Err(E::take(bytes)?) })
    }
}

fn put_edit(edit: &Edit, out: &mut Writer) {
    match edit {
        Edit::Action(action) => {
            out.byte(0);
            out.action(action);
        }
        Edit::InsertAt { index, id, value } => {
            out.byte(1);
            out.size(*index);
            id.put(out);
            out.value(value);
        }
        Edit::RemoveAt { index } => {
            out.byte(2);
            out.size(*index);
        }
        Edit::MoveTo { from, to } => {
            out.byte(3);
            out.size(*from);
            out.size(*to);
        }
        Edit::ReplaceAt { index, value } => {
            out.byte(4);
            out.size(*index);
            out.value(value);
        }
    }
}

fn take_edit(bytes: &mut Reader<'_>) -> Result<Edit, Error> {
    Ok(match bytes.byte()? {
        0 => Edit::Action(bytes.action()?),
        1 => Edit::InsertAt {
            index: Plain::take(bytes)?,
            id: Plain::take(bytes)?,
            value: bytes.value()?,
        },
        2 => Edit::RemoveAt { index: Plain::take(bytes)? },
        3 => Edit::MoveTo { from: Plain::take(bytes)?, to: Plain::take(bytes)? },
        4 => Edit::ReplaceAt { index: Plain::take(bytes)?, value: bytes.value()? },
        other => return Err(unknown("an edit", other)),
    })
}

/// A number that nothing has here.
pub(super) fn unknown(what: &'static str, number: u8) -> Error {
    Error::new(Code::Malformed, what, number.to_string())
}
