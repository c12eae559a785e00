use proptest::prelude::*;

use super::*;
use crate::id::KeyId;
use crate::message::{Body, Change, Entry};
use crate::record::client::Draft;
use crate::value::Value;

fn limits() -> Limits {
    Limits::default()
}

fn value(json: &str) -> Value {
    Value::from_json(json.as_bytes(), &limits()).unwrap()
}

fn key(number: u8) -> Key {
    Key::new(format!("k{number}")).unwrap()
}

fn entry(number: u8, version: u64, change: Change) -> Entry {
    let (id, version) = (KeyId::new(number.into()), Version::new(version));
    Entry { id, key: Some(key(number)), version, change }
}

/// A replica with its outbox, edited and told as a client would.
#[derive(Debug, Default)]
struct Rig {
    replica: Replica,
    outbox: Outbox,
    version: u64,
}

impl Rig {
    fn edit(&mut self, edits: &[(u8, Action)]) -> bool {
        let edits: Vec<(Key, Action)> =
            edits.iter().map(|(number, action)| (key(*number), action.clone())).collect();
        let each = edits.iter().map(|(key, action)| (key, action));
        let Ok(results) = self.replica.preview(each, &limits()) else { return false };
        let id = self.outbox.made().next();
        let op = |(key, action): &(Key, Action)| DraftOp {
            key: key.clone(),
            action: action.clone(),
            seen: self.replica.seen(key.as_str(), &self.outbox),
            base: None,
        };
        let ops = edits.iter().map(op).collect();
        self.outbox.push(Draft { id, seq: None, sealed: true, ops }, None);
        self.replica.show(id, results);
        true
    }

    fn tell(&mut self, changes: Vec<(u8, Change)>) -> Set<Key> {
        let from = Version::new(self.version.max(1));
        self.version = from.get() + 1;
        let entries =
            changes.into_iter().map(|(number, change)| entry(number, self.version, change));
        let to = Version::new(self.version);
        let body = Body { from, to, more: false, digest: None, entries: entries.collect() };
        let mut before = Before::new();
        self.replica.confirmed.apply(&[&body], &limits(), &mut before).unwrap();
        let touched = before.keys().cloned().collect();
        self.replica.rebase(touched, &before, &mut self.outbox, &limits())
    }

    fn settle(&mut self, id: DraftId) {
        let pending = self.outbox.remove(id).unwrap();
        let touched = pending.draft.ops.iter().map(|op| op.key.clone()).collect();
        self.replica.rebase(touched, &Before::new(), &mut self.outbox, &limits());
    }

    fn json(&self, number: u8) -> Option<String> {
        self.replica.get(key(number).as_str()).map(Content::to_json)
    }

    /// The view, made from nothing: every mutation in order on what is confirmed, whole or not.
    fn reference(&self) -> Map<Key, Content> {
        let confirmed = self.replica.confirmed.with_prefix("");
        let mut view: Map<Key, Content> =
            confirmed.map(|(key, held)| (key.clone(), held.content.clone())).collect();
        for pending in self.outbox.iter() {
            let mut next = view.clone();
            let applies = pending.draft.ops.iter().all(|op| {
                let result = op.action.apply(next.get(&op.key), &limits());
                let applies = result.is_ok();
                match result.ok().flatten() {
                    Some(content) => next.insert(op.key.clone(), content),
                    None => next.remove(&op.key),
                };
                applies
            });
            assert_eq!(pending.hidden, !applies);
            if applies {
                view = next;
            }
        }
        view
    }
}

#[test]
fn a_batch_that_does_not_apply_any_more_is_hidden_whole_and_comes_back_whole() {
    let mut rig = Rig::default();
    assert!(rig.edit(&[(1, Action::Add(value("2"))), (2, Action::Set(value("\"mine\"")))]));
    assert!(rig.edit(&[(2, Action::Set(value("\"later\""))), (3, Action::Set(value("3")))]));
    assert_eq!(rig.json(1), Some("2".into()));

    let text = Change::Value(Content::Plain(value("\"text\"")));
    let changed = rig.tell(vec![(1, text)]);
    assert_eq!(changed, Set::from([key(1)]));
    assert_eq!(rig.json(1), Some("\"text\"".into()), "a sum does not apply to text");
    assert_eq!(rig.json(2), Some("\"later\"".into()), "the later edit stands");
    rig.settle(DraftId::new(2));
    assert_eq!(rig.json(2), None, "the first batch is hidden whole");

    rig.tell(vec![(1, Change::Value(Content::Plain(value("5"))))]);
    assert_eq!((rig.json(1), rig.json(2)), (Some("7".into()), Some("\"mine\"".into())));
}

