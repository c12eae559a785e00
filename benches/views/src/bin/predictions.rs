//! What it costs to show at once what follows from an edit, and to learn that.

use std::hint::black_box;

use syncline_bench_views::{median, micros, rounds, timed};
use syncline_core::vnode::{Builder, Screen, Tree, View, apply, from_json};
use syncline_core::{Epoch, Limits, Value};

/// So many keys, each with a place in the tree that follows from it.
const KEYS: usize = 1_000;
/// So many rows are a view of a thousand nodes, to learn from.
const ROWS: usize = 500;
/// So many edits are predicted before the server answers.
const EDITS: usize = 500;

fn value(number: usize) -> Value {
    Value::from_json(number.to_string().as_bytes(), &Limits::default()).unwrap()
}

fn key(nth: usize) -> String {
    format!("key{nth}")
}

/// A page that does what the screen says.
fn take(view: &View, screen: &mut Screen) {
    screen.take(&view.frame(screen.cursor())).unwrap();
    while screen.change().is_some() {}
}

/// A list with a binding in each row.
fn bound(view: &mut View, numbers: &[usize]) {
    let statics = view.statics();
    let (ul, li) = (statics.tag("ul").unwrap(), statics.tag("li").unwrap());
    let mut tree = Builder::new();
    tree.open(ul).unwrap();
    for (nth, number) in numbers.iter().enumerate() {
        let binding = statics.bind(&format!(r#"{{"key":"key{nth}"}}"#)).unwrap();
        let binding = statics.binding(binding).unwrap();
        tree.open(li).unwrap();
        tree.key(&nth.to_string()).unwrap();
        tree.bound(&binding, Some(&value(*number))).unwrap();
        tree.close().unwrap();
    }
    tree.close().unwrap();
    view.render(tree.finish().unwrap());
}

/// The same where the server tells nothing of what follows from what.
fn plain(view: &mut View, numbers: &[usize]) {
    let rows = numbers
        .iter()
        .enumerate()
        .map(|(nth, number)| format!(r#",["li",{{"key":"{nth}"}},"{number} of them"]"#));
    let json = format!(r#"["ul",{{}}{}]"#, rows.collect::<String>());
    let tree = from_json(&json, view.statics()).unwrap();
    view.render(tree);
}

type Render = fn(&mut View, &[usize]);

/// A view with its first tree, a screen of it, and the numbers in it.
fn world(render: Render, count: usize) -> (View, Screen, Vec<usize>) {
    let (mut view, mut screen) = (View::new("v", Epoch::new(1)), Screen::new());
    let numbers = vec![0; count];
    render(&mut view, &numbers);
    take(&view, &mut screen);
    (view, screen, numbers)
}

/// Has a screen learn what a key does.
fn learn(view: &mut View, screen: &mut Screen, numbers: &mut [usize], nth: usize, render: Render) {
    let before = numbers[nth];
    numbers[nth] += 1;
    screen.observe(None, &key(nth), &value(before), &value(numbers[nth]));
    render(view, numbers);
    take(view, screen);
}

/// Predictions, each with the change for the page: all of them, of `KEYS` in turn, which the server then confirms.
fn predictions(
    view: &mut View,
    screen: &mut Screen,
    numbers: &mut [usize],
    render: Render,
) -> Vec<f64> {
    let (mut samples, mut at) = (Vec::new(), 0);
    for _ in 0..rounds(20) {
        let mut page: Tree = screen.tree().clone();
        let mut patches = Vec::new();
        for edit in 0..EDITS {
            at = (at + 383) % KEYS;
            numbers[at] += 1;
            let (key, value) = (key(at), value(numbers[at]));
            let (change, took) = timed(|| {
                screen.predict(edit as u64, None, black_box(&key), black_box(&value)).unwrap();
                screen.change()
            });
            patches.push(change.unwrap().patch);
            assert!(screen.change().is_none(), "one change for one edit");
            // The first one after a frame has to look for bindings.
            if edit > 0 {
                samples.push(micros(took));
            }
        }
        for patch in patches {
            page = apply(&page, &patch, screen.statics()).unwrap();
        }
        for edit in 0..EDITS {
            screen.settle(edit as u64);
        }
        render(view, numbers);
        assert_eq!(page, *view.tree(), "what was predicted is what the server renders");
        screen.take(&view.frame(screen.cursor())).unwrap();
        assert!(screen.change().is_none(), "nothing is left to do");
    }
    samples
}

/// `take` of a frame with one change, observed or not, on a screen without any hints.
fn takes(observed: bool) -> Vec<f64> {
    let (view, screen, numbers) = world(plain, ROWS);
    let mut samples = Vec::new();
    for nth in 0..rounds(20) * 20 {
        let at = nth * 383 % ROWS;
        let (mut view, mut screen, mut numbers) = (view.clone(), screen.clone(), numbers.clone());
        numbers[at] = nth + 1;
        plain(&mut view, &numbers);
        let frame = view.frame(screen.cursor());
        if observed {
            screen.observe(None, &key(at), &value(0), &value(nth + 1));
        }
        let ((), took) = timed(|| screen.take(black_box(&frame)).unwrap());
        assert_eq!(screen.metrics().hints, u64::from(observed));
        samples.push(micros(took));
    }
    samples
}

fn spread(samples: &[f64]) -> String {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |part: usize| sorted.get(sorted.len() * part / 100).copied().unwrap_or(f64::NAN);
    format!("{:.2} | {:.2} | {:.2}", at(10), at(50), at(90))
}

fn main() {
    println!("| us | 10% | median | 90% | goal |\n|---|---:|---:|---:|---:|");
    let (mut view, mut screen, mut numbers) = world(bound, KEYS);
    let samples = predictions(&mut view, &mut screen, &mut numbers, bound);
    println!("| predict + change, {KEYS} bindings | {} | 2 |", spread(&samples));
    let (mut view, mut screen, mut numbers) = world(plain, KEYS);
    for nth in 0..KEYS {
        learn(&mut view, &mut screen, &mut numbers, nth, plain);
    }
    assert_eq!(screen.metrics().hints, KEYS as u64);
    let samples = predictions(&mut view, &mut screen, &mut numbers, plain);
    println!("| predict + change, {KEYS} learned hints | {} | 2 |", spread(&samples));
    let (with, without) = (takes(true), takes(false));
    println!("| take of one change, observed | {} | |", spread(&with));
    println!("| take of one change, not observed | {} | |", spread(&without));
    println!("| learning from it | | {:.2} | | 20 |", median(&with) - median(&without));
    let clock: Vec<f64> = (0..1_000).map(|_| micros(timed(|| ()).1)).collect();
    println!("| the clock alone | {} | |", spread(&clock));
}
