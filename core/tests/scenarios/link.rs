//! A connection as the network has it: the frames that are under way, and who is still there.

use std::collections::VecDeque;
use std::fmt::Write;

use syncline_core::ConnId;

/// One connection between a client and the server.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) conn: ConnId,
    /// On their way to the server.
    pub(crate) up: VecDeque<Vec<u8>>,
    /// On their way to the client.
    pub(crate) down: VecDeque<Vec<u8>>,
    /// The server does not want to read.
    pub(crate) paused: bool,
    /// The client ended it; what it sent before still arrives.
    pub(crate) client_left: bool,
    /// The server ended it; what it sent before still arrives.
    pub(crate) server_left: bool,
    /// The server is not told that its frames have left.
    pub(crate) slow: bool,
    /// Frames have left and the server was not told.
    pub(crate) owes: bool,
}

impl Link {
    pub(crate) const fn new(conn: ConnId) -> Self {
        Self {
            conn,
            up: VecDeque::new(),
            down: VecDeque::new(),
            paused: false,
            client_left: false,
            server_left: false,
            slow: false,
            owes: false,
        }
    }

    pub(crate) fn queue(&mut self, up: bool) -> &mut VecDeque<Vec<u8>> {
        if up { &mut self.up } else { &mut self.down }
    }
}

/// How a frame looks in a line: text as it is, anything else by its message's name and as digits.
pub(crate) fn shown(frame: &[u8]) -> String {
    if frame.first() == Some(&b'{')
        && let Ok(text) = str::from_utf8(frame)
    {
        return text.to_owned();
    }
    let Some(tag) = frame.first() else { return "empty".to_owned() };
    let mut shown = format!("{} ", name(*tag));
    for byte in frame {
        write!(shown, "{byte:02x}").unwrap();
    }
    shown
}

const fn name(tag: u8) -> &'static str {
    match tag {
        1 => "hello",
        2 => "presence",
        3 => "welcome",
        4 => "goaway",
        5 => "join",
        6 => "ping",
        7 => "joined",
        8 => "watch",
        9 => "denied",
        10 => "show",
        11 => "push",
        12 => "unwatch",
        13 => "delta",
        15 => "leave",
        17 => "auth",
        19 => "fault",
        _ => "unknown",
    }
}

/// The bytes of a frame as a step gives them: text that begins with a brace, or digits.
pub(crate) fn bytes(word: &str) -> Result<Vec<u8>, String> {
    if word.starts_with('{') {
        return Ok(word.as_bytes().to_vec());
    }
    if !word.len().is_multiple_of(2) {
        return Err(format!("{word}: an odd number of digits"));
    }
    let pair = |at: usize| u8::from_str_radix(word.get(at..at + 2).unwrap_or("?"), 16);
    let bytes = (0..word.len()).step_by(2).map(pair).collect::<Result<_, _>>();
    bytes.map_err(|error| format!("{word}: {error}"))
}
