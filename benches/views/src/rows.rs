//! The table that all contenders render, and how it changes.

use std::sync::Arc;

use syncline_core::vnode::{Builder, Template, Tree};

pub const PAGE: &str = "<div><h1>Orders</h1><hr/><table><tbody>{rows}</tbody></table></div>";
pub const ROW: &str = "<tr class=\"row\" id={id} data-id={data}><td class=\"name\">{a}</td><td class=\"city\">{b}</td>\
                       <td class=\"price\">{c}</td><td class=\"state\">{d}</td></tr>";

/// The table as rows of a template.
pub fn table(page: &Arc<Template>, row: &Arc<Template>, rows: &[Row]) -> Tree {
    let mut tree = Builder::new();
    tree.instance(page, None).unwrap();
    tree.fragment().unwrap();
    for Row { key, id, data, cells: [a, b, c, d] } in rows {
        tree.row(row, Some(key), &[id, data, a, b, c, d]).unwrap();
    }
    tree.close().unwrap();
    tree.close().unwrap();
    tree.finish().unwrap()
}

/// What an application knows of a row: six texts that follow from its data, and its key.
#[derive(Clone)]
pub struct Row {
    pub key: String,
    pub id: String,
    pub data: String,
    pub cells: [String; 4],
}

/// The classes of the cells.
#[allow(dead_code, reason = "only nodes that are written one by one have it")]
pub const CLASSES: [&str; 4] = ["name", "city", "price", "state"];

/// So many rows have 10,000 nodes, with those around them.
pub const ROWS: usize = 1_110;

const NAMES: [&str; 7] =
    ["Ada Byron", "Kurt G", "Emmy Noether", "Alonzo", "Haskell C", "Barbara L", "Ken"];
const CITIES: [&str; 5] = ["Göttingen", "Paris", "Vienna", "Budapest", "Princeton"];
const STATES: [&str; 3] = ["open", "shipped", "returned"];

fn row(nth: usize) -> Row {
    let pick = |all: &[&str]| all[nth % all.len()].to_owned();
    Row {
        key: nth.to_string(),
        id: format!("row-{nth}"),
        data: (nth * 7 % 10_007).to_string(),
        cells: [
            pick(&NAMES),
            pick(&CITIES),
            format!("{}.{:02}", nth * 31 % 997, nth % 100),
            pick(&STATES),
        ],
    }
}

fn rows(range: std::ops::Range<usize>) -> Vec<Row> {
    range.map(row).collect()
}

/// How the table changes; before the first rendering there is nothing.
pub struct Workload {
    pub name: &'static str,
    pub before: Option<Vec<Row>>,
    pub after: Vec<Row>,
}

/// All of them.
pub fn workloads() -> Vec<Workload> {
    let all = rows(0..ROWS);
    let change = |name, change: &dyn Fn(&mut Vec<Row>)| {
        let mut after = all.clone();
        change(&mut after);
        Workload { name, before: Some(all.clone()), after }
    };
    vec![
        change("none", &|_| {}),
        change("text1", &|rows| rows[ROWS / 2].cells[1].push('!')),
        change("text10", &|rows| {
            for cell in rows.iter_mut().flat_map(|row| &mut row.cells).step_by(10) {
                cell.push('!');
            }
        }),
        change("reverse", &|rows| rows.reverse()),
        change("shuffle", &|rows| shuffle(rows)),
        change("insert100", &|all| {
            all.splice(..0, rows(ROWS..ROWS + 100));
        }),
        change("remove10", &|rows| {
            let mut nth = 0;
            rows.retain(|_| {
                nth += 1;
                nth % 10 != 0
            });
        }),
        Workload { name: "first", before: None, after: all.clone() },
    ]
}

/// Fisher and Yates, with numbers that are the same in each run.
fn shuffle(rows: &mut [Row]) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for last in (1..rows.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let other = state % (last as u64 + 1);
        rows.swap(last, other as usize);
    }
}
