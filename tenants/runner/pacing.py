"""When to try again, and how many bots may come up at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tenants.limits import Bucket, Monotonic, Rate


class Backoff:
    """Growing pauses with full jitter, so that bots that failed together part ways.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """

    __slots__ = ("_first", "_longest", "failures")

    def __init__(self, first: float = 1.0, longest: float = 60.0) -> None:
        self._first = first
        self._longest = longest
        self.failures = 0

    def next(self) -> float:
        """Seconds to wait now: at least half the step, at most the whole."""
        step: float = min(self._longest, self._first * 2 ** min(self.failures, 16))
        self.failures += 1
        return step * (0.5 + random.random() / 2)  # noqa: S311

    def reset(self) -> None:
        self.failures = 0


class StartPacer:
    """Lets bots come up a few at a time, and learns what the server takes.

    A server may let only so many log in a minute. The first refusal stops the whole queue
    for as long as it says, and from then on no more are let through a minute than it took.
    """

    def __init__(self, at_once: int, per_minute: float, now: Monotonic = time.monotonic) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._now = now
        self._rate = Bucket(Rate(per_second=per_minute / 60, burst=per_minute), now)
        self._resume_at = 0.0
        self._taken: deque[float] = deque()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold one of the slots for a start. Waits for its turn first."""
        async with self._slots:
            await self._my_turn()
            self._rate.take()
            yield

    def accepted(self) -> None:
        """The server took one."""
        now = self._now()
        while self._taken and self._taken[0] <= now - 60:
            self._taken.popleft()
        self._taken.append(now)

    def refused(self, retry_after: float) -> None:
        """The server answered 429 to one that was coming up."""
        now = self._now()
        self._resume_at = max(self._resume_at, now + retry_after)
        taken = max(1, sum(at > now - 60 for at in self._taken))
        per_minute = min(float(taken), self._rate.rate.per_second * 60)
        self._rate.change(Rate(per_second=per_minute / 60, burst=max(1.0, per_minute)))

    async def _my_turn(self) -> None:
        while True:
            if self._may_go():
                return
            await asyncio.sleep(max(self._resume_at - self._now(), self._rate.delay(), 0.001))

    def _may_go(self) -> bool:
        return self._now() >= self._resume_at and self._rate.available() >= 1
