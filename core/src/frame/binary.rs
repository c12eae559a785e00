//! Messages in the compact binary form.

mod delta;
#[cfg(feature = "views")]
mod views;

pub(super) use delta::{encode_body, encode_delta};

use core::time::Duration;

use super::{Decoded, malformed};
use crate::error::{Code, Error};
use crate::id::{Channel, ClientId, Epoch, PresenceId, RoomName, Seq, Session, Version};
use crate::limit::Limits;
use crate::message::{
    Auth, Codec, Denied, Durability, Fault, GoAway, Hello, Join, Joined, Leave, Message,
    Participant, Ping, Presence, Push, Welcome,
};
use crate::wire::{Reader, Writer, head};

/// The number before each message. A later message with an even one may be passed over. 123 stays
/// free: it is the brace that JSON text begins with.
mod tag {
    pub(super) const HELLO: u64 = 1;
    pub(super) const PRESENCE: u64 = 2;
    pub(super) const WELCOME: u64 = 3;
    pub(super) const GO_AWAY: u64 = 4;
    pub(super) const JOIN: u64 = 5;
    pub(super) const PING: u64 = 6;
    pub(super) const JOINED: u64 = 7;
    #[cfg(feature = "views")]
    pub(super) const WATCH: u64 = 8;
    pub(super) const DENIED: u64 = 9;
    #[cfg(feature = "views")]
    pub(super) const SHOW: u64 = 10;
    pub(super) const PUSH: u64 = 11;
    #[cfg(feature = "views")]
    pub(super) const UNWATCH: u64 = 12;
    pub(super) const DELTA: u64 = 13;
    pub(super) const LEAVE: u64 = 15;
    pub(super) const AUTH: u64 = 17;
    pub(super) const FAULT: u64 = 19;
}

/// The bits of a join.
const WRITES: u8 = 1;
const SESSION: u8 = 2;
const EPOCH: u8 = 4;

/// The bits of the answer to a join; the session has the same bit in both.
const VOLATILE: u8 = 1;

/// `SERVERS` tells whether what only servers say is written too.
pub(super) fn encode<const SERVERS: bool>(message: &Message) -> Vec<u8> {
    let mut out = Writer::new();
    match message {
        Message::Welcome(_)
        | Message::Joined(_)
        | Message::Denied(_)
        | Message::Delta(_)
        | Message::GoAway(_)
            if !SERVERS =>
        {
            debug_assert!(false, "a client says nothing of this");
        }
        #[cfg(feature = "views")]
        Message::Show(_) if !SERVERS => debug_assert!(false, "a client shows nothing"),
        Message::Hello(hello) => write_hello(&mut out, hello),
        Message::Welcome(welcome) => write_welcome(&mut out, welcome),
        Message::Join(join) => write_join(&mut out, join),
        Message::Joined(joined) => write_joined(&mut out, joined),
        Message::Denied(denied) => {
            out.number(tag::DENIED);
            out.number(denied.channel.get().into());
            out.code(denied.code);
        }
        Message::Push(push) => write_push(&mut out, push),
        Message::Delta(delta) => return encode_delta(delta, &encode_body(&delta.body)),
        Message::Presence(presence) => write_presence(&mut out, presence),
        #[cfg(feature = "views")]
        Message::Watch(watch) => views::write_watch(&mut out, watch),
        #[cfg(feature = "views")]
        Message::Unwatch(unwatch) => views::write_unwatch(&mut out, *unwatch),
        #[cfg(feature = "views")]
        Message::Show(show) => views::write_show(&mut out, show),
        Message::Leave(leave) => {
            out.number(tag::LEAVE);
            out.number(leave.channel.get().into());
        }
        Message::Auth(auth) => {
            out.number(tag::AUTH);
            out.text(&auth.token);
        }
        Message::GoAway(away) => {
            out.number(tag::GO_AWAY);
            out.code(away.code);
            out.number(super::millis(away.retry_after));
        }
        Message::Ping(ping) => {
            out.number(tag::PING);
            out.number(ping.count.into());
        }
        Message::Fault(fault) => {
            out.number(tag::FAULT);
            out.code(fault.code);
            out.text(&fault.expected);
            out.text(&fault.got);
        }
    }
    out.into_bytes()
}

