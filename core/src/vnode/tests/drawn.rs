//! Trees of every kind of node, as they are drawn, and the table that they are written with.

use proptest::prelude::*;

use crate::limit::Limits;
use crate::value::Value;
use crate::vnode::{BindId, Builder, NameId, Statics, TemplateId, Tree};

/// A tree as it is drawn.
#[derive(Clone, Debug)]
pub(super) enum Spec {
    Text(String),
    Hole,
    Raw(String),
    Element {
        tag: u32,
        key: Option<u8>,
        attrs: Vec<(u32, String)>,
        children: Vec<Spec>,
    },
    Fragment(Vec<Spec>),
    /// Of a template with a slot of an attribute, of a property and for a node.
    Instance {
        other: bool,
        key: Option<u8>,
        attr: Option<String>,
        json: u8,
        node: Box<Spec>,
    },
    /// The text of a number.
    Bound(i64),
    /// A number, and what it chooses from.
    Choice(i64, Vec<Spec>),
    /// A list of numbers.
    Each(Vec<u8>),
}

pub(super) fn build(specs: &[Spec]) -> Tree {
    let mut tree = Builder::new();
    put(specs, &mut tree, &table());
    tree.finish().unwrap()
}

fn put(specs: &[Spec], tree: &mut Builder, statics: &Statics) {
    let value = |json: String| Value::from_json(json.as_bytes(), &Limits::HARD).unwrap();
    for spec in specs {
        match spec {
            Spec::Text(text) => tree.text(text).unwrap(),
            Spec::Hole => tree.hole().unwrap(),
            Spec::Raw(html) => {
                tree.open(NameId::new(9)).unwrap();
                tree.raw(html).unwrap();
                tree.close().unwrap();
            }
            Spec::Element { tag, key, attrs, children } => {
                tree.open(NameId::new(*tag)).unwrap();
                if let Some(key) = key {
                    tree.key(&key.to_string()).unwrap();
                }
                for (nth, (name, value)) in attrs.iter().enumerate() {
                    if attrs[..nth].iter().all(|(known, _)| known != name) {
                        tree.attr(NameId::new(*name), value).unwrap();
                    }
                }
                put(children, tree, statics);
                tree.close().unwrap();
            }
            Spec::Fragment(nodes) => {
                tree.fragment().unwrap();
                put(nodes, tree, statics);
                tree.close().unwrap();
            }
            Spec::Instance { other, key, attr, json, node } => {
                let template = statics.get(TemplateId::new(u32::from(*other))).unwrap();
                tree.instance(&template, key.map(|key| key.to_string()).as_deref()).unwrap();
                match attr {
                    Some(text) => tree.text(text).unwrap(),
                    None => tree.bound(&statics.binding(BindId::new(0)).unwrap(), None).unwrap(),
                }
                tree.text(&json.to_string()).unwrap();
                put(core::slice::from_ref(node), tree, statics);
                tree.close().unwrap();
            }
            Spec::Bound(number) => {
                let binding = statics.binding(BindId::new(0)).unwrap();
                tree.bound(&binding, Some(&value(number.to_string()))).unwrap();
            }
            Spec::Choice(number, nodes) => {
                let binding = statics.binding(BindId::new(1)).unwrap();
                tree.choice(&binding, Some(&value(number.to_string()))).unwrap();
                put(nodes, tree, statics);
                tree.close().unwrap();
            }
            Spec::Each(numbers) => {
                let binding = statics.binding(BindId::new(2)).unwrap();
                let items: Vec<_> = numbers.iter().map(|it| format!("{{\"n\":{it}}}")).collect();
                tree.bound(&binding, Some(&value(format!("[{}]", items.join(","))))).unwrap();
            }
        }
    }
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[ab]", "[é漢x]{1,3}", "[a-z]{20,40}"]
}

/// Nodes with no binding among them, which JSON tells otherwise than it reads them.
pub(super) fn plain_specs() -> impl Strategy<Value = Vec<Spec>> {
    drawn(false)
}

pub(super) fn specs() -> impl Strategy<Value = Vec<Spec>> {
    drawn(true)
}

fn drawn(bound: bool) -> impl Strategy<Value = Vec<Spec>> {
    let leaf = prop_oneof![
        4 => words().prop_map(Spec::Text),
        1 => Just(Spec::Hole),
        1 => words().prop_map(Spec::Raw),
    ];
    let node = leaf.prop_recursive(4, 60, 8, move |child| {
        let attrs = prop::collection::vec((5_u32..9, words()), 0..4);
        let key = || prop::option::weighted(0.6, 0_u8..8);
        let attr = if bound {
            prop::option::weighted(0.5, words()).boxed()
        } else {
            words().prop_map(Some).boxed()
        };
        let some = u32::from(bound);
        prop_oneof![
            4 => (1_u32..4, key(), attrs, prop::collection::vec(child.clone(), 0..8)).prop_map(
                |(tag, key, attrs, children)| Spec::Element { tag, key, attrs, children }
            ),
            1 => prop::collection::vec(child.clone(), 0..6).prop_map(Spec::Fragment),
            3 => (any::<bool>(), key(), attr, 0_u8..3, child.clone()).prop_map(
                |(other, key, attr, json, node)| {
                    Spec::Instance { other, key, attr, json, node: Box::new(node) }
                }
            ),
            some => (0_i64..4).prop_map(Spec::Bound),
            some => (0_i64..4, prop::collection::vec(child, 2)).prop_map(
                |(number, nodes)| Spec::Choice(number, nodes)
            ),
            some => prop::collection::vec(0_u8..8, 0..5).prop_map(Spec::Each),
        ]
    });
    prop::collection::vec(node, 0..6)
}

/// The names that drawn trees have.
pub(super) fn table() -> Statics {
    let mut names = Statics::new();
    for tag in ["a1", "a2", "a3", "a4"] {
        names.tag(tag).unwrap();
    }
    for attr in ["b5", "b6", "b7", "b8"] {
        names.attr(attr).unwrap();
    }
    names.tag("a9").unwrap();
    names.template("<a1 b5='x{a}' .value={b}>y{c}</a1>").unwrap();
    names.template("<a2 b6={a} .value={b}/>{c}").unwrap();
    names.bind(r#"{"key": "count"}"#).unwrap();
    names.bind(r#"{"key": "count", "cases": [0, 2]}"#).unwrap();
    let row =
        r#"{"template": 1, "key": [["get", "n"]], "slots": [[["get", "n"]], [], [["get", "n"]]]}"#;
    names.bind(&format!(r#"{{"key": "rows", "each": {row}}}"#)).unwrap();
    names
}
