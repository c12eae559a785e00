//! The header as a reader sees it: its functions with their comments, and every name that it declares.

use std::collections::BTreeSet;
use std::fs;

/// A function of the header.
#[derive(Debug)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// The names of its arguments.
    pub(crate) arguments: Vec<String>,
    /// What it returns.
    pub(crate) result: String,
    /// The comment, without its stars.
    pub(crate) comment: String,
}

/// The committed header.
pub(crate) fn header() -> String {
    fs::read_to_string(super::include().join("syncline.h")).unwrap()
}

/// Every function that the header declares.
pub(crate) fn functions() -> Vec<Function> {
    let header = header();
    let mut functions = Vec::new();
    let mut rest = header.as_str();
    while let Some((before, after)) = rest.split_once("\nSYNCLINE_API") {
        let (declaration, after) = after.split_once(';').unwrap();
        functions.push(function(before, declaration));
        rest = after;
    }
    assert!(!functions.is_empty());
    functions
}

fn function(before: &str, declaration: &str) -> Function {
    let (head, arguments) = declaration.split_once('(').unwrap();
    let at = head.rfind(|c: char| !is_word(c)).unwrap() + 1;
    let arguments = arguments.strip_suffix(')').unwrap();
    let arguments = arguments.split(',').map(str::trim).filter(|argument| *argument != "void");
    let last_word =
        |text: &str| text.rsplit(|c: char| !is_word(c)).next().unwrap_or_default().to_owned();
    let comment = match before.trim_end().strip_suffix("*/").map(|text| text.rsplit_once("/**")) {
        Some(Some((_, comment))) => comment,
        _ => "",
    };
    let lines = comment.lines().map(|line| line.trim().trim_start_matches('*').trim());
    Function {
        name: head[at..].to_owned(),
        arguments: arguments.map(last_word).collect(),
        result: head[..at].replace("SYNCLINE_NODISCARD", "").trim().to_owned(),
        comment: lines.collect::<Vec<_>>().join("\n").trim().to_owned(),
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Every name that the header declares at the top: types, constants, functions and macros.
pub(crate) fn names() -> BTreeSet<String> {
    let text = without_comments(&header());
    let mut names = BTreeSet::new();
    let mut depth = 0;
    let mut statement = String::new();
    for line in text.lines() {
        if let Some(define) = line.trim_start_matches('#').trim().strip_prefix("define ")
            && line.trim_start().starts_with('#')
        {
            names.insert(define.split(|c| !is_word(c)).next().unwrap().to_owned());
        }
        if line.trim_start().starts_with('#') || line.contains("extern \"C\"") {
            continue;
        }
        for c in line.chars() {
            statement.push(c);
            match c {
                '{' => {
                    depth += 1;
                    declared(&statement, &mut names);
                    statement.clear();
                }
                '}' => depth -= 1,
                ';' if depth == 0 => {
                    declared(&statement, &mut names);
                    statement.clear();
                }
                _ => {}
            }
        }
        statement.push(' ');
        // Enumerators are at the top too, although they stand inside.
        if depth == 1
            && let Some((name, _)) = line.trim().split_once(" = ")
        {
            names.insert(name.to_owned());
        }
        if depth < 0 {
            depth = 0;
        }
    }
    names
}

/// Adds the name that a statement, or the head of a block, declares.
fn declared(statement: &str, names: &mut BTreeSet<String>) {
    let statement = statement.rsplit('}').next().unwrap_or_default();
    let name = if let Some((_, pointer)) = statement.split_once("(*") {
        pointer.split(')').next()
    } else {
        let head = statement.split(['(', ';', '{', ':']).next().unwrap_or_default();
        head.split(|c| !is_word(c)).rfind(|word| !word.is_empty())
    };
    if let Some(name) = name.map(str::trim)
        && !name.is_empty()
        && !matches!(name, "struct" | "enum" | "typedef")
    {
        names.insert(name.to_owned());
    }
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    let lines = out.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}
