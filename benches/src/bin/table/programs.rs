//! What the programs of each language print, side by side: `name<TAB>number` lines, of several turns.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

type Result<T> = core::result::Result<T, Box<dyn Error>>;

/// How often each program runs. They take turns, so that a busy moment does not hit one language.
const TURNS: usize = 3;

/// A program and the heading of what it prints.
pub(crate) struct Column {
    pub(crate) language: &'static str,
    pub(crate) way: &'static str,
    command: Vec<PathBuf>,
}

/// What was printed under one name, by column.
pub(crate) struct Row {
    pub(crate) name: String,
    cells: Vec<Vec<f64>>,
}

impl Row {
    /// The least of the turns, by column: for what only noise makes larger.
    pub(crate) fn least(&self) -> Vec<Option<f64>> {
        self.cells.iter().map(|turns| turns.iter().copied().reduce(f64::min)).collect()
    }

    /// The median of the turns, by column.
    pub(crate) fn median(&self) -> Vec<Option<f64>> {
        let median = |turns: &Vec<f64>| {
            let mut turns = turns.clone();
            turns.sort_by(f64::total_cmp);
            turns.get(turns.len() / 2).copied()
        };
        self.cells.iter().map(median).collect()
    }
}

/// The programs that measure calls. The folder holds the C program and the Python environment.
pub(crate) fn calls(folder: &Path) -> Result<Vec<Column>> {
    let rust = std::env::current_exe()?.with_file_name("calls");
    let mut columns = vec![
        Column { language: "Rust", way: "", command: vec![rust] },
        Column { language: "C", way: "", command: vec![folder.join("calls")] },
    ];
    columns.extend(scripts(folder, "calls", ["rooms", "handles", "hand"]));
    Ok(columns)
}

/// The programs that measure event loops.
pub(crate) fn loops(folder: &Path) -> Vec<Column> {
    scripts(folder, "loop", ["idle", "rooms", "hand"])
}

fn scripts(folder: &Path, name: &str, ways: [&'static str; 3]) -> Vec<Column> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let node = ["node".into(), here.join(format!("node/{name}.mjs"))];
    let python = [folder.join("python/bin/python"), here.join(format!("python/{name}.py"))];
    let mut columns = Vec::new();
    for (language, program) in [("Node", node), ("Python", python)] {
        for (index, way) in ways.into_iter().enumerate() {
            let mut command = program.to_vec();
            command.push(way.into());
            let language = if index == 0 { language } else { "" };
            let way = if way == "hand" { "by hand" } else { way };
            columns.push(Column { language, way, command });
        }
    }
    columns
}

/// Runs all programs in turns, and sorts what they print into rows.
pub(crate) fn run(columns: &[Column]) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    for _ in 0..TURNS {
        for (index, column) in columns.iter().enumerate() {
            for (name, number) in output(&column.command)? {
                if !rows.iter().any(|row| row.name == name) {
                    rows.push(Row { name: name.clone(), cells: vec![Vec::new(); columns.len()] });
                }
                let row = rows.iter_mut().find(|row| row.name == name);
                if let Some(cell) = row.and_then(|row| row.cells.get_mut(index)) {
                    cell.push(number);
                }
            }
        }
    }
    Ok(rows)
}

fn output(command: &[PathBuf]) -> Result<Vec<(String, f64)>> {
    let (program, arguments) = command.split_first().ok_or("a program")?;
    let output = Command::new(program).args(arguments).output()?;
    if !output.status.success() {
        let story = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?}: {}\n{story}", output.status).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let line = |line: &str| -> Result<(String, f64)> {
        let (name, number) = line.split_once('\t').ok_or("a name, a tab and a number")?;
        Ok((name.to_owned(), number.parse()?))
    };
    text.lines().map(line).collect()
}
