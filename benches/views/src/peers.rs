//! What ours is compared with. Of these only json-patch makes bytes: the others tell what changed by references
//! into the tree, or in a list of mutations.

use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;

use dioxus_core::{
    Attribute, AttributeValue, DynamicNode, Element, Mutations, NoOpMutations, ScopeId, Template,
    TemplateAttribute, TemplateNode, VNode, VText, VirtualDom,
};
use percy_dom::VirtualNode;
use sauron_core::vdom::{self, Node, attr, element};
use serde_json::{Value, json};

use syncline_bench_views::timed;

use crate::rows::{CLASSES, Row, Workload};
use crate::{Contender, Took};

/// One session for each workload, which lives on as on a server.
#[derive(Default)]
pub struct Dioxus {
    sessions: Vec<(Shared, VirtualDom)>,
}

/// As `rsx!` has it: what is static is compared by its address.
static PAGE: Template = Template {
    roots: &[tag(
        "div",
        &[],
        &[
            tag("h1", &[], &[TemplateNode::Text { text: "Orders" }]),
            tag("hr", &[], &[]),
            tag("table", &[], &[tag("tbody", &[], &[TemplateNode::Dynamic { id: 0 }])]),
        ],
    )],
    node_paths: &[&[0, 2, 0, 0]],
    attr_paths: &[],
};

static ROW: Template = Template {
    roots: &[tag(
        "tr",
        &[class("row"), TemplateAttribute::Dynamic { id: 0 }, TemplateAttribute::Dynamic { id: 1 }],
        &[
            tag("td", &[class("name")], &[TemplateNode::Dynamic { id: 0 }]),
            tag("td", &[class("city")], &[TemplateNode::Dynamic { id: 1 }]),
            tag("td", &[class("price")], &[TemplateNode::Dynamic { id: 2 }]),
            tag("td", &[class("state")], &[TemplateNode::Dynamic { id: 3 }]),
        ],
    )],
    node_paths: &[&[0, 0, 0], &[0, 1, 0], &[0, 2, 0], &[0, 3, 0]],
    attr_paths: &[&[0], &[0]],
};

const fn tag(
    tag: &'static str,
    attrs: &'static [TemplateAttribute],
    children: &'static [TemplateNode],
) -> TemplateNode {
    TemplateNode::Element { tag, namespace: None, attrs, children }
}

const fn class(value: &'static str) -> TemplateAttribute {
    TemplateAttribute::Static { name: "class", value, namespace: None }
}

type Shared = Rc<RefCell<Vec<Row>>>;

fn page(rows: Shared) -> Element {
    let text = |text: &String| DynamicNode::Text(VText { value: text.clone() });
    let attr = |name, value: &String| -> Box<[Attribute]> {
        Box::new([Attribute::new(name, AttributeValue::Text(value.clone()), None, false)])
    };
    let rows = rows.borrow();
    let rows = rows.iter().map(|Row { key, id, data, cells: [a, b, c, d] }| {
        VNode::new(
            Some(key.clone()),
            ROW,
            Box::new([text(a), text(b), text(c), text(d)]),
            Box::new([attr("id", id), attr("data-id", data)]),
        )
    });
    let rows = DynamicNode::Fragment(rows.collect());
    Ok(VNode::new(None, PAGE, Box::new([rows]), Box::new([])))
}

impl Contender for Dioxus {
    fn name(&self) -> &'static str {
        "dioxus-core"
    }

    fn begin(&mut self, before: Option<&[Row]>) {
        let shared: Shared = Rc::new(RefCell::new(before.unwrap_or_default().to_vec()));
        let mut dom = VirtualDom::new_with_props(page, Rc::clone(&shared));
        dom.rebuild(&mut NoOpMutations);
        self.sessions.push((shared, dom));
    }

    fn once(&mut self, at: usize, workload: &Workload) -> Took {
        let Some(before) = &workload.before else {
            let shared = Rc::new(RefCell::new(workload.after.clone()));
            let ((_dom, mutations), diff) = timed(|| {
                let mut dom = VirtualDom::new_with_props(page, shared);
                let mut mutations = Mutations::default();
                dom.rebuild(&mut mutations);
                (dom, mutations)
            });
            return Took { diff, steps: mutations.edits.len(), ..Took::default() };
        };
        let (shared, dom) = &mut self.sessions[at];
        shared.borrow_mut().clone_from(before);
        dom.mark_dirty(ScopeId::APP);
        dom.render_immediate(&mut NoOpMutations);
        shared.borrow_mut().clone_from(&workload.after);
        let (mutations, diff) = timed(|| {
            let mut mutations = Mutations::default();
            dom.mark_dirty(ScopeId::APP);
            dom.render_immediate(&mut mutations);
            mutations
        });
        Took { diff, steps: mutations.edits.len(), ..Took::default() }
    }
}

