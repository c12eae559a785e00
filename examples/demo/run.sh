#!/bin/sh
# Builds the C server and client against the installed library, fetches two published versions of a package, and runs the
# demo: sh examples/demo/run.sh BUILD_DIR, where BUILD_DIR/prefix holds the library.
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)

PKG_CONFIG_PATH=$build/prefix/lib/pkgconfig
export PKG_CONFIG_PATH
for program in server client; do
  # shellcheck disable=SC2046
  cc -std=c11 -O2 -Wall -Wextra -Wpedantic -Werror -o "$build/$program" "$here/../c/$program.c" \
    $(pkg-config --cflags --libs syncline libwebsockets) -Wl,-rpath,"$build/prefix/lib" -lpthread
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
