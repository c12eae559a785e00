//! One client: edits and frames in; frames, records and events out.

use std::collections::VecDeque;

use crate::backoff::Backoff;
use crate::debounce::Debounce;
use crate::entropy::Entropy;
use crate::error::{Code, Error};
use crate::id::{ClientId, RecordId, RoomName, RoomNo};
use crate::limit::Limits;
use crate::map::Map;
use crate::message::{Leave, Message};
use crate::metrics::Metrics;
use crate::plant::planted;
use crate::record::Persist;
use crate::record::client::{ClientRecord, RecordWriter, read_blob};
use crate::time::Time;

mod adopt;
mod config;
mod edit;
mod event;
mod follow;
mod journal;
mod link;
mod output;
mod presence;
mod read;
mod receive;
mod room;
mod send;
mod settle;
mod standby;
mod state;
mod status;
mod stored;
mod tabs;
#[cfg(feature = "views")]
mod views;

pub use adopt::Snapshot;
pub use config::ClientConfig;
pub use event::{ClientEvent, Origin, Refused, Resume, Verdict};
pub use output::ClientOutput;
pub use presence::PresenceView;
pub use status::{Status, SyncStatus};
pub use tabs::Fate;

use journal::Journal;
use link::{Link, Phase};
use room::{Room, Standing};
use standby::Standby;
use state::{Outcome, State};

/// One client of any number of rooms.
///
/// The law: after each call that takes `now`, and after `handle_persisted`, drain
/// [`poll_output`](Self::poll_output), then ask [`poll_timeout`](Self::poll_timeout) when to call
/// [`handle_timeout`](Self::handle_timeout).
///
/// ```
/// use syncline_core::client::{Client, ClientConfig, ClientOutput, Status};
/// use syncline_core::{Action, Limits, RoomName, Time, Value};
/// let now = Time::from_millis(0);
/// let mut client = Client::new(ClientConfig::default(), [7; 32]);
/// let cart = client.open(now, RoomName::new("cart-1").unwrap(), true).unwrap();
/// let total = Value::from_json(b"15", &Limits::default()).unwrap();
/// client.edit(now, cart, "total", Action::Set(total)).unwrap();
///
/// assert_eq!(client.get(cart, "total").unwrap().to_json(), "15");
/// assert_eq!((client.pending(cart), client.status(cart)), (1, Some(Status::Offline)));
/// assert!(matches!(client.poll_output(), Some(ClientOutput::Persist(_))));
/// assert_eq!(client.poll_output(), Some(ClientOutput::Connect));
/// ```
#[derive(Debug)]
pub struct Client {
    config: ClientConfig,
    /// The configured limits, lowered to the server's.
    limits: Limits,
    entropy: Entropy,
    now: Time,
    link: Link,
    /// A hash of the latest token: the token itself is a secret that need not be kept.
    token: Option<u64>,
    rooms: Map<RoomNo, Room>,
    next_room: RoomNo,
    journal: Journal,
    transmits: VecDeque<ClientOutput>,
    events: VecDeque<ClientEvent>,
    questions: stored::Questions,
    told: Option<Status>,
    metrics: Metrics,
    /// Set if the client follows another one.
    standby: Option<Standby>,
    /// Another one follows this client, or may.
    followed: bool,
    #[cfg(feature = "views")]
    views: views::Views,
    #[cfg(feature = "views")]
    next_view: crate::id::ViewNo,
}

impl Client {
    /// A client that knows nothing yet. The seed must be fresh randomness, also at a restore.
    #[must_use]
    pub fn new(config: ClientConfig, seed: [u8; 32]) -> Self {
        let limits = config.limits.lowest(&Limits::HARD);
        let timing = config.timing;
        let backoff = Backoff::new(timing.backoff_first, timing.backoff_most);
        let codec = config.codec;
        let journal = Journal::new(config.durable, 0);
        Self {
            config,
            limits,
            entropy: Entropy::new(seed),
            now: Time::default(),
            link: Link::new(codec, backoff),
            token: None,
            rooms: Map::new(),
            next_room: RoomNo::new(1),
            journal,
            transmits: VecDeque::new(),
            events: VecDeque::new(),
            questions: stored::Questions::default(),
            told: None,
            metrics: Metrics::default(),
            standby: None,
            followed: false,
            #[cfg(feature = "views")]
            views: views::Views::new(),
            #[cfg(feature = "views")]
            next_view: crate::id::ViewNo::default(),
        }
    }

    /// The client whose records these are: the blobs since the last one that replaced all, in
    /// order. Its rooms are known and are to be opened again.
    ///
    /// # Errors
    ///
    /// `StorageCorrupt` if the blobs are not what a client wrote.
    pub fn restore<'a>(
        config: ClientConfig,
        seed: [u8; 32],
        blobs: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, Error> {
        let mut client = Self::new(config, seed);
        let mut states: Map<RoomNo, State> = Map::new();
        let mut bytes = 0_usize;
        for blob in blobs {
            bytes = bytes.saturating_add(blob.len());
            for record in read_blob(blob)? {
                restore_record(&mut states, record)
                    .map_err(|error| error.under(Code::StorageCorrupt))?;
            }
        }
        client.journal = Journal::new(client.config.durable, bytes);
        for (number, mut state) in states {
            state.rebase_all(&client.limits);
            client.next_room = client.next_room.max(number.next());
            let room = client.new_room(state);
            client.rooms.insert(number, room);
        }
        Ok(client)
    }

