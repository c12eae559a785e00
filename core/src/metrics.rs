//! Counters and a latency histogram that a caller can read.
