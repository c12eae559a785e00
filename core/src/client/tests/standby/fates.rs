//! What became of an edit, for a tab that did not hear it.

use super::*;
use crate::limit::FAILED;
use crate::resolve::{Resolution, Resolver};

/// What a tab was told to be unknown, with the number of edits that were handed back.
fn unknown(tab: &Tab) -> Vec<(DraftId, usize)> {
    let told = |event: &ClientEvent| {
        let ClientEvent::Unknown { draft, reason, edits, .. } = event else { return None };
        assert_eq!(*reason, Code::Superseded);
        Some((*draft, edits.len()))
    };
    tab.events.iter().filter_map(told).collect()
}

#[test]
fn an_edit_that_one_leader_took_is_not_taken_for_one_of_another_leader() {
    let (mut feed, mut other) = (Feed::new(), Feed::new());
    let mut tab = Tab::of(&mut feed.leader, TAB);
    tab.follow(&mut feed);
    let (alone, first, second) =
        (tab.edit("alone", set("1")), tab.edit("n", set("1")), tab.edit("n", set("2")));
    let drafts: Vec<_> = tab.hand_over(&mut feed.leader).into_iter().map(Result::unwrap).collect();
    assert_eq!(drafts, [1, 2, 2].map(DraftId::new));
    tab.follow(&mut feed);
    assert_eq!(tab.client.proposals(), 0);

    for key in ["x", "y"] {
        other.leader.edit(key, set("1"));
    }
    decide(&mut other.leader, 1, |_| false);
    let fate = |made, taken| other.leader.client.fate(other.leader.room, TAB, made, taken);
    assert_eq!(fate(alone, Some(drafts[0])), Fate::Unknown, "number 1 is another edit there");
    assert_eq!(
        (fate(second, Some(drafts[2])), fate(second, None)),
        (Fate::Unknown, Fate::NeverSeen)
    );

    let waiting = tab.edit("waits", set("3"));
    tab.events.clear();
    tab.begin_anew(&mut other.leader);
    assert_eq!(
        unknown(&tab),
        [(alone, 1), (first, 1), (second, 0)],
        "what two became is told once"
    );
    assert_eq!(tab.client.proposals(), 1, "what no leader took is handed to this one");
    assert_eq!((tab.get("n"), tab.get("waits").as_deref()), (None, Some("3")));
    let fate = other.leader.client.fate(other.leader.room, TAB, waiting, None);
    assert_eq!(fate, Fate::NeverSeen);
    tab.events.clear();
    tab.begin_anew(&mut other.leader);
    assert_eq!(unknown(&tab), [], "told once");
}

#[test]
fn an_edit_in_a_room_that_the_leader_forgot_meanwhile_is_handed_back() {
    let mut feed = Feed::new();
    let mut tab = Tab::of(&mut feed.leader, TAB);
    tab.follow(&mut feed);
    let made = tab.edit("a", set("1"));
    let draft = tab.hand_over(&mut feed.leader)[0].unwrap();
    tab.follow(&mut feed);
    feed.leader.client.forget_room(feed.leader.now, feed.leader.room);
    feed.next();
    tab.events.clear();
    tab.begin_anew(&mut feed.leader);
    assert_eq!((unknown(&tab), tab.get("a")), (vec![(made, 1)], None));
    let room = feed.leader.room;
    assert_eq!(feed.leader.client.fate(room, TAB, made, Some(draft)), Fate::Unknown);
}

#[test]
fn a_stale_edit_has_no_verdict_before_somebody_decided_about_it() {
    let mut feed = Feed::new();
    feed.leader.client.config.resolvers.set("a", Resolver::Custom);
    let mut tab = Tab::of(&mut feed.leader, TAB);
    let made = tab.edit("a", set("1"));
    let draft = tab.hand_over(&mut feed.leader)[0].unwrap();
    feed.leader.client.flush(feed.leader.now);
    feed.sync();
    feed.leader.delta(0, 5, &[(1, "a", 5, Some("9"))], Some(personal(1, &[(1, 0, Code::Stale)])));
    feed.sync();
    let fate = |rig: &Rig| rig.client.fate(rig.room, TAB, made, Some(draft));
    assert_eq!(fate(&feed.leader), Fate::Pending(draft));
    let (now, room) = (feed.leader.now, feed.leader.room);
    let by = feed.leader.client.resolve(now, room, draft, Resolution::KeepMine).unwrap();
    assert!(by.is_some());
    assert_eq!(fate(&feed.leader), Fate::Refused { code: Code::Stale, op: 0 });
}

#[test]
fn what_a_standby_takes_back_does_not_crowd_out_what_became_of_others() {
    let mut feed = Feed::new();
    let mut tab = Tab::of(&mut feed.leader, TAB);
    let draft = feed.leader.edit("a", set("1"));
    for number in 0..=FAILED {
        let made = tab.client.edit(Time::from_millis(0), tab.room, "b", set("1")).unwrap();
        tab.client.withdraw(Time::from_millis(0), tab.room, made, Code::Forbidden).unwrap();
        if number % 100 == 0 {
            tab.drain();
        }
    }
    feed.leader.client.flush(feed.leader.now);
    feed.sync();
    feed.leader.delta(0, 5, &[(1, "a", 5, Some("1"))], Some(personal(1, &[])));
    tab.follow(&mut feed);
    assert_eq!(tab.client.fate(tab.room, TAB, draft, None), Fate::Applied(draft));
}

