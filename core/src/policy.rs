//! What happens when the version that a writer saw is no longer the current one.
