//! Where the journals of a server's rooms lie.
//!
//! A room's name becomes a path that no other name becomes, on any file system: also on one that
//! ignores case, knows reserved names, or bounds the length of a name. It is not hashed, because
//! whoever may choose names could then choose two for one journal.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::host::disk::Disk;
use crate::host::journal::{Lock, create_directory_on};
use crate::id::RoomName;

/// Bytes of one part of a path, below the 255 that file systems allow.
const PART_BYTES: usize = 200;

/// A directory of journals.
#[derive(Debug)]
pub(in crate::host) struct Shelf {
    root: PathBuf,
}

impl Shelf {
    /// The journals of this directory, made if it is not there, and the lock to keep while they are
    /// in use.
    ///
    /// # Errors
    /// `StorageInUse` if another holds it.
    pub(super) fn open(disk: &Disk, root: &Path) -> Result<(Self, Lock), Error> {
        create_directory_on(disk, root)?;
        let lock = Lock::take_on(disk, &root.join("server"))?;
        Ok((Self { root: root.to_owned() }, lock))
    }

    /// The path of a room's journal.
    pub(super) fn path(&self, room: &RoomName) -> PathBuf {
        let mut path = self.root.clone();
        let encoded = encode(room.as_str());
        let mut rest = encoded.as_str();
        while let Some((part, after)) =
            rest.split_at_checked(PART_BYTES).filter(|(_, r)| !r.is_empty())
        {
            path.push(format!("in-{part}"));
            rest = after;
        }
        path.push(format!("room-{rest}.log"));
        path
    }
}

/// The name in lowercase letters, digits and `-`, everything else as `%` and two digits.
fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-') {
            out.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::host::scratch::Scratch;
    use crate::{Code, RoomName};

    #[test]
    fn different_names_have_different_paths_inside_the_root() {
        let scratch = Scratch::new();
        let (shelf, _lock) = Shelf::open(&Disk::System, &scratch.path("rooms")).unwrap();
        let a = "a".repeat(PART_BYTES);
        let longest = "é".repeat(512);
        let names = [
            "cart",
            "Cart",
            "CART",
            "..",
            ".",
            "/",
            "a/b",
            "a%2fb",
            "../../etc",
            "con",
            "nul\0",
            "in-a",
            "room-a",
            &a,
            &format!("{a}b"),
            &format!("{a}/room-b"),
            &longest,
            "ö",
            "%",
        ];
        let mut seen = BTreeSet::new();
        for name in names {
            let path = shelf.path(&RoomName::new(name).unwrap());
            let inside = path.strip_prefix(scratch.path("rooms")).unwrap();
            for part in inside.components() {
                let part = part.as_os_str().to_str().unwrap();
                assert!(part.len() <= PART_BYTES + 9, "{part}");
                assert_eq!(part, part.to_lowercase());
                assert!(part.starts_with("in-") || part.starts_with("room-"));
            }
            assert!(seen.insert(path), "{name}");
        }
    }

    #[test]
    fn a_directory_has_one_holder() {
        let scratch = Scratch::new();
        let (_, lock) = Shelf::open(&Disk::System, scratch.root()).unwrap();
        assert_eq!(
            Shelf::open(&Disk::System, scratch.root()).unwrap_err().code,
            Code::StorageInUse
        );
        drop(lock);
        Shelf::open(&Disk::System, scratch.root()).unwrap();
    }
}
