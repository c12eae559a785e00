//! What is checked of each page, and what all of them come to.

use std::time::{Duration, Instant};

use syncline_core::Error;
use syncline_core::vnode::{Statics, Tree, apply, diff, from_json, html, to_json};

use crate::page::{Left, Page, Reading};

/// What all pages come to.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    /// Pages that are checked.
    pub pages: usize,
    /// Bytes of their HTML.
    pub page_bytes: usize,
    /// Pages that are beyond the limits of trees, and not checked: the first says why.
    pub beyond: Vec<String>,
    /// What of all pages is in trees, and what is not.
    pub left: Left,
    /// Pages with text in a script or the like that `html` refuses; the rest of them is checked.
    pub refused: usize,
    /// Pages that are read back as others, but no less so as the HTML standard writes them,
    /// which loses a line end at the beginning of a `pre` as well.
    pub unsaid: Vec<String>,
    /// Patches from one page to the next and back, of trees without keys.
    pub plain: Patches,
    /// The same of trees with keys.
    pub keyed: Patches,
    /// Bytes of the HTML of the pages that patches lead to.
    pub new_bytes: usize,
    /// Bytes of their JSON.
    pub new_json_bytes: usize,
    /// What the engine took to say what changed.
    pub diff: Duration,
    /// To make it so.
    pub apply: Duration,
    /// To write HTML.
    pub html: Duration,
    /// To write JSON.
    pub to_json: Duration,
    /// To read JSON.
    pub from_json: Duration,
    /// What is not as it must be.
    pub faults: Vec<String>,
}

/// Patches in one sum.
#[derive(Clone, Copy, Debug, Default)]
pub struct Patches {
    /// How many.
    pub count: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Bytes of patches that lead to the same pages from nothing.
    pub whole_bytes: usize,
    /// How many are larger than that from nothing.
    pub larger: usize,
    /// By how many bytes at most.
    pub excess_bytes: usize,
}

/// Takes one page after the other.
#[derive(Debug, Default)]
pub struct Check {
    statics: Statics,
    last: Option<Last>,
    numbers: Numbers,
}

/// The page before.
#[derive(Debug)]
struct Last {
    name: String,
    plain: Seen,
    keyed: Seen,
    bytes: usize,
    json_bytes: usize,
}

/// A tree, and the bytes of the patch that leads to it from nothing.
#[derive(Debug)]
struct Seen {
    tree: Tree,
    whole_bytes: usize,
}

impl Check {
    /// Nothing is checked yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the pages so far come to.
    #[must_use]
    pub const fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    /// Checks a page.
    pub fn page(&mut self, name: &str, text: &str) {
        let page = Page::parse(text);
        let plain = page.tree(&mut self.statics, Reading::default());
        let keyed = page.tree(&mut self.statics, Reading { is_keyed: true, is_tame: false });
        let (plain, keyed, left) = match (plain, keyed) {
            (Ok((plain, left)), Ok((keyed, _))) => (plain, keyed, left),
            (Err(error), _) | (_, Err(error)) => {
                self.numbers.beyond.push(format!("{name}: {error}"));
                return;
            }
        };
        self.numbers.pages = self.numbers.pages.saturating_add(1);
        self.numbers.page_bytes = self.numbers.page_bytes.saturating_add(text.len());
        self.numbers.left.add(left);
        self.read_back(name, &page, &plain);
        let json_bytes = self.json(name, &keyed);
        let (plain, keyed) = (self.seen(name, plain), self.seen(name, keyed));
        let now = Last { name: name.to_owned(), plain, keyed, bytes: text.len(), json_bytes };
        if let Some(last) = self.last.take() {
            for (old, new) in [(&last, &now), (&now, &last)] {
                let way = format!("from {} to {}", old.name, new.name);
                let [mut plain, mut keyed] = [self.numbers.plain, self.numbers.keyed];
                self.patch(&way, &old.plain, &new.plain, &mut plain);
                self.patch(&format!("{way}, with keys"), &old.keyed, &new.keyed, &mut keyed);
                (self.numbers.plain, self.numbers.keyed) = (plain, keyed);
                self.numbers.new_bytes = self.numbers.new_bytes.saturating_add(new.bytes);
                self.numbers.new_json_bytes =
                    self.numbers.new_json_bytes.saturating_add(new.json_bytes);
            }
        }
        self.last = Some(now);
    }

