//! Which step does what.

use core::time::Duration;

use syncline_core::{Code, ConnId, Principal, RoomName, Version};

use crate::client::Client;
use crate::edits::value;
use crate::link;
use crate::server::Answer;
use crate::world::{Step, World};

/// The words of a step that are not read yet.
pub(crate) struct Words<'a>(&'a [String]);

impl<'a> Words<'a> {
    pub(crate) fn next(&mut self) -> Result<&'a str, String> {
        let (first, rest) = self.0.split_first().ok_or("a word is missing")?;
        self.0 = rest;
        Ok(first)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next word as a number, if there is one.
    fn count(&mut self) -> Result<Option<usize>, String> {
        if self.is_empty() {
            return Ok(None);
        }
        number(self.next()?).map(|count| usize::try_from(count).ok())
    }
}

pub(crate) fn number(word: &str) -> Result<u64, String> {
    word.parse().map_err(|_| format!("{word}: no number"))
}

pub(crate) fn code(word: &str) -> Result<Code, String> {
    let found = Code::ALL.iter().copied().find(|code| code.name() == word);
    found.ok_or_else(|| format!("{word}: no code"))
}

fn is_up(word: &str) -> Result<bool, String> {
    match word {
        "up" => Ok(true),
        "down" => Ok(false),
        other => Err(format!("{other}: neither up nor down")),
    }
}

impl World {
    /// Does one step.
    pub(crate) fn step(&mut self, words: &[String]) -> Step {
        let mut words = Words(words);
        let verb = words.next()?;
        match verb {
            "quiet" => self.quiet = true,
            "loud" => self.quiet = false,
            "check" => self.check(&mut words)?,
            "set" | "delete" | "merge" | "add" | "insert" | "remove" | "move" | "replace" => {
                self.edit(verb, &mut words)?;
            }
            "batch" => self.batch(&mut words)?,
            "resolve" => self.resolve(&mut words)?,
            "write" => self.host_write(&mut words)?,
            "server" | "client" | "open" | "closeroom" | "forget" | "closeclient" | "flush"
            | "askstored" | "token" | "presence" => self.step_client(verb, &mut words)?,
            "hold" | "release" | "fail" | "crash" | "reopen" | "putaside" | "bringback"
            | "spoil" => self.step_storage(verb, &mut words)?,
            "grant" | "deny" | "later" | "revoke" | "hostopen" | "hostclose" | "expire"
            | "unload" | "deleteroom" | "shutdown" | "wind_down" => {
                self.step_host(verb, &mut words)?;
            }
            "connect" | "unreachable" | "drop" | "cut" | "late" | "bury" | "up" | "down"
            | "lose" | "double" | "swap" | "raw" | "slow" | "writable" | "fast" | "settle"
            | "tick" | "run" => self.step_network(verb, &mut words)?,
            #[cfg(feature = "views")]
            "view" | "screen" | "template" | "binding" | "render" | "draw" | "absorb" => {
                self.step_view(verb, &mut words)?;
            }
            #[cfg(feature = "views")]
            "tell" | "forge" | "predict" | "observe" | "settled" | "undone" => {
                self.step_screen(verb, &mut words)?;
            }
            #[cfg(feature = "views")]
            "watch" | "unwatch" => self.step_watch(verb, &mut words)?,
            #[cfg(feature = "views")]
            "read" | "show" | "keepview" | "endview" | "touchview" => {
                self.step_show(verb, &mut words)?;
            }
            question => {
                let answer = self.ask(question, &mut words)?;
                if let Some(answer) = self.told(answer) {
                    self.print(answer);
                }
            }
        }
        if words.is_empty() { Ok(()) } else { Err("a word too many".to_owned()) }
    }

    /// A question whose answer is known.
    fn check(&self, words: &mut Words<'_>) -> Step {
        let (expected, rest) = words.0.split_last().ok_or("check what?")?;
        let mut asked = Words(rest);
        let answer = self.ask(asked.next()?, &mut asked)?;
        let answer = answer.unwrap_or_else(|error| format!("! {}", error.code.name()));
        *words = asked;
        if answer == *expected { Ok(()) } else { Err(format!("the answer is {answer}")) }
    }

    fn step_client(&mut self, verb: &str, words: &mut Words<'_>) -> Step {
        match verb {
            "server" => {
                let options = serde_json::from_str(words.next()?);
                self.server.options = options.map_err(|error| error.to_string())?;
                if !words.is_empty() {
                    let durability = format!("\"{}\"", words.next()?);
                    let durability = serde_json::from_str(&durability);
                    self.server.durability = durability.map_err(|error| error.to_string())?;
                }
                self.start_server();
            }
            "client" => {
                let name = words.next()?;
                let config = serde_json::from_str(words.next()?);
                self.clients.push(Client::new(name, config.map_err(|error| error.to_string())?));
                self.start_client(self.clients.len() - 1);
            }
            "open" => self.open(words)?,
            _ => {
                let client = self.client(words.next()?)?;
                let handle = client.handle()?.clone();
                let result = match verb {
                    "closeroom" => handle.close_room(client.room(words.next()?)?),
                    "forget" => handle.forget_room(client.room(words.next()?)?),
                    "closeclient" => handle.close().map(|_| ()),
                    "flush" => handle.flush(),
                    "askstored" => handle.ask_stored().map(|_| ()),
                    "token" => handle.set_token(words.next()?),
                    _ => {
                        let room = client.room(words.next()?)?;
                        match words.next()? {
                            "null" => handle.set_presence(room, None),
                            json => value(json).and_then(|it| handle.set_presence(room, Some(&it))),
                        }
                    }
                };
                self.told(result);
                self.pump();
            }
        }
        Ok(())
    }

