#!/bin/sh
# Install exactly what a lock file pins, then this project itself, in place.
set -eu
python=$1
lock=$2

echo "Installing what $lock pins (a minute or two, once) ..."
"$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
