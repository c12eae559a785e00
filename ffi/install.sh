#!/bin/sh
# Installs the header, the library, and what pkg-config and CMake need to find them.
#
#   install.sh RELEASE_DIR DESTDIR PREFIX LIBDIR INCLUDEDIR VERSION ABI
#
# Everything is put below DESTDIR, which may be empty, and refers to itself without it.
set -eu

if [ $# -ne 7 ]; then
  sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
release=$1 destdir=$2 prefix=$3 libdir=$4 includedir=$5 version=$6 abi=$7
here=$(cd "$(dirname "$0")" && pwd)

# What `rustc --print native-static-libs` names for the static library on glibc, without -lgcc_s and -lc: the
# C compiler adds its own, and -lgcc_s has no static library, so that `cc -static` would fail.
libs_private="-lutil -lrt -lpthread -lm -ldl"

for file in libsyncline.so libsyncline.a; do
  [ -f "$release/$file" ] || { echo "missing: $release/$file (Linux only)" >&2; exit 1; }
done

# The way from folder $1 to folder $2, both absolute.
way() {
  from=${1%/} to=${2%/} up=
  while [ "${to#"$from"/}" = "$to" ] && [ "$to" != "$from" ]; do
    from=${from%/*}
    up=../$up
  done
  rest=${to#"$from"}
  printf '%s' "$up${rest#/}"
}

# The width of a pointer in the library: byte 5 of an ELF file is 1 for 32 bits, 2 for 64.
class=$(od -An -j4 -N1 -tu1 "$release/libsyncline.so" | tr -d ' ')
pointer_bytes=$((class * 4))

fill() {
  sed -e "s|@PREFIX@|$prefix|g" -e "s|@LIBDIR@|$libdir|g" -e "s|@INCLUDEDIR@|$includedir|g" \
    -e "s|@VERSION@|$version|g" -e "s|@ABI@|$abi|g" \
    -e "s|@LIBS_PRIVATE@|$libs_private|g" \
    -e "s|@LIBS_PRIVATE_CMAKE@|$(printf '%s' "$libs_private" | tr ' ' ';')|g" \
    -e "s|@INCLUDE_FROM_LIB@|$(way "$libdir" "$includedir")|g" \
    -e "s|@POINTER_BYTES@|$pointer_bytes|g" "$1"
}

lib=$destdir$libdir
include=$destdir$includedir
mkdir -p "$lib/pkgconfig" "$lib/cmake/syncline" "$include/syncline"

install -m 644 "$here/../include/syncline.h" "$here/../include/syncline.hpp" "$include/"
install -m 644 "$here"/../include/syncline/*.hpp "$include/syncline/"
install -m 755 "$release/libsyncline.so" "$lib/libsyncline.so.$version"
ln -sf "libsyncline.so.$version" "$lib/libsyncline.so.$abi"
ln -sf "libsyncline.so.$abi" "$lib/libsyncline.so"
install -m 644 "$release/libsyncline.a" "$lib/libsyncline.a"
fill "$here/syncline.pc.in" > "$lib/pkgconfig/syncline.pc"
for file in syncline-config.cmake syncline-config-version.cmake; do
  fill "$here/cmake/$file.in" > "$lib/cmake/syncline/$file"
done
