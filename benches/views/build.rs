//! Compiles what a program in C does.

fn main() {
    println!("cargo:rerun-if-changed=../c/views.c");
    println!("cargo:rerun-if-changed=../../include/syncline.h");
    cc::Build::new()
        .file("../c/views.c")
        .include("../../include")
        .opt_level(2)
        .warnings_into_errors(true)
        .compile("syncline_bench_views");
}
