//! The bytes of the protocol: they stay what they are, and no bytes can hurt.
#![allow(missing_docs, reason = "tests are read, not called")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "wire/arbitrary.rs"]
mod arbitrary;
#[path = "wire/hostile.rs"]
mod hostile;
#[path = "wire/samples.rs"]
mod samples;

use std::fmt::Write;
use std::path::PathBuf;

use proptest::prelude::*;
use syncline_core::frame::{Decoded, codec_of, decode, encode, encode_body, encode_delta};
use syncline_core::message::Message;
use syncline_core::{Codec, Error, Limits};

const CODECS: [Codec; 2] = [Codec::Binary, Codec::Json];

fn read(bytes: &[u8], codec: Codec) -> Result<Decoded, Error> {
    decode(bytes, codec, &Limits::default())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").unwrap();
        out
    })
}

fn golden(name: &str, codec: Codec) -> PathBuf {
    let extension = match codec {
        Codec::Binary => "hex",
        Codec::Json => "json",
    };
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire/golden");
    folder.join(name).with_extension(extension)
}

/// With `UPDATE=1` the files are written anew: then the protocol has changed, and says so.
#[test]
fn every_message_has_the_bytes_that_it_always_had() {
    let update = std::env::var_os("UPDATE").is_some();
    for (name, message) in samples::all() {
        for codec in CODECS {
            let bytes = encode(&message, codec);
            let text = match codec {
                Codec::Binary => hex(&bytes),
                Codec::Json => String::from_utf8(bytes.clone()).unwrap(),
            };
            let path = golden(name, codec);
            if update {
                std::fs::write(&path, format!("{text}\n")).unwrap();
            }
            let kept = std::fs::read_to_string(&path).unwrap();
            assert_eq!(text, kept.trim_end(), "{name} as {codec:?}");
            assert_eq!(read(&bytes, codec), Ok(Decoded::Message(message.clone())), "{name}");
            assert_eq!(codec_of(&bytes), codec, "{name}");
        }
    }
}

#[test]
fn every_kind_of_message_is_among_the_samples() {
    let mut tags: Vec<u8> =
        samples::all().iter().map(|(_, message)| encode(message, Codec::Binary)[0]).collect();
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags, [1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 15, 17, 19]);
}

#[test]
fn one_small_change_of_a_known_key_takes_about_ten_bytes() {
    for (name, most) in [("delta_small", 8), ("delta_own", 10)] {
        let (_, message) = samples::all().into_iter().find(|sample| sample.0 == name).unwrap();
        let bytes = encode(&message, Codec::Binary);
        assert!(bytes.len() <= most, "{name}: {}", hex(&bytes));
    }
}

#[test]
fn a_frame_that_ends_early_is_refused_at_every_byte() {
    for (name, message) in samples::all() {
        for codec in CODECS {
            let bytes = encode(&message, codec);
            for end in 0..bytes.len() {
                assert!(read(&bytes[..end], codec).is_err(), "{name} as {codec:?} to {end}");
            }
        }
    }
}

#[test]
fn a_frame_that_goes_on_is_refused_unless_it_greets() {
    for (name, message) in samples::all() {
        for codec in CODECS {
            let mut bytes = encode(&message, codec);
            bytes.push(b'0');
            let greets = matches!(message, Message::Hello(_)) && codec == Codec::Binary;
            assert_eq!(read(&bytes, codec).is_ok(), greets, "{name} as {codec:?}");
        }
    }
}

/// What is read from damaged bytes is a message in its only form, or nothing.
#[test]
fn a_flipped_bit_never_panics_and_never_makes_a_second_form() {
    for (_, message) in samples::all() {
        for codec in CODECS {
            let bytes = encode(&message, codec);
            for bit in 0..bytes.len() * 8 {
                let mut bytes = bytes.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                only_form(&bytes, codec);
            }
        }
    }
}

fn only_form(bytes: &[u8], codec: Codec) {
    let Ok(Decoded::Message(message)) = read(bytes, codec) else { return };
    let again = encode(&message, codec);
    // A greeting may hold what only a later version knows, and JSON text has many spellings.
    if codec == Codec::Binary && !matches!(message, Message::Hello(_)) {
        assert_eq!(hex(&again), hex(bytes), "{message:?}");
    }
    assert_eq!(read(&again, codec), Ok(Decoded::Message(message)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn messages_come_back_as_they_went(message in arbitrary::message()) {
        for codec in CODECS {
            let bytes = encode(&message, codec);
            prop_assert_eq!(read(&bytes, codec), Ok(Decoded::Message(message.clone())));
            prop_assert_eq!(encode(&message, codec), bytes);
        }
    }

    #[test]
    fn a_body_encoded_once_makes_the_same_frame(delta in arbitrary::delta()) {
        for codec in CODECS {
            let body = encode_body(&delta.body, codec);
            let whole = encode(&Message::Delta(delta.clone()), codec);
            prop_assert_eq!(encode_delta(&delta, &body, codec), whole);
        }
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..64),
        tag in 0_u8..20,
    ) {
        only_form(&bytes, Codec::Binary);
        only_form(&bytes, Codec::Json);
        only_form(&[&[tag], &*bytes].concat(), Codec::Binary);
    }

    #[test]
    fn damaged_messages_are_messages_or_errors(
        message in arbitrary::message(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        for codec in CODECS {
            let mut bytes = encode(&message, codec);
            for (at, byte) in &damage {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            only_form(&bytes, codec);
            only_form(&bytes[..cut.index(bytes.len())], codec);
        }
    }
}
