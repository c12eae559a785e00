//! After `make install`, `pkg-config` and `CMake` find the library, shared and static.
#![allow(missing_docs, reason = "tests are read, not called")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod workshop;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use workshop::{Scratch, build_panicking, built, root, run, tool};

/// Runs `make install` with the library of this test in the place of the one that it would build.
fn install(scratch: &Scratch, prefix: &Path, destdir: &str) {
    let release = scratch.join("target/release");
    fs::create_dir_all(&release).unwrap();
    for name in ["libsyncline.so", "libsyncline.a"] {
        let _ = fs::remove_file(release.join(name));
        symlink(built().join(name), release.join(name)).unwrap();
    }
    run(tool("make")
        .current_dir(root())
        .arg("install")
        .arg("CARGO=true")
        .arg(format!("CARGO_TARGET_DIR={}", scratch.join("target").display()))
        .arg(format!("PREFIX={}", prefix.display()))
        .arg(format!("LIBDIR={}", prefix.join("lib/here").display()))
        .arg(format!("DESTDIR={destdir}")));
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn pkg_config_finds_it() {
    let scratch = Scratch::new("pkg-config");
    let prefix = scratch.join("usr");
    install(&scratch, &prefix, "");
    let ask = |arguments: &[&str]| {
        let folder = prefix.join("lib/here/pkgconfig");
        run(tool("pkg-config").env("PKG_CONFIG_PATH", folder).args(arguments).arg("syncline"))
    };
    assert_eq!(ask(&["--modversion"]).trim(), env!("CARGO_PKG_VERSION"));

    let source = sources().join("c/basics.c");
    let shared = scratch.join("shared");
    let flags = words(&ask(&["--cflags", "--libs"]));
    run(tool("gcc").arg(&source).args(flags).arg("-o").arg(&shared));
    run(Command::new(shared).env("LD_LIBRARY_PATH", prefix.join("lib/here")));

    let fixed = scratch.join("static");
    let mut flags = words(&ask(&["--static", "--cflags", "--libs"]));
    // The shared library lies in the same folder and would be taken first.
    for flag in flags.iter_mut().filter(|flag| *flag == "-lsyncline") {
        "-l:libsyncline.a".clone_into(flag);
    }
    run(tool("gcc").arg(&source).args(flags).arg("-DSYNCLINE_STATIC").arg("-o").arg(&fixed));
    run(&mut Command::new(fixed));

    let alone = scratch.join("alone");
    let flags = words(&ask(&["--static", "--cflags", "--libs"]));
    let source = sources().join("c/automatic.c");
    run(tool("gcc")
        .arg("-static")
        .arg(&source)
        .args(flags)
        .arg("-DSYNCLINE_STATIC")
        .arg("-o")
        .arg(&alone));
    run(Command::new(alone).arg(scratch.join("storage")));
}

#[test]
fn cmake_finds_it() {
    let scratch = Scratch::new("cmake");
    let prefix = scratch.join("usr");
    install(&scratch, &prefix, "");
    let build = scratch.join("build");
    let configure = |wanted: &str| {
        let mut command = tool("cmake");
        command
            .arg("-S")
            .arg(sources().join("cmake"))
            .arg("-B")
            .arg(&build)
            .arg(format!("-DWANTED={wanted}"))
            .arg(format!("-DSOURCES={}", sources().display()))
            .arg(format!("-Dsyncline_DIR={}", prefix.join("lib/here/cmake/syncline").display()));
        command
    };
    run(&mut configure(env!("CARGO_PKG_VERSION")));
    run(tool("cmake").arg("--build").arg(&build));
    for program in ["shared_c", "static_c", "shared_cpp", "static_cpp"] {
        run(&mut Command::new(build.join(program)));
    }
    let newer = configure("99.0").output().unwrap();
    assert!(!newer.status.success(), "a newer version than the installed one was found");
}

#[test]
fn a_package_is_staged_below_destdir_and_refers_to_where_it_will_lie() {
    let scratch = Scratch::new("staged");
    let staged = scratch.join("stage");
    install(&scratch, Path::new("/opt/syncline"), staged.to_str().unwrap());
    let lib = staged.join("opt/syncline/lib/here");
    let described = fs::read_to_string(lib.join("pkgconfig/syncline.pc")).unwrap();
    assert!(described.contains("libdir=/opt/syncline/lib/here\n") && !described.contains('@'));
    for name in ["libsyncline.so", "libsyncline.so.1"] {
        let target = fs::read_link(lib.join(name)).unwrap();
        assert!(target.is_relative(), "{name} points at {}", target.display());
    }
    let include = staged.join("opt/syncline/include");
    for name in ["syncline.h", "syncline.hpp", "syncline/client.hpp"] {
        assert!(include.join(name).is_file(), "{name}");
    }
}

#[test]
fn a_static_link_gets_the_libraries_that_the_compiler_names() {
    let (_, told) = build_panicking(&Scratch::new("native"));
    let (_, rest) = told.split_once("native-static-libs: ").expect("the compiler names them");
    let named = rest.split(['"', '\\']).next().unwrap();
    // The C compiler adds these itself, and of libgcc_s there is no static library.
    let needed = named.split(' ').filter(|flag| !["-lgcc_s", "-lc"].contains(flag));
    let needed: Vec<_> = needed.collect();
    let script = fs::read_to_string(root().join("ffi/install.sh")).unwrap();
    let line = format!("libs_private=\"{}\"", needed.join(" "));
    assert!(script.lines().any(|got| got == line), "install.sh has no line {line}");
}
