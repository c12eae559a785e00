//! The server's handle: how it is made, what it wants done, and how it ends.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::time::Duration;

use syncline_core::host::ServerHandle;
use syncline_core::{Durability, Error, Time};

use crate::buf::syncline_buf;
use crate::error::syncline_error;
use crate::guard::{Cell, Handle, guard, guard_handle, place, put, quietly, text};
use crate::json;
use crate::status::syncline_status;
use crate::wake::{callback, syncline_drop_fn, syncline_wake_fn};

mod config;
mod connection;
#[cfg(feature = "host")]
mod flight;
mod output;
mod report;
mod room;
mod storage;
#[cfg(feature = "views")]
mod views;

use config::Config;
pub use config::*;
pub use connection::*;
#[cfg(feature = "host")]
pub use flight::*;
pub use output::*;
pub use report::*;
pub use room::*;
pub use storage::*;
#[cfg(feature = "views")]
pub use views::*;

/// A server with its rooms.
pub struct syncline_server(Cell<ServerHandle>);

impl Handle for syncline_server {
    const NAME: &'static str = "server";
    type Shared = ServerHandle;

    fn cell(&self) -> &Cell<ServerHandle> {
        &self.0
    }

    fn poison(shared: &ServerHandle) {
        shared.poison();
    }
}

/// Makes a server.
///
/// In automatic mode it has a clock, a thread and, if `storage` names a directory, a journal for each
/// of its rooms there. In manual mode the program says what time it is and makes records durable.
///
/// @param[in]  config      filled by syncline_server_config_init().
/// @param[out] out_server  receives the handle.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: config and what it points at are borrowed for the call. *out_server is owned by the
/// caller and freed with syncline_server_free().
/// Errors: SYNCLINE_STATUS_STORAGE_IN_USE, _STORAGE_FAILED, _INVALID_UTF8, and _UNAVAILABLE for
/// automatic mode in a library without threads.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_new(
    config: *const syncline_server_config,
    out_server: *mut *mut syncline_server,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard(err, || {
        place(out_server, "out_server")?;
        // SAFETY: the header asks for a filled config.
        let config = unsafe { Config::read(config) }?;
        let server = Box::new(syncline_server(Cell::new(make(&config)?)));
        // SAFETY: the caller gives a place for the handle.
        unsafe { put(out_server, Box::into_raw(server)) };
        Ok(syncline_status::Ok)
    })
}

fn make(config: &Config<'_>) -> Result<ServerHandle, Error> {
    let options = json::options(config.options)?;
    if config.manual {
        let durability = if config.volatile { Durability::Volatile } else { Durability::Durable };
        return ServerHandle::manual(options, durability, config.seed, config.now);
    }
    #[cfg(feature = "host")]
    {
        let directory = Some(config.storage).filter(|path| !path.is_empty());
        ServerHandle::automatic(options, directory.map(std::path::Path::new))
    }
    #[cfg(not(feature = "host"))]
    {
        use syncline_core::Code;
        let _ = options;
        Err(Error::new(Code::Unavailable, "manual mode", "automatic mode, without threads"))
    }
}

/// Makes another handle of the same server.
///
/// @param[in]  server      the handle.
/// @param[out] out_server  receives the other handle.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: *out_server is owned by the caller and freed with syncline_server_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_clone(
    server: Option<&syncline_server>,
    out_server: *mut *mut syncline_server,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_server, "out_server")?;
        let other = Box::new(syncline_server(Cell::new(server.clone())));
        // SAFETY: the caller gives a place for the handle.
        unsafe { put(out_server, Box::into_raw(other)) };
        Ok(syncline_status::Ok)
    })
}

/// Frees a handle. With the last one of a server it ends as by syncline_server_close().
///
/// @param[in] server  the handle; NULL is left alone.
///
/// Ownership: takes server.
/// Errors: none.
/// Thread-safety: yes, as the last call on this handle. May be called from inside the wake callback.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_free(server: *mut syncline_server) {
    quietly(|| {
        if !server.is_null() {
            // SAFETY: the handle comes from `_new` or `_clone` and is freed once.
            drop(unsafe { Box::from_raw(server) });
        }
    });
}

/// Ends a server: what it had accepted is durable and its thread is over when this returns.
///
/// From inside the wake callback the thread ends by itself, after the callback. Later calls on any
/// handle of the server return SYNCLINE_STATUS_CLOSED.
///
/// @param[in]  server  the handle.
/// @param[out] err     receives an owned error on failure; may be NULL.
///
/// Ownership: server stays the caller's, to be freed.
/// Errors: SYNCLINE_STATUS_CLOSED if it was closed before.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_server_close(
    server: Option<&syncline_server>,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, ServerHandle::close)
}

/// Sets what is called when there is something to poll, or removes it. See syncline_wake_fn.
///
/// If something is there to poll already, `wake` is called at once. When this returns, the callback
/// that was set before is not running, never runs again, and its user data has been dropped; only
/// from inside that callback does it still finish first.
///
/// @param[in]  server          the handle.
/// @param[in]  wake            the function to call; NULL for none.
/// @param[in]  user_data       given to both functions; may be NULL.
/// @param[in]  drop_user_data  called once when user_data is not needed any more; may be NULL.
/// @param[out] err             receives an owned error on failure; may be NULL.
///
/// Ownership: user_data is owned by the library until it calls drop_user_data, also on an error.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_set_wake(
    server: Option<&syncline_server>,
    wake: syncline_wake_fn,
    user_data: *mut c_void,
    drop_user_data: syncline_drop_fn,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let callback = callback(wake, user_data, drop_user_data);
    guard_handle(server, err, |server| {
        server.set_wake(callback);
        Ok(syncline_status::Ok)
    })
}

