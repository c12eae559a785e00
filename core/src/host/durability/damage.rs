//! What a role makes of a journal that was damaged, and of blobs that were.

use std::path::{Path, PathBuf};

use super::world::{Ghost, World, client_path, room_path};
use super::{ROOMS, name};
use crate::client::{Client, ClientConfig};
use crate::host::disk::Disk;
use crate::host::disk::simulated::Machine;
use crate::host::{Journal, journal};
use crate::room::{Room, RoomConfig};
use crate::{Code, Epoch};

/// The journals of a room and of a client, as they are after a short life.
fn journals() -> [(PathBuf, Vec<u8>); 2] {
    let machine = Machine::default();
    let mut ghost = Ghost::default();
    let mut world = World::start(&machine, 2);
    for text in ["green", "black"] {
        assert!(world.write(0, 0, &mut ghost, text) && world.write(1, 0, &mut ghost, text));
        world.pass_until(&mut ghost, "verdicts", World::is_settled).unwrap();
    }
    assert!(world.write(0, 0, &mut ghost, "white"));
    drop(world);
    [room_path(ROOMS[0]), client_path(0)].map(|path| {
        let content = machine.content(&path).unwrap();
        (path, content)
    })
}

/// What the blobs of a journal are to the role that wrote them.
fn restore(path: &Path, blobs: &[Vec<u8>]) -> Result<(), Code> {
    let blobs = blobs.iter().map(Vec::as_slice);
    let restored = if path.extension().is_some() {
        Room::restore(name(ROOMS[0]), RoomConfig::default(), Epoch::new(1), blobs).map(|_| ())
    } else {
        Client::restore(ClientConfig::default(), [7; 32], blobs).map(|_| ())
    };
    restored.map_err(|error| error.code)
}

fn open_with(path: &Path, content: &[u8]) -> Result<Vec<Vec<u8>>, Code> {
    let machine = Machine::default();
    let disk = Disk::Simulated(machine.clone());
    journal::create_directory_on(&disk, path.parent().unwrap()).unwrap();
    machine.put(path, content);
    Journal::open_locked_on(&disk, path).map(|(_, found)| found.blobs).map_err(|error| error.code)
}

#[test]
fn a_damaged_journal_is_a_beginning_of_what_it_was_or_is_refused() {
    for (path, content) in journals() {
        let whole = open_with(&path, &content).unwrap();
        assert!(whole.len() > 3, "{}", path.display());
        for count in 0..=whole.len() {
            assert_eq!(restore(&path, &whole[..count]), Ok(()), "a beginning is a state");
        }
        let end = content.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        let check = |damaged: &[u8], what: &str| match open_with(&path, damaged) {
            Ok(found) => assert!(whole.starts_with(&found), "{what}"),
            Err(code) => assert_eq!(code, Code::StorageCorrupt, "{what}"),
        };
        for cut in 0..=end {
            check(&content[..cut], &format!("cut at {cut}"));
        }
        for bit in 0..end * 8 {
            let mut damaged = content.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            check(&damaged, &format!("bit {bit}"));
        }
    }
}

/// Where a host keeps blobs by itself, nothing checks them before the role does.
#[test]
fn damaged_blobs_never_panic() {
    let mut refused = 0;
    for (path, content) in journals() {
        let whole = open_with(&path, &content).unwrap();
        for (at, blob) in whole.iter().enumerate() {
            let damaged = (0..blob.len() * 8).map(|bit| {
                let mut damaged = blob.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                damaged
            });
            for damaged in damaged.chain((0..blob.len()).map(|cut| blob[..cut].to_vec())) {
                let mut blobs = whole.clone();
                blobs[at] = damaged;
                let restored = restore(&path, &blobs);
                assert!(matches!(restored, Ok(()) | Err(Code::StorageCorrupt)), "{restored:?}");
                refused += usize::from(restored.is_err());
            }
        }
    }
    assert!(refused > 1_000, "{refused}");
}
