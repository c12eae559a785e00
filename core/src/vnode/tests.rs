//! Every tree becomes every other one, with the fewest moves, and nothing that is no patch does anything.

use proptest::prelude::*;

use super::*;
use crate::error::{Code, Error};
use crate::id::Epoch;
use crate::limit::{Limits, VIEW_ATTRS, VIEW_DEPTH};
use crate::value::Value;
use crate::wire::{Reader, Writer};

mod drawn;

use drawn::{Spec, build, plain_specs, specs, table};

/// A list of elements with these keys, each with its text.
fn rows(keys: &[(usize, &str)]) -> Tree {
    let mut tree = Builder::new();
    tree.open(NameId::new(1)).unwrap();
    for (key, text) in keys {
        tree.open(NameId::new(2)).unwrap();
        tree.key(&key.to_string()).unwrap();
        tree.text(text).unwrap();
        tree.close().unwrap();
    }
    tree.close().unwrap();
    tree.finish().unwrap()
}

fn plain(keys: impl IntoIterator<Item = usize>) -> Tree {
    rows(&keys.into_iter().map(|key| (key, "x")).collect::<Vec<_>>())
}

/// How many children a patch moves and makes.
fn work(patch: &[u8]) -> (usize, usize) {
    let statics = table();
    let mut steps = patch::Steps::new(Reader::new(patch, &Limits::HARD), &statics);
    let (mut moved, mut made) = (0, 0);
    while let Some(step) = steps.next().unwrap() {
        let patch::Step::List { parts, .. } = step else { continue };
        for part in parts {
            match part {
                patch::Part::Move { count, .. } => moved += count,
                patch::Part::Insert(tree) => made += tree.roots().count(),
                patch::Part::Keep(_) | patch::Part::Drop(_) => {}
            }
        }
    }
    (moved, made)
}

/// The longest increasing subsequence, as slow as its definition.
fn longest(numbers: &[usize]) -> usize {
    let mut best = vec![1; numbers.len()];
    for at in 0..numbers.len() {
        for before in 0..at {
            if numbers[before] < numbers[at] {
                best[at] = best[at].max(best[before] + 1);
            }
        }
    }
    best.into_iter().max().unwrap_or(0)
}

#[test]
fn equal_trees_have_no_patch() {
    let tree = plain(0..5);
    assert!(diff(&tree, &tree).is_empty());
    assert_eq!(apply(&tree, &[], &table()).unwrap(), tree);
    assert!(diff(&Tree::default(), &Tree::default()).is_empty());
}

#[test]
fn a_reversed_list_is_one_move_and_a_text_is_its_bytes() {
    let (rows_1, rows_2) = (plain(0..1_000), plain((0..1_000).rev()));
    let patch = diff(&rows_1, &rows_2);
    assert!(patch.len() <= 12, "{} bytes", patch.len());
    assert_eq!(apply(&rows_1, &patch, &table()).unwrap(), rows_2);

    let mut texts: Vec<_> = (0..1_000).map(|key| (key, "x")).collect();
    texts[500].1 = "another";
    let changed = rows(&texts);
    let patch = diff(&rows_1, &changed);
    assert!(patch.len() <= 12, "{} bytes", patch.len());
    assert_eq!(apply(&rows_1, &patch, &table()).unwrap(), changed);
}

#[test]
fn an_attribute_that_changes_its_place_is_still_as_written() {
    let with = |attrs: &[(u32, &str)]| {
        let attrs = attrs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        build(&[Spec::Element { tag: 1, key: None, attrs, children: vec![] }])
    };
    let some: [&[(u32, &str)]; 6] = [
        &[],
        &[(5, "a")],
        &[(5, "a"), (6, "b")],
        &[(6, "b"), (5, "a")],
        &[(7, "c"), (6, "x"), (5, "a")],
        &[(5, ""), (7, "c")],
    ];
    for before in some {
        for after in some {
            let (before, after) = (with(before), with(after));
            assert_eq!(apply(&before, &diff(&before, &after), &table()).unwrap(), after);
        }
    }
}

