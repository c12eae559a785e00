//! When the host is told that there is something to poll, and when it is certain not to be.

use std::sync::Arc;

use super::lock::{self, Condvar, Mutex, Thread, this_thread};

/// What the host wants called.
pub type Callback = Box<dyn Fn() + Send + Sync>;

/// One coalesced callback without data.
///
/// After [`notify`](Self::notify) it is called once, and not again before
/// [`clear`](Self::clear). It may be called from any thread, also from inside a call that the host
/// makes; never by two threads at once, never with a lock of ours held, never from inside itself. It
/// must not block for long and must not unwind; it may use everything, also `set`.
///
/// The order on the receiving side is: clear, drain, wait.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use syncline_core::host::Wake;
///
/// let calls = Arc::new(AtomicU32::new(0));
/// let wake = Wake::default();
/// let counted = Arc::clone(&calls);
/// wake.set(Some(Box::new(move || _ = counted.fetch_add(1, Ordering::Relaxed))));
/// wake.notify();
/// wake.notify();
/// assert_eq!(calls.load(Ordering::Relaxed), 1);
/// wake.clear();
/// wake.notify();
/// assert_eq!(calls.load(Ordering::Relaxed), 2);
/// ```
#[derive(Default)]
pub struct Wake {
    state: Mutex<State>,
    quiet: Condvar,
}

#[derive(Default)]
struct State {
    callback: Option<Arc<Callback>>,
    /// Counts the callbacks that were set, so that waiting for old ones does not wait for a new.
    generation: u64,
    /// Something happened since the last `clear`.
    raised: bool,
    /// `raised` was set while the callback ran: the thread that runs it runs it once more.
    again: bool,
    /// Who runs a callback, and of which generation.
    runner: Option<(Thread, u64)>,
}

impl Wake {
    /// Sets the callback or removes it. If something is already there to poll, the new one is called
    /// at once.
    ///
    /// After the return no earlier callback is running or runs again, and the one that this replaced
    /// has been dropped. Only when called from inside an earlier callback does that one still finish,
    /// and is dropped then.
    pub fn set(&self, callback: Option<Callback>) {
        let mut state = self.state.lock();
        let old_generation = state.generation;
        let old = std::mem::replace(&mut state.callback, callback.map(Arc::new));
        state.generation = old_generation.wrapping_add(1);
        let me = this_thread();
        // Also for one that somebody else removed while it ran.
        while state.runner.is_some_and(|(runner, ran)| ran <= old_generation && runner != me) {
            state = lock::wait(&self.quiet, state);
        }
        let raised = state.raised;
        drop(state);
        // What a host hangs on its callback may run code of its own when dropped.
        drop(old);
        if raised {
            self.run();
        }
    }

    /// Calls the callback, unless it was called since the last [`clear`](Self::clear).
    pub fn notify(&self) {
        let mut state = self.state.lock();
        if std::mem::replace(&mut state.raised, true) {
            return;
        }
        drop(state);
        self.run();
    }

    /// Lets the next [`notify`](Self::notify) call again. Whatever was notified about before is to be
    /// drained after this.
    pub fn clear(&self) {
        self.state.lock().raised = false;
    }

    fn run(&self) {
        loop {
            let mut state = self.state.lock();
            if state.runner.is_some() {
                state.again = true;
                return;
            }
            let Some(callback) = state.callback.clone() else {
                return;
            };
            state.again = false;
            state.runner = Some((this_thread(), state.generation));
            drop(state);
            // Declared in this order, so that the callback is dropped before others stop waiting.
            let running = Running(self);
            let callback = callback;
            callback();
            drop(callback);
            drop(running);
            if !self.state.lock().again {
                return;
            }
        }
    }
}

