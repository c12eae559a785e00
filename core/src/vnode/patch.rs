//! What changes in a tree, as bytes: steps from element to element, and what is done there.
//!
//! A patch is walked with a cursor that stands in an element, at first around the roots, and before one of
//! its children. A step is a byte: what it is in the lowest three bits, and a number in the others, of
//! which 31 says that the number less 31 follows, LEB128.
//!
//! | step | number | what follows | what it does |
//! |---|---|---|---|
//! | 0 enter | children between | | goes past them, and into the next |
//! | 1 leave | elements, 1 and more | | goes out of so many, past each |
//! | 2 text | children between | text | the next, which is text, has this one |
//! | 3 leaf | children between | text | the next, an element with text alone, has this one |
//! | 4 replace | children between | tree | another one in the place of the next |
//! | 5 set | name | text | an attribute of the element; before its children |
//! | 6 unset | name | | it has that attribute no more; before its children |
//! | 7 list | children that stay in front | parts | other children, or others in another order; before what changes in them |
//!
//! Parts of a list are bytes as well: what it is in the lowest two bits, and a number in the other six, of
//! which 63 says that the number less 63 follows. What is moved is not among what is kept or dropped.
//!
//! | part | number | what follows | what it does |
//! |---|---|---|---|
//! | 0 keep | children; 0: all the rest, at the end | | they stay in their order |
//! | 1 drop | children, 1 and more | | they go |
//! | 2 insert | children, 1 and more | so many trees | they are new |
//! | 3 move | children, 1 and more | signed · 2, +1 if backwards | they come from elsewhere: from so far behind the end of the last move, each next to the one before |
//!
//! A tree is a number: its kind in the lowest two bits as in [`Tree`], and a length, or a name.
//! After a length comes the text; after a name the number of attributes, for each a name and a text, the
//! number of children, and these. A text elsewhere is a length and that many bytes of UTF-8.

use super::build::Builder;
use super::names::NameId;
use super::tree::{ELEMENT, HOLE, Kind, Node, Nodes, RAW, TEXT, Tree};
use crate::error::{Code, Error};
use crate::limit::VIEW_DEPTH;
use crate::wire::{Reader, Writer};

const ENTER: u8 = 0;
const LEAVE: u8 = 1;
const SET_TEXT: u8 = 2;
const SET_LEAF: u8 = 3;
const REPLACE: u8 = 4;
const SET: u8 = 5;
const UNSET: u8 = 6;
const LIST: u8 = 7;

const KEEP: u8 = 0;
const DROP: u8 = 1;
const INSERT: u8 = 2;
const MOVE: u8 = 3;

