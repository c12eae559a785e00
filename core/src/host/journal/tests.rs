//! What a journal keeps, and what it makes of damage.

use std::fs::File;

use super::*;
use crate::host::disk::simulated::{Chance, Kind, Machine, Trouble};
use crate::host::scratch::Scratch;

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
fn every_truncation_keeps_exactly_the_whole_commits() {
    let scratch = Scratch::new();
    let ends = written(&scratch.path("log"));
    let bytes = std::fs::read(scratch.path("log")).unwrap();
    for end in 0..=bytes.len() {
        let (_, disk) = machine_with(&bytes[..end]);
        if (end as u64) < ends[1] {
            assert_eq!(open_there(&disk).unwrap_err().code, Code::StorageCorrupt, "{end}");
            continue;
        }
        let whole = ends.iter().filter(|&&at| at <= end as u64).count() - 1;
        let (mut journal, found) = open_there(&disk).unwrap();
        assert_eq!(found.blobs, blobs(whole), "{end}");
        let rest = &bytes[usize::try_from(ends[whole]).unwrap()..end];
        let torn = rest.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        assert_eq!(found.dropped_bytes, torn as u64, "{end}");
        journal.append(b"more").unwrap();
        journal.close().unwrap();
        let (_, found) = open_there(&disk).unwrap();
        assert_eq!((found.blobs.len(), found.dropped_bytes), (whole + 1, 0), "{end}");
        assert_eq!(found.blobs[whole], b"more");
    }
}

#[test]
fn every_flipped_bit_is_refused_or_drops_the_last_commit() {
    let scratch = Scratch::new();
    let ends = written(&scratch.path("log"));
    let bytes = std::fs::read(scratch.path("log")).unwrap();
    let [last, end] = [ends[BLOBS.len() - 1], ends[BLOBS.len()]];
    let [last, end] = [last, end].map(|end| usize::try_from(end).unwrap());
    // And some of the zeros behind it.
    for bit in 0..(end + 64) * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let (machine, disk) = machine_with(&flipped);
        let opened = open_there(&disk);
        if bit / 8 < last {
            assert_eq!(opened.unwrap_err().code, Code::StorageCorrupt, "{bit}");
            let kept = machine.content(Path::new("/log"));
            assert_eq!(kept, Some(flipped), "a refused file is not touched");
        } else {
            let whole = if bit / 8 < end { BLOBS.len() - 1 } else { BLOBS.len() };
            let (_, found) = opened.unwrap();
            assert_eq!(found.blobs, blobs(whole), "{bit}");
            assert!(found.dropped_bytes > 0);
        }
    }
}

/// What a crash tears was told nobody. What is damaged behind a close was, and is found.
#[test]
fn damage_to_a_journal_that_was_closed_takes_nothing_that_was_told() {
    let scratch = Scratch::new();
    let path = scratch.path("log");
    written(&path);
    let (journal, _) = Journal::open(&path).unwrap();
    let end = usize::try_from(journal.bytes()).unwrap();
    journal.close().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for bit in 0..(end + HEAD_BYTES + 64) * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let (machine, disk) = machine_with(&flipped);
        let opened = open_there(&disk);
        if bit / 8 < end {
            assert_eq!(opened.unwrap_err().code, Code::StorageCorrupt, "{bit}");
            assert_eq!(machine.content(Path::new("/log")), Some(flipped), "it is not touched");
        } else {
            let (_, found) = opened.unwrap();
            assert_eq!(found.blobs, blobs(BLOBS.len()), "{bit}");
            assert!(found.dropped_bytes > 0);
        }
    }
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

/// A machine on which a log has one commit, and its process is about to do the next thing.
fn killed_before(kind: Kind, act: impl FnOnce(&mut Journal)) -> Machine {
    let machine = Machine::default();
    let (mut journal, _) = open_there(&Disk::Simulated(machine.clone())).unwrap();
    journal.append(b"old").unwrap();
    journal.sync().unwrap();
    machine.note_moments();
    act(&mut journal);
    let moments = machine.moments();
    moments.iter().find(|moment| moment.is_about_to(kind)).unwrap().restart()
}

/// What is there after a loss of power that leaves nothing of what was not synced.
fn after_power_loss(machine: &Machine) -> Vec<Vec<u8>> {
    let machine = machine.now().lose_power(&mut Chance::Nothing);
    open_there(&Disk::Simulated(machine)).unwrap().1.blobs
}

#[test]
fn what_a_killed_process_had_not_synced_is_durable_before_it_is_told() {
    let machine = killed_before(Kind::Sync, |journal| {
        journal.append(b"new").unwrap();
        journal.sync().unwrap();
    });
    let (_, found) = open_there(&Disk::Simulated(machine.clone())).unwrap();
    assert_eq!(found.blobs, [b"old".to_vec(), b"new".to_vec()], "the system has it");
    assert_eq!(after_power_loss(&machine), found.blobs);
}

