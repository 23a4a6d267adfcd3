#!/bin/sh
# Rewrite both lock files: every version, every hash, no registry address.
#
# Extras stay in the names (--no-strip-extras), and their dependencies are listed too: the files
# are installed with --no-deps, so a package that is missing here is not installed.
set -eu

uv=$(command -v uv || echo .venv/bin/uv)
if ! [ -x "$uv" ]; then
    echo "This needs uv: https://docs.astral.sh/uv/getting-started/installation/" >&2
    exit 1
fi

compile() {
    "$uv" pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
        --no-strip-extras --all-extras --group build \
        --no-header --no-emit-index-url --no-emit-find-links --quiet "$@"
}

# LOCK_UPGRADE= keeps the versions that are locked and only adds what is missing.
upgrade=${LOCK_UPGRADE---upgrade}

compile $upgrade --output-file requirements.lock
compile $upgrade --group dev --constraint requirements.lock --output-file requirements-dev.lock