    /// What the engine says of two trees: the one place where it is asked.
    fn change(&mut self, old: &Tree, new: &Tree) -> (Vec<u8>, Result<Tree, Error>) {
        let patch = timed(&mut self.numbers.diff, || diff(old, new));
        let made = timed(&mut self.numbers.apply, || apply(old, &patch, &self.statics));
        (patch, made)
    }

    fn patch(&mut self, way: &str, old: &Seen, new: &Seen, sum: &mut Patches) {
        let (patch, made) = self.change(&old.tree, &new.tree);
        self.expect(way, &made, &new.tree);
        sum.count = sum.count.saturating_add(1);
        sum.bytes = sum.bytes.saturating_add(patch.len());
        sum.whole_bytes = sum.whole_bytes.saturating_add(new.whole_bytes);
        let excess_bytes = patch.len().saturating_sub(new.whole_bytes);
        if excess_bytes > 0 {
            sum.larger = sum.larger.saturating_add(1);
        }
        sum.excess_bytes = sum.excess_bytes.max(excess_bytes);
    }

    /// A tree, after patches from nothing to it, from it to nothing, and to itself.
    fn seen(&mut self, name: &str, tree: Tree) -> Seen {
        let nothing = Tree::default();
        let (patch, made) = self.change(&nothing, &tree);
        self.expect(&format!("from nothing to {name}"), &made, &tree);
        let (_, made) = self.change(&tree, &nothing);
        self.expect(&format!("from {name} to nothing"), &made, &nothing);
        let (same, made) = self.change(&tree, &tree);
        self.expect(&format!("from {name} to itself"), &made, &tree);
        if !same.is_empty() {
            self.fault(format!("from {name} to itself: expected no bytes, got {}", same.len()));
        }
        Seen { tree, whole_bytes: patch.len() }
    }

    fn json(&mut self, name: &str, tree: &Tree) -> usize {
        let json = timed(&mut self.numbers.to_json, || to_json(tree, &self.statics));
        match json {
            Ok(json) => {
                let statics = &mut self.statics;
                let made = timed(&mut self.numbers.from_json, || from_json(&json, statics));
                self.expect(&format!("{name} as JSON"), &made, tree);
                json.len()
            }
            Err(error) => {
                self.fault(format!("{name} as JSON: {error}"));
                0
            }
        }
    }

    /// The tree as HTML, as a browser reads it.
    fn read_back(&mut self, name: &str, page: &Page, tree: &Tree) {
        let mut how = Reading::default();
        let mut written = timed(&mut self.numbers.html, || html(tree, &self.statics));
        let mut want = Ok((tree.clone(), Left::default()));
        if written.is_err() {
            how.is_tame = true;
            want = page.tree(&mut self.statics, how);
            if let Ok((tame, left)) = &want
                && left.texts > 0
            {
                self.numbers.refused = self.numbers.refused.saturating_add(1);
                written = html(tame, &self.statics);
            }
        }
        let (written, want) = match (written, want) {
            (Ok(written), Ok((want, _))) => (written, want),
            (Err(error), _) | (_, Err(error)) => {
                return self.fault(format!("{name} as HTML is refused: {error}"));
            }
        };
        let mut read = |html: &str| {
            let tree = page.parse_like(html).tree(&mut self.statics, how);
            tree.map(|(tree, _)| tree)
        };
        let made = read(&written);
        if made.as_ref() != Ok(&want)
            && page.standard().is_ok_and(|standard| read(&standard).as_ref() != Ok(&want))
        {
            self.numbers.unsaid.push(name.to_owned());
            return;
        }
        self.expect(&format!("{name} as HTML"), &made, &want);
    }

    fn expect(&mut self, what: &str, made: &Result<Tree, Error>, want: &Tree) {
        match made {
            Ok(made) if made == want => {}
            Ok(made) => self.fault(format!("{what}: {}", first_difference(made, want))),
            Err(error) => self.fault(format!("{what}: {error}")),
        }
    }

