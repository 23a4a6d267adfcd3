"""Redraws open windows: after a change elsewhere, and after an outage of Telegram.

Requests for the same user are merged, a window is drawn at most once in :data:`EVERY`, and a
user without such a window costs two cached look-ups, not a pass through the dispatcher.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import structlog

from tenants.domain.model import UserId
from tenants.support.background_tasks import BackgroundTasks

log = structlog.get_logger(__name__)

EVERY: Final = 1.0
"""Seconds between two redraws of one user's window: edits are rate-limited.
https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"""
WORKERS: Final = 8
FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 60.0
TRIES: Final = 12
"""Attempts after an outage: about eight minutes."""
_REMEMBERED: Final = 10_000


class Draw(Protocol):
    def __call__(self, user_id: UserId, *, outdated: bool) -> Awaitable[None]:
        """Redraw the user's open window, if any.

        ``outdated``: its notice is no longer true.
        """


class Redraws:
    def __init__(
        self, nursery: BackgroundTasks, draw: Draw, is_live: Callable[[UserId], Awaitable[bool]]
    ) -> None:
        """``is_live``: whether the user's open window changes without user input."""
        self._nursery = nursery
        self._draw = draw
        self._is_live = is_live
        self._wanted: OrderedDict[UserId, bool] = OrderedDict()
        self._workers = 0
        self._drawn: OrderedDict[UserId, float] = OrderedDict()
        self._undrawn: dict[UserId, int] = {}
        """Users whose window could not be drawn, with the number of attempts."""

    def request(self, user_id: UserId, *, outdated: bool = False) -> None:
        """Request a redraw of the user's window, if it is a live one."""
        self._wanted[user_id] = self._wanted.get(user_id, False) or outdated
        if self._workers < WORKERS:
            self._workers += 1
            self._nursery.start(self._work(), "redraw windows")

    def retry(self, user_id: UserId) -> None:
        """Retry a window that an outage kept from being drawn, with growing pauses."""
        tries = self._undrawn.get(user_id, 0) + 1
        if tries > TRIES:
            log.warning("window not drawn", user_id=user_id, tries=tries)
            self._undrawn.pop(user_id, None)
            return
        self._undrawn[user_id] = tries
        pause = min(FIRST_PAUSE * 2.0 ** (tries - 1), LONGEST_PAUSE)
        self._nursery.start(self._draw_again(user_id, tries, pause), f"redraw for {user_id}")

    def drawn(self, user_id: UserId) -> None:
        """The window is drawn: cancel retries."""
        self._undrawn.pop(user_id, None)

    async def _draw_again(self, user_id: UserId, tries: int, pause: float) -> None:
        await asyncio.sleep(pause)
        if self._undrawn.get(user_id) == tries:
            await self._draw(user_id, outdated=False)

    async def _work(self) -> None:
        try:
            while self._wanted:
                user_id, outdated = self._wanted.popitem(last=False)
                await self._one(user_id, outdated=outdated)
        finally:
            self._workers -= 1

    async def _one(self, user_id: UserId, *, outdated: bool) -> None:
        try:
            if not await self._is_live(user_id):
                again = self._when_stored(user_id, outdated=outdated)
                self._nursery.start(again, "check a window again")
                return
            pause = self._drawn.get(user_id, -EVERY) + EVERY - time.monotonic()
            if pause > 0:
                self._nursery.start(self._later(user_id, pause, outdated=outdated), "redraw later")
                return
            self._note(user_id)
            await self._draw(user_id, outdated=outdated)
        except Exception as error:
            log.warning("window not redrawn", user_id=user_id, kind=type(error).__name__)

    async def _when_stored(self, user_id: UserId, *, outdated: bool) -> None:
        """A handler stores a live window as open only after drawing it, so this check may come
        too early and the drawn state may be older than this request."""
        await asyncio.sleep(EVERY)
        if await self._is_live(user_id):
            self.request(user_id, outdated=outdated)

    async def _later(self, user_id: UserId, pause: float, *, outdated: bool) -> None:
        await asyncio.sleep(pause)
        self.request(user_id, outdated=outdated)

    def _note(self, user_id: UserId) -> None:
        self._drawn[user_id] = time.monotonic()
        self._drawn.move_to_end(user_id)
        if len(self._drawn) > _REMEMBERED:
            self._drawn.popitem(last=False)
