//! Clocks, threads and journals that are the library's.

use std::sync::mpsc;

use super::*;
use crate::host::scratch::Scratch;

/// Polls until `done` is satisfied by an event.
fn wait(server: &ServerHandle, mut done: impl FnMut(&HostEvent) -> bool) {
    let (tell, told) = mpsc::channel();
    server.set_wake(Some(Box::new(move || _ = tell.send(()))));
    loop {
        while let Some(output) = server.poll().unwrap() {
            if let HostOutput::Event(event) = &output
                && done(event)
            {
                return server.set_wake(None);
            }
        }
        told.recv_timeout(Duration::from_secs(20)).expect("a wake");
    }
}

fn start(scratch: &Scratch) -> ServerHandle {
    ServerHandle::automatic(ServerOptions::default(), Some(scratch.root())).unwrap()
}

#[test]
fn what_was_told_is_there_after_a_restart_whether_closed_or_dropped() {
    let scratch = Scratch::new();
    for run in 0..4 {
        let server = start(&scratch);
        let room = server.room_open(&name("cart")).unwrap();
        let mut last = crate::id::WriteId::ZERO;
        for number in 0..100 {
            last = server.room_write(room, set("n", number)).unwrap();
        }
        wait(&server, |event| matches!(event, HostEvent::Written { write, .. } if *write == last));
        assert_eq!(server.room_report(room).unwrap().version, Version::new((run + 1) * 100));
        if run % 2 == 0 {
            server.close().unwrap();
        }
    }
}

#[test]
fn closing_makes_durable_what_was_accepted() {
    let scratch = Scratch::new();
    let server = start(&scratch);
    let room = server.room_open(&name("cart")).unwrap();
    let big = "x".repeat(60_000);
    for number in 0..50 {
        let value = Value::from_text(&format!("{number}{big}"), &Limits::default()).unwrap();
        let edit = HostEdit { edit: Action::Set(value).into(), ..set("n", 0).remove(0) };
        server.room_write(room, vec![edit]).unwrap();
    }
    server.close().unwrap();
    let server = start(&scratch);
    let room = server.room_open(&name("cart")).unwrap();
    wait(&server, |event| matches!(event, HostEvent::Opened { .. }));
    assert_eq!(server.room_report(room).unwrap().version, Version::new(50));
}

#[test]
fn a_damaged_journal_costs_its_own_room_only() {
    let scratch = Scratch::new();
    let server = start(&scratch);
    for text in ["good", "bad"] {
        let room = server.room_open(&name(text)).unwrap();
        for number in 0..3 {
            let id = server.room_write(room, set("n", number)).unwrap();
            wait(
                &server,
                |event| matches!(event, HostEvent::Written { write, .. } if *write == id),
            );
        }
    }
    let busy = ServerHandle::automatic(ServerOptions::default(), Some(scratch.root()));
    assert_eq!(busy.map(|_| ()).unwrap_err().code, Code::StorageInUse);
    drop(server);
    let path = scratch.path("room-bad.log");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let server = start(&scratch);
    server.room_open(&name("bad")).unwrap();
    wait(
        &server,
        |event| matches!(event, HostEvent::Failed { error, .. } if error.code == Code::StorageCorrupt),
    );
    let good = server.room_open(&name("good")).unwrap();
    wait(&server, |event| matches!(event, HostEvent::Opened { .. }));
    assert_eq!(server.room_report(good).unwrap().version, Version::new(3));
}

#[test]
fn unloading_deleting_and_reopening_keep_their_order() {
    let scratch = Scratch::new();
    let server = start(&scratch);
    for round in 1..20 {
        let room = server.room_open(&name("cart")).unwrap();
        server.room_write(room, set("n", round)).unwrap();
        server.room_unload(room).unwrap();
        wait(&server, |event| matches!(event, HostEvent::Closed { room: it, .. } if *it == room));
        let room = server.room_open(&name("cart")).unwrap();
        wait(&server, |event| matches!(event, HostEvent::Opened { room: it, .. } if *it == room));
        let found = json(server.room_get(room, "n").unwrap()).unwrap().1;
        assert_eq!(found, round.to_string());
        if round % 5 == 0 {
            server.room_delete(room).unwrap();
        } else {
            server.room_release(room).unwrap();
        }
    }
    assert_eq!(
        server.persisted(RoomNo::new(1), RecordId::new(1)).unwrap_err().code,
        Code::WrongMode
    );
}

#[test]
fn a_deadline_passes_by_itself() {
    let timing = Timing { hello: Duration::from_millis(30), ..Timing::default() };
    let options = ServerOptions { timing, ..ServerOptions::default() };
    let server = ServerHandle::automatic(options, None).unwrap();
    let (tell, told) = mpsc::channel();
    server.set_wake(Some(Box::new(move || _ = tell.send(()))));
    server.connected(ConnId::new(1)).unwrap();
    told.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(matches!(
        server.poll().unwrap(),
        Some(HostOutput::Close { code: Code::HelloTimeout, .. })
    ));
}

#[test]
fn a_handle_may_be_closed_or_dropped_from_inside_its_wake() {
    for close in [true, false] {
        let timing = Timing { hello: Duration::from_millis(10), ..Timing::default() };
        let options = ServerOptions { timing, ..ServerOptions::default() };
        let server = ServerHandle::automatic(options, None).unwrap();
        let (tell, told) = mpsc::channel();
        let held = parking_lot::Mutex::new(Some(server.clone()));
        server.connected(ConnId::new(1)).unwrap();
        server.set_wake(Some(Box::new(move || {
            let server = held.lock().take();
            if close && let Some(server) = &server {
                server.close().unwrap();
            }
            drop(server);
            let _ = tell.send(());
        })));
        drop(server);
        told.recv_timeout(Duration::from_secs(20)).unwrap();
    }
}
