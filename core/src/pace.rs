//! How much a peer may still ask of us.