#[test]
fn what_a_failed_sync_dropped_is_durable_before_it_is_told() {
    let machine = Machine::default();
    let disk = Disk::Simulated(machine.clone());
    let (mut journal, _) = open_there(&disk).unwrap();
    journal.append(b"old").unwrap();
    journal.sync().unwrap();
    journal.append(b"new").unwrap();
    machine.trouble("log", Trouble::SyncFails);
    assert_eq!(journal.sync().unwrap_err().code, Code::StorageFailed);
    assert_eq!(journal.append(b"more").unwrap_err().code, Code::StorageFailed);
    drop(journal);
    machine.end_troubles();
    let (_, found) = open_there(&disk).unwrap();
    assert_eq!(found.blobs, [b"old".to_vec(), b"new".to_vec()], "the system shows it");
    assert_eq!(after_power_loss(&machine), found.blobs);
}

#[test]
fn what_follows_a_replace_that_a_killed_process_made_stays() {
    let machine = killed_before(Kind::SyncDirectory, |journal| journal.replace(b"new").unwrap());
    let (mut journal, found) = open_there(&Disk::Simulated(machine.clone())).unwrap();
    assert_eq!(found.blobs, [b"new".to_vec()], "the system has renamed it");
    journal.append(b"more").unwrap();
    journal.sync().unwrap();
    assert_eq!(after_power_loss(&machine), [b"new".to_vec(), b"more".to_vec()]);
}

#[test]
fn a_log_in_a_directory_that_a_killed_process_made_stays() {
    let (path, machine) = (Path::new("/a/b/log"), Machine::default());
    machine.note_moments();
    create_directory_on(&Disk::Simulated(machine.clone()), Path::new("/a/b")).unwrap();
    for moment in machine.moments() {
        let machine = moment.restart();
        let disk = Disk::Simulated(machine.clone());
        let (mut journal, _) = Journal::open_on(&disk, path).unwrap();
        journal.append(b"new").unwrap();
        journal.sync().unwrap();
        let later = Disk::Simulated(machine.now().lose_power(&mut Chance::Nothing));
        assert_eq!(Journal::open_on(&later, path).unwrap().1.blobs, [b"new".to_vec()]);
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
fn a_moved_doubled_or_foreign_commit_is_not_taken() {
    let scratch = Scratch::new();
    let ends = written(&scratch.path("log"));
    written(&scratch.path("other"));
    let bytes = std::fs::read(scratch.path("log")).unwrap();
    let other = std::fs::read(scratch.path("other")).unwrap();
    let at = |index: usize| usize::try_from(ends[index]).unwrap();
    let doubled = [&bytes[..at(1)], &bytes[at(0)..]].concat();
    let foreign = [&bytes[..at(3)], &other[at(3)..]].concat();
    let missing = [&bytes[..at(1)], &bytes[at(2)..]].concat();
    for (name, bytes, kept) in
        [("doubled", doubled, 1), ("foreign", foreign, 3), ("missing", missing, 1)]
    {
        std::fs::write(scratch.path(name), bytes).unwrap();
        let (_, found) = Journal::open(&scratch.path(name)).unwrap();
        assert_eq!(found.blobs, blobs(kept), "{name}");
        assert!(found.dropped_bytes > 0);
    }
}

#[test]
fn many_appends_are_one_commit_that_is_torn_whole() {
    let scratch = Scratch::new();
    let path = scratch.path("log");
    let (mut journal, _) = Journal::open(&path).unwrap();
    for blob in BLOBS {
        journal.append(blob).unwrap();
    }
    drop(journal);
    let (mut journal, found) = Journal::open(&path).unwrap();
    assert!(found.blobs.is_empty(), "what is not synced was never promised");
    journal.replace(BLOBS[0]).unwrap();
    for blob in &BLOBS[1..] {
        journal.append(blob).unwrap();
    }
    journal.sync().unwrap();
    let end = usize::try_from(journal.bytes()).unwrap();
    drop(journal);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..end - 1]).unwrap();
    assert_eq!(Journal::open(&path).unwrap().1.blobs, blobs(1));
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(Journal::open(&path).unwrap().1.blobs, blobs(BLOBS.len()));
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
fn an_interrupted_replace_leaves_the_old_or_the_new() {
    let scratch = Scratch::new();
    let path = scratch.path("log");
    written(&path);
    let (mut journal, _) = Journal::open(&scratch.path("replaced")).unwrap();
    journal.append(b"gone").unwrap();
    journal.replace(b"new").unwrap();
    journal.append(b"after").unwrap();
    journal.sync().unwrap();
    let whole = usize::try_from(journal.bytes()).unwrap();
    drop(journal);
    let old = std::fs::read(&path).unwrap();
    let new = std::fs::read(scratch.path("replaced")).unwrap();
    for end in 0..=whole {
        let (machine, disk) = machine_with(&old);
        machine.put(Path::new("/log.new"), &new[..end]);
        let (_, found) = open_there(&disk).unwrap();
        assert_eq!(found.blobs, blobs(BLOBS.len()), "before the rename: {end}");
        assert_eq!(machine.content(Path::new("/log.new")), None);
    }
    std::fs::write(scratch.path("log.new"), &new).unwrap();
    std::fs::rename(scratch.path("log.new"), &path).unwrap();
    let (_, found) = Journal::open(&path).unwrap();
    assert_eq!(found.blobs, [b"new".to_vec(), b"after".to_vec()]);
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
