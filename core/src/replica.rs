//! Confirmed state with pending edits on top: rebase and rollback.
