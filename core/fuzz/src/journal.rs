//! The bytes of a journal's file: what is read of it was written, or it is refused.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use syncline_core::Code;
use syncline_core::host::Journal;

use super::bounds::within;
use super::script::Script;

/// A folder that is gone when this is.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("syncline-fuzz-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Bytes as a file; or, if the first of them is even, a journal to which they do something.
pub fn journal(bytes: &[u8]) {
    let folder = Folder::new();
    let path = folder.0.join("log");
    if bytes.first().is_some_and(|first| first % 2 == 1) {
        std::fs::write(&path, &bytes[1..]).unwrap();
        within(bytes.len(), 8, 80 * 1_024, || {
            if let Err(error) = Journal::open(&path) {
                assert!(matches!(error.code, Code::StorageCorrupt | Code::Unsupported), "{error}");
            }
        });
        return;
    }
    let mut script = Script::new(bytes.get(1..).unwrap_or_default());
    let (mut log, found) = Journal::open(&path).unwrap();
    assert!(found.blobs.is_empty());
    // What was durable after each sync.
    let mut blobs: Vec<Vec<u8>> = Vec::new();
    let mut synced = Vec::new();
    for _ in 0..script.below(8) {
        let blob = script.bytes();
        match script.below(4) {
            0 => {
                log.replace(blob).unwrap();
                blobs = vec![blob.to_vec()];
                synced = vec![blobs.clone()];
            }
            1 => {
                log.append(blob).unwrap();
                blobs.push(blob.to_vec());
            }
            _ => {
                log.append(blob).unwrap();
                log.sync().unwrap();
                blobs.push(blob.to_vec());
                synced.push(blobs.clone());
            }
        }
    }
    log.close().unwrap();
    synced.push(blobs.clone());
    if blobs.is_empty() {
        assert!(!path.exists(), "there is nothing to keep");
        return;
    }
    let mut file = std::fs::read(&path).unwrap();
    let damaged = damage(&mut script, &mut file);
    std::fs::write(&path, &file).unwrap();
    let opened = within(file.len(), 16, 80 * 1_024, || Journal::open(&path));
    match opened {
        Ok((_, found)) => {
            assert!(synced.contains(&found.blobs), "what was never there: {:?}", found.blobs);
            assert!(damaged || found.blobs == blobs, "without damage");
            drop(Journal::open(&path));
        }
        Err(error) => assert!(damaged && error.code == Code::StorageCorrupt, "{error}"),
    }
}

fn damage(script: &mut Script<'_>, file: &mut Vec<u8>) -> bool {
    let before = file.clone();
    for _ in 0..script.below(3) {
        let at = usize::from(u16::from_le_bytes([script.byte(), script.byte()]));
        let at = at % (file.len() + 1);
        match script.below(4) {
            0 => file.truncate(at),
            1 => {
                let more = script.bytes();
                file.splice(at..at, more.iter().copied());
            }
            2 => {
                let copied = file.split_off(at);
                file.extend_from_slice(&copied);
                file.extend_from_slice(&copied);
            }
            _ => {
                if let Some(byte) = file.get_mut(at) {
                    *byte ^= script.byte();
                }
            }
        }
    }
    *file != before
}