/// A step of a patch.
#[derive(Debug)]
pub(super) enum Step<'a> {
    /// Past so many children, and into the next.
    Enter(usize),
    /// Out of so many elements.
    Leave(usize),
    /// The text of a child.
    Text { past: usize, text: &'a str },
    /// The text of a child that has nothing else.
    Leaf { past: usize, text: &'a str },
    /// Another child.
    Replace { past: usize, tree: Tree },
    /// An attribute.
    Set { name: NameId, value: &'a str },
    /// An attribute that is no more.
    Unset { name: NameId },
    /// Other children.
    List { front: usize, parts: Vec<Part> },
}

/// A part of another list of children.
#[derive(Debug)]
pub(super) enum Part {
    /// So many stay.
    Keep(usize),
    /// So many go.
    Drop(usize),
    /// These are new.
    Insert(Tree),
    /// Those from this one on, or back, come from elsewhere.
    Move { from: usize, count: usize, back: bool },
}

/// Writes a patch.
#[derive(Debug, Default)]
pub(super) struct Script {
    out: Writer,
    /// The child that was entered last at each level, and how many are behind the cursor in the last.
    path: Vec<usize>,
    past: usize,
    /// Where the last move in the list ended.
    moved: usize,
}

impl Script {
    /// The patch; empty if nothing changes.
    pub(super) fn finish(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    /// Goes into the element at the end of a path of children.
    fn go(&mut self, path: &[usize]) {
        let same = path.iter().zip(&self.path).take_while(|(one, other)| one == other).count();
        let leave = self.path.len().saturating_sub(same);
        if leave > 0 {
            step(&mut self.out, LEAVE, leave);
            self.past = self.path.get(same).copied().unwrap_or_default().saturating_add(1);
            self.path.truncate(same);
        }
        for child in path.get(same..).unwrap_or_default() {
            step(&mut self.out, ENTER, child.saturating_sub(self.past));
            self.path.push(*child);
            self.past = 0;
        }
    }

    fn at(&mut self, path: &[usize], kind: u8, child: usize) {
        self.go(path);
        step(&mut self.out, kind, child.saturating_sub(self.past));
        self.past = child.saturating_add(1);
    }

    pub(super) fn text(&mut self, path: &[usize], child: usize, text: &str) {
        self.at(path, SET_TEXT, child);
        self.out.text(text);
    }

    pub(super) fn leaf(&mut self, path: &[usize], child: usize, text: &str) {
        self.at(path, SET_LEAF, child);
        self.out.text(text);
    }

    pub(super) fn replace(&mut self, path: &[usize], child: usize, node: Node<'_>) {
        self.at(path, REPLACE, child);
        write_node(node, &mut self.out);
    }

    pub(super) fn set(&mut self, path: &[usize], name: NameId, value: &str) {
        self.go(path);
        step(&mut self.out, SET, super::tree::size(name.get()));
        self.out.text(value);
    }

    pub(super) fn unset(&mut self, path: &[usize], name: NameId) {
        self.go(path);
        step(&mut self.out, UNSET, super::tree::size(name.get()));
    }

    /// Begins another list of children, of which so many stay in front.
    pub(super) fn list(&mut self, path: &[usize], front: usize) {
        self.go(path);
        step(&mut self.out, LIST, front);
        self.moved = front;
    }

    pub(super) fn keep(&mut self, count: usize) {
        if count > 0 {
            part(&mut self.out, KEEP, count);
        }
    }

    pub(super) fn drop(&mut self, count: usize) {
        if count > 0 {
            part(&mut self.out, DROP, count);
        }
    }

    pub(super) fn insert(&mut self, nodes: &[Node<'_>]) {
        part(&mut self.out, INSERT, nodes.len());
        for node in nodes {
            write_node(*node, &mut self.out);
        }
    }

    /// Children of the list before, counted from its first.
    pub(super) fn take(&mut self, from: usize, count: usize, back: bool) {
        part(&mut self.out, MOVE, count);
        let distance = i64::try_from(from).unwrap_or_default();
        let distance = distance.saturating_sub(i64::try_from(self.moved).unwrap_or_default());
        self.out.signed(distance.saturating_mul(2).saturating_add(i64::from(back)));
        self.moved = after(from, count, back);
    }

    /// All that is left stays.
    pub(super) fn end(&mut self) {
        part(&mut self.out, KEEP, 0);
    }
}

/// What comes after a move.
fn after(from: usize, count: usize, back: bool) -> usize {
    if back { from.saturating_add(1).saturating_sub(count) } else { from.saturating_add(count) }
}

fn step(out: &mut Writer, kind: u8, number: usize) {
    packed(out, kind, 3, 31, number);
}

fn part(out: &mut Writer, kind: u8, number: usize) {
    packed(out, kind, 2, 63, number);
}

/// A kind and a number in one byte, or more.
fn packed(out: &mut Writer, kind: u8, bits: u32, most: u8, number: usize) {
    let small = u8::try_from(number).unwrap_or(most).min(most);
    out.byte(small.wrapping_shl(bits) | kind);
    if small == most {
        out.size(number.saturating_sub(usize::from(most)));
    }
}

fn unpacked(reader: &mut Reader<'_>, bits: u32, most: u8) -> Result<(u8, usize), Error> {
    let byte = reader.byte()?;
    let (kind, small) = (byte & !(u8::MAX.wrapping_shl(bits)), byte.wrapping_shr(bits));
    if small < most {
        return Ok((kind, usize::from(small)));
    }
    let more = reader.short()?;
    Ok((kind, super::tree::size(more).saturating_add(usize::from(most))))
}

/// Writes a node, compact.
pub(super) fn write_node(node: Node<'_>, out: &mut Writer) {
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
                    for attr in attrs {
                        out.number(u64::from(attr.name.get()));
                        out.text(attr.value);
                    }
                    out.size(children.count());
                    children
                })
            }
        };
        open.extend(children);
        next = None;
        while let Some(nodes) = open.last_mut() {
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
pub(super) fn read_nodes(
    reader: &mut Reader<'_>,
    count: usize,
    names: usize,
    around: usize,
) -> Result<Tree, Error> {
    let mut tree = Builder::within(around);
    // How many children are still to come, at each level.
    let mut open = vec![count];
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
            TEXT => tree.text(read_text(reader, number)?)?,
            HOLE if number == 0 => tree.hole()?,
            HOLE => return Err(malformed("a hole", "one with a length")),
            RAW => tree.raw(read_text(reader, number)?)?,
            _ => {
                tree.open(read_name(number, names)?)?;
                for nth in 0..reader.count(2)? {
                    let name = reader.number()?;
                    let name = read_name(name, names)?;
                    let value = reader.text()?;
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
    tree.finish()
}

fn read_text<'a>(reader: &mut Reader<'a>, length: u64) -> Result<&'a str, Error> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    crate::wire::utf8(reader.raw(length)?)
}

fn read_name(number: u64, names: usize) -> Result<NameId, Error> {
    match u32::try_from(number) {
        Ok(id) if super::tree::size(id) < names => Ok(NameId::new(id)),
        _ => Err(malformed("a known name", &number.to_string())),
    }
}

/// Reads the steps of a patch, one after the other.
pub(super) struct Steps<'a> {
    reader: Reader<'a>,
    /// How many names there are.
    names: usize,
    /// How deep the cursor stands.
    depth: usize,
}

impl<'a> Steps<'a> {
    pub(super) const fn new(reader: Reader<'a>, names: usize) -> Self {
        Self { reader, names, depth: 0 }
    }

    /// The next step; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Step<'a>>, Error> {
        if self.reader.remaining() == 0 {
            return Ok(None);
        }
        let (kind, number) = unpacked(&mut self.reader, 3, 31)?;
        let reader = &mut self.reader;
        Ok(Some(match kind {
            ENTER => {
                self.depth = self.depth.saturating_add(1);
                if self.depth > VIEW_DEPTH {
                    let what = "elements within each other";
                    return Err(Error::limit(Code::TooDeep, VIEW_DEPTH, what, self.depth));
                }
                Step::Enter(number)
            }
            LEAVE => {
                if number == 0 || number > self.depth {
                    let expected = format!("to leave 1 to {} elements", self.depth);
                    return Err(malformed(expected, &number.to_string()));
                }
                self.depth = self.depth.saturating_sub(number);
                Step::Leave(number)
            }
            SET_TEXT => Step::Text { past: number, text: reader.text()? },
            SET_LEAF => Step::Leaf { past: number, text: reader.text()? },
            REPLACE => {
                Step::Replace { past: number, tree: read_nodes(reader, 1, self.names, self.depth)? }
            }
            SET => Step::Set { name: self.attr(number)?, value: self.reader.text()? },
            UNSET => Step::Unset { name: self.attr(number)? },
            _ => Step::List { front: number, parts: self.parts(number)? },
        }))
    }

    fn attr(&self, number: usize) -> Result<NameId, Error> {
        let name = read_name(u64::try_from(number).unwrap_or(u64::MAX), self.names)?;
        if name == NameId::KEY { Err(malformed("an attribute", "a key")) } else { Ok(name) }
    }

    fn parts(&mut self, front: usize) -> Result<Vec<Part>, Error> {
        let mut parts = Vec::new();
        let mut moved = front;
        loop {
            let (kind, count) = unpacked(&mut self.reader, 2, 63)?;
            match kind {
                KEEP if count == 0 => return Ok(parts),
                KEEP => parts.push(Part::Keep(count)),
                _ if count == 0 => return Err(malformed("a count of children", "0")),
                DROP => parts.push(Part::Drop(count)),
                INSERT => {
                    if count > self.reader.remaining() {
                        return Err(malformed("trees for a count of children", &count.to_string()));
                    }
                    let tree = read_nodes(&mut self.reader, count, self.names, self.depth)?;
                    parts.push(Part::Insert(tree));
                }
                _ => {
                    let distance = self.reader.signed()?;
                    let back = distance & 1 == 1;
                    let from =
                        i64::try_from(moved).ok().and_then(|at| at.checked_add(distance >> 1));
                    let from = from.and_then(|from| usize::try_from(from).ok());
                    let from =
                        from.ok_or_else(|| malformed("a child to move", "one before all"))?;
                    moved = after(from, count, back);
                    parts.push(Part::Move { from, count, back });
                }
            }
        }
    }
}

pub(super) fn malformed(expected: impl Into<std::borrow::Cow<'static, str>>, got: &str) -> Error {
    Error::new(Code::Malformed, expected, got)
}
