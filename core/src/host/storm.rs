//! Handles that eight threads make, use, hand to each other, close and drop.

use core::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::scratch::Scratch;
use super::*;
use crate::client::{ClientConfig, ClientOutput};
use crate::{Action, Code, ConnId, Error, Grant, Principal, RoomName, Value};

const THREADS: u64 = 8;
const ROUNDS: u64 = if cfg!(miri) { 2 } else { 10 };

fn on_all(body: impl Fn(u64) + Sync) {
    std::thread::scope(|scope| {
        for number in 0..THREADS {
            let body = &body;
            std::thread::Builder::new().spawn_scoped(scope, move || body(number)).unwrap();
        }
    });
}

fn counting(calls: &Arc<AtomicUsize>) -> wake::Callback {
    let calls = Arc::clone(calls);
    Box::new(move || _ = calls.fetch_add(1, Ordering::Relaxed))
}

/// Whether the handle is open; no other reason not to do something is one.
fn open<T: Debug>(result: Result<T, Error>) -> Option<T> {
    result.map_err(|error| assert_eq!(error.code, Code::Closed, "{error}")).ok()
}

fn cart() -> RoomName {
    RoomName::new("cart").unwrap()
}

fn edit(client: &ClientHandle, number: u64) {
    let Some(room) = open(client.open(&cart(), true)) else { return };
    let by = Value::from_i64(i64::try_from(number).unwrap()).unwrap();
    open(client.edit(room, "n", Action::Add(by)));
    open(client.get(room, "n"));
    open(client.flush());
}

/// Carries what they send until neither has anything to say.
fn carry(client: &ClientHandle, server: &ServerHandle, conn: &mut u64) {
    let mut busy = true;
    while std::mem::take(&mut busy) {
        while let Some(Some(output)) = open(client.poll()) {
            busy = true;
            match output {
                ClientOutput::Connect => {
                    *conn += 1;
                    open(server.connected(ConnId::new(*conn)));
                    open(client.connected("ada"));
                }
                ClientOutput::Transmit(frame) => {
                    open(server.receive(ConnId::new(*conn), &frame));
                }
                ClientOutput::Disconnect
                | ClientOutput::Event(_)
                | ClientOutput::Persist(_)
                | ClientOutput::Propose { .. } => {}
            }
        }
        while let Some(Some(output)) = open(server.poll()) {
            busy = true;
            if let HostOutput::Transmit { conn, bytes } = output {
                open(client.receive(&bytes));
                open(server.writable(conn));
            } else if let HostOutput::Authorize { request, .. } = output {
                let all = vec![String::new()];
                let grant = Grant::writer(Principal::new("ada").unwrap(), all);
                open(server.authorize(request, Ok(grant)));
            }
        }
    }
}

#[test]
fn handles_that_were_closed_or_dropped_have_left_their_disk() {
    let scratch = Scratch::new();
    let calls = Arc::new(AtomicUsize::new(0));
    on_all(|number| {
        let rooms = scratch.path(&format!("rooms-{number}"));
        let journal = scratch.path(&format!("client-{number}"));
        for round in 0..ROUNDS {
            let server = ServerHandle::automatic(ServerOptions::default(), Some(&rooms)).unwrap();
            let client = ClientHandle::automatic(ClientConfig::default(), Some(&journal)).unwrap();
            client.set_wake(Some(counting(&calls)));
            server.set_wake(Some(counting(&calls)));
            edit(&client, round);
            carry(&client, &server, &mut 0);
            if round % 2 == 0 {
                client.close().unwrap();
                server.close().unwrap();
                assert_eq!(client.poll().unwrap_err().code, Code::Closed);
                assert_eq!(client.flush().unwrap_err().code, Code::Closed);
                assert_eq!(client.close().unwrap_err().code, Code::Closed);
                assert_eq!(server.connected(ConnId::new(99)).unwrap_err().code, Code::Closed);
                assert_eq!(server.close().unwrap_err().code, Code::Closed);
            }
        }
    });
    assert_eq!(Arc::strong_count(&calls), 1, "every callback is dropped");
    assert!(calls.load(Ordering::Relaxed) > 0);
}

#[test]
fn a_handle_that_one_thread_closes_is_closed_for_all_and_harms_none() {
    let calls = Arc::new(AtomicUsize::new(0));
    for _ in 0..ROUNDS {
        let server = ServerHandle::automatic(ServerOptions::default(), None).unwrap();
        let client = ClientHandle::automatic(ClientConfig::default(), None).unwrap();
        // One thread at a time carries, so that frames stay in order.
        let conn = Mutex::new(0);
        on_all(|number| {
            let (client, server) = (client.clone(), server.clone());
            for round in 0..ROUNDS {
                client.set_wake(Some(counting(&calls)));
                server.set_wake(Some(counting(&calls)));
                edit(&client, round);
                if let Some(mut conn) = conn.try_lock() {
                    carry(&client, &server, &mut conn);
                }
                if number < 2 && round == ROUNDS / 2 {
                    open(client.close());
                    open(server.close());
                }
            }
        });
        assert_eq!(client.flush().unwrap_err().code, Code::Closed);
        assert_eq!(server.limits().unwrap_err().code, Code::Closed);
    }
    assert_eq!(Arc::strong_count(&calls), 1, "every callback is dropped");
}

#[test]
fn handles_that_are_handed_over_end_with_the_last_thread_that_has_one() {
    let calls = Arc::new(AtomicUsize::new(0));
    let offered: Vec<_> = (0..THREADS).map(|_| Mutex::new(None::<ClientHandle>)).collect();
    on_all(|number| {
        for round in 0..ROUNDS {
            let client = ClientHandle::automatic(ClientConfig::default(), None).unwrap();
            client.set_wake(Some(counting(&calls)));
            let at = usize::try_from((number + round) % THREADS).unwrap();
            if let Some(found) = offered[at].lock().replace(client.clone()) {
                edit(&found, round);
                if round % 3 == 0 {
                    found.set_wake(None);
                }
            }
            edit(&client, round);
            if round % 2 == 0 {
                client.close().unwrap();
            }
        }
    });
    drop(offered);
    assert_eq!(Arc::strong_count(&calls), 1, "every callback is dropped");
}
