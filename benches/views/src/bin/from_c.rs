//! What a render of the table costs a program in C, beside one in Rust: the tree, what changed, and the frame that tells it.

#[path = "../rows.rs"]
mod rows;

use std::ffi::c_void;
use std::hint::black_box;
use std::ptr::null_mut;
use std::sync::Arc;

use syncline_bench_views::{median, micros, rounds, timed};
use syncline_core::vnode::{Cursor, Template, View};
use syncline_core::{Epoch, Revision};
// What C calls is in here.
use syncline as _;

use rows::{PAGE, ROW, Row, Workload, table, workloads};

const EPOCH: Epoch = Epoch::new(7);
/// How often in a row each does the same, so that its code and the old tree are in the cache.
const TURNS: usize = 4;

/// As `benches/c/views.c` has them.
#[repr(C)]
struct Table {
    view: *mut c_void,
    tree: *mut c_void,
    page: u32,
    row: u32,
}

#[repr(C)]
struct Text {
    ptr: *const u8,
    len: usize,
}

#[repr(C)]
struct CRow {
    key: Text,
    slots: [Text; 6],
}

unsafe extern "C" {
    fn bench_table_new(table: *mut Table);
    fn bench_table_free(table: *mut Table);
    fn bench_table_render(table: *mut Table, rows: *const CRow, count: usize) -> u64;
    fn bench_table_frame(table: *const Table, revision: u64) -> usize;
}

/// A table that is rendered.
trait Contender {
    type Rows;
    fn new() -> Self;
    fn rows(rows: &[Row]) -> Self::Rows;
    /// Renders it; gives the revision.
    fn render(&mut self, rows: &Self::Rows) -> u64;
    /// How many bytes tell what changed since a revision.
    fn frame(&mut self, from: u64) -> usize;
}

struct InRust {
    view: View,
    page: Arc<Template>,
    row: Arc<Template>,
}

impl Contender for InRust {
    type Rows = Vec<Row>;

    fn new() -> Self {
        let mut view = View::new("page", EPOCH);
        let mut template = |markup| {
            let number = view.statics().template(markup).unwrap();
            view.statics().get(number).unwrap()
        };
        let (page, row) = (template(PAGE), template(ROW));
        Self { view, page, row }
    }

    fn rows(rows: &[Row]) -> Vec<Row> {
        rows.to_vec()
    }

    fn render(&mut self, rows: &Vec<Row>) -> u64 {
        self.view.render(table(&self.page, &self.row, rows));
        self.view.cursor().revision.get()
    }

    fn frame(&mut self, from: u64) -> usize {
        self.view.frame(Cursor { epoch: EPOCH, revision: Revision::new(from) }).len()
    }
}

struct InC(Table);

/// Rows as C has them, which borrow from those beside them.
struct CRows {
    rows: Vec<CRow>,
    _texts: Vec<Row>,
}

impl Contender for InC {
    type Rows = CRows;

    fn new() -> Self {
        let mut table = Table { view: null_mut(), tree: null_mut(), page: 0, row: 0 };
        // SAFETY: the struct is as C has it.
        unsafe { bench_table_new(&raw mut table) };
        Self(table)
    }

    fn rows(rows: &[Row]) -> CRows {
        let texts = rows.to_vec();
        let text = |text: &str| Text { ptr: text.as_ptr(), len: text.len() };
        let row = |Row { key, id, data, cells: [a, b, c, d] }: &Row| CRow {
            key: text(key),
            slots: [text(id), text(data), text(a), text(b), text(c), text(d)],
        };
        CRows { rows: texts.iter().map(row).collect(), _texts: texts }
    }

    fn render(&mut self, rows: &CRows) -> u64 {
        // SAFETY: the rows and their texts outlive the call.
        unsafe { bench_table_render(&raw mut self.0, rows.rows.as_ptr(), rows.rows.len()) }
    }

    fn frame(&mut self, from: u64) -> usize {
        // SAFETY: the table is one that C made.
        unsafe { bench_table_frame(&raw const self.0, from) }
    }
}

impl Drop for InC {
    fn drop(&mut self) {
        // SAFETY: nothing uses it any more.
        unsafe { bench_table_free(&raw mut self.0) };
    }
}

/// Renders what is after a workload in each turn; gives the bytes of the frame.
fn turns<C: Contender>(workload: &Workload, took: &mut Vec<f64>) -> usize {
    let before = workload.before.as_deref().map(C::rows);
    let after = C::rows(&workload.after);
    let mut table = C::new();
    let mut bytes = 0;
    for _ in 0..TURNS {
        let from = if let Some(before) = &before {
            table.render(before)
        } else {
            table = C::new();
            0
        };
        let (told, time) = timed(|| {
            table.render(black_box(&after));
            table.frame(from)
        });
        took.push(micros(time));
        bytes = told;
    }
    bytes
}

fn main() {
    let rounds = rounds(100);
    println!("{:<12}{:>10}{:>10}{:>10}", "microseconds", "Rust", "C", "C / Rust");
    for workload in workloads() {
        let (mut in_rust, mut in_c) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let one = turns::<InRust>(&workload, &mut in_rust);
            let other = turns::<InC>(&workload, &mut in_c);
            assert_eq!(one, other, "{}: other frames", workload.name);
        }
        let (rust, c) = (median(&in_rust), median(&in_c));
        println!("{:<12}{rust:>10.1}{c:>10.1}{:>10.3}", workload.name, c / rust);
    }
}
