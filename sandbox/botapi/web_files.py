"""Files that a call names by a URL.

Those on this machine are fetched. Other machines are not contacted: a generated file
of the requested kind is used instead.
https://core.telegram.org/bots/api#sending-files
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp

from sandbox.botapi.request_params import Params, Upload
from sandbox.botapi.webhook_delivery import on_this_machine
from sandbox.seed_images import landscape
from sandbox.world.errors import ApiError
from sandbox.world.refusals import refused

FETCH_SECONDS = 10.0
BIGGEST_FETCH = 20 * 2**20
PARAMETERS = (
    "photo",
    "live_photo",
    "document",
    "video",
    "audio",
    "voice",
    "animation",
    "sticker",
    "video_note",
    "thumbnail",
    "cover",
    "media",
)
PICTURES = ("photo", "thumbnail", "sticker")


def is_url(ref: str) -> bool:
    return ref.lower().startswith(("http://", "https://"))


def stand_in(url: str, kind: str) -> Upload:
    """A generated file instead of one on another machine.

    Raises:
        ApiError: 400, there can be none: no host, one that never exists, or this machine's own
            file could not be fetched.
    """
    host, name = _parts(url)
    if "." not in host or host.endswith(".invalid") or on_this_machine(url):
        raise refused("url_content")
    if kind in PICTURES or (mimetypes.guess_type(name)[0] or "").startswith("image/"):
        return Upload(name=name or "photo.png", mime="", data=landscape("hills")[0])
    return Upload(name=name or kind, mime="", data=f"the file at {url}".encode())


def _parts(url: str) -> tuple[str, str]:
    """Host and file name."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "", unquote(parts.path.rpartition("/")[2])[:255]
    except ValueError:
        return "", ""


async def fetch_local(params: Params, session: aiohttp.ClientSession) -> None:
    """Put this machine's files that a call names into ``params.files``, by their URL."""
    for url in set(_urls(params)):
        if is_url(url) and on_this_machine(url):
            found = await _fetch(url, session)
            if found is not None:
                params.files[url] = found


def _urls(params: Params) -> Iterator[str]:
    for name in PARAMETERS:
        try:
            value = params.values.get(name)
            plain = isinstance(value, str) and value[:1] not in ("[", "{")
            yield from _texts(value if plain else params.json(name, name))
        except ApiError:
            continue


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, Mapping):
        for name in PARAMETERS:
            yield from _texts(value.get(name))


async def _fetch(url: str, session: aiohttp.ClientSession) -> Upload | None:
    timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
    try:
        async with session.get(url, timeout=timeout, allow_redirects=False) as response:
            if response.status != 200:
                return None
            data = await response.content.read(BIGGEST_FETCH + 1)
            while len(data) <= BIGGEST_FETCH and not response.content.at_eof():
                data += await response.content.read(BIGGEST_FETCH)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return None
    if not data or len(data) > BIGGEST_FETCH:
        return None
    return Upload(name=_parts(url)[1] or "file", mime=response.content_type, data=data)
