"""Which updates of a tenant can't have been here before, without asking the store."""

from __future__ import annotations

from typing import Final

from tenants.runner.inbox.queued_update import QueuedUpdate

_REMEMBERED: Final = 64


class DedupWindow:
    """Updates with a higher id than ``floor`` are new unless they are among ``recent``.

    Nothing is dropped for its id: one that may be old is looked up in the inbox before it is
    handled, which also takes ids that start anew lower down.
    """

    __slots__ = ("_floor", "_recent")

    def __init__(self, floor: int = 0) -> None:
        self._floor = floor
        self._recent: dict[int, QueuedUpdate] = {}

    def again(self, row: QueuedUpdate) -> QueuedUpdate | None:
        """The same update as it came before, if this process remembers it."""
        return self._recent.get(row.update_id)

    def is_new(self, row: QueuedUpdate) -> bool:
        """False when only the inbox knows."""
        return row.update_id > self._floor

    def remember(self, row: QueuedUpdate) -> None:
        self._recent[row.update_id] = row
        if len(self._recent) > _REMEMBERED:
            lowest = min(self._recent)
            del self._recent[lowest]
            self._floor = max(self._floor, lowest)

    def acknowledged(self) -> None:
        """Telegram will not bring these again: their ids are enough, their rows may go."""
        if self._recent:
            self._floor = max(self._floor, *self._recent)
            self._recent = {}
