//! Which views read rooms beside their own, and how much of these they have read.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{RoomName, RoomNo, Version, ViewName};

/// A view of a room.
type Reader = (RoomNo, ViewName);

/// What views read, by the names of rooms: one that is closed and opened again has another number.
#[derive(Debug, Default)]
pub(super) struct Reads {
    views: BTreeMap<Reader, Reading>,
    readers: BTreeMap<RoomName, BTreeSet<Reader>>,
}

/// What one view reads.
#[derive(Debug, Default)]
struct Reading {
    /// Its host was asked to render it.
    asked: bool,
    rooms: BTreeMap<RoomName, Read>,
}

/// A room that a view reads.
#[derive(Debug, Default)]
struct Read {
    /// What is shown reads it.
    shown: bool,
    /// What is being rendered, or could not be, reads it.
    fresh: bool,
    /// It changed after the host was asked to render. What reads it after that has the change.
    missed: bool,
    /// Everything up to this is in what is being rendered; nothing is known while the room is being opened.
    since: Option<Version>,
}

impl Read {
    /// It changed: whether the view is to be rendered again.
    const fn change(&mut self, asked: bool) -> bool {
        let later = asked && !self.fresh;
        self.missed |= later;
        !later
    }
}

impl Reads {
    /// Whether a view reads the room with this name.
    pub(super) fn is_read(&self, name: &RoomName) -> bool {
        self.readers.contains_key(name)
    }

    /// The views that read a room.
    pub(super) fn readers(&self, name: &RoomName) -> Vec<Reader> {
        self.readers.get(name).into_iter().flatten().cloned().collect()
    }

    /// Whether a view is being rendered.
    pub(super) fn is_asked(&self, room: RoomNo, view: &ViewName) -> bool {
        self.views.get(&(room, view.clone())).is_some_and(|reading| reading.asked)
    }

    /// A view is to be rendered.
    pub(super) fn ask(&mut self, room: RoomNo, view: &ViewName) {
        let reading = self.views.entry((room, view.clone())).or_default();
        reading.asked = true;
        for read in reading.rooms.values_mut() {
            (read.fresh, read.missed, read.since) = (false, false, None);
        }
    }

    /// What is being rendered reads a room, which is at this version if it is open.
    pub(super) fn read(
        &mut self,
        (room, view): (RoomNo, &ViewName),
        name: &RoomName,
        version: Option<Version>,
    ) {
        let reader = (room, view.clone());
        let Some(reading) = self.views.get_mut(&reader) else { return };
        let read = reading.rooms.entry(name.clone()).or_default();
        if !read.fresh {
            (read.fresh, read.missed, read.since) = (true, false, None);
        }
        read.since = read.since.or(version);
        self.readers.entry(name.clone()).or_default().insert(reader);
    }

    /// What was rendered is shown: from now on the view reads what that did. Gives the rooms with the version up to
    /// which everything is in it, and those that are not read any more.
    pub(super) fn show(
        &mut self,
        room: RoomNo,
        view: &ViewName,
    ) -> (Vec<(RoomName, Version)>, Vec<RoomName>) {
        let reader = (room, view.clone());
        let Some(reading) = self.views.get_mut(&reader) else { return Default::default() };
        let asked = core::mem::replace(&mut reading.asked, false);
        let left = drop_rooms(reading, |read| !asked || read.fresh);
        let known = |(name, read): (&RoomName, &mut Read)| {
            read.shown = true;
            read.since.map(|since| (name.clone(), since))
        };
        let known = reading.rooms.iter_mut().filter_map(known).collect();
        self.leave(&reader, &left);
        (known, left)
    }

