#!/bin/sh
# The programs of the C gates, with a library that is compiled for the sanitizers too: ffi/sanitize.sh cargo folder
set -eu
cargo=$1
folder=$2
tests=$(cd "$(dirname "$0")/tests" && pwd)
root=$(cd "$tests/../.." && pwd)
triple=x86_64-unknown-linux-gnu
runtimes=$(rustc +nightly --print sysroot)/lib/rustlib/$triple/lib
export RUST_BACKTRACE=0
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

# instrumented address|thread command arguments: the standard library has to be compiled for the sanitizer as well.
instrumented() {
  sanitizer=$1
  command=$2
  shift 2
  RUSTFLAGS="-Zsanitizer=$sanitizer -Cforce-frame-pointers=yes" "$cargo" +nightly "$command" --quiet --locked \
    -Zbuild-std --target $triple --target-dir "$folder/$sanitizer" "$@"
}

# compiled address|thread name sources: the runtime is that of the nightly compiler, which is newer than clang's.
compiled() {
  sanitizer=$1
  program=$folder/$sanitizer/$2
  shift 2
  case $sanitizer in
    address) runtime=asan flags="-fsanitize=address,undefined -fno-sanitize=vptr,function -fno-sanitize-recover=all" ;;
    thread) runtime=tsan flags=-fsanitize=thread ;;
  esac
  case $1 in
    *.cpp) compiler=clang++ standard=c++17 ;;
    *) compiler=clang standard=c11 ;;
  esac
  # shellcheck disable=SC2086
  $compiler -std=$standard -g -O1 -fno-omit-frame-pointer -DSYNCLINE_STATIC $flags -fno-sanitize-link-runtime -I "$root/include" "$@" \
    "$folder/$sanitizer/$triple/debug/libsyncline.a" \
    -Wl,--whole-archive "$runtimes/librustc-nightly_rt.$runtime.a" -Wl,--no-whole-archive \
    -Wl,--export-dynamic -lgcc_s -lutil -lrt -lpthread -lm -ldl -lresolv -o "$program"
}

# ran address|thread name arguments: with an empty folder as the first argument, if that is `-`.
ran() {
  program=$folder/$1/$2
  shift 2
  if [ "$1" = - ]; then
    shift
    rm -rf "$program-data"
    mkdir "$program-data"
    set -- "$program-data" "$@"
  fi
  if ! "$program" "$@" >"$program.log" 2>&1; then
    tail -n 60 "$program.log"
    echo "failed: $program"
    exit 1
  fi
  echo "ran: $(basename "$(dirname "$program")") $(basename "$program")"
}

# A planted mistake has to be found as what it is.
found() {
  compiled "$1" "$2" "$tests/c/planted/$2.c"
  program=$folder/$1/$2
  if "$program" >"$program.log" 2>&1 || ! grep -q "$3" "$program.log"; then
    tail -n 60 "$program.log"
    echo "not found: $2"
    exit 1
  fi
  echo "found, as it has to be: $2"
}

for sanitizer in address thread; do
  mkdir -p "$folder/$sanitizer"
  instrumented $sanitizer rustc --package syncline-ffi --lib --crate-type staticlib --features test-panic
done

found address beyond heap-buffer-overflow
found address freed heap-use-after-free
found address lost "detected memory leaks"
found thread shared "data race"

for source in "$tests"/c/*.c "$tests"/cpp/*.cpp "$root/examples/c/quickstart.c"; do
  name=$(basename "$source" | tr . -)
  compiled address "$name" "$source"
  ran address "$name" - $([ "$name" != storm-c ] || echo 30)
done
for name in automatic standby storm; do
  compiled thread $name "$tests/c/$name.c"
  ran thread $name - $([ $name != storm ] || echo 15)
done

compiled address panics "$tests/c/panics/panics.c"
ran address panics -
compiled address texts "$tests/c/texts/main.c"
ran address texts "$root/scenarios/json/parsing.tsv"
compiled address corpora "$tests/c/corpora/main.c"
ran address corpora $(find "$root"/core/fuzz/corpus/frame_* "$root"/core/fuzz/corpus/options "$root"/core/fuzz/corpus/patch \
  "$root"/core/fuzz/corpus/record_* "$root"/core/fuzz/corpus/value "$root"/core/fuzz/corpus/view_* -type f)
for sanitizer in address thread; do
  compiled $sanitizer scenarios "$tests"/c/scenarios/*.c
  ran $sanitizer scenarios "$root"/scenarios/flat/* "$root"/scenarios/views/flat/*
done

# And the handles in Rust, with their threads.
instrumented thread test --package syncline-core --lib -- host::cell host::client host::server host::storage host::storm host::tests host::wake
