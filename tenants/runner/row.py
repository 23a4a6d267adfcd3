"""One update on its way through this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from tenants.bot.peek import Peek, peek
from tenants.model import TenantId
from tenants.store.group import Incoming
from tenants.store.inbox import InboxRow

if TYPE_CHECKING:
    from tenants.runner.batches import Arrival


class Row:
    """An update that is, or is about to be, in the inbox. Made by the thousand: no dataclass."""

    __slots__ = (
        "album",
        "arrival",
        "attempts",
        "chat_key",
        "done",
        "raw",
        "received_ms",
        "tenant_id",
        "update_id",
    )

    def __init__(self, tenant_id: TenantId, seen: Peek, received_ms: int, attempts: int = 0):
        self.tenant_id = tenant_id
        self.update_id = seen.update_id
        self.chat_key = seen.chat_key
        self.album = seen.album
        self.raw = seen.raw
        self.received_ms = received_ms
        self.attempts = attempts
        self.arrival: Arrival | None = None
        """What it came with, until that is on disk."""
        self.done = False
        """It was handled before it was written."""

    @classmethod
    def stored(cls, row: InboxRow) -> Self:
        """As it lay in the inbox."""
        return cls(row.tenant_id, peek(row.payload), row.received_at, row.attempts)

    @property
    def mark(self) -> tuple[TenantId, int]:
        return self.tenant_id, self.update_id

    def incoming(self, now_ms: int) -> Incoming:
        done_at = now_ms if self.done else None
        return Incoming(
            self.tenant_id, self.update_id, self.chat_key, self.raw, self.received_ms, done_at
        )
