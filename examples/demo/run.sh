#!/bin/sh
# Builds the C server and client against the installed library, fetches two published versions of a package, and runs the
# demo: sh examples/demo/run.sh BUILD_DIR, where BUILD_DIR/prefix holds the library.
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)

for program in server client; do
  # Flags of pkg-config are words; the path of this build may have spaces and is not among them.
  # shellcheck disable=SC2046
  cc -std=c11 -O2 -Wall -Wextra -Wpedantic -Werror -o "$build/$program" "$here/../c/$program.c" \
    -I"$build/prefix/include" -L"$build/prefix/lib" -lsyncline \
    $(pkg-config --cflags --libs libwebsockets) -Wl,-rpath,"$build/prefix/lib" -lpthread
done

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
