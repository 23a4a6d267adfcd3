"""What staff imposed on a bot outlives it: whoever erases a suspended, slowed or limited bot
begins with the same restrictions again. Kept of an erased bot is only what that needs."""

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
    """Why, and until when (None: until staff lift it)."""

    reason: str
    until: datetime | None


class Restrictions:
    """Each bot erased under restrictions leaves one row; a later bot of the same person takes
    the strictest of all. What staff change on that later bot replaces what it took."""

    def __init__(self, limits: PlatformLimits) -> None:
        self._limits = limits

    async def remember(self, uow: UnitOfWork, tenant: Tenant, now: datetime) -> None:
        """Keep what stands on a bot that is to be erased."""
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
        """How a new bot begins suspended: for good where any of the suspensions is, else
        until the last of them ends."""
        found = [one for one in await uow.restrictions.before(tenant) if one.suspends(now)]
        if not found:
            return None
        strictest = max(found, key=lambda one: (one.until is None, one.until or now))
        return Suspension(reason=strictest.reason, until=strictest.until)

    async def pace(self, uow: UnitOfWork, tenant: Tenant) -> dict[str, Any]:
        """The throttle and limits that a new bot begins with; empty where nothing stands."""
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
        """Staff lifted this bot's suspension, and with it those it took over."""
        await uow.restrictions.clear(tenant, suspended=False, reason="", until=None)

    async def throttled(self, uow: UnitOfWork, tenant: Tenant) -> None:
        """Staff chose another throttle for this bot."""
        await uow.restrictions.clear(tenant, throttle=Throttle.NORMAL)

    async def limited(self, uow: UnitOfWork, tenant: Tenant) -> None:
        """Staff chose other limits for this bot."""
        await uow.restrictions.clear(tenant, rate_limit=None, concurrency=None)
