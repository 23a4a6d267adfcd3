"""Rows of usage: one amount per tenant, hour and metric."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, select

from tenants.domain.model import TenantId
from tenants.store.repository import Repository
from tenants.store.tables import tenants as t
from tenants.store.tables import usage_hourly as h

UsageKey = tuple[TenantId, datetime, str]
"""Tenant, any time in the hour (UTC), metric's name."""


class UsageRepository(Repository):
    async def add(self, amounts: Mapping[UsageKey, int]) -> None:
        """Add to the stored amounts, for many tenants in one statement."""
        if not amounts:
            return
        insert = self._insert(h)
        statement = insert.on_conflict_do_update(
            index_elements=["tenant_id", "hour", "metric"],
            set_={"amount": h.c.amount + insert.excluded.amount},
        )
        rows = [
            {"tenant_id": tenant_id, "hour": _hour(at), "metric": metric, "amount": amount}
            for (tenant_id, at, metric), amount in amounts.items()
        ]
        await self._connection.execute(statement, rows)

    async def totals(self, tenant_id: TenantId, since: datetime) -> dict[str, int]:
        """Totals by metric, from the hour of ``since`` on."""
        rows = await self._connection.execute(
            select(h.c.metric, func.sum(h.c.amount))
            .where(h.c.tenant_id == tenant_id, h.c.hour >= _hour(since))
            .group_by(h.c.metric)
        )
        return {metric: int(amount) for metric, amount in rows}

    async def curves(self, tenant_id: TenantId, since: datetime) -> dict[str, dict[datetime, int]]:
        """Every metric by hour; hours without activity are absent."""
        rows = await self._connection.execute(
            select(h.c.metric, h.c.hour, h.c.amount).where(
                h.c.tenant_id == tenant_id, h.c.hour >= _hour(since)
            )
        )
        curves: dict[str, dict[datetime, int]] = {}
        for metric, hour, amount in rows:
            curves.setdefault(metric, {})[hour] = int(amount)
        return curves

    async def hours(
        self, tenant_id: TenantId, metric: str, since: datetime
    ) -> list[tuple[datetime, int]]:
        """One metric by hour; hours without activity are absent."""
        rows = await self._connection.execute(
            select(h.c.hour, h.c.amount)
            .where(h.c.tenant_id == tenant_id, h.c.metric == metric, h.c.hour >= _hour(since))
            .order_by(h.c.hour)
        )
        return [(hour, amount) for hour, amount in rows]

    async def busiest(self, metric: str, since: datetime, limit: int) -> list[tuple[TenantId, int]]:
        """The tenants with the highest ``metric``, in descending order."""
        amount = func.sum(h.c.amount)
        rows = await self._connection.execute(
            select(h.c.tenant_id, amount)
            .where(h.c.metric == metric, h.c.hour >= _hour(since))
            .group_by(h.c.tenant_id)
            .order_by(amount.desc())
            .limit(limit)
        )
        return [(TenantId(tenant_id), int(total)) for tenant_id, total in rows]

    async def purge(self, before: datetime) -> int:
        """Delete hours before ``before``, and rows of tenants erased meanwhile."""
        orphaned = h.c.tenant_id.not_in(select(t.c.id))
        done = await self._connection.execute(delete(h).where((h.c.hour < before) | orphaned))
        return done.rowcount


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
