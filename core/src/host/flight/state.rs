//! What state a role is in: a number that equal states share, and rooms in words.

use core::fmt::{Arguments, Debug, Result, Write};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::client::Client;
use crate::host::server::hosted::Hosted;
use crate::id::{RoomName, RoomNo, Version};

/// What can be compared after a replay.
pub(super) trait State {
    /// A number that equal states share, if there is one; states of other versions of the engine have others.
    fn digest(&self) -> Option<u64>;
    /// What is known of each room, in words.
    fn rooms(&self) -> Vec<String>;
}

impl State for Client {
    fn digest(&self) -> Option<u64> {
        Some(self.with_state(&mut |state: &dyn Debug| digest(format_args!("{state:?}"))))
    }

    fn rooms(&self) -> Vec<String> {
        let words = |room: RoomNo| {
            let name = self.room_name(room).map_or("", RoomName::as_str);
            let version = self.version(room).unwrap_or(Version::ZERO);
            let (keys, pending) = (self.keys(room, "").len(), self.pending(room));
            format!("{name}: version {version}, {keys} keys, {pending} edits without a verdict")
        };
        self.room_numbers().map(words).collect()
    }
}

impl State for Hosted {
    fn digest(&self) -> Option<u64> {
        Some(self.with_state(&mut |state: &dyn Debug| digest(format_args!("{state:?}"))))
    }

    fn rooms(&self) -> Vec<String> {
        self.room_words()
    }
}

/// The state in words can be long: it is not kept.
fn digest(words: Arguments<'_>) -> u64 {
    let mut hash = Hash { part: String::with_capacity(PART), hash: 0 };
    // Nothing there fails.
    let _ = hash.write_fmt(words);
    hash.flush();
    hash.hash
}

const PART: usize = 4_096;

struct Hash {
    part: String,
    hash: u64,
}

impl Hash {
    fn flush(&mut self) {
        self.hash = xxh3_64_with_seed(self.part.as_bytes(), self.hash);
        self.part.clear();
    }
}

impl Write for Hash {
    fn write_str(&mut self, text: &str) -> Result {
        self.part.push_str(text);
        if self.part.len() >= PART {
            self.flush();
        }
        Ok(())
    }
}