    /// Nothing was rendered: the view reads what it did, and what might have made a difference. Gives the rooms
    /// that are not read any more, and whether one of the others has changed since.
    pub(super) fn keep(&mut self, room: RoomNo, view: &ViewName) -> (Vec<RoomName>, bool) {
        let reader = (room, view.clone());
        let Some(reading) = self.views.get_mut(&reader) else { return Default::default() };
        reading.asked = false;
        let left = drop_rooms(reading, |read| read.shown || read.fresh);
        let missed = reading.rooms.values().any(|read| read.missed);
        self.leave(&reader, &left);
        (left, missed)
    }

    /// A view reads nothing any more. Gives the rooms that it did.
    pub(super) fn forget(&mut self, room: RoomNo, view: &ViewName) -> Vec<RoomName> {
        let reader = (room, view.clone());
        let reading = self.views.remove(&reader).unwrap_or_default();
        let left: Vec<RoomName> = reading.rooms.into_keys().collect();
        self.leave(&reader, &left);
        left
    }

    /// The views of a room read nothing any more. Gives the rooms that they did.
    pub(super) fn forget_all(&mut self, room: RoomNo) -> Vec<RoomName> {
        let readers = self.views.keys().filter(|(home, _)| *home == room);
        let readers: Vec<Reader> = readers.cloned().collect();
        readers.iter().flat_map(|(room, view)| self.forget(*room, view)).collect()
    }

    /// A room changed. Gives the views that are to be rendered again.
    pub(super) fn change(&mut self, name: &RoomName) -> Vec<Reader> {
        self.each(name, Read::change)
    }

    /// A room is open, at this version. Gives the views that are to be rendered again: not those that have waited.
    pub(super) fn open(&mut self, name: &RoomName, version: Version) -> Vec<Reader> {
        self.each(name, |read, asked| {
            let waited = asked && read.fresh && read.since.is_none();
            if waited {
                read.since = Some(version);
            }
            !waited && read.change(asked)
        })
    }

    /// A room is gone, which was open, or could not be opened. Gives the views that are to be rendered again: none if
    /// it was not open, as they would only try in vain once more.
    pub(super) fn close(&mut self, name: &RoomName, was_open: bool) -> Vec<Reader> {
        self.each(name, |read, asked| {
            // What the host has read of it may be another one's now: nothing is certain.
            read.since = Some(Version::ZERO);
            was_open && read.change(asked)
        })
    }

    fn each(
        &mut self,
        name: &RoomName,
        mut change: impl FnMut(&mut Read, bool) -> bool,
    ) -> Vec<Reader> {
        let mut readers = self.readers(name);
        readers.retain(|reader| {
            let Some(reading) = self.views.get_mut(reader) else { return false };
            let asked = reading.asked;
            reading.rooms.get_mut(name).is_some_and(|read| change(read, asked))
        });
        readers
    }

    fn leave(&mut self, reader: &Reader, left: &[RoomName]) {
        for name in left {
            let readers = self.readers.get_mut(name);
            if readers.is_some_and(|readers| readers.remove(reader) && readers.is_empty()) {
                self.readers.remove(name);
            }
        }
        if self.views.get(reader).is_some_and(|reading| !reading.asked && reading.rooms.is_empty())
        {
            self.views.remove(reader);
        }
    }
}

