"""Outgoing limits: each bot, chat and group has a rate, and replies go before broadcasts.

Telegram's figures: about 30 messages a second a bot, one a second a chat (bursts allowed),
20 a minute a group. https://core.telegram.org/bots/faq#broadcasting-to-users
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, Self

from aiogram.methods import TelegramMethod

from tenants.errors import PlatformError
from tenants.limits import KeyedRates, Monotonic, Rate
from tenants.model import BotId

PER_BOT: Final = Rate(per_second=30, burst=30)
PER_CHAT: Final = Rate(per_second=1, burst=10)
PER_GROUP: Final = Rate(per_second=20 / 60, burst=20)
BROADCAST_SHARE: Final = 0.8
"""Of a bot's rate; the rest is always free for replies."""

_SENDING: Final = ("send", "copy", "forward")
_FREE_OF_CHARGE: Final = frozenset({"sendChatAction"})


class Priority(IntEnum):
    INTERACTIVE = 0
    BROADCAST = 1


class BroadcastsStopped(PlatformError):
    """The tenant may not broadcast at present (throttle)."""

    code = "broadcasts_stopped"


_priority: ContextVar[Priority] = ContextVar("priority", default=Priority.INTERACTIVE)


@contextmanager
def broadcasting() -> Iterator[None]:
    """Everything sent inside waits behind people's replies."""
    token = _priority.set(Priority.BROADCAST)
    try:
        yield
    finally:
        _priority.reset(token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whose queues a call belongs to."""

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
    """Waits for a call's turn. Knows every bot, yet a quiet one costs it nothing."""

    def __init__(self, now: Monotonic = time.monotonic) -> None:
        self._now = now
        self._bots: KeyedRates[int] = KeyedRates(PER_BOT, now)
        self._broadcasts: KeyedRates[int] = KeyedRates(
            Rate(per_second=PER_BOT.per_second * BROADCAST_SHARE, burst=5), now
        )
        self._chats: KeyedRates[tuple[int, int | str]] = KeyedRates(PER_CHAT, now)
        self._groups: KeyedRates[tuple[int, int | str]] = KeyedRates(PER_GROUP, now)
        self._held: dict[tuple[int, int | str | None], float] = {}
        self._silent: set[int] = set()

    def stop_broadcasts(self, bot_id: BotId, stopped: bool) -> None:
        """Refuse (or allow again) a bot's broadcasts; replies are not touched."""
        (self._silent.add if stopped else self._silent.discard)(bot_id)

    def hold(self, target: Target, seconds: float) -> None:
        """Telegram answered 429: this bot's calls to this chat wait, nobody else's."""
        until = self._now() + seconds
        self._held[target.bot_id, target.chat_id] = until
        if len(self._held) > 1024:
            now = self._now()
            self._held = {key: at for key, at in self._held.items() if at > now}

    async def turn(self, target: Target) -> None:
        """Sleep until ``target`` may be called.

        Raises:
            BroadcastsStopped: it is a broadcast and the bot may send none.
        """
        while True:
            held = self._held_for(target)
            if held <= 0:
                break
            await asyncio.sleep(held)
        if target.weight:
            await self._paced(target)

    async def _paced(self, target: Target) -> None:
        if target.priority is Priority.BROADCAST:
            await self._broadcast_turn(target)
        delay = self._bots.take(target.bot_id, target.weight)
        if target.chat_id is not None:
            rates = self._groups if target.in_group else self._chats
            delay = max(delay, rates.take((target.bot_id, target.chat_id), target.weight))
        if delay > 0:
            await asyncio.sleep(delay)

    async def _broadcast_turn(self, target: Target) -> None:
        """A broadcast enters the bot's queue only when the bot could send at once, so it
        never stands before a reply."""
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
            await asyncio.sleep(delay)

    def _held_for(self, target: Target) -> float:
        until = self._held.get((target.bot_id, target.chat_id))
        if until is None:
            return 0.0
        return until - self._now()
