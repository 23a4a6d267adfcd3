"""One chat's updates, waiting in order, and when an album among them is whole."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import Final

from tenants.runner.queued_update import QueuedUpdate

ALBUM_SETTLES: Final = 0.7
"""Seconds after an album's last part until it is taken for whole; they come one by one."""
ALBUM_AWAITED: Final = 5.0
"""The same while Telegram is known to have more updates."""
_ALBUM_MOST: Final = 10
"""https://core.telegram.org/bots/api#sendmediagroup"""

Unit = list[QueuedUpdate]


class ChatQueue:
    """Exists only while there are updates of the chat."""

    __slots__ = ("_album_at", "_updates")

    def __init__(self) -> None:
        self._updates: deque[QueuedUpdate] = deque()
        self._album_at = 0.0
        """When a part of an album came last."""

    def __len__(self) -> int:
        return len(self._updates)

    def put(self, update: QueuedUpdate) -> None:
        self._updates.append(update)
        if update.album:
            self._album_at = time.monotonic()

    def next(self, more_to_come: bool) -> tuple[Unit, float]:
        """The next update or a whole album; or nothing, and the seconds until to look again."""
        first = self._updates[0]
        if not first.album:
            return [first], 0.0
        unit = [update for update in self._updates if update.album == first.album]
        wait = self._awaited(unit, more_to_come)
        return ([], wait) if wait > 0 else (unit, 0.0)

    def remove(self, unit: Sequence[QueuedUpdate]) -> None:
        if len(unit) == 1 and self._updates[0] is unit[0]:
            self._updates.popleft()
            return
        for update in unit:
            self._updates.remove(update)

    def _awaited(self, unit: Unit, more_to_come: bool) -> float:
        """Seconds until the album is taken for whole."""
        if len(unit) >= _ALBUM_MOST:
            return 0.0
        passed = time.monotonic() - self._album_at
        if more_to_come and self._updates[-1] is unit[-1] and passed < ALBUM_AWAITED:
            return max(ALBUM_SETTLES - passed, ALBUM_SETTLES / 4)
        return ALBUM_SETTLES - passed
