"""Repairs JSON of Telegram's that a strict decoder rejects, where possible.

A lone surrogate (``\\ud83d`` without its other half), bytes that are not UTF-8 and control
characters inside a string are replaced; nothing else is changed. An undecodable entry of an
answer must not prevent reading the others, so a list can be split without decoding it.
"""

from __future__ import annotations

import re
from typing import Final

_REPLACEMENT: Final = b"\\ufffd"
_ESCAPES: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\."
)
_CONTROL: Final = re.compile(rb"[\x00-\x1f]")
_RESULT: Final = re.compile(rb'"result"\s*:\s*\[')
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_UPDATE_ID: Final = re.compile(rb'"update_id"\s*:\s*"?(-?\d{1,40})(?:\.0+)?"?\s*[,}]')


def repair(body: bytes) -> bytes:
    """``body`` with the three faults above repaired."""
    text = body.decode("utf-8", "replace").encode()
    text = _CONTROL.sub(b" ", text)
    return _ESCAPES.sub(lambda m: _REPLACEMENT if m["lone"] else m[0], text)


def split_result(body: bytes) -> list[bytes] | None:
    """The raw entries of the answer's ``result`` list; None when there is none."""
    found = _RESULT.search(body)
    if found is None:
        return None
    entries: list[bytes] = []
    depth, begin = 0, found.end()
    for token in _TOKEN.finditer(body, found.end()):
        sign = token[0]
        if sign in (b"{", b"["):
            depth += 1
        elif depth == 0 and sign in (b",", b"]"):
            if entry := body[begin : token.start()].strip():
                entries.append(entry)
            if sign == b"]":
                return entries
            begin = token.end()
        elif sign in (b"}", b"]"):
            depth -= 1
    return None


def update_id_of(raw: bytes) -> int | None:
    """The ``update_id`` of an update that can't be decoded."""
    found = _UPDATE_ID.search(raw)
    return int(found[1]) if found else None
