//! Every order in which threads can use a handle and its wake, as `loom` tries them one by one: `make loom`.
//!
//! A lost wake is a deadlock here, because whoever waits for it waits for ever.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use loom::sync::atomic::{AtomicBool, AtomicUsize};
use loom::sync::{Condvar, Mutex};
use loom::thread;

use super::cell::{Cell, Pace, Role};
use super::wake::{Callback, Wake};
use crate::error::Code;
use crate::time::Time;

/// As many outputs as inputs.
#[derive(Default)]
struct Queue(u32);

impl Role for Queue {
    fn settle(&mut self, _now: Time) {}
    fn handle_timeout(&mut self, _now: Time) {}
    fn deadline(&self) -> Option<Time> {
        None
    }
    fn is_ready(&self) -> bool {
        self.0 > 0
    }
}

fn cell() -> Arc<Cell<Queue>> {
    Arc::new(Cell::new(Queue::default(), Pace::Manual(Time::default())))
}

fn give(cell: &Cell<Queue>) {
    cell.input(|queue, _| queue.0 += 1).unwrap();
}

fn take(queue: &mut Queue, _now: Time) -> Option<()> {
    queue.0 = queue.0.checked_sub(1)?;
    Some(())
}

/// What a callback rings and a host sleeps by.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    fn callback(self: &Arc<Self>) -> Option<Callback> {
        let bell = Arc::clone(self);
        Some(Box::new(move || {
            *bell.rung.lock().unwrap() = true;
            bell.changed.notify_one();
        }))
    }

    fn wait(&self) {
        let mut rung = self.rung.lock().unwrap();
        while !*rung {
            rung = self.changed.wait(rung).unwrap();
        }
        *rung = false;
    }
}

