//! Rooms as their host opens, writes, closes and deletes them.

use super::*;

#[test]
fn a_write_waits_for_its_room_and_is_told_when_durable() {
    let server = manual(ServerOptions::default(), Durability::Durable);
    let room = server.room_open(&name("cart")).unwrap();
    let first = server.room_write(room, set("a", 1)).unwrap();
    let wrong = HostEdit { edit: Action::Merge(Value::NULL).into(), ..set("a", 1).remove(0) };
    let refused = server.room_write(room, vec![wrong]).unwrap();
    assert_eq!(server.room_get(room, "a").unwrap_err().code, Code::Unavailable);

    let mut outputs = Vec::new();
    let Some(HostOutput::OpenRoom { room: asked, .. }) = server.poll().unwrap() else { panic!() };
    assert_eq!(asked, room);
    server.room_opened(room, Vec::new()).unwrap();
    while let Some(output) = server.poll().unwrap() {
        outputs.push(output);
    }
    assert!(matches!(&outputs[0], HostOutput::Event(HostEvent::Opened { .. })), "{outputs:?}");
    assert!(matches!(
        &outputs[1],
        HostOutput::Event(HostEvent::WriteFailed { write, error, .. })
            if *write == refused && error.code == Code::WrongType
    ));
    let HostOutput::Persist { persist, .. } = &outputs[2] else { panic!("{outputs:?}") };
    assert_eq!(outputs.len(), 3, "nothing is told before it is durable");
    assert_eq!(json(server.room_get(room, "a").unwrap()), None);
    assert_eq!(json(server.room_staged(room, "a").unwrap()), Some((1, "1".to_owned())));

    server.persisted(room, persist.id).unwrap();
    let Some(HostOutput::Event(HostEvent::Written { write, version, .. })) = server.poll().unwrap()
    else {
        panic!()
    };
    assert_eq!((write, version), (first, Version::new(1)));
    assert_eq!(json(server.room_get(room, "a").unwrap()), Some((1, "1".to_owned())));
}

#[test]
fn what_was_persisted_is_there_after_a_restart() {
    let mut disk = Disk::default();
    for run in 0..3 {
        let server = manual(ServerOptions::default(), Durability::Durable);
        let room = server.room_open(&name("cart")).unwrap();
        disk.serve(&server);
        let report = server.room_report(room).unwrap();
        assert_eq!(report.version, Version::new(run * 10));
        for number in 0..10 {
            server.room_write(room, set("n", number)).unwrap();
        }
        disk.serve(&server);
        server.room_release(room).unwrap();
        let events = disk.events(&server);
        assert!(events.iter().any(|event| matches!(event, HostEvent::Closed { .. })), "{events:?}");
        assert_eq!(server.room_report(room).unwrap_err().code, Code::NotFound);
    }
}

#[test]
fn a_room_whose_storage_fails_is_put_away_and_can_be_opened_again() {
    let mut disk = Disk::default();
    let server = manual(ServerOptions::default(), Durability::Durable);
    let room = server.room_open(&name("cart")).unwrap();
    disk.serve(&server);
    let write = server.room_write(room, set("a", 1)).unwrap();
    let error = Error::new(Code::StorageFailed, "a disk", "none");
    server.room_failed(room, error.clone()).unwrap();
    let events = disk.events(&server);
    assert!(events.contains(&HostEvent::WriteFailed { room, write, error: error.clone() }));
    assert!(events.contains(&HostEvent::Failed { room, name: name("cart"), error }));
    let again = server.room_open(&name("cart")).unwrap();
    assert_ne!(room, again);
    let opened =
        |event: &HostEvent| matches!(event, HostEvent::Opened { room, .. } if *room == again);
    assert!(disk.events(&server).iter().any(opened));
}

