//! What a room makes durable.