    /// Opens a room: shows what is known of it, and keeps it in sync while there is a connection.
    ///
    /// Opening it again asks again where the server has denied it.
    ///
    /// # Errors
    ///
    /// `InvalidName`, `TooMany` beyond the limit of rooms, and `Closed`.
    pub fn open(&mut self, now: Time, name: RoomName, writes: bool) -> Result<RoomNo, Error> {
        self.tick(now);
        self.limits.check_room(name.as_str())?;
        if self.link.phase == Phase::Closed {
            return Err(Error::new(Code::Closed, "an open client", "a closed one"));
        }
        let existing = self.rooms.values().find(|room| room.state.name == name);
        let existing = existing.map(|room| room.state.room);
        let opened = self.rooms.values().filter(|room| room.open).count();
        let is_open = existing.and_then(|number| self.rooms.get(&number)).is_some_and(|r| r.open);
        if !is_open && opened >= self.limits.connection_rooms {
            let most = self.limits.connection_rooms;
            return Err(Error::limit(Code::TooMany, most, "open rooms", opened));
        }
        let number = existing.unwrap_or_else(|| self.add_room(name));
        self.reopen(number, writes);
        self.progress();
        Ok(number)
    }

    fn add_room(&mut self, name: RoomName) -> RoomNo {
        let number = self.next_room;
        self.next_room = number.next();
        let client = ClientId::new(self.entropy.next_u128());
        let room = self.new_room(State::new(number, name, client));
        self.journal.put(&ClientRecord::Room(room.state.head()), false);
        self.rooms.insert(number, room);
        number
    }

    fn new_room(&self, mut state: State) -> Room {
        if self.followed {
            state.follow();
        }
        let timing = &self.config.timing;
        let backoff = Backoff::new(timing.backoff_first, timing.backoff_most);
        Room::new(state, Debounce::new(self.config.debounce), backoff)
    }

    fn reopen(&mut self, number: RoomNo, writes: bool) {
        let Some(room) = self.rooms.get_mut(&number) else { return };
        let first = !core::mem::replace(&mut room.open, true);
        let asks_more = writes && !room.writes;
        room.writes = if first { writes } else { room.writes || writes };
        if matches!(room.standing, Standing::Denied(_)) {
            room.standing = Standing::Out;
        }
        if first && room.state.known {
            self.events.push_back(ClientEvent::Ready { room: number });
        }
        if first {
            self.resolve_ready(number);
        } else if asks_more {
            self.rejoin(number);
        }
    }

    /// Leaves a room. What is known of it, edits without a verdict included, stays until it is
    /// opened again.
    pub fn close_room(&mut self, now: Time, room: RoomNo) {
        self.tick(now);
        let Some(found) = self.rooms.get_mut(&room) else { return };
        found.open = false;
        found.asked.clear();
        found.told = None;
        if let Standing::In(channel) | Standing::Joining(channel) = found.standing {
            found.leave();
            self.transmit(&Message::Leave(Leave { channel }));
        }
        if let Some(found) = self.rooms.get_mut(&room) {
            found.leave();
            found.standing = Standing::Out;
        }
        #[cfg(feature = "views")]
        self.forget_views(room);
        #[cfg(feature = "views")]
        self.show_views();
    }

    /// Leaves a room and forgets all that is known of it.
    ///
    /// Its edits without a verdict are handed back as [`ClientEvent::Unknown`] with `Closed`, and its
    /// conflicts that wait are [`ClientEvent::Refused`]. A standby only leaves the room.
    pub fn forget_room(&mut self, now: Time, room: RoomNo) {
        self.close_room(now, room);
        if self.standby.is_some() {
            // Forgetting is the leader's; its record says so here.
            return;
        }
        let Some(forgotten) = self.rooms.remove(&room) else { return };
        self.journal.put(&ClientRecord::Forget { room }, false);
        self.hand_back(forgotten);
    }

