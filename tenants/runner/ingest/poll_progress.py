"""Up to which moment one bot's polls have returned everything that Telegram had."""

from __future__ import annotations

import math
from typing import Final

HELD: Final = 0.2
"""Seconds after which an unanswered poll shows that Telegram had no updates: a poll with
pending updates is answered at once
(https://core.telegram.org/bots/api#getupdates)."""


class PollProgress:
    """Moments are those of ``time.monotonic``."""

    __slots__ = ("_asked_at", "_complete_until")

    def __init__(self) -> None:
        self._asked_at = math.inf
        """When the current poll was sent."""
        self._complete_until = -math.inf

    def asked(self, now: float) -> None:
        """A poll was sent."""
        self._asked_at = now

    def failed(self) -> None:
        """It got no answer."""
        self._asked_at = math.inf

    def taken(self, *, all_there_was: bool) -> None:
        """Its updates have been queued; ``all_there_was``: Telegram had no more."""
        if all_there_was and self._asked_at < math.inf:
            self._complete_until = self._asked_at
        self._asked_at = math.inf

    def complete_until(self, now: float) -> float:
        """Updates that Telegram had before this moment have been queued."""
        if self._asked_at <= now - HELD:
            return now - HELD
        return self._complete_until
