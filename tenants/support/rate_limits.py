"""Rate limits: arithmetic on a monotonic clock, without timers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from tenants.domain.model import Throttle

Monotonic = Callable[[], float]
K = TypeVar("K", bound=Hashable)

_SLOW_SHARE: Final = 0.1
_PRUNE_AT: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """An average rate per second, with bursts of up to ``burst``."""

    per_second: float
    burst: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A tenant's limits: updates per second, and chats handled at the same time."""

    rate: Rate
    concurrency: int
    holds_handling: bool = False
    """Updates are received and stored, and handled when this is lifted."""
    broadcasts: bool = True

    @classmethod
    def of(cls, throttle: Throttle, rate_limit: float, concurrency: int) -> Pace:
        """The pace that results from a tenant's limits and its throttle.

        ``slow``: a tenth of the rate and one chat at a time.
        """
        slow = throttle is Throttle.SLOW
        per_second = max(rate_limit * (_SLOW_SHARE if slow else 1), 0.1)
        return cls(
            rate=Rate(per_second=per_second, burst=max(per_second, 1.0)),
            concurrency=1 if slow else max(concurrency, 1),
            holds_handling=throttle is Throttle.RECEIVE_ONLY,
            broadcasts=throttle is Throttle.NORMAL,
        )


class Bucket:
    """A token bucket whose level may be negative: excess amounts are counted too."""

    __slots__ = ("_at", "_changed", "_level", "_now", "rate")

    def __init__(self, rate: Rate, now: Monotonic = time.monotonic) -> None:
        self.rate = rate
        self._now = now
        self._level = rate.burst
        self._at = now()
        self._changed: asyncio.Event | None = None

    def available(self) -> float:
        now = self._now()
        level = self._level + (now - self._at) * self.rate.per_second
        self._level = min(self.rate.burst, level)
        self._at = now
        return self._level

    def take(self, amount: float = 1) -> None:
        self.available()
        self._level -= amount

    def try_take(self, amount: float = 1) -> bool:
        if self.available() < amount:
            return False
        self._level -= amount
        return True

    def delay(self, amount: float = 1) -> float:
        """Seconds until ``amount`` is available."""
        return max(0.0, (amount - self.available()) / self.rate.per_second)

    def change(self, rate: Rate) -> None:
        """Change the rate; waiting callers recalculate their wait immediately."""
        self.available()
        self.rate = rate
        self._level = min(self._level, rate.burst)
        if self._changed is not None:
            self._changed.set()

    async def wait(self, amount: float = 1) -> None:
        """Sleep until ``amount`` is available. Takes nothing."""
        while (delay := self.delay(amount)) > 0:
            self._changed = asyncio.Event()
            try:
                await asyncio.wait_for(self._changed.wait(), delay)
            except TimeoutError:
                continue
            finally:
                self._changed = None


class KeyedRates(Generic[K]):
    """One rate for each of many keys, without a timer or an object per key (GCRA: one float
    per key, removed when its allowance is full again).

    https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
    """

    __slots__ = ("_due", "_now", "rate")

    def __init__(self, rate: Rate, now: Monotonic = time.monotonic) -> None:
        self.rate = rate
        self._now = now
        self._due: dict[K, float] = {}

    def __len__(self) -> int:
        return len(self._due)

    def try_take(self, key: K, amount: float = 1) -> bool:
        now = self._now()
        due = max(self._due.get(key, now), now)
        if due - now > (self.rate.burst - amount) / self.rate.per_second + 1e-9:
            return False
        self._put(key, due + amount / self.rate.per_second, now)
        return True

    def take(self, key: K, amount: float = 1) -> float:
        """Take ``amount`` in any case. Returns the seconds to wait before acting."""
        now = self._now()
        due = max(self._due.get(key, now), now)
        self._put(key, due + amount / self.rate.per_second, now)
        return max(0.0, due - now - (self.rate.burst - amount) / self.rate.per_second)

    def delay(self, key: K, amount: float = 1) -> float:
        now = self._now()
        due = max(self._due.get(key, now), now)
        return max(0.0, due - now - (self.rate.burst - amount) / self.rate.per_second)

    def reset(self, key: K) -> None:
        """Restore the key's full allowance."""
        self._due.pop(key, None)

    def _put(self, key: K, due: float, now: float) -> None:
        if len(self._due) >= _PRUNE_AT:
            self._due = {kept: at for kept, at in self._due.items() if at > now}
        self._due[key] = due
