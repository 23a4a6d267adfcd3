"""The control bot's intake. Its updates carry secrets, so they never touch the disk: an
update is acknowledged to Telegram only after it was handled, and a crash brings it again."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

import msgspec
import structlog

from tenants.bot.peek import Peek, peek
from tenants.limits import KeyedRates, Rate
from tenants.model import BotToken
from tenants.runner.pacing import Backoff
from tenants.tasks import Nursery
from tenants.telegram.polling import PollFailed, Updates

log = structlog.get_logger(__name__)

ControlFeed = Callable[[dict[str, Any]], Awaitable[Any]]
"""Handles one update of the control bot, as Telegram sent it; returns when it is handled."""

Flooded = Callable[[int, str], Coroutine[Any, Any, None]]
"""Tells a person (id, Telegram's language code) that some of what they sent was skipped."""

PERSON: Final = Rate(per_second=3.0, burst=40.0)
"""What one person may send. No hand is faster; a program would fill the window of 100
updates that getUpdates shows, and nobody else would be heard."""
_TOLD: Final = Rate(per_second=1 / 60, burst=1.0)
_BY_HAND: Final = frozenset({"message", "edited_message", "callback_query"})
"""What people send. The rest Telegram sends, and none of it is skipped."""
_LOOK_AGAIN: Final = 0.3
"""Pause between polls that bring only what is still being handled."""
_CONCURRENCY: Final = 64
_REMEMBERED: Final = 10_000


class ControlLanes:
    """Feeds the control bot's updates: in order within a chat, chats side by side.

    Whoever sends more than :data:`PERSON` is told so once a minute; what is too much counts
    as handled and reaches no window.
    """

    def __init__(
        self, feed: ControlFeed, nursery: Nursery, flooded: Flooded, person: Rate = PERSON
    ) -> None:
        self._feed = feed
        self._nursery = nursery
        self._flooded = flooded
        self._people: KeyedRates[int] = KeyedRates(person)
        self._told: KeyedRates[int] = KeyedRates(_TOLD)
        self._lanes: dict[int, deque[Peek]] = {}
        self._slots = asyncio.Semaphore(_CONCURRENCY)
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._handled: dict[int, None] = {}
        self.progress = asyncio.Event()
        """Set whenever an update has been handled."""

    def put(self, seen: Peek) -> asyncio.Future[None] | None:
        """Take an update over; None when it is, or was, taken over already."""
        if seen.update_id in self._handled or seen.update_id in self._waiting:
            return None
        if seen.kind in _BY_HAND and not self._people.try_take(seen.user_id):
            self._skip(seen)
            return None
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[seen.update_id] = done
        lane = self._lanes.get(seen.chat_key)
        if lane is not None:
            lane.append(seen)
        else:
            self._lanes[seen.chat_key] = deque([seen])
            self._nursery.start(self._work(seen.chat_key), f"control chat {seen.chat_key}")
        return done

    def waiting(self, update_id: int) -> asyncio.Future[None] | None:
        return self._waiting.get(update_id)

    def is_handled(self, update_id: int) -> bool:
        return update_id in self._handled

    async def drain(self, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait for what was taken over. False when it took longer."""
        return await self._nursery.drain(timeout)

    async def _work(self, key: int) -> None:
        lane = self._lanes[key]
        try:
            while lane:
                async with self._slots:
                    await self._handle(lane[0])
                lane.popleft()
        finally:
            del self._lanes[key]

    async def _handle(self, seen: Peek) -> None:
        try:
            await self._feed(msgspec.json.decode(seen.raw))
        except Exception:
            # The control bot's own error handler has told the person; the chat goes on.
            log.exception("the control bot failed on an update", update=seen.update_id)
        self._remember(seen)
        self._waiting.pop(seen.update_id).set_result(None)
        self.progress.set()

    def _skip(self, seen: Peek) -> None:
        self._remember(seen)
        if self._told.try_take(seen.user_id):
            log.warning("a person floods the control bot", user_id=seen.user_id)
            told = self._flooded(seen.user_id, seen.language_code)
            self._nursery.start(told, f"tell flooding {seen.user_id}")

    def _remember(self, seen: Peek) -> None:
        self._handled[seen.update_id] = None
        if len(self._handled) > _REMEMBERED:
            del self._handled[next(iter(self._handled))]


class ControlPoller:
    """Polls the control bot; its offset passes handled updates only."""

    def __init__(
        self,
        token: BotToken,
        updates: Updates,
        lanes: ControlLanes,
        allowed: list[str],
        poll_timeout: int,
    ) -> None:
        self._token = token
        self._updates = updates
        self._lanes = lanes
        self._allowed = allowed
        self._poll_timeout = poll_timeout
        self._offset: int | None = None
        self._open: list[int] = []
        """Received and not yet acknowledged, in Telegram's order."""

    async def run(self) -> None:
        """Poll until cancelled. Nothing that Telegram answers ends it: this bot is the door."""
        backoff = Backoff(longest=30.0)
        while True:
            try:
                raws = await self._poll()
            except PollFailed as failure:
                pause = max(backoff.next(), failure.wait or 0.0)
                log.warning("control bot's poll failed", kind=failure.kind, again_in=round(pause))
                await asyncio.sleep(pause)
                continue
            backoff.reset()
            if not self._take(raws) and self._open:
                await self._some_progress()

    async def acknowledge(self) -> None:
        """Tell Telegram what was handled, at the end of a clean stop."""
        self._pass_handled()
        if self._offset is not None:
            try:
                await self._updates.get(
                    self._token, offset=self._offset, limit=1, wait=0, allowed=self._allowed
                )
            except PollFailed as failure:
                log.info("not acknowledged; it comes again", kind=failure.kind)

    async def _poll(self) -> list[msgspec.Raw]:
        self._pass_handled()
        # With updates still open Telegram answers at once, with those and any new ones.
        wait = 0 if self._open else self._poll_timeout
        raws = await self._updates.get(
            self._token, offset=self._offset, limit=100, wait=wait, allowed=self._allowed
        )
        if not raws:
            self._offset = None
        return raws

    def _take(self, raws: list[msgspec.Raw]) -> bool:
        """Hand over what is new. False when nothing was."""
        fresh = False
        for raw in raws:
            try:
                seen = peek(raw)
            except msgspec.DecodeError:
                log.warning("the control bot got something that is no update")
                continue
            if seen.update_id not in self._open:
                self._open.append(seen.update_id)
            fresh = self._lanes.put(seen) is not None or fresh
        return fresh

    def _pass_handled(self) -> None:
        while self._open and self._lanes.is_handled(self._open[0]):
            self._offset = self._open.pop(0) + 1

    async def _some_progress(self) -> None:
        self._lanes.progress.clear()
        try:
            async with asyncio.timeout(_LOOK_AGAIN):
                await self._lanes.progress.wait()
        except TimeoutError:
            return
