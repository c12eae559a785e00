//! The numbers of JavaScript as names and counters of the engine, and back.

use core::time::Duration;

use syncline_core::{Code, Error, RoomNo, Time, Value};

/// An integer from 0 to 2^53 - 1.
pub(crate) fn counter(number: f64, what: &'static str) -> Result<u64, Error> {
    let integer = Value::from_f64(number).ok().and_then(|value| value.as_i64());
    integer.and_then(|integer| u64::try_from(integer).ok()).ok_or_else(|| wrong(number, what))
}

/// A place or a count.
pub(crate) fn index(number: f64, what: &'static str) -> Result<usize, Error> {
    usize::try_from(counter(number, what)?).map_err(|_| wrong(number, what))
}

/// The number of a room.
pub(crate) fn room(number: f64) -> Result<RoomNo, Error> {
    let room = counter(number, "room")?;
    u32::try_from(room).map(RoomNo::new).map_err(|_| wrong(number, "room"))
}

/// A time in microseconds.
pub(crate) fn time(number: f64) -> Result<Time, Error> {
    counter(number, "now").map(Time::from_micros)
}

/// Milliseconds.
pub(crate) fn millis(number: f64, what: &'static str) -> Result<Duration, Error> {
    counter(number, what).map(Duration::from_millis)
}

/// A counter for JavaScript; those of the engine end at 2^53 - 1.
pub(crate) fn told(counter: u64) -> i64 {
    i64::try_from(counter).unwrap_or(i64::MAX)
}

/// A count for JavaScript.
pub(crate) fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn wrong(number: f64, what: &'static str) -> Error {
    let expected = format!("{what} as an integer from 0 to 2^53 - 1");
    Error::new(Code::InvalidArgument, expected, number.to_string())
}
