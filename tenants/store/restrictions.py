"""Rows of restrictions in effect on bots when they were erased, by former owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update

from tenants.domain.model import Tenant, TenantId, Throttle, UserId
from tenants.store.repository import Repository
from tenants.store.tables import restrictions as rs


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """The restrictions by staff on one erased bot."""

    tenant_id: TenantId
    user_id: UserId
    suspended: bool
    reason: str
    until: datetime | None
    """None with ``suspended``: no end."""
    throttle: Throttle
    rate_limit: float | None
    """Updates per second; None: not limited."""
    concurrency: int | None

    @property
    def is_empty(self) -> bool:
        limits = (self.rate_limit, self.concurrency)
        return not self.suspended and self.throttle is Throttle.NORMAL and limits == (None, None)

    def suspends(self, now: datetime) -> bool:
        return self.suspended and (self.until is None or self.until > now)


class RestrictionsRepository(Repository):
    async def put(self, restriction: Restriction, now: datetime) -> None:
        row = {
            "tenant_id": restriction.tenant_id,
            "user_id": restriction.user_id,
            "suspended": restriction.suspended,
            "reason": restriction.reason,
            "until": restriction.until,
            "throttle": restriction.throttle,
            "rate_limit": restriction.rate_limit,
            "concurrency": restriction.concurrency,
            "created_at": now,
        }
        await self._put(rs, row)

    async def before(self, tenant: Tenant) -> list[Restriction]:
        """Restrictions of bots that the owner erased before this one was created."""
        query = select(rs).where(_taken_over_by(tenant))
        found = []
        for row in (await self._connection.execute(query)).mappings():
            values = {key: value for key, value in row.items() if key != "created_at"}
            values["throttle"] = Throttle(values["throttle"])
            found.append(Restriction(**values))
        return found

    async def clear(self, tenant: Tenant, **values: Any) -> None:
        """Set ``values`` in the rows this bot inherited; delete rows without a restriction."""
        theirs = _taken_over_by(tenant)
        await self._connection.execute(update(rs).where(theirs).values(**values))
        await self._connection.execute(
            delete(rs).where(
                theirs,
                rs.c.suspended.is_(False),
                rs.c.throttle == Throttle.NORMAL,
                rs.c.rate_limit.is_(None),
                rs.c.concurrency.is_(None),
            )
        )


def _taken_over_by(tenant: Tenant) -> ColumnElement[bool]:
    return (rs.c.user_id == tenant.owner_id) & (rs.c.created_at <= tenant.created_at)
