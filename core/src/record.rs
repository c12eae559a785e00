//! What is made durable: the bytes of records, and the order to write them in.

use crate::id::RecordId;

pub mod client;
mod growth;
pub mod room;

pub(crate) use growth::Growth;

/// An order to make bytes durable, to be answered by `handle_persisted`.
///
/// Orders are carried out in turn. What follows an order in the log never becomes durable before it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Persist {
    /// The order's number, contiguous from 1 since the role was made or restored.
    pub id: RecordId,
    /// Whether the bytes follow what is there or stand for all of it.
    pub mode: PersistMode,
    /// Whether anything waits for the answer; without, writing may wait for the next order with it.
    pub sync: bool,
    /// The blob; `restore` is given the blobs since the last `Replace`, in order.
    pub bytes: Vec<u8>,
}

/// What becomes of the blobs before this one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PersistMode {
    /// They stay, and this one follows.
    Append,
    /// This one stands for all of them: write it aside, make it durable, then put it in their place.
    Replace,
}
