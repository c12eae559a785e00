//! What is shown at once is what the server renders, or is put right, and nothing else is lost by it.

use proptest::prelude::*;

use super::*;
use crate::limit::{VIEW_CHANGES, VIEW_HINT_BYTES, VIEW_HINTS};
use crate::vnode::{View, from_json, html};

/// A view, a screen of it, and a page that does what the screen says.
struct World {
    view: View,
    screen: Screen,
    page: Tree,
    /// How many changes the page was told.
    changes: usize,
}

#[expect(clippy::needless_pass_by_value, reason = "numbers and literals")]
fn json(value: impl ToString) -> Value {
    Value::from_json(value.to_string().as_bytes(), &Limits::default()).unwrap()
}

impl World {
    fn new() -> Self {
        let (view, screen) = (View::new("v", Epoch::new(1)), Screen::new());
        Self { view, screen, page: Tree::default(), changes: 0 }
    }

    fn render(&mut self, tree: &str) {
        let tree = from_json(tree, self.view.statics()).unwrap();
        self.view.render(tree);
    }

    fn take(&mut self) {
        self.screen.take(&self.view.frame(self.screen.cursor())).unwrap();
        self.page();
    }

    /// Does what the screen says.
    fn page(&mut self) {
        while let Some(change) = self.screen.change() {
            let before = if change.anew { Tree::default() } else { self.page.clone() };
            self.page = apply(&before, &change.patch, self.screen.statics()).unwrap();
            self.changes += 1;
        }
        assert_eq!(html(&self.page, self.screen.statics()).unwrap(), self.screen.html().unwrap());
    }

    fn html(&self) -> String {
        html(&self.page, self.screen.statics()).unwrap()
    }

    fn predict(&mut self, edit: u64, key: &str, value: impl ToString) {
        self.screen.predict(edit, None, key, &json(value)).unwrap();
        self.page();
    }

    /// The server rendered what a change of a value does, and the edit with this number is among it.
    fn confirm(&mut self, edit: u64, (key, before, after): (&str, &str, &str), tree: &str) {
        self.screen.observe(None, key, &json(before), &json(after));
        self.screen.settle(edit);
        self.render(tree);
        self.take();
    }
}

const MENU: &str = r#"{"bind": {"key": "open", "cases": [true]}, "value": OPEN, "cases": [["ul", ["li", "one"]]]}"#;

