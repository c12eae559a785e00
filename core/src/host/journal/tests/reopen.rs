//! What is told of a journal that a killed process left is durable by then.

use std::path::Path;

use super::open_there;
use crate::error::Code;
use crate::host::disk::Disk;
use crate::host::disk::simulated::{Chance, Kind, Machine, Trouble};
use crate::host::journal::{Journal, create_directory_on};

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
