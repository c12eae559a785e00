//! Words that configurations share.

/// Where a handle's time and entropy come from, and who keeps its records.
#[repr(u32)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum syncline_mode {
    /// The library has a clock, a thread and, if it is told where, a journal.
    Automatic = 0,
    /// The program says the time and the entropy, and keeps the records.
    Manual = 1,
}

/// Whether what a room tells has reached storage.
#[repr(u32)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum syncline_durability {
    /// It has: nothing that was told is lost by a crash.
    Durable = 0,
    /// It has not: the room lives in memory, and its epoch ends with the process.
    Volatile = 1,
}

/// Which of two a number names.
pub(crate) fn second(number: u32, name: &'static str) -> Result<bool, syncline_core::Error> {
    match number {
        0 => Ok(false),
        1 => Ok(true),
        other => {
            let expected = format!("{name} of 0 or 1");
            let code = syncline_core::Code::InvalidArgument;
            Err(syncline_core::Error::new(code, expected, other.to_string()))
        }
    }
}
