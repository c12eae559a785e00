//! What goes beyond each limit, and what comes of that.

use crate::stage::Stage;

/// Of each limit: a server that has it low, what Eve does that goes beyond it, and the line that is then printed.
pub(crate) const BEYOND: &[(&str, &str, &str, &str)] = &[
    (
        "frame_bytes",
        r#"{"frame_bytes":400,"mutation_bytes":100,"value_bytes":80}"#,
        "raw eve up HEX; settle",
        "close eve FrameTooLarge",
    ),
    (
        "hello_bytes",
        r#"{"hello_bytes":100}"#,
        "cut eve; bury eve; BACK TEXT; settle",
        "close eve FrameTooLarge",
    ),
    (
        "token_bytes",
        r#"{"token_bytes":20}"#,
        "cut eve; bury eve; BACK TEXT; settle",
        r#"down eve {"type":"fault","code":-60,"expected":"at most 20 bytes of a token","got":"200"}"#,
    ),
    ("room_name_bytes", r#"{"room_name_bytes":8}"#, "open eve 123456789 rw", "! InvalidName"),
    ("key_bytes", r#"{"key_bytes":8}"#, "set eve r 123456789 1", "! InvalidName"),
    ("value_bytes", r#"{"value_bytes":9}"#, "set eve r k \"12345678\"", "! ValueTooLarge"),
    ("depth", r#"{"depth":2}"#, "set eve r k [[[]]]", "! TooDeep"),
    ("items", r#"{"items":2}"#, "set eve r k [1,2,3]", "! TooManyItems"),
    ("ops", r#"{"ops":2}"#, "batch eve r set a 1 set b 1 set c 1", "! MutationTooLarge"),
    (
        "mutation_bytes",
        r#"{"mutation_bytes":30,"value_bytes":29}"#,
        "batch eve r set a \"1234567890\" set b \"1234567890\"",
        "! MutationTooLarge",
    ),
    ("window", r#"{"window":2}"#, "raw eve up PUSH; settle", "close eve WindowExceeded"),
    (
        "window_bytes",
        r#"{"window_bytes":300}"#,
        "set eve r a \"TEXT\"; set eve r b \"TEXT\"; tick 20; up eve; hostversion r",
        "1",
    ),
    ("outbox_edits", r#"{"outbox_edits":1}"#, "set eve r a 1; set eve r b 1", "! Full"),
    ("outbox_bytes", r#"{"outbox_bytes":300}"#, "set eve r a 1; set eve r b \"TEXT\"", "! Full"),
    (
        "presence_bytes",
        r#"{"presence_bytes":9}"#,
        "presence eve r {\"a\":123456}",
        "! ValueTooLarge",
    ),
    (
        "presence_count",
        r#"{"presence_count":1}"#,
        "presence ada r {\"x\":1}; run 100; presence bob r {\"x\":2}; run 100; presences eve r",
        r#"[{"id":1,"state":{"x":1}}]"#,
    ),
    (
        "room_keys",
        r#"{"room_keys":2}"#,
        "batch eve r set a 1 set b 1 set c 1; run 100",
        "event eve refused r 1 RoomFull 2",
    ),
    (
        "room_bytes",
        r#"{"room_bytes":40}"#,
        "set eve r a \"TEXT\"; run 100",
        "event eve refused r 1 RoomFull 0",
    ),
    ("connection_rooms", r#"{"connection_rooms":1}"#, "open eve other rw", "! TooMany"),
    (
        "principal_connections",
        r#"{"principal_connections":1}"#,
        "cut eve; bury eve; BACK ada; settle",
        "event eve denied r TooMany retries",
    ),
    (
        "principal_registers",
        r#"{"principal_registers":1}"#,
        "drop eve; client fay {}; open fay r rw; connect fay eve; settle; registers r",
        "3",
    ),
    (
        "room_registers",
        r#"{"room_registers":3}"#,
        "client fay {}; open fay r rw; connect fay; settle",
        "event fay denied r TooMany retries",
    ),
    (
        "tombstones",
        r#"{"tombstones":1}"#,
        "write r set k 1 set l 1; settle; cut eve; bury eve; write r delete k delete l; BACK eve; settle",
        "event eve resumed r snapshot",
    ),
    (
        "chunk_bytes",
        r#"{"chunk_bytes":40}"#,
        "cut eve; bury eve; write r set k \"TEXT\"; write r set l \"TEXT\"; BACK eve; settle",
        concat!(
            r#"down eve {"type":"delta","channel":2,"from":0,"to":1,"more":true,"#,
            r#""entries":[{"id":0,"key":"k","version":1,"value":"TEXT"}]}"#
        ),
    ),
    (
        "server_rooms",
        r#"{"server_rooms":1}"#,
        "open eve other rw; settle",
        "event eve denied other TooMany retries",
    ),
    (
        "server_connections",
        r#"{"server_connections":3}"#,
        "client fay {}; open fay r rw; connect fay; settle",
        "close fay TooMany",
    ),
    ("frames_minute", r#"{"frames_minute":9}"#, "PINGS; up eve", "pause eve"),
    ("bytes_minute", r#"{"bytes_minute":600}"#, "PINGS; up eve", "pause eve"),
];

/// What Eve does in a room of a server with these options, who serves others all the same, and whether a line is printed.
pub(crate) fn is_told(options: &str, steps: &str, expected: &str) -> Result<(), Vec<String>> {
    let push = r#"{"type":"push","channel":1,"session":3,"first":1,"heard":0,"mutations":[M,M,M]}"#
        .replace('M', r#"[{"key":"k","action":{"add":1},"seen":"absent"}]"#);
    let pings = vec![r#"raw eve up {"type":"ping","count":1}"#; 20].join(";");
    let text = "t".repeat(200);
    let steps = steps
        .replace("BACK", "tick 1000; connect eve")
        .replace("TEXT", &text)
        .replace("HEX", &"00".repeat(500))
        .replace("PUSH", &push)
        .replace("PINGS", &pings);
    let mut stage = Stage::new(options);
    stage.play(r#"client eve {"codec":"json"}; open eve r rw; connect eve; settle"#);
    stage.lines.clear();
    stage.play(&steps);
    let expected = expected.replace("TEXT", &text);
    let is_told = stage.lines.contains(&expected);
    let lines = core::mem::take(&mut stage.lines);
    stage.assert_served(&steps);
    if is_told { Ok(()) } else { Err(lines) }
}
