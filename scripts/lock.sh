#!/bin/sh
# Write both lock files anew: every version, every hash, no address of any registry.
set -eu

uv=$(command -v uv || echo .venv/bin/uv)
if ! [ -x "$uv" ]; then
    echo "This needs uv: https://docs.astral.sh/uv/getting-started/installation/" >&2
    exit 1
fi

compile() {
    "$uv" pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
        --upgrade --no-header --no-emit-index-url --no-emit-find-links --quiet "$@"
}

compile --group build --output-file requirements.lock
compile --group build --group dev --extra postgres --extra vault --constraint requirements.lock \
    --output-file requirements-dev.lock
