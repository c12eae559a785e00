//! What a client is told when it is made.

use std::ffi::c_char;
use std::mem::size_of;
use std::ptr;

use syncline_core::client::ClientConfig;
use syncline_core::{Error, Time};

use crate::buf::{copies, syncline_bytes};
use crate::growing::{self, Growing};
use crate::guard::{quietly, text};
use crate::mode::second;

/// How a client is to be. Filled by syncline_client_config_init(), then changed where wanted.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct syncline_client_config {
    /// Bytes of this struct; set by the init function.
    pub struct_size: u32,
    /// A syncline_mode; automatic by default.
    pub mode: u32,
    /// Automatic mode: the file of the journal as UTF-8, made if it is not there; empty for a client
    /// that keeps nothing beyond its end.
    pub storage: *const c_char,
    /// Bytes of `storage`.
    pub storage_len: usize,
    /// Limits, timing, debouncing, codec, schema name and resolvers as a JSON object; empty for the
    /// defaults. A member that is unknown is refused. With "flight", the path of a file, all that the
    /// client is given is recorded there, to be replayed; up to "flight_bytes", 64 MiB by default. See
    /// syncline_client_flight().
    pub options: *const c_char,
    /// Bytes of `options`.
    pub options_len: usize,
    /// Manual mode: the client's blobs since the latest one that stands for all before it, in order.
    pub blobs: *const syncline_bytes,
    /// How many blobs.
    pub blob_count: usize,
    /// Manual mode: fresh entropy, or a test's own.
    pub seed: [u8; 32],
    /// Manual mode: the time at the start, in microseconds since an origin of the program's choice.
    pub now_micros: u64,
}

// SAFETY: numbers and pointers, and the first is `struct_size`.
unsafe impl Growing for syncline_client_config {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        Self {
            struct_size: 0,
            mode: 0,
            storage: ptr::null(),
            storage_len: 0,
            options: ptr::null(),
            options_len: 0,
            blobs: ptr::null(),
            blob_count: 0,
            seed: [0; 32],
            now_micros: 0,
        }
    }
}

/// A checked configuration.
pub(super) struct Config<'a> {
    pub(super) manual: bool,
    #[cfg_attr(not(feature = "host"), expect(dead_code, reason = "there are no files"))]
    pub(super) storage: &'a str,
    pub(super) options: &'a str,
    pub(super) blobs: Vec<Vec<u8>>,
    pub(super) seed: [u8; 32],
    pub(super) now: Time,
}

impl Config<'_> {
    /// Reads what the caller filled.
    ///
    /// # Safety
    /// `from` is NULL or a filled config, whose texts can be read as long as this lives.
    pub(super) unsafe fn read(from: *const syncline_client_config) -> Result<Self, Error> {
        // SAFETY: the caller promises it.
        let raw = unsafe { growing::read(from, "config") }?;
        // SAFETY: the config's pointers and lengths belong together.
        let storage = unsafe { text(raw.storage, raw.storage_len, "storage") }?;
        // SAFETY: as above.
        let options = unsafe { text(raw.options, raw.options_len, "options") }?;
        // SAFETY: as above.
        let blobs = unsafe { copies(raw.blobs, raw.blob_count, "blobs") }?;
        let manual = second(raw.mode, "mode")?;
        let now = Time::from_micros(raw.now_micros);
        Ok(Self { manual, storage, options, blobs, seed: raw.seed, now })
    }

    /// How the client is to behave; without options, as by default.
    pub(super) fn client(&self) -> Result<ClientConfig, Error> {
        match self.options {
            "" => Ok(ClientConfig::default()),
            json => ClientConfig::from_json(json),
        }
    }
}

/// Fills a configuration with the defaults.
///
/// @param[out] out_config   the struct; NULL is left alone.
/// @param[in]  struct_size  sizeof *out_config.
///
/// Ownership: nothing is handed over.
/// Errors: none.
/// Thread-safety: yes, for different structs.
/// Since: ABI 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_client_config_init(
    out_config: *mut syncline_client_config,
    struct_size: usize,
) {
    quietly(|| {
        // SAFETY: the header asks for a struct of this size, or NULL.
        unsafe { growing::init(out_config, struct_size) };
    });
}
