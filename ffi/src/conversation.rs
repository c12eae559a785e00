//! A client and a server that talk through C's functions, where Miri watches: `make miri`.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "a test fails by panicking"
)]

use std::ffi::c_void;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

use super::*;

/// The call succeeds, or has nothing to say, which is the answer.
macro_rules! call {
    ($name:ident($($argument:expr),* $(,)?)) => {{
        let mut err = MaybeUninit::<*mut syncline_error>::uninit();
        #[allow(unused_unsafe, reason = "some of C's functions take numbers alone")]
        // SAFETY: what is given lives until the call is over.
        succeeded(unsafe { $name($($argument,)* Some(&mut err)) })
    }};
}

fn succeeded(status: syncline_status) -> bool {
    assert!(matches!(status, syncline_status::Ok | syncline_status::Done), "{status:?}");
    status == syncline_status::Ok
}

/// A client that is freed at its end, as C would.
struct Client(*mut syncline_client);

impl Client {
    fn new() -> Self {
        let mut config = filled(syncline_client_config_init);
        let options = r#"{"durable":false,"debounce":{"quiet_ms":0,"max_wait_ms":0}}"#;
        config.mode = 1;
        config.options = options.as_ptr().cast();
        config.options_len = options.len();
        let mut client = ptr::null_mut();
        call!(syncline_client_new(&raw const config, &raw mut client));
        Self(client)
    }

    fn clone(&self) -> Self {
        let mut other = ptr::null_mut();
        call!(syncline_client_clone(self.get(), &raw mut other));
        Self(other)
    }

    fn get(&self) -> Option<&syncline_client> {
        // SAFETY: freed when this is dropped.
        unsafe { self.0.as_ref() }
    }

    fn room(&self, name: &str) -> u32 {
        let mut room = 0;
        call!(syncline_client_room_open(
            self.get(),
            name.as_ptr().cast(),
            name.len(),
            1,
            &raw mut room
        ));
        room
    }

    fn set(&self, room: u32, key: &str, json: &str) {
        let (key, key_len) = (key.as_ptr().cast(), key.len());
        let (json, json_len) = (json.as_ptr().cast(), json.len());
        call!(syncline_client_set(self.get(), room, key, key_len, json, json_len, ptr::null_mut()));
    }

    fn value(&self, room: u32, key: &str) -> String {
        let mut json = syncline_buf::EMPTY;
        let (key, key_len) = (key.as_ptr().cast(), key.len());
        if !call!(syncline_client_get(self.get(), room, key, key_len, &raw mut json)) {
            return String::new();
        }
        taken(&mut json)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: from `_new` or `_clone`, and freed once.
        unsafe { syncline_client_free(self.0) };
    }
}

// SAFETY: the header says that handles are thread-safe.
unsafe impl Send for Client {}
// SAFETY: the same.
unsafe impl Sync for Client {}

/// What is in a buffer, which is freed.
fn taken(buf: &mut syncline_buf) -> String {
    // SAFETY: the library wrote that many bytes, and they are freed below.
    let told = unsafe { std::slice::from_raw_parts(buf.ptr, buf.len) };
    let told = String::from_utf8(told.to_vec()).unwrap();
    // SAFETY: the buffer is the library's, and empty afterwards.
    unsafe { syncline_buf_free(buf) };
    told
}

/// A struct as its function fills it.
fn filled<T>(fill: unsafe extern "C" fn(*mut T, usize)) -> T {
    let mut place = MaybeUninit::uninit();
    // SAFETY: the place is as large as is said.
    unsafe { fill(place.as_mut_ptr(), size_of::<T>()) };
    // SAFETY: filled by the line before.
    unsafe { place.assume_init() }
}

/// An output that is cleared at its end.
struct Output(syncline_client_output);

impl Output {
    fn new() -> Self {
        Self(filled(syncline_client_output_init))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // SAFETY: the library filled it.
        unsafe { syncline_client_output_clear(&raw mut self.0) };
    }
}

fn server() -> *mut syncline_server {
    let mut config = filled(syncline_server_config_init);
    (config.mode, config.durability) = (1, 1);
    let mut server = ptr::null_mut();
    call!(syncline_server_new(&raw const config, &raw mut server));
    server
}

/// Carries what they send until neither has anything to say; the kinds that the client told.
fn carry(client: &Client, server: *mut syncline_server) -> Vec<u32> {
    // SAFETY: the caller frees it later.
    let server = unsafe { server.as_ref() };
    let (mut output, mut s) = (Output::new(), filled(syncline_server_output_init));
    let c = &mut output.0;
    let mut kinds = Vec::new();
    let mut busy = true;
    while std::mem::take(&mut busy) {
        while call!(syncline_client_poll(client.get(), c)) {
            busy = true;
            kinds.push(c.kind);
            if c.kind == syncline_client_output_kind::Connect as u32 {
                call!(syncline_server_connected(server, 1));
                call!(syncline_client_connected(client.get(), ptr::null(), 0));
            } else if c.kind == syncline_client_output_kind::Transmit as u32 {
                call!(syncline_server_receive(server, 1, c.bytes.ptr, c.bytes.len));
            }
        }
        while call!(syncline_server_poll(server, &raw mut s)) {
            busy = true;
            if s.kind == syncline_server_output_kind::Transmit as u32 {
                call!(syncline_client_receive(client.get(), s.bytes.ptr, s.bytes.len));
                call!(syncline_server_writable(server, s.conn));
            } else if s.kind == syncline_server_output_kind::Authorize as u32 {
                let all = syncline_text { ptr: "".as_ptr().cast(), len: 0 };
                let who = "ada";
                call!(syncline_server_grant(
                    server,
                    s.request,
                    who.as_ptr().cast(),
                    who.len(),
                    &raw const all,
                    1
                ));
            }
        }
    }
    // SAFETY: the library filled it.
    unsafe { syncline_server_output_clear(&raw mut s) };
    kinds
}

