//! What stands in a recording where a token was: as many bytes, and another one where it is another token.

use std::borrow::Cow;

use xxhash_rust::xxh3::xxh3_64;

use crate::error::{Error, Story};
#[cfg(feature = "json")]
use crate::frame::encode;
use crate::frame::{Decoded, codec_of, decode};
use crate::limit::Limits;
use crate::message::Codec;
#[cfg(feature = "json")]
use crate::message::Message;
use crate::wire::Reader;

use super::page::{Field, Page, Plain};

/// What stands for a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Secret(pub(super) String);

impl core::ops::Deref for Secret {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A frame without its token.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Frame(pub(super) Vec<u8>);

impl core::ops::Deref for Frame {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// What is wrong with a frame that is not kept, with stars for what that quotes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Quiet(Error);

impl Field<'_, Error> for Quiet {
    fn put(given: &Error, page: &mut Page) {
        let Story { code, expected, got } = given.clone().into_story();
        Plain::put(&Error::new(code, expected, stars(&got)), &mut page.out);
    }

    fn take(bytes: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(Self(Plain::take(bytes)?))
    }

    fn lend(&self) -> Error {
        self.0.clone()
    }
}

/// In words.
impl core::fmt::Debug for Frame {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&in_words(&self.0))
    }
}

/// A frame in words: its message, or why it is none.
pub(super) fn in_words(frame: &[u8]) -> String {
    let told = match decode(frame, codec_of(frame), &Limits::HARD) {
        Ok(Decoded::Message(message)) => format!("{message:?}"),
        Ok(Decoded::Skip) => "a message of a later version".to_owned(),
        Err(error) => format!("no message: {error}"),
    };
    format!("{told} ({} bytes)", frame.len())
}

/// How many tokens came. What a client does depends on whether a token is the one before.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    latest: Option<u64>,
    count: u64,
}

impl Secrets {
    /// What stands for a token: stars, with its number at the end.
    pub(super) fn stand_in(&mut self, token: &str) -> String {
        let hash = xxh3_64(token.as_bytes());
        if self.latest.replace(hash) != Some(hash) {
            self.count = self.count.saturating_add(1);
        }
        let mut count = self.count;
        let mut stars: Vec<char> = stars(token).chars().collect();
        for star in stars.iter_mut().rev().filter(|star| **star == '*') {
            let digit = u32::try_from(count % 10).unwrap_or_default();
            *star = char::from_digit(digit, 10).unwrap_or('*');
            count /= 10;
            if count == 0 {
                break;
            }
        }
        stars.into_iter().collect()
    }
}

/// As many bytes, in JSON too: what has to be escaped there stays.
fn stars(token: &str) -> String {
    let star = |byte| if matches!(byte, 0..0x20 | b'"' | b'\\') { byte.into() } else { '*' };
    token.bytes().map(star).collect()
}

/// The first byte of the binary messages that have a token.
const HELLO: u8 = 1;
const AUTH: u8 = 17;

/// A frame with stars in place of a token, and of the same size.
pub(super) fn redacted(frame: &[u8]) -> Cow<'_, [u8]> {
    #[cfg(feature = "json")]
    if frame.trim_ascii_start().first() == Some(&b'{') {
        return redacted_json(frame);
    }
    match frame.first() {
        Some(&(HELLO | AUTH)) => Cow::Owned(redacted_binary(frame)),
        _ => Cow::Borrowed(frame),
    }
}

/// What is in front of the token stays, and a schema behind it. Where something is wrong nothing more is read, and
/// nothing more is kept: it is refused as before.
fn redacted_binary(frame: &[u8]) -> Vec<u8> {
    let mut bytes = Reader::new(frame, &Limits::HARD);
    let token = token_of(&mut bytes);
    let read = frame.len().saturating_sub(bytes.remaining());
    let mut kept = frame.get(..read).unwrap_or(frame).to_vec();
    if let Ok(token) = token {
        kept.truncate(read.saturating_sub(token.len()));
        match core::str::from_utf8(token) {
            Ok(text) => kept.extend(stars(text).bytes()),
            // It is no text at the same place.
            Err(_) => {
                kept.extend(token.iter().map(|byte| if byte.is_ascii() { b'*' } else { *byte }));
            }
        }
        let _ = bytes.blob();
        let end = frame.len().saturating_sub(bytes.remaining());
        kept.extend(frame.get(read..end).unwrap_or_default());
    }
    kept.resize(frame.len(), 0);
    kept
}

fn token_of<'a>(bytes: &mut Reader<'a>) -> Result<&'a [u8], Error> {
    if bytes.number()? == u64::from(HELLO) {
        bytes.short()?;
        bytes.short()?;
        bytes.blob()?;
    }
    bytes.blob()
}

