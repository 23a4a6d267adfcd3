"""The composition root: builds everything in order and takes it down in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from types import TracebackType
from typing import Self

from controlbot.settings import Settings


class App:
    """The whole platform in one process, as an async context manager.

    Entering raises what stands in the way (``VaultError``, ``TokenRejected``,
    ``AlreadyRunning``, ``TelegramUnavailable``, ``OSError`` for a used port); on leaving,
    everything has stopped.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._stack = contextlib.AsyncExitStack()
        self.http_url = ""
        """Where health, metrics and hooks are served, once entered."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; a second signal stops at once."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with App(settings):
        await stopping.wait()


def run(settings: Settings) -> None:
    """Run the platform until it is told to stop. Blocks."""
    asyncio.run(serve(settings))
