//! What is said of views, in the binary form.

use super::{read_channel, tag};
use crate::error::{Code, Error};
use crate::id::{Epoch, Revision, RoomName, Version, ViewName, ViewNo};
use crate::message::{Extent, Show, Unwatch, Watch};
use crate::vnode::Cursor;
use crate::wire::{Reader, Writer};

pub(super) fn write_watch(out: &mut Writer, watch: &Watch) {
    out.number(tag::WATCH);
    out.number(watch.channel.get().into());
    out.number(watch.view.get().into());
    out.text(watch.name.as_str());
    out.number(watch.cursor.revision.get());
    if watch.cursor.revision != Revision::ZERO {
        out.fixed_u64(watch.cursor.epoch.get());
    }
}

pub(super) fn read_watch(bytes: &mut Reader<'_>) -> Result<Watch, Error> {
    let (channel, view) = (read_channel(bytes)?, ViewNo::new(bytes.short()?));
    let name = bytes.text()?;
    bytes.limits().check_room(name)?;
    let name = ViewName::new(name)?;
    let revision = Revision::new(bytes.counter()?);
    let shows = revision != Revision::ZERO;
    let epoch = if shows { Epoch::new(bytes.fixed_u64()?) } else { Epoch::default() };
    Ok(Watch { channel, view, name, cursor: Cursor { epoch, revision } })
}

/// A byte tells whether a code follows.
pub(super) fn write_unwatch(out: &mut Writer, unwatch: Unwatch) {
    out.number(tag::UNWATCH);
    out.number(unwatch.channel.get().into());
    out.number(unwatch.view.get().into());
    out.byte(u8::from(unwatch.code.is_some()));
    if let Some(code) = unwatch.code {
        out.code(code);
    }
}

pub(super) fn read_unwatch(bytes: &mut Reader<'_>) -> Result<Unwatch, Error> {
    let (channel, view) = (read_channel(bytes)?, ViewNo::new(bytes.short()?));
    let code = if bytes.flags(1)? == 1 { Some(bytes.code()?) } else { None };
    Ok(Unwatch { channel, view, code })
}

pub(super) fn write_show(out: &mut Writer, show: &Show) {
    out.number(tag::SHOW);
    out.number(show.channel.get().into());
    out.number(show.view.get().into());
    write_extent(out, show.home);
    out.size(show.elsewhere.len());
    for (room, extent) in &show.elsewhere {
        out.text(room.as_str());
        write_extent(out, *extent);
    }
    out.blob(&show.frame);
}

/// The latest version, and by how much what was read for certain is behind it, which is mostly 0.
fn write_extent(out: &mut Writer, extent: Extent) {
    out.number(extent.version.get());
    out.number(extent.version.beyond(extent.read));
}

fn read_extent(bytes: &mut Reader<'_>) -> Result<Extent, Error> {
    let (version, behind) = (bytes.counter()?, bytes.counter()?);
    let read = version.checked_sub(behind).ok_or_else(|| {
        let expected = format!("at most {version} versions behind");
        Error::new(Code::Malformed, expected, behind.to_string())
    })?;
    Ok(Extent { version: Version::new(version), read: Version::new(read) })
}

pub(super) fn read_show(bytes: &mut Reader<'_>) -> Result<Show, Error> {
    let (channel, view) = (read_channel(bytes)?, ViewNo::new(bytes.short()?));
    let home = read_extent(bytes)?;
    let mut elsewhere = Vec::new();
    for _ in 0..bytes.count(4)? {
        elsewhere.push((RoomName::new(bytes.text()?)?, read_extent(bytes)?));
    }
    Ok(Show { channel, view, home, elsewhere, frame: bytes.blob()?.to_vec() })
}