/// What can be read is written anew, behind the same space as before, and has spaces behind it. What cannot is kept
/// as far as no token can be, with the signs of JSON behind that: it is refused too, if perhaps for something else.
#[cfg(feature = "json")]
fn redacted_json(frame: &[u8]) -> Cow<'_, [u8]> {
    const NAMES: [&[u8]; 2] = [b"token", b"auth"];
    let any = usize::MAX;
    let limits = Limits { frame_bytes: any, hello_bytes: any, token_bytes: any, ..Limits::HARD };
    // A name may be written with escapes.
    let named = NAMES.iter().filter_map(|name| {
        frame.windows(name.len()).position(|part| part.eq_ignore_ascii_case(name))
    });
    let escaped = frame.iter().position(|byte| *byte == b'\\');
    let Some(from) = named.chain(escaped).min() else { return Cow::Borrowed(frame) };
    let space = frame.iter().take_while(|byte| byte.is_ascii_whitespace()).copied();
    let behind_space = |message| space.chain(encode(message, Codec::Json)).collect();
    let mut kept: Vec<u8> = match decode(frame, Codec::Json, &limits) {
        Ok(Decoded::Message(Message::Hello(mut hello))) => {
            hello.token = stars(&hello.token);
            behind_space(&Message::Hello(hello))
        }
        Ok(Decoded::Message(Message::Auth(mut auth))) => {
            auth.token = stars(&auth.token);
            behind_space(&Message::Auth(auth))
        }
        Ok(Decoded::Message(_)) => return Cow::Borrowed(frame),
        Ok(Decoded::Skip) | Err(_) => {
            let (known, rest) = frame.split_at_checked(from).unwrap_or((frame, &[]));
            let sign = |byte: &u8| if byte.is_ascii_punctuation() { *byte } else { b'*' };
            known.iter().copied().chain(rest.iter().map(sign)).collect()
        }
    };
    // Only this may be missing.
    if let Some(shorter) =
        kept.strip_suffix(br#","schema":""}"#).filter(|_| kept.len() > frame.len())
    {
        kept = [shorter, b"}"].concat();
    }
    kept.resize(kept.len().max(frame.len()), b' ');
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::encode;
    use crate::message::{Auth, Hello, Message};

    fn greeting(token: &str) -> Message {
        let codecs = Codec::ALL.to_vec();
        let token = token.to_owned();
        Message::Hello(Hello { oldest: 1, newest: 1, codecs, token, schema: "till".to_owned() })
    }

    #[test]
    fn no_frame_keeps_its_token_and_all_keep_their_size() {
        for &codec in Codec::ALL {
            for token in ["", "s", "secret", "s\u{e9}cret \u{1f600}\"\\"] {
                let auth = Message::Auth(Auth { token: token.to_owned() });
                for message in [greeting(token), auth] {
                    let frame = encode(&message, codec);
                    let kept = redacted(&frame);
                    assert_eq!(kept.len(), frame.len());
                    assert!(!String::from_utf8_lossy(&kept).contains("cret"), "{kept:?}");
                    let stars = stars(token);
                    match decode(&kept, codec, &Limits::HARD).unwrap() {
                        Decoded::Message(Message::Hello(hello)) => assert_eq!(hello.token, stars),
                        Decoded::Message(Message::Auth(auth)) => assert_eq!(auth.token, stars),
                        Decoded::Message(_) | Decoded::Skip => panic!("{kept:?}"),
                    }
                    for end in 0..frame.len() {
                        let cut = &frame[..end];
                        let kept = redacted(cut);
                        assert!(!String::from_utf8_lossy(&kept).contains("cre"), "{kept:?}");
                        assert_eq!(kept.len(), end);
                        let refused = |frame| decode(frame, codec, &Limits::HARD).err();
                        let same = refused(&kept) == refused(cut);
                        assert!(same || codec != Codec::Binary, "{cut:?}, {kept:?}");
                    }
                }
            }
        }
    }

    #[cfg(feature = "json")]
    #[test]
    fn a_token_behind_space_or_under_a_wrong_name_is_not_kept() {
        for frame in [
            " \n{\"type\":\"auth\",\"token\":\"secret\"}",
            "\t{\"type\":\"hello\",\"oldest\":1,\"newest\":1,\"codecs\":[],\"token\":\"secret\"}",
            "{\"type\":\"auth\",\"Token\":\"secret\"}",
            " {\"Auth\":\"secret\"}",
        ] {
            let kept = redacted(frame.as_bytes());
            let (kept, error) = (str::from_utf8(&kept).unwrap(), |frame: &str| {
                decode(frame.as_bytes(), Codec::Json, &Limits::HARD).is_err()
            });
            assert!(!kept.contains("secret") && kept.len() == frame.len(), "{kept}");
            assert_eq!((kept.as_bytes()[0], error(kept)), (frame.as_bytes()[0], error(frame)));
        }
    }

    #[test]
    fn a_greeting_that_cannot_be_read_is_refused_for_the_same() {
        let frame = encode(&greeting("secret"), Codec::Binary);
        for at in 0..frame.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xc3, 0xff] {
                let mut wrong = frame.clone();
                wrong[at] = byte;
                if matches!(wrong[0], HELLO | AUTH) {
                    let read = |frame| decode(frame, Codec::Binary, &Limits::HARD);
                    assert_eq!(read(&redacted(&wrong)).err(), read(&wrong).err(), "{at}: {byte}");
                }
            }
        }
    }

    #[test]
    fn a_token_is_another_one_exactly_when_its_stand_in_is() {
        let mut secrets = Secrets::default();
        let told: Vec<_> = ["ab", "ab", "cd", "ab"].map(|token| secrets.stand_in(token)).into();
        assert_eq!(told, ["*1", "*1", "*2", "*3"]);
        for _ in 0..20 {
            assert_ne!(secrets.stand_in("x"), secrets.stand_in("y"));
        }
        assert_eq!(secrets.stand_in(""), "");
    }
}
