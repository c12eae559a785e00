#!/bin/sh
# Builds the C server and client against the library just built, fetches two published versions of a package, and runs
# the demo: sh examples/demo/run.sh RELEASE_DIR
set -eu
release=$1
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=$top/build/demo
mkdir -p "$build"

flags="-std=c11 -O2 -Wall -Wextra -Wpedantic -Werror"
for program in server client; do
  # shellcheck disable=SC2046,SC2086
  cc $flags -I"$top/include" -o "$build/$program" "$top/examples/c/$program.c" \
    -L"$release" -lsyncline -Wl,-rpath,"$release" $(pkg-config --cflags --libs libwebsockets) -lpthread
done

older=1.33.0 newer=1.54.0
for version in $older $newer; do
  if [ ! -f "$build/mime-db-$version/package/db.json" ]; then
    mkdir -p "$build/mime-db-$version"
    (cd "$build" && npm pack --silent "mime-db@$version" >/dev/null)
    tar xzf "$build/mime-db-$version.tgz" -C "$build/mime-db-$version"
  fi
done

exec node "$here/demo.mjs" "$build" "$older" "$newer"
