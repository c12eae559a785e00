//! What a binding tells of a value, in the form that a host puts into drafts.

use syncline_core::vnode::{BindId, Binding, Builder, Kind, Node, Slot, Statics, Tree, View, diff};
use syncline_core::{Code, Error, Value};

/// What a binding tells.
pub(super) enum Told {
    /// Text.
    Text(String),
    /// A hole.
    Nothing,
    /// A list: the bytes of the node of the binding.
    Node(Vec<u8>),
}

/// Bytes of a patch that inserts one node, in front of it: a list of which none stays, and an insertion of one.
const BEFORE: usize = 2;
/// Those behind it: the end of the list.
const AFTER: usize = 1;

/// The number of a kind of slot for JavaScript.
pub(super) const fn kind(slot: Slot) -> u32 {
    match slot {
        Slot::Attribute => 0,
        Slot::Property => 1,
        Slot::Node => 2,
        Slot::Address => 3,
        Slot::AddressProperty => 4,
    }
}

/// What a binding of a view tells of a value in a slot of this kind.
pub(super) fn told(
    view: &mut View,
    binding: u32,
    value: Option<&Value>,
    slot: u32,
) -> Result<Told, Error> {
    let id = BindId::new(binding);
    let unknown = || Error::new(Code::NotFound, "a binding of the view", id.to_string());
    let binding = view.statics().binding(id).ok_or_else(unknown)?;
    let slots = [Slot::Attribute, Slot::Property, Slot::Node, Slot::Address, Slot::AddressProperty];
    let wrong = || Error::new(Code::InvalidArgument, "the kind of a slot", slot.to_string());
    let slot = slots.into_iter().find(|known| kind(*known) == slot).ok_or_else(wrong)?;
    let markup = match slot {
        Slot::Node => return in_node(&binding, value),
        Slot::Attribute => "<a title={told}/>",
        Slot::Property => "<a .value={told}/>",
        Slot::Address => "<a href={told}/>",
        Slot::AddressProperty => "<a .href={told}/>",
    };
    // A template of its own: one of the view's would be told to every screen.
    let mut statics = Statics::new();
    let template = statics.template(markup)?;
    let template = statics.get(template).ok_or_else(unknown)?;
    let mut tree = Builder::new();
    tree.instance(&template, None)?;
    tree.bound(&binding, value)?;
    tree.close()?;
    let tree = tree.finish()?;
    let instance = tree.roots().next();
    Ok(read(instance.and_then(|instance| instance.children().next()), &tree))
}

fn in_node(binding: &Binding, value: Option<&Value>) -> Result<Told, Error> {
    let mut tree = Builder::new();
    if binding.choices() == 0 {
        tree.bound(binding, value)?;
    } else {
        tree.choice(binding, value)?;
        for _ in 0..binding.choices() {
            tree.hole()?;
        }
        tree.close()?;
    }
    let tree = tree.finish()?;
    Ok(read(tree.roots().next(), &tree))
}

/// What is in the node of a binding.
fn read(bound: Option<Node<'_>>, tree: &Tree) -> Told {
    match bound.and_then(|bound| bound.children().next()).map(Node::kind) {
        Some(Kind::Text(text)) => Told::Text(text.to_owned()),
        Some(Kind::Hole) => Told::Nothing,
        _ => {
            let patch = diff(&Tree::default(), tree);
            let node = patch.get(BEFORE..patch.len().saturating_sub(AFTER));
            Told::Node(node.unwrap_or_default().to_vec())
        }
    }
}
