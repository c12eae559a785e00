//! What the C gates work with: the system's tools, the library under test, and folders to work in.
#![allow(dead_code, reason = "each gate uses its part")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

pub(crate) mod declarations;

/// A tool of the system; a missing one fails with the line that installs it.
pub(crate) fn tool(name: &str) -> Command {
    let package = match name {
        "gcc" | "g++" | "nm" | "make" | "readelf" => "build-essential",
        other => other,
    };
    let path = env::var_os("PATH").unwrap_or_default();
    assert!(
        env::split_paths(&path).any(|folder| folder.join(name).is_file()),
        "missing: {name}\ninstall: apt-get install -y {package}"
    );
    let mut command = Command::new(name);
    // A backtrace makes the library hold memory until the end, which the checkers report.
    command.env("RUST_BACKTRACE", "0").env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
    command
}

/// Runs a command to its end and gives what it wrote; a failure tells all of it.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{}", told(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Everything that a command wrote.
pub(crate) fn told(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}{}", output.status, text(&output.stdout), text(&output.stderr))
}

/// The folder of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The folder of the header.
pub(crate) fn include() -> PathBuf {
    root().join("include")
}

/// A folder for one test, gone when the test has passed.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// A new folder; its name only helps whoever looks into it after a failure.
    pub(crate) fn new(name: &str) -> Self {
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// A path inside.
    pub(crate) fn join(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.0.join(name.as_ref())
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// Where Cargo left the library that this test was built with.
pub(crate) fn built() -> PathBuf {
    env::current_exe().unwrap().parent().unwrap().to_owned()
}

/// A folder like that of an installed library, with the library that this test was built with.
pub(crate) fn place_library(scratch: &Scratch) -> PathBuf {
    let folder = scratch.join("lib");
    fs::create_dir_all(&folder).unwrap();
    let shared = built().join("libsyncline.so");
    for name in ["libsyncline.so", "libsyncline.so.1"] {
        let _ = fs::remove_file(folder.join(name));
        std::os::unix::fs::symlink(&shared, folder.join(name)).unwrap();
    }
    folder
}

/// Builds the library with the function that panics, and tells what the compiler said.
///
/// It is a static library because that one gets a file of its own and does not replace the library
/// of the other tests.
pub(crate) fn build_panicking(scratch: &Scratch) -> (PathBuf, String) {
    let mut cargo = Command::new(env!("CARGO"));
    let told = run(cargo
        .current_dir(root())
        .args(["rustc", "--locked", "--package", "syncline-ffi", "--lib", "--crate-type"])
        .args(["staticlib", "--features", "test-panic", "--message-format", "json"])
        .args(["--", "--print", "native-static-libs"]));
    let built = told
        .split('"')
        .find(|text| Path::new(text).file_name().is_some_and(|name| name == "libsyncline.a"))
        .expect("cargo names the library that it built");
    let library = scratch.join("libsyncline.a");
    fs::copy(built, &library).unwrap();
    (library, told)
}

/// The warnings under which C must compile, each an error.
pub(crate) const C_WARNINGS: &[&str] = &[
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Werror",
    "-Wconversion",
    "-Wshadow",
    "-Wundef",
    "-Wstrict-prototypes",
    "-Wmissing-prototypes",
];

/// The warnings under which C++ must compile, each an error.
pub(crate) const CPP_WARNINGS: &[&str] = &[
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Werror",
    "-Wconversion",
    "-Wshadow",
    "-Wundef",
    "-Wold-style-cast",
    "-Wnon-virtual-dtor",
];

/// The files in a folder of the tests with this ending, in order.
pub(crate) fn sources(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|got| got == ending)).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

/// Compiles C or C++ files to one program with the shared library; `checked` by the sanitizers.
pub(crate) fn program(
    scratch: &Scratch,
    name: &str,
    sources: &[PathBuf],
    checked: bool,
) -> PathBuf {
    let is_c = sources.iter().all(|path| path.extension().is_some_and(|ending| ending == "c"));
    let mut compiler = tool(if is_c { "gcc" } else { "g++" });
    compiler.args(if is_c { C_WARNINGS } else { CPP_WARNINGS });
    compiler.arg(if is_c { "-std=c11" } else { "-std=c++17" }).args(["-g", "-O1"]);
    if checked {
        compiler.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
        compiler.arg("-fno-omit-frame-pointer");
    }
    let library = place_library(scratch);
    let program = scratch.join(format!("{name}{}", if checked { "-checked" } else { "" }));
    run(compiler
        .arg("-I")
        .arg(include())
        .args(sources)
        .arg("-o")
        .arg(&program)
        .arg("-L")
        .arg(&library)
        .arg("-lsyncline")
        .arg("-pthread")
        .arg(format!("-Wl,-rpath,{}", library.display())));
    program
}

/// A program that was compiled with the sanitizers, about to run.
pub(crate) fn sanitized(program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env("RUST_BACKTRACE", "0")
        .env("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1")
        .env("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1");
    command
}

/// Valgrind, to which the program and its arguments are to be given.
///
/// A shared pointer of Rust points behind its counts, which valgrind calls possibly lost.
pub(crate) fn grinding() -> Command {
    let mut command = tool("valgrind");
    command
        .args(["--quiet", "--error-exitcode=99", "--leak-check=full", "--fair-sched=yes"])
        .args(["--show-leak-kinds=definite,indirect"])
        .args(["--errors-for-leak-kinds=definite,indirect"]);
    command
}