/// Takes out the rooms that are not to stay.
fn drop_rooms(reading: &mut Reading, stays: impl Fn(&Read) -> bool) -> Vec<RoomName> {
    let gone = reading.rooms.iter().filter(|(_, read)| !stays(read));
    let gone: Vec<RoomName> = gone.map(|(name, _)| name.clone()).collect();
    reading.rooms.retain(|_, read| stays(read));
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: RoomNo = RoomNo::new(1);

    fn name(text: &str) -> RoomName {
        RoomName::new(text).unwrap()
    }

    fn view() -> ViewName {
        ViewName::new("page").unwrap()
    }

    fn read(reads: &mut Reads, other: &str, version: Option<u64>) {
        reads.read((HOME, &view()), &name(other), version.map(Version::new));
    }

    /// What is shown, with the versions up to which all is in it.
    fn show(reads: &mut Reads) -> Vec<(String, u64)> {
        let (known, _) = reads.show(HOME, &view());
        known.into_iter().map(|(name, since)| (name.as_str().to_owned(), since.get())).collect()
    }

    #[test]
    fn what_changes_before_it_is_read_is_no_reason_to_render_once_more() {
        let mut reads = Reads::default();
        reads.ask(HOME, &view());
        read(&mut reads, "prices", Some(3));
        read(&mut reads, "prices", Some(4));
        assert_eq!(show(&mut reads), [("prices".to_owned(), 3)], "as when it was read first");
        assert_eq!(reads.change(&name("prices")), [(HOME, view())]);

        reads.ask(HOME, &view());
        assert!(reads.change(&name("prices")).is_empty(), "it is still to be read");
        read(&mut reads, "prices", Some(5));
        assert_eq!(reads.change(&name("prices")), [(HOME, view())]);
        assert_eq!(show(&mut reads), [("prices".to_owned(), 5)]);
    }

    #[test]
    fn a_change_that_a_render_would_have_read_is_not_lost_with_it() {
        let mut reads = Reads::default();
        reads.ask(HOME, &view());
        read(&mut reads, "prices", Some(3));
        show(&mut reads);
        reads.ask(HOME, &view());
        assert!(reads.change(&name("prices")).is_empty());
        assert_eq!(reads.keep(HOME, &view()), (Vec::new(), true));
        reads.ask(HOME, &view());
        assert_eq!(reads.keep(HOME, &view()), (Vec::new(), false));
    }

    #[test]
    fn a_room_that_is_another_one_meanwhile_was_not_read_for_certain() {
        let mut reads = Reads::default();
        reads.ask(HOME, &view());
        read(&mut reads, "prices", Some(3));
        assert_eq!(reads.close(&name("prices"), true), [(HOME, view())]);
        assert_eq!(reads.open(&name("prices"), Version::new(7)), [(HOME, view())]);
        assert_eq!(show(&mut reads), [("prices".to_owned(), 0)]);
    }

    #[test]
    fn what_cannot_be_opened_is_tried_again_when_it_can_and_not_before() {
        let mut reads = Reads::default();
        reads.ask(HOME, &view());
        read(&mut reads, "prices", None);
        assert!(reads.close(&name("prices"), false).is_empty());
        reads.keep(HOME, &view());
        assert_eq!(reads.open(&name("prices"), Version::new(7)), [(HOME, view())]);
        reads.ask(HOME, &view());
        read(&mut reads, "prices", None);
        assert!(reads.open(&name("prices"), Version::new(7)).is_empty(), "it was waited for");
        assert_eq!(show(&mut reads), [("prices".to_owned(), 7)]);
    }

    #[test]
    fn renders_that_fail_with_ever_other_rooms_read_those_of_the_last() {
        let mut reads = Reads::default();
        reads.ask(HOME, &view());
        read(&mut reads, "prices", Some(1));
        show(&mut reads);
        for count in 0..10 {
            reads.ask(HOME, &view());
            read(&mut reads, &format!("room {count}"), None);
            reads.keep(HOME, &view());
            assert_eq!(reads.readers.len(), 2);
        }
        reads.ask(HOME, &view());
        let (known, left) = reads.show(HOME, &view());
        assert_eq!((known, left.len()), (Vec::new(), 2));
        assert!(reads.views.is_empty() && reads.readers.is_empty());
    }

    #[test]
    fn a_room_that_is_gone_reads_nothing() {
        let mut reads = Reads::default();
        reads.ask(HOME, &view());
        read(&mut reads, "prices", Some(1));
        assert!(reads.is_read(&name("prices")));
        assert_eq!(reads.forget_all(HOME), [name("prices")]);
        assert!(!reads.is_read(&name("prices")) && !reads.is_asked(HOME, &view()));
    }
}
