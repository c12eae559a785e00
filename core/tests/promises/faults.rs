//! The faults that may fall on a push, and all pairs of them.

/// What may happen to a push that is on its way, and to what is done about it.
pub(crate) const FAULTS: &[&str] = &[
    "settle",
    "double ada up; settle",
    "double ada up; up ada; lose ada down; drop ada",
    "lose ada up; drop ada",
    "up ada; lose ada down; drop ada",
    "up ada; double ada down; settle",
    "cut ada; late ada; bury ada",
    "cut ada; tick 5000; connect ada; late ada; settle",
    "cut ada; tick 5000; connect ada; settle; late ada",
    "up ada; crash server",
    "settle; crash server",
    "hold server; up ada; crash server",
    "crash ada",
    "up ada; crash ada",
    "settle; crash ada",
    "hold ada; settle; crash ada",
    "up ada; crash server; crash ada",
];

/// Two faults of those above, one after the other, in all pairs.
pub(crate) fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    FAULTS.iter().flat_map(|first| FAULTS.iter().map(|second| (*first, *second)))
}
