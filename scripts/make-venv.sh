#!/bin/sh
# Make a virtual environment with the newest suitable Python of this machine.
# A name on the PATH may be a shim for a version that is not installed, so each one is tried.
set -eu
venv=$1

for python in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3 python; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
    echo "Making $venv with $("$python" --version 2>&1)"
    if "$python" -m venv "$venv"; then
        exit 0
    fi
    rm -rf "$venv"
    echo "That Python cannot make virtual environments." >&2
    echo "On Debian and Ubuntu this installs what is missing: sudo apt install python3-venv" >&2
    exit 1
done

echo "Python 3.11 or newer is needed, and none was found on this machine." >&2
echo "Get it from https://www.python.org/downloads/ or your system's packages," >&2
echo "or name yours: make PYTHON=/path/to/python3" >&2
exit 1
