//! What becomes of frames on their way: connections carry them in order, and lose what is on them when they end.

use std::collections::{BTreeSet, VecDeque};

use crate::plan::Micros;

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// To the server.
    Up,
    /// To the client.
    Down,
}

/// Frames in one direction.
#[derive(Debug, Default)]
pub struct Lane {
    /// With the times of their arrival.
    pub frames: VecDeque<(Micros, Vec<u8>)>,
    /// Nothing that is sent from now on arrives.
    pub dead: bool,
    latest: Micros,
}

impl Lane {
    /// Takes a frame; it arrives after those before it. Returns when.
    pub fn push(&mut self, at: Micros, bytes: Vec<u8>) -> Option<Micros> {
        if self.dead {
            return None;
        }
        self.latest = self.latest.max(at);
        self.frames.push_back((self.latest, bytes));
        Some(self.latest)
    }

    /// Nothing arrives before this. Returns how many frames that holds up.
    pub fn stall(&mut self, until: Micros) -> usize {
        self.latest = self.latest.max(until);
        let held = self.frames.iter_mut().filter(|(at, _)| *at < until);
        held.map(|(at, _)| *at = until).count()
    }
}

/// One connection.
#[derive(Debug, Default)]
pub struct Conn {
    /// Whose; nobody's is an adversary's.
    pub party: Option<usize>,
    /// To the server.
    pub up: Lane,
    /// To the client.
    pub down: Lane,
    /// Frames that have arrived and the server does not read yet.
    pub inbox: VecDeque<Vec<u8>>,
    /// The server knows it.
    pub served: bool,
    /// The client's process has it.
    pub used: bool,
    /// The channels on which a room is open.
    pub joined: BTreeSet<u32>,
    /// The server took a push that it has not answered.
    pub asked: bool,
    /// State frames since the server was told that all have left.
    pub states: u32,
}
