//! Ada and Bob, who write the room `r` of one server, and what is done to all three.

use std::collections::BTreeMap;

use syncline_core::{Epoch, RoomName, RoomNo, Version};

use crate::world::World;

/// Longer than any pause before a client connects again, and than that between heartbeats, which tell what was lost.
const PAUSE_MS: u64 = 31_000;

/// A state of the room: its content by key, as text.
type State = Vec<(String, String)>;

pub(crate) struct Stage {
    pub(crate) world: World,
    /// What was printed.
    pub(crate) lines: Vec<String>,
}

impl Stage {
    /// Ada and Bob are in the room of a server with these options.
    pub(crate) fn new(options: &str) -> Self {
        Self::of(&format!("server {options}"))
    }

    /// The same with a server that keeps nothing.
    pub(crate) fn volatile(options: &str) -> Self {
        Self::of(&format!("server {options} volatile"))
    }

    fn of(server: &str) -> Self {
        let mut stage = Self { world: World::default(), lines: Vec::new() };
        stage.play(server);
        stage.enter("ada");
        stage.enter("bob");
        stage
    }

    /// One more client comes into the room.
    pub(crate) fn enter(&mut self, name: &str) {
        self.play(&format!("client {name} {{}}; open {name} r rw; connect {name}; settle"));
    }

    /// Plays steps with semicolons between them; `''` is a word without letters.
    pub(crate) fn play(&mut self, steps: &str) {
        for step in steps.split(';') {
            self.step(step).unwrap_or_else(|error| panic!("{step}: {error}"));
        }
    }

    /// Plays those steps that can be played.
    pub(crate) fn play_if_possible(&mut self, steps: &str) {
        for step in steps.split(';') {
            let _ = self.step(step);
        }
    }

    fn step(&mut self, step: &str) -> Result<(), String> {
        let word = |word: &str| if word == "''" { String::new() } else { word.to_owned() };
        let words: Vec<String> = step.split_whitespace().map(word).collect();
        let played = self.world.step(&words);
        self.lines.extend(self.world.take_lines());
        played
    }

    /// The answer to a question.
    pub(crate) fn ask(&mut self, question: &str) -> String {
        self.play(question);
        self.lines.pop().expect("an answer")
    }

    /// How many lines began like this.
    pub(crate) fn said(&self, start: &str) -> usize {
        self.lines.iter().filter(|line| line.starts_with(start)).count()
    }

    /// The number that a key of the room holds; none counts as zero.
    pub(crate) fn host_number(&mut self, key: &str) -> usize {
        let held = self.ask(&format!("hostget r {key}"));
        held.split_once(' ').map_or(0, |(_, number)| number.parse().unwrap())
    }

    fn number(&self) -> RoomNo {
        let name = RoomName::new("r").unwrap();
        self.world.server.handle().unwrap().room(&name).unwrap().expect("an open room")
    }

    /// The host says that it cannot prove that nothing was lost.
    pub(crate) fn renew(&mut self) {
        let room = self.number();
        self.world.server.handle().unwrap().room_renew(room).unwrap();
        self.world.pump();
    }

    /// Notes which state is which version.
    pub(crate) fn note_states(&mut self, states: &mut BTreeMap<Version, State>) {
        let handle = self.world.server.handle().unwrap();
        let entries = handle.room_entries(self.number(), "").unwrap();
        let text = entries.iter().map(|(key, held)| (key.to_string(), held.to_json())).collect();
        states.insert(handle.room_report(self.number()).unwrap().version, text);
    }

    /// The version that a client knows, and the confirmed state that it holds; `None` if it does not run or knows none.
    pub(crate) fn known(&self, name: &str) -> Option<((Epoch, Version), State)> {
        let client = self.world.clients.iter().find(|client| client.name == name).unwrap();
        let (handle, room) = (client.handle.as_ref()?, client.room("r").ok()?);
        let known = (handle.epoch(room).unwrap()?, handle.version(room).unwrap()?);
        let held = handle.keys(room, "").unwrap().into_iter().filter_map(|key| {
            let held = handle.confirmed_get(room, key.as_str()).unwrap()?;
            Some((key.to_string(), held.to_json()))
        });
        Some((known, held.collect()))
    }

    /// That others are served, whatever one has done.
    pub(crate) fn assert_served(&mut self, why: &str) {
        let before = self.host_number("served");
        self.play("add ada r served 1; tick 20; settle");
        assert_eq!(self.host_number("served"), before + 1, "{why}: others are not served");
    }

    /// How many frames are under way to a client.
    pub(crate) fn frames(&mut self, name: &str) -> usize {
        self.world.link(name).unwrap().down.len()
    }

    /// A client takes what is under way to it; the bytes of that.
    pub(crate) fn read(&mut self, name: &str) -> usize {
        let mut bytes = 0;
        while let Some(frame) = self.world.link(name).unwrap().down.front() {
            bytes += frame.len();
            self.play(&format!("down {name} 1"));
        }
        bytes
    }

    /// Delivers what is under way from and to a client, with a look after each frame.
    pub(crate) fn creep(&mut self, name: &str, mut look: impl FnMut(&mut Self)) {
        let index = self.world.index(name).unwrap();
        look(self);
        while self.world.deliver(index, true, 1) || self.world.deliver(index, false, 1) {
            self.lines.extend(self.world.take_lines());
            look(self);
        }
    }

    fn names(&self) -> Vec<String> {
        self.world.clients.iter().map(|client| client.name.clone()).collect()
    }

    /// Whoever died or lost the connection comes back; nothing is delivered yet.
    pub(crate) fn revive(&mut self) {
        if self.world.server.handle.is_none() {
            self.play("reopen server");
        }
        for name in self.names() {
            if self.world.client(&name).unwrap().handle.is_none() {
                self.play(&format!("reopen {name}; open {name} r rw"));
            }
        }
        for name in self.names() {
            for _ in 0..20 {
                let client = self.world.client(&name).unwrap();
                if client.link.is_some() {
                    break;
                } else if client.asks {
                    self.play(&format!("connect {name}"));
                } else {
                    self.play("tick 500");
                }
            }
        }
    }

    /// All faults end, and all that is left to do is done.
    pub(crate) fn mend(&mut self) {
        self.revive();
        self.play("release server");
        for name in self.names() {
            self.play(&format!("release {name}; bury {name}"));
        }
        for _ in 0..5 {
            self.play(&format!("run {PAUSE_MS}"));
            let mut is_quiet = true;
            for name in self.names() {
                if self.world.client(&name).unwrap().asks {
                    self.play(&format!("connect {name}"));
                    is_quiet = false;
                }
                is_quiet &= self.ask(&format!("pending {name} r")) == "0";
            }
            if is_quiet {
                break;
            }
        }
        self.play("settle; run 100");
    }
}
