//! Views on rooms: a client, a server and a room whose host renders. What is shown is a state that the room had, with
//! what the client's own edits do; each test is named after what must not go wrong.
#![cfg(feature = "views")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    missing_docs
)]

#[path = "views/world.rs"]
mod world;

use std::time::Duration;

use proptest::prelude::*;
use syncline_core::vnode::View;
use syncline_core::{Code, Codec, Epoch, RoomNo};
use world::{World, name, view_name};

#[test]
fn ten_edits_in_a_burst_are_one_render_and_one_frame() {
    let mut world = World::watching();
    let (renders, shows) = (world.renders, world.shows.len());
    for count in 0..10 {
        world.edit(world.home, "plain", &count.to_string());
    }
    world.run();
    assert_eq!(world.shown(), World::html_of("null", "9", "null"));
    assert_eq!((world.renders - renders, world.shows.len() - shows), (1, 1));
    assert!(world.shows.last().unwrap() < &16, "a patch: {:?}", world.shows);

    // Those of the host too, if they come before it renders.
    world.lazy = true;
    let (renders, shows) = (world.renders, world.shows.len());
    for count in 0..10 {
        world.write("cart", "plain", &format!("{}", count + 81));
        world.settle();
    }
    world.lazy = false;
    world.render();
    world.run();
    assert_eq!(world.shown(), World::html_of("null", "90", "null"));
    assert!(world.renders - renders <= 2 && world.shows.len() - shows <= 2);
}

#[test]
fn an_edit_of_what_is_bound_shows_at_once_and_its_confirmation_changes_nothing() {
    let mut world = World::watching();
    world.edit(world.home, "bound", "7");
    assert_eq!(world.shown(), World::html_of("7", "null", "null"), "before any frame");
    world.run();
    assert_eq!(world.shown(), World::html_of("7", "null", "null"));
    let number = world.page.as_ref().unwrap().0;
    let metrics = world.client.view_metrics(number).unwrap();
    assert_eq!((metrics.shown, metrics.right, metrics.wrong), (1, 1, 0));
}

#[test]
fn what_was_learned_shows_at_once() {
    let mut world = World::watching();
    for count in ["1", "2", "3"] {
        world.edit(world.home, "plain", count);
        world.run();
    }
    world.edit(world.home, "plain", "4");
    assert_eq!(world.shown(), World::html_of("null", "4", "null"), "before any frame");
    world.run();
    assert_eq!(world.shown(), World::html_of("null", "4", "null"));
}

#[test]
fn a_refused_edit_is_not_shown_any_more() {
    let mut world = World::watching();
    world.edit(world.home, "strict/x", "1");
    world.run();
    world.drop_link();
    world.edit(world.home, "bound", "1");
    world.edit(world.home, "strict/x", "2");
    world.write("cart", "strict/x", "3");
    world.run();
    assert_eq!(world.shown(), World::html_of("1", "null", "null"));
    let number = world.page.as_ref().unwrap().0;
    let metrics = world.client.view_metrics(number).unwrap();
    assert_eq!((metrics.shown, metrics.right), (1, 1));
}

#[test]
fn an_edit_made_offline_shows_and_a_reader_that_comes_back_is_told_what_changed() {
    let mut world = World::watching();
    world.write("cart", "plain", "1");
    world.run();
    world.drop_link();
    world.edit(world.home, "bound", "5");
    assert_eq!(world.shown(), World::html_of("5", "1", "null"));
    world.write("cart", "plain", "2");
    world.write("cart", "plain", "3");
    let shows = world.shows.len();
    world.run();
    assert_eq!(world.shown(), World::html_of("5", "3", "null"));
    assert!(
        world.shows[shows..].iter().all(|bytes| *bytes < 24),
        "patches: {:?}",
        &world.shows[shows..]
    );
}

#[test]
fn a_view_is_never_ahead_of_a_room_that_it_reads() {
    let mut world = World::watching();
    world.late = true;
    world.write("prices", "price", "5");
    world.run();
    assert_eq!((world.aside.len(), world.client.get(world.other, "price")), (1, None));
    assert_eq!(world.shown(), World::html_of("null", "null", "null"), "it waits");
    for bytes in std::mem::take(&mut world.aside) {
        world.client.handle_frame(world.now, &bytes);
    }
    world.drain();
    assert_eq!(world.shown(), World::html_of("null", "null", "5"));
}

#[test]
fn a_view_does_not_wait_for_what_a_room_held_that_is_there_no_more() {
    let mut world = World::watching();
    world.edit(world.other, "other", "1");
    world.run();
    world.late = true;
    world.write("prices", "price", "5");
    world.run();
    assert_eq!(world.shown(), World::html_of("null", "null", "null"), "it waits");
    // The room is deleted, and made anew.
    (world.late, world.epoch) = (false, 8);
    let at = world.rooms.iter().position(|(_, room)| room.name().as_str() == "prices").unwrap();
    let (number, _) = world.rooms.remove(at);
    world.server.close_room(world.now, number, Code::Unavailable);
    world.run();
    world.write("prices", "price", "6");
    world.run();
    assert_eq!(world.shown(), World::html_of("null", "null", "6"));
    world.edit(world.other, "price", "7");
    world.run();
    assert_eq!(world.shown(), World::html_of("null", "null", "7"));
}