/// Ends a run, also when the callback unwinds.
struct Running<'a>(&'a Wake);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.state.lock().runner = None;
        self.0.quiet.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::thread::{Builder, JoinHandle};
    use std::time::Duration;

    use super::*;

    fn spawn(body: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
        Builder::new().spawn(body).unwrap()
    }

    #[test]
    fn what_happened_before_the_callback_was_set_is_told() {
        let wake = Wake::default();
        wake.notify();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        wake.set(Some(Box::new(move || _ = counted.fetch_add(1, Ordering::SeqCst))));
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        wake.notify();
        assert_eq!(calls.load(Ordering::SeqCst), 1, "not cleared yet");
    }

    #[test]
    fn clear_drain_wait_loses_nothing() {
        const SENT: usize = if cfg!(miri) { 20 } else { 20_000 };
        let wake = Arc::new(Wake::default());
        let queue = Arc::new(AtomicUsize::new(0));
        let (tell, told) = mpsc::channel();
        wake.set(Some(Box::new(move || tell.send(()).unwrap())));
        let producers: Vec<_> = (0..2)
            .map(|_| {
                let (wake, queue) = (Arc::clone(&wake), Arc::clone(&queue));
                spawn(move || {
                    for _ in 0..SENT / 2 {
                        queue.fetch_add(1, Ordering::SeqCst);
                        wake.notify();
                    }
                })
            })
            .collect();
        let mut drained = 0;
        while drained < SENT {
            told.recv_timeout(Duration::from_secs(20)).expect("a lost wake");
            wake.clear();
            drained += queue.swap(0, Ordering::SeqCst);
        }
        for producer in producers {
            producer.join().unwrap();
        }
    }

    #[test]
    fn a_removed_callback_never_runs_and_is_dropped_once() {
        struct Hung(Arc<AtomicBool>, Arc<AtomicUsize>);
        impl Drop for Hung {
            fn drop(&mut self) {
                self.0.store(true, Ordering::SeqCst);
                self.1.fetch_add(1, Ordering::SeqCst);
            }
        }
        let wake = Arc::new(Wake::default());
        let stop = Arc::new(AtomicBool::new(false));
        let notifiers: Vec<_> = (0..2)
            .map(|_| {
                let (wake, stop) = (Arc::clone(&wake), Arc::clone(&stop));
                spawn(move || {
                    while !stop.load(Ordering::SeqCst) {
                        wake.notify();
                        wake.clear();
                    }
                })
            })
            .collect();
        let drops = Arc::new(AtomicUsize::new(0));
        for round in 1..=if cfg!(miri) { 3 } else { 500 } {
            let gone = Arc::new(AtomicBool::new(false));
            let running = Arc::new(AtomicUsize::new(0));
            let hung = Hung(Arc::clone(&gone), Arc::clone(&drops));
            let inside = Arc::clone(&running);
            wake.set(Some(Box::new(move || {
                assert!(!hung.0.load(Ordering::SeqCst), "run after its drop");
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two threads at once");
                std::thread::yield_now();
                inside.fetch_sub(1, Ordering::SeqCst);
            })));
            std::thread::yield_now();
            wake.set(None);
            assert!(gone.load(Ordering::SeqCst));
            assert_eq!(running.load(Ordering::SeqCst), 0);
            assert_eq!(drops.load(Ordering::SeqCst), round);
        }
        stop.store(true, Ordering::SeqCst);
        for notifier in notifiers {
            notifier.join().unwrap();
        }
    }

    #[test]
    fn a_callback_may_remove_itself_and_may_notify() {
        let wake = Arc::new(Wake::default());
        let calls = Arc::new(AtomicUsize::new(0));
        let (inside, counted) = (Arc::clone(&wake), Arc::clone(&calls));
        wake.set(Some(Box::new(move || {
            if counted.fetch_add(1, Ordering::SeqCst) < 3 {
                inside.clear();
                inside.notify();
            } else {
                inside.set(None);
            }
        })));
        wake.notify();
        assert_eq!(calls.load(Ordering::SeqCst), 4);
        assert_eq!(Arc::strong_count(&wake), 1, "the callback is dropped");
    }

    #[test]
    fn a_callback_that_unwinds_does_not_hang_the_next() {
        let wake = Wake::default();
        wake.set(Some(Box::new(|| panic!("a host that breaks the contract"))));
        let unwound = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| wake.notify()));
        assert!(unwound.is_err());
        wake.set(None);
        wake.clear();
        wake.notify();
    }
}