fn menu(open: bool, title: &str) -> String {
    let menu = MENU.replace("OPEN", &open.to_string());
    format!(r#"["div", ["h1", "{title}"], {menu}]"#)
}

#[test]
fn a_menu_that_was_opened_does_not_vanish_when_something_else_changes() {
    let mut world = World::new();
    world.render(&menu(false, "a"));
    world.take();
    assert_eq!(world.html(), "<div><h1>a</h1><!----></div>");
    world.predict(1, "open", true);
    assert_eq!(world.html(), "<div><h1>a</h1><ul><li>one</li></ul></div>");
    // The server has not heard of it yet when it renders what somebody else did.
    world.render(&menu(false, "b"));
    world.take();
    assert_eq!(world.html(), "<div><h1>b</h1><ul><li>one</li></ul></div>");
    // Then it has: nothing is left to do.
    let changes = world.changes;
    world.confirm(1, ("open", "false", "true"), &menu(true, "b"));
    assert_eq!(world.changes, changes, "no change for the page");
    assert_eq!(world.html(), "<div><h1>b</h1><ul><li>one</li></ul></div>");
    let metrics = world.screen.metrics();
    assert_eq!((metrics.shown, metrics.right, metrics.wrong), (1, 1, 0));
    assert_eq!((metrics.hit_rate(), metrics.miss_rate(), metrics.rollback_rate()), (1.0, 0.0, 0.0));
}

#[test]
fn an_edit_that_was_refused_is_not_shown_any_more() {
    let mut world = World::new();
    world.render(&menu(false, "a"));
    world.take();
    world.predict(1, "open", true);
    world.predict(2, "title", "\"x\"");
    world.screen.undo(1);
    world.page();
    assert_eq!(world.html(), "<div><h1>a</h1><!----></div>");
    world.screen.undo(2);
    world.page();
    let metrics = world.screen.metrics();
    assert_eq!((metrics.shown, metrics.undone, metrics.rollback_rate()), (1, 1, 1.0));
}

#[test]
fn of_several_edits_the_last_is_shown_and_each_is_counted() {
    let count = |count| format!(r#"["p", {{"bind": {{"key": "count"}}, "value": {count}}}]"#);
    let mut world = World::new();
    world.render(&count(0));
    world.take();
    world.predict(1, "count", 1);
    world.predict(2, "count", 2);
    assert_eq!(world.html(), "<p>2</p>");
    world.confirm(1, ("count", "0", "1"), &count(1));
    assert_eq!(world.html(), "<p>2</p>", "the second is on its way");
    world.screen.undo(2);
    world.page();
    assert_eq!(world.html(), "<p>1</p>");
}

#[test]
fn what_is_typed_faster_than_it_is_rendered_is_no_miss() {
    let text = |text: &str| format!(r#"["p", {{"bind": {{"key": "text"}}, "value": "{text}"}}]"#);
    let mut world = World::new();
    world.render(&text(""));
    world.take();
    for (edit, text) in [(1, "\"t\""), (2, "\"te\""), (3, "\"tea\"")] {
        world.predict(edit, "text", text);
    }
    for edit in 1..=3 {
        world.screen.settle(edit);
    }
    world.render(&text("tea"));
    world.take();
    let metrics = world.screen.metrics();
    assert_eq!((metrics.shown, metrics.right, metrics.wrong), (3, 3, 0));
}

#[test]
fn what_the_server_renders_otherwise_is_put_right() {
    let count = |count| format!(r#"["p", {{"bind": {{"key": "count"}}, "value": {count}}}]"#);
    let mut world = World::new();
    world.render(&count(0));
    world.take();
    world.predict(1, "count", 1);
    world.confirm(1, ("count", "0", "5"), &count(5));
    assert_eq!(world.html(), "<p>5</p>");
    assert_eq!((world.screen.metrics().wrong, world.screen.metrics().miss_rate()), (1, 1.0));
}

#[test]
fn what_a_change_does_is_learned_and_shown_at_once_from_then_on() {
    // Each with what it shows of one value after the other; two are seen, and the third is told.
    type Show = fn(&str) -> String;
    let some: [(&str, [&str; 3], Show); 9] = [
        ("text", ["1", "2", "7"], |it| format!(r#"["p", "Cart ({it} items)"]"#)),
        ("a format", ["1.5", "2.25", "4"], |it| {
            let told: f64 = it.parse().unwrap();
            format!(r#"["p", {{"title": "${told:.2} in all"}}]"#)
        }),
        ("a sum", ["1", "2", "7"], |it| format!(r#"["p", "{}"]"#, it.parse::<i64>().unwrap() + 10)),
        ("a case", [r#""tea""#, r#""milk""#, r#""jam""#], |it| {
            format!(r#"["p", ["b", "{}!"]]"#, it.trim_matches('"').to_uppercase())
        }),
        ("a condition", ["false", "true", "false"], |it| {
            let menu = if it == "true" { r#"["ul", ["li", "x"]]"# } else { "null" };
            format!(r#"["div", {menu}, "y"]"#)
        }),
        ("a class", ["true", "false", "true"], |it| {
            let class = if it == "true" { r#"{"class": "on"}"# } else { "{}" };
            format!(r#"["div", {class}, "y"]"#)
        }),
        ("a structure", ["true", "false", "true"], |it| {
            let more = if it == "true" { r#", ["b", "more"]"# } else { "" };
            format!(r#"["div", ["i"]{more}]"#)
        }),
        (
            "items",
            [
                r#"[{"id": "a", "name": "Tea"}]"#,
                r#"[{"id": "a", "name": "Tea"}, {"id": "b", "name": "Milk"}]"#,
                r#"[{"id": "c", "name": "Jam"}, {"id": "b", "name": "Milk"}]"#,
            ],
            |it| {
                let items = json(it);
                let rows = items.items().unwrap().map(|item| {
                    let text = |name: &str| item.get(name).unwrap().as_text().unwrap().into_owned();
                    format!(r#", ["li", {{"key": "{}"}}, "{}"]"#, text("id"), text("name"))
                });
                format!(r#"["ul", {{}}{}]"#, rows.collect::<String>())
            },
        ),
        ("how many", [r#"[{"done": true}]"#, r#"[{"done": true}, {"done": true}]"#, "[]"], |it| {
            let done = json(it).items().unwrap().count();
            format!(r#"["p", "{done} done"]"#)
        }),
    ];
    for (what, [first, second, third], show) in some {
        let mut world = World::new();
        world.render(&show(first));
        world.take();
        world.confirm(0, ("it", first, second), &show(second));
        assert!(world.screen.metrics().hints > 0, "{what}");
        world.predict(1, "it", third);
        let told = world.html();
        world.render(&show(third));
        assert_eq!(told, world.view.html().unwrap(), "{what}");
        let changes = world.changes;
        world.confirm(1, ("it", second, third), &show(third));
        assert_eq!(world.changes, changes, "{what}: nothing is left to do");
        let metrics = world.screen.metrics();
        assert_eq!((metrics.right, metrics.wrong, metrics.hints_wrong), (1, 0, 0), "{what}");
    }
}

#[test]
fn what_was_learned_wrongly_is_put_right_and_forgotten() {
    let mut world = World::new();
    let show = |text: &str| format!(r#"["p", "{text}"]"#);
    world.render(&show("1 of 3"));
    world.take();
    world.confirm(0, ("it", "1", "2"), &show("2 of 3"));
    world.predict(1, "it", 3);
    assert_eq!(world.html(), "<p>3 of 3</p>");
    world.confirm(1, ("it", "2", "3"), &show("all"));
    assert_eq!(world.html(), "<p>all</p>");
    let metrics = world.screen.metrics();
    assert_eq!((metrics.wrong, metrics.hints_wrong), (1, 1));
    // It is known what was there, but not what follows.
    world.predict(2, "it", 4);
    assert_eq!(world.html(), "<p>all</p>");
}

#[test]
fn a_learned_hint_finds_its_row_wherever_that_is() {
    let row = |key: &str, text: &str| format!(r#"["li", {{"key": "{key}"}}, "{text}"]"#);
    let rows = |rows: &[String]| format!(r#"["ul", {}]"#, rows.join(","));
    let mut world = World::new();
    world.render(&rows(&[row("a", "1"), row("b", "x")]));
    world.take();
    world.confirm(0, ("it", "1", "2"), &rows(&[row("a", "2"), row("b", "x")]));
    world.render(&rows(&[row("c", "z"), row("b", "x"), row("a", "2")]));
    world.take();
    world.predict(1, "it", 3);
    assert_eq!(world.html(), "<ul><li>z</li><li>x</li><li>3</li></ul>");
    world.render(&rows(&[row("c", "z")]));
    world.take();
    world.predict(2, "it", 4);
    assert_eq!(world.html(), "<ul><li>z</li></ul>", "it is gone");
}

#[test]
fn another_epoch_begins_anew_with_what_is_not_settled() {
    let count = |count| format!(r#"["p", {{"bind": {{"key": "count"}}, "value": {count}}}]"#);
    let mut world = World::new();
    world.render(&count(0));
    world.take();
    world.predict(1, "count", 1);
    world.view = View::new("v", Epoch::new(2));
    world.render(&count(0));
    world.screen.take(&world.view.frame(world.screen.cursor())).unwrap();
    assert_eq!(world.screen.change().map(|change| change.anew), Some(true));
    assert_eq!(world.screen.html().unwrap(), "<p>1</p>");
}

#[test]
fn a_page_that_takes_no_changes_costs_no_more_than_one() {
    let mut world = World::new();
    for count in 0..200 {
        world.render(&format!(r#"["p", "{count}"]"#));
        world.screen.take(&world.view.frame(world.screen.cursor())).unwrap();
        assert!(world.screen.changes.len() <= VIEW_CHANGES);
    }
    let change = world.screen.change().unwrap();
    assert!(change.anew);
    assert_eq!(
        apply(&Tree::default(), &change.patch, world.screen.statics()).unwrap(),
        *world.view.tree()
    );
    assert_eq!(world.screen.change(), None);
}

#[test]
fn hints_and_predictions_do_not_grow_without_bound() {
    let mut world = World::new();
    let show = |text: &str| format!(r#"["p", "{text}"]"#);
    world.render(&show("0"));
    world.take();
    let long = "x".repeat(2_000);
    for count in 0..5_000 {
        let key = format!("key {count}");
        let text = format!("{count} {long}");
        world.screen.observe(None, &key, &json(false), &json(true));
        world.render(&show(&text));
        world.screen.take(&world.view.frame(world.screen.cursor())).unwrap();
        let metrics = world.screen.metrics();
        assert!(metrics.hints <= u64::try_from(VIEW_HINTS).unwrap());
        assert!(metrics.hint_bytes <= u64::try_from(VIEW_HINT_BYTES).unwrap());
    }
    assert!(world.screen.metrics().hints > 100);
    let full = (0..).find_map(|edit| world.screen.predict(edit, None, "a", &json(1)).err());
    assert_eq!(full.unwrap().code, Code::Full);
}

#[test]
fn a_value_that_changes_all_of_a_page_costs_a_few_hints() {
    let rows = |count: u32| {
        let row = |at: u32| format!(r#"["li", {{"key": {at}}}, "{at}: {count}"]"#);
        format!(r#"["ul", {}]"#, (0..3_000).map(row).collect::<Vec<_>>().join(","))
    };
    let mut world = World::new();
    world.render(&rows(10_001));
    world.take();
    world.confirm(0, ("count", "10001", "10002"), &rows(10_002));
    assert_eq!(world.screen.metrics().hints, 64);
    world.predict(1, "count", 10_003);
    assert!(world.html().contains("<li>63: 10003</li><li>64: 10002</li>"));
}

#[test]
fn texts_that_follow_from_two_values_show_what_the_last_one_did() {
    let show =
        |a: u32, b: u32| format!(r#"["p", {{"title": "b{b}"}}, ["i", "{a}"], ["b", "{}"]]"#, a + b);
    let mut world = World::new();
    world.render(&show(1, 1));
    world.take();
    world.confirm(0, ("a", "1", "2"), &show(2, 1));
    world.confirm(0, ("b", "1", "2"), &show(2, 2));
    for (edit, (key, value, want)) in [
        ("a", 3, "<p title=\"b2\"><i>3</i><b>4</b></p>"),
        ("b", 3, "<p title=\"b3\"><i>3</i><b>5</b></p>"),
        ("a", 4, "<p title=\"b3\"><i>4</i><b>5</b></p>"),
        ("b", 4, "<p title=\"b4\"><i>4</i><b>6</b></p>"),
        ("a", 4, "<p title=\"b4\"><i>4</i><b>5</b></p>"),
    ]
    .into_iter()
    .enumerate()
    {
        let edit = u64::try_from(edit).unwrap();
        world.predict(edit, key, value);
        assert_eq!(world.html(), want, "{edit}");
    }
    // Whatever was told, the page ends as it is rendered.
    (0..5).for_each(|edit| world.screen.settle(edit));
    world.render(&show(4, 4));
    world.take();
    assert_eq!(world.html(), world.view.html().unwrap());
}

/// What somebody does.
#[derive(Clone, Debug)]
enum Act {
    /// An edit of a key, here.
    Edit(usize, u8),
    /// The server applies the oldest edit, or refuses it.
    Answer(bool),
    /// An edit of a key, elsewhere.
    Other(usize, u8),
    /// The screen is told what there is.
    Take,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (0..3_usize, 0_u8..4).prop_map(|(key, value)| Act::Edit(key, value)),
        2 => prop::bool::weighted(0.8).prop_map(Act::Answer),
        1 => (0..3_usize, 0_u8..4).prop_map(|(key, value)| Act::Other(key, value)),
        2 => Just(Act::Take),
    ]
}

/// The page of three values: one that is bound, one that is learned, and one that chooses and makes a list.
fn page([one, two, three]: [u8; 3]) -> String {
    let rows = (0..three).map(|at| format!(r#", ["li", {{"key": {at}}}, "{at}"]"#));
    let rows = rows.collect::<Vec<_>>().concat();
    let cases = r#"{"key": "k2", "map": [["more", 1]], "cases": [true, false]}"#;
    format!(
        r#"["div", ["p", {{"class": "c{two}"}}, "n: {two}"], {{"bind": {{"key": "k0", "map": [["after", "!"]]}}, "value": {one}}},
        {{"bind": {cases}, "value": {three}, "cases": [["b", {{"bind": {{"key": "k1"}}, "value": {two}}}], "few"]}}, ["ul", {{}}{rows}]]"#
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_is_predicted_the_page_ends_as_the_server_renders_it(
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let mut world = World::new();
        let mut state = [0_u8; 3];
        // What the screen knows of it.
        let mut heard = state;
        let mut pending: VecDeque<(u64, usize, u8)> = VecDeque::new();
        let mut settled: Vec<u64> = Vec::new();
        world.render(&page(state));
        world.take();
        let tell = |world: &mut World, state: [u8; 3], heard: &mut [u8; 3], settled: &mut Vec<u64>| {
            world.render(&page(state));
            for key in 0..3 {
                world.screen.observe(None, &format!("k{key}"), &json(heard[key]), &json(state[key]));
            }
            settled.drain(..).for_each(|edit| world.screen.settle(edit));
            *heard = state;
            world.take();
        };
        for (edit, act) in acts.into_iter().enumerate() {
            let edit = u64::try_from(edit).unwrap();
            match act {
                Act::Edit(key, value) => {
                    pending.push_back((edit, key, value));
                    world.predict(edit, &format!("k{key}"), value);
                }
                Act::Answer(true) => {
                    if let Some((edit, key, value)) = pending.pop_front() {
                        state[key] = value;
                        settled.push(edit);
                    }
                }
                Act::Answer(false) => {
                    if let Some((edit, ..)) = pending.pop_front() {
                        world.screen.undo(edit);
                        world.page();
                    }
                }
                Act::Other(key, value) => state[key] = value,
                Act::Take => tell(&mut world, state, &mut heard, &mut settled),
            }
        }
        for (edit, key, value) in pending.drain(..) {
            state[key] = value;
            settled.push(edit);
        }
        tell(&mut world, state, &mut heard, &mut settled);
        prop_assert!(world.screen.predictions.is_empty());
        prop_assert_eq!(world.html(), world.view.html().unwrap());
    }
}
