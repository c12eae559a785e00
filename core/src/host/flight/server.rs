//! Everything that changes a server and its rooms.

use core::time::Duration;

use crate::error::{Code, Error};
use crate::exchange::Grant;
use crate::frame::{Decoded, codec_of, decode};
use crate::host::cell::Role;
use crate::host::server::HostOutput;
use crate::host::server::hosted::Hosted;
use crate::host::server::plan::{Plan, Restored, Source};
#[cfg(feature = "views")]
use crate::id::ViewName;
use crate::id::{
    ConnId, ItemId, Principal, RecordId, RequestId, RoomName, RoomNo, Version, WriteId,
};
use crate::limit::Limits;
use crate::message::{Codec, Message};
use crate::room::HostEdit;
use crate::wire::Reader;

use super::client::persist_in_words;
use super::input::{Input, Told, inputs};
use super::page::{Field, Page, Plain};
use super::recorder::Check;
use super::secret::{Frame, Quiet, in_words};

inputs! {
    /// What can be done to a server and its rooms.
    ServerInput of Hosted, after which come [2, 3];
    2 Settle = settle(now;) -> ();
    3 Poll = poll(;) -> Option<HostOutput>;
    4 Timeout = handle_timeout(now;) -> ();
    5 Connected = connect(now; conn: ConnId => ConnId) -> ();
    6 Receive = receive(now; conn: ConnId => ConnId, frame: &[u8] => Frame) -> ();
    31 Refuse = refuse(now; conn: ConnId => ConnId, bytes: usize => usize, codec: Codec => Codec, error: Error => Quiet) -> ();
    7 Writable = writable(now; conn: ConnId => ConnId) -> ();
    8 Disconnected = disconnect(now; conn: ConnId => ConnId) -> ();
    9 Authorize = authorize(now; request: RequestId => RequestId, answer: Result<Grant, Code> => Result<Grant, Code>) -> ();
    10 Revoke = revoke(now; principal: &Principal => Principal) -> ();
    11 Shutdown = shutdown(now; retry_after: Duration => Duration) -> ();
    12 End = end(now;) -> ();
    30 WindDown = wind_down(now; within: Duration => Duration, retry_after: Duration => Duration) -> ();
    13 Plan = plan(; room: RoomNo => RoomNo) -> Result<Plan, Error>;
    14 Opened = opened(now; room: RoomNo => RoomNo, restored: Restored => Source) -> Result<(), Error>;
    15 Failed = failed(now; room: RoomNo => RoomNo, error: Error => Error) -> Result<(), Error>;
    16 Persisted = persisted(; room: RoomNo => RoomNo, record: RecordId => RecordId) -> Result<(), Error>;
    17 Hold = hold(; name: &RoomName => RoomName) -> Result<RoomNo, Error>;
    18 Release = release(; room: RoomNo => RoomNo) -> Result<(), Error>;
    19 Unload = unload(now; room: RoomNo => RoomNo) -> Result<(), Error>;
    20 Delete = delete(now; room: RoomNo => RoomNo) -> Result<(), Error>;
    21 Write = write(; room: RoomNo => RoomNo, edits: Vec<HostEdit> => Vec<HostEdit>) -> Result<WriteId, Error>;
    22 Expire = expire(; room: RoomNo => RoomNo, version: Version => Version) -> Result<(), Error>;
    23 Renew = renew(; room: RoomNo => RoomNo) -> Result<(), Error>;
    24 NewItem = new_item(;) -> ItemId;
    #[cfg(feature = "views")]
    25 OpenForView = open_for_view(; room: RoomNo => RoomNo, view: &ViewName => ViewName, other: &RoomName => RoomName)
        -> Result<RoomNo, Error>;
    #[cfg(feature = "views")]
    26 Show = show(; room: RoomNo => RoomNo, view: &ViewName => ViewName, shown: View => Shown) -> Result<(), Error>;
    #[cfg(feature = "views")]
    27 KeepView = keep_view(; room: RoomNo => RoomNo, view: &ViewName => ViewName) -> Result<(), Error>;
    #[cfg(feature = "views")]
    28 EndView = end_view(; room: RoomNo => RoomNo, view: &ViewName => ViewName, code: Code => Code) -> Result<(), Error>;
    #[cfg(feature = "views")]
    29 TouchView = touch_view(; room: RoomNo => RoomNo, view: &ViewName => ViewName) -> Result<(), Error>;
}

