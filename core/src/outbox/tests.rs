use proptest::prelude::*;

use super::*;
use crate::value::Value;

fn key(number: u8) -> Key {
    Key::new(format!("k{number}")).unwrap()
}

fn draft(id: u64, keys: &[u8], sealed: bool, seen: DraftSeen) -> Draft {
    let op = |key_number: &u8| DraftOp {
        key: key(*key_number),
        action: Action::Set(Value::from_i64(i64::try_from(id).unwrap()).unwrap()),
        seen,
        base: None,
    };
    Draft { id: DraftId::new(id), seq: None, sealed, ops: keys.iter().map(op).collect() }
}

const ABSENT: DraftSeen = DraftSeen::Fixed(Seen::Absent);

#[test]
fn an_edit_never_goes_into_a_batch_past_one_into_a_named_one_or_into_a_hidden_one() {
    let open = |outbox: &Outbox| outbox.open_draft(&key(1)).map(|pending| pending.draft.id.get());
    let mut outbox = Outbox::default();
    outbox.push(draft(1, &[1], false, ABSENT), None);
    outbox.push(draft(2, &[2], false, ABSENT), None);
    assert_eq!(open(&outbox), Some(1), "another key's draft is no barrier");

    outbox.set_hidden(DraftId::new(1), true);
    assert_eq!(open(&outbox), None, "hidden");
    outbox.set_hidden(DraftId::new(1), false);

    outbox.push(draft(3, &[2], true, ABSENT), None);
    assert_eq!(open(&outbox), None, "past a batch, even of another key");
    outbox.push(draft(4, &[1], true, ABSENT), None);
    assert_eq!(open(&outbox), None, "into a batch");
    outbox.push(draft(5, &[1], false, ABSENT), None);
    assert_eq!(open(&outbox), Some(5));

    outbox.close_batch();
    assert!(outbox.name(5));
    assert_eq!(open(&outbox), None, "into a named one");
}

#[test]
fn what_builds_on_a_draft_builds_on_its_number_once_it_has_one() {
    let mut outbox = Outbox::default();
    outbox.push(draft(1, &[1], false, ABSENT), None);
    outbox.push(draft(2, &[1], true, DraftSeen::Draft(DraftId::new(1))), None);
    assert!(!outbox.builds_on(&key(1), Seq::new(1)));
    assert!(outbox.name(1));
    assert!(outbox.builds_on(&key(1), Seq::new(1)));
    assert!(!outbox.builds_on(&key(2), Seq::new(1)));

    outbox.forget_names();
    let seen = outbox.iter().next().unwrap().draft.ops[0].seen;
    assert_eq!(seen, DraftSeen::Fixed(Seen::At(Version::ZERO)), "and is stale with it");
}

#[test]
fn the_window_bounds_what_has_a_number_and_a_frame_what_is_sent_at_once() {
    let limits = Limits { window: 4, frame_bytes: 12, ..Limits::default() };
    let mut outbox = Outbox::default();
    for id in 1..=9 {
        outbox.push(draft(id, &[1], true, ABSENT), None);
    }
    assert_eq!(outbox.nameable(&limits), 0, "the batch is still open");
    outbox.close_batch();
    assert_eq!(outbox.nameable(&limits), 4);
    assert!(outbox.name(4));
    assert_eq!(outbox.nameable(&limits), 0);
    assert_eq!(outbox.send(&limits), None, "the names are not durable");
    outbox.handle_durable(Seq::new(4));
    let sizes: Vec<usize> =
        core::iter::from_fn(|| outbox.send(&limits).map(|(_, mutations)| mutations.len()))
            .collect();
    assert!(sizes.len() > 1 && sizes.iter().sum::<usize>() == 4, "{sizes:?}");

    assert_eq!(outbox.settle(Seq::new(1)).len(), 1);
    assert_eq!(outbox.nameable(&limits), 1);
    outbox.rewind();
    assert_eq!(outbox.send(&limits).unwrap().0, Seq::new(2), "what is decided is not sent again");
}

/// What a list of everything ever made would say.
#[derive(Debug, Default)]
struct Model {
    /// Drafts without a verdict, in order: local name, number, key, batch.
    drafts: Vec<(u64, Option<u64>, u8, bool)>,
    made: u64,
    named: u64,
    settled: u64,
    ready: u64,
}

