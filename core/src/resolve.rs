//! What a refusal turns into.