#[test]
fn a_view_is_never_ahead_of_its_own_room() {
    let mut world = World::watching();
    for count in 0..20 {
        world.write("cart", "plain", &count.to_string());
        world.drain();
        for _ in 0..3 {
            world.step();
            let held = world.client.get(world.home, "plain").map(syncline_core::Content::to_json);
            let at = |count: u32| World::html_of("null", &count.to_string(), "null");
            let shown = world.shown();
            let ahead = (0..=count).rev().find(|count| shown == at(*count));
            let holds = held.and_then(|held| held.parse().ok());
            assert!(ahead <= holds, "{shown} of {holds:?}");
        }
    }
}

#[test]
fn a_render_that_fails_leaves_what_was_shown() {
    let mut world = World::watching();
    world.write("cart", "plain", "1");
    world.run();
    world.fails = true;
    world.write("cart", "plain", "2");
    world.run();
    assert_eq!(world.shown(), World::html_of("null", "1", "null"));
    world.fails = false;
    world.write("cart", "plain", "3");
    world.run();
    assert_eq!(world.shown(), World::html_of("null", "3", "null"));
}

#[test]
fn a_tree_that_a_screen_cannot_take_ends_the_view_and_is_not_asked_for_for_ever() {
    let mut world = World::new(Codec::Binary);
    world.runs = true;
    world.watch("page");
    assert_eq!(world.unwatched, [Code::Malformed]);
    assert_eq!((world.shows.len(), world.unwatchers.len()), (1, 1), "and the server knows");
    let mut world = World::watching();
    // One that does not follow from what is shown is asked for once more, as a whole.
    world.runs = true;
    let shows = world.shows.len();
    world.write("cart", "plain", "1");
    world.run();
    assert_eq!(world.unwatched, [Code::Malformed]);
    assert_eq!(world.shows.len(), shows + 2);
}

#[test]
fn a_view_that_there_is_not_is_said_to_be_none() {
    let mut world = World::new(Codec::Binary);
    world.watch("no such page");
    assert_eq!(world.unwatched, [Code::NotFound]);
    world.watch("page");
    assert_eq!(world.shown(), World::html_of("null", "null", "null"));
    let number = world.page.as_ref().unwrap().0;
    world.client.unwatch(world.now, number);
    world.page = None;
    let shows = world.shows.len();
    world.write("cart", "plain", "1");
    world.run();
    assert_eq!(world.shows.len(), shows, "nobody watches");
    assert_eq!(world.client.view_html(number).unwrap_err().code, Code::NotFound);
}

#[test]
fn nobody_watches_without_bound() {
    let mut world = World::new(Codec::Binary);
    let watch = |world: &mut World| world.client.watch(world.now, world.home, view_name("page"));
    let many = (0..).find_map(|count| watch(&mut world).err().map(|error| (count, error.code)));
    assert_eq!(many, Some((64, Code::TooMany)));
    let closed = RoomNo::new(77);
    let error = world.client.watch(world.now, closed, view_name("page")).unwrap_err();
    assert_eq!(error.code, Code::NotFound);
}

#[test]
fn views_are_told_as_json_too() {
    let mut world = World::new(Codec::Json);
    world.watch("page");
    world.edit(world.home, "bound", "\"é\"");
    world.write("prices", "price", "3");
    world.run();
    assert_eq!(world.shown(), World::html_of("\"é\"", "null", "3"));
}

#[test]
fn a_host_that_restarts_shows_everything_anew() {
    let mut world = World::watching();
    world.write("cart", "plain", "1");
    world.run();
    world.view = View::new("page", Epoch::new(6));
    world.write("cart", "plain", "2");
    world.run();
    assert_eq!(world.shown(), World::html_of("null", "2", "null"));
}

#[test]
fn an_own_edit_does_not_flicker_while_a_slow_render_is_under_way() {
    let mut world = World::watching();
    world.lazy = true;
    world.write("cart", "plain", "1");
    world.settle();
    world.begin();
    world.edit(world.home, "bound", "7");
    world.run();
    assert_eq!(world.held("cart", "bound"), "7", "it is in the room");
    world.finish();
    world.run();
    assert_eq!(world.shown(), World::html_of("7", "1", "null"), "it is in no frame yet");
    assert!(world.asked, "the room changed while it was rendered");
    world.render();
    world.run();
    assert_eq!(world.shown(), World::html_of("7", "1", "null"));
    let number = world.page.as_ref().unwrap().0;
    let metrics = world.client.view_metrics(number).unwrap();
    assert_eq!((metrics.right, metrics.wrong), (1, 0));
    assert!(!world.asked);
}

