//! What is said of views, as JSON: what a screen takes is hexadecimal. A peer without views may pass it over.

use core::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::malformed;
use crate::error::{Code, Error};
use crate::id::{Channel, Epoch, Revision, RoomName, Version, ViewName, ViewNo};
use crate::message::{Extent, Show, Unwatch, Watch};
use crate::vnode::Cursor;

#[derive(Deserialize, Serialize)]
pub(super) struct WatchText {
    #[serde(default)]
    skip: bool,
    channel: Channel,
    view: ViewNo,
    name: ViewName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    epoch: Option<Epoch>,
    #[serde(default)]
    revision: Revision,
}

impl WatchText {
    pub(super) fn of(watch: &Watch) -> Self {
        let Cursor { epoch, revision } = watch.cursor;
        let epoch = Some(epoch).filter(|_| revision != Revision::ZERO);
        let (channel, view, name) = (watch.channel, watch.view, watch.name.clone());
        Self { skip: true, channel, view, name, epoch, revision }
    }

    pub(super) fn into_watch(self) -> Watch {
        // Before anything is shown there is no epoch, whatever is said of one.
        let epoch = self.epoch.filter(|_| self.revision != Revision::ZERO);
        let cursor = epoch.map(|epoch| Cursor { epoch, revision: self.revision });
        let (channel, view, name) = (self.channel, self.view, self.name);
        Watch { channel, view, name, cursor: cursor.unwrap_or_default() }
    }
}

#[derive(Deserialize, Serialize)]
pub(super) struct UnwatchText {
    #[serde(default)]
    skip: bool,
    channel: Channel,
    view: ViewNo,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
}

impl UnwatchText {
    pub(super) const fn of(unwatch: Unwatch) -> Self {
        Self { skip: true, channel: unwatch.channel, view: unwatch.view, code: unwatch.code }
    }

    pub(super) const fn into_unwatch(self) -> Unwatch {
        Unwatch { channel: self.channel, view: self.view, code: self.code }
    }
}

#[derive(Deserialize, Serialize)]
pub(super) struct ShowText {
    #[serde(default)]
    skip: bool,
    channel: Channel,
    view: ViewNo,
    version: Version,
    /// Unless it is the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read: Option<Version>,
    /// With both versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    elsewhere: Vec<(RoomName, Version, Version)>,
    frame: String,
}

impl ShowText {
    pub(super) fn of(show: &Show) -> Self {
        let mut frame = String::with_capacity(show.frame.len().saturating_mul(2));
        for byte in &show.frame {
            // Writing to memory does not fail.
            write!(frame, "{byte:02x}").unwrap_or_default();
        }
        let (channel, view) = (show.channel, show.view);
        let Extent { version, read } = show.home;
        let read = Some(read).filter(|read| *read != version);
        let three =
            |(room, extent): &(RoomName, Extent)| (room.clone(), extent.version, extent.read);
        let elsewhere = show.elsewhere.iter().map(three).collect();
        Self { skip: true, channel, view, version, read, elsewhere, frame }
    }

    pub(super) fn into_show(self) -> Result<Show, Error> {
        let digits = self.frame.as_bytes();
        let byte = |pair: &[u8]| {
            let text = core::str::from_utf8(pair).ok().filter(|_| pair.len() == 2)?;
            let plain = pair.iter().all(u8::is_ascii_hexdigit);
            u8::from_str_radix(text, 16).ok().filter(|_| plain)
        };
        let frame = digits.chunks(2).map(byte).collect::<Option<Vec<u8>>>();
        let frame =
            frame.ok_or_else(|| malformed("a frame in hexadecimal digits", self.frame.clone()))?;
        let (channel, view) = (self.channel, self.view);
        let home = extent(self.version, self.read.unwrap_or(self.version))?;
        let mut elsewhere = Vec::new();
        for (room, version, read) in self.elsewhere {
            elsewhere.push((room, extent(version, read)?));
        }
        Ok(Show { channel, view, home, elsewhere, frame })
    }
}

fn extent(version: Version, read: Version) -> Result<Extent, Error> {
    if read > version {
        let got = format!("{read} after {version}");
        return Err(malformed("no later version to be read than shown", got));
    }
    Ok(Extent { version, read })
}
