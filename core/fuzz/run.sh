#!/bin/sh
# Runs targets one after the other, and says what came of each: run.sh SECONDS FOLDER [NAME...]
#
# What is new is gathered in FOLDER, beside the corpora here. With KEEP=1 each corpus is then chosen anew from both: few
# inputs that reach all, or of those some of each size where they are more than 200 inputs or 200 kB. Inputs with a dash in
# their name were given one by somebody, and stay. Fails if a target fails; its input lies in core/fuzz/artifacts.
set -eu

seconds=$1
folder=$2
shift 2
cd "$(dirname "$0")"

missing() {
  echo "missing: $1"
  echo "install: $2"
  exit 1
}
cargo +nightly --version >/dev/null 2>&1 || missing "a nightly compiler" "rustup toolchain install nightly"
cargo fuzz --version >/dev/null 2>&1 || missing "cargo-fuzz" "cargo install cargo-fuzz"
command -v clang++ >/dev/null 2>&1 || command -v c++ >/dev/null 2>&1 || missing "a C++ compiler" "apt-get install -y clang"

[ -z "${CARGO_TARGET_DIR:-}" ] || export CARGO_TARGET_DIR="$CARGO_TARGET_DIR/fuzz"
[ $# -gt 0 ] || set -- $(cargo +nightly fuzz list)
mkdir -p "$folder"
cargo +nightly fuzz build >"$folder/build.log" 2>&1 || { cat "$folder/build.log"; exit 1; }

failed=0
printf '%-16s %12s %9s %9s %9s %7s %8s %s\n' target executions per_sec coverage new files bytes result
for name in "$@"; do
  found="$folder/$name"
  log="$folder/$name.log"
  mkdir -p "$found"
  result=ok
  cargo +nightly fuzz run "$name" "$found" "corpus/$name" -- -max_total_time="$seconds" -print_final_stats=1 \
    -max_len=4096 -timeout=10 -rss_limit_mb=2048 >"$log" 2>&1 || { result=FAILED; failed=1; }
  if [ "${KEEP:-}" = 1 ] && [ $result = ok ]; then
    rm -rf "$folder/$name.kept"
    mkdir "$folder/$name.kept"
    cargo +nightly fuzz run "$name" "$folder/$name.kept" "corpus/$name" "$found" -- -set_cover_merge=1 -max_len=4096 \
      >"$log.kept" 2>&1 || { result="FAILED to keep"; failed=1; }
    if [ "$result" = ok ]; then
      find "corpus/$name" -type f ! -name '*-*' -delete
      kept=$(ls "$folder/$name.kept" | wc -l)
      bytes=$(cat "$folder/$name.kept"/* | wc -c)
      ls -Sr "$folder/$name.kept" | awk -v kept="$kept" -v bytes="$bytes" '
        BEGIN { part = 1; if (kept > 200) part = 200 / kept; if (bytes * part > 200000) part = 200000 / bytes }
        int(NR * part) > int((NR - 1) * part)
      ' | while read -r input; do cp "$folder/$name.kept/$input" "corpus/$name"; done
    fi
  fi
  # The first number is what the corpora reach, the last one what was reached in the end.
  awk -v name="$name" -v result="$result" -v files="$(ls "corpus/$name" | wc -l)" \
    -v bytes="$(cat "corpus/$name"/* | wc -c)" '
    match($0, /cov: [0-9]+/) { last = substr($0, RSTART + 5, RLENGTH - 5); if (/INITED/) first = last }
    /stat::number_of_executed_units/ { runs = $2 }
    /stat::average_exec_per_sec/ { rate = $2 }
    END { printf "%-16s %12d %9d %9d %9d %7d %8d %s\n", name, runs, rate, last, last - first, files, bytes, result }
  ' "$log"
  [ "$result" = ok ] || grep -aE 'panicked at|SUMMARY|Test unit written|assertion|ERROR: libFuzzer' -A 2 "$log" | head -20
done
exit $failed
