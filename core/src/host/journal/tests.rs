//! What a journal keeps, what that takes of a disk, and what a failure leaves.

use std::fs::File;

use super::*;
use crate::host::disk::simulated::{Kind, Machine};
use crate::host::scratch::Scratch;

mod damage;
mod reopen;

const BLOBS: [&[u8]; 4] = [b"first", b"", b"the third blob", b"last"];

/// A journal with one commit per blob, left by a process that was killed, and where each commit ends.
fn written(path: &Path) -> Vec<u64> {
    let (mut journal, found) = Journal::open(path).unwrap();
    assert_eq!(found, Recovered::default());
    assert!(!path.exists(), "there is nothing to keep");
    let mut ends = vec![journal.bytes()];
    for blob in BLOBS {
        journal.append(blob).unwrap();
        journal.sync().unwrap();
        ends.push(journal.bytes());
    }
    ends
}

fn blobs(count: usize) -> Vec<Vec<u8>> {
    BLOBS[..count].iter().map(|blob| blob.to_vec()).collect()
}

fn open_error(path: &Path) -> Code {
    Journal::open(path).map(|_| ()).unwrap_err().code
}

/// A machine with one file, which fast disk or not makes no difference to.
fn machine_with(content: &[u8]) -> (Machine, Disk) {
    let machine = Machine::default();
    machine.put(Path::new("/log"), content);
    (machine.clone(), Disk::Simulated(machine))
}

fn open_there(disk: &Disk) -> Result<(Journal, Recovered), Error> {
    Journal::open_on(disk, Path::new("/log"))
}

#[test]
fn closing_again_and_again_does_not_make_a_journal_longer() {
    let machine = Machine::default();
    let disk = Disk::Simulated(machine.clone());
    let (mut journal, _) = open_there(&disk).unwrap();
    journal.close().unwrap();
    assert_eq!(machine.files(), 0, "a journal without blobs has no file");
    journal = open_there(&disk).unwrap().0;
    for blob in BLOBS {
        journal.append(blob).unwrap();
        journal.sync().unwrap();
    }
    let bytes = journal.bytes();
    for _ in 0..5 {
        journal.close().unwrap();
        let found;
        (journal, found) = open_there(&disk).unwrap();
        assert_eq!((found.blobs, found.dropped_bytes), (blobs(BLOBS.len()), 0));
        assert_eq!(journal.bytes(), bytes + HEAD_BYTES as u64);
    }
}

#[test]
fn a_journal_whose_file_was_closed_meanwhile_goes_on_where_it_was() {
    let machine = Machine::default();
    let disk = Disk::Simulated(machine.clone());
    let (mut journal, _) = open_there(&disk).unwrap();
    for blob in BLOBS {
        journal.append(blob).unwrap();
        journal.rest();
        journal.sync().unwrap();
        journal.rest();
        assert!(!journal.is_open());
    }
    journal.close().unwrap();
    assert_eq!(open_there(&disk).unwrap().1.blobs, blobs(BLOBS.len()));
}

#[test]
fn another_file_in_the_place_of_one_that_was_closed_meanwhile_is_not_written() {
    for other in [vec![], vec![7; 4_096]] {
        let machine = Machine::default();
        let (mut journal, _) = open_there(&Disk::Simulated(machine.clone())).unwrap();
        for blob in [b"old", b"new"] {
            journal.append(blob).unwrap();
            journal.rest();
            if blob == b"new" {
                machine.put(Path::new("/log"), &other);
                assert_eq!(journal.sync().unwrap_err().code, Code::StorageCorrupt);
            } else {
                journal.sync().unwrap();
            }
        }
        assert_eq!(journal.sync().unwrap_err().code, Code::StorageFailed);
        assert_eq!(machine.content(Path::new("/log")), Some(other));
    }
}

#[test]
fn a_process_with_too_many_files_open_loses_nothing_of_a_journal() {
    let machine = Machine::default();
    let disk = Disk::Simulated(machine.clone());
    let (mut journal, _) = open_there(&disk).unwrap();
    let mut blobs = Vec::new();
    for (step, free) in [(0, 0), (1, 0), (2, 1), (3, 2)] {
        journal.rest();
        // The lock is open all the time; an append takes one file, a new log and its directory two.
        machine.set_descriptors(1 + free);
        let blob = vec![step; 10];
        let done = if step % 2 == 0 {
            blobs.push(blob.clone());
            journal.append(&blob).unwrap();
            journal.sync()
        } else {
            blobs = vec![blob.clone()];
            journal.replace(&blob)
        };
        let there = machine.content(Path::new("/log")).unwrap_or_default();
        if step < 3 {
            assert_eq!(done.unwrap_err().code, Code::Unavailable, "{step}");
            assert_eq!(there, b"", "nothing was written");
        } else {
            done.unwrap();
        }
    }
    journal.rest();
    machine.set_descriptors(1);
    journal.append(b"more").unwrap();
    assert_eq!(journal.sync().unwrap_err().code, Code::Unavailable);
    machine.set_descriptors(2);
    journal.sync().unwrap();
    blobs.push(b"more".to_vec());
    journal.close().unwrap();
    machine.set_descriptors(usize::MAX);
    assert_eq!(open_there(&disk).unwrap().1.blobs, blobs);
}

