//! Per client: the last decided mutation and the refusals not yet heard.
