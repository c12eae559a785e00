//! The steps in which somebody writes.

use syncline_core::resolve::Resolution;
use syncline_core::room::{HostEdit, IfVersion};
use syncline_core::{
    Action, DraftId, Edit, Error, ItemId, Key, Limits, Place, RoomName, RoomNo, Value, Version,
};

use crate::verbs::{Words, number};
use crate::world::{Step, World};

pub(crate) fn value(json: &str) -> Result<Value, Error> {
    Value::from_json(json.as_bytes(), &Limits::HARD)
}

fn item(word: &str) -> Result<ItemId, String> {
    u64::from_str_radix(word, 16).map(ItemId::new).map_err(|error| format!("{word}: {error}"))
}

fn index(word: &str) -> Result<usize, String> {
    Ok(usize::try_from(number(word)?).unwrap())
}

fn neighbour(word: &str) -> Result<Option<ItemId>, String> {
    if word == "-" { Ok(None) } else { item(word).map(Some) }
}

/// The next edit of a list of them, or the error that the engine has for it.
fn next_edit(words: &mut Words<'_>) -> Result<Result<HostEdit, Error>, String> {
    let (verb, key) = (words.next()?, words.next()?);
    let mut if_version = IfVersion::Any;
    let edit = match verb {
        "insertat" => {
            let index = index(words.next()?)?;
            let id = item(words.next()?)?;
            value(words.next()?).map(|value| Edit::InsertAt { index, id, value })
        }
        "removeat" => Ok(Edit::RemoveAt { index: index(words.next()?)? }),
        "moveto" => Ok(Edit::MoveTo { from: index(words.next()?)?, to: index(words.next()?)? }),
        "replaceat" => {
            let index = index(words.next()?)?;
            value(words.next()?).map(|value| Edit::ReplaceAt { index, value })
        }
        "require" => {
            if_version = asked(words.next()?)?;
            Ok(Action::Expect.into())
        }
        other => next_action(other, words)?.map(Edit::from),
    };
    Ok(edit.and_then(|edit| Ok(HostEdit { key: Key::new(key)?, edit, if_version })))
}

fn next_action(verb: &str, words: &mut Words<'_>) -> Result<Result<Action, Error>, String> {
    Ok(match verb {
        "set" => value(words.next()?).map(Action::Set),
        "merge" => value(words.next()?).map(Action::Merge),
        "add" => value(words.next()?).map(Action::Add),
        "delete" => Ok(Action::Delete),
        "expect" => Ok(Action::Expect),
        "insert" => {
            let id = item(words.next()?)?;
            let (left, right) = (neighbour(words.next()?)?, neighbour(words.next()?)?);
            let place = Place { left, right };
            value(words.next()?).map(|value| Action::Insert { id, value, place })
        }
        "remove" => Ok(Action::Remove { id: item(words.next()?)? }),
        "move" => {
            let id = item(words.next()?)?;
            let (left, right) = (neighbour(words.next()?)?, neighbour(words.next()?)?);
            Ok(Action::Move { id, place: Place { left, right } })
        }
        "replace" => {
            let id = item(words.next()?)?;
            value(words.next()?).map(|value| Action::Replace { id, value })
        }
        other => return Err(format!("{other}: no edit")),
    })
}

fn asked(word: &str) -> Result<IfVersion, String> {
    Ok(match number(word)? {
        0 => IfVersion::Absent,
        version => IfVersion::At(Version::new(version)),
    })
}

fn edits(words: &mut Words<'_>) -> Result<Result<Vec<HostEdit>, Error>, String> {
    let mut edits = Vec::new();
    while !words.is_empty() {
        match next_edit(words)? {
            Ok(edit) => edits.push(edit),
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(edits))
}

impl World {
    fn print_draft(&mut self, made: Result<DraftId, Error>) {
        if let Some(draft) = self.told(made) {
            self.print(format!("draft {draft}"));
        }
        self.pump();
    }

    /// `NAME ROOM KEY …`
    pub(crate) fn edit(&mut self, verb: &str, words: &mut Words<'_>) -> Step {
        let client = self.client(words.next()?)?;
        let (handle, room) = (client.handle()?.clone(), client.room(words.next()?)?);
        let key = words.next()?;
        let made = match verb {
            "insert" => {
                let at = index(words.next()?)?;
                value(words.next()?).and_then(|value| handle.insert_at(room, key, at, value))
            }
            "remove" => handle.remove_at(room, key, index(words.next()?)?),
            "move" => handle.move_to(room, key, index(words.next()?)?, index(words.next()?)?),
            "replace" => {
                let at = index(words.next()?)?;
                value(words.next()?).and_then(|value| handle.replace_at(room, key, at, value))
            }
            "delete" => handle.edit(room, key, Action::Delete),
            "set" => value(words.next()?).and_then(|it| handle.edit(room, key, Action::Set(it))),
            "merge" => {
                value(words.next()?).and_then(|it| handle.edit(room, key, Action::Merge(it)))
            }
            _ => value(words.next()?).and_then(|it| handle.edit(room, key, Action::Add(it))),
        };
        self.print_draft(made);
        Ok(())
    }

    /// `NAME ROOM [EDIT KEY …]…`
    pub(crate) fn batch(&mut self, words: &mut Words<'_>) -> Step {
        let client = self.client(words.next()?)?;
        let (handle, room) = (client.handle()?.clone(), client.room(words.next()?)?);
        let made = edits(words)?.and_then(|edits| {
            let edits = edits.into_iter().map(|edit| (edit.key, edit.edit)).collect();
            handle.batch(room, edits)
        });
        self.print_draft(made);
        Ok(())
    }

    /// `NAME ROOM DRAFT mine|theirs|JSON`
    pub(crate) fn resolve(&mut self, words: &mut Words<'_>) -> Step {
        let client = self.client(words.next()?)?;
        let (handle, room) = (client.handle()?.clone(), client.room(words.next()?)?);
        let draft = DraftId::new(number(words.next()?)?);
        let resolution = match words.next()? {
            "mine" => Ok(Resolution::KeepMine),
            "theirs" => Ok(Resolution::KeepTheirs),
            json => value(json).map(Resolution::Value),
        };
        let made = resolution.and_then(|resolution| handle.resolve(room, draft, resolution));
        if let Some(Some(draft)) = self.told(made) {
            self.print(format!("draft {draft}"));
        }
        self.pump();
        Ok(())
    }

    pub(crate) fn room_number(&self, name: &str) -> Result<RoomNo, String> {
        let name = RoomName::new(name).map_err(|error| error.to_string())?;
        let number = self.server.handle()?.room(&name).unwrap();
        number.ok_or_else(|| format!("{name} is not open at the server"))
    }

    /// `ROOM [EDIT KEY …]…`
    pub(crate) fn host_write(&mut self, words: &mut Words<'_>) -> Step {
        let room = self.room_number(words.next()?)?;
        let handle = self.server.handle()?.clone();
        let written = edits(words)?.and_then(|edits| handle.room_write(room, edits));
        if let Some(write) = self.told(written) {
            self.print(format!("write {write}"));
        }
        self.pump();
        Ok(())
    }
}
