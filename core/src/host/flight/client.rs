//! Everything that changes a client.

use crate::client::{Client, ClientOutput, Snapshot};
use crate::edit::Edit;
use crate::error::{Code, Error};
use crate::id::{DraftId, ItemId, Key, RecordId, RoomName, RoomNo, StoreMark, TabId};
#[cfg(feature = "views")]
use crate::id::{ViewName, ViewNo};
use crate::op::Action;
use crate::record::Persist;
use crate::resolve::Resolution;
use crate::value::Value;
#[cfg(feature = "views")]
use crate::vnode::{Change, PredictionMetrics};

use super::input::{Input, Told, inputs};
use super::page::Field;
use super::recorder::Check;
use super::secret::{Frame, Secret, in_words, redacted};

inputs! {
    /// What can be done to a client.
    ClientInput of Client, after which come [2, 3];
    2 PollPersist = poll_persist(;) -> Option<Persist>;
    3 PollOutput = poll_output(;) -> Option<ClientOutput>;
    4 Open = open(now; name: RoomName => RoomName, writes: bool => bool) -> Result<RoomNo, Error>;
    5 CloseRoom = close_room(now; room: RoomNo => RoomNo) -> ();
    6 ForgetRoom = forget_room(now; room: RoomNo => RoomNo) -> ();
    7 Edit = edit(now; room: RoomNo => RoomNo, key: &str => String, action: Action => Action)
        -> Result<DraftId, Error>;
    8 Batch = batch(now; room: RoomNo => RoomNo, edits: Vec<(Key, Edit)> => Vec<(Key, Edit)>)
        -> Result<DraftId, Error>;
    9 InsertAt = insert_at(now; room: RoomNo => RoomNo, key: &str => String, index: usize => usize, value: Value => Value)
        -> Result<DraftId, Error>;
    10 RemoveAt = remove_at(now; room: RoomNo => RoomNo, key: &str => String, index: usize => usize)
        -> Result<DraftId, Error>;
    11 MoveTo = move_to(now; room: RoomNo => RoomNo, key: &str => String, from: usize => usize, to: usize => usize)
        -> Result<DraftId, Error>;
    12 ReplaceAt = replace_at(now; room: RoomNo => RoomNo, key: &str => String, index: usize => usize, value: Value => Value)
        -> Result<DraftId, Error>;
    13 NewItem = new_item(;) -> ItemId;
    14 Resolve = resolve(now; room: RoomNo => RoomNo, draft: DraftId => DraftId, resolution: Resolution => Resolution)
        -> Result<Option<DraftId>, Error>;
    15 Flush = flush(now;) -> ();
    16 SetPresence = set_presence(now; room: RoomNo => RoomNo, patch: Option<&Value> => Option<Value>)
        -> Result<(), Error>;
    17 Connected = handle_connected(now; token: &str => Secret) -> ();
    18 Receive = handle_frame(now; frame: &[u8] => Frame) -> ();
    19 Disconnected = handle_disconnected(now;) -> ();
    20 SetToken = set_token(now; token: &str => Secret) -> ();
    21 Reconnect = reconnect(now;) -> ();
    22 Timeout = handle_timeout(now;) -> ();
    23 Persisted = handle_persisted(; record: RecordId => RecordId) -> ();
    24 PersistFailed = handle_persist_failed(;) -> ();
    25 Shutdown = shutdown(now;) -> ();
    26 Follow = follow(now; bytes: &[u8] => Vec<u8>, replace: bool => bool) -> Result<(), Error>;
    27 ProposeAgain = propose_again(now;) -> Result<(), Error>;
    28 Withdraw = withdraw(now; room: RoomNo => RoomNo, proposal: DraftId => DraftId, code: Code => Code)
        -> Result<(), Error>;
    29 Snapshot = snapshot(;) -> Result<Snapshot, Error>;
    30 Adopt = adopt(now; tab: TabId => TabId, bytes: &[u8] => Vec<u8>) -> Result<DraftId, Error>;
    31 ForgetTab = forget_tab(now; tab: TabId => TabId) -> ();
    #[cfg(feature = "views")]
    32 Watch = watch(now; room: RoomNo => RoomNo, name: ViewName => ViewName) -> Result<ViewNo, Error>;
    #[cfg(feature = "views")]
    33 Unwatch = unwatch(now; view: ViewNo => ViewNo) -> ();
    #[cfg(feature = "views")]
    34 ViewChange = view_change(; view: ViewNo => ViewNo) -> Result<Option<Change>, Error>;
    #[cfg(feature = "views")]
    35 ViewHtml = view_html(; view: ViewNo => ViewNo) -> Result<String, Error>;
    #[cfg(feature = "views")]
    36 ViewMetrics = view_metrics(; view: ViewNo => ViewNo) -> Result<PredictionMetrics, Error>;
    37 AskStored = ask_stored(;) -> Result<StoreMark, Error>;
}

impl Told for ItemId {}

impl Told for Option<Persist> {
    fn check(&self, check: &mut Check) {
        if let Some(persist) = self {
            check.bytes(&persist.id.get().to_le_bytes());
            check.bytes(&persist.bytes);
        }
    }

    fn words(&self) -> Option<String> {
        self.as_ref().map(persist_in_words)
    }
}

impl Told for Option<ClientOutput> {
    fn check(&self, check: &mut Check) {
        match self {
            None => {}
            Some(ClientOutput::Persist(persist)) => check.bytes(&persist.bytes),
            Some(ClientOutput::Transmit(frame)) => check.bytes(&redacted(frame)),
            Some(
                other @ (ClientOutput::Connect
                | ClientOutput::Disconnect
                | ClientOutput::Propose { .. }
                | ClientOutput::Event(_)),
            ) => check.words(other),
        }
    }

    fn words(&self) -> Option<String> {
        Some(match self.as_ref()? {
            ClientOutput::Persist(persist) => persist_in_words(persist),
            ClientOutput::Transmit(frame) => format!("transmit {}", in_words(frame)),
            ClientOutput::Propose { room, proposal, bytes } => {
                format!("propose {proposal:?} of {room:?} ({} bytes)", bytes.len())
            }
            ClientOutput::Event(event) => format!("{event:?}"),
            other @ (ClientOutput::Connect | ClientOutput::Disconnect) => format!("{other:?}"),
        })
    }
}

/// An order to make bytes durable, in words.
pub(super) fn persist_in_words(persist: &Persist) -> String {
    let Persist { id, mode, sync, bytes } = persist;
    let sync = if *sync { ", synced" } else { "" };
    format!("persist {id:?}, {mode:?}{sync} ({} bytes)", bytes.len())
}
