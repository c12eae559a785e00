//! Keys to contents with versions, tombstones, and what changed since a version.
