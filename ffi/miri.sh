#!/bin/sh
# Miri over the C library and over what the engine shares between threads: ffi/miri.sh cargo folder
set -eu
cargo=$1
folder=$2
export PROPTEST_CASES=4 RUST_BACKTRACE=0

miri() {
  package=$1
  flags=$2
  shift 2
  echo "miri $package $flags $*"
  # The clock and the disk are the system's.
  MIRIFLAGS="-Zmiri-disable-isolation $flags" "$cargo" +nightly miri test --quiet --locked --package "$package" --lib \
    --target-dir "$folder" -- "$@"
}

# A planted mistake has to be refused as what it is.
refused() {
  mistake=$1
  words=$2
  if miri syncline-ffi "" --exact "conversation::planted::$mistake" >"$folder/planted.log" 2>&1; then
    echo "Miri did not notice: $mistake"
    exit 1
  fi
  grep -q "Undefined Behavior: $words" "$folder/planted.log" || {
    cat "$folder/planted.log"
    echo "Miri refused for another reason: $mistake"
    exit 1
  }
  echo "refused, as it has to be: $mistake"
}

mkdir -p "$folder"
refused bytes_of_an_output_are_read_after_the_next_poll "memory access failed"
refused a_text_is_shorter_than_it_is_said_to_be "constructing invalid value"
refused a_handle_is_used_after_it_was_freed "constructing invalid value"
refused two_threads_use_one_output "Data race"

miri syncline-ffi "" --skip planted
miri syncline-ffi -Zmiri-tree-borrows conversation:: buf:: wake:: --skip planted
# What threads share, in some of the orders in which they may run; `make loom` tries them all on a part of it.
miri syncline-ffi -Zmiri-many-seeds=0..16 conversation::threads
miri syncline-core -Zmiri-many-seeds=0..8 host::wake host::cell
miri syncline-core "" host::storage host::view digest::tests
