"""``multipart/form-data`` parser that is as lenient as Telegram.

aiohttp drops a part whose ``Content-Disposition`` does not follow the RFC. Telegram accepts file
names without quotes, with blanks and letters of all scripts, and empty ones.
https://www.rfc-editor.org/rfc/rfc7578
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from aiohttp import BodyPartReader, web
from aiohttp.multipart import MultipartReader

from sandbox.world.errors import bad_request

_PARAMETER = re.compile(
    r";\s*(?P<name>[A-Za-z-]+\*?)\s*=\s*(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<bare>[^;]*))"
)
_SUBTYPE = re.compile(r"(?i)multipart/form-data")
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a form; ``filename`` is None for a plain value."""

    name: str
    filename: str | None
    mime: str
    data: bytes


async def read_parts(request: web.Request, limit: int) -> list[Part]:
    """All parts of a request.

    Args:
        limit: bytes of all parts together.

    Raises:
        ApiError: 400, the body is no form.
        HTTPRequestEntityTooLarge: it is larger than that.
    """
    parts: list[Part] = []
    left = limit
    try:
        async for part in _reader(request):
            if part is None or isinstance(part, MultipartReader):
                continue
            found = await _read(part, left)
            left -= len(found.data)
            parts.append(found)
    except (ValueError, AssertionError, EOFError) as error:
        raise bad_request("failed to parse request body") from error
    return parts


def _reader(request: web.Request) -> MultipartReader:
    """A reader that does not check dispositions, which aiohttp does for forms."""
    kind = request.headers.get("Content-Type", "")
    mixed = _SUBTYPE.sub("multipart/mixed", kind, count=1)
    return MultipartReader({"Content-Type": mixed}, request.content)


async def _read(part: BodyPartReader, left: int) -> Part:
    given = disposition(part.headers.get("Content-Disposition", ""))
    data = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        data += part.decode(chunk)
        if len(data) > left:
            raise web.HTTPRequestEntityTooLarge(max_size=left, actual_size=len(data))
    return Part(
        name=given.get("name", ""),
        filename=given.get("filename"),
        mime=part.headers.get("Content-Type", ""),
        data=bytes(data),
    )


def disposition(header: str) -> dict[str, str]:
    """The parameters of a ``Content-Disposition``; ``filename*`` counts before ``filename``."""
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(header):
        name = match["name"].lower()
        quoted = match["quoted"]
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match["bare"].strip()
        if name.endswith("*"):
            found[name[:-1]] = _extended(value)
        else:
            found.setdefault(name, _readable(value))
    return found


def _extended(value: str) -> str:
    """https://www.rfc-editor.org/rfc/rfc8187"""
    charset, _, rest = value.partition("'")
    try:
        return unquote_to_bytes(rest.partition("'")[2]).decode(charset or "utf-8", "replace")
    except LookupError:
        return unquote_to_bytes(rest).decode("utf-8", "replace")


def _readable(value: str) -> str:
    """Bytes that are not UTF-8 come from aiohttp as surrogates."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
