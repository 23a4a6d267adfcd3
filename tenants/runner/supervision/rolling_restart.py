"""Restarts all bots in batches, so that only a few are stopped at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from tenants.domain.model import Actor, Tenant, TenantId
from tenants.runner.supervision.tenant_state import Phase, TenantState
from tenants.services.bulk_restart import Restarts

log = structlog.get_logger(__name__)

AT_ONCE: Final = 8
PATIENCE: Final = 30.0
"""Seconds a batch may take before the next one begins: a bot whose token was revoked never
starts, and :class:`tenants.runner.ingest.backoff.StartPacer` may delay others."""
_LOOK_EVERY: Final = 0.1

Progress = Callable[[int, int], Awaitable[None]]
"""Called with the number of restarted bots and the total."""
EntryOf = Callable[[TenantId], TenantState | None]


class RollingRestart:
    """One run at a time, in this process."""

    def __init__(self, restarts: Restarts, entry_of: EntryOf, patience: float = PATIENCE) -> None:
        self._restarts = restarts
        self._entry_of = entry_of
        self._patience = patience
        self._running = asyncio.Lock()

    @property
    def under_way(self) -> bool:
        return self._running.locked()

    async def everybody(self, actor: Actor, progress: Progress) -> int:
        """Restart all bots whose desired state is active. Returns how many.

        Raises:
            AccessDenied: not an owner, or not any more.
        """
        async with self._running:
            tenant_ids = await self._restarts.begin(actor)
            done = 0
            for begin in range(0, len(tenant_ids), AT_ONCE):
                await progress(begin, len(tenant_ids))
                batch = await self._restarts.some(actor, tenant_ids[begin : begin + AT_ONCE])
                await self._until_up(batch)
                done += len(batch)
            await progress(len(tenant_ids), len(tenant_ids))
            log.info("all bots restarted", bots=done)
            return done

    async def _until_up(self, tenants: Sequence[Tenant]) -> None:
        deadline = time.monotonic() + self._patience
        while time.monotonic() < deadline and not all(map(self._is_up, tenants)):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_EVERY)  # there is no event to wait for

    def _is_up(self, tenant: Tenant) -> bool:
        """It runs in its desired generation, or waiting for it is useless."""
        entry = self._entry_of(tenant.id)
        if entry is None or entry.phase is Phase.SET_ASIDE:
            return True
        if entry.generation < tenant.generation or entry.phase is not Phase.SERVING:
            return False
        return entry.poller is None or entry.poller.up
