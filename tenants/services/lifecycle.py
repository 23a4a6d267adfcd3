"""Changes a bot's desired state, and stores the observed state from the supervisor."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tenants.domain.errors import ReasonRequired, StateConflict
from tenants.domain.events import DesiredStateChanged, EventBus, TenantObserved, TenantThrottled
from tenants.domain.model import Actor, Desired, Observed, Tenant, TenantId, Throttle
from tenants.domain.ports import Clock
from tenants.security.audit_chain import Audit
from tenants.security.authorization import Access, Permission
from tenants.services.bot_notices import BotNotices
from tenants.services.erasure import Erasing, PreEraseHook
from tenants.services.restrictions import Restrictions
from tenants.store import Database, UnitOfWork
from tenants.store.tenants import Report

_REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class _Step:
    """A state change: permission, audit action, allowed states before, and state after."""

    permission: Permission
    action: str
    desired: Desired | None
    """None: the desired state stays, and only the generation grows."""
    allowed: frozenset[Desired]


_ALIVE = frozenset(Desired) - {Desired.ERASING}
_ACTIVE, _PAUSED = frozenset({Desired.ACTIVE}), frozenset({Desired.PAUSED})
_SUSPENDED = frozenset({Desired.SUSPENDED})

_PAUSE = _Step(Permission.MANAGE, "tenant:bot:pause", Desired.PAUSED, _ACTIVE)
_UNPAUSE = _Step(Permission.MANAGE, "tenant:bot:unpause", Desired.ACTIVE, _PAUSED)
_SUSPEND = _Step(Permission.SUSPEND, "tenant:bot:suspend", Desired.SUSPENDED, _ALIVE)
_RESUME = _Step(Permission.SUSPEND, "tenant:bot:resume", Desired.ACTIVE, _SUSPENDED)
_RESTART = _Step(Permission.MANAGE, "tenant:bot:restart", None, _ACTIVE)
_RESTART_BY_STAFF = replace(_RESTART, permission=Permission.OPERATE)
_ERASE_OWN = _Step(Permission.HOLD_SECRETS, "tenant:bot:erase", Desired.ERASING, _ALIVE)
_ERASE_ANY = _Step(Permission.ERASE_ANY, "tenant:bot:erase", Desired.ERASING, _ALIVE)


class Lifecycle:
    """Each change writes audit entry and tenant row in one transaction, then an event.

    ``generation`` is the one the person saw; if it has changed meanwhile the request is
    refused with StateConflict, so that nobody changes a state they have not seen. None
    accepts any.
    """

    def __init__(
        self,
        *,
        db: Database,
        audit: Audit,
        access: Access,
        erasing: Erasing,
        restrictions: Restrictions,
        events: EventBus,
        notices: BotNotices,
        clock: Clock,
    ) -> None:
        self._db = db
        self._audit = audit
        self._access = access
        self._erasing = erasing
        self._restrictions = restrictions
        self._events = events
        self._notices = notices
        self._clock = clock

    async def pause(self, actor: Actor, tenant_id: TenantId, generation: int | None) -> Tenant:
        """The owner switches the bot off. From active only."""
        return await self._wish(actor, _PAUSE, tenant_id, generation)

    async def unpause(self, actor: Actor, tenant_id: TenantId, generation: int | None) -> Tenant:
        """Switch a paused bot on again. The owner cannot switch on a suspended bot."""
        return await self._wish(actor, _UNPAUSE, tenant_id, generation)

    async def suspend(
        self,
        actor: Actor,
        tenant_id: TenantId,
        generation: int | None,
        reason: str,
        until: datetime | None = None,
    ) -> Tenant:
        """Switch a bot off for a reason shown to its tenant; with ``until`` it ends then.

        Raises:
            ReasonRequired: no reason. AccessDenied, StateConflict.
        """
        reason = _reason(reason)
        return await self._wish(actor, _SUSPEND, tenant_id, generation, reason=reason, until=until)

    async def resume(
        self, actor: Actor, tenant_id: TenantId, generation: int | None, reason: str = ""
    ) -> Tenant:
        """Lift a suspension."""
        return await self._wish(actor, _RESUME, tenant_id, generation, reason=reason.strip())

    async def restart(
        self,
        actor: Actor,
        tenant_id: TenantId,
        generation: int | None = None,
        reason: str = "",
    ) -> Tenant:
        """Stop and start the bot; also ends a quarantine. The desired state stays.

        ``reason``: shown to its owner, when staff restart it.
        """
        permission = await self._access.permission_to_manage(actor, tenant_id)
        step = _RESTART if permission is Permission.MANAGE else _RESTART_BY_STAFF
        return await self._wish(actor, step, tenant_id, generation, reason=reason.strip())

    async def erase(self, actor: Actor, tenant_id: TenantId, generation: int | None) -> Tenant:
        """Request erasure. The supervisor stops the bot, then calls :meth:`finish_erasure`.

        Allowed for the tenant's owner, and the platform's owners (Permission.ERASE_ANY).
        """
        own = await self._is_own(actor, tenant_id)
        return await self._wish(actor, _ERASE_OWN if own else _ERASE_ANY, tenant_id, generation)

    def before_erasure(self, farewell: PreEraseHook) -> None:
        """Add a hook that is called before an erasure, while the tenant's keys still exist."""
        self._erasing.before(farewell)

    async def finish_erasure(self, tenant_id: TenantId) -> None:
        """Erase key, rows and their copies in the database files. Called by the supervisor
        after the stop.

        Raises:
            StateConflict: its erasure was not requested. NotFound: already erased.
        """
        await self._erasing.finish(tenant_id)

    async def set_throttle(
        self,
        actor: Actor,
        tenant_id: TenantId,
        generation: int | None,
        throttle: Throttle,
        reason: str,
    ) -> Tenant:
        """Change a tenant's throttle; it applies without a restart.

        Raises:
            ReasonRequired: a throttle below normal needs a reason.
        """
        if throttle is not Throttle.NORMAL:
            reason = _reason(reason)
        async with self._access.writing(actor, Permission.THROTTLE, tenant_id) as (uow, before):
            assert before is not None
            details = {"from": before.throttle, "to": throttle, "reason": reason}
            await self._record(uow, actor, "tenant:throttle:set", before, details)
            now = self._clock.now()
            tenant = await uow.tenants.change(tenant_id, generation, now, throttle=throttle)
            if tenant is None:
                raise StateConflict(state=before.desired)
            await self._restrictions.throttled(uow, tenant)
            if actor.user_id != tenant.owner_id:
                await self._notices.throttled(uow, tenant)
        await self._events.publish(
            TenantThrottled(
                tenant_id=tenant_id,
                owner_id=tenant.owner_id,
                throttle=throttle,
                by=actor.user_id,
                reason=reason,
            )
        )
        return tenant

    async def resume_due(self) -> list[TenantId]:
        """Lift expired suspensions. For a periodic job."""
        async with self._db.read() as uow:
            overdue = await uow.tenants.overdue(self._clock.now())
        lifted: list[TenantId] = []
        for tenant in overdue:
            with contextlib.suppress(StateConflict):
                await self._lift(tenant)
                lifted.append(tenant.id)
        return lifted

    async def report(self, tenant_id: TenantId, observed: Observed, detail: str = "") -> None:
        """Store one tenant's observed state; see :meth:`report_many`."""
        await self.report_many([Report(tenant_id=tenant_id, observed=observed, detail=detail)])

    async def report_many(self, reports: Sequence[Report]) -> None:
        """Store in one transaction, and publish TenantObserved for each that changed."""
        seen = {report.tenant_id: report for report in reports}
        async with self._db.write() as uow:
            before = await uow.tenants.many(seen)
            changed = [tenant for tenant in before if _differs(tenant, seen[tenant.id])]
            await uow.tenants.report([seen[t.id] for t in changed], self._clock.now())
            for tenant in changed:
                await self._notices.observed(uow, tenant, seen[tenant.id])
        for tenant in changed:
            report = seen[tenant.id]
            await self._events.publish(
                TenantObserved(
                    tenant_id=tenant.id,
                    owner_id=tenant.owner_id,
                    observed=report.observed,
                    detail=report.detail,
                )
            )

    async def _wish(
        self,
        actor: Actor,
        step: _Step,
        tenant_id: TenantId,
        generation: int | None,
        *,
        reason: str = "",
        until: datetime | None = None,
    ) -> Tenant:
        async with self._access.writing(actor, step.permission, tenant_id) as (uow, before):
            assert before is not None
            if before.desired not in step.allowed:
                raise StateConflict(state=before.desired)
            details: dict[str, Any] = {
                "reason": reason,
                "until": until.isoformat() if until else None,
            }
            await self._record(uow, actor, step.action, before, details)
            if step.desired is Desired.ERASING:
                # Applied to the owner's next bot: erasing must not lift restrictions.
                await self._restrictions.remember(uow, before, self._clock.now())
            elif step is _RESUME:
                await self._restrictions.lifted(uow, before)
            values: dict[str, Any] = {}
            if step.desired is not None:
                values = _desire(step.desired, reason=reason, by=actor.user_id, until=until)
            tenant = await uow.tenants.wish(tenant_id, generation, self._clock.now(), **values)
            if tenant is None:
                raise StateConflict(state=before.desired)
            if actor.user_id != tenant.owner_id:
                await self._notices.done_by_staff(uow, step.action, tenant, reason)
        await self._publish(actor, tenant, reason, restarted=step.desired is None)
        return tenant

    async def _lift(self, tenant: Tenant) -> None:
        async with self._db.write() as uow:
            await self._record(uow, None, "tenant:bot:resume", tenant, {"why": "time_over"})
            now = self._clock.now()
            desire = _desire(Desired.ACTIVE)
            changed = await uow.tenants.wish(tenant.id, tenant.generation, now, **desire)
            if changed is None:
                raise StateConflict(state=tenant.desired)
            await self._notices.suspension_over(uow, changed)
        await self._publish(None, changed)

    async def _is_own(self, actor: Actor, tenant_id: TenantId) -> bool:
        async with self._db.read() as uow:
            return await uow.tenants.get_owned(tenant_id, actor.user_id) is not None

    async def _record(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        action: str,
        tenant: Tenant,
        details: dict[str, Any],
    ) -> None:
        await self._audit.record(
            uow,
            actor,
            action,
            tenant_id=tenant.id,
            subject_id=tenant.owner_id,
            details={key: value for key, value in details.items() if value},
        )

    async def _publish(
        self, actor: Actor | None, tenant: Tenant, reason: str = "", *, restarted: bool = False
    ) -> None:
        await self._events.publish(
            DesiredStateChanged(
                tenant_id=tenant.id,
                owner_id=tenant.owner_id,
                desired=tenant.desired,
                generation=tenant.generation,
                by=actor.user_id if actor else None,
                reason=reason,
                restarted=restarted,
            )
        )


def _desire(desired: Desired, **extra: Any) -> dict[str, Any]:
    return {
        "desired": desired,
        "desired_reason": extra.get("reason", ""),
        "desired_by": extra.get("by"),
        "desired_until": extra.get("until"),
    }


def _differs(tenant: Tenant, report: Report) -> bool:
    return (tenant.observed, tenant.observed_detail) != (report.observed, report.detail)


def _reason(text: str) -> str:
    reason = text.strip()[:_REASON_LENGTH]
    if not reason:
        raise ReasonRequired()
    return reason
