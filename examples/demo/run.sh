#!/bin/sh
# Builds the server and the client of each language against the release build of their package, fetches two published versions of
# a package of records, and runs the demo: sh examples/demo/run.sh BUILD_DIR, where BUILD_DIR/prefix holds the C library.
#
# What the tests build is neither used nor replaced, except for the compiled TypeScript, which is the same in both.
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cargo=${CARGO:-cargo}

for program in server client; do
  # Flags of pkg-config are words; the path of this build may have spaces and is not among them.
  # shellcheck disable=SC2046
  cc -std=c11 -O2 -Wall -Wextra -Wpedantic -Werror -o "$build/$program" "$here/../c/$program.c" \
    -I"$build/prefix/include" -L"$build/prefix/lib" -lsyncline \
    $(pkg-config --cflags --libs libwebsockets) -Wl,-rpath,"$build/prefix/lib" -lpthread
done

cd "$root"
"$cargo" build --quiet --release --locked -p syncline-node
cp "${CARGO_TARGET_DIR:-target}/release/libsyncline_node.so" "$build/syncline.node"
export SYNCLINE_NATIVE_LIBRARY="$build/syncline.node"
cd "$root/bindings-node"
npm run --silent build:ts

[ -x "$build/python/bin/python" ] || "${PYTHON:-python3}" -m venv "$build/python"
export PYTHON="$build/python/bin/python"
pip() { "$PYTHON" -m pip --quiet --disable-pip-version-check "$@"; }
pip install -c "$root/bindings-python/requirements-dev.txt" maturin websockets
rm -rf "$build/wheels"
cd "$root/bindings-python"
"$build/python/bin/maturin" build --quiet --release --locked --interpreter "$PYTHON" --out "$build/wheels"
pip install --no-deps --force-reinstall "$build"/wheels/*.whl

older=1.33.0 newer=1.54.0
for version in $older $newer; do
  folder=$build/mime-db-$version
  if [ ! -d "$folder" ]; then
    rm -rf "$folder.part" && mkdir -p "$folder.part"
    (cd "$build" && npm pack --silent "mime-db@$version" >/dev/null)
    tar xzf "$folder.tgz" -C "$folder.part"
    mv "$folder.part" "$folder" # whole, or not there
  fi
done

exec node "$here/demo.mjs" "$build" "$older" "$newer"
