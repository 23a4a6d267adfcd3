"""Which updates of a tenant are certainly new, without a database query."""

from __future__ import annotations

from typing import Final

from tenants.runner.inbox.queued_update import QueuedUpdate

_REMEMBERED: Final = 64


class DedupWindow:
    """Updates with a higher id than ``floor`` are new unless they are among ``recent``.

    No update is dropped for its id: one that may be old is looked up in the inbox before it is
    handled, which also covers ids that restart at lower values.
    """

    __slots__ = ("_floor", "_recent")

    def __init__(self, floor: int = 0) -> None:
        self._floor = floor
        self._recent: dict[int, QueuedUpdate] = {}

    def again(self, row: QueuedUpdate) -> QueuedUpdate | None:
        """The earlier copy of this update, if it is in the window."""
        return self._recent.get(row.update_id)

    def is_new(self, row: QueuedUpdate) -> bool:
        """False when only the inbox can decide."""
        return row.update_id > self._floor

    def remember(self, row: QueuedUpdate) -> None:
        self._recent[row.update_id] = row
        if len(self._recent) > _REMEMBERED:
            lowest = min(self._recent)
            del self._recent[lowest]
            self._floor = max(self._floor, lowest)

    def acknowledged(self) -> None:
        """Telegram will not resend these: raise the floor and drop their rows."""
        if self._recent:
            self._floor = max(self._floor, *self._recent)
            self._recent = {}
