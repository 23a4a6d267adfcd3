"""Limits of a tenant: updates per second, and chats handled at the same time."""

from __future__ import annotations

from typing import Final

from tenants.domain.errors import OutOfRange, StateConflict
from tenants.domain.events import EventBus, TenantLimitsChanged
from tenants.domain.model import Actor, Tenant, TenantId
from tenants.domain.ports import Clock
from tenants.security.audit_chain import Audit
from tenants.security.authorization import Access, Permission
from tenants.services.notices import NoticeKind, Notices
from tenants.services.restrictions import Restrictions

RATES: Final = (0.1, 1_000.0)
"""Minimum and maximum of updates per second."""
WIDTHS: Final = (1, 64)
"""Minimum and maximum of chats handled at the same time."""


class TenantLimits:
    def __init__(
        self,
        *,
        audit: Audit,
        access: Access,
        restrictions: Restrictions,
        events: EventBus,
        notices: Notices,
        clock: Clock,
    ) -> None:
        self._audit = audit
        self._restrictions = restrictions
        self._access = access
        self._events = events
        self._notices = notices
        self._clock = clock

    async def set(
        self,
        actor: Actor,
        tenant_id: TenantId,
        *,
        rate_limit: float | None = None,
        concurrency: int | None = None,
    ) -> Tenant:
        """Change one or both; it applies within a second, without a restart.

        Raises:
            OutOfRange: outside of the allowed range. AccessDenied.
        """
        _check(rate_limit, RATES)
        _check(concurrency, WIDTHS)
        async with self._access.writing(actor, Permission.THROTTLE, tenant_id) as (uow, before):
            assert before is not None
            values = {
                "rate_limit": before.rate_limit if rate_limit is None else rate_limit,
                "concurrency": before.concurrency if concurrency is None else concurrency,
            }
            await self._audit.record(
                uow,
                actor,
                "tenant:limits:set",
                tenant_id=tenant_id,
                subject_id=before.owner_id,
                details=values,
            )
            tenant = await uow.tenants.change(tenant_id, None, self._clock.now(), **values)
            if tenant is None:
                raise StateConflict(state=before.desired)
            await self._restrictions.limited(uow, tenant)
            if actor.user_id != tenant.owner_id:
                await self._notices.add(
                    uow,
                    tenant.owner_id,
                    NoticeKind.BOT_LIMITED,
                    tenant_id=tenant_id,
                    topic=f"bot:{tenant_id}:limits",
                    params={
                        "username": tenant.bot_username,
                        "rate": tenant.rate_limit,
                        "width": tenant.concurrency,
                    },
                )
        await self._events.publish(
            TenantLimitsChanged(tenant_id=tenant_id, owner_id=tenant.owner_id, by=actor.user_id)
        )
        return tenant


def _check(value: float | None, allowed: tuple[float, float]) -> None:
    lowest, highest = allowed
    if value is not None and not lowest <= value <= highest:
        raise OutOfRange(lowest=lowest, highest=highest)
