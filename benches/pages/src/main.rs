//! Checks the pages of a folder, and says what they come to.
//!
//! `pages FOLDER LEAST [MOST]`: it fails with fewer pages than `LEAST`, and of more than `MOST` it takes
//! those at even distances.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use syncline_pages::check::Patches;
use syncline_pages::{Check, Numbers};

type Result<T> = core::result::Result<T, Box<dyn Error>>;

/// Faults and pages that are shown; all are counted.
const SHOWN: usize = 20;

fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("pages FOLDER LEAST [MOST]")?);
    let mut number = || -> Result<Option<usize>> {
        let text = arguments.next().map(|text| text.to_string_lossy().into_owned());
        Ok(text.map(|text| text.parse()).transpose()?)
    };
    let least = number()?.ok_or("pages FOLDER LEAST [MOST]")?;
    let most = number()?.unwrap_or(usize::MAX);

    let found = pages(&folder)?;
    let chosen = evenly(&found, most);
    let mut check = Check::new();
    for path in &chosen {
        let name = path.strip_prefix(&folder).unwrap_or(path).display().to_string();
        check.page(&name, &String::from_utf8_lossy(&fs::read(path)?));
    }
    let numbers = check.numbers();
    print(numbers, found.len());
    if numbers.pages < least {
        eprintln!("expected at least {least} pages in {}, got {}", folder.display(), numbers.pages);
        return Ok(ExitCode::FAILURE);
    }
    Ok(if numbers.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The pages of a folder, in order.
fn pages(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "html" || kind == "htm") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// So many at most, at even distances.
fn evenly(found: &[PathBuf], most: usize) -> Vec<&PathBuf> {
    let mut chosen = Vec::new();
    let mut due = 0_usize;
    for path in found {
        due = due.saturating_add(most.min(found.len()));
        if due >= found.len() {
            due = due.saturating_sub(found.len());
            chosen.push(path);
        }
    }
    chosen
}

fn print(numbers: &Numbers, found: usize) {
    let left = numbers.left;
    let row = |name: &str, value: String| println!("  {name:<50} {value:>14}");
    println!("{:<52}", "pages");
    row("found", found.to_string());
    row("checked", numbers.pages.to_string());
    row("bytes", numbers.page_bytes.to_string());
    row("elements and texts", left.nodes.to_string());
    row("attributes left out, as a tree has none such", left.attributes.to_string());
    row("elements left out, as a tree has none such", left.elements.to_string());
    row("addresses that run a program, blocked", left.addresses.to_string());
    row("beyond the limits of trees, not checked", numbers.beyond.len().to_string());
    row("with text of a script that html() refuses", numbers.refused.to_string());
    row("read back as others, by the standard too", numbers.unsaid.len().to_string());
    println!("\n{:<52} {:>14} {:>14}", "patches from page to page", "no keys", "id is the key");
    let columns = |name: &str, value: fn(Patches) -> usize| {
        println!("  {name:<50} {:>14} {:>14}", value(numbers.plain), value(numbers.keyed));
    };
    columns("patches", |it| it.count);
    columns("bytes", |it| it.bytes);
    columns("bytes of patches from nothing", |it| it.whole_bytes);
    columns("larger than that from nothing", |it| it.larger);
    columns("by bytes at most", |it| it.excess_bytes);
    println!("  {:<50} {:>14}", "bytes of the new pages as they were", numbers.new_bytes);
    println!("  {:<50} {:>14}", "bytes of the new pages as JSON", numbers.new_json_bytes);
    println!("\n{:<52} {:>14}", "time, all pages", "ms");
    let time = |name: &str, time: Duration| row(name, time.as_millis().to_string());
    time("diff: 10 a page", numbers.diff);
    time("apply: 10 a page", numbers.apply);
    time("html", numbers.html);
    time("to_json", numbers.to_json);
    time("from_json", numbers.from_json);
    let lists = [
        ("beyond the limits", &numbers.beyond),
        ("read back as another", &numbers.unsaid),
        ("FAULT", &numbers.faults),
    ];
    for (what, list) in lists {
        for one in list.iter().take(SHOWN) {
            println!("{what}: {one}");
        }
    }
    println!("\n{} faults", numbers.faults.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_chosen_at_even_distances() {
        let found: Vec<PathBuf> = (0..10).map(|nth| PathBuf::from(nth.to_string())).collect();
        for (most, want) in [(0, ""), (1, "9"), (3, "369"), (5, "13579"), (10, "0123456789")] {
            let chosen: String =
                evenly(&found, most).into_iter().map(|path| path.display().to_string()).collect();
            assert_eq!(chosen, want, "{most}");
        }
        assert_eq!(evenly(&found, usize::MAX).len(), 10);
        assert!(evenly(&[], 3).is_empty());
    }
}
