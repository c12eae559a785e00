//! What a client's handle does in rooms: each method is the [`Client`]'s own, behind the lock.

use crate::client::{Client, PresenceView, Status, SyncStatus};
use crate::edit::Edit;
use crate::error::{Code, Error};
use crate::id::{DraftId, Epoch, ItemId, Key, PresenceId, RoomName, RoomNo, Version};
use crate::message::Durability;
use crate::op::{Action, Content};
use crate::resolve::Resolution;
use crate::value::Value;

use super::{ClientHandle, Held};

impl ClientHandle {
    /// Opens a room, and says whether it is also to be written. See [`Client::open`].
    pub fn open(&self, name: &RoomName, writes: bool) -> Result<RoomNo, Error> {
        self.try_input(|client, now| client.open(now, name.clone(), writes))
    }

    /// Leaves a room; what is known of it stays until it is opened again.
    pub fn close_room(&self, room: RoomNo) -> Result<(), Error> {
        self.input(|client, now| client.close_room(now, room))
    }

    /// Leaves a room and forgets all that is known of it; its edits without a verdict are handed back
    /// as [`ClientEvent::Unknown`](crate::client::ClientEvent::Unknown) with `Closed`.
    pub fn forget_room(&self, room: RoomNo) -> Result<(), Error> {
        self.input(|client, now| client.forget_room(now, room))
    }

    /// Edits one key. See [`Client::edit`] for what is refused.
    pub fn edit(&self, room: RoomNo, key: &str, action: Action) -> Result<DraftId, Error> {
        self.try_input(|client, now| client.edit(now, room, key, action))
    }

    /// Makes several edits one mutation. See [`Client::batch`].
    pub fn batch(
        &self,
        room: RoomNo,
        edits: Vec<(Key, impl Into<Edit>)>,
    ) -> Result<DraftId, Error> {
        #[cfg(feature = "host")]
        let edits = edits.into_iter().map(|(key, edit)| (key, edit.into())).collect();
        self.try_input(|client, now| client.batch(now, room, edits))
    }

    /// Puts a value into a list. See [`Client::insert_at`].
    pub fn insert_at(
        &self,
        room: RoomNo,
        key: &str,
        index: usize,
        value: Value,
    ) -> Result<DraftId, Error> {
        self.try_input(|client, now| client.insert_at(now, room, key, index, value))
    }

    /// Takes a value out of a list. See [`Client::remove_at`].
    pub fn remove_at(&self, room: RoomNo, key: &str, index: usize) -> Result<DraftId, Error> {
        self.try_input(|client, now| client.remove_at(now, room, key, index))
    }

    /// Moves a value within a list. See [`Client::move_to`].
    pub fn move_to(
        &self,
        room: RoomNo,
        key: &str,
        from: usize,
        to: usize,
    ) -> Result<DraftId, Error> {
        self.try_input(|client, now| client.move_to(now, room, key, from, to))
    }

    /// Gives a list item another value. See [`Client::replace_at`].
    pub fn replace_at(
        &self,
        room: RoomNo,
        key: &str,
        index: usize,
        value: Value,
    ) -> Result<DraftId, Error> {
        self.try_input(|client, now| client.replace_at(now, room, key, index, value))
    }

    /// A fresh identity for a list item, for [`Edit::InsertAt`] in a batch.
    pub fn new_item(&self) -> Result<ItemId, Error> {
        self.input(|client, _| client.new_item())
    }

    /// Answers a conflict. See [`Client::resolve`].
    pub fn resolve(
        &self,
        room: RoomNo,
        draft: DraftId,
        resolution: Resolution,
    ) -> Result<Option<DraftId>, Error> {
        self.try_input(|client, now| client.resolve(now, room, draft, resolution))
    }

    /// Sends what waits for its burst to end, without waiting.
    pub fn flush(&self) -> Result<(), Error> {
        self.input(Held::flush)
    }

