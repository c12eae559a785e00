//! Structs of the caller that may grow: the first field says how much of one there is.

use std::mem::size_of;

use syncline_core::{Code, Error};

use crate::guard::place;

/// A struct that begins with `struct_size: u32`.
///
/// Fields are only ever added at the end. Those that the caller does not know have their defaults;
/// those that this library does not know must be zero.
///
/// # Safety
/// The struct is `repr(C)`, begins with `struct_size: u32`, and every sequence of initialised bytes is
/// a valid value: numbers and pointers.
pub(crate) unsafe trait Growing: Copy {
    /// The size that the struct had first.
    const FIRST_SIZE: usize;
    /// The struct with its defaults.
    fn defaults() -> Self;
}

/// Fills the caller's struct with the defaults.
///
/// # Safety
/// `out` is NULL or has `size` bytes that can be written.
pub(crate) unsafe fn init<T: Growing>(out: *mut T, size: usize) {
    // SAFETY: the caller promises the same.
    if !unsafe { init_zero(out, size) } {
        return;
    }
    let defaults = T::defaults();
    let first = size_of::<u32>();
    let known = size.min(size_of::<T>()).saturating_sub(first);
    // SAFETY: the first field is within the defaults.
    let from = unsafe { (&raw const defaults).cast::<u8>().add(first) };
    // SAFETY: the first field is within the caller's bytes.
    let to = unsafe { out.cast::<u8>().add(first) };
    // SAFETY: `known` bytes are on both sides, and the caller's are not this function's local.
    unsafe { to.copy_from_nonoverlapping(from, known) };
}

/// Fills the caller's struct with zeros and its size; tells whether there was one.
///
/// # Safety
/// As for [`init`].
pub(crate) unsafe fn init_zero<T>(out: *mut T, size: usize) -> bool {
    let Ok(struct_size) = u32::try_from(size) else { return false };
    if out.is_null() || size < size_of::<u32>() {
        return false;
    }
    // SAFETY: the caller has `size` bytes.
    unsafe { out.cast::<u8>().write_bytes(0, size) };
    // SAFETY: the first field is there, and may lie unaligned.
    unsafe { out.cast::<u32>().write_unaligned(struct_size) };
    true
}

/// Reads the caller's struct.
///
/// # Safety
/// `from` is NULL or was filled by [`init`] and is not written to now.
pub(crate) unsafe fn read<T: Growing>(from: *const T, name: &'static str) -> Result<T, Error> {
    place(from.cast_mut(), name)?;
    // SAFETY: the first field is there.
    let size = unsafe { from.cast::<u32>().read_unaligned() };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    check(size, T::FIRST_SIZE, name)?;
    let known = size.min(size_of::<T>());
    // SAFETY: the caller says that it has `size` bytes, and `known` is at most that.
    let rest = unsafe { from.cast::<u8>().add(known) };
    // SAFETY: these are the bytes after the known ones, up to `size`.
    let rest = unsafe { std::slice::from_raw_parts(rest, size.saturating_sub(known)) };
    if rest.iter().any(|byte| *byte != 0) {
        let expected = format!("{name} of {} bytes, or zeros after them", size_of::<T>());
        return Err(Error::new(Code::InvalidArgument, expected, "a field of a newer library"));
    }
    let mut value = T::defaults();
    // SAFETY: `known` bytes are on both sides, and the trait says that any bytes make a value.
    unsafe { (&raw mut value).cast::<u8>().copy_from_nonoverlapping(from.cast(), known) };
    Ok(value)
}

/// Checks that the caller's struct is large enough for what is written to it.
///
/// # Safety
/// As for [`read`].
pub(crate) unsafe fn check_place<T>(from: *const T, name: &'static str) -> Result<(), Error> {
    place(from.cast_mut(), name)?;
    // SAFETY: the first field is there.
    let size = unsafe { from.cast::<u32>().read_unaligned() };
    check(usize::try_from(size).unwrap_or(usize::MAX), size_of::<T>(), name)
}

fn check(size: usize, least: usize, name: &'static str) -> Result<(), Error> {
    // Beyond this, what is there are not the first bytes of a struct.
    const MOST: usize = 65_536;
    if (least..=MOST).contains(&size) {
        return Ok(());
    }
    let expected = format!("{name} that its init function has filled");
    Err(Error::new(Code::InvalidArgument, expected, format!("struct_size {size}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an older and a newer library know of one struct.
    #[repr(C, align(8))]
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    struct Old {
        struct_size: u32,
        a: u32,
    }

    #[repr(C)]
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    struct New {
        struct_size: u32,
        a: u32,
        b: u64,
    }

    // SAFETY: numbers only.
    unsafe impl Growing for Old {
        const FIRST_SIZE: usize = 8;
        fn defaults() -> Self {
            Self { struct_size: 8, a: 1 }
        }
    }

    // SAFETY: numbers only.
    unsafe impl Growing for New {
        const FIRST_SIZE: usize = 8;
        fn defaults() -> Self {
            Self { struct_size: 16, a: 1, b: 2 }
        }
    }

    const BLANK: New = New { struct_size: 99, a: 99, b: 99 };

    #[test]
    fn an_older_program_gets_the_defaults_of_what_it_does_not_know() {
        let mut old = Old { struct_size: 0, a: 0 };
        // SAFETY: the struct is there.
        unsafe { init((&raw mut old).cast::<New>(), size_of::<Old>()) };
        assert_eq!(old, Old { struct_size: 8, a: 1 });
        old.a = 5;
        // SAFETY: its size says that there are eight bytes only.
        let read = unsafe { read((&raw const old).cast::<New>(), "config") };
        assert_eq!(read, Ok(New { struct_size: 8, a: 5, b: 2 }));
    }

    #[test]
    fn a_newer_program_may_leave_alone_what_the_library_does_not_know() {
        let mut new = BLANK;
        // SAFETY: the struct is there.
        unsafe { init((&raw mut new).cast::<Old>(), size_of::<New>()) };
        assert_eq!(new, New { struct_size: 16, a: 1, b: 0 });
        let from = (&raw const new).cast::<Old>();
        // SAFETY: the struct is there.
        assert_eq!(unsafe { read(from, "config") }, Ok(Old { struct_size: 16, a: 1 }));
        new.b = 1;
        // SAFETY: the struct is there.
        let refused = unsafe { read((&raw const new).cast::<Old>(), "config") };
        assert_eq!(refused.unwrap_err().code, Code::InvalidArgument);
    }

    #[test]
    fn a_struct_that_was_not_filled_is_refused() {
        for struct_size in [0, 7, u32::MAX] {
            let new = New { struct_size, ..BLANK };
            // SAFETY: nothing beyond the size is read when it is refused.
            let refused = unsafe { read(&raw const new, "config") };
            assert_eq!(refused.unwrap_err().code, Code::InvalidArgument);
            // SAFETY: as above.
            let refused = unsafe { check_place(&raw const new, "output") };
            assert_eq!(refused.unwrap_err().code, Code::InvalidArgument);
        }
        // SAFETY: NULL is refused, and left alone.
        assert!(unsafe { read::<New>(std::ptr::null(), "config") }.is_err());
        // SAFETY: as above.
        unsafe { init::<New>(std::ptr::null_mut(), 16) };
        let mut new = BLANK;
        // SAFETY: nothing is written to less than a size.
        unsafe { init(&raw mut new, 3) };
        assert_eq!(new, BLANK);
    }
}
