//! The attributes that an element has after changes of them.

use super::super::names::NameId;
use super::super::tree::{HEAD, Node, Tree, word};
use crate::error::{Code, Error};
use crate::limit::VIEW_ATTRS;

/// Writes what is before the children of an element, with other attributes than it had.
///
/// The first change of an attribute that there is, unless it goes, tells its value; all others come last.
pub(super) fn write(
    node: Node<'_>,
    changed: &[(NameId, Option<&str>)],
    out: &mut Tree,
) -> Result<(), Error> {
    let start = out.words.len();
    out.words.extend_from_slice(&[node.head(), 0, 0, 0]);
    if let Some(key) = node.key() {
        put(NameId::KEY, key, start, out)?;
    }
    let first = |name: NameId| changed.iter().find(|(changed, _)| *changed == name);
    for attr in node.attrs() {
        match first(attr.name) {
            None => put(attr.name, attr.value, start, out)?,
            Some((_, Some(value))) => put(attr.name, value, start, out)?,
            Some((_, None)) => {}
        }
    }
    for (name, value) in changed {
        let stays = node.attrs().any(|attr| attr.name == *name)
            && first(*name).is_some_and(|(_, value)| value.is_some());
        if let Some(value) = value
            && !stays
        {
            put(*name, value, start, out)?;
        }
    }
    Ok(())
}

/// Writes an attribute of the element that starts there.
fn put(name: NameId, value: &str, start: usize, out: &mut Tree) -> Result<(), Error> {
    let (_, attrs) = out.words.split_at_checked(start.saturating_add(HEAD)).unwrap_or_default();
    if attrs.chunks_exact(2).any(|known| known.first() == Some(&name.get())) {
        let expected = "each attribute of an element once";
        return Err(Error::new(Code::InvalidArgument, expected, "one twice"));
    }
    let count = (attrs.len() / 2).saturating_add(1);
    if count > VIEW_ATTRS {
        return Err(Error::limit(Code::TooManyItems, VIEW_ATTRS, "attributes", count));
    }
    if let Some(held) = out.words.get_mut(start.saturating_add(HEAD).saturating_sub(1)) {
        *held = word(count);
    }
    out.words.extend_from_slice(&[name.get(), word(value.len())]);
    out.text.push_str(value);
    Ok(())
}
