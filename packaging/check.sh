#!/bin/sh
# Installs the packages of the folder given as a user would, in empty folders outside the repository, and runs the examples of the
# packages' READMEs there.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
out=$(cd "$1" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

mkdir "$place/python"
cd "$place/python"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "$out"/*.whl
cp "$root/bindings-python/README.md" .
