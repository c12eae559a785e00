//! The client's handle: how it is made, what it wants done, and how it ends.

use std::ffi::c_void;
use std::mem::MaybeUninit;

use syncline_core::host::ClientHandle;
use syncline_core::{Error, Time};

use crate::error::syncline_error;
use crate::guard::{Cell, Handle, guard, guard_handle, place, put, quietly};
use crate::status::syncline_status;
use crate::wake::{callback, syncline_drop_fn, syncline_wake_fn};

mod config;
mod connection;
mod edit;
#[cfg(feature = "server")]
mod exposition;
#[cfg(feature = "host")]
mod flight;
mod list;
mod metrics;
mod output;
mod presence;
mod read;
mod room;
mod scalar;
mod standby;
mod storage;
mod tabs;
#[cfg(feature = "views")]
mod views;

use config::Config;
pub use config::*;
pub use connection::*;
pub use edit::*;
#[cfg(feature = "server")]
pub use exposition::*;
#[cfg(feature = "host")]
pub use flight::*;
pub use list::*;
pub use metrics::*;
pub use output::*;
pub use presence::*;
pub use read::*;
pub use room::*;
pub use scalar::*;
pub use standby::*;
pub use storage::*;
pub use tabs::*;
#[cfg(feature = "views")]
pub use views::*;

/// A client of any number of rooms.
pub struct syncline_client(Cell<ClientHandle>);

impl Handle for syncline_client {
    const NAME: &'static str = "client";
    type Shared = ClientHandle;

    fn cell(&self) -> &Cell<ClientHandle> {
        &self.0
    }

    fn poison(shared: &ClientHandle) {
        shared.poison();
    }
}

/// Makes a client.
///
/// In automatic mode it has a clock, a thread and, if `storage` names a file, a journal there, from
/// which it goes on. In manual mode the program says what time it is and makes records durable.
///
/// @param[in]  config      filled by syncline_client_config_init().
/// @param[out] out_client  receives the handle.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: config and what it points at are borrowed for the call. *out_client is owned by the
/// caller and freed with syncline_client_free().
/// Errors: SYNCLINE_STATUS_STORAGE_IN_USE, _STORAGE_FAILED, _STORAGE_CORRUPT, _INVALID_UTF8, and
/// _UNAVAILABLE for automatic mode in a library without threads.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_new(
    config: *const syncline_client_config,
    out_client: *mut *mut syncline_client,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard(err, || {
        place(out_client, "out_client")?;
        // SAFETY: the header asks for a filled config.
        let config = unsafe { Config::read(config) }?;
        let client = Box::new(syncline_client(Cell::new(make(&config)?)));
        // SAFETY: the caller gives a place for the handle.
        unsafe { put(out_client, Box::into_raw(client)) };
        Ok(())
    })
}

fn make(config: &Config<'_>) -> Result<ClientHandle, Error> {
    let options = config.client()?;
    if config.manual {
        return ClientHandle::manual(options, config.seed, &config.blobs, config.now);
    }
    #[cfg(feature = "host")]
    {
        let journal = Some(config.storage).filter(|path| !path.is_empty());
        ClientHandle::automatic(options, journal.map(std::path::Path::new))
    }
    #[cfg(not(feature = "host"))]
    {
        let code = syncline_core::Code::Unavailable;
        Err(Error::new(code, "manual mode", "automatic mode, without threads"))
    }
}

/// Makes another handle of the same client.
///
/// @param[in]  client      the handle.
/// @param[out] out_client  receives the other handle.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: *out_client is owned by the caller and freed with syncline_client_free().
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_clone(
    client: Option<&syncline_client>,
    out_client: *mut *mut syncline_client,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_client, "out_client")?;
        let other = Box::new(syncline_client(Cell::new(client.clone())));
        // SAFETY: the caller gives a place for the handle.
        unsafe { put(out_client, Box::into_raw(other)) };
        Ok(())
    })
}

/// Frees a handle. With the last one of a client it ends as by syncline_client_close().
///
/// @param[in] client  the handle; NULL is left alone.
///
/// Ownership: takes client.
/// Errors: none.
/// Thread-safety: yes, as the last call on this handle. May be called from inside the wake callback.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_free(client: *mut syncline_client) {
    quietly(|| {
        if !client.is_null() {
            // SAFETY: the handle comes from `_new` or `_clone` and is freed once.
            drop(unsafe { Box::from_raw(client) });
        }
    });
}