#[test]
fn an_edit_taken_over_long_ago_that_waits_for_its_verdict_is_not_lost_from_sight() {
    let mut leader = Rig::joined();
    let mut tab = Tab::of(&mut leader, TAB);
    let mut drafts = Vec::new();
    for number in 0..TAB_PROPOSALS * 2 {
        tab.edit(&format!("k{number}"), set("1"));
        let (made, bytes) = tab.proposals.pop().unwrap();
        let draft = leader.client.adopt(leader.now, TAB, &bytes).unwrap();
        drafts.push((made, draft));
        tab.client.withdraw(Time::from_millis(0), tab.room, made, Code::Closed).unwrap();
        tab.drain();
    }
    let (made, draft) = drafts[0];
    let fate = |taken| leader.client.fate(leader.room, TAB, made, taken);
    assert_eq!((fate(None), fate(Some(draft))), (Fate::Unknown, Fate::Pending(draft)));
}

/// Makes edits, of which the server refuses some.
fn decide(leader: &mut Rig, count: u64, fails: impl Fn(u64) -> bool) {
    for from in (1..=count).step_by(100) {
        let numbers = from..from + 100;
        for number in numbers.clone() {
            leader.edit(&format!("k{number}"), set("1"));
        }
        leader.client.flush(leader.now);
        leader.drain();
        let refused: Vec<_> =
            numbers.filter(|&it| fails(it)).map(|it| (it, 0, Code::RoomFull)).collect();
        leader.delta(0, 0, &[], Some(personal(from + 99, &refused)));
    }
}

#[test]
fn what_became_of_an_edit_is_known_however_long_its_tab_slept() {
    let mut leader = Rig::joined();
    leader.client.snapshot().unwrap();
    decide(&mut leader, 2_000, |number| number % 900 == 3);
    let refused = |code| Fate::Refused { code, op: 0 };
    let expected = |number| match number {
        3 | 903 | 1_803 => refused(Code::RoomFull),
        2_001 => Fate::Unknown,
        _ => Fate::Applied(DraftId::new(number)),
    };
    let restored =
        Rig::restored(ClientConfig::default(), &[leader.client.snapshot().unwrap().bytes]);
    for number in [1, 2, 3, 4, 902, 903, 1_000, 1_803, 2_000, 2_001] {
        let fate = |rig: &Rig| rig.client.fate(rig.room, TAB, DraftId::new(number), None);
        assert_eq!((fate(&leader), fate(&restored)), (expected(number), expected(number)));
    }
}

#[test]
fn what_was_given_up_here_does_not_count_as_applied() {
    let mut leader = Rig::joined();
    leader.client.snapshot().unwrap();
    let draft = leader.edit("gone", set("1"));
    let room = leader.room;
    leader.client.refuse_here(room, vec![draft], Code::Forbidden);
    decide(&mut leader, 300, |_| false);
    let fate = leader.client.fate(room, TAB, draft, None);
    assert_eq!(fate, Fate::Refused { code: Code::Forbidden, op: 0 });
}

#[test]
fn of_too_many_that_failed_the_oldest_are_unknown_and_not_applied() {
    let mut leader = Rig::joined();
    leader.client.snapshot().unwrap();
    decide(&mut leader, FAILED as u64 + 104, |number| number != 2);
    let fate = |number| leader.client.fate(leader.room, TAB, DraftId::new(number), None);
    assert_eq!((fate(1), fate(2)), (Fate::Unknown, Fate::Unknown));
    assert_eq!(fate(200), Fate::Refused { code: Code::RoomFull, op: 0 });
}

#[test]
fn of_mutations_that_were_decided_few_are_remembered() {
    let bytes = |decided| {
        let mut leader = Rig::joined();
        leader.client.snapshot().unwrap();
        decide(&mut leader, decided, |_| false);
        leader.client.snapshot().unwrap().bytes.len()
    };
    let (few, many) = (bytes(600), bytes(3_000));
    assert!(many < few + 1_000, "{many} bytes, and {few} after a fifth of it");
}

#[test]
fn a_tab_that_is_forgotten_leaves_its_mutations() {
    let mut leader = Rig::joined();
    let mut tab = Tab::of(&mut leader, TAB);
    let made = tab.edit("a", set("1"));
    tab.hand_over(&mut leader)[0].unwrap();
    leader.client.forget_tab(leader.now, TAB);
    assert_eq!(leader.client.fate(leader.room, TAB, made, None), Fate::NeverSeen);
    assert_eq!(leader.get("a").as_deref(), Some("1"));
    leader.drain();
    let restored = Rig::restored(ClientConfig::default(), &leader.blobs);
    assert_eq!(restored.client.fate(restored.room, TAB, made, None), Fate::NeverSeen);
}