#[test]
fn a_precondition_that_is_broken_already_hides_its_batch() {
    let mut rig = Rig::default();
    rig.tell(vec![(1, Change::Value(Content::Plain(value("1"))))]);
    rig.edit(&[(1, Action::Expect), (2, Action::Set(value("2")))]);
    assert_eq!(rig.json(2), Some("2".into()));
    rig.tell(vec![(3, Change::Value(Content::Plain(value("1"))))]);
    assert_eq!(rig.json(2), Some("2".into()));
    rig.tell(vec![(1, Change::Value(Content::Plain(value("1"))))]);
    assert_eq!(rig.json(2), None, "the value is equal, the version is another");
}

#[test]
fn rebasing_costs_what_the_touched_keys_cost() {
    let mut rig = Rig::default();
    for number in 0..200 {
        rig.edit(&[(number, Action::Set(value("1")))]);
    }
    let before = rig.replica.work();
    rig.tell(vec![(7, Change::Value(Content::Plain(value("2"))))]);
    assert_eq!(rig.replica.work() - before, 1);
}

#[test]
fn many_pending_edits_of_one_list_copy_it_once() {
    let insert = |id: u64, place: crate::list::Place| {
        let id = crate::id::ItemId::new(id);
        Action::Insert { id, value: value("1"), place }
    };
    let start = crate::list::Place::default();
    let mut rig = Rig::default();
    for id in 0..300 {
        assert!(rig.edit(&[(1, insert(id, start))]));
    }
    let items = (1_000..1_010)
        .map(|id| crate::list::Item { id: crate::id::ItemId::new(id), value: value("2") })
        .collect();
    let list = crate::list::List::from_items(items, &limits()).unwrap();
    let before = rig.replica.work();
    rig.tell(vec![(1, Change::Value(Content::List(list)))]);
    assert_eq!(rig.replica.work() - before, 300 + 11);
    let Some(Content::List(shown)) = rig.replica.get("k1") else { panic!("no list") };
    assert_eq!(shown.items().len(), 310);
}

#[test]
fn an_equal_value_is_no_change_of_the_view() {
    let mut rig = Rig::default();
    rig.edit(&[(1, Action::Set(value("1")))]);
    let same = Change::Value(Content::Plain(value("1")));
    assert_eq!(rig.tell(vec![(1, same)]), Set::new());
    rig.settle(DraftId::new(1));
    assert_eq!(rig.json(1), Some("1".into()));
}

#[test]
fn what_was_seen_is_the_view() {
    let mut rig = Rig::default();
    let seen = |rig: &Rig| rig.replica.seen("k1", &rig.outbox);
    assert_eq!(seen(&rig), DraftSeen::Fixed(Seen::Absent));
    rig.tell(vec![(1, Change::Value(Content::Plain(value("1"))))]);
    assert_eq!(seen(&rig), DraftSeen::Fixed(Seen::At(Version::new(2))));
    rig.edit(&[(1, Action::Set(value("2")))]);
    assert_eq!(seen(&rig), DraftSeen::Draft(DraftId::new(1)));
    rig.outbox.name(1);
    assert_eq!(seen(&rig), DraftSeen::Fixed(Seen::Mine(crate::Seq::new(1))));
}

#[test]
fn a_key_that_changes_while_chunks_are_sent_is_taken_once() {
    let mut confirmed = Confirmed::default();
    let body = |from, to, more, entries| {
        let (from, to) = (Version::new(from), Version::new(to));
        Body { from, to, more, digest: None, entries }
    };
    let plain = |text| Change::Value(Content::Plain(value(text)));
    let add = || Action::Add(value("1"));
    let whole = body(0, 5, false, vec![entry(1, 4, plain("10")), entry(2, 5, plain("20"))]);
    confirmed.apply(&[&whole], &limits(), &mut Before::new()).unwrap();
    let patch = |version, adds| Entry {
        key: None,
        ..entry(1, version, Change::Patch(std::iter::repeat_with(add).take(adds).collect()))
    };
    let first = body(5, 6, true, vec![patch(6, 1)]);
    let second = body(6, 8, false, vec![patch(8, 3)]);
    confirmed.apply(&[&first, &second], &limits(), &mut Before::new()).unwrap();
    let held = confirmed.get("k1").unwrap();
    assert_eq!((held.content.to_json().as_str(), held.version), ("13", Version::new(8)));
    assert_eq!(confirmed.version(), Version::new(8));
}

