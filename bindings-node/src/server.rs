//! A server's life, connections and answers.

use napi::bindgen_prelude::{Either, Undefined};
use napi_derive::napi;
use syncline_core::host::{ServerHandle, ServerOptions};
use syncline_core::{ConnId, Durability, Error, Grant, Principal, RequestId};

use crate::client::seed;
use crate::drain::Place;
use crate::fault::Fault;
use crate::{code, json, number, slots, told};

pub mod room;
pub mod storage;
pub mod view;

/// Uses a server.
fn with<T>(
    server: u32,
    use_it: impl FnOnce(&ServerHandle) -> Result<T, Error>,
) -> Result<T, Fault> {
    slots::with(server, use_it)
}

fn conn(number: f64) -> Result<ConnId, Error> {
    number::counter(number, "conn").map(ConnId::new)
}

fn request(number: f64) -> Result<RequestId, Error> {
    number::counter(number, "request").map(RequestId::new)
}

/// Makes a server with a clock, a thread and journals in this directory, if there is one.
#[napi]
pub fn server_automatic(
    env: u32,
    options: String,
    directory: Option<String>,
) -> Result<u32, Fault> {
    slots::keep(env, || {
        let options: ServerOptions = json::options(&options)?;
        ServerHandle::automatic(options, directory.as_deref().map(std::path::Path::new))
    })
}

/// Makes a server whose host says what time it is and, if it is durable, keeps the rooms' records.
#[napi]
pub fn server_manual(
    env: u32,
    options: String,
    durable: bool,
    seed: &[u8],
    now: f64,
) -> Result<u32, Fault> {
    slots::keep(env, || {
        let options: ServerOptions = json::options(&options)?;
        let durability = if durable { Durability::Durable } else { Durability::Volatile };
        ServerHandle::manual(options, durability, self::seed(seed)?, number::time(now)?)
    })
}

/// Whether the environment is called when there is something to drain.
#[napi]
pub fn server_listen(server: u32, on: bool) -> Result<(), Fault> {
    slots::listen::<ServerHandle>(server, on)
}

/// Ends the server.
#[napi]
pub fn server_close(server: u32) -> Result<(), Fault> {
    slots::end(server, ServerHandle::close)
}

/// Writes outputs into the buffer. See [`drain`](crate::drain).
#[napi]
pub fn server_drain(server: u32, buffer: Place<'_>) -> Result<i64, Fault> {
    slots::with_waiting(server, |server: &ServerHandle, waiting| {
        crate::drain::drain(buffer, waiting, |out| {
            let output = server.poll()?;
            let some = output.is_some();
            if let Some(output) = output {
                crate::drain::server::encode(output, out);
            }
            Ok(some)
        })
    })
}

/// Says what time it is, in microseconds.
#[napi]
pub fn server_set_now(server: u32, now: f64) -> Result<(), Fault> {
    with(server, |server| server.set_now(number::time(now)?))
}

/// When the server wants to hear of the time next, in microseconds.
#[napi]
pub fn server_deadline(server: u32) -> Result<Either<i64, Undefined>, Fault> {
    with(server, |server| {
        Ok(told::number(server.deadline()?.map(|time| number::told(time.as_micros()))))
    })
}

/// A connection came.
#[napi]
pub fn server_connected(server: u32, conn: f64) -> Result<(), Fault> {
    with(server, |server| server.connected(self::conn(conn)?))
}

/// A frame came.
#[napi]
pub fn server_receive(server: u32, conn: f64, frame: &[u8]) -> Result<(), Fault> {
    with(server, |server| server.receive(self::conn(conn)?, frame))
}

/// All that was transmitted has left.
#[napi]
pub fn server_writable(server: u32, conn: f64) -> Result<(), Fault> {
    with(server, |server| server.writable(self::conn(conn)?))
}

/// The connection is gone.
#[napi]
pub fn server_disconnected(server: u32, conn: f64) -> Result<(), Fault> {
    with(server, |server| server.disconnected(self::conn(conn)?))
}

/// Answers a question with what may be written.
#[napi]
pub fn server_grant(
    server: u32,
    request: f64,
    principal: String,
    write: Vec<String>,
) -> Result<(), Fault> {
    with(server, |server| {
        let principal = Principal::new(principal)?;
        server.authorize(self::request(request)?, Ok(Grant { principal, write }))
    })
}

/// Answers a question with no.
#[napi]
pub fn server_deny(server: u32, request: f64, code: String) -> Result<(), Fault> {
    with(server, |server| server.authorize(self::request(request)?, Err(code::named(&code)?)))
}

/// Takes back all that was granted to a principal.
#[napi]
pub fn server_revoke(server: u32, principal: String) -> Result<(), Fault> {
    with(server, |server| server.revoke(&Principal::new(principal)?))
}

/// Says good-bye to every connection once all is told that was accepted.
#[napi]
pub fn server_wind_down(server: u32, retry_after_ms: f64, within_ms: f64) -> Result<(), Fault> {
    with(server, |server| {
        let pause = number::millis(retry_after_ms, "retryAfterMs")?;
        server.wind_down(pause, number::millis(within_ms, "withinMs")?)
    })
}

/// Says good-bye to every connection.
#[napi]
pub fn server_shutdown(server: u32, retry_after_ms: f64) -> Result<(), Fault> {
    with(server, |server| server.shutdown(number::millis(retry_after_ms, "retryAfterMs")?))
}

/// The limits in force: an object.
#[napi]
pub fn server_limits(server: u32) -> Result<String, Fault> {
    with(server, |server| json::written(&server.limits()?))
}

/// What was counted: an object.
#[napi]
pub fn server_metrics(server: u32) -> Result<String, Fault> {
    with(server, |server| Ok(server.metrics()?.to_json()))
}

/// How far the recording is that the option `flight` asked for: an object.
#[napi]
pub fn server_flight(server: u32) -> Result<Either<String, Undefined>, Fault> {
    with(server, |server| Ok(told::text(server.flight()?.map(|flight| flight.to_json()))))
}

/// What was counted, in the Prometheus text format.
#[napi]
pub fn server_prometheus(server: u32, labels: String) -> Result<String, Fault> {
    with(server, |server| {
        let labels = json::labels(&labels)?;
        Ok(server.metrics()?.to_prometheus(&json::borrowed(&labels)))
    })
}
