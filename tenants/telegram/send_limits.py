"""Send limits: rates for chats, groups and bulk messages; replies have priority over bulk.

Telegram's figures: about 30 messages a second of a bot's bulk notifications, one a second to a
chat (bursts allowed), 20 a minute to a group
(https://core.telegram.org/bots/faq#broadcasting-to-users). Replies to people who have just
written may exceed the 30 (https://grammy.dev/advanced/flood): they are not limited by bot until
Telegram answers 429, whose ``retry_after`` is obeyed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, Self

from aiogram.methods import TelegramMethod

from tenants.domain.errors import PlatformError
from tenants.domain.model import BotId
from tenants.support.rate_limits import KeyedRates, Monotonic, Rate
from tenants.telegram.handler_timeout import sleep_for_turn

PER_BOT: Final = Rate(per_second=30, burst=30)
"""Bulk and replies together: bulk waits for it, replies are only counted. Replies wait for it,
too, while the bot is :data:`SLOWED` down."""
SLOWED: Final = 60.0
"""Seconds for which a bot keeps to :data:`PER_BOT` after Telegram refused the whole bot."""
_SEVERAL_CHATS: Final = 3
"""Number of a bot's chats held at the same time from which on the whole bot is taken to be
refused: Telegram does not say which limit was reached."""
PER_CHAT: Final = Rate(per_second=1, burst=10)
PER_GROUP: Final = Rate(per_second=20 / 60, burst=20)
BROADCAST_SHARE: Final = 0.8
"""Share of a bot's rate; the rest is reserved for replies."""

_SENDING: Final = ("send", "copy", "forward")
_REMEMBERED: Final = 1024
_FREE_OF_CHARGE: Final = frozenset({"sendChatAction"})


class Priority(IntEnum):
    INTERACTIVE = 0
    DEFERRED = 1
    """Answers to a person above the rate limit: they use capacity that others do not need."""
    BROADCAST = 2


class BroadcastsStopped(PlatformError):
    """The tenant may not broadcast at present (it is throttled)."""

    code = "broadcasts_stopped"


_priority: ContextVar[Priority] = ContextVar("priority", default=Priority.INTERACTIVE)
_waits: ContextVar[bool] = ContextVar("waits", default=True)


@contextmanager
def without_waiting() -> Iterator[None]:
    """A 429 inside is raised at once, for a caller that does its own waiting."""
    token = _waits.set(False)
    try:
        yield
    finally:
        _waits.reset(token)


def may_wait() -> bool:
    return _waits.get()


@contextmanager
def broadcasting() -> Iterator[None]:
    """Everything sent inside has lower priority than replies."""
    token = _priority.set(Priority.BROADCAST)
    try:
        yield
    finally:
        _priority.reset(token)


