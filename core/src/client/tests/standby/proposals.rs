//! Which proposals are handed out, taken, refused and remembered.

use super::*;

#[test]
fn of_tabs_whose_edits_wait_nothing_is_forgotten_and_of_others_what_is_old() {
    let mut leader = Rig::joined();
    let fate = |leader: &Rig, tab| {
        leader.client.fate(leader.room, TabId::new(tab), DraftId::PROPOSALS.next(), None)
    };
    let answer = |leader: &mut Rig, number| {
        let mut tab = Tab::with(TabId::new(number), &[]);
        tab.edit(&format!("k{number}"), set("1"));
        tab.hand_over(leader)[0].unwrap();
    };
    for number in 1..=100 {
        answer(&mut leader, number);
    }
    let restored =
        Rig::restored(ClientConfig::default(), &[leader.client.snapshot().unwrap().bytes]);
    for rig in [&leader, &restored] {
        assert_eq!(fate(rig, 1), Fate::Pending(DraftId::new(1)));
        assert_eq!(fate(rig, 100), Fate::Pending(DraftId::new(100)));
    }
    leader.client.flush(leader.now);
    leader.drain();
    leader.delta(0, 0, &[], Some(personal(100, &[])));
    answer(&mut leader, 101);
    let kept = (1..=101).filter(|tab| fate(&leader, *tab) != Fate::NeverSeen);
    assert_eq!(kept.collect::<Vec<_>>(), (38..=101).collect::<Vec<_>>());
}

#[test]
fn no_more_is_handed_out_than_the_leader_remembers() {
    let mut feed = Feed::new();
    let mut tab = Tab::of(&mut feed.leader, TAB);
    feed.next();
    let most = TAB_PROPOSALS + 10;
    for number in 0..most {
        let item = Action::Insert {
            id: crate::id::ItemId::new(number as u64),
            value: value("1"),
            place: crate::list::Place::default(),
        };
        tab.edit("list", item);
    }
    let copies = tab.proposals.clone();
    assert_eq!(copies.len(), TAB_PROPOSALS);
    tab.hand_over(&mut feed.leader);
    tab.follow(&mut feed);
    assert_eq!(tab.proposals.len(), 10, "the others follow");
    assert!(tab.hand_over(&mut feed.leader).iter().all(Result::is_ok));
    let pending = feed.leader.client.pending(feed.leader.room);
    assert_eq!(pending, most);
    let fate = feed.leader.client.fate(feed.leader.room, TAB, copies[0].0, None);
    assert_eq!(fate, Fate::Unknown, "forgotten, and known to be");
    assert_eq!(adopt(&mut feed.leader, TAB, &copies[0].1), Err(Code::InvalidArgument));
    tab.follow(&mut feed);
    assert_eq!(tab.client.proposals(), 0);
    // Following a long list costs one evaluation for each edit, not one for each pair.
    assert!(tab.client.rebase_work(tab.room) < 2_000, "{}", tab.client.rebase_work(tab.room));
}

#[test]
fn a_refused_proposal_is_told_once_and_refused_again() {
    let mut feed = Feed::new();
    let mut tab = Tab::of(&mut feed.leader, TAB);
    feed.next();
    let made = tab.edit("a", set("1"));
    let later = tab.edit("a", set("2"));
    let copies = tab.proposals.clone();
    feed.leader.client.limits.outbox_edits = 0;
    assert_eq!(tab.hand_over(&mut feed.leader), [Err(Code::Full), Err(Code::Full)]);
    feed.leader.client.limits.outbox_edits = 10;
    assert_eq!(adopt(&mut feed.leader, TAB, &copies[0].1), Err(Code::Full), "heard twice");
    let fate = feed.leader.client.fate(feed.leader.room, TAB, made, None);
    assert_eq!(fate, Fate::Refused { code: Code::Full, op: 0 });
    tab.follow(&mut feed);
    let verdict = Verdict::Refused { code: Code::Full, op: 0 };
    let told = |draft| ClientEvent::Verdict { room: tab.room, draft, verdict };
    assert!(tab.events.contains(&told(made)) && tab.events.contains(&told(later)));
    let refused = tab.events.iter().filter(|e| matches!(e, ClientEvent::Refused { .. })).count();
    assert_eq!((refused, tab.get("a"), tab.client.proposals()), (2, None, 0));
    tab.events.clear();
    tab.client.withdraw(Time::from_millis(0), tab.room, made, Code::Full).unwrap();
    tab.drain();
    assert_eq!(tab.events, [], "it is not outstanding");
}