#[test]
fn an_edit_that_a_render_changes_nothing_of_is_settled_all_the_same() {
    let mut world = World::watching();
    world.lazy = true;
    world.edit(world.home, "bound", "7");
    world.run();
    // The host does not show what it was given.
    let page = World::page_of("null", "null", "null");
    let read = world.room("prices").version();
    world.begun = Some((page, read));
    world.finish();
    world.run();
    assert_eq!(world.shown(), World::html_of("null", "null", "null"));
}

#[test]
fn edits_of_rooms_that_a_view_does_not_read_leave_it_its_predictions() {
    let mut world = World::watching();
    let third = world.client.open(world.now, name("third"), true).unwrap();
    world.run();
    for count in 0..1_100 {
        world.edit(third, "x", &count.to_string());
        if count % 20 == 0 {
            world.run();
        }
    }
    world.run();
    world.edit(world.home, "bound", "7");
    assert_eq!(world.shown(), World::html_of("7", "null", "null"));
}

#[test]
fn the_host_hears_when_nobody_watches_any_more() {
    let mut world = World::watching();
    let first = world.page.take().unwrap().0;
    world.watch("page");
    let second = world.page.as_ref().unwrap().0;
    world.client.unwatch(world.now, first);
    world.run();
    assert!(world.unwatchers.is_empty(), "one still does");
    world.client.unwatch(world.now, second);
    world.page = None;
    world.run();
    assert_eq!(world.unwatchers, ["page"]);
    let renders = world.renders;
    world.room("cart").lose_elsewhere(&view_name("page"), &name("prices"));
    world.room("cart").touch_view(&view_name("page"));
    world.watch("page");
    assert_eq!(world.renders, renders + 1, "it is not known to be as it was");
    world.drop_link();
    world.drain();
    assert_eq!(world.unwatchers, ["page", "page"]);
    world.run();
    assert_eq!(world.shown(), World::html_of("null", "null", "null"));
}

#[derive(Clone, Debug)]
enum Act {
    Begin,
    Finish,
    Edit(bool, u8, u8),
    Write(bool, u8, u8),
    Steps(u8),
    Drop,
    Lazy(bool),
    Wait,
    Run,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (any::<bool>(), 0_u8..3, 0_u8..5).prop_map(|(home, key, value)| Act::Edit(home, key, value)),
        3 => (any::<bool>(), 0_u8..3, 0_u8..5).prop_map(|(home, key, value)| Act::Write(home, key, value)),
        4 => (1_u8..8).prop_map(Act::Steps),
        1 => Just(Act::Drop),
        1 => any::<bool>().prop_map(Act::Lazy),
        2 => Just(Act::Begin),
        2 => Just(Act::Finish),
        1 => Just(Act::Wait),
        2 => Just(Act::Run),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn whatever_happens_the_page_ends_as_it_is_rendered(acts in prop::collection::vec(act(), 1..60)) {
        let mut world = World::watching();
        let keys = ["bound", "plain", "price"];
        for act in acts {
            match act {
                Act::Edit(home, key, value) => {
                    let room = if home { world.home } else { world.other };
                    world.edit(room, keys[usize::from(key)], &value.to_string());
                }
                Act::Write(home, key, value) => {
                    let room = if home { "cart" } else { "prices" };
                    let key = if home { key.max(1) } else { key };
                    world.write(room, keys[usize::from(key)], &value.to_string());
                    world.drain();
                }
                Act::Steps(count) => {
                    for _ in 0..count {
                        world.step();
                    }
                }
                Act::Drop => world.drop_link(),
                Act::Begin => {
                    world.lazy = true;
                    if world.asked && world.begun.is_none() {
                        world.begin();
                    }
                }
                Act::Finish => world.finish(),
                Act::Lazy(lazy) => {
                    world.lazy = lazy;
                    if !lazy && world.asked {
                        world.render();
                    }
                }
                Act::Run => world.run(),
                Act::Wait => {
                    world.now = world.now.after(Duration::from_millis(120));
                    world.client.handle_timeout(world.now);
                    world.server.handle_timeout(world.now);
                }
            }
            // Nobody else edits it: what this client made of it is what its page shows.
            let own = world.client.get(world.home, "bound").map_or("<!---->".to_owned(), syncline_core::Content::to_json);
            prop_assert_eq!(world.shown_bound(), own);
        }
        world.lazy = false;
        if world.asked {
            world.render();
        }
        world.run();
        let (bound, plain) = (world.held("cart", "bound"), world.held("cart", "plain"));
        let price = world.held("prices", "price");
        prop_assert_eq!(world.shown(), World::html_of(&bound, &plain, &price));
    }
}
