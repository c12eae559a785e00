//! What a journal makes of a file that was cut off, torn or changed.

use std::path::Path;

use super::{BLOBS, blobs, machine_with, open_there, written};
use crate::error::Code;
use crate::host::journal::{HEAD_BYTES, Journal};
use crate::host::scratch::Scratch;

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
