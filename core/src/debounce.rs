//! When a burst of edits is ready to send.