#[test]
fn a_tree_is_no_deeper_than_the_limit_also_by_a_patch() {
    let deep = |levels: usize| {
        let mut tree = Builder::new();
        (0..levels).try_for_each(|_| tree.open(NameId::new(1)))?;
        (0..levels).try_for_each(|_| tree.close())?;
        tree.finish()
    };
    assert_eq!(deep(VIEW_DEPTH + 1).unwrap_err().code, Code::TooDeep);
    let (shallow, deepest) = (deep(1).unwrap(), deep(VIEW_DEPTH).unwrap());
    assert_eq!(apply(&shallow, &diff(&shallow, &deepest), &table()).unwrap(), deepest);
    // One that puts the deepest tree into an element.
    let mut out = Writer::new();
    out.byte(0);
    out.byte(7);
    out.byte(1 << 2 | 2);
    patch::write_node(deepest.roots().next().unwrap(), &mut out);
    out.byte(0);
    assert_eq!(apply(&shallow, out.as_bytes(), &table()).unwrap_err().code, Code::TooDeep);
}

#[test]
fn what_is_written_in_no_order_is_refused_and_changes_nothing() {
    let mut tree = Builder::new();
    assert_eq!(tree.close().unwrap_err().code, Code::InvalidArgument);
    assert_eq!(tree.key("x").unwrap_err().code, Code::InvalidArgument);
    assert_eq!(tree.attr(NameId::new(5), "x").unwrap_err().code, Code::InvalidArgument);
    assert_eq!(tree.raw("<b>").unwrap_err().code, Code::InvalidArgument);
    tree.open(NameId::new(1)).unwrap();
    tree.attr(NameId::new(5), "x").unwrap();
    assert_eq!(tree.attr(NameId::new(5), "y").unwrap_err().code, Code::InvalidArgument);
    assert_eq!(tree.key("x").unwrap_err().code, Code::InvalidArgument, "after an attribute");
    assert_eq!(tree.attr(NameId::KEY, "x").unwrap_err().code, Code::InvalidArgument);
    tree.raw("<b>").unwrap();
    assert_eq!(tree.text("x").unwrap_err().code, Code::InvalidArgument);
    assert_eq!(tree.attr(NameId::new(6), "x").unwrap_err().code, Code::InvalidArgument);
    assert_eq!(tree.clone().finish().unwrap_err().code, Code::InvalidArgument);
    tree.close().unwrap();
    let tree = tree.finish().unwrap();
    let element = tree.roots().next().unwrap();
    assert_eq!((element.tag(), element.key()), (Some(NameId::new(1)), None));
    assert_eq!(element.attrs().map(|attr| attr.value).collect::<Vec<_>>(), ["x"]);
    assert_eq!(element.children().map(Node::kind).collect::<Vec<_>>(), [Kind::Raw("<b>")]);

    let mut tree = Builder::new();
    tree.open(NameId::new(1)).unwrap();
    let many = (1..).find_map(|name| tree.attr(NameId::new(name), "").err().map(|e| (name, e)));
    let (name, error) = many.unwrap();
    assert_eq!((name, error.code), (u32::try_from(VIEW_ATTRS).unwrap() + 1, Code::TooManyItems));
}

type Write<'a> = dyn Fn(&mut Pen) -> Result<(), Error> + 'a;

