//! What a file holds: as the system shows it, and on the disk.

use super::Chance;

/// One file, whatever its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Inode {
    /// As the system shows it.
    content: Vec<u8>,
    /// What is on the disk.
    disk: Vec<u8>,
    /// What it was after each change since the last sync, and the first and last byte of the change.
    changes: Vec<(Vec<u8>, usize, usize)>,
    /// What lay before where the file's bytes come to lie.
    stale: Vec<u8>,
}

impl Inode {
    pub(super) fn new(stale: Vec<u8>) -> Self {
        Self { stale, ..Self::default() }
    }

    pub(super) fn durable(content: &[u8]) -> Self {
        Self { content: content.to_vec(), disk: content.to_vec(), ..Self::default() }
    }

    pub(super) fn content(&self) -> &[u8] {
        &self.content
    }

    pub(super) const fn len(&self) -> usize {
        self.content.len()
    }

    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) {
        let end = at + bytes.len();
        self.content.resize(self.content.len().max(end), 0);
        self.content[at..end].copy_from_slice(bytes);
        self.changes.push((self.content.clone(), at, end));
    }

    pub(super) fn set_len(&mut self, len: usize) {
        if self.content.len() > self.stale.len() {
            self.stale.clone_from(&self.content);
        }
        self.content.resize(len, 0);
        self.changes.push((self.content.clone(), len, len));
    }

    /// What was changed is on the disk.
    pub(super) fn sync(&mut self, sector: usize) {
        let mut disk = self.disk.clone();
        disk.resize(self.content.len(), 0);
        for (_, from, to) in &self.changes {
            let (from, to) = (from / sector * sector, to.next_multiple_of(sector));
            let to = to.min(self.content.len());
            if from < to {
                disk[from..to].copy_from_slice(&self.content[from..to]);
            }
        }
        self.disk = disk;
        self.changes.clear();
    }

    /// Any part of what was changed is on the disk, and the rest will never be.
    pub(super) fn fail_sync(&mut self, sector: usize, chance: &mut Chance) {
        self.disk = self.left(sector, chance);
        self.changes.clear();
    }

    /// Any part of what was changed is on the disk, and that is all there is.
    pub(super) fn lose_power(&mut self, sector: usize, chance: &mut Chance) {
        if !self.changes.is_empty() {
            self.disk = self.left(sector, chance);
            self.changes.clear();
        }
        self.content.clone_from(&self.disk);
    }

    fn left(&self, sector: usize, chance: &mut Chance) -> Vec<u8> {
        let mut lens = vec![self.disk.len()];
        lens.extend(self.changes.iter().map(|(content, ..)| content.len()));
        lens.dedup();
        let len = lens[chance.pick(lens.len())];
        // Bytes that were never written: zeros, or what lay there.
        let mut unwritten = vec![0; len];
        if len > self.disk.len() && !self.stale.is_empty() && chance.pick(2) == 1 {
            let known = len.min(self.stale.len());
            unwritten[..known].copy_from_slice(&self.stale[..known]);
        }
        let mut left = self.disk.clone();
        left.truncate(len);
        left.extend_from_slice(&unwritten[left.len()..]);
        let mut sectors: Vec<usize> = Vec::new();
        for (_, first, last) in &self.changes {
            sectors.extend(first / sector..last.div_ceil(sector));
        }
        sectors.sort_unstable();
        sectors.dedup();
        for from in sectors.into_iter().map(|number| number * sector).filter(|from| *from < len) {
            let to = len.min(from + sector);
            let mut versions = vec![left[from..to].to_vec()];
            for (content, first, last) in &self.changes {
                if *first < to && *last > from {
                    let mut version = unwritten[from..to].to_vec();
                    let known = content.get(from..to.min(content.len())).unwrap_or(&[]);
                    version[..known.len()].copy_from_slice(known);
                    versions.push(version);
                }
            }
            versions.dedup();
            if versions.len() > 1 {
                left[from..to].copy_from_slice(&versions[chance.pick(versions.len())]);
            }
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every content that a loss of power may leave.
    fn outcomes(inode: &Inode, sector: usize) -> Vec<Vec<u8>> {
        let (mut seen, mut turn) = (Vec::new(), Some(Chance::first()));
        while let Some(mut chance) = turn {
            let mut left = inode.clone();
            left.lose_power(sector, &mut chance);
            seen.push(left.content().to_vec());
            turn = chance.next();
        }
        seen.sort();
        seen.dedup();
        seen
    }

    #[test]
    fn any_sectors_of_what_was_not_synced_are_there() {
        let mut inode = Inode::durable(b"aaaa");
        inode.write(0, b"bbbb");
        inode.write(1, b"cc");
        let left = outcomes(&inode, 2);
        let left: Vec<&[u8]> = left.iter().map(Vec::as_slice).collect();
        let expected: [&[u8]; 9] =
            [b"aaaa", b"aabb", b"aacb", b"bbaa", b"bbbb", b"bbcb", b"bcaa", b"bcbb", b"bccb"];
        assert_eq!(left, expected);
        inode.sync(2);
        assert_eq!(outcomes(&inode, 2), [b"bccb"]);
    }

    #[test]
    fn a_longer_file_without_its_bytes_has_zeros_or_what_lay_there() {
        let mut inode = Inode::new(b"xyz".to_vec());
        inode.write(0, b"ab");
        let left = outcomes(&inode, 2);
        assert_eq!(left, [b"".to_vec(), b"\0\0".to_vec(), b"ab".to_vec(), b"xy".to_vec()]);
    }

    #[test]
    fn what_a_failed_sync_dropped_is_shown_and_never_written() {
        let mut inode = Inode::durable(b"aaaa");
        inode.write(0, b"bbbb");
        inode.fail_sync(2, &mut Chance::Nothing);
        assert_eq!(inode.content(), b"bbbb");
        inode.write(2, b"c");
        inode.sync(2);
        assert_eq!(outcomes(&inode, 2), [b"aacb"]);
        inode.write(0, b"bb");
        inode.sync(2);
        assert_eq!(outcomes(&inode, 2), [b"bbcb"]);
    }
}
