"""Retry pauses, and the limit on concurrent bot starts."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tenants.domain.model import TenantId
from tenants.support.rate_limits import Bucket, Monotonic, Rate

SLOWEST: Final = 60.0
"""Starts a minute, however many bots were refused."""
_MINUTE: Final = 60.0
_SEVERAL: Final = 3
"""Bots refused within a minute from which on the server is taken to be the cause."""


class Backoff:
    """Growing pauses with jitter, so that bots that failed together do not retry together.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """

    __slots__ = ("_first", "_longest", "failures")

    def __init__(self, first: float = 1.0, longest: float = 60.0) -> None:
        self._first = first
        self._longest = longest
        self.failures = 0

    def next(self) -> float:
        """Seconds to wait now: between half the step and the full step."""
        step: float = min(self._longest, self._first * 2 ** min(self.failures, 16))
        self.failures += 1
        return step * (0.5 + random.random() / 2)  # noqa: S311

    def reset(self) -> None:
        self.failures = 0


class StartPacer:
    """Limits concurrent bot starts and adapts their rate to the server.

    After a refusal (429) the refused bot waits, in its caller and without a slot. Only when
    several bots were refused within a minute is the server itself taken to be overloaded: then
    the rate is cut to the starts it accepted in a minute, at least :data:`SLOWEST`. Each minute
    without such a refusal the rate doubles, up to its initial value.
    """

    def __init__(self, at_once: int, per_minute: float, now: Monotonic = time.monotonic) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._now = now
        self._full = per_minute
        self._rate = Bucket(_per_minute(per_minute), now)
        self._taken: deque[float] = deque()
        self._refused: dict[TenantId, float] = {}
        self._changed_at = now()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold a slot for a start; waits until one is free and the rate allows it."""
        async with self._slots:
            await self._my_turn()
            self._rate.take()
            yield

    def accepted(self) -> None:
        """The server accepted a start."""
        now = self._now()
        while self._taken and self._taken[0] <= now - _MINUTE:
            self._taken.popleft()
        self._taken.append(now)

    def refused(self, tenant_id: TenantId) -> None:
        """The server answered 429 to a starting bot."""
        now = self._now()
        self._refused = {one: at for one, at in self._refused.items() if at > now - _MINUTE}
        self._refused[tenant_id] = now
        if len(self._refused) < _SEVERAL:
            return
        taken = sum(at > now - _MINUTE for at in self._taken)
        self._change(min(self._rate.rate.per_second * _MINUTE, max(SLOWEST, taken)))

    def _change(self, per_minute: float) -> None:
        self._changed_at = self._now()
        self._rate.change(_per_minute(per_minute))

    async def _my_turn(self) -> None:
        while True:
            if self._may_go():
                return
            await asyncio.sleep(max(self._rate.delay(), 0.001))

    def _may_go(self) -> bool:
        self._recover()
        return self._rate.available() >= 1

    def _recover(self) -> None:
        now = self._rate.rate.per_second * _MINUTE
        if now < self._full and self._now() - self._changed_at >= _MINUTE:
            self._change(min(self._full, now * 2))


def _per_minute(starts: float) -> Rate:
    return Rate(per_second=starts / _MINUTE, burst=max(1.0, starts / 6))
