"""Telegram's flood limits, when the sandbox applies them.

About 30 messages a second for a bot, one a second for a chat (short bursts allowed), 20 a
minute for a group. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.world.errors import too_many_requests

SENDS = ("send", "forward", "copy", "editmessage")
NOT_SENDS = ("sendchataction",)


@dataclass(frozen=True, slots=True)
class Rate:
    """A burst of ``burst``, then ``per_second``."""

    per_second: float
    burst: float


BOT = Rate(30, 30)
CHAT = Rate(1, 5)
GROUP = Rate(20 / 60, 20)


class Flood:
    """Leaky buckets without timers: a bucket is stored as the time when it will be empty.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._empty_at: dict[tuple[int, int], float] = {}

    def check(self, bot_id: int, method: str, chat_id: int) -> None:
        """Count a call. Raises ApiError: 429, there were too many."""
        name = method.lower()
        if not name.startswith(SENDS) or name in NOT_SENDS:
            return
        buckets = [((bot_id, 0), BOT)]
        if chat_id:
            buckets.append(((bot_id, chat_id), GROUP if chat_id < 0 else CHAT))
        now = self._clock()
        for key, rate in buckets:
            over = self._level(key, now) - (rate.burst - 1) / rate.per_second
            if over > 1e-6:
                raise too_many_requests(math.ceil(over))
        for key, rate in buckets:
            self._empty_at[key] = now + self._level(key, now) + 1 / rate.per_second

    def _level(self, key: tuple[int, int], now: float) -> float:
        """Seconds until the bucket is empty."""
        return max(0.0, self._empty_at.get(key, 0.0) - now)
