#!/bin/sh
# Builds what is published, into the folder given: the wheel and its sources, and the npm packages. Each is judged: which systems
# the compiled parts run on, and what the archives hold.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
tools=$out/tools
glibc=2.17 # what manylinux2014 promises
triple=x86_64-unknown-linux-gnu
rm -f "$out"/*.whl "$out"/*.tar.gz "$out"/*.tgz

[ -x "$tools/bin/python" ] || python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check -r "$root/packaging/requirements.txt"
PATH=$tools/bin:$PATH

cd "$root/bindings-python"
maturin build --quiet --profile dist --locked --zig --target $triple --compatibility manylinux2014 --out "$out"
maturin sdist --out "$out"
wheel=$(echo "$out"/*.whl)
# Told over several lines.
auditwheel show "$wheel" | tr '\n' ' ' | grep -q "consistent with the following platform tag: *\"manylinux_2_17_x86_64\"" || {
  echo "the wheel does not run on every manylinux2014 system:" >&2
  auditwheel show "$wheel" >&2
  exit 1
}
abi3audit --strict "$wheel"

cd "$root"
cargo zigbuild --quiet --profile dist --locked -p syncline-node --target "$triple.$glibc"
library=${CARGO_TARGET_DIR:-target}/$triple/dist/libsyncline_node.so
needed=$(nm -D --with-symbol-versions "$library" | sed -n 's/.*@GLIBC_//p' | sort -V | tail -n 1)
[ "$(printf '%s\n' "$needed" $glibc | sort -V | tail -n 1)" = $glibc ] || {
  echo "the addon needs glibc $needed, and the package promises $glibc" >&2
  exit 1
}
platform=$root/bindings-node/npm/linux-x64-gnu
cp "$library" "$platform/syncline.linux-x64-gnu.node"
cd "$root/bindings-node"
npm ci --silent --no-audit --no-fund
npm run --silent build:wasm
npm run --silent build:ts
npm run --silent build:browser
npm pack --silent --pack-destination "$out" >/dev/null
cd "$platform"
npm pack --silent --pack-destination "$out" >/dev/null
rm syncline.linux-x64-gnu.node
ls -l "$out"/*.whl "$out"/*.tar.gz "$out"/*.tgz
