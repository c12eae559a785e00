//! The header compiles in every dialect without a warning, and C and C++ programs run under the checkers.
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
use std::path::{Path, PathBuf};
use std::process::Command;

use syncline_core::host::flight::replay;
use workshop::{
    C_WARNINGS, CPP_WARNINGS, Scratch, grinding, include, program, run, sanitized, sources, tool,
};

/// Two files that both include the header twice, so that nothing in it may be defined twice.
fn compile_alone(scratch: &Scratch, compiler: &str, standard: &str, header: &str) {
    let ending = if compiler == "g++" { "cpp" } else { "c" };
    let warnings = if compiler == "g++" { CPP_WARNINGS } else { C_WARNINGS };
    let text = format!("#include \"{header}\"\n#include \"{header}\"\n");
    let mut objects = Vec::new();
    for name in ["one", "two"] {
        let stem = format!("{standard}-{}-{name}", header.replace('.', "-"));
        let (source, object) =
            (scratch.join(format!("{stem}.{ending}")), scratch.join(format!("{stem}.o")));
        let main =
            if name == "one" { "int main(void);\nint main(void) { return 0; }\n" } else { "" };
        fs::write(&source, format!("{text}{main}")).unwrap();
        run(tool(compiler)
            .arg(format!("-std={standard}"))
            .args(warnings)
            .arg("-I")
            .arg(include())
            .arg("-c")
            .arg(&source)
            .arg("-o")
            .arg(&object));
        objects.push(object);
    }
    // The C++ header's inline functions call the library; only double definitions are of interest.
    run(tool(compiler).arg("-r").args(&objects).arg("-o").arg(scratch.join("joined.o")));
}

#[test]
fn the_header_compiles_in_every_dialect_and_twice() {
    let scratch = Scratch::new("dialects");
    for standard in ["c99", "c11", "c17", "c2x"] {
        compile_alone(&scratch, "gcc", standard, "syncline.h");
    }
    for standard in ["c++17", "c++20"] {
        compile_alone(&scratch, "g++", standard, "syncline.h");
        compile_alone(&scratch, "g++", standard, "syncline.hpp");
    }
    let source = scratch.join("no-exceptions.cpp");
    fs::write(&source, "#include \"syncline.hpp\"\n").unwrap();
    run(tool("g++")
        .args(CPP_WARNINGS)
        .args(["-std=c++17", "-fno-exceptions", "-fno-rtti", "-fsyntax-only", "-I"])
        .arg(include())
        .arg(source));
}

/// Compiles one program against the shared library.
fn compile(scratch: &Scratch, source: &Path, checked: bool) -> PathBuf {
    let name = source.file_stem().unwrap().to_str().unwrap();
    program(scratch, name, &[source.to_owned()], checked)
}

fn in_folder(scratch: &Scratch, name: &str) -> PathBuf {
    let folder = scratch.join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Every program gets an empty folder as its only argument.
fn run_all(scratch: &Scratch, sources: &[PathBuf]) {
    for source in sources {
        let name = source.file_stem().unwrap().to_str().unwrap();
        run(sanitized(&compile(scratch, source, true))
            .arg(in_folder(scratch, &format!("{name}-asan-data"))));
        run(grinding()
            .arg(compile(scratch, source, false))
            .arg(in_folder(scratch, &format!("{name}-valgrind-data"))));
    }
}

#[test]
fn c_programs_run_under_the_checkers() {
    let scratch = Scratch::new("c");
    run_all(&scratch, &sources("c", "c"));
    for checker in ["asan", "valgrind"] {
        for (name, end) in [("client", "Ended(Some("), ("server", "Ended(Some("), ("full", "Full")]
        {
            let path = scratch.join(format!("automatic-{checker}-data/{name}.flight"));
            let replayed = replay(&fs::read(path).unwrap(), |_| ()).unwrap();
            assert!(replayed.differs.is_none() && !replayed.state_differs, "{replayed:?}");
            let ended = format!("{:?}", replayed.end.unwrap());
            assert!(ended.starts_with(end), "{name}: {replayed:?}");
            assert!(replayed.inputs > 2, "{name}: {replayed:?}");
        }
    }
}

#[test]
fn the_example_of_the_readme_runs_and_tells_what_it_should() {
    let scratch = Scratch::new("quickstart");
    let source = workshop::root().join("examples/c/quickstart.c");
    run_all(&scratch, std::slice::from_ref(&source));
    let told = run(&mut Command::new(compile(&scratch, &source, false)));
    let want = "changed here: [\"items\",\"visits\"]\nedit 1: applied\nedit 2: applied\n\
        the server has {\"items\":[\"tea\",\"milk\"],\"visits\":1}\n";
    assert_eq!(told, want);
}

#[test]
fn cpp_programs_run_under_the_checkers() {
    run_all(&Scratch::new("cpp"), &sources("cpp", "cpp"));
}

#[test]
fn the_checkers_find_what_they_are_there_for() {
    let scratch = Scratch::new("planted");
    let source = scratch.join("leak.c");
    let text = "#include \"syncline.h\"\n#include <stdlib.h>\n\
        int main(void) { char *volatile lost = malloc(7); lost = NULL; (void)lost;\n\
        return syncline_abi_version() == 1 ? 0 : 1; }\n";
    fs::write(&source, text).unwrap();
    let output = Command::new(compile(&scratch, &source, true)).output().unwrap();
    assert!(!output.status.success(), "the sanitizer missed a leak");
    let output = tool("valgrind")
        .args(["--quiet", "--error-exitcode=99", "--leak-check=full"])
        .arg(compile(&scratch, &source, false))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(99), "valgrind missed a leak");
}