    /// Ends the connection for good. Records may still be waiting to be polled.
    pub fn shutdown(&mut self, now: Time) {
        self.tick(now);
        for room in self.open_rooms() {
            self.rejoin(room);
        }
        if self.link.is_connected() || self.link.phase == Phase::Asked {
            self.transmits.push_back(ClientOutput::Disconnect);
        }
        self.link.phase = Phase::Closed;
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Time) {
        self.tick(now);
        let now = self.now;
        for room in self.rooms.values_mut() {
            if room.debounce.handle_timeout(now) {
                room.state.outbox.close_batch();
            }
        }
        self.keep_alive();
        for room in self.open_rooms() {
            self.send_presence(room);
        }
        self.progress();
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Time> {
        let timing = &self.config.timing;
        let rooms = self.rooms.values().flat_map(|room| {
            let rejoin = room.rejoin_at().filter(|_| self.link.is_up());
            let presence = room.channel().and_then(|_| room.presence.due(timing));
            [room.debounce.poll_timeout(), rejoin, presence]
        });
        rooms.chain([self.link_timeout()]).flatten().min()
    }

    /// What the host is to do next: records first, then frames, then events.
    pub fn poll_output(&mut self) -> Option<ClientOutput> {
        if let Some(persist) = self.poll_persist() {
            return Some(ClientOutput::Persist(persist));
        }
        if let Some(output) = self.transmits.pop_front() {
            return Some(output);
        }
        self.poll_event().map(ClientOutput::Event)
    }

    /// The next record to make durable, for a host that sees to those by itself.
    pub fn poll_persist(&mut self) -> Option<Persist> {
        let (rooms, cache) = (&self.rooms, self.config.cache);
        self.journal.poll(|| live(rooms), || whole(rooms, cache))
    }

    fn poll_event(&mut self) -> Option<ClientEvent> {
        for (&room, found) in &mut self.rooms {
            for origin in [Origin::Local, Origin::Remote] {
                let changed = match origin {
                    Origin::Local => &mut found.changed_here,
                    Origin::Remote => &mut found.changed_there,
                };
                let keys = core::mem::take(changed);
                if found.open && !keys.is_empty() {
                    return Some(ClientEvent::Change { room, keys, origin });
                }
            }
        }
        let event = self.events.pop_front();
        #[cfg(feature = "views")]
        let event = event.or_else(|| self.poll_view());
        // The status of a standby is its leader's.
        if self.standby.is_some() { event } else { event.or_else(|| self.poll_status()) }
    }

    fn poll_status(&mut self) -> Option<ClientEvent> {
        for room in self.open_rooms() {
            let status = self.status(room)?;
            let found = self.rooms.get_mut(&room)?;
            if found.told.replace(status) != Some(status) {
                return Some(ClientEvent::Status { room: Some(room), status });
            }
        }
        let status = self.overall_status();
        let news = self.told.replace(status) != Some(status);
        news.then_some(ClientEvent::Status { room: None, status })
    }

    fn open_room(&mut self, number: RoomNo) -> Result<&mut Room, Error> {
        let room = self.rooms.get_mut(&number).filter(|room| room.open);
        room.ok_or_else(|| Error::new(Code::NotFound, "an open room", number.to_string()))
    }

    fn open_rooms(&self) -> Vec<RoomNo> {
        let open = self.rooms.iter().filter(|(_, room)| room.open);
        open.map(|(number, _)| *number).collect()
    }

    /// Writes a record and changes the room's state accordingly.
    fn record(&mut self, record: ClientRecord, sync: bool) -> Option<(RecordId, Outcome)> {
        let now = self.now;
        let room = self.rooms.get_mut(&record.room())?;
        let lost = planted!(CoalescedUnrecorded) && matches!(record, ClientRecord::Coalesce { .. });
        let id = if lost { RecordId::ZERO } else { self.journal.put(&record, sync) };
        room.state.fold(record, Some(now)).ok().map(|outcome| (id, outcome))
    }

    /// Time never goes back here.
    fn tick(&mut self, now: Time) {
        self.now = self.now.max(now);
    }
}

/// Bytes of what is known of rooms.
fn live(rooms: &Map<RoomNo, Room>) -> usize {
    let each = rooms.values().map(|room| room.state.live());
    each.fold(0, usize::saturating_add)
}

/// Everything that is known of rooms, as records.
fn whole(rooms: &Map<RoomNo, Room>, cache: bool) -> RecordWriter {
    let mut writer = RecordWriter::new();
    for room in rooms.values() {
        room.state.write(cache, &mut writer);
    }
    writer
}

fn restore_record(states: &mut Map<RoomNo, State>, record: ClientRecord) -> Result<(), Error> {
    let number = record.room();
    match record {
        ClientRecord::Room(head) => {
            states.insert(number, State::from_head(head));
        }
        ClientRecord::Forget { .. } => {
            states.remove(&number);
        }
        ClientRecord::State { .. }
        | ClientRecord::Identity { .. }
        | ClientRecord::Session { .. }
        | ClientRecord::Draft { .. }
        | ClientRecord::Coalesce { .. }
        | ClientRecord::Name { .. }
        | ClientRecord::Drop { .. }
        | ClientRecord::Delta { .. }
        | ClientRecord::Settle { .. }
        | ClientRecord::Outdate { .. }
        | ClientRecord::Conflict { .. }
        | ClientRecord::Resolve { .. }
        | ClientRecord::Tab { .. } => {
            let unknown = || Error::new(Code::StorageCorrupt, "a known room", number.to_string());
            states.get_mut(&number).ok_or_else(unknown)?.fold(record, None)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