    /// Changes what this client shows of itself in a room. See [`Client::set_presence`].
    pub fn set_presence(&self, room: RoomNo, patch: Option<&Value>) -> Result<(), Error> {
        self.try_input(|client, now| client.set_presence(now, room, patch))
    }

    /// The other participants of a room.
    pub fn presences(&self, room: RoomNo) -> Result<Vec<(PresenceId, Value)>, Error> {
        let copy = |(id, state): (PresenceId, &Value)| (id, state.clone());
        self.read(|client| {
            client.presence(room).map(|view| view.others().map(copy).collect()).unwrap_or_default()
        })
    }

    /// What this client shows of itself in a room.
    pub fn presence_own(&self, room: RoomNo) -> Result<Option<Value>, Error> {
        self.read(|client| client.presence(room).and_then(|view| view.own().cloned()))
    }

    /// The participant that this client is in a room, while it is joined.
    pub fn presence_me(&self, room: RoomNo) -> Result<Option<PresenceId>, Error> {
        self.read(|client| client.presence(room).and_then(PresenceView::me))
    }

    /// What a key shows: what is confirmed with pending edits on top.
    pub fn get(&self, room: RoomNo, key: &str) -> Result<Option<Content>, Error> {
        self.read(|client| client.get(room, key).cloned())
    }

    /// What the server has confirmed of a key.
    pub fn confirmed_get(&self, room: RoomNo, key: &str) -> Result<Option<Content>, Error> {
        self.read(|client| client.confirmed_get(room, key).cloned())
    }

    /// The keys with this prefix and what they show, in the order of keys.
    pub fn entries(&self, room: RoomNo, prefix: &str) -> Result<Vec<(Key, Content)>, Error> {
        self.read(|client| client.entries(room, prefix))
    }

    /// The keys with this prefix that show a value, in order.
    pub fn keys(&self, room: RoomNo, prefix: &str) -> Result<Vec<Key>, Error> {
        self.read(|client| client.keys(room, prefix))
    }

    /// The version up to which a room's state is confirmed here.
    pub fn version(&self, room: RoomNo) -> Result<Option<Version>, Error> {
        self.read(|client| client.version(room))
    }

    /// The epoch of a room's confirmed state.
    pub fn epoch(&self, room: RoomNo) -> Result<Option<Epoch>, Error> {
        self.read(|client| client.epoch(room))
    }

    /// The number under which a room is known here, open or not.
    pub fn room(&self, name: &RoomName) -> Result<Option<RoomNo>, Error> {
        self.read(|client| client.room(name))
    }

    /// The name of a room.
    pub fn room_name(&self, room: RoomNo) -> Result<Option<RoomName>, Error> {
        self.read(|client| client.room_name(room).cloned())
    }

    /// Whether the server's word on a room survives its crash, as it said last.
    pub fn durability(&self, room: RoomNo) -> Result<Option<Durability>, Error> {
        self.read(|client| client.durability(room))
    }

    /// Whether a state of the room is known, from the server or from what was recorded.
    pub fn ready(&self, room: RoomNo) -> Result<bool, Error> {
        self.read(|client| client.ready(room))
    }

    /// Why the client does not come into an open room and does not ask again by itself. See
    /// [`Client::denied`].
    pub fn denied(&self, room: RoomNo) -> Result<Option<Code>, Error> {
        self.read(|client| client.denied(room))
    }

    /// Mutations of a room without a verdict.
    pub fn pending(&self, room: RoomNo) -> Result<usize, Error> {
        self.read(|client| client.pending(room))
    }

    /// Mutations of all rooms without a verdict, of rooms that are not open too.
    pub fn pending_total(&self) -> Result<usize, Error> {
        self.read(Client::pending_total)
    }

    /// How far an open room is from its server, and when all was last well.
    pub fn status(&self, room: RoomNo) -> Result<Option<SyncStatus>, Error> {
        self.read(|client| client.sync_status(room))
    }

    /// The status of the worst open room.
    pub fn overall_status(&self) -> Result<Status, Error> {
        self.read(Client::overall_status)
    }
}
