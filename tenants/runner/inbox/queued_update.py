"""An update on its way through this process, and what it came with and led to."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Self

from tenants.bot.effects import Effects
from tenants.bot.update_header import UpdateHeader, peek_stored
from tenants.domain.model import TenantId
from tenants.store.inbox import InboxRow
from tenants.store.inbox_sqlite import Aside, InboxState, Incoming, UpdateKey

Committed = Callable[[BaseException | None], None]
"""Called once the work is committed, or with the error of its own effects."""


class QueuedUpdate:
    """An update that is, or is about to be, in the inbox. Made by the thousand: no dataclass."""

    __slots__ = (
        "album",
        "attempts",
        "batch",
        "chat_key",
        "counted_retries",
        "raw",
        "received_ms",
        "retries",
        "state",
        "stored_at",
        "successes_before",
        "tenant_id",
        "update_id",
        "user_id",
    )

    def __init__(
        self,
        tenant_id: TenantId,
        seen: UpdateHeader,
        received_ms: int,
        *,
        attempts: int = 0,
        state: InboxState = InboxState.PENDING,
    ) -> None:
        self.tenant_id = tenant_id
        self.update_id = seen.update_id
        self.chat_key = seen.chat_key
        self.user_id = seen.user_id
        self.album = seen.album
        self.raw = seen.raw
        self.received_ms = received_ms
        self.attempts = attempts
        """Tries that failed by our own fault, in this process and before."""
        self.retries = 0
        """Tries that Telegram's outages ended."""
        self.counted_retries = 0
        """Those of them between which other updates of the bot were handled."""
        self.successes_before = 0
        self.state = state
        """As it is written when it comes in: only a pending one is handled at once."""
        self.batch: IngestBatch | None = None
        """What it came with, until that is on disk."""
        self.stored_at = 0.0
        """When that was, as ``time.monotonic`` has it; 0.0 for what was there before."""

    @classmethod
    def from_inbox(cls, row: InboxRow) -> Self:
        """As it lay in the inbox."""
        queued = cls(
            row.tenant_id,
            peek_stored(row.payload, row.update_id),
            row.received_at,
            attempts=row.attempts,
            state=row.state,
        )
        queued.chat_key = row.chat_key
        return queued

    @classmethod
    def kept_aside(cls, tenant_id: TenantId, raw: bytes, received_ms: int) -> Self:
        """One whose ids can't be stored. It gets a negative id of its own, made from what it
        says, so that the same one is kept once; Telegram's ids are positive."""
        digest = hashlib.blake2b(raw, digest_size=8).digest()
        number = -(int.from_bytes(digest, "big") >> 2) - 1
        return cls(
            tenant_id, UpdateHeader.unread(number, raw), received_ms, state=InboxState.UNPARSED
        )

    @property
    def key(self) -> UpdateKey:
        return self.tenant_id, self.update_id

    @property
    def person(self) -> int:
        """Who caused it, as far as it says so."""
        return self.user_id or self.chat_key

    def incoming(self, done_at: int | None) -> Incoming:
        return Incoming(
            self.tenant_id,
            self.update_id,
            self.chat_key,
            self.raw,
            self.received_ms,
            done_at,
            self.state,
        )

    def aside(self, state: InboxState, error: str) -> Aside:
        return Aside(self.tenant_id, self.update_id, state, error)


class HandlerResult:
    """What handling an update, or an album, came to. It is committed with or after every
    ingest batch that its updates came in, never before."""

    __slots__ = ("aside", "committed", "effects", "needs", "updates")

    def __init__(
        self,
        updates: Sequence[QueuedUpdate],
        effects: Effects,
        committed: Committed,
        *,
        aside: Sequence[Aside] = (),
    ) -> None:
        self.updates = updates
        self.effects = effects
        self.committed = committed
        self.aside = aside
        """Those of its updates that are not done: dead letters and unparsed ones."""
        self.needs = {update.batch for update in updates if update.batch is not None}

    def is_ready(self, chosen: set[IngestBatch]) -> bool:
        """Whether it may be committed together with these batches."""
        return all(batch.is_written or batch in chosen for batch in self.needs)

    def done(self) -> set[UpdateKey]:
        return {update.key for update in self.updates} - {
            (row.tenant_id, row.update_id) for row in self.aside
        }


class IngestBatch:
    """Updates that came in together, until they are on disk."""

    __slots__ = (
        "closed",
        "done",
        "due",
        "is_written",
        "open",
        "results",
        "stored",
        "until",
        "updates",
    )

    def __init__(
        self, updates: Sequence[QueuedUpdate], *, due: float, until: float, handled: bool
    ) -> None:
        self.updates = updates
        self.stored: asyncio.Future[list[QueuedUpdate]] = asyncio.get_running_loop().create_future()
        """The updates that were not in the inbox before, once all are. Shield it: it is shared."""
        self.results: list[HandlerResult] = []
        """Of handlers that ended in time to be written along."""
        self.done: list[QueuedUpdate] = []
        """Handled in time, with nothing else to write."""
        self.open = sum(update.state is InboxState.PENDING for update in updates) if handled else 0
        """Handlers that have not come to an end."""
        self.due = due
        self.until = until
        """``due`` may be put off to this moment, and no further."""
        self.closed = False
        """It is being written: what comes to an end from now on is written after it."""
        self.is_written = False
        for update in updates:
            update.batch = self

    def handler_ended(self, now: float, linger: float) -> bool:
        """One handler came to an end; the others are given their moment. True when all have."""
        self.open -= 1
        if self.open > 0 and self.due:
            self.due = min(self.until, now + linger)
        return self.open <= 0

    def hurry(self) -> None:
        """Something waits for it."""
        self.due = 0.0

    def written(self, fresh: list[QueuedUpdate]) -> None:
        """It is on disk."""
        self.is_written = True
        now = time.monotonic()
        for update in self.updates:
            update.batch = None
            update.stored_at = now
        if not self.stored.done():
            self.stored.set_result(fresh)

    def abandon(self) -> None:
        """It will never be written by this process."""
        self.stored.cancel()
