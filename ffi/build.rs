//! Gives the shared library the name under which programs find a compatible one, `libsyncline.so.1`.

use std::process::ExitCode;

/// The source of the number, so that it stands in one place.
const VERSION_SOURCE: &str = include_str!("src/version.rs");

fn main() -> ExitCode {
    println!("cargo:rerun-if-changed=src/version.rs");
    println!("cargo:rerun-if-changed=build.rs");
    let Some(abi) = abi() else {
        eprintln!("src/version.rs no longer has the line with SYNCLINE_ABI_VERSION");
        return ExitCode::FAILURE;
    };
    if std::env::var_os("CARGO_CFG_TARGET_OS").is_some_and(|found| found == "linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libsyncline.so.{abi}");
    }
    ExitCode::SUCCESS
}

fn abi() -> Option<u32> {
    let start = "pub const SYNCLINE_ABI_VERSION: u32 = ";
    let number = VERSION_SOURCE.lines().find_map(|line| line.strip_prefix(start))?;
    number.strip_suffix(';')?.parse().ok()
}
