//! Nodes as bytes.

use super::super::binding::BindId;
use super::super::build::Builder;
use super::super::names::NameId;
use super::super::statics::Statics;
use super::super::tree::{
    BOUND, ELEMENT, FRAGMENT, HOLE, Kind, Node, Nodes, RAW, TEXT, Tree, instance, size, template,
};
use super::malformed;
use crate::error::Error;
use crate::wire::{Reader, Writer};

/// Writes a node, compact.
pub(in super::super) fn write_node(node: Node<'_>, out: &mut Writer) {
    let mut open: Vec<Nodes<'_>> = Vec::new();
    let mut next = Some(node);
    while let Some(node) = next {
        let children = match node.kind() {
            Kind::Text(text) => lump(out, TEXT, text),
            Kind::Raw(html) => lump(out, RAW, html),
            Kind::Hole => {
                out.byte(1);
                None
            }
            Kind::Element(tag) => {
                out.number(u64::from(tag.get()) << 2 | u64::from(ELEMENT));
                node.split().map(|(attrs, children)| {
                    out.size(attrs.count());
                    attrs.each(|name, value, all| {
                        out.number(u64::from(name));
                        out.size(value.len());
                        out.start(value.as_bytes(), all.as_bytes());
                    });
                    out.size(children.count());
                    children
                })
            }
            Kind::Fragment => {
                out.number(u64::from(FRAGMENT));
                out.size(node.children().count());
                Some(node.children())
            }
            Kind::Bound(binding) => {
                out.number(u64::from(BOUND));
                out.number(u64::from(binding.get()));
                Some(node.children())
            }
            Kind::Instance(template) => {
                out.number(u64::from(instance(template)));
                out.size(node.key().map_or(0, |key| key.len().saturating_add(1)));
                out.raw(node.key().unwrap_or_default().as_bytes());
                Some(node.children())
            }
        };
        open.extend(children);
        next = None;
        while let Some(nodes) = open.last_mut() {
            // Of what there is most is text.
            while let Some((text, behind)) = nodes.next_text() {
                out.number(u64::try_from(text.len()).unwrap_or(u64::MAX) << 2 | u64::from(TEXT));
                out.start(text.as_bytes(), behind.as_bytes());
            }
            next = nodes.next();
            if next.is_some() {
                break;
            }
            open.pop();
        }
    }
}

fn lump<'a>(out: &mut Writer, kind: u32, text: &str) -> Option<Nodes<'a>> {
    out.number(u64::try_from(text.len()).unwrap_or(u64::MAX) << 2 | u64::from(kind));
    out.raw(text.as_bytes());
    None
}

/// Reads so many nodes into a tree.
pub(in super::super) fn read_nodes(
    reader: &mut Reader<'_>,
    count: usize,
    statics: &Statics,
    around: usize,
) -> Result<Tree, Error> {
    let mut tree = Builder::within(around);
    read_into(&mut tree, reader, count, statics)?;
    tree.finish()
}

/// Reads so many nodes, and writes them.
pub(super) fn read_into(
    tree: &mut Builder,
    reader: &mut Reader<'_>,
    count: usize,
    statics: &Statics,
) -> Result<(), Error> {
    // How many children are still to come, at each level.
    let mut open = vec![count];
    let mut texts = Vec::new();
    while let Some(left) = open.last_mut() {
        if *left == 0 {
            open.pop();
            if !open.is_empty() {
                tree.close()?;
            }
            continue;
        }
        *left = left.saturating_sub(1);
        let head = reader.number()?;
        let number = head >> 2;
        match u32::try_from(head & 3).unwrap_or_default() {
            TEXT => tree.text_of_patch(read_text(reader, number)?)?,
            HOLE if number == 0 => tree.hole()?,
            HOLE => open.extend(read_open(reader, head, statics, tree, &mut texts)?),
            RAW => tree.raw(read_text(reader, number)?)?,
            _ => {
                tree.open(read_name(number, statics)?)?;
                for nth in 0..reader.count(2)? {
                    let name = reader.number()?;
                    let name = read_name(name, statics)?;
                    let value = reader.text()?;
                    statics.names().check_harmless(name, value)?;
                    if name == NameId::KEY && nth == 0 {
                        tree.key(value)?;
                    } else {
                        tree.attr(name, value)?;
                    }
                }
                open.push(reader.count(1)?);
            }
        }
    }
    Ok(())
}

/// Opens a fragment, a binding or an instance; how many nodes follow, unless it is read as a whole.
fn read_open<'d>(
    reader: &mut Reader<'d>,
    head: u64,
    statics: &Statics,
    tree: &mut Builder,
    texts: &mut Vec<&'d str>,
) -> Result<Option<usize>, Error> {
    if head == u64::from(FRAGMENT) {
        tree.fragment()?;
        return reader.count(1).map(Some);
    }
    if head == u64::from(BOUND) {
        let binding = statics.bound(BindId::new(reader.short()?))?;
        tree.bound_open(binding)?;
        return Ok(Some(binding.choices().saturating_add(1)));
    }
    let template = template(head >> 2).ok_or_else(|| malformed("a node", &head.to_string()))?;
    let template = statics.known(template)?;
    let key = match reader.number()?.checked_sub(1) {
        Some(length) => Some(read_text(reader, length)?),
        None => None,
    };
    // Most have texts alone, which may be anything.
    if !template.has_addresses() && read_texts(reader, template.slots().len(), texts)? {
        tree.put_row(template, key, texts.iter().copied())?;
        return Ok(None);
    }
    tree.instance(template, key)?;
    Ok(Some(template.slots().len()))
}

/// Reads so many texts; if there is another node among them, nothing.
fn read_texts<'d>(
    reader: &mut Reader<'d>,
    count: usize,
    texts: &mut Vec<&'d str>,
) -> Result<bool, Error> {
    // What is between short texts is ASCII: if all of it is UTF-8, each of them is.
    const SHORT: u64 = 0x80;
    let (mut start, mut ahead, mut are_short) = (*reader, *reader, true);
    for _ in 0..count {
        let head = ahead.number()?;
        if head & 3 != u64::from(TEXT) {
            return Ok(false);
        }
        are_short &= head < SHORT;
        ahead.raw(usize::try_from(head >> 2).unwrap_or(usize::MAX))?;
    }
    texts.clear();
    let all = start.raw(start.remaining().saturating_sub(ahead.remaining()))?;
    if are_short && let Ok(all) = core::str::from_utf8(all) {
        let mut at = 0_usize;
        while let Some(head) = all.as_bytes().get(at) {
            let from = at.saturating_add(1);
            at = from.saturating_add(usize::from(head >> 2));
            texts.extend(all.get(from..at));
        }
        *reader = ahead;
        return Ok(true);
    }
    for _ in 0..count {
        let head = reader.number()?;
        texts.push(read_text(reader, head >> 2)?);
    }
    Ok(true)
}

fn read_text<'a>(reader: &mut Reader<'a>, length: u64) -> Result<&'a str, Error> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    crate::wire::utf8(reader.raw(length)?)
}

pub(super) fn read_name(number: u64, statics: &Statics) -> Result<NameId, Error> {
    match u32::try_from(number) {
        Ok(id) if size(id) < statics.names().len() => Ok(NameId::new(id)),
        _ => Err(malformed("a known name", &number.to_string())),
    }
}