#[derive(Clone, Debug)]
enum Step {
    Edit(u8, bool),
    Close,
    Name(u32),
    Settle(u64),
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_u8, prop::bool::weighted(0.2)).prop_map(|(key, batch)| Step::Edit(key, batch)),
        2 => Just(Step::Close),
        2 => (1..4_u32).prop_map(Step::Name),
        2 => (0..6_u64).prop_map(Step::Settle),
        1 => Just(Step::Forget),
    ]
}

impl Model {
    fn edit(&mut self, outbox: &mut Outbox, on: u8, batch: bool) {
        let barrier = self.drafts.iter().filter(|d| d.3).map(|d| d.0).max().unwrap_or(0);
        let latest = self.drafts.iter().rev().find(|d| d.2 == on);
        let open = latest.filter(|d| d.1.is_none() && !d.3 && d.0 > barrier).map(|d| d.0);
        let found = outbox.open_draft(&key(on)).map(|pending| pending.draft.id.get());
        // A batch that has its verdict is a barrier no longer needed, and harmless.
        assert!(found == open || found.is_none(), "{found:?} {open:?}");
        if found.is_none() || batch {
            self.made += 1;
            self.drafts.push((self.made, None, on, batch));
            outbox.push(draft(self.made, &[on], batch, ABSENT), None);
        }
    }

    fn step(&mut self, outbox: &mut Outbox, step: &Step) {
        match *step {
            Step::Edit(on, batch) => self.edit(outbox, on, batch),
            Step::Close => {
                self.ready = self.made;
                outbox.close_batch();
            }
            Step::Name(most) => {
                let limits = Limits { window: 3, ..Limits::default() };
                let count = outbox.nameable(&limits).min(most);
                let in_flight = self.drafts.iter().filter(|d| d.1.is_some()).count();
                let ready = self.drafts.iter().filter(|d| d.1.is_none() && d.0 <= self.ready);
                let free = 3_usize.saturating_sub(in_flight).min(ready.count());
                assert_eq!(count, u32::try_from(free).unwrap().min(most));
                for d in self.drafts.iter_mut().filter(|d| d.1.is_none()).take(count as usize) {
                    self.named += 1;
                    d.1 = Some(self.named);
                }
                assert!(outbox.name(count));
            }
            Step::Settle(by) => {
                let last = (self.settled + by).min(self.named);
                let decided = outbox.settle(Seq::new(last));
                let ids: Vec<u64> = decided.iter().map(|p| p.draft.id.get()).collect();
                let gone = |d: &(u64, Option<u64>, u8, bool)| d.1.is_some_and(|seq| seq <= last);
                let want: Vec<u64> = self.drafts.iter().filter(|d| gone(d)).map(|d| d.0).collect();
                assert_eq!(ids, want);
                self.drafts.retain(|d| !gone(d));
                self.settled = last;
            }
            Step::Forget => {
                let lost = outbox.forget_names().len();
                let before = self.drafts.len();
                self.drafts.retain(|d| d.1.is_none());
                assert_eq!(lost, before - self.drafts.len());
                (self.named, self.settled) = (0, 0);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn an_outbox_is_a_list_of_what_has_no_verdict(steps in prop::collection::vec(step(), 1..60)) {
        let (mut outbox, mut model) = (Outbox::default(), Model::default());
        for step in &steps {
            model.step(&mut outbox, step);
            let got: Vec<(u64, Option<u64>)> = outbox
                .iter()
                .map(|p| (p.draft.id.get(), p.draft.seq.map(Seq::get)))
                .collect();
            let want: Vec<(u64, Option<u64>)> =
                model.drafts.iter().map(|d| (d.0, d.1)).collect();
            prop_assert_eq!(got, want);
            prop_assert_eq!(outbox.named().get(), model.named);
            prop_assert_eq!(outbox.settled().get(), model.settled);
            let bytes: usize = outbox.iter().map(|p| draft_bytes(&p.draft)).sum();
            prop_assert_eq!(outbox.bytes(), bytes);
            prop_assert_eq!(outbox.is_empty(), bytes == 0);
        }
    }
}
