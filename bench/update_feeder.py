"""Feeds updates directly into our ingest and waits until each is handled and marked done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bench.platform_setup import Ours
from tenants.domain.model import TenantId
from tenants.runner.ingest.ingest import Intake
from tenants.runner.supervision.supervisor import Supervisor
from tenants.runner.supervision.tenant_state import Phase

BATCH = 100
"""As many as one getUpdates returns."""


class Feeding:
    """Replaces pollers and webhooks; everything after them is the product's code."""

    def __init__(self, platform: Ours) -> None:
        parts = platform.runner._parts
        assert parts.hooks
        assert parts.hook_serving
        self._intake: Intake = parts.hooks._intake
        self._serving = parts.hook_serving
        self._supervisor: Supervisor = parts.supervisor
        self._committer = parts.committer

    async def feed(self, updates: dict[TenantId, Sequence[bytes]]) -> None:
        """All tenants concurrently, each in batches and no faster than its worker takes them."""
        async with asyncio.TaskGroup() as group:
            for tenant_id, raws in updates.items():
                group.create_task(self._feed_one(tenant_id, raws))
        await self._handled()

    async def _feed_one(self, tenant_id: TenantId, raws: Sequence[bytes]) -> None:
        entry = self._supervisor.entry(tenant_id)
        if entry is None or entry.phase is not Phase.SERVING:
            return  # As the webhook endpoint does: Telegram keeps them.
        runtime = await self._serving.contexts.get(entry)
        for at in range(0, len(raws), BATCH):
            await runtime.worker.room()
            await self._intake.take(runtime, raws[at : at + BATCH])

    async def _handled(self) -> None:
        while any(e.runtime and e.runtime.worker.size for e in self._supervisor.entries()):
            await asyncio.sleep(0.005)
        await self._committer.flush()
