//! Which edits exist, are durable, are sent, are settled.
