//! What a scenario's file says, as JSON and in the flat form.

use std::fmt::Write;

use serde::Deserialize;

/// One scenario.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    /// The disaster that it prevents.
    pub(crate) why: String,
    pub(crate) steps: Vec<Step>,
}

/// What is done, and the lines that it is to print.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Step {
    pub(crate) words: Vec<String>,
    pub(crate) lines: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    why: String,
    steps: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Step(Vec<String>),
    Line(String),
}

impl Scenario {
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut steps: Vec<Step> = Vec::new();
        for entry in file.steps {
            match entry {
                Entry::Step(words) if words.is_empty() => return Err("an empty step".to_owned()),
                Entry::Step(words) => steps.push(Step { words, lines: Vec::new() }),
                Entry::Line(line) => {
                    let step = steps.last_mut().ok_or("a line before the first step")?;
                    step.lines.push(line);
                }
            }
        }
        Ok(Self { name: file.name, why: file.why, steps })
    }

    /// The text of the file: one step or one line on a line.
    pub(crate) fn to_json(&self) -> String {
        let quoted = |text: &String| serde_json::to_string(text).unwrap();
        let mut entries = Vec::new();
        for step in &self.steps {
            let words: Vec<String> = step.words.iter().map(quoted).collect();
            entries.push(format!("    [{}]", words.join(", ")));
            entries.extend(step.lines.iter().map(|line| format!("      {}", quoted(line))));
        }
        let (name, why) = (quoted(&self.name), quoted(&self.why));
        let steps = entries.join(",\n");
        format!("{{\n  \"name\": {name},\n  \"why\": {why},\n  \"steps\": [\n{steps}\n  ]\n}}\n")
    }

    /// Steps as words with tabs between them, each with its lines behind `= `.
    pub(crate) fn to_flat(&self) -> String {
        let mut out = String::new();
        for step in &self.steps {
            let words: Vec<String> = step.words.iter().map(|word| escaped(word)).collect();
            writeln!(out, "{}", words.join("\t")).unwrap();
            for line in &step.lines {
                writeln!(out, "= {}", escaped(line)).unwrap();
            }
        }
        out
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n")
}
