#!/bin/sh
# Install exactly what a lock file pins, then this project itself, in place.
#
# Nothing is resolved (--no-deps): the lock names every package, so newer releases make no
# difference. `pip check` then checks that no dependency is missing.
set -eu
python=$1
lock=$2
log=$(dirname "$python")/../install.log

pip() {
    "$python" -m pip --disable-pip-version-check --no-input "$@"
}

# The full output goes to the log; one line a package is shown.
show() {
    total=$(grep -c '^[a-z0-9]' "$lock")
    count=0
    while IFS= read -r line; do
        case $line in
        Collecting\ *)
            count=$((count + 1))
            name=${line#Collecting }
            echo "  [$count/$total] ${name%% *}"
            ;;
        Processing\ *.whl*) # From a local folder.
            count=$((count + 1))
            name=${line%%.whl*}
            echo "  [$count/$total] ${name##*/}"
            ;;
        Installing\ collected\ packages:*) echo "  Unpacking ..." ;;
        esac
    done
}

failed() {
    grep -i '^ *error' "$log" | head -n 5 >&2 || true
    echo "Installing failed. Check the network (behind a proxy set HTTPS_PROXY), then run the same" \
        "command again; if it still fails, run \"make clean\" first. pip's output: $log" >&2
    exit 1
}

echo "Installing what $lock pins (a minute or two, once) ..."
: >"$log"
{
    PYTHONUNBUFFERED=1 pip install --no-deps --require-hashes -r "$lock" &&
        pip install --no-deps --no-build-isolation -e . &&
        pip check &&
        echo "everything is installed"
} 2>&1 | tee -a "$log" | show
grep -q '^everything is installed$' "$log" || failed
