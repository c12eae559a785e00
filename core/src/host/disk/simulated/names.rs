//! Which names there are: as the system shows them, and on the disk.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use super::Chance;

/// What a name stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Node {
    Directory,
    /// The file of this number.
    File(usize),
}

/// A change that its directory was not synced after.
#[derive(Clone, Debug)]
enum Change {
    Link(PathBuf, Node),
    Rename(PathBuf, PathBuf, Node),
    Unlink(PathBuf),
}

impl Change {
    fn is_in(&self, directory: &Path) -> bool {
        match self {
            Self::Link(path, _) | Self::Rename(_, path, _) | Self::Unlink(path) => {
                path.parent() == Some(directory)
            }
        }
    }

    fn apply(self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Self::Link(path, node) => _ = names.insert(path, node),
            Self::Rename(from, to, node) => {
                names.remove(&from);
                names.insert(to, node);
            }
            Self::Unlink(path) => _ = names.remove(&path),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Names {
    shown: BTreeMap<PathBuf, Node>,
    disk: BTreeMap<PathBuf, Node>,
    changes: Vec<Change>,
}

impl Default for Names {
    fn default() -> Self {
        let shown = BTreeMap::from([(PathBuf::from("/"), Node::Directory)]);
        Self { disk: shown.clone(), shown, changes: Vec::new() }
    }
}

impl Names {
    pub(super) fn has(&self, path: &Path) -> bool {
        self.shown.contains_key(path)
    }

    /// The name of a file, unless it has none any more.
    pub(super) fn name(&self, file: usize) -> Option<PathBuf> {
        let mut named = self.shown.iter().filter(|(_, node)| **node == Node::File(file));
        named.next().map(|(path, _)| path.clone())
    }

    pub(super) fn file(&self, path: &Path) -> Option<usize> {
        match self.shown.get(path)? {
            Node::File(file) => Some(*file),
            Node::Directory => None,
        }
    }

    /// The files that have a name.
    pub(super) fn files(&self) -> impl Iterator<Item = usize> {
        self.shown.values().filter_map(|node| match node {
            Node::File(file) => Some(*file),
            Node::Directory => None,
        })
    }

    pub(super) fn check_directory(&self, path: &Path) -> Result<()> {
        let parent = path.parent().and_then(|parent| self.shown.get(parent));
        match parent {
            Some(Node::Directory) => Ok(()),
            Some(Node::File(_)) => Err(Error::from(ErrorKind::NotADirectory)),
            None => Err(Error::from(ErrorKind::NotFound)),
        }
    }

    fn change(&mut self, change: Change) {
        change.clone().apply(&mut self.shown);
        self.changes.push(change);
    }

    pub(super) fn link(&mut self, path: &Path, node: Node) {
        self.change(Change::Link(path.to_owned(), node));
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path, node: Node) {
        self.change(Change::Rename(from.to_owned(), to.to_owned(), node));
    }

    pub(super) fn unlink(&mut self, path: &Path) {
        self.change(Change::Unlink(path.to_owned()));
    }

    /// A name that is durable at once.
    pub(super) fn put(&mut self, path: &Path, node: Node) {
        for names in [&mut self.shown, &mut self.disk] {
            names.insert(path.to_owned(), node);
        }
    }

    pub(super) fn sync(&mut self, directory: &Path) {
        let changes = core::mem::take(&mut self.changes);
        for change in changes {
            if change.is_in(directory) {
                change.apply(&mut self.disk);
            } else {
                self.changes.push(change);
            }
        }
    }

    /// Any of the changes are on the disk, each whole.
    pub(super) fn lose_power(&mut self, chance: &mut Chance) {
        for change in core::mem::take(&mut self.changes) {
            if chance.pick(2) == 1 {
                change.apply(&mut self.disk);
            }
        }
        let there = self.disk.clone();
        let is_there = |path: &Path| there.get(path) == Some(&Node::Directory);
        self.disk.retain(|path, _| path.ancestors().skip(1).all(is_there));
        self.shown.clone_from(&self.disk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_durable_with_its_directory_and_those_above() {
        let (directory, file) = (Path::new("/a"), Path::new("/a/log"));
        let mut names = Names::default();
        names.link(directory, Node::Directory);
        names.link(file, Node::File(0));
        names.sync(directory);
        let mut lost = names.clone();
        lost.lose_power(&mut Chance::Nothing);
        assert!(!lost.has(directory) && !lost.has(file));
        names.sync(Path::new("/"));
        names.lose_power(&mut Chance::Nothing);
        assert_eq!(names.file(file), Some(0));
    }

    #[test]
    fn a_rename_is_there_whole_or_not_at_all() {
        let (old, new) = (Path::new("/new"), Path::new("/log"));
        let mut names = Names::default();
        names.put(new, Node::File(0));
        names.link(old, Node::File(1));
        names.rename(old, new, Node::File(1));
        for (chance, holds) in [(Chance::Nothing, 0), (Chance::Everything, 1)] {
            let mut lost = names.clone();
            lost.lose_power(&mut { chance });
            assert_eq!((lost.file(new), lost.has(old)), (Some(holds), false));
        }
    }
}
