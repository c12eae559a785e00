//! What users do: edits of every kind, on keys that tell the checks what must come of them.

use syncline_core::client::Client;
use syncline_core::edit::Edit as CoreEdit;
use syncline_core::{Action, Code, DraftId, Error, Key, Place, RoomNo, Value};

use crate::broken::{Checked, hold};
use crate::chance::Lot;
use crate::disk::UNWRITTEN;
use crate::ledger::{Draft, Edit, What};
use crate::plan::{Fault, SECOND};
use crate::random::Random;
use crate::world::{Event, World, limits};

/// Lists that users append to.
pub const SHARDS: u64 = 48;

/// Amounts go up to here, so that no two sums of a few are equal by chance, and below what could overflow.
const LARGEST: u64 = 1 << 36;

impl World {
    /// A user does something, and will do something again.
    pub fn act(&mut self, index: usize) -> Checked {
        if self.calm || self.parties[index].client.is_none() {
            return Ok(());
        }
        let mut waits = self.chance.draw(Lot::Think, index as u64);
        let mut think = waits.wait(self.plan.think);
        if self.plan.has(Fault::HotKey) && waits.permille(700) {
            // A burst.
            think = waits.below(3_000);
        }
        let mut lot = self.chance.draw(Lot::Act, index as u64);
        let room = lot.index(self.plan.rooms);
        let life = self.parties[index].life;
        if self.parties[index].rests <= self.now {
            self.act_in(index, room, lot)?;
        }
        if self.parties[index].life == life {
            self.at(think, Event::Act(index));
        }
        Ok(())
    }

    fn act_in(&mut self, index: usize, room: usize, mut lot: Random) -> Checked {
        if lot.permille(20) && self.plan.has(Fault::Reopening) {
            return self.reopen(index, room);
        }
        let inside = self.may_enter(self.parties[index].principal, room)
            && self.parties[index].entered[room];
        let Some(number) = self.parties[index].rooms[room].filter(|_| inside) else {
            return Ok(());
        };
        let (appears, leaves) = (lot.permille(60), lot.permille(300));
        if self.plan.has(Fault::Presence) && appears {
            let text = (!leaves).then(|| format!("{index}-{}", self.now));
            return self.appear(index, room, text);
        }
        if lot.permille(20) {
            return self.with_client(index, Client::flush);
        }
        let ghost = self.ledger.next();
        let (edits, whats) = self.draw_edits(index, room, number, ghost, lot);
        self.edit(index, room, number, edits, whats)
    }

    fn reopen(&mut self, index: usize, room: usize) -> Checked {
        let Some(number) = self.parties[index].rooms[room] else { return Ok(()) };
        if self.parties[index].entered[room] {
            self.parties[index].entered[room] = false;
            self.parties[index].present[room] = None;
            self.tell(|| format!("client {index} leaves room {room}"));
            self.with_client(index, |client, now| client.close_room(now, number))
        } else {
            self.tell(|| format!("client {index} opens room {room} again"));
            self.enter(index, room)
        }
    }

    /// Which edits, and what they are to the checks.
    fn draw_edits(
        &self,
        index: usize,
        room: usize,
        number: RoomNo,
        ghost: u64,
        mut draws: Random,
    ) -> (Vec<(Key, CoreEdit)>, Vec<What>) {
        let place = draws.draw();
        let key = |prefix: &str, most: u64| {
            let number = if self.plan.has(Fault::HotKey) { 0 } else { place % most };
            Key::new(format!("{prefix}/{number}")).expect("a key")
        };
        let text = |ghost: u64| value(&format!("\"@{room}:{ghost}\""));
        let kind = draws.below(if self.plan.has(Fault::HugeValues) { 15 } else { 14 });
        match kind {
            0 | 1 => {
                let key = key("sum", 3);
                let amount = draw_amount(&mut draws);
                let what = What::Sum(key.to_string(), amount);
                (vec![(key, Action::Add(value(&amount.to_string())).into())], vec![what])
            }
            2 | 3 => (
                vec![(shard("log", ghost), insert(draws.draw(), text(ghost)))],
                vec![What::Log(shard("log", ghost).to_string())],
            ),
            4 | 5 => {
                let key = key("last", 4);
                if draws.permille(200) {
                    (vec![(key.clone(), Action::Delete.into())], vec![What::Gone(key.to_string())])
                } else {
                    let what = What::Last(key.to_string(), format!("\"@{room}:{ghost}\""));
                    (vec![(key, Action::Set(text(ghost)).into())], vec![what])
                }
            }
            6 | 7 => {
                let key = key("strict", 4);
                if draws.permille(300) {
                    (vec![(key, Action::Delete.into())], vec![What::Other])
                } else {
                    (vec![(key, Action::Set(text(ghost)).into())], vec![What::Over])
                }
            }
            8 => {
                let key = key("merge", 3);
                let patch = draw_patch(room, ghost, &mut draws);
                (vec![(key, Action::Merge(value(&patch)).into())], vec![What::Over])
            }
            9 | 10 => {
                let mut edits = vec![(shard("batch", ghost), insert(draws.draw(), text(ghost)))];
                edits.push((key("strict", 4), Action::Set(text(ghost + 1)).into()));
                (edits, vec![What::Once, What::Once])
            }
            11 => {
                let mut edits = vec![(key("strict", 4), Action::Expect.into())];
                edits.push((key("guard", 3), Action::Set(text(ghost)).into()));
                (edits, vec![What::Once])
            }
            12 | 13 => {
                (self.draw_list_edit(index, number, &mut draws, text(ghost)), vec![What::Other])
            }
            _ => {
                let most = limits(&self.plan).value_bytes;
                let pad = most - 2 - draws.index(2) + draws.index(3);
                let json = format!("\"{}\"", "x".repeat(pad));
                (vec![(key("big", 2), Action::Set(value(&json)).into())], vec![What::Other])
            }
        }
    }

