//! How trees look where a test fails.

use core::fmt;

use super::{Node, Nodes};

impl fmt::Debug for Nodes<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A list of events, without recursion: what is shown may be deep.
        let mut list = out.debug_list();
        let mut open = vec![*self];
        while let Some(nodes) = open.last_mut() {
            let Some(node) = nodes.next() else {
                open.pop();
                if !open.is_empty() {
                    list.entry(&format_args!("/"));
                }
                continue;
            };
            if !node.kind().has_children() {
                list.entry(&node.kind());
                continue;
            }
            let attrs: Vec<_> = node.attrs().map(|attr| (attr.name.get(), attr.value)).collect();
            list.entry(&format_args!("<{:?} {:?} {attrs:?}>", node.kind(), node.key()));
            open.push(node.children());
        }
        list.finish()
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Nodes { words: self.words, text: self.text }.fmt(out)
    }
}