/// Takes the next thing that the server wants done, or tells.
///
/// The order, after a wake: poll until SYNCLINE_STATUS_DONE, then wait for the next wake.
///
/// @param[in]     server      the handle.
/// @param[in,out] out_output  filled by syncline_server_output_init() once; what it held is freed.
/// @param[out]    err         receives an owned error on failure; may be NULL.
///
/// Ownership: what is in *out_output is owned by the caller until the next poll with it or
/// syncline_server_output_clear().
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that there is nothing, and leaves the
/// output empty.
/// Thread-safety: yes, with an output that no other thread uses now.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_poll(
    server: Option<&syncline_server>,
    out_output: *mut syncline_server_output,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        // SAFETY: the header asks for a filled output.
        let place = unsafe { output::place(out_output) }?;
        place.clear();
        let Some(output) = server.poll()? else {
            return Ok(syncline_status::Done);
        };
        place.fill(output)?;
        Ok(syncline_status::Ok)
    })
}

/// Says what time it is, in manual mode.
///
/// @param[in]  server      the handle.
/// @param[in]  now_micros  microseconds since an origin of the program's choice; it does not go back.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_WRONG_MODE.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_server_set_now(
    server: Option<&syncline_server>,
    now_micros: u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| server.set_now(Time::from_micros(now_micros)))
}

/// Tells when the server wants to hear of the time next, in manual mode.
///
/// @param[in]  server      the handle.
/// @param[out] out_micros  receives the time for syncline_server_set_now().
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that it waits for nothing.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_deadline(
    server: Option<&syncline_server>,
    out_micros: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_micros, "out_micros")?;
        let Some(deadline) = server.deadline()? else {
            return Ok(syncline_status::Done);
        };
        // SAFETY: the caller gives a place for the time.
        unsafe { put(out_micros, deadline.as_micros()) };
        Ok(syncline_status::Ok)
    })
}

/// Ends as syncline_server_shutdown() does, but first tells everyone what became of all that was accepted.
///
/// Nothing more is read; what clients send meanwhile comes again when they are back. It ends when everything is durable and every
/// connection has taken what was sent to it: go on polling, and saying what is durable and writable. Only the first call counts.
///
/// @param[in]  server              the handle.
/// @param[in]  retry_after_millis  how long the clients should wait before they connect again.
/// @param[in]  within_millis       after how long it ends in any case.
/// @param[out] err                 receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_server_wind_down(
    server: Option<&syncline_server>,
    retry_after_millis: u64,
    within_millis: u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let millis = Duration::from_millis;
    guard_handle(server, err, |server| {
        server.wind_down(millis(retry_after_millis), millis(within_millis))
    })
}

/// Says good-bye to every connection and closes it, and every room that the program does not hold.
///
/// What was accepted still becomes durable; poll until the connections are closed.
///
/// @param[in]  server              the handle.
/// @param[in]  retry_after_millis  how long the clients should wait before they connect again.
/// @param[out] err                 receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_server_shutdown(
    server: Option<&syncline_server>,
    retry_after_millis: u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| server.shutdown(Duration::from_millis(retry_after_millis)))
}

/// Tells the limits in force, which clients are told.
///
/// @param[in]  server    the handle.
/// @param[out] out_json  receives a JSON object, as in the options.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_limits(
    server: Option<&syncline_server>,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_json, "out_json")?;
        let json = server.limits()?.to_json();
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_json, syncline_buf::new(json)) };
        Ok(syncline_status::Ok)
    })
}

/// Tells the server's counters as one line of JSON.
///
/// @param[in]  server    the handle.
/// @param[out] out_json  receives the JSON text.
/// @param[out] err       receives an owned error on failure; may be NULL.
///
/// Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_metrics(
    server: Option<&syncline_server>,
    out_json: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_json, "out_json")?;
        let json = server.metrics()?.to_json();
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_json, syncline_buf::new(json)) };
        Ok(syncline_status::Ok)
    })
}

/// Tells the server's counters in the Prometheus text format.
///
/// @param[in]  server      the handle.
/// @param[in]  labels      labels for every sample, as a JSON object of strings; may be empty.
/// @param[in]  labels_len  its length in bytes.
/// @param[out] out_text    receives the text.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: labels is borrowed for the call. *out_text is owned by the caller and freed with
/// syncline_buf_free().
/// Errors: SYNCLINE_STATUS_INVALID_UTF8.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_server_metrics_prometheus(
    server: Option<&syncline_server>,
    labels: *const c_char,
    labels_len: usize,
    out_text: *mut syncline_buf,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(server, err, |server| {
        place(out_text, "out_text")?;
        // SAFETY: the header asks for `labels_len` readable bytes.
        let labels = json::labels(unsafe { text(labels, labels_len, "labels") }?)?;
        let shown = server.metrics()?.to_prometheus(&json::pairs(&labels));
        // SAFETY: the caller gives a place for the text.
        unsafe { put(out_text, syncline_buf::new(shown)) };
        Ok(syncline_status::Ok)
    })
}
