//! Recordings: what anything that reads one makes of it, and what was recorded of anything that was done.

mod world;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use syncline_core::host::flight::{End, Replayed, Step, replay};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::bounds::within;
use super::script::Script;
use world::World;

/// What a recording begins with.
pub const HEAD: &[u8; 16] = b"syncline flight\x01";

/// Records as a file of one block.
pub fn framed(records: &[u8]) -> Vec<u8> {
    let length = u32::try_from(records.len()).unwrap().to_le_bytes();
    let mut file = HEAD.to_vec();
    file.extend(length);
    file.extend(&xxh3_64_with_seed(&length, 0).to_le_bytes()[..4]);
    file.extend(xxh3_64_with_seed(records, 0).to_le_bytes());
    file.extend(records);
    file
}

/// Bytes as a file, and as the records of one.
pub fn flight(bytes: &[u8]) {
    for file in [bytes.to_vec(), framed(bytes)] {
        within(file.len(), 6_000, 4 << 20, || drop(replay(&file, |_| ())));
    }
}

/// The recordings of a server, its clients and those that follow them, to which a script did anything: they say the
/// same when they are done again, and those who were recorded told what they tell when they are not.
pub fn flight_again(bytes: &[u8]) {
    drop(recorded(bytes));
}

/// The recordings that a script leaves, each after it was done again.
///
/// # Panics
/// If one does not say the same, or who was recorded told something else.
pub fn recorded(bytes: &[u8]) -> Vec<Vec<u8>> {
    let unheard = World::run(&mut Script::new(bytes), |_| String::new());
    let folder = Folder::new();
    let told = World::run(&mut Script::new(bytes), |name| folder.path(name));
    for (nth, (want, got)) in unheard.iter().zip(&told).enumerate() {
        assert_eq!(got, want, "output {nth} when it is recorded");
    }
    assert_eq!(told.len(), unheard.len());
    let files = std::fs::read_dir(&folder.0).unwrap();
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_none());
    paths.sort();
    let read = |path: PathBuf| {
        let file = std::fs::read(&path).unwrap();
        let replayed = replay(&file, |_| ()).unwrap();
        assert_same(&replayed, &path.display().to_string());
        file
    };
    paths.into_iter().map(read).collect()
}

fn assert_same(replayed: &Replayed, what: &str) {
    assert_eq!(replayed.differs, None, "{what}");
    assert!(!replayed.state_differs, "{what}");
    assert_eq!(replayed.torn_bytes, 0, "{what}");
    assert!(matches!(replayed.end, Some(End::Ended(_))), "{what}: {:?}", replayed.end);
}

/// The names of the inputs of a recording.
///
/// # Panics
/// If it is none.
pub fn names(file: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let note = |step: Step<'_>| {
        if let Step::Input { input, .. } = step {
            let words = format!("{input:?}");
            let end = words.find(|c: char| !c.is_alphanumeric()).unwrap_or(words.len());
            names.push(words[..end].to_owned());
        }
    };
    replay(file, note).unwrap();
    names
}

/// Where recordings lie until they are read.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("syncline-flight-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
