"""Counts updates dropped in a flood, and notifies the bot's owner."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

from tenants.domain.events import EventBus, UpdatesDropped
from tenants.domain.model import TenantId, UserId
from tenants.support.background_tasks import BackgroundTasks

GATHER: Final = 10.0
"""Seconds over which drops are collected for the first notice."""
_QUIET: Final = 600.0
"""Seconds until the next notice about the same bot."""


class DroppedUpdates:
    """Drops by tenant without a notice so far. The usage counter ``updates_dropped`` has all."""

    def __init__(self, events: EventBus, nursery: BackgroundTasks, gather: float = GATHER) -> None:
        self._events = events
        self._nursery = nursery
        self._gather = gather
        self._untold: Counter[TenantId] = Counter()
        self._telling: set[TenantId] = set()

    def add(self, tenant_id: TenantId, owner_id: UserId, amount: int) -> None:
        self._untold[tenant_id] += amount
        if tenant_id not in self._telling:
            self._telling.add(tenant_id)
            self._nursery.start(self._tell(tenant_id, owner_id), f"tell dropped {tenant_id}")

    async def _tell(self, tenant_id: TenantId, owner_id: UserId) -> None:
        try:
            pause = self._gather
            await asyncio.sleep(pause)
            while count := self._untold.pop(tenant_id, 0):
                await self._events.publish(
                    UpdatesDropped(tenant_id=tenant_id, owner_id=owner_id, count=count)
                )
                await asyncio.sleep(_QUIET)
        finally:
            self._telling.discard(tenant_id)