/// A room is restored again from where it was.
impl Field<'_, Restored> for Source {
    fn put(given: &Restored, page: &mut Page) {
        given.source.epoch.put(&mut page.out);
        given.source.opened.put(&mut page.out);
    }

    fn take(bytes: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self { epoch: Plain::take(bytes)?, opened: Plain::take(bytes)? })
    }

    fn lend(&self) -> Restored {
        Restored { source: self.clone(), room: None }
    }
}

#[cfg(feature = "views")]
use crate::vnode::View;
#[cfg(feature = "views")]
pub(super) use shown::Shown;

#[cfg(feature = "views")]
mod shown {
    use super::{Error, Field, Page, Plain, Reader, View};
    use crate::id::{Epoch, Revision};

    /// What a view shows, without how it came to that: whoever watches it is told all of it again.
    #[derive(Debug)]
    pub(in super::super) struct Shown {
        name: String,
        epoch: Epoch,
        revision: u64,
        json: String,
    }

    impl Field<'_, View> for Shown {
        fn put(given: &View, page: &mut Page) {
            let cursor = given.cursor();
            page.out.text(given.name());
            cursor.epoch.put(&mut page.out);
            page.out.number(cursor.revision.get());
            page.out.text(&given.json().unwrap_or_default());
        }

        fn take(bytes: &mut Reader<'_>) -> Result<Self, Error> {
            let (name, epoch) = (Plain::take(bytes)?, Plain::take(bytes)?);
            Ok(Self { name, epoch, revision: bytes.counter()?, json: Plain::take(bytes)? })
        }

        fn lend(&self) -> View {
            let mut view = View::new(self.name.clone(), self.epoch);
            // What has no JSON shows nothing here.
            let _ = view.render_json(&self.json);
            view.numbered(Revision::new(self.revision))
        }
    }
}

impl Told for Option<HostOutput> {
    fn check(&self, check: &mut Check) {
        match self {
            None => {}
            Some(HostOutput::Transmit { conn, bytes }) => {
                check.bytes(&conn.get().to_le_bytes());
                match fault_of(bytes) {
                    Some(code) => check.words(&(code, bytes.len())),
                    None if is_show(bytes) => {}
                    None => check.bytes(bytes),
                }
            }
            Some(HostOutput::Persist { room, persist }) => {
                check.bytes(&room.get().to_le_bytes());
                check.bytes(&persist.bytes);
            }
            Some(other) => check.words(other),
        }
    }

    fn words(&self) -> Option<String> {
        let output = self.as_ref()?;
        if let HostOutput::Transmit { conn, bytes } = output {
            return Some(format!("transmit to {conn:?} {}", in_words(bytes)));
        }
        if let HostOutput::Persist { room, persist } = output {
            return Some(format!("{} of {room:?}", persist_in_words(persist)));
        }
        Some(format!("{output:?}"))
    }
}

/// The first byte of a binary frame that tells what is wrong.
const FAULT: u8 = 19;

/// The code of a frame that tells what is wrong. What it quotes may not have been recorded.
fn fault_of(bytes: &[u8]) -> Option<Code> {
    let codec = codec_of(bytes);
    let is_fault = match codec {
        Codec::Binary => bytes.first() == Some(&FAULT),
        #[cfg(feature = "json")]
        Codec::Json => bytes.starts_with(br#"{"type":"fault""#),
    };
    let decoded = is_fault.then(|| decode(bytes, codec, &Limits::HARD))?;
    if let Ok(Decoded::Message(Message::Fault(fault))) = decoded { Some(fault.code) } else { None }
}

/// The first byte of a binary frame that tells what a view shows.
const SHOW: u8 = 10;

/// Whether a frame tells what a view shows. How that is told depends on what the view showed before it was recorded.
fn is_show(frame: &[u8]) -> bool {
    match codec_of(frame) {
        Codec::Binary => frame.first() == Some(&SHOW),
        #[cfg(feature = "json")]
        Codec::Json => frame.starts_with(br#"{"type":"show""#),
    }
}
