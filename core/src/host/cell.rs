//! A role behind a lock: when its time passes, when the host hears of it, and when it is unusable.

use std::sync::atomic::Ordering;

use crate::error::{Code, Error};
use crate::host::lock::{AtomicU8, Mutex};
#[cfg(feature = "host")]
use crate::host::{Clock, Orders};
use crate::host::{Wake, wake::Callback};
use crate::time::Time;

/// What a handle does with its role after each call.
pub(super) trait Role: Send {
    /// Carries out what the last input led to, until only the host can go on.
    fn settle(&mut self, now: Time);
    /// The deadline is reached, or was once.
    fn handle_timeout(&mut self, now: Time);
    /// When [`handle_timeout`](Self::handle_timeout) is next due.
    fn deadline(&self) -> Option<Time>;
    /// Whether there is something to poll.
    fn is_ready(&self) -> bool;
}

/// Where a handle's time comes from.
#[derive(Debug)]
pub(super) enum Pace {
    /// The host says it.
    Manual(Time),
    /// A clock, and the thread that keeps deadlines.
    #[cfg(feature = "host")]
    Automatic(Clock, Orders),
}

impl Pace {
    fn now(&self) -> Time {
        match self {
            Self::Manual(now) => *now,
            #[cfg(feature = "host")]
            Self::Automatic(clock, _) => clock.now(),
        }
    }
}

const USABLE: u8 = 0;
const CLOSED: u8 = 1;
const POISONED: u8 = 2;

/// A role that one thread at a time uses, until it is closed or somebody panics while using it.
pub(super) struct Cell<R> {
    held: Mutex<(R, Pace)>,
    state: AtomicU8,
    wake: Wake,
}

impl<R: Role> Cell<R> {
    pub(super) fn new(role: R, pace: Pace) -> Self {
        let cell = Self {
            held: Mutex::new((role, pace)),
            state: AtomicU8::new(USABLE),
            wake: Wake::default(),
        };
        // What a new role wants is there to be polled, and its deadline is kept.
        let _ = cell.input(|_, _| ());
        cell
    }

    /// Gives the role an input, and tells the host if that leads to something to poll.
    pub(super) fn input<T>(&self, give: impl FnOnce(&mut R, Time) -> T) -> Result<T, Error> {
        let (result, ready) = self.with(|role, pace| {
            let result = settled(role, pace, give);
            (result, role.is_ready())
        })?;
        if ready {
            self.wake.notify();
        }
        Ok(result)
    }

    /// Gives the role an input of ours, which a closed role takes too, so that it can finish.
    pub(super) fn try_late_input<T>(
        &self,
        give: impl FnOnce(&mut R, Time) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let (result, ready) = self.with_at_most(CLOSED, |role, pace| {
            let result = settled(role, pace, give);
            (result, role.is_ready())
        })?;
        if ready {
            self.wake.notify();
        }
        result
    }

    /// Gives the role an input that it may refuse.
    pub(super) fn try_input<T>(
        &self,
        give: impl FnOnce(&mut R, Time) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.input(give)?
    }

    /// Looks at the role.
    pub(super) fn read<T>(&self, look: impl FnOnce(&R) -> T) -> Result<T, Error> {
        self.with(|role, _| look(role))
    }

    /// Takes what is to be polled; with nothing left, the next input may wake again.
    pub(super) fn poll<T>(
        &self,
        take: impl FnOnce(&mut R, Time) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        self.with(|role, pace| {
            let taken = take(role, pace.now());
            if taken.is_none() {
                // Inside the lock: what comes after this finds the wake cleared.
                self.wake.clear();
            }
            taken
        })
    }

    /// What time it is.
    pub(super) fn now(&self) -> Result<Time, Error> {
        self.with(|_, pace| pace.now())
    }

    /// Says what time it is, in manual mode; time does not go back.
    pub(super) fn set_now(&self, time: Time) -> Result<(), Error> {
        self.check_manual()?;
        let due = self.with(|role, pace| {
            let now = pace.now().max(time);
            *pace = Pace::Manual(now);
            role.deadline().is_some_and(|deadline| deadline <= now)
        })?;
        if due { self.tick() } else { Ok(()) }
    }

    /// Refuses a call that belongs to manual mode.
    pub(super) fn check_manual(&self) -> Result<(), Error> {
        self.with(|_, pace| match pace {
            Pace::Manual(_) => Ok(()),
            #[cfg(feature = "host")]
            Pace::Automatic(..) => {
                Err(Error::new(Code::WrongMode, "a handle in manual mode", "an automatic one"))
            }
        })?
    }

    /// Lets the role act upon a deadline that is reached.
    pub(super) fn tick(&self) -> Result<(), Error> {
        self.input(|role, now| {
            if role.deadline().is_some_and(|deadline| deadline <= now) {
                role.handle_timeout(now);
            }
        })
    }

    /// When the role wants to act next.
    pub(super) fn deadline(&self) -> Result<Option<Time>, Error> {
        self.read(R::deadline)
    }

    /// Sets what is called when there is something to poll. See [`Wake::set`].
    pub(super) fn set_wake(&self, callback: Option<Callback>) {
        self.wake.set(callback);
    }

    /// Does the last thing with the role; every later use is refused.
    pub(super) fn close<T>(&self, last: impl FnOnce(&mut R, Time) -> T) -> Result<T, Error> {
        let result = self.with(|role, pace| {
            let result = settled(role, pace, last);
            self.state.store(CLOSED, Ordering::SeqCst);
            result
        });
        self.wake.set(None);
        result
    }

