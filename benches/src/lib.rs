//! Work that benchmarks share: a room with a disk that always works, and values of known sizes.

use syncline_core::exchange::{FromRoom, JoinRoom, SharedBody, ToRoom};
use syncline_core::room::{HostEdit, IfVersion, Room, RoomConfig, RoomOutput};
use syncline_core::{
    Action, Arrival, Channel, ClientId, Epoch, Error, Grant, Key, Limits, Principal, ReaderId,
    RoomName, Seq, Time, Value, Version,
};

use std::sync::Arc;

/// Canonical JSON of an object with about this many bytes, of short members.
#[must_use]
pub fn object_json(bytes: usize) -> String {
    let member = |number: u32| format!("\"field{number}\":\"value {number}\"");
    let mut json = String::from("{");
    for number in 0_u32.. {
        if json.len() >= bytes.saturating_sub(20) {
            break;
        }
        json.push_str(if number > 0 { "," } else { "" });
        json.push_str(&member(number));
    }
    json.push('}');
    json
}

/// The value of this JSON.
///
/// # Errors
///
/// What [`Value::from_json`] refuses.
pub fn value(json: &str) -> Result<Value, Error> {
    Value::from_json(json.as_bytes(), &Limits::default())
}

/// A durable room whose storage answers at once.
pub struct Bench {
    /// The room.
    pub room: Room,
    readers: u64,
}

impl Bench {
    /// An empty room.
    ///
    /// # Errors
    ///
    /// None with the default limits.
    pub fn new() -> Result<Self, Error> {
        let config = RoomConfig::default();
        let room = Room::new(RoomName::new("bench")?, config, Epoch::new(1))?;
        let mut bench = Self { room, readers: 0 };
        bench.drain();
        Ok(bench)
    }

    /// Takes what the room says, and gives back the last delta's body.
    pub fn drain(&mut self) -> Option<Arc<SharedBody>> {
        let mut last = None;
        while let Some(output) = self.room.poll_output() {
            match output {
                RoomOutput::Render { view } => self.room.keep_view(&view),
                RoomOutput::Persist(persist) => self.room.handle_persisted(persist.id),
                RoomOutput::ToServer(FromRoom::Delta { body, .. }) => last = Some(body),
                RoomOutput::ToServer(_)
                | RoomOutput::Written { .. }
                | RoomOutput::Changed(_)
                | RoomOutput::Unwatched { .. } => {}
            }
        }
        last
    }

    /// Does this to a key, as the host, and makes it durable.
    ///
    /// # Errors
    ///
    /// What [`Room::write`] refuses.
    pub fn write(&mut self, key: &Key, action: Action) -> Result<(), Error> {
        let edit = HostEdit { key: key.clone(), edit: action.into(), if_version: IfVersion::Any };
        self.room.write(&[edit])?;
        self.drain();
        Ok(())
    }

    /// Fills the room with this many keys that hold small integers.
    ///
    /// # Errors
    ///
    /// None within the default limits.
    pub fn fill(&mut self, keys: i64) -> Result<(), Error> {
        for number in 0..keys {
            let key = Key::new(format!("key/{number:05}"))?;
            self.write(&key, Action::Set(Value::from_i64(number)?))?;
        }
        Ok(())
    }

    /// A reader that holds the state of this version.
    ///
    /// # Errors
    ///
    /// None.
    pub fn reader(&mut self, version: Version) -> Result<ReaderId, Error> {
        self.readers = self.readers.saturating_add(1);
        let reader = ReaderId::new(self.readers);
        let join = JoinRoom {
            reader,
            arrival: Arrival::new(self.readers),
            channel: Channel::new(1),
            grant: Grant::reader(Principal::new("bench")?),
            client: ClientId::new(u128::from(self.readers)),
            writes: false,
            session: None,
            epoch: Some(self.room.epoch()),
            version,
            heard: Seq::ZERO,
        };
        self.room.handle(Time::default(), ToRoom::Join(join));
        self.drain();
        Ok(reader)
    }

    /// What the reader is told now.
    pub fn pull(&mut self, reader: ReaderId) -> Option<Arc<SharedBody>> {
        self.room.handle(Time::default(), ToRoom::Pull { reader });
        self.drain()
    }

    /// The reader is gone.
    pub fn leave(&mut self, reader: ReaderId) {
        self.room.handle(Time::default(), ToRoom::Leave { reader });
        self.drain();
    }
}
