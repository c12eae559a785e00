//! When to try to connect again.
