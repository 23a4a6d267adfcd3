"""A bot's updates until they are confirmed, and the poll that waits for them.

https://core.telegram.org/bots/api#getting-updates
https://github.com/tdlib/telegram-bot-api (``do_get_updates``)
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sandbox.botapi.update_overrides import Override, overridden
from sandbox.world.errors import ApiError, conflict

KEPT_SECONDS = 24 * 3600
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds a bot gets only when it names them in ``allowed_updates``."""
OTHER_POLLER = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)


@dataclass(slots=True)
class Update:
    """``body`` is the update's JSON, encoded once. ``chat`` orders a webhook's deliveries."""

    id: int
    expires: float
    chat: int
    body: str


@dataclass(slots=True, kw_only=True)
class Webhook:
    """https://core.telegram.org/bots/api#webhookinfo"""

    url: str
    secret: str = field(default="", repr=False)
    max_connections: int = 40
    ip_address: str = ""
    certificate: bool = False
    last_error_date: int = 0
    last_error: str = ""


@dataclass(slots=True, kw_only=True)
class SavedMailbox:
    """A mailbox as stored in the state file."""

    next_id: int
    pending: list[Update] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)
    webhook: Webhook | None = None


@dataclass(slots=True, kw_only=True)
class _Poll:
    limit: int
    answer: asyncio.Future[list[Update]]


class Mailbox:
    """One bot's. At most one poll waits; a newer one ends it with 409."""

    def __init__(self, saved: SavedMailbox, now: Callable[[], float]) -> None:
        self._now = now
        self.next_id = saved.next_id
        self.pending: deque[Update] = deque(saved.pending)
        self.allowed = saved.allowed
        self.webhook = saved.webhook
        self.on_new: Callable[[], None] | None = None
        """Called for new updates while a webhook is set."""
        self._poll: _Poll | None = None
        self.overrides: list[Override] = []

    def saved(self) -> SavedMailbox:
        return SavedMailbox(
            next_id=self.next_id,
            pending=list(self.pending),
            allowed=self.allowed,
            webhook=self.webhook,
        )

    def time(self) -> int:
        return int(self._now())

    def wants(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT

    def put(self, kind: str, content: Any, chat: int) -> None:
        """Queue an update if the bot wants its kind."""
        if not self.wants(kind):
            return
        update = {"update_id": self.next_id, kind: content}
        if self.overrides:
            update = msgspec.json.decode(msgspec.json.encode(update))
            overridden(self.overrides, kind, update)
        self.queue(msgspec.json.encode(update).decode(), chat)

    def queue(self, body: str, chat: int) -> None:
        """Queue an update that is already JSON."""
        self.pending.append(Update(self.next_id, self._now() + KEPT_SECONDS, chat, body))
        self.next_id += 1
        if self._poll is not None:
            self._answer(self._poll)
        elif self.webhook is not None and self.on_new is not None:
            self.on_new()

    def confirm(self, offset: int) -> None:
        """Drop updates before ``offset``, or all but the last ``-offset``, and old ones.

        An offset above the ids given so far confirms nothing.
        """
        pending, now = self.pending, self._now()
        while pending and pending[0].expires < now:
            pending.popleft()
        if offset < 0:
            while len(pending) > -offset:
                pending.popleft()
        elif offset <= self.next_id:
            while pending and pending[0].id < offset:
                pending.popleft()

    def clear(self) -> None:
        self.pending.clear()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Update]:
        """Waiting updates, or those that come within ``seconds``.

        Raises:
            ApiError: 409, a webhook is set, or another poll or a webhook came in between.
        """
        self.confirm(offset)
        self.end_poll(conflict(OTHER_POLLER))
        found = self._first(limit)
        if found or seconds <= 0:
            return found
        loop = asyncio.get_running_loop()
        poll = _Poll(limit=limit, answer=loop.create_future())
        self._poll = poll
        timer = loop.call_later(seconds, _end_empty, poll)
        try:
            return await poll.answer
        finally:
            timer.cancel()
            if self._poll is poll:
                self._poll = None

    def end_poll(self, why: ApiError) -> None:
        """Let the waiting poll, if any, fail."""
        poll, self._poll = self._poll, None
        if poll is not None and not poll.answer.done():
            poll.answer.set_exception(why)

    def _answer(self, poll: _Poll) -> None:
        found = self._first(poll.limit)
        if found and not poll.answer.done():
            self._poll = None
            poll.answer.set_result(found)

    def _first(self, limit: int) -> list[Update]:
        return [self.pending[index] for index in range(min(limit, len(self.pending)))]


def _end_empty(poll: _Poll) -> None:
    if not poll.answer.done():
        poll.answer.set_result([])


class Mailboxes:
    """All bots'. ``on_change`` is called when one of them changed."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._boxes: dict[int, Mailbox] = {}
        self.on_change: Callable[[], None] | None = None

    def of(self, bot_id: int) -> Mailbox:
        box = self._boxes.get(bot_id)
        if box is None:
            box = Mailbox(SavedMailbox(next_id=_first_id(bot_id)), self._now)
            self._boxes[bot_id] = box
        return box

    def all(self) -> list[tuple[int, Mailbox]]:
        return list(self._boxes.items())

    def changed(self) -> None:
        if self.on_change is not None:
            self.on_change()

    def saved(self) -> dict[int, SavedMailbox]:
        return {bot_id: box.saved() for bot_id, box in self._boxes.items()}

    def restore(self, saved: dict[int, SavedMailbox]) -> None:
        self._boxes = {bot_id: Mailbox(one, self._now) for bot_id, one in saved.items()}


def _first_id(bot_id: int) -> int:
    """Telegram begins at some positive number, another for each bot."""
    return 100_000_000 + bot_id * 7_919 % 800_000_000