#[test]
fn no_property_that_is_an_address_makes_a_program_of_an_array() {
    const PROGRAM: &str = r#"["javascript:x"]"#;
    const NOWHERE: &str = r#""unsafe:[\"javascript:x\"]""#;
    let mut view = View::new("links", Epoch::new(1));
    let template = view.statics().template("<a .href={to}>x</a>").unwrap();
    assert_eq!(view.statics().get(template).unwrap().slots(), [Slot::AddressProperty]);
    let binding = view.statics().bind(r#"{"key":"to"}"#).unwrap();
    let each = r#"{"key":"to","each":{"template":0,"slots":[[]]}}"#;
    let each = view.statics().bind(each).unwrap();
    let (a, href) = (view.tag("a").unwrap(), view.attr(".href").unwrap());
    let program = Value::from_json(PROGRAM.as_bytes(), &Limits::HARD).unwrap();
    let programs = Value::from_json(br#"[["javascript:x"]]"#, &Limits::HARD).unwrap();
    let writes: [&Write<'_>; 5] = [
        &|pen| pen.row(template, None, &[PROGRAM]),
        &|pen| {
            pen.instance(template, None)?;
            pen.text(PROGRAM)?;
            pen.close()
        },
        &|pen| {
            pen.instance(template, None)?;
            pen.bound(binding, Some(&program))?;
            pen.close()
        },
        &|pen| pen.bound(each, Some(&programs)),
        &|pen| {
            pen.open(a)?;
            pen.attr(href, PROGRAM)?;
            pen.close()
        },
    ];
    for write in writes {
        let mut pen = view.pen();
        write(&mut pen).unwrap();
        let told = to_json(&pen.finish().unwrap(), view.statics()).unwrap();
        assert!(!told.contains(PROGRAM.trim_matches(['[', ']'])), "{told}");
        assert!(told.contains("unsafe:"), "{told}");
    }
    for json in [
        format!(r#"["a",{{".href":{PROGRAM}}}]"#),
        format!(r#"{{"template":0,"slots":[{PROGRAM}]}}"#),
    ] {
        let tree = from_json(&json, view.statics()).unwrap();
        assert!(to_json(&tree, view.statics()).unwrap().contains(NOWHERE));
    }

    // Nor does a patch or a draft.
    view.render_json(r#"[["a",{".href":"/x"}],{"template":0,"slots":["/x"]}]"#).unwrap();
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let set = |json: &str| [&[0 << 3, 5 | 2 << 3][..], &text(json)].concat();
    let slot = |json: &str| [&[1 << 3, 2][..], &text(json)].concat();
    let (shown, statics) = (view.tree().clone(), view.statics().clone());
    for patch in [set(PROGRAM), slot(PROGRAM)] {
        let refused = apply(&shown, &patch, &statics).unwrap_err();
        assert_eq!(refused.code, Code::Malformed);
        assert_eq!(view.absorb([&*patch]).unwrap_err().code, Code::Malformed);
    }
    for patch in [set(NOWHERE), slot(NOWHERE)] {
        assert!(apply(&shown, &patch, &statics).is_ok());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_tree_is_read_from_json_as_it_was_written(specs in plain_specs()) {
        let (tree, mut names) = (build(&specs), table());
        let json = to_json(&tree, &names).unwrap();
        prop_assert_eq!(from_json(&json, &mut names).unwrap(), tree.clone());
        prop_assert!(html(&tree, &names).is_ok());
        for end in (0..json.len()).step_by(json.len() / 16 + 1) {
            if let Some(part) = json.get(..end) {
                prop_assert!(from_json(part, &mut names).is_err());
            }
        }
    }

    #[test]
    fn what_is_no_json_is_an_error(text in "[\\[\\]{},:\"a1 \\\\tu]{0,40}") {
        let _ = from_json(&text, &mut Statics::new());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn every_tree_becomes_every_other(old in specs(), new in specs()) {
        let (old, new) = (build(&old), build(&new));
        let patch = diff(&old, &new);
        prop_assert_eq!(apply(&old, &patch, &table()).unwrap(), new.clone());
        prop_assert_eq!(patch.is_empty(), old == new);
    }

    #[test]
    fn a_list_is_arranged_with_the_fewest_moves(
        old in Just((0..12_usize).collect::<Vec<_>>()).prop_shuffle(),
        new in Just((0..16_usize).collect::<Vec<_>>()).prop_shuffle(),
        (most_old, most_new) in (0..12_usize, 0..16_usize),
    ) {
        let (old, new) = (&old[..most_old], &new[..most_new]);
        let place = |key: &usize| old.iter().position(|known| known == key);
        let stay: Vec<usize> = new.iter().filter_map(place).collect();
        let (before, after) = (plain(old.iter().copied()), plain(new.iter().copied()));
        let patch = diff(&before, &after);
        prop_assert_eq!(apply(&before, &patch, &table()).unwrap(), after);
        prop_assert_eq!(work(&patch), (stay.len() - longest(&stay), new.len() - stay.len()));
    }

    #[test]
    fn what_is_no_patch_makes_a_tree_or_an_error(
        old in specs(),
        new in specs(),
        bytes in prop::collection::vec(any::<u8>(), 0..60),
        at in any::<prop::sample::Index>(),
        byte: u8,
    ) {
        let (old, new) = (build(&old), build(&new));
        let _ = apply(&old, &bytes, &table());
        let mut patch = diff(&old, &new);
        for end in (0..patch.len()).step_by(patch.len() / 16 + 1) {
            let _ = apply(&old, &patch[..end], &table());
        }
        if !patch.is_empty() {
            let at = at.index(patch.len());
            patch[at] = byte;
            if let Ok(tree) = apply(&old, &patch, &table()) {
                prop_assert_eq!(apply(&old, &diff(&old, &tree), &table()).unwrap(), tree);
            }
        }
    }
}
