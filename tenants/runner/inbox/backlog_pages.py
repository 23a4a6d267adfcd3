"""Reads a backlog in the inbox that exceeds a worker's limit, page by page.

Meanwhile new updates are stored behind it and read in order, so that each chat keeps its
order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from tenants.domain.model import TenantId
from tenants.runner.handling.worker import Worker
from tenants.runner.inbox.queued_update import QueuedUpdate
from tenants.store.inbox import InboxRow, Place

log = structlog.get_logger(__name__)

_LOOK_EVERY: Final = 0.02
_AGAIN: Final = 1.0

Read = Callable[[TenantId, Place, int], Awaitable[list[InboxRow]]]
"""Reads a tenant's pending rows after a place: tenant, place, how many."""


class StoredPages:
    """Feeds a worker from the inbox until it has every pending row."""

    def __init__(
        self, tenant_id: TenantId, worker: Worker, read: Read, after: Place, size: int
    ) -> None:
        self._tenant_id = tenant_id
        self._worker = worker
        self._read = read
        self._after = after
        self._size = size
        self._coming = 0
        self._came = 0
        self.is_through = False
        """The backlog is read; new updates may go directly to the worker again."""

    def coming(self) -> None:
        """Updates are about to be stored behind the backlog."""
        self._coming += 1

    def came(self) -> None:
        """They are stored."""
        self._coming -= 1
        self._came += 1

    async def run(self) -> None:
        while not self.is_through:
            try:
                await self._page()
            except Exception as error:
                log.warning("backlog not read, retrying", error=type(error).__name__)
                await asyncio.sleep(_AGAIN)

    async def _page(self) -> None:
        if self._worker.size > self._size / 2:
            await asyncio.sleep(_LOOK_EVERY)
            return
        came = self._came
        rows = await self._read(self._tenant_id, self._after, self._size)
        if rows:
            self._after = (rows[-1].received_at, rows[-1].update_id)
            self._worker.put_stored([QueuedUpdate.from_inbox(row) for row in rows])
        elif not self._coming and came == self._came:
            self.is_through = True
        else:
            await asyncio.sleep(_LOOK_EVERY)
