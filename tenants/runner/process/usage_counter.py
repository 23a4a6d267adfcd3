"""Usage by tenant and hour, counted in memory and added to the store."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from tenants.domain.model import BotId, TenantId
from tenants.domain.ports import Clock
from tenants.store import Database, UnitOfWork
from tenants.support.metrics import Metrics

_SHOWN = {"updates_accepted": "updates", "sends": "sends", "errors": "errors"}


class UsageCounter:
    """Counts are stored in one statement for all tenants; a crash loses a few seconds of
    counts, never updates."""

    def __init__(self, db: Database, clock: Clock, metrics: Metrics) -> None:
        self._db = db
        self._clock = clock
        self._metrics = metrics
        self._counts: Counter[tuple[TenantId, str]] = Counter()
        self._used: dict[TenantId, datetime] = {}
        self._tenants: dict[int, TenantId] = {}

    def know(self, bot_id: BotId, tenant_id: TenantId) -> None:
        """Count this bot's calls for the tenant from now on."""
        self._tenants[bot_id] = tenant_id

    def forget(self, bot_id: BotId) -> None:
        self._tenants.pop(bot_id, None)

    def tenant_of(self, bot_id: int) -> TenantId | None:
        return self._tenants.get(bot_id)

    def add(self, tenant_id: TenantId, metric: str, amount: int = 1) -> None:
        self._counts[tenant_id, metric] += amount
        shown = _SHOWN.get(metric)
        if shown is not None:
            self._metrics.top.add(shown, tenant_id, amount)

    def handled(self, tenant_id: TenantId, amount: int) -> None:
        self.add(tenant_id, "updates_handled", amount)
        self._used[tenant_id] = self._clock.now()

    def called(self, bot_id: int, outcome: str, messages: int) -> None:
        """Count a completed call to Telegram. Messages are counted, not calls: an album is
        several; a menu refused because the owner has not started the bot yet is none."""
        tenant_id = self._tenants.get(bot_id)
        if tenant_id is None or not messages:
            return
        if outcome != "ok":
            self.add(tenant_id, "send_errors")
        else:
            self.add(tenant_id, "sends", messages)

    async def flush(self) -> None:
        """Store everything counted since the last time; on failure the counts are kept."""
        counts, self._counts = self._counts, Counter()
        used, self._used = self._used, {}
        if not counts and not used:
            return
        now = self._clock.now()

        async def add(uow: UnitOfWork) -> None:
            here = {tenant.id for tenant in await uow.tenants.many({t for t, _ in counts})}
            amounts = {(t, now, metric): n for (t, metric), n in counts.items() if t in here}
            await uow.usage.add(amounts)
            await uow.tenants.used({t: at for t, at in used.items() if t in here})

        try:
            await self._db.run(add)
        except Exception:
            self._counts.update(counts)
            self._used = used | self._used
            raise
