"""One update on its way through this process."""

from __future__ import annotations

from typing import Self

from tenants.bot.peek import Peek, peek
from tenants.model import TenantId
from tenants.store.inbox import InboxRow, Incoming


class Row:
    """An update that is, or is about to be, in the inbox. Made by the thousand: no dataclass."""

    __slots__ = ("album", "attempts", "chat_key", "raw", "received_ms", "tenant_id", "update_id")

    def __init__(self, tenant_id: TenantId, seen: Peek, received_ms: int, attempts: int = 0):
        self.tenant_id = tenant_id
        self.update_id = seen.update_id
        self.chat_key = seen.chat_key
        self.album = seen.album
        self.raw = seen.raw
        self.received_ms = received_ms
        self.attempts = attempts

    @classmethod
    def stored(cls, row: InboxRow) -> Self:
        """As it lay in the inbox."""
        return cls(row.tenant_id, peek(row.payload), row.received_at, row.attempts)

    @property
    def mark(self) -> tuple[TenantId, int]:
        return self.tenant_id, self.update_id

    def incoming(self) -> Incoming:
        return Incoming(self.tenant_id, self.update_id, self.chat_key, self.raw, self.received_ms)
