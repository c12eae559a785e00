//! One client: edits and frames in; frames, records and events out.
