//! What is allocated for a client to start in whose queue many edits wait.

use allocation_counter::{AllocationInfo, measure};
use syncline_core::client::{ClientConfig, ClientOutput};
use syncline_core::host::ClientHandle;
use syncline_core::record::PersistMode;
use syncline_core::{Action, Limits, RoomName, Time, Value};

/// Allocations for so many edits, and the bytes of their records.
pub(crate) fn restart(edits: usize) -> (AllocationInfo, usize) {
    let limits = Limits { outbox_edits: edits, outbox_bytes: 256 << 20, ..Limits::default() };
    let config = ClientConfig { limits, ..ClientConfig::default() };
    let start = |records: &[Vec<u8>]| {
        ClientHandle::manual(config.clone(), [0; 32], records, Time::default()).unwrap()
    };
    let client = start(&[]);
    let room = client.open(&RoomName::new("room").unwrap(), true).unwrap();
    let mut records = Vec::new();
    for number in 0..edits {
        let value = Value::from_i64(i64::try_from(number).unwrap()).unwrap();
        client.edit(room, &format!("orders/{number}"), Action::Set(value)).unwrap();
        if number % 1_000 > 0 && number + 1 < edits {
            continue;
        }
        while let Some(output) = client.poll().unwrap() {
            let ClientOutput::Persist(persist) = output else { continue };
            if persist.mode == PersistMode::Replace {
                records.clear();
            }
            records.push(persist.bytes);
            client.persisted(persist.id).unwrap();
        }
    }
    let allocated = measure(|| assert_eq!(start(&records).pending_total().unwrap(), edits));
    (allocated, records.iter().map(Vec::len).sum())
}