/// Ends a client. What was recorded is durable and its thread is over when this returns; it never
/// waits for the server.
///
/// Edits without a verdict are sent after the next start if they are recorded, else lost. The program
/// ends the connection. From inside the wake callback the thread ends by itself, after the callback.
/// Later calls on any handle of the client return SYNCLINE_STATUS_CLOSED.
///
/// @param[in]  client       the handle.
/// @param[out] out_pending  receives the number of mutations without a verdict; may be NULL.
/// @param[out] err          receives an owned error on failure; may be NULL.
///
/// Ownership: client stays the caller's, to be freed.
/// Errors: SYNCLINE_STATUS_CLOSED if it was closed before.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_close(
    client: Option<&syncline_client>,
    out_pending: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        let pending = client.close()?;
        // SAFETY: the caller gives NULL or a place for the number.
        unsafe { put(out_pending, crate::buf::count(pending)) };
        Ok(())
    })
}

/// Sets what is called when there is something to poll, or removes it. See syncline_wake_fn.
///
/// If something is there to poll already, `wake` is called at once. When this returns, the callback
/// that was set before is not running, never runs again, and its user data has been dropped; only
/// from inside that callback does it still finish first.
///
/// @param[in]  client          the handle.
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
pub unsafe extern "C" fn syncline_client_set_wake(
    client: Option<&syncline_client>,
    wake: syncline_wake_fn,
    user_data: *mut c_void,
    drop_user_data: syncline_drop_fn,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    let callback = callback(wake, user_data, drop_user_data);
    guard_handle(client, err, |client| {
        client.set_wake(callback);
        Ok(())
    })
}

/// Takes the next thing that the client wants done, or tells.
///
/// The order, after a wake: poll until SYNCLINE_STATUS_DONE, then wait for the next wake.
///
/// @param[in]     client      the handle.
/// @param[in,out] out_output  filled by syncline_client_output_init() once; what it held is freed.
/// @param[out]    err         receives an owned error on failure; may be NULL.
///
/// Ownership: what is in *out_output is owned by the caller until the next poll with it or
/// syncline_client_output_clear().
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that there is nothing, and leaves the
/// output empty.
/// Thread-safety: yes, with an output that no other thread uses now.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_poll(
    client: Option<&syncline_client>,
    out_output: *mut syncline_client_output,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        // SAFETY: the header asks for a filled output.
        let place = unsafe { output::place(out_output) }?;
        place.clear();
        let Some(output) = client.poll()? else {
            return Ok(syncline_status::Done);
        };
        place.fill(output);
        Ok(syncline_status::Ok)
    })
}

/// Tells what time it is for a client.
///
/// @param[in]  client      the handle.
/// @param[out] out_micros  receives the time, in microseconds since the client's origin.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_now(
    client: Option<&syncline_client>,
    out_micros: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_micros, "out_micros")?;
        let now = client.now()?;
        // SAFETY: the caller gives a place for the time.
        unsafe { put(out_micros, now.as_micros()) };
        Ok(())
    })
}

/// Says what time it is, in manual mode.
///
/// @param[in]  client      the handle.
/// @param[in]  now_micros  microseconds since an origin of the program's choice; it does not go back.
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: SYNCLINE_STATUS_WRONG_MODE.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_client_set_now(
    client: Option<&syncline_client>,
    now_micros: u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| client.set_now(Time::from_micros(now_micros)))
}

/// Tells when the client wants to hear of the time next, in manual mode.
///
/// @param[in]  client      the handle.
/// @param[out] out_micros  receives the time for syncline_client_set_now().
/// @param[out] err         receives an owned error on failure; may be NULL.
///
/// Ownership: nothing is handed over.
/// Errors: those of every function. SYNCLINE_STATUS_DONE says that it waits for nothing.
/// Thread-safety: yes.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_deadline(
    client: Option<&syncline_client>,
    out_micros: *mut u64,
    err: Option<&mut MaybeUninit<*mut syncline_error>>,
) -> syncline_status {
    guard_handle(client, err, |client| {
        place(out_micros, "out_micros")?;
        let Some(deadline) = client.deadline()? else {
            return Ok(syncline_status::Done);
        };
        // SAFETY: the caller gives a place for the time.
        unsafe { put(out_micros, deadline.as_micros()) };
        Ok(syncline_status::Ok)
    })
}

#[cfg(all(test, not(feature = "json")))]
mod tests {
    use syncline_core::{Code, Codec, Limits, client::ClientConfig, frame};

    #[test]
    fn json_is_refused_where_it_is_not_spoken() {
        let error = ClientConfig::from_json(r#"{"codec":"json"}"#).unwrap_err();
        assert_eq!(error.code, Code::InvalidArgument);
        assert_eq!(error.expected, "\"binary\", the only codec of this build");
        assert_eq!(error.got, "codec: \"json\"");
        assert_eq!(Codec::ALL, [Codec::Binary]);
        let text = br#"{"type":"ping","count":3}"#;
        let decoded = frame::decode(text, frame::codec_of(text), &Limits::default());
        assert_eq!(decoded.unwrap_err().code, Code::UnknownMessage);
    }
}
