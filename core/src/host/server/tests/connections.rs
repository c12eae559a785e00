//! Who comes and goes, and what the host is asked and told of that.

use super::*;

#[test]
fn a_connection_is_not_read_while_the_host_is_asked() {
    let mut disk = Disk::default();
    let server = manual(ServerOptions::default(), Durability::Durable);
    let conn = ConnId::new(1);
    hello(&server, conn);
    disk.serve(&server);
    join(&server, conn, "cart");
    let outputs = disk.serve(&server);
    let [HostOutput::Authorize { request, token, .. }, HostOutput::Pause { .. }] = &outputs[..]
    else {
        panic!("{outputs:?}")
    };
    assert_eq!(&**token, "secret");
    assert!(!format!("{outputs:?}").contains("secret"), "a token is in what a host may log");
    let ada = Principal::new("ada").unwrap();
    server.authorize(*request, Ok(Grant::writer(ada.clone(), vec![String::new()]))).unwrap();
    let outputs = disk.serve(&server);
    let resumed = |output: &HostOutput| matches!(output, HostOutput::Resume { .. });
    assert_eq!(outputs.iter().filter(|output| resumed(output)).count(), 1, "{outputs:?}");
    let joined = |output: &HostOutput| matches!(output, HostOutput::Event(HostEvent::Joined { principal, .. }) if *principal == ada);
    assert!(outputs.iter().any(joined), "{outputs:?}");
    let room = server.room(&name("cart")).unwrap().unwrap();
    assert_eq!(server.room_report(room).unwrap().readers, 1);

    server.room_failed(room, Error::new(Code::StorageFailed, "a disk", "none")).unwrap();
    let outputs = disk.serve(&server);
    let left = |output: &HostOutput| {
        let HostOutput::Event(HostEvent::Left { room: left, code, .. }) = output else {
            return false;
        };
        (*left, *code) == (room, Some(Code::Unavailable))
    };
    assert!(outputs.iter().any(left), "{outputs:?}");
    join(&server, conn, "cart");
    disk.serve(&server);
    server.disconnected(conn).unwrap();
    assert_eq!(server.metrics().unwrap().connections, 0);
}

#[test]
fn a_shutdown_says_good_bye_and_keeps_what_the_host_holds() {
    let mut disk = Disk::default();
    let server = manual(ServerOptions::default(), Durability::Durable);
    let (conn, cart) = joined(&server, &mut disk);
    let held = server.room_open(&name("held")).unwrap();
    disk.serve(&server);
    server.shutdown(Duration::from_secs(1)).unwrap();
    server.connected(ConnId::new(2)).unwrap();
    let outputs = disk.serve(&server);
    let closed = |output: &HostOutput| match output {
        HostOutput::Close { conn, code: Code::ShuttingDown } => Some(conn.get()),
        _ => None,
    };
    assert_eq!(outputs.iter().filter_map(closed).collect::<Vec<_>>(), [1, 2]);
    let good_bye = |output: &HostOutput| matches!(output, HostOutput::Transmit { conn: to, .. } if *to == conn);
    assert!(outputs.iter().any(good_bye));
    assert_eq!(server.room_report(cart).unwrap_err().code, Code::NotFound);
    server.room_write(held, set("a", 1)).unwrap();
    disk.serve(&server);
    assert!(server.room_get(held, "a").unwrap().is_some());
}

#[test]
fn a_revoked_principal_is_out_of_its_rooms() {
    let mut disk = Disk::default();
    let server = manual(ServerOptions::default(), Durability::Durable);
    let (_, room) = joined(&server, &mut disk);
    server.revoke(&Principal::new("ada").unwrap()).unwrap();
    let left = |event: &HostEvent| matches!(event, HostEvent::Left { code: Some(Code::Forbidden), room: it, .. } if *it == room);
    assert!(disk.events(&server).iter().any(left));
    assert_eq!(server.room_report(room).unwrap().readers, 0);
}

#[test]
fn comings_and_goings_that_nobody_polls_are_counted_and_not_kept() {
    let server = manual(ServerOptions::default(), Durability::Volatile);
    let hello = Hello {
        oldest: 1,
        newest: 1,
        codecs: vec![Codec::Binary],
        token: String::new(),
        schema: String::new(),
    };
    for conn in 1..=700 {
        let join = Join {
            channel: Channel::new(1),
            room: name("cart"),
            client: ClientId::new(conn.into()),
            writes: false,
            session: None,
            epoch: None,
            version: Version::ZERO,
            heard: crate::id::Seq::ZERO,
        };
        server.connected(ConnId::new(conn)).unwrap();
        for message in [Message::Hello(hello.clone()), Message::Join(join)] {
            server.receive(ConnId::new(conn), &frame::encode(&message, Codec::Binary)).unwrap();
        }
    }
    let mut asked = Vec::new();
    while let Some(output) = server.poll().unwrap() {
        if let HostOutput::Authorize { request, conn, .. } = output {
            asked.push((request, conn));
        }
    }
    assert_eq!(asked.len(), 700);
    for (request, conn) in &asked {
        let principal = Principal::new(conn.to_string()).unwrap();
        server.authorize(*request, Ok(Grant::reader(principal))).unwrap();
    }
    for (_, conn) in asked {
        server.disconnected(conn).unwrap();
    }
    assert_eq!(server.metrics().unwrap().events_lost, 1_400 - 1_024);
    let events = Disk::default().events(&server);
    let is_visit =
        |event: &&HostEvent| matches!(event, HostEvent::Joined { .. } | HostEvent::Left { .. });
    assert_eq!(events.iter().filter(is_visit).count(), 1_024);
}