#[test]
fn a_deleted_room_starts_anew_in_another_epoch() {
    let mut disk = Disk::default();
    let server = manual(ServerOptions::default(), Durability::Durable);
    let room = server.room_open(&name("cart")).unwrap();
    disk.serve(&server);
    server.room_write(room, set("a", 1)).unwrap();
    disk.serve(&server);
    let epoch = server.room_report(room).unwrap().epoch;
    server.room_delete(room).unwrap();
    disk.serve(&server);
    assert!(disk.files.is_empty());
    let room = server.room_open(&name("cart")).unwrap();
    disk.serve(&server);
    let report = server.room_report(room).unwrap();
    assert!(report.version == Version::ZERO && report.epoch != epoch);
}

#[test]
fn a_room_in_memory_stays_until_its_place_is_needed() {
    let limits = Limits { server_rooms: 2, ..Limits::default() };
    let server = manual(ServerOptions { limits, ..ServerOptions::default() }, Durability::Volatile);
    let open = |text: &str| server.room_open(&name(text));
    let kept = open("kept").unwrap();
    server.room_write(kept, set("a", 1)).unwrap();
    server.room_release(kept).unwrap();
    let blank = open("blank").unwrap();
    server.room_release(blank).unwrap();
    assert_eq!(server.room(&name("blank")).unwrap(), None, "nothing is lost by closing it");
    assert_eq!(server.room(&name("kept")).unwrap(), Some(kept));
    assert_eq!(open("kept").unwrap(), kept, "the same room");
    open("second").unwrap();
    assert_eq!(open("third").unwrap_err().code, Code::TooMany);
    server.room_release(kept).unwrap();
    open("third").unwrap();
    assert_eq!(server.room(&name("kept")).unwrap(), None);
}

#[test]
fn a_room_wanted_again_while_it_closes_stays_without_its_readers() {
    let mut disk = Disk::default();
    let server = manual(ServerOptions::default(), Durability::Durable);
    let (_, room) = joined(&server, &mut disk);
    server.room_write(room, set("a", 1)).unwrap();
    server.room_unload(room).unwrap();
    assert_eq!(server.room_open(&name("cart")).unwrap(), room);
    assert_eq!(server.room_report(room).unwrap().readers, 0);
    disk.serve(&server);
    assert_eq!(server.room_report(room).unwrap().version, Version::new(1));
}

#[test]
fn a_room_that_cannot_be_read_is_denied_and_asked_for_again() {
    let server = manual(ServerOptions::default(), Durability::Durable);
    let conn = ConnId::new(1);
    hello(&server, conn);
    join(&server, conn, "cart");
    let mut asked = 0;
    for _ in 0..2 {
        while let Some(output) = server.poll().unwrap() {
            match output {
                HostOutput::Authorize { request, .. } => {
                    let grant = Grant::reader(Principal::new("ada").unwrap());
                    server.authorize(request, Ok(grant)).unwrap();
                }
                HostOutput::OpenRoom { room, .. } => {
                    asked += 1;
                    let error = Error::new(Code::StorageCorrupt, "a log", "noise");
                    server.room_failed(room, error).unwrap();
                }
                _ => {}
            }
        }
        join(&server, conn, "cart");
    }
    assert_eq!(asked, 2);
    assert_eq!(server.metrics().unwrap().denied[&Code::Unavailable], 2);
    assert_eq!(server.room(&name("cart")).unwrap(), None);
}

#[test]
fn changes_are_one_set_until_polled() {
    let options = ServerOptions { watch: true, ..ServerOptions::default() };
    let server = manual(options, Durability::Volatile);
    let room = server.room_open(&name("cart")).unwrap();
    for number in 0..100 {
        server.room_write(room, set(if number % 2 == 0 { "a" } else { "b" }, number)).unwrap();
    }
    let mut changes = Vec::new();
    while let Some(output) = server.poll().unwrap() {
        if let HostOutput::Event(HostEvent::Changed { changed, .. }) = output {
            changes.push(changed);
        }
    }
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].keys.len(), changes[0].version), (2, Version::new(100)));
}
