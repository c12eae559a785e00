//! What a server is told when it is made.

use std::ffi::c_char;
use std::mem::size_of;
use std::ptr;

use syncline_core::{Error, Time};

use crate::growing::{self, Growing};
use crate::guard::{quietly, text};
use crate::mode::second;

/// How a server is to be. Filled by syncline_server_config_init(), then changed where wanted.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct syncline_server_config {
    /// Bytes of this struct; set by the init function.
    pub struct_size: u32,
    /// A syncline_mode; automatic by default.
    pub mode: u32,
    /// Manual mode: a syncline_durability; durable by default, and then the program keeps the rooms'
    /// records.
    pub durability: u32,
    /// Zero.
    pub reserved: u32,
    /// Automatic mode: the directory of the rooms' journals as UTF-8, made if it is not there; empty
    /// for rooms that live in memory.
    pub storage: *const c_char,
    /// Bytes of `storage`.
    pub storage_len: usize,
    /// Limits, timing, codecs and policy as a JSON object; empty for the defaults. A member that is
    /// unknown is refused. With "flight", the path of a file, all that the server is given is recorded
    /// there, to be replayed; up to "flight_bytes", 64 MiB by default. See syncline_server_flight().
    pub options: *const c_char,
    /// Bytes of `options`.
    pub options_len: usize,
    /// Manual mode: fresh entropy, or a test's own.
    pub seed: [u8; 32],
    /// Manual mode: the time at the start, in microseconds since an origin of the program's choice.
    pub now_micros: u64,
}

// SAFETY: numbers and pointers, and the first is `struct_size`.
unsafe impl Growing for syncline_server_config {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        Self {
            struct_size: 0,
            mode: 0,
            durability: 0,
            reserved: 0,
            storage: ptr::null(),
            storage_len: 0,
            options: ptr::null(),
            options_len: 0,
            seed: [0; 32],
            now_micros: 0,
        }
    }
}

/// A checked configuration.
pub(super) struct Config<'a> {
    pub(super) manual: bool,
    pub(super) volatile: bool,
    #[cfg_attr(not(feature = "host"), expect(dead_code, reason = "there are no files"))]
    pub(super) storage: &'a str,
    pub(super) options: &'a str,
    pub(super) seed: [u8; 32],
    pub(super) now: Time,
}

impl Config<'_> {
    /// Reads what the caller filled.
    ///
    /// # Safety
    /// `from` is NULL or a filled config, whose texts can be read as long as this lives.
    pub(super) unsafe fn read(from: *const syncline_server_config) -> Result<Self, Error> {
        // SAFETY: the caller promises it.
        let raw = unsafe { growing::read(from, "config") }?;
        // SAFETY: the config's pointers and lengths belong together.
        let storage = unsafe { text(raw.storage, raw.storage_len, "storage") }?;
        // SAFETY: as above.
        let options = unsafe { text(raw.options, raw.options_len, "options") }?;
        Ok(Self {
            manual: second(raw.mode, "mode")?,
            volatile: second(raw.durability, "durability")?,
            storage,
            options,
            seed: raw.seed,
            now: Time::from_micros(raw.now_micros),
        })
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
pub unsafe extern "C" fn syncline_server_config_init(
    out_config: *mut syncline_server_config,
    struct_size: usize,
) {
    quietly(|| {
        // SAFETY: the header asks for a struct of this size, or NULL.
        unsafe { growing::init(out_config, struct_size) };
    });
}