/// `CLIENTS` tells whether what clients say is read too.
pub(super) fn decode<const CLIENTS: bool>(bytes: &[u8], limits: &Limits) -> Result<Decoded, Error> {
    let mut bytes = Reader::new(bytes, limits);
    let message = match bytes.number()? {
        tag::HELLO | tag::JOIN | tag::PUSH | tag::LEAVE | tag::AUTH if !CLIENTS => {
            return Err(Error::new(Code::Unexpected, "a server's message", "a client's"));
        }
        // A greeting of a later version may say more than this one reads.
        tag::HELLO => return read_hello(&mut bytes).map(Message::Hello).map(Decoded::Message),
        tag::WELCOME => Message::Welcome(read_welcome(&mut bytes)?),
        tag::JOIN => Message::Join(read_join(&mut bytes)?),
        tag::JOINED => Message::Joined(read_joined(&mut bytes)?),
        tag::DENIED => {
            Message::Denied(Denied { channel: read_channel(&mut bytes)?, code: bytes.code()? })
        }
        tag::PUSH => Message::Push(read_push(&mut bytes)?),
        tag::DELTA => Message::Delta(delta::read(&mut bytes)?),
        tag::PRESENCE => Message::Presence(read_presence(&mut bytes)?),
        #[cfg(feature = "views")]
        tag::WATCH => Message::Watch(views::read_watch(&mut bytes)?),
        #[cfg(feature = "views")]
        tag::UNWATCH => Message::Unwatch(views::read_unwatch(&mut bytes)?),
        #[cfg(feature = "views")]
        tag::SHOW => Message::Show(views::read_show(&mut bytes)?),
        tag::LEAVE => Message::Leave(Leave { channel: read_channel(&mut bytes)? }),
        tag::AUTH => Message::Auth(Auth { token: bytes.text()?.to_owned() }),
        tag::GO_AWAY => {
            let code = bytes.code()?;
            let retry_after = Duration::from_millis(bytes.counter()?);
            Message::GoAway(GoAway { code, retry_after })
        }
        tag::PING => Message::Ping(Ping { count: bytes.short()? }),
        tag::FAULT => {
            let code = bytes.code()?;
            let (expected, got) = (bytes.text()?.to_owned(), bytes.text()?.to_owned());
            Message::Fault(Fault { code, expected, got })
        }
        later if later & 1 == 0 => return Ok(Decoded::Skip),
        unknown => {
            let got = format!("tag {unknown}");
            return Err(Error::new(Code::UnknownMessage, "the tag of a message", got));
        }
    };
    bytes.finish()?;
    Ok(Decoded::Message(message))
}

fn write_hello(out: &mut Writer, hello: &Hello) {
    out.number(tag::HELLO);
    out.number(hello.oldest.into());
    out.number(hello.newest.into());
    out.size(hello.codecs.len());
    for codec in &hello.codecs {
        out.byte(codec.byte());
    }
    out.text(&hello.token);
    out.text(&hello.schema);
}

fn read_hello(bytes: &mut Reader<'_>) -> Result<Hello, Error> {
    let (oldest, newest) = (bytes.short()?, bytes.short()?);
    // A codec that only a later version speaks cannot be chosen; the others still can.
    let codecs = bytes.blob()?.iter().filter_map(|byte| Codec::of_byte(*byte)).collect();
    let (token, schema) = (bytes.text()?.to_owned(), bytes.text()?.to_owned());
    Ok(Hello { oldest, newest, codecs, token, schema })
}

fn write_welcome(out: &mut Writer, welcome: &Welcome) {
    out.number(tag::WELCOME);
    out.number(welcome.protocol.into());
    out.byte(welcome.codec.byte());
    let limits = welcome.limits.to_list();
    out.size(limits.len());
    for limit in limits {
        out.size(limit);
    }
}

fn read_welcome(bytes: &mut Reader<'_>) -> Result<Welcome, Error> {
    let protocol = bytes.short()?;
    let byte = bytes.byte()?;
    let codec = Codec::of_byte(byte).ok_or_else(|| malformed("a codec", byte.to_string()))?;
    let mut limits = Vec::new();
    for _ in 0..bytes.count(1)? {
        limits.push(usize::try_from(bytes.counter()?).unwrap_or(usize::MAX));
    }
    Ok(Welcome { protocol, codec, limits: Limits::from_list(&limits) })
}

fn write_join(out: &mut Writer, join: &Join) {
    out.number(tag::JOIN);
    out.number(join.channel.get().into());
    out.text(join.room.as_str());
    out.fixed_u128(join.client.get());
    let writes = if join.writes { WRITES } else { 0 };
    let session = join.session.map_or(0, |_| SESSION);
    let epoch = join.epoch.map_or(0, |_| EPOCH);
    out.byte(writes | session | epoch);
    if let Some(session) = join.session {
        out.number(session.get());
    }
    if let Some(epoch) = join.epoch {
        out.fixed_u64(epoch.get());
    }
    out.number(join.version.get());
    out.number(join.heard.get());
}

