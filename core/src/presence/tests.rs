use super::*;
use proptest::prelude::*;

const TTL: Duration = Duration::from_millis(100);

fn ms(millis: u64) -> Time {
    Time::from_millis(millis)
}

fn limits(count: usize) -> Limits {
    Limits { presence_count: count, presence_bytes: 64, ..Limits::default() }
}

fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes(), &Limits::default()).unwrap()
}

fn room(count: usize, joined: u64) -> Presences {
    let mut room = Presences::new(TTL, &limits(count));
    for reader in 1..=joined {
        room.join(ReaderId::new(reader));
    }
    room
}

fn id(number: u32) -> PresenceId {
    PresenceId::new(number)
}

/// What a reader sees that applies every listing to what it saw before.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    cursor: PresenceCursor,
    people: BTreeMap<PresenceId, String>,
}

impl Seen {
    fn pull(&mut self, room: &Presences) {
        let (full, entries, cursor) = room.since(self.cursor);
        self.cursor = cursor;
        if full {
            self.people.clear();
        }
        for entry in entries {
            match entry.state {
                Some(state) => self.people.insert(entry.id, state.to_json()),
                None => self.people.remove(&entry.id),
            };
        }
    }
}

#[test]
fn a_patch_merges_renews_and_clears() {
    let mut room = room(8, 1);
    // at ms, patch, told, state
    let table: [(u64, Option<&str>, bool, Option<&str>); 11] = [
        (0, Some("{}"), false, None),
        (0, None, false, None),
        (10, Some(r#"{"a":1}"#), true, Some(r#"{"a":1}"#)),
        (20, Some(r#"{"b":2}"#), true, Some(r#"{"a":1,"b":2}"#)),
        (30, Some(r#"{"b":2}"#), false, Some(r#"{"a":1,"b":2}"#)),
        (40, Some(r#"{"a":null}"#), true, Some(r#"{"b":2}"#)),
        (130, Some("{}"), false, Some(r#"{"b":2}"#)),
        (229, Some("{}"), false, Some(r#"{"b":2}"#)),
        (330, Some("{}"), false, None),
        (340, Some(r#"{"c":3}"#), true, Some(r#"{"c":3}"#)),
        (350, None, true, None),
    ];
    for (at, patch, told, state) in table {
        let patch = patch.map(json);
        room.handle_timeout(ms(at));
        assert_eq!(room.update(ms(at), id(1), patch.as_ref()).unwrap(), told, "at {at}");
        assert_eq!(room.state(id(1)).map(Value::to_json).as_deref(), state, "at {at}");
    }
    assert_eq!(room.poll_timeout(), None);
}

#[test]
fn a_refused_patch_changes_nothing() {
    let mut room = room(8, 1);
    room.update(ms(0), id(1), Some(&json(r#"{"a":1}"#))).unwrap();
    let long = format!(r#"{{"b":"{}"}}"#, "x".repeat(60));
    let table = [
        (id(1), "7", Code::WrongType),
        (id(1), "null", Code::WrongType),
        (id(1), "[]", Code::WrongType),
        (id(1), &long, Code::ValueTooLarge),
        (id(2), "{}", Code::NotFound),
        (id(0), r#"{"a":1}"#, Code::NotFound),
    ];
    for (who, patch, code) in table {
        assert_eq!(room.update(ms(1), who, Some(&json(patch))).unwrap_err().code, code, "{patch}");
        assert_eq!(room.state(id(1)).unwrap().to_json(), r#"{"a":1}"#);
        assert_eq!(room.poll_timeout(), Some(ms(100)));
    }
}

#[test]
fn who_left_never_comes_back_and_its_name_is_not_given_again() {
    let mut room = room(8, 1);
    let state = json(r#"{"a":1}"#);
    room.update(ms(0), id(1), Some(&state)).unwrap();
    assert_eq!(room.reader(id(1)), Some(ReaderId::new(1)));
    assert!(room.leave(id(1)) && !room.leave(id(1)));
    assert_eq!(room.update(ms(0), id(1), Some(&state)).unwrap_err().code, Code::NotFound);
    assert_eq!(room.join(ReaderId::new(1)), id(2));
    assert!(room.is_empty() && !room.handle_timeout(ms(1_000)));
}

#[test]
fn names_run_out_without_being_given_twice() {
    let mut room = room(8, 0);
    room.named = id(u32::MAX - 2);
    assert_eq!(room.join(ReaderId::new(1)), id(u32::MAX - 1));
    for _ in 0..2 {
        let nobody = room.join(ReaderId::new(2));
        assert!(room.update(ms(0), nobody, Some(&json(r#"{"a":1}"#))).is_err());
    }
}

#[test]
fn beyond_the_count_the_next_is_shown_when_one_goes() {
    let mut room = room(2, 4);
    for who in [3, 1, 2, 4] {
        let told = room.update(ms(0), id(who), Some(&json(r#"{"a":1}"#))).unwrap();
        assert_eq!(told, matches!(who, 3 | 1));
    }
    let mut seen = Seen::default();
    seen.pull(&room);
    assert_eq!(seen.people.keys().copied().collect::<Vec<_>>(), [id(1), id(3)]);
    assert!(!room.update(ms(0), id(2), Some(&json(r#"{"a":2}"#))).unwrap(), "not shown");
    assert!(!room.leave(id(4)) && room.leave(id(3)));
    seen.pull(&room);
    assert_eq!(seen.people.get(&id(2)).map(String::as_str), Some(r#"{"a":2}"#));
    assert_eq!((room.len(), room.shown_len(), seen.people.len()), (2, 2, 2));
}

#[test]
fn a_reader_from_before_the_kept_marks_is_told_everyone() {
    let mut room = room(2, 5);
    let state = json(r#"{"a":1}"#);
    room.update(ms(0), id(1), Some(&state)).unwrap();
    let mut early = Seen::default();
    early.pull(&room);
    for who in 2..=4 {
        room.update(ms(0), id(who), Some(&state)).unwrap();
        room.leave(id(who));
    }
    let (full, entries, cursor) = room.since(early.cursor);
    assert!(full && entries.len() == 1);
    assert!(!room.has_news(cursor));
    room.leave(id(1));
    assert_eq!(room.since(cursor).1, [Participant { id: id(1), state: None }]);
}

#[test]
fn a_listing_larger_than_half_a_frame_comes_in_parts() {
    let limits = Limits { frame_bytes: 400, mutation_bytes: 200, ..limits(50) };
    let mut room = Presences::new(TTL, &limits);
    for reader in 1..=20 {
        let name = room.join(ReaderId::new(reader));
        room.update(ms(0), name, Some(&json(r#"{"a":"0123456789"}"#))).unwrap();
    }
    let mut seen = Seen::default();
    let mut listings = 0;
    while room.has_news(seen.cursor) {
        seen.pull(&room);
        listings += 1;
        // Those that go while the listing is under way must not stay behind.
        room.leave(id(listings));
    }
    assert!((5..40).contains(&listings), "{listings}");
    assert_eq!(seen.people.len(), room.len());
}

/// One thing that happens to a room.
#[derive(Clone, Debug)]
enum Step {
    Join,
    Update(u32, Option<&'static str>),
    Leave(u32),
    Wait(u64),
    Pull(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let patch = prop_oneof![
        Just(None),
        Just(Some("{}")),
        Just(Some(r#"{"a":1}"#)),
        Just(Some(r#"{"a":2,"b":"x"}"#)),
        Just(Some(r#"{"a":null}"#)),
    ];
    prop_oneof![
        2 => Just(Step::Join),
        8 => (1..9_u32, patch).prop_map(|(who, patch)| Step::Update(who, patch)),
        1 => (1..9_u32).prop_map(Step::Leave),
        3 => (0..70_u64).prop_map(Step::Wait),
        4 => (0..3_usize).prop_map(Step::Pull),
    ]
}

/// The rules without an index: who has a name, and who has said what until when.
#[derive(Default)]
struct Model {
    named: u32,
    names: BTreeSet<u32>,
    people: BTreeMap<u32, (String, u64)>,
}

impl Model {
    fn update(&mut self, now: u64, who: u32, patch: Option<&str>) {
        if !self.names.contains(&who) {
            return;
        }
        let before = self.people.remove(&who).map(|(state, _)| state);
        let patched = match (patch, &before) {
            (None, _) | (Some("{}"), None) => return,
            (Some(patch), before) => {
                let mut object: serde_json::Map<String, serde_json::Value> = before
                    .as_ref()
                    .map_or_else(Default::default, |b| serde_json::from_str(b).unwrap());
                let patch: serde_json::Map<String, serde_json::Value> =
                    serde_json::from_str(patch).unwrap();
                for (name, value) in patch {
                    if value.is_null() {
                        object.remove(&name);
                    } else {
                        object.insert(name, value);
                    }
                }
                serde_json::to_string(&object).unwrap()
            }
        };
        self.people.insert(who, (patched, now + 100));
    }
}

proptest! {
    #[test]
    fn every_reader_ends_with_those_who_are_here(
        steps in proptest::collection::vec(step(), 1..80), count in 1_usize..5,
    ) {
        let (mut room, mut model) = (room(count, 0), Model::default());
        let mut readers = [Seen::default(), Seen::default(), Seen::default()];
        let mut now = 0;
        for step in steps {
            match step {
                Step::Join => {
                    model.named += 1;
                    model.names.insert(model.named);
                    prop_assert_eq!(room.join(ReaderId::new(9)), id(model.named));
                }
                Step::Update(who, patch) => {
                    model.update(now, who, patch);
                    let done = room.update(ms(now), id(who), patch.map(json).as_ref());
                    prop_assert_eq!(done.is_ok(), model.names.contains(&who));
                }
                Step::Leave(who) => {
                    model.names.remove(&who);
                    model.people.remove(&who);
                    room.leave(id(who));
                }
                Step::Wait(by) => {
                    now += by;
                    model.people.retain(|_, (_, until)| *until > now);
                    room.handle_timeout(ms(now));
                }
                Step::Pull(who) => readers[who].pull(&room),
            }
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            let here = room.iter().map(|(id, state)| (id.get(), read(&state.to_json())));
            let here: Vec<_> = here.collect();
            let want: Vec<_> = model.people.iter().map(|(&id, (s, _))| (id, read(s))).collect();
            prop_assert_eq!(here, want);
            let first = model.people.values().map(|&(_, until)| ms(until)).min();
            prop_assert_eq!(room.poll_timeout(), first);
            prop_assert_eq!(room.shown_len(), room.len().min(count));
            prop_assert!(room.gone.len() <= count);
        }
        for reader in &mut readers {
            reader.pull(&room);
            prop_assert!(!room.has_news(reader.cursor));
            prop_assert_eq!(reader.people.len(), room.shown_len());
            for (&id, state) in &reader.people {
                prop_assert_eq!(Some(state.clone()), room.state(id).map(Value::to_json));
            }
        }
    }
}
