"""Reads the bodies of webhook requests within limits."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

LARGEST: Final = 2**20
"""Bytes. Telegram's server keeps no update over 512 KiB (``MAX_EVENT_LENGTH`` in
https://github.com/tdlib/td/blob/master/tddb/td/db/TQueue.cpp), so twice that is enough."""
SECONDS: Final = 15.0
AT_ONCE: Final = 64


class RequestBodies:
    """Reads bodies of at most :data:`LARGEST` bytes in at most :data:`SECONDS`, at most
    :data:`AT_ONCE` at the same time. Compression is refused: Telegram does not use it."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def read(self, request: web.Request) -> bytes:
        """The body as received.

        Raises:
            web.HTTPUnsupportedMediaType: it is compressed.
            web.HTTPRequestEntityTooLarge: too large; the rest is not read.
            web.HTTPRequestTimeout: it took too long.
        """
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise web.HTTPUnsupportedMediaType(text="compressed bodies are not read")
        if (request.content_length or 0) > LARGEST:
            raise web.HTTPRequestEntityTooLarge(LARGEST, request.content_length or 0)
        try:
            async with asyncio.timeout(SECONDS), self._slots:
                return await self._read(request)
        except TimeoutError:
            raise web.HTTPRequestTimeout() from None

    async def _read(self, request: web.Request) -> bytes:
        body = bytearray()
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > LARGEST:
                raise web.HTTPRequestEntityTooLarge(LARGEST, len(body))
        return bytes(body)
