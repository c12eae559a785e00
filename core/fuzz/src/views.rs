//! Trees, templates, patches and frames of views.

use syncline_core::vnode::{
    Builder, Screen, Statics, View, apply, diff, from_json, html, patch_json, to_json,
};
use syncline_core::{Epoch, Limits, Value};

/// A table with something of each kind, and a tree with all of it.
fn page() -> View {
    let mut view = View::new("page", Epoch::new(1));
    let statics = view.statics();
    let row = statics.template("<li class={kind} .value={json}>{text}</li>").unwrap();
    let count = statics.bind(r#"{"key":"count","map":[["add",1]]}"#).unwrap();
    let open = statics.bind(r#"{"key":"open","cases":[true,2]}"#).unwrap();
    let each = r#"{"key":"rows","each":{"template":0,"key":[["get","id"]],"slots":[[],[],[["get","id"]]]}}"#;
    let each = statics.bind(each).unwrap();
    let (ul, title) = (statics.tag("ul").unwrap(), statics.attr("title").unwrap());
    let value = |json: &str| Value::from_json(json.as_bytes(), &Limits::HARD).unwrap();
    let mut pen = view.pen();
    let mut write = || {
        pen.open(ul)?;
        pen.attr(title, "t")?;
        pen.row(row, Some("a"), &["x", "1", "y"])?;
        pen.row(row, Some("b"), &["x", "2", "z"])?;
        pen.fragment()?;
        pen.bound(count, Some(&value("41")))?;
        pen.choice(open, Some(&value("true")))?;
        pen.text("yes")?;
        pen.hole()?;
        pen.close()?;
        pen.bound(each, Some(&value(r#"[{"id":1},{"id":2}]"#)))?;
        pen.close()?;
        pen.close()?;
        pen.finish()
    };
    let tree = write().unwrap();
    view.render(tree);
    view
}

/// JSON as a tree: it is one that all else can be done with, or an error.
pub fn view_tree(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let mut view = page();
    let before = view.tree().clone();
    let Ok(tree) = from_json(text, view.statics()) else { return };
    let patch = diff(&before, &tree);
    assert_eq!(apply(&before, &patch, view.statics()).unwrap(), tree);
    let back = diff(&tree, &before);
    assert_eq!(apply(&tree, &back, view.statics()).unwrap(), before);
    let _ = html(&tree, view.statics());
    to_json(&tree, view.statics()).unwrap();
    patch_json(&patch, view.statics()).unwrap();
}

/// Markup as a template, and JSON as a binding.
pub fn view_template(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let mut statics = Statics::new();
    if let Ok(id) = statics.template(text) {
        let template = statics.get(id).unwrap();
        let slots = vec!["1"; template.slots().len()];
        let mut tree = Builder::new();
        tree.row(&template, Some("key"), &slots).unwrap();
        let tree = tree.finish().unwrap();
        let _ = html(&tree, &statics);
        assert_eq!(from_json(&to_json(&tree, &statics).unwrap(), &mut statics).unwrap(), tree);
    }
    if let Ok(id) = statics.bind(text) {
        let binding = statics.binding(id).unwrap();
        for value in ["null", "true", "-1.5", r#""text""#, r#"[{"id":1},2]"#, r#"{"id":[1]}"#] {
            let value = Value::from_json(value.as_bytes(), &Limits::HARD).unwrap();
            let mut tree = Builder::new();
            if binding.choices() == 0 {
                let _ = tree.bound(&binding, Some(&value));
            } else {
                let _ = tree.choice(&binding, Some(&value));
            }
        }
    }
}

/// A patch and a draft of a tree.
pub fn view_patch(bytes: &[u8]) {
    let mut view = page();
    let before = view.tree().clone();
    if let Ok(tree) = apply(&before, bytes, view.statics()) {
        let patch = diff(&before, &tree);
        assert_eq!(apply(&before, &patch, view.statics()).unwrap(), tree);
    }
    let _ = patch_json(bytes, view.statics());
    let mut screen = Screen::new();
    screen.take(&view.frame(screen.cursor())).unwrap();
    if view.absorb([bytes]).is_ok() {
        screen.take(&view.frame(screen.cursor())).unwrap();
    } else {
        assert_eq!(view.tree(), &before, "nothing is changed by an error");
    }
    assert_eq!(screen.tree(), view.tree());
}

/// A frame, at a screen that shows something and has predicted something.
pub fn view_frame(bytes: &[u8]) {
    let view = page();
    let mut screen = Screen::new();
    let _ = screen.take(bytes);
    screen = Screen::new();
    screen.take(&view.frame(screen.cursor())).unwrap();
    let count = Value::from_json(b"7", &Limits::HARD).unwrap();
    screen.predict(1, None, "count", &count).unwrap();
    let before = screen.cursor();
    if screen.take(bytes).is_err() {
        assert_eq!(screen.cursor(), before, "nothing is changed by an error");
        assert_eq!(screen.tree(), view.tree());
    }
    let mut page = Statics::new();
    while let Some(change) = screen.change() {
        change.tell(&mut page).unwrap();
    }
    let _ = screen.html();
    screen.undo(1);
}
