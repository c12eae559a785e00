//! The bytes of a draft: steps from node to node, and what is done there, as `core/src/vnode/patch.rs` tells.

const ENTER: u8 = 0;
const LEAVE: u8 = 1;
const TEXT: u8 = 2;
const LEAF: u8 = 3;
const REPLACE: u8 = 4;
const SET: u8 = 5;
const UNSET: u8 = 6;
const LIST: u8 = 7;

/// A draft that is being written.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) out: Vec<u8>,
    /// The child that was entered last at each level, and how many are behind the cursor in the last.
    path: Vec<usize>,
    past: usize,
}

/// Writes a number: seven bits in a byte, the lowest first.
pub(super) fn number(out: &mut Vec<u8>, number: usize) {
    let mut rest = number;
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap_or_default();
        rest >>= 7;
        if rest == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

/// Writes a text: its length and itself.
pub(super) fn text(out: &mut Vec<u8>, text: &str) {
    number(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

fn step(out: &mut Vec<u8>, kind: u8, count: usize) {
    let small = u8::try_from(count).unwrap_or(31).min(31);
    out.push(small << 3 | kind);
    if small == 31 {
        number(out, count.saturating_sub(31));
    }
}

impl Draft {
    /// Goes into the node at the end of a path of children.
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

    /// Another text of a child.
    pub(super) fn text(&mut self, path: &[usize], child: usize, value: &str) {
        self.at(path, TEXT, child);
        text(&mut self.out, value);
    }

    /// Another text of a child that has nothing else.
    pub(super) fn leaf(&mut self, path: &[usize], child: usize, value: &str) {
        self.at(path, LEAF, child);
        text(&mut self.out, value);
    }

    /// Another child: it is written next.
    pub(super) fn replace(&mut self, path: &[usize], child: usize) {
        self.at(path, REPLACE, child);
    }

    /// An attribute of the element at the end of a path.
    pub(super) fn set(&mut self, path: &[usize], name: u32, value: &str) {
        self.go(path);
        step(&mut self.out, SET, usize::try_from(name).unwrap_or(usize::MAX));
        text(&mut self.out, value);
    }

    /// An attribute that it has no more.
    pub(super) fn unset(&mut self, path: &[usize], name: u32) {
        self.go(path);
        step(&mut self.out, UNSET, usize::try_from(name).unwrap_or(usize::MAX));
    }

    /// Another order of children: `front` stay, and so do `back` at the end; of the `before` between `count`
    /// come, each written next: 0 and a tree, or its place among all of before + 1.
    pub(super) fn order(
        &mut self,
        path: &[usize],
        front: usize,
        (before, count): (usize, usize),
        back: usize,
    ) {
        self.go(path);
        step(&mut self.out, LIST, front);
        for one in [1, before, count, back] {
            number(&mut self.out, one);
        }
    }
}

/// A draft that leads to a child, and does there what a patch does to the one root of a tree.
pub(super) fn nested(path: &[usize], child: usize, steps: &[u8]) -> Vec<u8> {
    let mut draft = Draft::default();
    draft.go(path);
    // The first step speaks of the first root: nothing is before it.
    if let Some((first, rest)) = steps.split_first() {
        step(&mut draft.out, first & 7, child);
        draft.out.extend_from_slice(rest);
    }
    draft.out
}

/// What a draft begins with that makes one root of nothing: the tree and a 0 follow.
pub(super) const BEGIN: [u8; 2] = [LIST, 1 << 2 | 2];
