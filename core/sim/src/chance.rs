//! From which generator each kind of chance draws: from one of its own each time, so that whoever draws more or less than
//! in another run, or does not come at all, shifts nobody's draws.

use std::collections::BTreeMap;

use crate::random::Random;

/// Who draws.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Lot {
    /// The plan of a seed.
    Plan = 1,
    /// Which faults there are, by fault.
    Swarm,
    /// How often a fault comes, by fault.
    Pace,
    /// The limits of a run.
    Limits,
    /// How long things may take.
    Timing,
    /// What a client is, by client.
    Client,
    /// What the server is.
    Server,
    /// What a principal may do, by principal and room.
    Grant,
    /// When a fault strikes and whom, by fault.
    Strike,
    /// How long something is on its way, by client and direction.
    Way,
    /// Whether a frame is kept to arrive again, by client and direction.
    Keep,
    /// Whether a frame is lost, by client and direction.
    Loss,
    /// Whether a frame is changed, by client and direction.
    Change,
    /// How late a server learns that a connection broke.
    Late,
    /// What a user does, by client.
    Act,
    /// How long a user waits before that, by client.
    Think,
    /// The seed of a client's own generator, by client.
    Seed,
    /// How long a client's disk takes, by client.
    ClientDisk,
    /// Whether a client's storage is copied, by client.
    Older,
    /// What is left when a client's process ends, and for how long it is down, by client.
    ClientCrash,
    /// Whether a client's process ends between two outputs, by client.
    ClientStep,
    /// How long the disk of a room takes, by room.
    ServerDisk,
    /// Whether a sync of it fails, by room.
    ServerFails,
    /// What is left of it when the server's process ends, by room.
    ServerCrash,
    /// For how long the server's process is down.
    Down,
    /// Whether the server's process ends between two outputs.
    ServerStep,
    /// How long the host takes to answer.
    Answer,
    /// By how much longer it takes where connections end.
    LateAnswer,
    /// A room's epochs, by room.
    Epoch,
    /// When copies of rooms are made.
    Copies,
    /// When a client's alarm comes, by client.
    ClientTimer,
    /// When the server's come, and those of its rooms.
    ServerTimer,
    /// What almost is a frame.
    Forms,
}

/// All generators of one run.
#[derive(Debug)]
pub struct Chance {
    seed: u64,
    drawn: BTreeMap<(Lot, u64), u64>,
}

impl Chance {
    /// Those of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, drawn: BTreeMap::new() }
    }

    /// The generator for the next draws of this one, which no other draws come from.
    pub fn draw(&mut self, lot: Lot, index: u64) -> Random {
        let drawn = self.drawn.entry((lot, index)).or_default();
        *drawn += 1;
        Random::of(self.seed, lot, index << 32 | *drawn)
    }
}
