//! What an edit of a tab had seen, and what that counts for.

use super::*;
use crate::op::{DraftSeen, Seen};

fn seen(leader: &Rig, draft: DraftId) -> DraftSeen {
    leader.client.rooms.get(&leader.room).unwrap().state.outbox.get(draft).unwrap().draft.ops[0]
        .seen
}

#[test]
fn an_edit_made_on_a_view_that_lags_behind_does_not_overwrite() {
    let stale = DraftSeen::Fixed(Seen::At(Version::ZERO));
    // The leader's own edit, not followed yet, is on the way to the server.
    let mut feed = Feed::new();
    let mut tab = Tab::of(&mut feed.leader, TAB);
    feed.leader.edit("a", set("1"));
    tab.edit("a", set("2"));
    let draft = tab.hand_over(&mut feed.leader)[0].unwrap();
    assert_eq!(seen(&feed.leader, draft), DraftSeen::Fixed(Seen::Absent), "the server refuses it");

    // The leader's draft was seen, and is another since.
    let mut feed = Feed::new();
    feed.leader.edit("a", set("1"));
    let mut tab = Tab::of(&mut feed.leader, TAB);
    feed.leader.edit("a", set("5"));
    tab.edit("a", set("2"));
    let draft = tab.hand_over(&mut feed.leader)[0].unwrap();
    assert_eq!(seen(&feed.leader, draft), stale);
    assert_eq!(
        feed.leader.client.pending(feed.leader.room),
        2,
        "it is no part of what it did not see"
    );

    // As before, and the tab learns of it before it hands its edit out again.
    let mut feed = Feed::new();
    feed.leader.edit("a", set("1"));
    let mut tab = Tab::of(&mut feed.leader, TAB);
    feed.next();
    feed.leader.edit("a", set("5"));
    tab.edit("a", set("2"));
    tab.proposals.clear();
    tab.follow(&mut feed);
    tab.client.propose_again(Time::from_millis(0)).unwrap();
    tab.drain();
    let proposal = Proposal::read(&tab.proposals[0].1).unwrap();
    assert_eq!(proposal.draft.ops[0].seen, stale);

    // The room has another epoch since.
    let mut feed = Feed::new();
    feed.leader.delta(0, 1, &[(1, "a", 1, Some("0"))], None);
    let mut tab = Tab::of(&mut feed.leader, TAB);
    tab.edit("a", set("2"));
    feed.leader.disconnect();
    feed.leader.connect();
    feed.leader.join_as(Epoch::new(0xf), Some(SESSION), 0);
    let draft = tab.hand_over(&mut feed.leader)[0].unwrap();
    assert_eq!(seen(&feed.leader, draft), stale);
}

#[test]
fn an_edit_on_top_of_what_was_seen_is_not_refused_for_coming_late() {
    let mut feed = Feed::new();
    let mut tab = Tab::of(&mut feed.leader, TAB);
    feed.sync();
    feed.leader.edit("a", set("1"));
    tab.follow(&mut feed);
    tab.edit("a", set("2"));
    feed.leader.client.flush(feed.leader.now);
    feed.sync();
    feed.leader.delta(0, 1, &[(1, "a", 1, Some("1"))], Some(personal(1, &[])));
    let draft = tab.hand_over(&mut feed.leader)[0].unwrap();
    assert_eq!(seen(&feed.leader, draft), DraftSeen::Fixed(Seen::Mine(Seq::new(1))));
}

#[test]
fn an_edit_on_top_of_an_adopted_one_is_on_top_of_what_that_became() {
    let mut feed = Feed::new();
    let mut tab = Tab::of(&mut feed.leader, TAB);
    feed.next();
    tab.edit("a", set("1"));
    let first = tab.hand_over(&mut feed.leader)[0].unwrap();
    tab.edit("a", Action::Delete);
    tab.proposals.clear();
    let handed_again = |tab: &mut Tab| {
        tab.client.propose_again(Time::from_millis(0)).unwrap();
        tab.drain();
        Proposal::read(&tab.proposals.remove(0).1).unwrap().draft.ops[0].seen
    };
    tab.follow(&mut feed);
    assert_eq!(handed_again(&mut tab), DraftSeen::Draft(first));
    feed.leader.client.flush(feed.leader.now);
    tab.follow(&mut feed);
    assert_eq!(handed_again(&mut tab), DraftSeen::Fixed(Seen::Mine(Seq::new(1))));
    // All anew says the same.
    tab.begin_anew(&mut feed.leader);
    assert_eq!(handed_again(&mut tab), DraftSeen::Fixed(Seen::Mine(Seq::new(1))));
}

#[test]
fn a_withdrawn_proposal_is_rolled_back_and_what_builds_on_it_is_stale() {
    let mut feed = Feed::new();
    feed.leader.delta(0, 1, &[(1, "a", 1, Some("0"))], None);
    let mut tab = Tab::of(&mut feed.leader, TAB);
    let first = tab.edit("a", set("1"));
    tab.edit("a", set("2"));
    tab.proposals.clear();
    tab.client.withdraw(Time::from_millis(0), tab.room, first, Code::Forbidden).unwrap();
    tab.client.propose_again(Time::from_millis(0)).unwrap();
    tab.drain();
    let proposal = Proposal::read(&tab.proposals[0].1).unwrap();
    assert_eq!(proposal.draft.ops[0].seen, DraftSeen::Fixed(Seen::At(Version::ZERO)));
    let refused = tab.events.iter().find_map(|event| {
        let ClientEvent::Refused { refusal, by: None } = event else { return None };
        Some((refusal.draft, refusal.code, refusal.mine.clone(), refusal.theirs.clone()))
    });
    let side = |json: &str| Some(Content::Plain(value(json)));
    assert_eq!(refused, Some((first, Code::Forbidden, side("1"), side("0"))));
}
