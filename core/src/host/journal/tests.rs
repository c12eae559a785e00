//! What a journal keeps, and what it makes of damage.

use std::fs::File;

use super::*;
use crate::host::scratch::Scratch;

const BLOBS: [&[u8]; 4] = [b"first", b"", b"the third blob", b"last"];

/// A journal with one commit per blob, and where each commit ends.
fn written(path: &Path) -> Vec<u64> {
    let (mut journal, found) = Journal::open(path).unwrap();
    assert_eq!(found, Recovered::default());
    let mut ends = vec![journal.bytes()];
    for blob in BLOBS {
        journal.append(blob).unwrap();
        journal.sync().unwrap();
        ends.push(journal.bytes());
    }
    journal.close().unwrap();
    ends
}

fn blobs(count: usize) -> Vec<Vec<u8>> {
    BLOBS[..count].iter().map(|blob| blob.to_vec()).collect()
}

fn open_error(path: &Path) -> Code {
    Journal::open(path).map(|_| ()).unwrap_err().code
}

#[test]
fn every_truncation_keeps_exactly_the_whole_commits() {
    let scratch = Scratch::new();
    let ends = written(&scratch.path("log"));
    let bytes = std::fs::read(scratch.path("log")).unwrap();
    for end in 0..=bytes.len() {
        let path = scratch.path("cut");
        std::fs::write(&path, &bytes[..end]).unwrap();
        if end < HEADER_BYTES {
            assert_eq!(open_error(&path), Code::StorageCorrupt, "{end}");
            continue;
        }
        let whole = ends.iter().filter(|&&at| at <= end as u64).count() - 1;
        let (mut journal, found) = Journal::open(&path).unwrap();
        assert_eq!(found.blobs, blobs(whole), "{end}");
        assert_eq!(found.dropped_bytes, end as u64 - ends[whole], "{end}");
        journal.append(b"more").unwrap();
        journal.close().unwrap();
        let (_, found) = Journal::open(&path).unwrap();
        assert_eq!((found.blobs.len(), found.dropped_bytes), (whole + 1, 0), "{end}");
        assert_eq!(found.blobs[whole], b"more");
    }
}

#[test]
fn every_flipped_bit_is_refused_or_drops_the_last_commit() {
    let scratch = Scratch::new();
    let ends = written(&scratch.path("log"));
    let bytes = std::fs::read(scratch.path("log")).unwrap();
    let last = usize::try_from(ends[BLOBS.len() - 1]).unwrap();
    for bit in 0..bytes.len() * 8 {
        let path = scratch.path("flipped");
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, &flipped).unwrap();
        if bit / 8 < last {
            assert_eq!(open_error(&path), Code::StorageCorrupt, "{bit}");
            assert_eq!(std::fs::read(&path).unwrap(), flipped, "a refused file is not touched");
        } else {
            let (_, found) = Journal::open(&path).unwrap();
            assert_eq!(found.blobs, blobs(BLOBS.len() - 1), "{bit}");
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
    for blob in BLOBS {
        journal.append(blob).unwrap();
    }
    journal.close().unwrap();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert!(Journal::open(&path).unwrap().1.blobs.is_empty());
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
    let (path, aside) = (scratch.path("log"), scratch.path("log.new"));
    written(&path);
    let (mut journal, _) = Journal::open(&scratch.path("replaced")).unwrap();
    journal.append(b"gone").unwrap();
    journal.replace(b"new").unwrap();
    journal.append(b"after").unwrap();
    journal.close().unwrap();
    let new = std::fs::read(scratch.path("replaced")).unwrap();
    for end in 0..=new.len() {
        std::fs::write(&aside, &new[..end]).unwrap();
        let (_, found) = Journal::open(&path).unwrap();
        assert_eq!(found.blobs, blobs(BLOBS.len()), "before the rename: {end}");
        assert!(!aside.exists());
    }
    std::fs::write(&aside, &new).unwrap();
    std::fs::rename(&aside, &path).unwrap();
    let (_, found) = Journal::open(&path).unwrap();
    assert_eq!(found.blobs, [b"new".to_vec(), b"after".to_vec()]);
}

#[test]
fn after_a_failed_write_every_call_is_refused() {
    let scratch = Scratch::new();
    let path = scratch.path("log");
    written(&path);
    let (mut journal, _) = Journal::open(&path).unwrap();
    journal.file = DiskFile::System(File::open(&path).unwrap());
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
