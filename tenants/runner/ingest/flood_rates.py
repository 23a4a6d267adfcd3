"""Rate limit per person for updates to one bot."""

from __future__ import annotations

import time
from typing import Final

from tenants.support.rate_limits import KeyedRates, Rate

_NOTICE_EVERY: Final = 600.0
_REMEMBERED: Final = 1024
_OLDEST: Final = 3 * 24 * 3600.0
_NEWEST: Final = 300.0
"""A date outside these is ignored. Telegram keeps updates for a day."""


class FloodRates:
    """Measures each person's rate by the messages' own dates, so that updates that Telegram
    kept during an outage do not count as a flood. Without a date, by arrival."""

    def __init__(self, rate: Rate) -> None:
        self._date = 0.0
        self._by_date: KeyedRates[int] = KeyedRates(rate, lambda: self._date)
        self._by_arrival: KeyedRates[int] = KeyedRates(rate)
        self._told: dict[int, float] = {}

    def try_take(self, person: int, sent_at: int | None, now: float) -> bool:
        """False above the rate limit. ``now``: seconds since 1970, as ``sent_at``."""
        if sent_at is None or not now - _OLDEST < sent_at < now + _NEWEST:
            return self._by_arrival.try_take(person)
        self._date = float(sent_at)
        return self._by_date.try_take(person)

    def tells(self, person: int) -> bool:
        """Whether to notify a person that their updates are dropped: once in ten minutes."""
        now = time.monotonic()
        if self._told.get(person, 0.0) > now:
            return False
        if len(self._told) >= _REMEMBERED:
            self._told = {kept: until for kept, until in self._told.items() if until > now}
        self._told[person] = now + _NOTICE_EVERY
        return True
