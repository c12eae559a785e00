//! A client's life, connection, storage and rooms.

use napi::bindgen_prelude::{Either, Uint8Array, Undefined};
use napi_derive::napi;
use syncline_core::client::ClientConfig;
use syncline_core::host::ClientHandle;
use syncline_core::{Code, Error, RecordId, RoomName};

use crate::drain::Place;
use crate::fault::Fault;
use crate::{json, number, slots, told};

pub mod edit;
pub mod read;
pub mod view;

/// Uses a client.
fn with<T>(
    client: u32,
    use_it: impl FnOnce(&ClientHandle) -> Result<T, Error>,
) -> Result<T, Fault> {
    slots::with(client, use_it)
}

/// The 32 bytes that a handle in manual mode draws its names from.
pub(crate) fn seed(bytes: &[u8]) -> Result<[u8; 32], Error> {
    let wrong =
        |_| Error::limit(Code::InvalidArgument, 32, "bytes of seed, and no fewer", bytes.len());
    bytes.try_into().map_err(wrong)
}

/// Blobs, copied.
pub(crate) fn blobs(blobs: &[Uint8Array]) -> Vec<Vec<u8>> {
    blobs.iter().map(|blob| blob.to_vec()).collect()
}

/// Makes a client with a clock, a thread and a journal at this path, if there is one.
#[napi]
pub fn client_automatic(env: u32, config: String, path: Option<String>) -> Result<u32, Fault> {
    slots::keep(env, || {
        let config: ClientConfig = json::options(&config)?;
        ClientHandle::automatic(config, path.as_deref().map(std::path::Path::new))
    })
}

/// Makes a client whose host says what time it is and keeps its records.
#[napi]
pub fn client_manual(
    env: u32,
    config: String,
    seed: &[u8],
    blobs: Vec<Uint8Array>,
    now: f64,
) -> Result<u32, Fault> {
    slots::keep(env, || {
        let config: ClientConfig = json::options(&config)?;
        let seed = self::seed(seed)?;
        ClientHandle::manual(config, seed, &self::blobs(&blobs), number::time(now)?)
    })
}

/// Whether the environment is called when there is something to drain.
#[napi]
pub fn client_listen(client: u32, on: bool) -> Result<(), Fault> {
    slots::listen::<ClientHandle>(client, on)
}

/// Ends the client; gives how many mutations have no verdict.
#[napi]
pub fn client_close(client: u32) -> Result<i64, Fault> {
    slots::end(client, |client: &ClientHandle| client.close().map(number::count))
}

/// What time it is for the client, in microseconds.
#[napi]
pub fn client_now(client: u32) -> Result<i64, Fault> {
    with(client, |client| Ok(number::told(client.now()?.as_micros())))
}

/// Says what time it is, in microseconds.
#[napi]
pub fn client_set_now(client: u32, now: f64) -> Result<(), Fault> {
    with(client, |client| client.set_now(number::time(now)?))
}

/// When the client wants to hear of the time next, in microseconds.
#[napi]
pub fn client_deadline(client: u32) -> Result<Either<i64, Undefined>, Fault> {
    with(client, |client| {
        Ok(told::number(client.deadline()?.map(|time| number::told(time.as_micros()))))
    })
}

/// The records up to this one are durable.
#[napi]
pub fn client_persisted(client: u32, record: f64) -> Result<(), Fault> {
    with(client, |client| client.persisted(RecordId::new(number::counter(record, "record")?)))
}

/// Storage failed.
#[napi]
pub fn client_persist_failed(client: u32, message: String) -> Result<(), Fault> {
    with(client, |client| client.persist_failed(storage_failed(&message)))
}

/// Asks to be told once every edit made so far is durable; gives the mark.
#[napi]
pub fn client_ask_stored(client: u32) -> Result<i64, Fault> {
    with(client, |client| Ok(number::told(client.ask_stored()?.get())))
}

/// What a host says about its storage.
pub(crate) fn storage_failed(message: &str) -> Error {
    Error::new(Code::StorageFailed, "storage that works", message)
}

/// Why storage failed: the code, what was expected, what came.
#[napi]
pub fn client_storage_error(client: u32) -> Result<Option<Vec<String>>, Fault> {
    with(client, |client| {
        let story = |error: Error| {
            vec![error.code.name().to_owned(), error.expected.to_string(), error.got.clone()]
        };
        Ok(client.storage_error()?.map(story))
    })
}

/// The connection that was asked for is open.
#[napi]
pub fn client_connected(client: u32, token: String) -> Result<(), Fault> {
    with(client, |client| client.connected(&token))
}

/// A frame came.
#[napi]
pub fn client_receive(client: u32, frame: &[u8]) -> Result<(), Fault> {
    with(client, |client| client.receive(frame))
}

/// The connection has ended.
#[napi]
pub fn client_disconnected(client: u32) -> Result<(), Fault> {
    with(client, ClientHandle::disconnected)
}

/// A newer token.
#[napi]
pub fn client_set_token(client: u32, token: String) -> Result<(), Fault> {
    with(client, |client| client.set_token(&token))
}

/// Ends a pause after a failure.
#[napi]
pub fn client_reconnect(client: u32) -> Result<(), Fault> {
    with(client, ClientHandle::reconnect)
}

/// Opens a room.
#[napi]
pub fn client_open(client: u32, name: String, writes: bool) -> Result<u32, Fault> {
    with(client, |client| Ok(client.open(&RoomName::new(name)?, writes)?.get()))
}

/// Leaves a room.
#[napi]
pub fn client_close_room(client: u32, room: f64) -> Result<(), Fault> {
    with(client, |client| client.close_room(number::room(room)?))
}

/// Leaves a room and forgets it.
#[napi]
pub fn client_forget_room(client: u32, room: f64) -> Result<(), Fault> {
    with(client, |client| client.forget_room(number::room(room)?))
}

/// The number of a room.
#[napi]
pub fn client_room(client: u32, name: String) -> Result<Either<i64, Undefined>, Fault> {
    with(client, |client| {
        let room = client.room(&RoomName::new(name)?)?;
        Ok(told::number(room.map(|room| room.get().into())))
    })
}

/// The name of a room.
#[napi]
pub fn client_room_name(client: u32, room: f64) -> Result<Either<String, Undefined>, Fault> {
    with(client, |client| {
        let name = client.room_name(number::room(room)?)?;
        Ok(told::text(name.map(|name| name.as_str().to_owned())))
    })
}

/// Sends what waits for its burst to end.
#[napi]
pub fn client_flush(client: u32) -> Result<(), Fault> {
    with(client, ClientHandle::flush)
}

/// Writes outputs into the buffer. See [`drain`](crate::drain).
#[napi]
pub fn client_drain(client: u32, buffer: Place<'_>) -> Result<i64, Fault> {
    slots::with_waiting(client, |client: &ClientHandle, waiting| {
        crate::drain::drain(buffer, waiting, |out| {
            let output = client.poll()?;
            let some = output.is_some();
            if let Some(output) = output {
                crate::drain::client::encode(&output, out);
            }
            Ok(some)
        })
    })
}

/// Panics while it uses the client.
#[cfg(feature = "test-panic")]
#[napi]
pub fn test_panic(client: u32) -> Result<(), Fault> {
    with(client, |_| {
        #[expect(clippy::panic, reason = "it is what this is for")]
        {
            panic!("a planted panic")
        }
    })
}