    /// Refuses every later use, and wakes the host so that it finds out.
    pub(super) fn poison(&self) {
        // A poll that is under way has cleared the wake before, or finds out.
        let held = self.held.lock();
        self.state.store(POISONED, Ordering::SeqCst);
        drop(held);
        self.wake.notify();
    }

    fn with<T>(&self, use_it: impl FnOnce(&mut R, &mut Pace) -> T) -> Result<T, Error> {
        self.with_at_most(USABLE, use_it)
    }

    fn with_at_most<T>(
        &self,
        worst: u8,
        use_it: impl FnOnce(&mut R, &mut Pace) -> T,
    ) -> Result<T, Error> {
        let mut held = self.held.lock();
        let state = self.state.load(Ordering::SeqCst);
        if state > worst {
            return Err(match state {
                CLOSED => Error::new(Code::Closed, "an open handle", "a closed one"),
                _ => Error::new(Code::Poisoned, "a handle that never panicked", "a panic"),
            });
        }
        let mut trap = Trap { state: &self.state, armed: true };
        let (role, pace) = &mut *held;
        let result = use_it(role, pace);
        trap.armed = false;
        Ok(result)
    }
}

/// Gives the role an input and has it go on as far as it can by itself.
fn settled<R: Role, T>(role: &mut R, pace: &Pace, give: impl FnOnce(&mut R, Time) -> T) -> T {
    let now = pace.now();
    let result = give(role, now);
    role.settle(now);
    #[cfg(feature = "host")]
    if let (Pace::Automatic(_, orders), Some(deadline)) = (pace, role.deadline()) {
        orders.wake_at(deadline);
    }
    result
}

/// Poisons when it is dropped armed: the code between was left by unwinding.
struct Trap<'a> {
    state: &'a AtomicU8,
    armed: bool,
}

impl Drop for Trap<'_> {
    fn drop(&mut self) {
        if self.armed {
            self.state.store(POISONED, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// Counts down to zero, one output each.
    #[derive(Default)]
    struct Countdown {
        outputs: u32,
        settled: u32,
        due: Option<Time>,
        fired: u32,
    }

    impl Role for Countdown {
        fn settle(&mut self, _now: Time) {
            self.settled += 1;
        }
        fn handle_timeout(&mut self, _now: Time) {
            self.due = None;
            self.fired += 1;
        }
        fn deadline(&self) -> Option<Time> {
            self.due
        }
        fn is_ready(&self) -> bool {
            self.outputs > 0
        }
    }

    fn pop(role: &mut Countdown, _now: Time) -> Option<u32> {
        let left = role.outputs.checked_sub(1)?;
        role.outputs = left;
        Some(left)
    }

    fn manual() -> Cell<Countdown> {
        Cell::new(Countdown::default(), Pace::Manual(Time::default()))
    }

    #[test]
    fn the_host_is_woken_once_until_it_has_drained() {
        let cell = manual();
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        cell.set_wake(Some(Box::new(move || _ = counted.fetch_add(1, Ordering::SeqCst))));
        cell.input(|_, _| ()).unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 0, "nothing to poll");
        for _ in 0..3 {
            cell.input(|role, _| role.outputs += 1).unwrap();
        }
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        while cell.poll(pop).unwrap().is_some() {}
        cell.input(|role, _| role.outputs += 1).unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 2);
        assert_eq!(cell.read(|role| role.settled).unwrap(), 6, "after every input");
    }

    #[test]
    fn time_that_the_host_says_does_not_go_back_and_keeps_deadlines() {
        let cell = manual();
        let at = Time::from_millis;
        cell.input(|role, _| role.due = Some(at(10))).unwrap();
        cell.set_now(at(9)).unwrap();
        assert_eq!(cell.read(|role| role.fired).unwrap(), 0);
        cell.set_now(at(10)).unwrap();
        cell.set_now(at(5)).unwrap();
        assert_eq!(cell.input(|role, now| (role.fired, now)).unwrap(), (1, at(10)));
    }

    #[test]
    fn a_panic_inside_poisons_and_does_not_hang() {
        let cell = manual();
        let inside = AssertUnwindSafe(|| cell.input(|_, _| panic!("a planted panic")));
        assert!(catch_unwind(inside).is_err());
        assert_eq!(cell.read(|_| ()).unwrap_err().code, Code::Poisoned);
        assert_eq!(cell.close(|_, _| ()).unwrap_err().code, Code::Poisoned);
    }

    #[test]
    fn a_closed_or_poisoned_cell_says_which() {
        let cell = manual();
        cell.close(|_, _| ()).unwrap();
        assert_eq!(cell.set_now(Time::default()).unwrap_err().code, Code::Closed);
        let cell = manual();
        cell.poison();
        assert_eq!(cell.poll(pop).unwrap_err().code, Code::Poisoned);
    }

    #[test]
    fn clear_drain_wait_loses_nothing() {
        const EACH: u32 = if cfg!(miri) { 10 } else { 5_000 };
        let cell = Arc::new(manual());
        let (tell, told) = std::sync::mpsc::channel();
        cell.set_wake(Some(Box::new(move || _ = tell.send(()))));
        let producers = [(); 2].map(|()| {
            let cell = Arc::clone(&cell);
            let produce =
                move || (0..EACH).for_each(|_| cell.input(|r, _| r.outputs += 1).unwrap());
            std::thread::Builder::new().spawn(produce).unwrap()
        });
        let mut drained = 0;
        while drained < 2 * EACH {
            told.recv_timeout(core::time::Duration::from_secs(20)).expect("a lost wake");
            while cell.poll(pop).unwrap().is_some() {
                drained += 1;
            }
        }
        for producer in producers {
            producer.join().unwrap();
        }
    }
}