    fn open(&mut self, words: &mut Words<'_>) -> Step {
        let (client, room) = (words.next()?, words.next()?);
        let writes = match words.next()? {
            "rw" => true,
            "ro" => false,
            other => return Err(format!("{other}: neither rw nor ro")),
        };
        let handle = self.client(client)?.handle()?.clone();
        let opened = RoomName::new(room).and_then(|name| handle.open(&name, writes));
        if let Some(number) = self.told(opened) {
            self.client(client)?.rooms.insert(room.to_owned(), number);
        }
        self.pump();
        Ok(())
    }

    fn step_storage(&mut self, verb: &str, words: &mut Words<'_>) -> Step {
        let party = words.next()?;
        match verb {
            "hold" => self.hold(party),
            "release" => {
                let most = words.count()?;
                self.release(party, most)
            }
            "fail" => {
                let room = if party == "server" { words.next()? } else { "" };
                let kept = match words.next()? {
                    "kept" => true,
                    "lost" => false,
                    other => return Err(format!("{other}: neither kept nor lost")),
                };
                if party == "server" {
                    self.fail_room(room, kept)
                } else {
                    self.fail_client(party, kept)
                }
            }
            "crash" => self.crash(party),
            "reopen" => self.reopen(party),
            "putaside" => self.put_aside(party),
            "bringback" => self.bring_back(party),
            _ => {
                let room = if words.is_empty() { None } else { Some(words.next()?) };
                self.spoil(party, room)
            }
        }
    }

    fn step_host(&mut self, verb: &str, words: &mut Words<'_>) -> Step {
        let first = words.next()?;
        match verb {
            "grant" => {
                let mut prefixes = Vec::new();
                while !words.is_empty() {
                    prefixes.push(words.next()?.to_owned());
                }
                self.answers.insert(first.to_owned(), Answer::Grant(prefixes));
                self.answer_questions();
            }
            "deny" => {
                self.answers.insert(first.to_owned(), Answer::Deny(code(words.next()?)?));
                self.answer_questions();
            }
            "later" => {
                self.answers.insert(first.to_owned(), Answer::Later);
            }
            "revoke" => {
                let principal = Principal::new(first).map_err(|error| error.to_string())?;
                self.server.handle()?.revoke(&principal).unwrap();
            }
            "hostopen" => {
                let name = RoomName::new(first).map_err(|error| error.to_string())?;
                let opened = self.server.handle()?.room_open(&name);
                self.told(opened);
            }
            "shutdown" => {
                let pause = Duration::from_millis(number(first)?);
                self.server.handle()?.shutdown(pause).unwrap();
            }
            "wind_down" => {
                let pause = Duration::from_millis(number(first)?);
                let within = Duration::from_millis(number(words.next()?)?);
                self.server.handle()?.wind_down(pause, within).unwrap();
            }
            _ => {
                let (handle, room) = (self.server.handle()?.clone(), self.room_number(first)?);
                let result = match verb {
                    "hostclose" => handle.room_release(room),
                    "expire" => handle.room_expire(room, Version::new(number(words.next()?)?)),
                    "unload" => handle.room_unload(room),
                    _ => handle.room_delete(room),
                };
                self.told(result);
            }
        }
        self.pump();
        Ok(())
    }

    fn step_network(&mut self, verb: &str, words: &mut Words<'_>) -> Step {
        if verb == "settle" {
            self.settle();
            return Ok(());
        }
        let first = words.next()?;
        match verb {
            "tick" | "run" => {
                let until = self.now.after(Duration::from_millis(number(first)?));
                self.pass(until, verb == "run")?;
            }
            "connect" => {
                let token = if words.is_empty() { first } else { words.next()? };
                self.connect(first, token)?;
            }
            "unreachable" => self.refuse_connection(first)?,
            "drop" => {
                let index = self.index(first)?;
                self.drop_link(index);
            }
            "cut" => self.cut(first)?,
            "late" => self.arrive_late(first)?,
            "bury" => self.bury(first)?,
            "up" | "down" => {
                let index = self.index(first)?;
                let most = words.count()?.unwrap_or(usize::MAX);
                self.deliver(index, verb == "up", most);
            }
            "slow" => self.link(first)?.slow = true,
            "fast" => self.link(first)?.slow = false,
            "writable" => {
                let conn = self.link(first)?.conn;
                self.tell_one_writable(conn)?;
            }
            _ => self.tamper(verb, first, words)?,
        }
        self.pump();
        Ok(())
    }

    fn tell_one_writable(&mut self, conn: ConnId) -> Step {
        let link = self.link_of(conn).ok_or("not connected")?;
        if !core::mem::take(&mut link.owes) {
            return Err("nothing was transmitted".to_owned());
        }
        self.server.handle()?.writable(conn).unwrap();
        Ok(())
    }

    /// Loses, doubles, swaps or forges frames.
    fn tamper(&mut self, verb: &str, client: &str, words: &mut Words<'_>) -> Step {
        let queue = self.link(client)?.queue(is_up(words.next()?)?);
        let none = || "no such frame is under way".to_owned();
        match verb {
            "lose" => {
                let count = words.count()?.unwrap_or(queue.len());
                if count == 0 || count > queue.len() {
                    return Err(none());
                }
                queue.drain(..count);
            }
            "double" => {
                let first = queue.front().cloned().ok_or_else(none)?;
                queue.push_front(first);
            }
            "swap" => {
                let second = queue.remove(1).ok_or_else(none)?;
                queue.push_front(second);
            }
            _ => queue.push_back(link::bytes(words.next()?)?),
        }
        Ok(())
    }
}