    fn draw_list_edit(
        &self,
        index: usize,
        number: RoomNo,
        draws: &mut Random,
        text: Value,
    ) -> Vec<(Key, CoreEdit)> {
        let client = self.parties[index].client.as_ref();
        let content = client.and_then(|client| client.get(number, "list"));
        let length = match content {
            Some(syncline_core::Content::List(list)) => list.items().len(),
            _ => 0,
        };
        let id = syncline_core::ItemId::new(draws.draw());
        let at = |draws: &mut Random, most: usize| draws.index(most);
        let edit = match draws.below(6) {
            0 if length > 0 => CoreEdit::RemoveAt { index: at(draws, length) },
            1 if length > 0 => CoreEdit::MoveTo { from: at(draws, length), to: at(draws, length) },
            2 if length > 0 => CoreEdit::ReplaceAt { index: at(draws, length), value: text },
            _ if length > 30 => CoreEdit::RemoveAt { index: at(draws, length) },
            _ => CoreEdit::InsertAt { index: at(draws, length + 1), id, value: text },
        };
        vec![(Key::new("list").expect("a key"), edit)]
    }

    /// Makes edits, as one mutation if they are several.
    fn edit(
        &mut self,
        index: usize,
        room: usize,
        number: RoomNo,
        edits: Vec<(Key, CoreEdit)>,
        whats: Vec<What>,
    ) -> Checked {
        let now = self.now;
        let party = &mut self.parties[index];
        let at = party.clock.now(now);
        let Some(client) = &mut party.client else { return Ok(()) };
        let words = if self.story.is_some() { format!("{edits:?}") } else { String::new() };
        let batch = edits.len() > 1;
        let made = make(client, at, number, edits);
        match made {
            Ok(draft) => {
                let ghosts: Vec<u64> =
                    whats.into_iter().map(|what| self.ledger.add(room, what)).collect();
                self.tell(|| {
                    format!("client {index} edits room {room} as {draft}, {ghosts:?}: {words}")
                });
                if self.parties[index].twin {
                    for ghost in &ghosts {
                        self.ledger.get_mut(*ghost).lawless = true;
                    }
                }
                let book = self.parties[index].books[room].drafts.entry(draft.get());
                let book: &mut Draft = book.or_default();
                hold!(!batch || book.edits.is_empty(), "I10", "a batch became part of {draft}");
                book.edits
                    .extend(ghosts.iter().map(|ghost| Edit { ghost: *ghost, stamp: UNWRITTEN }));
                let party = &mut self.parties[index];
                if let Some(Ok(mark)) = party.client.as_mut().map(Client::ask_stored) {
                    party.asked.push_back((mark, ghosts));
                }
            }
            Err(error) => {
                let failed = error.code == Code::Poisoned && self.parties[index].failed;
                let known = matches!(
                    error.code,
                    Code::Forbidden
                        | Code::Full
                        | Code::ValueTooLarge
                        | Code::MutationTooLarge
                        | Code::WrongType
                        | Code::NotFound
                );
                hold!(known || failed, "I22", "an edit of client {index} is refused: {error}");
            }
        }
        self.drain_client(index)
    }

    /// All that a user knows of a room is asked for again, with a newer token.
    pub fn renew_token(&mut self, index: usize) -> Checked {
        self.parties[index].tokens += 1;
        let token = self.parties[index].token();
        self.with_client(index, |client, now| client.set_token(now, &token))
    }

    /// The rooms whose members this principal may see.
    #[must_use]
    pub fn may_enter(&self, principal: usize, room: usize) -> bool {
        crate::hosting::grant(&self.plan, principal, room).is_ok()
    }

    /// How long a quiet end may take.
    #[must_use]
    pub const fn bound() -> u64 {
        // Three round trips and a commit, and what a debounce and a frame budget of a run's limits add to that.
        15 * SECOND
    }
}

fn make(
    client: &mut Client,
    at: syncline_core::Time,
    number: RoomNo,
    mut edits: Vec<(Key, CoreEdit)>,
) -> Result<DraftId, Error> {
    if edits.len() > 1 {
        return client.batch(at, number, edits);
    }
    let Some((key, edit)) = edits.pop() else { return client.batch(at, number, edits) };
    let action = edit.on(client.get(number, key.as_str()))?;
    client.edit(at, number, key.as_str(), action)
}

fn draw_amount(draws: &mut Random) -> i64 {
    let size = i64::try_from(1 + draws.below(LARGEST)).unwrap_or(1);
    if draws.permille(400) { -size } else { size }
}

/// A member of an object, or nothing in its place.
fn draw_patch(room: usize, ghost: u64, draws: &mut Random) -> String {
    let member = draws.below(3);
    if draws.permille(200) {
        format!("{{\"m{member}\":null}}")
    } else {
        format!("{{\"m{member}\":\"@{room}:{ghost}\",\"deep\":{{\"d{member}\":1}}}}")
    }
}

/// The list that an edit of this number goes into, so that none grows too large.
fn shard(prefix: &str, ghost: u64) -> Key {
    Key::new(format!("{prefix}/{}", ghost / 128 % SHARDS)).expect("a key")
}

fn insert(id: u64, value: Value) -> CoreEdit {
    Action::Insert { id: syncline_core::ItemId::new(id), value, place: Place::default() }.into()
}

fn value(json: &str) -> Value {
    Value::from_json(json.as_bytes(), &syncline_core::Limits::HARD).expect("a value")
}
