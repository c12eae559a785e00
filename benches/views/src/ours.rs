//! Ours: rows of a template, or nodes one by one.

use std::hint::black_box;
use std::sync::Arc;

use syncline_bench_views::timed;
use syncline_core::vnode::{Builder, NameId, Statics, Template, Tree, apply, diff};

use crate::rows::{CLASSES, PAGE, ROW, Row, Workload, table};
use crate::{Contender, Took};

/// What both ways share.
fn once(statics: &Statics, before: &Tree, render: impl Fn() -> Tree) -> Took {
    let (after, build) = timed(render);
    let (patch, diff) = timed(|| diff(black_box(before), &after));
    let right = apply(before, &patch, statics).as_ref() == Ok(&after);
    Took { build, diff, patch, right: Some(right), ..Took::default() }
}

/// A template for the page and one for the rows.
pub struct Templates {
    pub statics: Statics,
    page: Arc<Template>,
    row: Arc<Template>,
    before: Vec<Tree>,
}

impl Templates {
    pub fn new() -> Self {
        let mut statics = Statics::new();
        let page = statics.template(PAGE).unwrap();
        let row = statics.template(ROW).unwrap();
        let (page, row) = (statics.get(page).unwrap(), statics.get(row).unwrap());
        Self { statics, page, row, before: Vec::new() }
    }

    fn render(&self, rows: &[Row]) -> Tree {
        table(&self.page, &self.row, rows)
    }
}

impl Contender for Templates {
    fn name(&self) -> &'static str {
        "syncline, template rows"
    }

    fn begin(&mut self, before: Option<&[Row]>) {
        self.before.push(before.map(|rows| self.render(rows)).unwrap_or_default());
    }

    fn once(&mut self, at: usize, workload: &Workload) -> Took {
        once(&self.statics, &self.before[at], || self.render(&workload.after))
    }
}

/// Elements, attributes and texts.
pub struct Trees {
    pub statics: Statics,
    names: TreeNames,
    before: Vec<Tree>,
}

struct TreeNames {
    div: NameId,
    h1: NameId,
    hr: NameId,
    table: NameId,
    tbody: NameId,
    tr: NameId,
    td: NameId,
    class: NameId,
    id: NameId,
    data: NameId,
}

impl Trees {
    pub fn new() -> Self {
        let mut statics = Statics::new();
        let mut tag = |name| statics.tag(name).unwrap();
        let [div, h1, hr, table, tbody, tr, td] =
            ["div", "h1", "hr", "table", "tbody", "tr", "td"].map(&mut tag);
        let [class, id, data] = ["class", "id", "data-id"].map(|name| statics.attr(name).unwrap());
        let names = TreeNames { div, h1, hr, table, tbody, tr, td, class, id, data };
        Self { statics, names, before: Vec::new() }
    }

    fn render(&self, rows: &[Row]) -> Tree {
        let names = &self.names;
        let mut tree = Builder::new();
        tree.open(names.div).unwrap();
        tree.open(names.h1).unwrap();
        tree.text("Orders").unwrap();
        tree.close().unwrap();
        tree.open(names.hr).unwrap();
        tree.close().unwrap();
        tree.open(names.table).unwrap();
        tree.open(names.tbody).unwrap();
        for row in rows {
            tree.open(names.tr).unwrap();
            tree.key(&row.key).unwrap();
            tree.attr(names.class, "row").unwrap();
            tree.attr(names.id, &row.id).unwrap();
            tree.attr(names.data, &row.data).unwrap();
            for (class, cell) in CLASSES.iter().zip(&row.cells) {
                tree.open(names.td).unwrap();
                tree.attr(names.class, class).unwrap();
                tree.text(cell).unwrap();
                tree.close().unwrap();
            }
            tree.close().unwrap();
        }
        for _ in 0..3 {
            tree.close().unwrap();
        }
        tree.finish().unwrap()
    }
}

impl Contender for Trees {
    fn name(&self) -> &'static str {
        "syncline, trees"
    }

    fn begin(&mut self, before: Option<&[Row]>) {
        self.before.push(before.map(|rows| self.render(rows)).unwrap_or_default());
    }

    fn once(&mut self, at: usize, workload: &Workload) -> Took {
        once(&self.statics, &self.before[at], || self.render(&workload.after))
    }
}
