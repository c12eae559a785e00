//! Ranges of nodes: where they are, and how they come from one tree into another.

use super::{Node, Nodes, Tree, extent};

impl Nodes<'_> {
    /// Those between two places, each so many words and bytes of text behind the first.
    pub(in super::super) fn between(
        self,
        from: (usize, usize),
        to: (usize, usize),
    ) -> Option<Self> {
        Some(Self { words: self.words.get(from.0..to.0)?, text: self.text.get(from.1..to.1)? })
    }

    /// Where each begins, and the last one ends: behind so many words and bytes of text.
    pub(in super::super) fn starts(self) -> Vec<(usize, usize)> {
        let mut at = (0_usize, 0_usize);
        let mut starts = vec![at];
        while let Some((words, bytes)) = self.words.get(at.0..).and_then(extent) {
            at = (at.0.saturating_add(words), at.1.saturating_add(bytes));
            starts.push(at);
        }
        starts
    }
}

impl Tree {
    /// The node between two places, as for [`Nodes::between`].
    pub(in super::super) fn node(
        &self,
        from: (usize, usize),
        to: (usize, usize),
    ) -> Option<Node<'_>> {
        let Nodes { words, text } = self.roots().between(from, to)?;
        Some(Node { words, text })
    }

    /// Has nodes of another tree behind its own.
    pub(in super::super) fn push(&mut self, nodes: Nodes<'_>) {
        self.words.extend_from_slice(nodes.words);
        self.text.push_str(nodes.text);
    }
}
