//! Replays a recording of a client or a server, and tells it in words.
//!
//! ```text
//! cargo run -p syncline-core --example flight -- FILE [--quiet] [--room NAME] [--edit NUMBER] [--find TEXT]
//! ```
//!
//! Each call is a line with its number, its moment in seconds, and what was said; what came of it is below. Of a room and
//! of an edit the calls and answers are shown that name it. At the end it says whether all was the same as when it was
//! recorded; if not, or if the file is damaged, it fails.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is what it is for")]

use std::process::ExitCode;

use syncline_core::host::flight::{End, Replayed, Step, replay};

/// What of a replay is shown.
#[derive(Default)]
struct Shown {
    quiet: bool,
    room: Option<String>,
    edit: Option<String>,
    find: Option<String>,
    /// The number of the room of that name, once it was opened.
    number: Option<String>,
    /// The call that was told last, and whether it is shown already.
    call: String,
    printed: bool,
}

impl Shown {
    fn step(&mut self, step: &Step<'_>) {
        match step {
            Step::Engine(version) => println!("recorded by version {version}"),
            Step::Input { number, at, input } => {
                let at = at.as_micros();
                let (seconds, micros) = (at / 1_000_000, at % 1_000_000);
                self.call = format!("{number:>6} {seconds:>6}.{micros:06}  {input:?}");
                self.printed = false;
                if self.wants(&self.call) {
                    self.print_call();
                }
            }
            Step::Told(told) => {
                self.note_room(told);
                if self.wants(told) || (self.printed && !self.is_chosen()) {
                    self.print_call();
                    println!("{:>16}  > {told}", "");
                }
            }
            Step::Differs { number } => {
                self.print_call();
                println!(
                    "{:>16}  ! up to call {number} something else was told when this was recorded",
                    ""
                );
            }
        }
    }

    /// A room has its number from the answer to its opening.
    fn note_room(&mut self, told: &str) {
        let named =
            self.room.as_ref().is_some_and(|room| self.call.contains(&format!("\"{room}\"")));
        let number = told.strip_prefix("Ok(").and_then(|told| told.strip_suffix(')'));
        if let (true, Some(number)) = (named, number.filter(|told| told.starts_with("RoomNo("))) {
            self.number = Some(number.to_owned());
        }
    }

    fn is_chosen(&self) -> bool {
        self.room.is_some() || self.edit.is_some() || self.find.is_some()
    }

    fn wants(&self, words: &str) -> bool {
        let has = |part: &Option<String>| part.as_ref().is_none_or(|part| words.contains(part));
        let of_room =
            self.room.is_none() || has(&self.room) || self.number.is_some() && has(&self.number);
        let edit = self.edit.as_ref().map(|edit| format!("DraftId({edit})"));
        !self.quiet && of_room && has(&edit) && has(&self.find)
    }

    fn print_call(&mut self) {
        if !self.printed && !self.quiet {
            self.printed = true;
            println!("{}", self.call);
        }
    }
}

fn main() -> ExitCode {
    let mut shown = Shown::default();
    let mut file = None;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--quiet" => shown.quiet = true,
            "--room" => shown.room = words.next(),
            "--edit" => shown.edit = words.next(),
            "--find" => shown.find = words.next(),
            _ => file = Some(word),
        }
    }
    let Some(file) = file else {
        eprintln!("usage: flight FILE [--quiet] [--room NAME] [--edit NUMBER] [--find TEXT]");
        return ExitCode::FAILURE;
    };
    let replayed = match std::fs::read(&file) {
        Ok(bytes) => replay(&bytes, |step| shown.step(&step)).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match replayed {
        Ok(replayed) => verdict(&replayed),
        Err(error) => {
            println!("{file}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn verdict(replayed: &Replayed) -> ExitCode {
    for room in &replayed.rooms {
        println!("{room}");
    }
    match replayed.end {
        Some(End::Ended(_)) => {}
        Some(End::Full) => println!("the recording was full: what came later is not in it"),
        None => println!(
            "the recording was cut off, with {} bytes that are not whole",
            replayed.torn_bytes
        ),
    }
    match replayed.differs {
        None if !replayed.state_differs => {
            println!("the same: {} calls", replayed.inputs);
            ExitCode::SUCCESS
        }
        None => {
            println!(
                "another state in the end, though the same was told: {} calls",
                replayed.inputs
            );
            ExitCode::FAILURE
        }
        Some(number) => {
            println!("not the same, first up to call {number} of {}", replayed.inputs);
            ExitCode::FAILURE
        }
    }
}