#[test]
fn commits_within_the_space_that_a_file_has_do_not_make_it_longer() {
    let machine = Machine::default();
    let (mut journal, _) = open_there(&Disk::Simulated(machine.clone())).unwrap();
    let mut lens = std::collections::BTreeSet::new();
    for _ in 0..2_000 {
        journal.append(&[7; 100]).unwrap();
        journal.sync().unwrap();
        let (bytes, len) = (machine.bytes(), journal.bytes());
        assert!(bytes as u64 <= len + (len / 2).min(SPARE_BYTES_MAX) + BLOCK_BYTES);
        lens.insert(bytes);
    }
    assert!(lens.len() < 12, "{lens:?}");
}

#[test]
fn a_commit_is_one_write_and_one_sync() {
    let machine = Machine::default();
    let (mut journal, _) = open_there(&Disk::Simulated(machine.clone())).unwrap();
    journal.append(b"first").unwrap();
    journal.sync().unwrap();
    let (writes, syncs) = (machine.count(Kind::Write), machine.count(Kind::Sync));
    for _ in 0..50 {
        for _ in 0..20 {
            journal.append(b"edit").unwrap();
        }
        journal.sync().unwrap();
    }
    assert_eq!(machine.count(Kind::Write) - writes, 50);
    assert_eq!(machine.count(Kind::Sync) - syncs, 50);
}

#[test]
fn opening_costs_the_same_however_long_the_log_is() {
    for commits in [2, 500] {
        let machine = Machine::default();
        let disk = Disk::Simulated(machine.clone());
        let (mut journal, _) = open_there(&disk).unwrap();
        for _ in 0..commits {
            journal.append(&[7; 100]).unwrap();
            journal.sync().unwrap();
        }
        drop(journal);
        let counts = || [Kind::Write, Kind::Sync, Kind::SetLen].map(|kind| machine.count(kind));
        let (before, reads) = (counts(), machine.count(Kind::Read));
        open_there(&disk).unwrap();
        let [writes, syncs, cuts] = counts();
        assert_eq!([writes - before[0], syncs - before[1], cuts - before[2]], [1, 1, 0]);
        assert!(machine.count(Kind::Read) - reads < 12, "in large parts");
    }
}

#[test]
fn a_replace_without_space_takes_none() {
    let machine = Machine::default();
    let disk = Disk::Simulated(machine.clone());
    let (mut journal, _) = open_there(&disk).unwrap();
    journal.append(b"old").unwrap();
    journal.sync().unwrap();
    let bytes = machine.bytes();
    machine.set_capacity(bytes + 500);
    let error = journal.replace(&[1; 1_000]).unwrap_err();
    assert_eq!(error.code, Code::StorageFailed);
    assert!(error.to_string().contains("storage space"), "{error}");
    assert_eq!(machine.bytes(), bytes);
    drop(journal);
    assert_eq!(open_there(&disk).unwrap().1.blobs, [b"old".to_vec()]);
}

#[test]
fn gathering_is_bounded() {
    let scratch = Scratch::new();
    let (mut journal, _) = Journal::open(&scratch.path("log")).unwrap();
    journal.append(&vec![1; GATHERED_BYTES_MAX]).unwrap();
    assert!(journal.gathered.is_empty() && journal.bytes() > GATHERED_BYTES_MAX as u64);
}

#[test]
fn a_second_holder_is_refused_until_the_first_lets_go() {
    let scratch = Scratch::new();
    let path = scratch.path("log");
    let (journal, _) = Journal::open(&path).unwrap();
    assert_eq!(open_error(&path), Code::StorageInUse);
    drop(journal);
    assert!(Journal::open(&path).is_ok());
}

#[test]
fn after_a_failed_write_every_call_is_refused() {
    let scratch = Scratch::new();
    let path = scratch.path("log");
    written(&path);
    let (mut journal, _) = Journal::open(&path).unwrap();
    journal.file = Some(DiskFile::System(File::open(&path).unwrap()));
    journal.append(b"lost").unwrap();
    for result in [
        journal.sync(),
        journal.append(b"refused"),
        journal.replace(b"refused"),
        journal.sync(),
        journal.close(),
    ] {
        assert_eq!(result.unwrap_err().code, Code::StorageFailed);
    }
    assert_eq!(Journal::open(&path).unwrap().1.blobs, blobs(BLOBS.len()));
}

#[test]
fn a_failed_replace_leaves_the_old_and_refuses_more() {
    let scratch = Scratch::new();
    let path = scratch.path("log");
    written(&path);
    let (mut journal, _) = Journal::open(&path).unwrap();
    std::fs::create_dir(scratch.path("log.new")).unwrap();
    assert_eq!(journal.replace(b"new").unwrap_err().code, Code::StorageFailed);
    assert_eq!(journal.append(b"x").unwrap_err().code, Code::StorageFailed);
    drop(journal);
    std::fs::remove_dir(scratch.path("log.new")).unwrap();
    assert_eq!(Journal::open(&path).unwrap().1.blobs, blobs(BLOBS.len()));
}

#[test]
fn missing_directories_are_made_and_a_deleted_journal_is_gone() {
    let scratch = Scratch::new();
    let path = scratch.path("a/b/log");
    let (mut journal, _) = Journal::open(&path).unwrap();
    journal.append(b"x").unwrap();
    journal.sync().unwrap();
    journal.delete().unwrap();
    assert_eq!(Journal::open(&path).unwrap().1, Recovered::default());
}