#[test]
fn a_snapshot_forgets_what_it_does_not_name_and_a_revived_key_gets_its_name_again() {
    let mut confirmed = Confirmed::default();
    let mut apply = |from, to, entries| {
        let (from, to) = (Version::new(from), Version::new(to));
        let body = Body { from, to, more: false, digest: None, entries };
        let mut before = Before::new();
        let applied = confirmed.apply(&[&body], &limits(), &mut before);
        (applied.is_ok(), before.len(), confirmed.digest())
    };
    let held = |text| Change::Value(Content::Plain(value(text)));
    let (_, _, empty) = apply(0, 0, vec![]);
    let (ok, _, one) = apply(0, 5, vec![entry(1, 4, held("1")), entry(2, 5, held("2"))]);
    assert!(ok && one != empty);
    let unnamed = |change| Entry { key: None, ..entry(1, 6, change) };
    assert_eq!(apply(5, 6, vec![unnamed(Change::Delete)]).1, 1);
    assert!(apply(6, 7, vec![unnamed(Change::Delete)]).0, "a second deletion is no news");
    assert!(!apply(7, 8, vec![unnamed(held("3"))]).0, "a number without a name");
    let (ok, touched, _) = apply(0, 5, vec![entry(1, 4, held("1")), entry(2, 5, held("2"))]);
    assert!(ok && touched == 2);
    assert_eq!(apply(0, 0, vec![]), (true, 2, empty));
}

#[test]
fn a_delta_that_does_not_follow_leaves_nothing_behind() {
    let mut confirmed = Confirmed::default();
    let body = |from, to, entries| {
        let (from, to) = (Version::new(from), Version::new(to));
        Body { from, to, more: false, digest: None, entries }
    };
    let held = |text| Change::Value(Content::Plain(value(text)));
    let whole = body(0, 5, vec![entry(1, 4, held("1")), entry(2, 5, held("\"text\""))]);
    confirmed.apply(&[&whole], &limits(), &mut Before::new()).unwrap();
    let (digest, stored) = (confirmed.digest(), confirmed.to_stored());
    let sum = Change::Patch(vec![Action::Add(value("1"))]);
    for from in [5, 0] {
        let mut before = Before::new();
        let changes =
            vec![entry(1, 6, Change::Delete), entry(3, 7, held("3")), entry(2, 8, sum.clone())];
        assert!(
            confirmed.apply(&[&body(from, 8, changes)], &limits(), &mut before).is_ok()
                == (from == 0)
        );
        confirmed.revert(before);
        assert_eq!((confirmed.digest(), confirmed.to_stored()), (digest, stored.clone()));
    }
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => (0..5_i64).prop_map(|n| Action::Set(Value::from_i64(n).unwrap())),
        1 => Just(Action::Set(value("{\"a\":1}"))),
        1 => Just(Action::Delete),
        2 => Just(Action::Add(value("1"))),
        2 => Just(Action::Merge(value("{\"b\":2}"))),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Edit(Vec<(u8, Action)>),
    Tell(u8, Option<i64>),
    Settle(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => prop::collection::vec((0..4_u8, action()), 1..4).prop_map(Step::Edit),
        2 => (0..4_u8, prop::option::of(0..5_i64)).prop_map(|(key, n)| Step::Tell(key, n)),
        1 => (0..6_usize).prop_map(Step::Settle),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_view_is_what_is_confirmed_with_every_pending_mutation_on_top(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut rig = Rig::default();
        for step in steps {
            match step {
                Step::Edit(edits) => {
                    rig.edit(&edits);
                }
                Step::Tell(number, told) => {
                    let change = told.map_or(Change::Delete, |n| {
                        Change::Value(Content::Plain(Value::from_i64(n).unwrap()))
                    });
                    rig.tell(vec![(number, change)]);
                }
                Step::Settle(index) => {
                    let id = rig.outbox.iter().nth(index).map(|pending| pending.draft.id);
                    if let Some(id) = id {
                        rig.settle(id);
                    }
                }
            }
            let view: Map<Key, Content> =
                rig.replica.with_prefix("").into_iter().collect();
            prop_assert_eq!(view, rig.reference());
        }
    }
}
