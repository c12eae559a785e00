use super::*;

#[test]
fn over_budget_a_connection_is_not_read_until_it_refills() {
    let mut bench = Bench::with(Limits { frames_minute: 60, ..limits() });
    bench.greet(1, "ada");
    for _ in 0..59 {
        assert!(bench.wants_input(1));
        bench.say(1, &ping());
    }
    bench.say(1, &join(1, "a"));
    bench.say(1, &join(2, "b"));
    assert!(!bench.wants_input(1) && bench.to_room.is_empty());
    bench.wait_until(999);
    assert!(bench.to_room.is_empty());
    bench.wait_until(1_000);
    assert_eq!(kinds(&bench.take(1)), ["Joined", "Delta"]);
    assert!(!bench.wants_input(1));
    bench.wait_until(2_000);
    assert_eq!(bench.server.metrics().readers, 2);
    assert!(bench.wants_input(1) && bench.close_code(1).is_none());
}

#[test]
fn a_new_connection_is_no_new_budget() {
    for leaves in [false, true] {
        let mut bench = Bench::with(Limits { frames_minute: 60, ..limits() });
        bench.enter(1, "ada", &["a"]);
        let said = if leaves { leave(1) } else { ping() };
        while bench.wants_input(1) {
            bench.say(1, &said);
        }
        bench.disconnect(1);
        for (number, name, is_read) in [(2, "ada", false), (3, "ada", true), (4, "bob", true)] {
            bench.enter(number, name, &["a"]);
            bench.say(number, &ping());
            assert_eq!(bench.wants_input(number), is_read, "{number}, {name}, {leaves}");
        }
        bench.wait_until(999);
        assert!(!bench.wants_input(2));
        bench.wait_until(1_000);
        assert!(bench.wants_input(2) && bench.close_code(2).is_none());
    }
}

#[test]
fn bytes_have_a_budget_of_their_own() {
    let limits = Limits { bytes_minute: 6_000, token_bytes: 16_384, ..limits() };
    let mut bench = Bench::with(limits);
    bench.greet(1, "ada");
    bench.say(1, &auth(&"x".repeat(4_000)));
    assert!(bench.wants_input(1));
    bench.say(1, &auth(&"x".repeat(4_000)));
    assert!(!bench.wants_input(1));
    bench.wait_until(25_000);
    assert!(bench.wants_input(1));
}

#[test]
fn more_than_a_frame_while_it_is_not_read_closes_a_connection() {
    let limits = Limits { frame_bytes: 10_000, mutation_bytes: 5_000, ..limits() };
    let (full, least) = (vec![0; 10_000], vec![0; 1]);
    let table: [(&[&[u8]], Option<Code>); 4] = [
        (&[&full], None),
        (&[&full, &least], Some(Code::Flood)),
        (&[least.as_slice(); 156], None),
        (&[least.as_slice(); 157], Some(Code::Flood)),
    ];
    for (frames, code) in table {
        let mut bench = Bench::with(limits);
        bench.host = Answer::ByHand;
        bench.enter(2, "bob", &[]);
        bench.greet(1, "ada");
        bench.say(1, &join(1, "a"));
        for frame in frames {
            bench.bytes(1, frame);
        }
        assert_eq!(bench.close_code(1), code, "{} frames", frames.len());
        assert!(bench.wants_input(2));
    }
}

#[test]
fn a_peer_that_asks_and_does_not_read_is_not_answered_for_ever() {
    let mut bench = Bench::with(Limits { connection_rooms: 1, ..limits() });
    bench.enter(1, "ada", &["a"]);
    bench.writable(1);
    for _ in 0..1_000 {
        bench.say(1, &join(2, "b"));
    }
    assert_eq!(bench.take(1).len(), 257);
    assert!(!bench.wants_input(1));
    let mut stuck = bench;
    stuck.writable(1);
    assert_eq!(stuck.take(1).len(), 257, "goes on with what was held");
    stuck.wait_until(30_000);
    assert_eq!(stuck.close_code(1), Some(Code::Stalled));
}