/// Each of the orders in which threads run, with no more than three moments at which one is interrupted that could go on.
fn search(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

/// A host that drains in its own way gets all that these producers give, each the number that it says.
fn drained(cell: &Arc<Cell<Queue>>, producers: &[u32], drain: impl Fn(&Cell<Queue>) -> u32) {
    let bell = Arc::new(Bell::default());
    cell.set_wake(bell.callback());
    let threads: Vec<_> = producers
        .iter()
        .map(|&inputs| {
            let cell = Arc::clone(cell);
            thread::spawn(move || (0..inputs).for_each(|_| give(&cell)))
        })
        .collect();
    let mut missing = producers.iter().sum::<u32>();
    while missing > 0 {
        bell.wait();
        missing -= drain(cell);
    }
    for thread in threads {
        thread.join().unwrap();
    }
}

fn polled(cell: &Cell<Queue>) -> u32 {
    let mut count = 0;
    while cell.poll(take).unwrap().is_some() {
        count += 1;
    }
    count
}

#[test]
fn what_one_producer_gives_is_never_left_by_a_host_that_waits() {
    search(|| drained(&cell(), &[3], polled));
}

#[test]
fn what_two_producers_give_is_never_left_by_a_host_that_waits() {
    search(|| drained(&cell(), &[1, 2], polled));
}

#[test]
#[should_panic(expected = "deadlock")]
fn to_clear_after_the_drain_is_found_to_lose_a_wake() {
    search(|| {
        let (wake, queue) = (Arc::new(Wake::default()), Arc::new(AtomicUsize::new(0)));
        let bell = Arc::new(Bell::default());
        wake.set(bell.callback());
        let (notifying, filled) = (Arc::clone(&wake), Arc::clone(&queue));
        let producer = thread::spawn(move || {
            for _ in 0..2 {
                filled.fetch_add(1, Ordering::SeqCst);
                notifying.notify();
            }
        });
        let mut drained = 0;
        while drained < 2 {
            bell.wait();
            drained += queue.swap(0, Ordering::SeqCst);
            wake.clear();
        }
        producer.join().unwrap();
    });
}

#[test]
fn a_host_that_waits_hears_of_a_poisoning() {
    search(|| {
        let cell = cell();
        let bell = Arc::new(Bell::default());
        cell.set_wake(bell.callback());
        let other = Arc::clone(&cell);
        let thread = thread::spawn(move || {
            give(&other);
            other.poison();
        });
        let code = loop {
            bell.wait();
            match std::iter::repeat_with(|| cell.poll(take)).find(|got| *got != Ok(Some(()))) {
                Some(Err(error)) => break error.code,
                _ => {}
            }
        };
        assert_eq!(code, Code::Poisoned);
        thread.join().unwrap();
    });
}

/// What is hung on a callback; it tells when it runs, and when it is dropped.
#[derive(Default)]
struct Seen {
    running: AtomicBool,
    dropped: AtomicUsize,
}

impl Seen {
    fn callback(self: &Arc<Self>, inside: impl Fn() + Send + Sync + 'static) -> Option<Callback> {
        struct Hung(Arc<Seen>);
        impl Drop for Hung {
            fn drop(&mut self) {
                self.0.dropped.fetch_add(1, Ordering::SeqCst);
            }
        }
        let hung = Hung(Arc::clone(self));
        Some(Box::new(move || {
            let seen = &hung.0;
            assert!(!seen.running.swap(true, Ordering::SeqCst), "two threads at once");
            assert_eq!(seen.dropped.load(Ordering::SeqCst), 0, "run after its drop");
            inside();
            assert_eq!(seen.dropped.load(Ordering::SeqCst), 0, "dropped while it runs");
            seen.running.store(false, Ordering::SeqCst);
        }))
    }

    /// What a host relies on after `set`, when it frees what the callback used.
    fn assert_gone(&self) {
        assert!(!self.running.load(Ordering::SeqCst), "still running");
        assert_eq!(self.dropped.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn a_callback_that_was_replaced_is_over_and_dropped_once() {
    search(|| {
        let (wake, first, second) = (Arc::new(Wake::default()), Arc::default(), Arc::default());
        wake.set(Seen::callback(&first, || ()));
        let notifying = Arc::clone(&wake);
        let notifier = thread::spawn(move || {
            notifying.notify();
            notifying.clear();
            notifying.notify();
        });
        wake.set(Seen::callback(&second, || ()));
        first.assert_gone();
        wake.set(None);
        second.assert_gone();
        notifier.join().unwrap();
    });
}

#[test]
fn of_two_that_remove_a_callback_each_finds_it_over() {
    search(|| {
        let (wake, seen) = (Arc::new(Wake::default()), Arc::<Seen>::default());
        wake.set(Seen::callback(&seen, || ()));
        let (notifying, removing) = (Arc::clone(&wake), Arc::clone(&wake));
        let notifier = thread::spawn(move || notifying.notify());
        let watched = Arc::clone(&seen);
        let remover = thread::spawn(move || {
            removing.set(None);
            assert!(!watched.running.load(Ordering::SeqCst), "still running");
        });
        wake.set(None);
        assert!(!seen.running.load(Ordering::SeqCst), "still running");
        notifier.join().unwrap();
        remover.join().unwrap();
        seen.assert_gone();
    });
}

#[test]
fn who_removes_a_callback_that_removes_itself_finds_it_over() {
    search(|| {
        let (wake, seen) = (Arc::new(Wake::default()), Arc::<Seen>::default());
        let inside = Arc::downgrade(&wake);
        wake.set(Seen::callback(&seen, move || {
            if let Some(wake) = inside.upgrade() {
                wake.set(None);
            }
        }));
        let notifying = Arc::clone(&wake);
        let notifier = thread::spawn(move || notifying.notify());
        wake.set(None);
        seen.assert_gone();
        notifier.join().unwrap();
    });
}

#[test]
fn what_was_there_before_a_callback_is_told_to_it() {
    search(|| {
        let cell = cell();
        let bell = Arc::new(Bell::default());
        let other = Arc::clone(&cell);
        let producer = thread::spawn(move || give(&other));
        cell.set_wake(bell.callback());
        bell.wait();
        assert_eq!(polled(&cell), 1);
        producer.join().unwrap();
    });
}

#[test]
fn a_handle_that_is_closed_calls_no_more() {
    search(|| {
        let (cell, seen) = (cell(), Arc::<Seen>::default());
        cell.set_wake(Seen::callback(&seen, || ()));
        let other = Arc::clone(&cell);
        let producer = thread::spawn(move || {
            if let Err(error) = other.input(|queue, _| queue.0 += 1) {
                assert_eq!(error.code, Code::Closed);
            }
        });
        cell.close(|_, _| ()).unwrap();
        seen.assert_gone();
        producer.join().unwrap();
    });
}
