//! What a client makes durable.
