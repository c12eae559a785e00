//! How the host is called back: once, without data.

use std::ffi::c_void;

use syncline_core::host::wake::Callback;

/// What is called when there is something to poll. Every handle that can be polled has one.
///
/// It is called once, and not again before polling has said SYNCLINE_STATUS_DONE. It may be called
/// from any thread, also from inside a call that the program makes, but never by two threads at once,
/// never from inside itself, and with no lock held. It must not block for long and must not unwind;
/// it may call every function of this library. Typically it writes to an eventfd or signals a
/// condition.
pub type syncline_wake_fn = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// What is called, once, when `user_data` is not needed any more.
pub type syncline_drop_fn = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// What the host hung on its callback.
struct UserData {
    wake: unsafe extern "C" fn(*mut c_void),
    data: *mut c_void,
    drop: syncline_drop_fn,
}

// SAFETY: the header says that both functions may be called from any thread.
unsafe impl Send for UserData {}
// SAFETY: as above; and nothing here is changed.
unsafe impl Sync for UserData {}

impl UserData {
    fn wake(&self) {
        // SAFETY: the host keeps `data` usable until `drop` is called, which is after this.
        unsafe { (self.wake)(self.data) };
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(drop) = self.drop {
            // SAFETY: the host gave this function for this pointer, and it is called once.
            unsafe { drop(self.data) };
        }
    }
}

/// The callback of these pointers; without a function there is none, and `data` is dropped at once.
pub(crate) fn callback(
    wake: syncline_wake_fn,
    data: *mut c_void,
    drop: syncline_drop_fn,
) -> Option<Callback> {
    let Some(wake) = wake else {
        if let Some(drop) = drop {
            // SAFETY: the host gave this function for this pointer, and it is called once.
            unsafe { drop(data) };
        }
        return None;
    };
    let data = UserData { wake, data, drop };
    Some(Box::new(move || data.wake()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    static WOKEN: AtomicU32 = AtomicU32::new(0);
    static DROPPED: AtomicU32 = AtomicU32::new(0);

    unsafe extern "C" fn woken(_data: *mut c_void) {
        WOKEN.fetch_add(1, Ordering::SeqCst);
    }

    unsafe extern "C" fn dropped(_data: *mut c_void) {
        DROPPED.fetch_add(1, Ordering::SeqCst);
    }

    #[test]
    fn user_data_is_dropped_once_with_or_without_a_function_to_call() {
        let nothing = std::ptr::null_mut();
        let wake = callback(Some(woken), nothing, Some(dropped)).unwrap();
        wake();
        assert_eq!((WOKEN.load(Ordering::SeqCst), DROPPED.load(Ordering::SeqCst)), (1, 0));
        drop(wake);
        assert_eq!(DROPPED.load(Ordering::SeqCst), 1);
        assert!(callback(None, nothing, Some(dropped)).is_none());
        assert_eq!(DROPPED.load(Ordering::SeqCst), 2);
        assert!(callback(None, nothing, None).is_none());
    }
}
