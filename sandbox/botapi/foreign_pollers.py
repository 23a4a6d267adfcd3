"""Programs beside the one under test that poll with the same token.

Each getUpdates ends the other program's with 409.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from sandbox.background_tasks import Tasks
from sandbox.botapi.update_queue import Mailbox
from sandbox.world.errors import ApiError

POLL_SECONDS = 30
PAUSE = 0.5
"""Seconds such a program waits after a 409 before it polls again."""


class OtherPollers:
    """At most one for each bot.

    Args:
        mailbox: of a bot, by its id.
    """

    def __init__(self, mailbox: Callable[[int], Mailbox]) -> None:
        self._mailbox = mailbox
        self._tasks = Tasks()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._taken: dict[int, int] = {}

    def start(self, bot_id: int) -> None:
        if bot_id in self._running:
            return
        self._taken[bot_id] = 0
        self._running[bot_id] = self._tasks.start(self._poll(bot_id), "other poller")

    async def stop(self, bot_id: int) -> int:
        """How many updates it has fetched."""
        task = self._running.pop(bot_id, None)
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        return self._taken.pop(bot_id, 0)

    async def close(self) -> None:
        await self._tasks.close()

    async def _poll(self, bot_id: int) -> None:
        offset = 0
        while True:
            try:
                updates = await self._mailbox(bot_id).poll(offset, 100, POLL_SECONDS)
            except ApiError:
                await asyncio.sleep(PAUSE)
                continue
            if updates:
                self._taken[bot_id] += len(updates)
                offset = updates[-1].id + 1
