"""Limits on the platform's HTTP connections: their number, and the time for a request's
head. aiohttp itself limits the head's size and closes idle connections, but accepts a head
at one byte per minute (https://en.wikipedia.org/wiki/Slowloris_(cyber_attack)).
"""

from __future__ import annotations

import asyncio
import resource
from typing import Any, Final

from aiohttp import web

HEAD_SECONDS: Final = 10.0
"""From a head's first byte to its last."""
IDLE_SECONDS: Final = 75.0
"""Idle connections are closed after this time, a little later than Telegram does (60 s)."""
MOST_CONNECTIONS: Final = 2048
"""Open at the same time; at most half of the process's file limit. The other half is for the
bots' own connections."""


class Connections:
    """Creates and counts the connections of one server.

    ``options`` are passed to aiohttp's ``RequestHandler``.
    """

    def __init__(self, server: web.Server, *, most: int | None = None, **options: Any) -> None:
        self._server = server
        self._options = options
        self._most = most_connections() if most is None else most
        self.open = 0

    def __call__(self) -> LimitedConnection:
        """The protocol factory for ``loop.create_server``."""
        loop = asyncio.get_running_loop()
        return LimitedConnection(self, self._server, loop=loop, **self._options)

    @property
    def full(self) -> bool:
        return self.open >= self._most


class LimitedConnection(web.RequestHandler):
    """aiohttp's connection, with a time limit on each head; closed on open when there are too
    many."""

    __slots__ = ("_connections", "_counted", "_head_timer")

    def __init__(self, connections: Connections, server: web.Server, **options: Any) -> None:
        super().__init__(server, **options)
        self._connections = connections
        self._counted = False
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._connections.full:
            self.force_close()
            return
        self._connections.open += 1
        self._counted = True

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._counted:
            self._counted = False
            self._connections.open -= 1
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._waits_for_head:
            self._stop_timer()
        elif self._head_timer is None:
            loop = asyncio.get_running_loop()
            self._head_timer = loop.call_later(HEAD_SECONDS, self._head_too_slow)

    @property
    def _waits_for_head(self) -> bool:
        """The same condition as in aiohttp's ``_process_keepalive``."""
        return self._waiter is not None and not self._waiter.done()

    def _head_too_slow(self) -> None:
        self._head_timer = None
        if self._waits_for_head:
            self.force_close()

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def most_connections() -> int:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = files == resource.RLIM_INFINITY
    return MOST_CONNECTIONS if unlimited else min(MOST_CONNECTIONS, files // 2)