#[derive(Default)]
pub struct Percy {
    before: Vec<VirtualNode<()>>,
}

fn percy_tag(tag: &str, attrs: &[(&str, &str)], children: Vec<VirtualNode<()>>) -> VirtualNode<()> {
    let mut node = VirtualNode::new_element(tag);
    if let VirtualNode::Element(element) = &mut node {
        element
            .attrs
            .extend(attrs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())));
        element.children = children;
    }
    node
}

fn percy(rows: &[Row]) -> VirtualNode<()> {
    let rows = rows.iter().map(|row| {
        let cells = CLASSES.iter().zip(&row.cells);
        let cells = cells.map(|(class, cell)| {
            percy_tag("td", &[("class", class)], vec![VirtualNode::new_text(cell)])
        });
        let attrs = [("class", "row"), ("id", &row.id), ("data-id", &row.data)];
        let mut node = percy_tag("tr", &attrs, cells.collect());
        if let VirtualNode::Element(element) = &mut node {
            element.special_attributes.set_key(row.key.clone());
        }
        node
    });
    let title = percy_tag("h1", &[], vec![VirtualNode::new_text("Orders")]);
    let body = percy_tag("tbody", &[], rows.collect());
    let table = percy_tag("table", &[], vec![body]);
    percy_tag("div", &[], vec![title, percy_tag("hr", &[], vec![]), table])
}

impl Contender for Percy {
    fn name(&self) -> &'static str {
        "percy-dom"
    }

    fn begin(&mut self, before: Option<&[Row]>) {
        self.before.push(before.map_or_else(|| VirtualNode::new_element("main"), percy));
    }

    fn once(&mut self, at: usize, workload: &Workload) -> Took {
        let before = &self.before[at];
        let (after, build) = timed(|| percy(&workload.after));
        let (patches, diff) = timed(|| percy_dom::diff(black_box(before), &after));
        Took { build, diff, steps: patches.len(), ..Took::default() }
    }
}

#[derive(Default)]
pub struct Sauron {
    before: Vec<Node<()>>,
}

fn sauron(rows: &[Row]) -> Node<()> {
    let rows = rows.iter().map(|row| {
        let cells = CLASSES.iter().zip(&row.cells);
        let cells = cells.map(|(class, cell)| {
            element("td", [attr("class", *class)], [sauron_core::html::text(cell)])
        });
        let attrs = [
            vdom::key(row.key.clone()),
            attr("class", "row"),
            attr("id", row.id.clone()),
            attr("data-id", row.data.clone()),
        ];
        element("tr", attrs, cells)
    });
    element(
        "div",
        [],
        [
            element("h1", [], [sauron_core::html::text("Orders")]),
            element("hr", [], []),
            element("table", [], [element("tbody", [], rows)]),
        ],
    )
}

impl Contender for Sauron {
    fn name(&self) -> &'static str {
        "sauron-core"
    }

    fn begin(&mut self, before: Option<&[Row]>) {
        self.before.push(before.map_or_else(|| element("main", [], []), sauron));
    }

    fn once(&mut self, at: usize, workload: &Workload) -> Took {
        let before = &self.before[at];
        let (after, build) = timed(|| sauron(&workload.after));
        let (patches, diff) = timed(|| vdom::diff(black_box(before), &after));
        Took { build, diff, steps: patches.len(), ..Took::default() }
    }
}

#[derive(Default)]
pub struct JsonPatch {
    before: Vec<Value>,
}

fn json_tree(rows: &[Row]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            let cells: Vec<Value> = CLASSES
                .iter()
                .zip(&row.cells)
                .map(|(class, cell)| json!({"tag": "td", "class": class, "children": [cell]}))
                .collect();
            json!({
                "tag": "tr", "key": row.key, "class": "row", "id": row.id, "data-id": row.data, "children": cells
            })
        })
        .collect();
    json!({"tag": "div", "children": [
        {"tag": "h1", "children": ["Orders"]},
        {"tag": "hr"},
        {"tag": "table", "children": [{"tag": "tbody", "children": rows}]}
    ]})
}

impl Contender for JsonPatch {
    fn name(&self) -> &'static str {
        "json-patch"
    }

    fn begin(&mut self, before: Option<&[Row]>) {
        self.before.push(before.map_or_else(|| Value::Null, json_tree));
    }

    fn once(&mut self, at: usize, workload: &Workload) -> Took {
        let before = &self.before[at];
        let (after, build) = timed(|| json_tree(&workload.after));
        let ((patch, bytes), diff) = timed(|| {
            let patch = json_patch::diff(black_box(before), &after);
            let bytes = serde_json::to_vec(&patch).unwrap();
            (patch, bytes)
        });
        let mut patched = before.clone();
        json_patch::patch(&mut patched, &patch).unwrap();
        let right = Some(patched == after);
        Took { build, diff, steps: patch.0.len(), patch: bytes, right }
    }
}