#[test]
fn a_proposal_that_names_two_rooms_is_none() {
    let mut feed = Feed::new();
    let mut tab = Tab::of(&mut feed.leader, TAB);
    tab.edit("a", set("1"));
    let bytes = tab.proposals[0].1.clone();
    let proposal = Proposal::read(&bytes).unwrap();
    let mut elsewhere = proposal.clone();
    elsewhere.room.room = proposal.room.room.next();
    let elsewhere = elsewhere.into_bytes();
    // The head is the other one's, as long as this one's.
    let head = (1..bytes.len()).find(|&at| bytes[at] != elsewhere[at]).unwrap() + 1;
    let both = [&elsewhere[..head], &bytes[head..]].concat();
    assert_eq!(adopt(&mut feed.leader, TAB, &both), Err(Code::StorageCorrupt));
    assert_eq!(feed.leader.get("a"), None);
    assert!(adopt(&mut feed.leader, TAB, &bytes).is_ok());
}

#[test]
fn damaged_bytes_change_nothing() {
    let mut feed = Feed::new();
    feed.leader.delta(0, 1, &[(1, "a", 1, Some("1"))], None);
    let mut tab = Tab::of(&mut feed.leader, TAB);
    tab.edit("b", set("1"));
    tab.changed();
    let whole = feed.leader.client.snapshot().unwrap().bytes;
    let proposal = tab.proposals[0].1.clone();
    for (bytes, replace) in [
        (&whole[..whole.len() - 1], true),
        (&whole[..whole.len() - 1], false),
        (&b"nonsense"[..], true),
        (&proposal[..], true),
    ] {
        let error = tab.client.follow(Time::from_millis(0), bytes, replace).unwrap_err();
        assert_eq!(error.code, Code::StorageCorrupt);
        tab.drain();
        assert_eq!((tab.get("a").as_deref(), tab.get("b").as_deref()), (Some("1"), Some("1")));
        assert_eq!(tab.changed(), [""; 0]);
    }
    let refused = adopt(&mut feed.leader, TAB, &whole);
    assert_eq!(refused, Err(Code::StorageCorrupt), "no proposal");
}

#[test]
fn two_tabs_with_large_names_are_not_taken_for_one() {
    let names = [TabId::new(u64::MAX), TabId::new(u64::MAX - 1)];
    let mut leader = Client::new(ClientConfig::default(), [1; 32]);
    leader.open(Time::from_millis(0), name(), true).unwrap();
    let drafts = names.map(|tab| {
        let snapshot = leader.snapshot().unwrap().bytes;
        let mut standby =
            Client::standby(ClientConfig::default(), [2; 32], tab, &snapshot).unwrap();
        let room = standby.open(Time::from_millis(0), name(), true).unwrap();
        standby
            .edit(Time::from_millis(0), room, "n", Action::Add(Value::from_i64(1).unwrap()))
            .unwrap();
        let Some(ClientOutput::Propose { bytes, .. }) = standby.poll_output() else { panic!() };
        leader.adopt(Time::from_millis(0), tab, &bytes).unwrap()
    });
    assert_eq!(
        leader.get(leader.room(&name()).unwrap(), "n").unwrap().to_json(),
        "2",
        "{drafts:?}"
    );
}
