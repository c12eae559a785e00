//! Which patch a host's draft is: lists that it tells in their new order are told with the fewest moves.

use std::borrow::Cow;

use super::apply::walk;
use super::keyed::{Fit, parts};
use super::patch::{Order, Script, Step, Steps};
use super::statics::Statics;
use super::tree::Tree;
use crate::error::Error;
use crate::limit::Limits;
use crate::wire::Reader;

/// The tree that a draft makes of another one, and the patch that it is.
///
/// # Errors
///
/// Those of [`apply`](super::apply).
pub(super) fn settle<'d>(
    old: &Tree,
    draft: &'d [u8],
    statics: &Statics,
) -> Result<(Tree, Cow<'d, [u8]>), Error> {
    let mut reader = Steps::of_draft(Reader::new(draft, &Limits::HARD), statics);
    let mut steps = Vec::new();
    // Where the orders are.
    let mut orders = Vec::new();
    let mut start = 0;
    while let Some(step) = reader.next()? {
        let end = draft.len().saturating_sub(reader.remaining());
        if matches!(step, Step::Order(_)) {
            orders.push((steps.len(), start..end));
        }
        steps.push(step);
        start = end;
    }
    let tree = walk(old, &steps, statics)?;
    if orders.is_empty() {
        return Ok((tree, draft.into()));
    }
    let mut script = Script::default();
    let mut start = 0;
    for (nth, range) in orders {
        script.raw(draft.get(start..range.start).unwrap_or_default());
        if let Some(Step::Order(order)) = steps.get(nth) {
            tell(order, &mut script);
        }
        start = range.end;
    }
    script.raw(draft.get(start..).unwrap_or_default());
    Ok((tree, script.finish().into()))
}

fn tell(order: &Order<'_>, script: &mut Script) {
    let Order { front, before, fits, bytes, .. } = order;
    let stays = |(nth, fit): (usize, &Fit)| *fit == Fit::Old(nth);
    if fits.len() == *before && fits.iter().enumerate().all(stays) {
        return;
    }
    let mut bytes = bytes.iter();
    script.list_here(*front);
    parts(*before, fits, *front, script, |nodes, out| {
        bytes.by_ref().take(nodes.len()).for_each(|node| out.raw(node));
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::Code;
    use crate::vnode::patch::write_node;
    use crate::vnode::{Builder, Statics, apply, diff};
    use crate::wire::Writer;

    fn statics() -> Statics {
        let mut statics = Statics::new();
        statics.template("<li>{text}</li>").unwrap();
        statics.template("<a href={to}/>").unwrap();
        statics
    }

    fn list(keys: &[usize]) -> Tree {
        let statics = statics();
        let row = statics.get(crate::vnode::TemplateId::new(0)).unwrap();
        let mut tree = Builder::new();
        tree.fragment().unwrap();
        for key in keys {
            tree.row(&row, Some(&key.to_string()), &["x"]).unwrap();
        }
        tree.close().unwrap();
        tree.finish().unwrap()
    }

    /// Into the fragment, another order of its children.
    fn draft(old: &[usize], new: &[usize]) -> Vec<u8> {
        let pairs = || old.iter().zip(new);
        let front = pairs().take_while(|(old, new)| old == new).count();
        let rest = |keys: &[usize]| keys.len() - front;
        let most = rest(old).min(rest(new));
        let ends = old.iter().rev().zip(new.iter().rev()).take(most);
        let back = ends.take_while(|(old, new)| old == new).count();
        let mut out = Writer::new();
        out.byte(0);
        out.byte(u8::try_from(front << 3 | 7).unwrap());
        for number in [1, rest(old) - back, rest(new) - back, back] {
            out.size(number);
        }
        let tree = list(new);
        let nodes: Vec<_> = tree.roots().next().unwrap().children().collect();
        for (nth, key) in new[..new.len() - back].iter().enumerate().skip(front) {
            if let Some(at) = old.iter().position(|known| known == key) {
                out.size(at + 1);
            } else {
                out.byte(0);
                write_node(nodes[nth], &mut out);
            }
        }
        out.into_bytes()
    }

    #[test]
    fn a_draft_that_does_not_fit_is_refused() {
        let old = list(&[1, 2, 3]);
        let order = |order: &[u8]| [&[0, 7][..], order].concat();
        for bad in [
            order(&[1, 3, 1, 1, 1]),
            order(&[1, 3, 2, 0, 1, 1]),
            order(&[1, 3, 1, 0, 4]),
            order(&[1, 2, 1, 1, 3]),
            order(&[1, 3, 9, 0, 1]),
            order(&[1, 3, 1, 0]),
            // An address that runs, which a host has to see to.
            [&[7, 6, 4 << 2 | 1, 0, 13 << 2][..], b"javascript:xy", &[0]].concat(),
        ] {
            let error = settle(&old, &bad, &statics()).unwrap_err();
            assert_eq!(error.code, Code::Malformed, "{bad:?}: {error}");
        }
        let mut statics = statics();
        let (a, href) = (statics.tag("a").unwrap(), statics.attr("href").unwrap());
        let mut link = Builder::new();
        link.open(a).unwrap();
        link.attr(href, "/x").unwrap();
        link.close().unwrap();
        let link = link.finish().unwrap();
        let mut new = Builder::new();
        new.open(a).unwrap();
        new.attr(href, "javascript:x").unwrap();
        new.close().unwrap();
        let patch = diff(&link, &new.finish().unwrap());
        assert_eq!(apply(&link, &patch, &statics).unwrap_err().code, Code::Malformed);
        let mut slot = Builder::new();
        slot.instance(&statics.get(crate::vnode::TemplateId::new(1)).unwrap(), None).unwrap();
        slot.hole().unwrap();
        slot.close().unwrap();
        let slot = slot.finish().unwrap();
        let put = |text: &str| {
            let length = u8::try_from(text.len() << 2).unwrap();
            apply(&slot, &[&[0, 4, length], text.as_bytes()].concat(), &statics)
        };
        assert_eq!(put("javascript:x").unwrap_err().code, Code::Malformed);
        assert!(put("/x").is_ok());
        let draft = order(&[1, 3, 2, 0, 3, 1]);
        assert_eq!(settle(&old, &draft, &statics).unwrap().0, list(&[3, 1]));
        assert_eq!(apply(&old, &draft, &statics).unwrap_err().code, Code::Malformed, "no patch");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn an_order_is_the_patch_that_is_found_without_it(
            old in Just((0..12_usize).collect::<Vec<_>>()).prop_shuffle(),
            new in Just((0..16_usize).collect::<Vec<_>>()).prop_shuffle(),
            (most_old, most_new) in (0..12_usize, 0..16_usize),
        ) {
            let (old, new) = (&old[..most_old], &new[..most_new]);
            let (before, after) = (list(old), list(new));
            let draft = draft(old, new);
            let (tree, patch) = settle(&before, &draft, &statics()).unwrap();
            prop_assert_eq!(&tree, &after);
            prop_assert_eq!(apply(&before, &patch, &statics()).unwrap(), tree);
            if old != new {
                prop_assert_eq!(&*patch, &*diff(&before, &after));
            }
        }

        #[test]
        fn what_is_no_draft_makes_a_tree_or_an_error(
            bytes in prop::collection::vec(prop_oneof![0_u8..8, any::<u8>()], 0..40),
        ) {
            let old = list(&[1, 2, 3]);
            if let Ok((tree, patch)) = settle(&old, &bytes, &statics()) {
                prop_assert_eq!(apply(&old, &patch, &statics()).unwrap(), tree);
            }
        }
    }
}
