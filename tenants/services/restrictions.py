"""Keeps restrictions of erased bots: an owner who erases a suspended, slowed or limited bot
gets the same restrictions on the next one. Only the data needed for that is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tenants.domain.model import Desired, PlatformLimits, Tenant, Throttle
from tenants.store import UnitOfWork
from tenants.store.restrictions import Restriction

_BY_STRICTNESS: Final = (
    Throttle.NORMAL,
    Throttle.NO_BROADCASTS,
    Throttle.SLOW,
    Throttle.RECEIVE_ONLY,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """Reason and end (None: until staff lift it)."""

    reason: str
    until: datetime | None


class Restrictions:
    """Each bot erased under restrictions leaves one row; a later bot of the same person gets
    the strictest of all. A change by staff on that later bot replaces what it inherited."""

    def __init__(self, limits: PlatformLimits) -> None:
        self._limits = limits

    async def remember(self, uow: UnitOfWork, tenant: Tenant, now: datetime) -> None:
        """Store the restrictions of a bot that is to be erased."""
        suspended = tenant.desired is Desired.SUSPENDED
        limits = self._limits
        restriction = Restriction(
            tenant_id=tenant.id,
            user_id=tenant.owner_id,
            suspended=suspended,
            reason=tenant.desired_reason if suspended else "",
            until=tenant.desired_until if suspended else None,
            throttle=tenant.throttle,
            rate_limit=tenant.rate_limit if tenant.rate_limit < limits.rate_limit else None,
            concurrency=tenant.concurrency if tenant.concurrency < limits.concurrency else None,
        )
        if not restriction.is_empty:
            await uow.restrictions.put(restriction, now)

    async def suspension(self, uow: UnitOfWork, tenant: Tenant, now: datetime) -> Suspension | None:
        """The suspension of a new bot: without end if any of the stored ones is, else until
        the last of them ends."""
        found = [one for one in await uow.restrictions.before(tenant) if one.suspends(now)]
        if not found:
            return None
        strictest = max(found, key=lambda one: (one.until is None, one.until or now))
        return Suspension(reason=strictest.reason, until=strictest.until)

    async def pace(self, uow: UnitOfWork, tenant: Tenant) -> dict[str, Any]:
        """The throttle and limits of a new bot; empty without restrictions."""
        found = await uow.restrictions.before(tenant)
        values: dict[str, Any] = {}
        throttle = max((one.throttle for one in found), key=_BY_STRICTNESS.index, default=None)
        if throttle not in (None, Throttle.NORMAL):
            values["throttle"] = throttle
        if rates := [one.rate_limit for one in found if one.rate_limit is not None]:
            values["rate_limit"] = min(rates)
        if widths := [one.concurrency for one in found if one.concurrency is not None]:
            values["concurrency"] = min(widths)
        return values

    async def lifted(self, uow: UnitOfWork, tenant: Tenant) -> None:
        """Staff lifted this bot's suspension; the inherited ones are lifted too."""
        await uow.restrictions.clear(tenant, suspended=False, reason="", until=None)

    async def throttled(self, uow: UnitOfWork, tenant: Tenant) -> None:
        """Staff changed this bot's throttle."""
        await uow.restrictions.clear(tenant, throttle=Throttle.NORMAL)

    async def limited(self, uow: UnitOfWork, tenant: Tenant) -> None:
        """Staff changed this bot's limits."""
        await uow.restrictions.clear(tenant, rate_limit=None, concurrency=None)
