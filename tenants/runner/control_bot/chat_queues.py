"""Handles the control bot's updates: in order within a chat, chats concurrently.

Users are isolated from each other: each user's rate and queue are limited, a slow handler
delays its own chat only, and handlers that wait for a rate limit or a retry do not block
the next updates (:meth:`ControlLanes.release`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, Protocol

import msgspec
import structlog

from tenants.bot.update_header import UpdateHeader
from tenants.runner.ingest.backoff import Backoff
from tenants.support.background_tasks import BackgroundTasks
from tenants.support.rate_limits import KeyedRates, Rate
from tenants.telegram.refusals import Decision, decide, retry_after

log = structlog.get_logger(__name__)

PERSON: Final = Rate(per_second=3.0, burst=40.0)
"""Limit per user; higher than anybody types or presses buttons."""
LANE: Final = 20
"""Updates of one chat that may wait behind a slow handler; more are skipped."""
MOST: Final = 2_000
"""Updates in memory at the same time; the poller waits when there are more."""
TRIES: Final = 7
"""Attempts for an update during an outage of Telegram: about a minute and a half."""
_TOLD: Final = Rate(per_second=1 / 60, burst=1.0)
BY_HAND: Final = frozenset({"message", "edited_message", "callback_query"})
"""Kinds that users send. Other kinds come from Telegram itself: they are never skipped, and
acknowledged only after handling."""
_CONCURRENCY: Final = 256
_REMEMBERED: Final = 10_000


class ControlFeed(Protocol):
    """Interface of the control bot that ingest needs."""

    async def __call__(self, raw: dict[str, Any]) -> None:
        """Handle one update as Telegram sent it; return when it is handled.

        Raises:
            TelegramAPIError: an outage; the update is retried.
        """

    async def flooded(self, user_id: int, language_code: str) -> None:
        """Notify a user that some of their updates were skipped."""

    async def delete_secrets(self, updates: Sequence[UpdateHeader]) -> None:
        """Delete those of the messages from their chat that may contain a secret."""


class ControlLanes:
    """Feeds updates. A user who exceeds :data:`PERSON` is notified once a minute; updates above
    the limit count as handled, reach no dialog, and are deleted if they may contain a secret."""

    def __init__(self, feed: ControlFeed, nursery: BackgroundTasks, person: Rate = PERSON) -> None:
        self._feed = feed
        self._nursery = nursery
        self._people: KeyedRates[int] = KeyedRates(person)
        self._told: KeyedRates[int] = KeyedRates(_TOLD)
        self._lanes: dict[int, deque[UpdateHeader]] = {}
        self._slots = asyncio.Semaphore(_CONCURRENCY)
        self._open: dict[int, tuple[UpdateHeader, asyncio.Future[None]]] = {}
        self._handled: dict[int, None] = {}
        self._released: set[int] = set()
        self._skipped: deque[UpdateHeader] = deque()
        self._cleaning: asyncio.Task[None] | None = None
        self.progress = asyncio.Event()
        """Set whenever an update has been handled."""

    def put(self, seen: UpdateHeader) -> asyncio.Future[None] | None:
        """Queue an update; None when it is or was queued already, or was skipped."""
        if seen.update_id in self._handled or seen.update_id in self._open:
            return None
        lane = self._lanes.get(seen.chat_key)
        if seen.kind in BY_HAND and not self._admit(seen, lane):
            self._skip(seen)
            return None
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._open[seen.update_id] = seen, done
        if lane is not None:
            lane.append(seen)
        else:
            self._lanes[seen.chat_key] = deque([seen])
            self._nursery.start(self._work(seen.chat_key), f"control chat {seen.chat_key}")
        return done

    def pass_over(self, update_id: int) -> None:
        """Count an unreadable update as handled."""
        self._remember(update_id)

    def waiting(self, update_id: int) -> asyncio.Future[None] | None:
        found = self._open.get(update_id)
        return found[1] if found else None

    def is_handled(self, update_id: int) -> bool:
        return update_id in self._handled

    def release(self, update_id: int) -> bool:
        """Whether an update may be acknowledged to Telegram before it was handled.

        From then on it exists in this process only: a crash loses it, and the user has to send
        it again. A waiting message that may contain a secret is deleted from its chat at once.
        Updates from Telegram itself (a managed bot was created) are never released: no method
        lists them again.
        """
        if update_id in self._released or update_id in self._handled:
            return True
        seen, _done = self._open[update_id]
        if seen.kind not in BY_HAND:
            return False
        self._released.add(update_id)
        if self._lanes[seen.chat_key][0] is not seen:
            self._clean(seen)
        return True

    @property
    def is_full(self) -> bool:
        return len(self._open) >= MOST

    async def drain(self, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait until queued updates are handled. False on timeout."""
        return await self._nursery.drain(timeout)

    def _admit(self, seen: UpdateHeader, lane: deque[UpdateHeader] | None) -> bool:
        if lane is not None and len(lane) >= LANE:
            return False
        return self._people.try_take(seen.user_id)

    async def _work(self, key: int) -> None:
        lane = self._lanes[key]
        try:
            while lane:
                async with self._slots:
                    await self._handle(lane[0])
                lane.popleft()
        finally:
            del self._lanes[key]

    async def _handle(self, seen: UpdateHeader) -> None:
        backoff = Backoff(longest=30.0)
        for attempt in range(1, TRIES + 1):
            try:
                await self._feed(msgspec.json.decode(seen.raw))
            except Exception as error:
                if decide(error) in (Decision.RETRY, Decision.WAIT_FOR_TOKEN) and attempt < TRIES:
                    await asyncio.sleep(max(backoff.next(), retry_after(error)))
                    continue
                _note(seen, error)
            break
        self._remember(seen.update_id)
        _seen, done = self._open.pop(seen.update_id)
        self._released.discard(seen.update_id)
        done.set_result(None)
        self.progress.set()

    def _skip(self, seen: UpdateHeader) -> None:
        self._remember(seen.update_id)
        self._clean(seen)
        if self._told.try_take(seen.user_id):
            log.warning("user exceeded the control bot's rate limit", user_id=seen.user_id)
            told = self._feed.flooded(seen.user_id, seen.language_code)
            self._nursery.start(told, f"tell flooding {seen.user_id}")

    def _clean(self, seen: UpdateHeader) -> None:
        """Have a message that is not handled now checked for secrets."""
        if seen.kind == "callback_query":
            return
        self._skipped.append(seen)
        if self._cleaning is None or self._cleaning.done():
            self._cleaning = self._nursery.start(self._clean_all(), "delete skipped secrets")

    async def _clean_all(self) -> None:
        await asyncio.sleep(0)  # The rest of this batch is skipped first.
        while self._skipped:
            batch = [self._skipped.popleft() for _ in range(min(len(self._skipped), 500))]
            try:
                await self._feed.delete_secrets(batch)
            except Exception as error:
                log.warning("skipped messages not deleted", kind=type(error).__name__)

    def _remember(self, update_id: int) -> None:
        self._handled[update_id] = None
        if len(self._handled) > _REMEMBERED:
            del self._handled[next(iter(self._handled))]


def _note(seen: UpdateHeader, error: Exception) -> None:
    """Log one line, without the error's own text: it may quote what the user wrote."""
    if decide(error) is Decision.HANDLED:
        log.info("control bot call refused", update=seen.update_id, kind=_kind(error))
    else:
        log.error("control bot handler failed", update=seen.update_id, kind=_kind(error))


def _kind(error: Exception) -> str:
    return type(error).__name__
