"""Writes settings to ``.env``, readable by its owner only."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

NAME = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")


def write_settings(path: Path, values: Mapping[str, str]) -> None:
    """Set ``values`` in the file at ``path`` and keep all its other lines.

    The file is replaced atomically and gets mode 0600, whatever it had before.
    """
    kept = path.read_text("utf-8").splitlines() if path.exists() else []
    lines = [line for line in kept if _name_of(line) not in values]
    lines += [f"{name}={value}" for name, value in values.items()]
    _replace(path, "\n".join(lines) + "\n")


def _name_of(line: str) -> str | None:
    match = NAME.match(line)
    return match.group(1) if match else None


def _replace(path: Path, text: str) -> None:
    # mkstemp creates the file with mode 0600.
    handle, name = tempfile.mkstemp(dir=path.parent or Path(), prefix=".env-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
