"""Reads tenants: a person's own, or all of them for staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tenants.domain.model import Actor, Desired, Observed, Page, Tenant, TenantId
from tenants.domain.ports import Clock
from tenants.security.authorization import Access, Permission
from tenants.store import Database

HOURS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A tenant's last 24 hours, for its card: totals by metric, and its users."""

    amounts: dict[str, int]
    hours: dict[str, tuple[int, ...]]
    """A metric's amount in each of the last 24 hours, the current one last."""
    audience: int
    waiting: int
    """Updates received and not handled yet."""
    quarantined: int


class Directory:
    def __init__(self, db: Database, access: Access, clock: Clock) -> None:
        self._db = db
        self._access = access
        self._clock = clock

    async def mine(self, actor: Actor) -> list[Tenant]:
        """The actor's bots; while impersonating, only the impersonated tenant's bot.

        Raises:
            AccessDenied, ImpersonationEnded: the impersonation is not valid or has ended.
        """
        if actor.impersonates:
            async with self._access.reading(actor, Permission.VIEW) as (_, tenant):
                return [tenant] if tenant else []
        async with self._db.read() as uow:
            return await uow.tenants.owned_by(actor.user_id)

    async def get(self, actor: Actor, tenant_id: TenantId) -> Tenant:
        """One tenant. Raises AccessDenied, whether it exists or not."""
        async with self._access.reading(actor, Permission.VIEW, tenant_id) as (_, tenant):
            assert tenant is not None
            return tenant

    async def own(self, actor: Actor, tenant_id: TenantId) -> Tenant:
        """The actor's own tenant or the impersonated one: for a tenant's windows.

        Raises:
            AccessDenied: it is another person's, also for staff. ImpersonationEnded.
        """
        async with self._access.reading(actor, Permission.VIEW_SETTINGS, tenant_id) as (_, tenant):
            assert tenant is not None
            return tenant

    async def page(
        self,
        actor: Actor,
        *,
        search: str = "",
        desired: Desired | None = None,
        offset: int = 0,
        limit: int = 8,
    ) -> Page[Tenant]:
        """All tenants, newest first; for staff.

        ``search``: part of a bot's name or username, or an id of tenant, bot or owner.
        """
        async with self._access.reading(actor, Permission.LIST_TENANTS) as (uow, _):
            return await uow.tenants.page(
                search=search, desired=desired, offset=offset, limit=limit
            )

    async def counts(self, actor: Actor) -> dict[tuple[Desired, Observed], int]:
        """Number of tenants by desired and observed state; for staff."""
        async with self._access.reading(actor, Permission.LIST_TENANTS) as (uow, _):
            return await uow.tenants.counts()

    async def usage(self, actor: Actor, tenant_id: TenantId) -> Usage:
        """The last 24 hours of one tenant."""
        async with self._access.reading(actor, Permission.VIEW, tenant_id) as (uow, _):
            now = self._clock.now()
            curves = await uow.usage.curves(tenant_id, now - timedelta(hours=HOURS - 1))
            waiting, quarantined = await uow.inbox.backlog(tenant_id)
            return Usage(
                amounts={metric: sum(curve.values()) for metric, curve in curves.items()},
                hours={metric: _filled(curve, now) for metric, curve in curves.items()},
                audience=await uow.audience.count(tenant_id),
                waiting=waiting,
                quarantined=quarantined,
            )


def _filled(curve: Mapping[datetime, int], now: datetime) -> tuple[int, ...]:
    """Fill in zeros: hours without activity have no row."""
    last = now.replace(minute=0, second=0, microsecond=0)
    return tuple(curve.get(last - timedelta(hours=back), 0) for back in reversed(range(HOURS)))
