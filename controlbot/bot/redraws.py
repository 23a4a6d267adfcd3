"""Draws open windows anew: after something changed elsewhere, and after an outage of Telegram.

Requests for the same person are merged, a window is drawn at most once in :data:`EVERY`, and a
person who has no such window open costs two cached look-ups, not a pass through the dispatcher.
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
"""Seconds between two redraws of one person's window: edits have a limit of their own.
https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"""
WORKERS: Final = 8
FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 60.0
TRIES: Final = 12
"""Attempts after an outage: about eight minutes."""
_REMEMBERED: Final = 10_000


class Draw(Protocol):
    def __call__(self, user_id: UserId, *, outdated: bool) -> Awaitable[None]:
        """Draw the person's present window, where they have one.

        ``outdated``: what its notice says has just happened is no longer how things are.
        """


class Redraws:
    def __init__(
        self, nursery: BackgroundTasks, draw: Draw, is_live: Callable[[UserId], Awaitable[bool]]
    ) -> None:
        """``is_live``: whether the window a person has open shows what changes by itself."""
        self._nursery = nursery
        self._draw = draw
        self._is_live = is_live
        self._wanted: OrderedDict[UserId, bool] = OrderedDict()
        self._workers = 0
        self._drawn: OrderedDict[UserId, float] = OrderedDict()
        self._undrawn: dict[UserId, int] = {}
        """People whose window could not be drawn, and how often that was tried."""

    def request(self, user_id: UserId, *, outdated: bool = False) -> None:
        """Have the person's window drawn soon, if it is a live one."""
        self._wanted[user_id] = self._wanted.get(user_id, False) or outdated
        if self._workers < WORKERS:
            self._workers += 1
            self._nursery.start(self._work(), "redraw windows")

    def retry(self, user_id: UserId) -> None:
        """An outage kept a window from being drawn: try again, with growing pauses."""
        tries = self._undrawn.get(user_id, 0) + 1
        if tries > TRIES:
            log.warning("window not drawn", user_id=user_id, tries=tries)
            self._undrawn.pop(user_id, None)
            return
        self._undrawn[user_id] = tries
        pause = min(FIRST_PAUSE * 2.0 ** (tries - 1), LONGEST_PAUSE)
        self._nursery.start(self._draw_again(user_id, tries, pause), f"redraw for {user_id}")

    def drawn(self, user_id: UserId) -> None:
        """The window stands; nothing has to be tried again."""
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
                self._nursery.start(again, "look at a window again")
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
        """A handler that is drawing a live window just now stores only afterwards that it is
        open; what it has drawn may be older than this request."""
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
