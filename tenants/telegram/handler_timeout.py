"""Time limit of handlers. Waiting for the send limits does not count: a chat takes about one
message a second, and a hundred people may write at the same time."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from types import TracebackType
from typing import Final

_current: Final[ContextVar[asyncio.Timeout | None]] = ContextVar("handler_time", default=None)


class handler_time:  # noqa: N801  - a context manager, entered for every update
    """``async with handler_time(seconds):`` cancels its body once the time is used up.

    Raises:
        TimeoutError
    """

    __slots__ = ("_timeout", "_token")

    def __init__(self, seconds: float) -> None:
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        self._token = _current.set(self._timeout)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _current.reset(self._token)
        await self._timeout.__aexit__(kind, error, trace)


async def sleep_for_turn(seconds: float) -> None:
    """Sleep without using up the handler's time."""
    timeout = _current.get()
    when = timeout.when() if timeout is not None and not timeout.expired() else None
    if timeout is None or when is None:
        await asyncio.sleep(seconds)
        return
    loop = asyncio.get_running_loop()
    began = loop.time()
    timeout.reschedule(None)
    try:
        await asyncio.sleep(seconds)
    finally:
        timeout.reschedule(when + loop.time() - began)
