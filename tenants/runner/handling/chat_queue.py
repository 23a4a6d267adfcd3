"""One chat's updates in order, and when an album among them is complete."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import Final

from tenants.runner.inbox.queued_update import QueuedUpdate
from tenants.runner.ingest.poll_progress import HELD, PollProgress

ALBUM_SETTLES: Final = 0.7
"""Seconds after an album's last part until it counts as complete: Telegram has queued the next
part by then. Parts arrive one by one."""
ALBUM_AWAITED: Final = 5.0
"""Seconds that an album waits for a poll that shows that no other part follows."""
_LOOK_AGAIN: Final = 0.1
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

    @property
    def last_album(self) -> str | None:
        """The id of the album that the last update belongs to."""
        return self._updates[-1].album

    def put(self, update: QueuedUpdate) -> None:
        self._updates.append(update)
        if update.album:
            self._album_at = time.monotonic()

    def next(self, polls: PollProgress | None) -> tuple[Unit, float]:
        """The next update or complete album; or nothing, and the seconds until the next check.

        ``polls``: None where updates come by webhook.
        """
        first = self._updates[0]
        if not first.album:
            return [first], 0.0
        unit = [update for update in self._updates if update.album == first.album]
        wait = self._awaited(unit, polls)
        return ([], wait) if wait > 0 else (unit, 0.0)

    def remove(self, unit: Sequence[QueuedUpdate]) -> None:
        if len(unit) == 1 and self._updates[0] is unit[0]:
            self._updates.popleft()
            return
        for update in unit:
            self._updates.remove(update)

    def _awaited(self, unit: Unit, polls: PollProgress | None) -> float:
        """Seconds until the album counts as complete.

        Telegram sends the next part once the last one is acknowledged, which is after its
        commit: neither a slow commit nor the pause before the next poll shows its end.
        """
        if len(unit) >= _ALBUM_MOST:
            return 0.0
        if unit[-1].batch is not None:
            return _LOOK_AGAIN
        now = time.monotonic()
        passed = now - max(self._album_at, unit[-1].stored_at)
        if polls is None or self._updates[-1] is not unit[-1]:
            return ALBUM_SETTLES - passed
        told = polls.complete_until(now) - self._album_at
        if told >= ALBUM_SETTLES - HELD or passed >= ALBUM_AWAITED:
            return 0.0
        return max(ALBUM_SETTLES - passed, _LOOK_AGAIN)
