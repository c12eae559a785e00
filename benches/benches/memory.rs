//! What memory the engine takes, by the bytes that its allocator counts: beside a reader that stalls, for connections
//! that do nothing, and on a client that is offline for a week, whose journal is a file.
//!
//! `memory FOLDER`: the journal is made below the folder.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    missing_docs
)]

#[path = "../../core/tests/memory/host.rs"]
mod host;
#[path = "../../core/tests/memory/work.rs"]
mod work;

use std::fs;
use std::path::{Path, PathBuf};

use syncline_core::host::Journal;
use syncline_core::record::{Persist, PersistMode};
use work::{Idle, broadcast, idle, week};

const MB: u64 = 1_000_000;
const BROADCAST: u64 = 200 * MB;
const CONNECTIONS: u64 = 10_000;
const WEEK: u64 = 7 * 24 * 3_600;

fn main() {
    // Cargo says `--bench` of itself.
    let mut folders = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let folder = PathBuf::from(folders.next().expect("memory FOLDER"));
    println!("heap of the engine, bytes that are allocated and not freed");
    let mut rows = Vec::new();
    for (name, stalls) in [("nobody stalls", false), ("one reader stalls", true)] {
        let told = broadcast(BROADCAST, stalls);
        rows.push((format!("after {} MB were told, {name}", told.told / MB), told.growth));
        rows.push((format!("  the most at any time, {name}"), told.peak));
        if stalls {
            let frames = told.recovered.len();
            let bytes: usize = told.recovered.iter().sum();
            rows.push(("  frames that wait for it".into(), told.frames as u64));
            rows.push(("  frames that it takes to catch up".into(), frames as u64));
            rows.push(("  bytes of them".into(), bytes as u64));
        }
    }
    for (name, state) in [
        ("not greeted yet", Idle::Silent),
        ("greeted", Idle::Greeted),
        ("reads a room", Idle::Reads),
        ("may write in a room", Idle::Writes),
    ] {
        rows.push((format!("each of {CONNECTIONS} connections, {name}"), idle(CONNECTIONS, state)));
    }
    let path = folder.join("offline.journal");
    let mut file = File::new(&path);
    let week = week(WEEK, &mut |persist| file.write(persist));
    rows.push((format!("a client after {WEEK} edits of one key"), week.growth));
    rows.push(("  the most at any time, above the first edit".into(), week.peak));
    rows.push(("  edits in its queue".into(), week.pending as u64));
    rows.push(("  edits that a restart finds".into(), week.restored as u64));
    rows.push(("  mutations that it sends".into(), week.mutations as u64));
    rows.push(("  bytes of its records, the most at any time".into(), week.log_peak as u64));
    rows.push(("  bytes of its journal's file, the same".into(), file.most));
    drop(file);
    fs::remove_dir_all(&folder).unwrap();
    for (name, number) in rows {
        println!("  {name:<58} {number:>12}");
    }
}

/// The journal of a client, and how large its file was at most.
struct File {
    journal: Journal,
    path: PathBuf,
    most: u64,
}

impl File {
    fn new(path: &Path) -> Self {
        let _ = fs::remove_file(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        Self { journal: Journal::open(path).unwrap().0, path: path.to_owned(), most: 0 }
    }

    fn write(&mut self, persist: &Persist) {
        match persist.mode {
            PersistMode::Append => self.journal.append(&persist.bytes).unwrap(),
            PersistMode::Replace => self.journal.replace(&persist.bytes).unwrap(),
        }
        if persist.sync {
            self.journal.sync().unwrap();
        }
        self.most = self.most.max(fs::metadata(&self.path).unwrap().len());
    }
}
