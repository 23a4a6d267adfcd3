"""Reading tenants: one's own, or everybody's for the staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tenants.access import Access, Permission
from tenants.model import Actor, Desired, Observed, Page, Tenant, TenantId
from tenants.ports import Clock
from tenants.store import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A tenant's last 24 hours, for its card: an amount a metric, and who writes to it."""

    amounts: dict[str, int]
    audience: int
    waiting: int
    """Updates taken in and not handled yet."""
    quarantined: int


class Directory:
    def __init__(self, db: Database, access: Access, clock: Clock) -> None:
        self._db = db
        self._access = access
        self._clock = clock

    async def mine(self, actor: Actor) -> list[Tenant]:
        """The actor's bots; while impersonating, the one bot in question.

        Raises:
            AccessDenied, ImpersonationEnded: the impersonation is not, or no longer, theirs.
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

    async def page(
        self,
        actor: Actor,
        *,
        search: str = "",
        desired: Desired | None = None,
        offset: int = 0,
        limit: int = 8,
    ) -> Page[Tenant]:
        """Everybody's tenants, the newest first; for staff.

        ``search``: part of a bot's name or username, or an id of tenant, bot or owner.
        """
        async with self._access.reading(actor, Permission.LIST_TENANTS) as (uow, _):
            return await uow.tenants.page(
                search=search, desired=desired, offset=offset, limit=limit
            )

    async def counts(self, actor: Actor) -> dict[tuple[Desired, Observed], int]:
        """How many tenants there are in each pair of states; for staff."""
        async with self._access.reading(actor, Permission.LIST_TENANTS) as (uow, _):
            return await uow.tenants.counts()

    async def usage(self, actor: Actor, tenant_id: TenantId) -> Usage:
        """The last 24 hours of one tenant."""
        async with self._access.reading(actor, Permission.VIEW, tenant_id) as (uow, _):
            since = self._clock.now() - timedelta(hours=24)
            waiting, quarantined = await uow.inbox.backlog(tenant_id)
            return Usage(
                amounts=await uow.usage.totals(tenant_id, since),
                audience=await uow.audience.count(tenant_id),
                waiting=waiting,
                quarantined=quarantined,
            )
