//! What each target does with its bytes: also run on the corpora, without a fuzzer, by `core/tests/corpora.rs`.
//!
//! A target asserts what is promised, and not only that nothing panics: that bytes which are read are those which
//! would be written, that they cost no more memory than they may, and that nothing is told to whom it does not
//! belong.

mod bounds;
pub mod decoders;
#[cfg(feature = "host")]
pub mod flight;
#[cfg(feature = "host")]
pub mod journal;
pub mod machines;
pub mod records;
pub mod roles;
mod script;
#[cfg(feature = "views")]
pub mod views;

/// What has bytes, and what it does with them.
pub type Target = (&'static str, fn(&[u8]));

/// All of them. The names are those of the corpora, and of the programs in `fuzz_targets`.
pub const TARGETS: &[Target] = &[
    ("frame_binary", decoders::frame_binary),
    ("frame_json", decoders::frame_json),
    ("value", decoders::value),
    ("wire", decoders::wire),
    ("options", decoders::options),
    ("patch", decoders::patch),
    ("record_client", records::client),
    ("record_room", records::room),
    ("record_proposal", records::proposal),
    #[cfg(feature = "host")]
    ("journal", journal::journal),
    #[cfg(feature = "host")]
    ("flight", flight::flight),
    #[cfg(feature = "host")]
    ("flight_again", flight::flight_again),
    ("edits", machines::edits),
    ("presence", machines::presence),
    ("client", roles::client::run),
    ("server", roles::server::run),
    ("pair", roles::pair::run),
    #[cfg(feature = "views")]
    ("view_tree", views::view_tree),
    #[cfg(feature = "views")]
    ("view_template", views::view_template),
    #[cfg(feature = "views")]
    ("view_patch", views::view_patch),
    #[cfg(feature = "views")]
    ("view_frame", views::view_frame),
];

/// Gives bytes to the target of this name.
///
/// # Panics
/// If a promise is not kept, or there is no such target.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.0 == name);
    (target.unwrap_or_else(|| panic!("no target {name}")).1)(bytes);
}