fn read_join(bytes: &mut Reader<'_>) -> Result<Join, Error> {
    let channel = read_channel(bytes)?;
    let name = bytes.text()?;
    bytes.limits().check_room(name)?;
    let room = RoomName::new(name)?;
    let client = ClientId::new(bytes.fixed_u128()?);
    let flags = bytes.flags(WRITES | SESSION | EPOCH)?;
    Ok(Join {
        channel,
        room,
        client,
        writes: flags & WRITES != 0,
        session: read_session(bytes, flags)?,
        epoch: if flags & EPOCH == 0 { None } else { Some(Epoch::new(bytes.fixed_u64()?)) },
        version: Version::new(bytes.counter()?),
        heard: Seq::new(bytes.counter()?),
    })
}

fn write_joined(out: &mut Writer, joined: &Joined) {
    out.number(tag::JOINED);
    out.number(joined.channel.get().into());
    let volatile = match joined.durability {
        Durability::Durable => 0,
        Durability::Volatile => VOLATILE,
    };
    out.byte(volatile | joined.session.map_or(0, |_| SESSION));
    out.fixed_u64(joined.epoch.get());
    if let Some(session) = joined.session {
        out.number(session.get());
    }
    out.number(joined.last.get());
    out.number(joined.presence.get().into());
}

fn read_joined(bytes: &mut Reader<'_>) -> Result<Joined, Error> {
    let channel = read_channel(bytes)?;
    let flags = bytes.flags(VOLATILE | SESSION)?;
    let volatile = flags & VOLATILE != 0;
    Ok(Joined {
        channel,
        epoch: Epoch::new(bytes.fixed_u64()?),
        session: read_session(bytes, flags)?,
        last: Seq::new(bytes.counter()?),
        durability: if volatile { Durability::Volatile } else { Durability::Durable },
        presence: PresenceId::new(bytes.short()?),
    })
}

fn write_push(out: &mut Writer, push: &Push) {
    out.number(tag::PUSH);
    out.number(push.channel.get().into());
    out.number(push.session.get());
    out.number(push.first.get());
    out.number(push.heard.get());
    out.size(push.mutations.len());
    for ops in &push.mutations {
        out.ops(ops);
    }
}

fn read_push(bytes: &mut Reader<'_>) -> Result<Push, Error> {
    let channel = read_channel(bytes)?;
    let session = Session::new(bytes.counter()?);
    let (first, heard) = (Seq::new(bytes.counter()?), Seq::new(bytes.counter()?));
    let (count, most) = (bytes.count(1)?, bytes.limits().window);
    if count > most {
        // An empty mutation is one byte there and many more here.
        return Err(Error::limit(Code::WindowExceeded, most, "mutations", count));
    }
    let mut mutations = Vec::new();
    for _ in 0..count {
        mutations.push(bytes.ops()?);
    }
    Ok(Push { channel, session, first, heard, mutations })
}

/// The lowest bit beside the channel tells whether the entries are everyone.
fn write_presence(out: &mut Writer, presence: &Presence) {
    out.number(tag::PRESENCE);
    out.number(u64::from(presence.channel.get()) << 1 | u64::from(presence.full));
    out.size(presence.entries.len());
    for entry in &presence.entries {
        out.number(entry.id.get().into());
        match &entry.state {
            Some(state) => out.value(state),
            None => out.byte(head::DELETE),
        }
    }
}

fn read_presence(bytes: &mut Reader<'_>) -> Result<Presence, Error> {
    let (channel, full) = read_marked_channel(bytes)?;
    let mut entries = Vec::new();
    for _ in 0..bytes.count(2)? {
        let id = PresenceId::new(bytes.short()?);
        let gone = bytes.peek()? == head::DELETE;
        let state = if gone { bytes.byte().map(|_| None)? } else { Some(bytes.value()?) };
        entries.push(Participant { id, state });
    }
    Ok(Presence { channel, full, entries })
}

fn read_channel(bytes: &mut Reader<'_>) -> Result<Channel, Error> {
    bytes.short().map(Channel::new)
}

/// A channel and the bit beside it.
fn read_marked_channel(bytes: &mut Reader<'_>) -> Result<(Channel, bool), Error> {
    let number = bytes.number()?;
    let channel = u32::try_from(number >> 1)
        .map_err(|_| malformed("a channel of at most 2^32 - 1", (number >> 1).to_string()))?;
    Ok((Channel::new(channel), number & 1 != 0))
}

fn read_session(bytes: &mut Reader<'_>, flags: u8) -> Result<Option<Session>, Error> {
    if flags & SESSION == 0 {
        return Ok(None);
    }
    bytes.counter().map(Session::new).map(Some)
}