#[test]
fn an_edit_goes_from_c_to_c_and_back_as_a_verdict() {
    let (client, server) = (Client::new(), server());
    let room = client.room("cart");
    client.set(room, "k", r#"{"long":"enough not to be kept inline, in any kind of value"}"#);
    client.set(room, "n", "1");
    let mut kinds = carry(&client, server);
    call!(syncline_client_set_now(client.get(), 1_000_000));
    call!(syncline_client_flush(client.get()));
    kinds.extend(carry(&client, server));
    assert!(kinds.contains(&(syncline_client_output_kind::Verdict as u32)), "{kinds:?}");
    assert_eq!(client.value(room, "n"), "1");
    assert!(client.value(room, "k").contains("inline"));
    assert_eq!(client.value(room, "none"), "");
    let mut report = syncline_buf::EMPTY;
    // SAFETY: freed below.
    let shared = unsafe { server.as_ref() };
    call!(syncline_server_metrics(shared, &raw mut report));
    assert!(taken(&mut report).starts_with('{'));
    // SAFETY: from `_new`, and freed once.
    unsafe { syncline_server_free(server) };
}

#[test]
fn a_handle_may_be_freed_by_the_callback_of_a_call_with_it() {
    unsafe extern "C" fn free(data: *mut c_void) {
        // SAFETY: the test keeps it until all is over.
        let handle = unsafe { &*data.cast::<AtomicPtr<syncline_client>>() };
        // SAFETY: freed once, because it is swapped out.
        unsafe { syncline_client_free(handle.swap(ptr::null_mut(), Ordering::SeqCst)) };
    }
    let client = ManuallyDrop::new(Client::new());
    let room = client.room("cart");
    let mut output = Output::new();
    while call!(syncline_client_poll(client.get(), &raw mut output.0)) {}
    let handle = AtomicPtr::new(client.0);
    let data = ptr::from_ref(&handle).cast_mut().cast();
    call!(syncline_client_set_wake(client.get(), Some(free), data, None));
    client.set(room, "k", "1");
    assert!(handle.into_inner().is_null(), "the callback ran");
}

#[test]
fn threads_share_a_handle_and_their_callbacks_end_with_it() {
    unsafe extern "C" fn count(data: *mut c_void) {
        // SAFETY: the test keeps it until all is over.
        unsafe { &*data.cast::<AtomicU32>() }.fetch_add(1, Ordering::Relaxed);
    }
    let dropped = AtomicU32::new(0);
    let client = Client::new();
    let room = client.room("cart");
    std::thread::scope(|scope| {
        for number in 0..3_u32 {
            let (own, dropped) = (client.clone(), &dropped);
            scope.spawn(move || {
                let data = ptr::from_ref(dropped).cast_mut().cast();
                call!(syncline_client_set_wake(own.get(), None, data, Some(count)));
                own.set(room, "k", &number.to_string());
                let mut output = Output::new();
                while call!(syncline_client_poll(own.get(), &raw mut output.0)) {}
                assert!(!own.value(room, "k").is_empty());
                if number == 1 {
                    // Others go on with it, and hear so.
                    own.set(room, "last", "true");
                }
            });
        }
    });
    assert_eq!(client.value(room, "last"), "true");
    assert_eq!(dropped.load(Ordering::Relaxed), 3);
}

/// What a program may not do, so that `make miri` sees Miri refuse each.
#[cfg(miri)]
mod planted {
    use super::*;

    #[test]
    fn bytes_of_an_output_are_read_after_the_next_poll() {
        let client = Client::new();
        client.room("cart");
        let mut output = Output::new();
        call!(syncline_client_poll(client.get(), &raw mut output.0));
        call!(syncline_client_connected(client.get(), ptr::null(), 0));
        while output.0.bytes.ptr.is_null() {
            assert!(call!(syncline_client_poll(client.get(), &raw mut output.0)));
        }
        let kept = output.0.bytes.ptr;
        call!(syncline_client_poll(client.get(), &raw mut output.0));
        // SAFETY: there is no reason; the bytes went with the poll.
        assert_ne!(unsafe { kept.read() }, 0);
    }

    #[test]
    fn a_text_is_shorter_than_it_is_said_to_be() {
        let client = Client::new();
        let room = client.room("cart");
        let key = Box::new(*b"key");
        let key_len = key.len() + 1;
        let key = key.as_ptr().cast();
        call!(syncline_client_set_i64(client.get(), room, key, key_len, 1, ptr::null_mut()));
    }

    #[test]
    fn a_handle_is_used_after_it_was_freed() {
        let client = Client::new();
        let freed = Client(client.0);
        drop(client);
        freed.room("cart");
    }

    #[test]
    fn two_threads_use_one_output() {
        struct Shared(*mut syncline_client_output);
        // SAFETY: there is no reason: an output is for one thread.
        unsafe impl Send for Shared {}
        let client = Client::new();
        let mut output = Output::new();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                let (own, shared) = (client.clone(), Shared(&raw mut output.0));
                scope.spawn(move || {
                    let shared = shared;
                    call!(syncline_client_poll(own.get(), shared.0));
                });
            }
        });
    }
}
