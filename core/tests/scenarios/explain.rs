//! A scenario for people: frames as messages.

use syncline_core::frame::{Decoded, codec_of, decode, encode};
use syncline_core::{Codec, Limits};

use crate::link::bytes;
use crate::scenario::Scenario;

pub(crate) fn print(scenario: &Scenario) {
    println!("{}: {}", scenario.name, scenario.why);
    for step in &scenario.steps {
        println!("{}", step.words.join(" "));
        for line in &step.lines {
            println!("    {}", explained(line).unwrap_or_else(|| line.clone()));
        }
    }
}

/// A line about a binary frame with the frame as JSON.
fn explained(line: &str) -> Option<String> {
    let mut words = line.split(' ');
    let (way, party) = (words.next()?, words.next()?);
    if !matches!(way, "up" | "down" | "late") {
        return None;
    }
    let frame = bytes(words.nth(1)?).ok()?;
    let size = frame.len();
    match decode(&frame, codec_of(&frame), &Limits::HARD) {
        Ok(Decoded::Message(message)) => {
            let text = String::from_utf8(encode(&message, Codec::Json)).ok()?;
            Some(format!("{way} {party} ({size}) {text}"))
        }
        Ok(Decoded::Skip) => Some(format!("{line} (passed over)")),
        Err(error) => Some(format!("{line} ({error})")),
    }
}
