"""Looking after accounts: closing what is idle, noticing sessions that have ended."""

from __future__ import annotations

import asyncio

import structlog

from mtproto.connections import Connections
from mtproto.pool import AccountPool
from mtproto.records import Records
from mtproto.settings import MtprotoSettings
from tenants.errors import PlatformError
from tenants.model import TenantId
from tenants.ports import Clock
from tenants.store.accounts import AccountRow
from tenants.tasks import Nursery

log = structlog.get_logger(__name__)


class Care:
    """Sweeps over all accounts, again and again."""

    def __init__(
        self,
        *,
        pool: AccountPool,
        connections: Connections,
        records: Records,
        clock: Clock,
        settings: MtprotoSettings,
    ) -> None:
        self._pool = pool
        self._connections = connections
        self._records = records
        self._clock = clock
        self._settings = settings
        self._nursery = Nursery("account care")
        self._looked_at: dict[TenantId, float] = {}

    async def start(self) -> None:
        self._nursery.start(self._sweep_for_ever(), "accounts:sweep")

    async def stop(self) -> None:
        await self._nursery.close()

    async def sweep(self) -> None:
        """Close what is idle, keep what was learned, look at accounts nobody borrows."""
        await self._connections.sweep()
        for row in await self._records.connected():
            if self._is_due(row):
                self._looked_at[row.tenant_id] = self._clock.monotonic()
                await self._look_at(row.tenant_id)

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._settings.sweep_every)
            try:
                await self.sweep()
            except Exception:
                log.exception("sweep of accounts failed")

    def _is_due(self, row: AccountRow) -> bool:
        every = self._settings.check_every
        looked = self._looked_at.get(row.tenant_id)
        if looked is not None and self._clock.monotonic() - looked < every:
            return False
        used = row.last_used_at or row.connected_at
        return (self._clock.now() - used).total_seconds() >= every

    async def _look_at(self, tenant_id: TenantId) -> None:
        """A session ended in Devices is noticed although no feature uses it."""
        try:
            async with self._pool.borrow(tenant_id):
                log.debug("account looked at", tenant=tenant_id)
        except PlatformError as error:
            log.info("account not well", tenant=tenant_id, error=error.code)