    fn fault(&mut self, what: String) {
        self.numbers.faults.push(what);
    }
}

impl Left {
    /// Adds what is left of another page.
    pub const fn add(&mut self, other: Self) {
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.elements = self.elements.saturating_add(other.elements);
        self.attributes = self.attributes.saturating_add(other.attributes);
        self.addresses = self.addresses.saturating_add(other.addresses);
        self.texts = self.texts.saturating_add(other.texts);
    }
}

/// Where two trees are different first, as they are shown.
fn first_difference(made: &Tree, want: &Tree) -> String {
    let [made, want] = [made, want].map(|tree| format!("{tree:#?}"));
    let lines = want.lines().zip(made.lines()).enumerate();
    match lines.skip_while(|(_, (want, made))| want == made).map(|(_, it)| it).next() {
        Some((want, made)) => format!("expected {}, got {}", shown(want), shown(made)),
        None => "one goes on where the other ends".to_owned(),
    }
}

fn shown(line: &str) -> String {
    line.trim().chars().take(200).collect()
}

fn timed<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
    #[expect(clippy::disallowed_methods, reason = "what something takes is reported")]
    let start = Instant::now();
    let made = work();
    *total = total.saturating_add(start.elapsed());
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(json: &str, statics: &mut Statics) -> Tree {
        from_json(json, statics).unwrap()
    }

    #[test]
    fn pages_as_others_write_them_are_without_fault() {
        let mut check = Check::new();
        for (name, text) in [
            ("empty", ""),
            ("text", "a < b &amp;&nbsp;c &#13; <!-- not here --> d"),
            ("old", "<HTML><BODY BGCOLOR=white><P>a<TABLE><TR><TD>b<BR>c</TABLE><PRE>\n\nx</PRE>"),
            ("new", "<!DOCTYPE html><p>a<table><td>b</table><textarea>\n\n&lt;</textarea>"),
            ("keys", "<ul><li id=a>1<li id=b>2<li id=c>3<li id=a>4</ul>"),
            ("moved", "<ul><li id=c>3<li id=a class=x>1<li id=d>5</ul>"),
            ("parts", "<template><p>a</template><svg viewBox=0><a xlink:href=x><path></svg>"),
            ("script", "<script>if (a < b && c) {}</script><style>a > b {}</style>"),
            ("noscript", "<head><noscript><img src=x></noscript></head>"),
        ] {
            check.page(name, text);
        }
        let numbers = check.numbers();
        assert_eq!(numbers.faults, [""; 0]);
        assert_eq!((numbers.pages, numbers.refused, numbers.unsaid.len()), (9, 0, 0));
        assert_eq!((numbers.plain.count, numbers.keyed.count), (16, 16));
        assert!(numbers.plain.bytes > 0 && numbers.keyed.bytes > 0);
    }

    #[test]
    fn what_html_refuses_and_what_none_says_is_no_fault_and_counted() {
        let mut check = Check::new();
        check.page("script", "<script>a&#13;<!-- <script></script> --></script><p>a");
        check.page("within itself", "<a>1<table><a>2</table>");
        check.page("deep", &"<div>".repeat(300));
        let numbers = check.numbers();
        assert_eq!(numbers.faults, [""; 0]);
        assert_eq!((numbers.pages, numbers.refused, numbers.unsaid.len()), (2, 1, 1));
        assert_eq!(numbers.beyond.len(), 1);
    }

    #[test]
    fn another_tree_than_expected_is_a_fault() {
        let mut check = Check::new();
        let mut statics = Statics::new();
        let want = tree(r#"["p", "a", ["b"]]"#, &mut statics);
        check.expect("same", &Ok(want.clone()), &want);
        assert!(check.numbers().faults.is_empty());
        for json in [r#"["p", "b", ["b"]]"#, r#"["p", "a"]"#, r#"["p", "a", ["b", "c"]]"#] {
            check.expect("other", &Ok(tree(json, &mut statics)), &want);
        }
        check.expect("refused", &Err(statics.tag("").unwrap_err()), &want);
        assert_eq!(check.numbers().faults.len(), 4);
    }
}