@contextmanager
def yielding() -> Iterator[None]:
    """Everything sent inside leaves half of the bot's and the chat's rate to others."""
    token = _priority.set(Priority.DEFERRED)
    try:
        yield
    finally:
        _priority.reset(token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The queues a call belongs to."""

    bot_id: int
    chat_id: int | str | None
    weight: float
    """Messages it sends: 0 for a call that sends none."""
    priority: Priority

    @classmethod
    def of(cls, bot_id: int, method: TelegramMethod[Any]) -> Self:
        name = method.__api_method__
        sends = name.startswith(_SENDING) and name not in _FREE_OF_CHARGE
        several = getattr(method, "message_ids", None) or getattr(method, "media", None)
        count = len(several) if isinstance(several, list) else 1
        return cls(
            bot_id=bot_id,
            chat_id=getattr(method, "chat_id", None),
            weight=count if sends else 0,
            priority=_priority.get(),
        )

    @property
    def in_group(self) -> bool:
        """Groups and channels have negative ids; a channel's @name is one too."""
        return isinstance(self.chat_id, str) or (self.chat_id is not None and self.chat_id < 0)


class OutgoingLimits:
    """Delays calls to keep the limits. Holds no state for idle bots."""

    def __init__(self, now: Monotonic = time.monotonic) -> None:
        self._now = now
        self._bots: KeyedRates[int] = KeyedRates(PER_BOT, now)
        self._broadcasts: KeyedRates[int] = KeyedRates(
            Rate(per_second=PER_BOT.per_second * BROADCAST_SHARE, burst=5), now
        )
        self._chats: KeyedRates[tuple[int, int | str]] = KeyedRates(PER_CHAT, now)
        self._groups: KeyedRates[tuple[int, int | str]] = KeyedRates(PER_GROUP, now)
        self._held: dict[int, dict[int | str | None, float]] = {}
        """Until when calls to a bot's chats wait, by bot."""
        self._held_bots: dict[int, float] = {}
        self._slowed: dict[int, float] = {}
        self._silent: set[int] = set()

    def stop_broadcasts(self, bot_id: BotId, stopped: bool) -> None:
        """Refuse (or allow again) a bot's broadcasts; replies are not affected."""
        (self._silent.add if stopped else self._silent.discard)(bot_id)

    def hold(self, target: Target, seconds: float) -> None:
        """Telegram answered 429: only this bot's calls to this chat wait. If that happens for
        several chats at once the whole bot waits, and is slowed down afterwards."""
        now = self._now()
        bot_id, until = target.bot_id, now + seconds
        if self._held_bots.get(bot_id, 0.0) <= now:
            chats = {c: at for c, at in self._held.get(bot_id, {}).items() if at > now}
            self._held[bot_id] = chats = {**chats, target.chat_id: until}
            self._forget_past(now)
            if len(chats) < _SEVERAL_CHATS:
                return
            self._bots.reset(bot_id)
        self._held_bots[bot_id] = max(until, self._held_bots.get(bot_id, 0.0))
        self._slowed[bot_id] = self._held_bots[bot_id] + SLOWED

    async def turn(self, target: Target) -> None:
        """Sleep until ``target`` may be called.

        Raises:
            BroadcastsStopped: it is a broadcast and the bot may send none.
        """
        while True:
            held = self._held_for(target)
            if held <= 0:
                break
            await sleep_for_turn(held)
        if target.weight:
            await self._paced(target)

    async def _paced(self, target: Target) -> None:
        if target.priority is Priority.BROADCAST:
            await self._broadcast_turn(target)
        elif target.priority is Priority.DEFERRED:
            await self._spare_turn(target)
        after_others = self._bots.take(target.bot_id, target.weight)
        delay = after_others if self._is_slowed(target.bot_id) else 0.0
        if target.chat_id is not None:
            rates = self._groups if target.in_group else self._chats
            delay = max(delay, rates.take((target.bot_id, target.chat_id), target.weight))
        if delay > 0:
            await sleep_for_turn(delay)

    async def _broadcast_turn(self, target: Target) -> None:
        """Wait until the bot could send at once, replies counted, so that a broadcast never
        delays a reply."""
        while True:
            if target.bot_id in self._silent:
                raise BroadcastsStopped()
            delay = max(
                self._broadcasts.delay(target.bot_id, target.weight),
                self._bots.delay(target.bot_id, target.weight),
            )
            if delay <= 0:
                self._broadcasts.take(target.bot_id, target.weight)
                return
            await sleep_for_turn(delay)

    async def _spare_turn(self, target: Target) -> None:
        """Wait until half of the bot's and of the chat's burst would be left."""
        while (delay := self._until_spare(target)) > 0:
            await sleep_for_turn(delay)

    def _until_spare(self, target: Target) -> float:
        delay = self._bots.delay(target.bot_id, target.weight + PER_BOT.burst / 2)
        if target.chat_id is None:
            return delay
        rates = self._groups if target.in_group else self._chats
        amount = target.weight + rates.rate.burst / 2
        return max(delay, rates.delay((target.bot_id, target.chat_id), amount))

    def _held_for(self, target: Target) -> float:
        chats = self._held.get(target.bot_id)
        if chats is None:
            return 0.0
        until = max(chats.get(target.chat_id, 0.0), self._held_bots.get(target.bot_id, 0.0))
        return until - self._now()

    def _is_slowed(self, bot_id: int) -> bool:
        return self._slowed.get(bot_id, 0.0) > self._now()

    def _forget_past(self, now: float) -> None:
        if len(self._held) <= _REMEMBERED:
            return
        self._held = {bot: c for bot, c in self._held.items() if max(c.values()) > now}
        self._held_bots = {bot: until for bot, until in self._held_bots.items() if until > now}
        self._slowed = {bot: until for bot, until in self._slowed.items() if until > now}
