"""The time a handler has. Waiting for one's turn to send is not the handler's, and doesn't
count: a chat takes about one message a second, and a hundred people may write at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Final

_current: Final[ContextVar[asyncio.Timeout | None]] = ContextVar("handler_time", default=None)


@asynccontextmanager
async def handler_time(seconds: float) -> AsyncIterator[None]:
    """Cancel what runs inside once it has used up its time.

    Raises:
        TimeoutError
    """
    async with asyncio.timeout(seconds) as timeout:
        token = _current.set(timeout)
        try:
            yield
        finally:
            _current.reset(token)


async def sleep_for_turn(seconds: float) -> None:
    """Sleep with the handler's clock stopped."""
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
