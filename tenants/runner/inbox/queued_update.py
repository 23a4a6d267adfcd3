"""A queued update, its ingest batch and its handler result."""

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
    """An update that is, or is about to be, in the inbox. A plain class, for speed."""

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
        """Tries that failed by an error of ours, in this process and before."""
        self.retries = 0
        """Tries that outages of Telegram ended."""
        self.counted_retries = 0
        """Number of ``retries`` between which other updates of the bot were handled."""
        self.successes_before = 0
        self.state = state
        """The state it is first stored with: only a pending one is handled at once."""
        self.batch: IngestBatch | None = None
        """Its ingest batch, until that is committed."""
        self.stored_at = 0.0
        """When that was, by ``time.monotonic``; 0.0 for an update loaded from the inbox."""

    @classmethod
    def from_inbox(cls, row: InboxRow) -> Self:
        """From a stored row."""
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
        """One whose ids can't be stored. It gets a negative id derived from its content, so
        that a duplicate is kept once; Telegram's ids are positive."""
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
        """The id of the person who caused it, where it has one."""
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
    """The result of handling an update or an album. It is committed with or after every
    ingest batch of its updates, never before."""

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
        """Its updates that are not done: dead letters and unparsed ones."""
        self.needs = {update.batch for update in updates if update.batch is not None}

    def is_ready(self, chosen: set[IngestBatch]) -> bool:
        """Whether it may be committed together with these batches."""
        return all(batch.is_written or batch in chosen for batch in self.needs)

    def done(self) -> set[UpdateKey]:
        return {update.key for update in self.updates} - {
            (row.tenant_id, row.update_id) for row in self.aside
        }


class IngestBatch:
    """Updates ingested together, until they are committed."""

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
        """The updates that are new in the inbox, once all are committed. Shared: shield it."""
        self.results: list[HandlerResult] = []
        """Results of handlers that ended in time to be written with it."""
        self.done: list[QueuedUpdate] = []
        """Updates handled in time, without effects."""
        self.open = sum(update.state is InboxState.PENDING for update in updates) if handled else 0
        """Handlers that have not ended."""
        self.due = due
        self.until = until
        """Latest value of ``due``."""
        self.closed = False
        """It is being written: results from now on are written after it."""
        self.is_written = False
        for update in updates:
            update.batch = self

    def handler_ended(self, now: float, linger: float) -> bool:
        """One handler ended; wait again for the others. True when all have ended."""
        self.open -= 1
        if self.open > 0 and self.due:
            self.due = min(self.until, now + linger)
        return self.open <= 0

    def hurry(self) -> None:
        """Make it due now: something waits for it."""
        self.due = 0.0

    def written(self, fresh: list[QueuedUpdate]) -> None:
        """It is committed."""
        self.is_written = True
        now = time.monotonic()
        for update in self.updates:
            update.batch = None
            update.stored_at = now
        if not self.stored.done():
            self.stored.set_result(fresh)

    def abandon(self) -> None:
        """This process will never write it."""
        self.stored.cancel()
