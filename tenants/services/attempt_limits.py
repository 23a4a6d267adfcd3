"""Limits how often a person may try something, without timers."""

from __future__ import annotations

import math
from typing import Final

from tenants.domain.errors import TooManyAttempts
from tenants.domain.model import UserId
from tenants.domain.ports import Clock

_KEPT: Final = 10_000


class Attempts:
    """GCRA (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm): one float per person.

    Allows ``burst`` attempts, then one every ``every`` seconds.
    """

    def __init__(self, clock: Clock, *, burst: int, every: float) -> None:
        self._clock = clock
        self._every = every
        self._tolerance = (burst - 1) * every
        self._due: dict[UserId, float] = {}

    def take(self, user_id: UserId) -> None:
        """Count an attempt.

        Raises:
            TooManyAttempts: with ``retry_after`` in whole seconds; the attempt is not counted.
        """
        now = self._clock.monotonic()
        due = max(self._due.get(user_id, now), now)
        wait = due - self._tolerance - now
        if wait > 0:
            raise TooManyAttempts(retry_after=math.ceil(wait))
        if len(self._due) >= _KEPT:
            self._forget_idle(now)
        self._due[user_id] = due + self._every

    def _forget_idle(self, now: float) -> None:
        self._due = {user_id: due for user_id, due in self._due.items() if due > now}
