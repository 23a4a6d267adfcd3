"""Impersonation of a tenant by an admin: with a reason, for 30 minutes, read-only at first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from tenants.domain.errors import AccessDenied, ImpersonationEnded, ReasonRequired, StateConflict
from tenants.domain.events import (
    EventBus,
    ImpersonationBegan,
    ImpersonationFinished,
    ImpersonationMayWrite,
)
from tenants.domain.model import Actor, Impersonation, TenantId, UserId
from tenants.domain.ports import Clock
from tenants.security.audit_chain import Audit
from tenants.security.authorization import PEERS, Access, Permission
from tenants.services.notices import NoticeKind, Notices
from tenants.store import Database, UnitOfWork

MINUTES: Final = 30
_REASON_LENGTH: Final = 500


class Impersonations:
    """The tenant gets a notice of each start and end, and can read the audit entries."""

    def __init__(
        self,
        *,
        db: Database,
        audit: Audit,
        access: Access,
        events: EventBus,
        notices: Notices,
        clock: Clock,
    ) -> None:
        self._db = db
        self._audit = audit
        self._access = access
        self._events = events
        self._notices = notices
        self._clock = clock

    async def begin(self, actor: Actor, tenant_id: TenantId, reason: str) -> Impersonation:
        """Start a read-only impersonation.

        Raises:
            ReasonRequired: no reason.
            AccessDenied: not permitted, or the tenant belongs to staff (only the admin sees
                an admin's bot).
            StateConflict: one is active; it is not renewed but must be ended first.
        """
        reason = reason.strip()[:_REASON_LENGTH]
        if not reason:
            raise ReasonRequired()
        await self.end_expired()
        async with self._access.writing(actor, Permission.IMPERSONATE, tenant_id) as (uow, tenant):
            if tenant is None or await self._is_staff(uow, tenant.owner_id):
                raise AccessDenied()
            if await uow.impersonations.live_of(actor.user_id) is not None:
                raise StateConflict(state="impersonating")
            now = self._clock.now()
            await self._audit.record(
                uow,
                actor,
                "impersonation:begin",
                tenant_id=tenant_id,
                subject_id=tenant.owner_id,
                details={"reason": reason, "minutes": MINUTES},
            )
            begun = await uow.impersonations.add(
                admin_id=actor.user_id,
                tenant_id=tenant_id,
                subject_id=tenant.owner_id,
                reason=reason,
                began_at=now,
                expires_at=now + timedelta(minutes=MINUTES),
            )
            await self._tell(uow, begun, NoticeKind.VIEWING_BEGAN, reason=reason, minutes=MINUTES)
        await self._events.publish(
            ImpersonationBegan(
                tenant_id=tenant_id,
                owner_id=begun.subject_id,
                by=actor.user_id,
                reason=reason,
                minutes=MINUTES,
            )
        )
        return begun

    async def current(self, user_id: UserId) -> Impersonation | None:
        """The person's active impersonation."""
        async with self._db.read() as uow:
            live = await uow.impersonations.live_of(user_id)
        return live if live and live.expires_at > self._clock.now() else None

    async def actor_while(self, actor: Actor) -> Actor:
        """``actor`` on the tenant's behalf while impersonating, else unchanged."""
        live = await self.current(actor.user_id)
        if live is None:
            return actor
        return replace(
            actor,
            subject_id=live.subject_id,
            impersonation_id=live.id,
            may_write=live.may_write,
        )

    async def allow_writing(self, actor: Actor) -> Actor:
        """The second, explicit step: allow changes from now on.

        Raises:
            AccessDenied, ImpersonationEnded: there is none, or it has ended.
        """
        async with self._access.writing(actor, Permission.VIEW) as (uow, _):
            live = await self._live(uow, actor)
            await self._record(uow, actor, "impersonation:write", live)
            await uow.impersonations.allow_writing(live.id)
            await self._tell(uow, live, NoticeKind.VIEWING_WRITES)
        await self._events.publish(
            ImpersonationMayWrite(
                tenant_id=live.tenant_id, owner_id=live.subject_id, by=live.admin_id
            )
        )
        return replace(actor, may_write=True)

    async def saw(self, actor: Actor, what: str) -> None:
        """Write an audit entry that a window of the tenant was shown.

        Raises:
            AccessDenied, ImpersonationEnded: then the window must not be shown.
        """
        async with self._access.writing(actor, Permission.VIEW) as (uow, _):
            live = await self._live(uow, actor)
            await self._record(uow, actor, "impersonation:view", live, what=what)

    async def end(self, actor: Actor) -> None:
        """End the person's impersonation; does nothing when there is none."""
        async with self._db.write() as uow:
            live = await uow.impersonations.live_of(actor.user_id)
            if live is None:
                return
            await self._record(uow, actor, "impersonation:end", live)
            await uow.impersonations.end(live.id, self._clock.now())
            await self._tell(uow, live, NoticeKind.VIEWING_ENDED)
        await self._finished(live)

    async def end_expired(self) -> None:
        """End expired impersonations and notify their tenants. For a periodic job."""
        async with self._db.read() as uow:
            if not await uow.impersonations.expired(self._clock.now()):
                return
        async with self._db.write() as uow:
            over = await uow.impersonations.expired(self._clock.now())
            for live in over:
                await self._record(uow, None, "impersonation:expire", live)
                await uow.impersonations.end(live.id, self._clock.now())
                await self._tell(uow, live, NoticeKind.VIEWING_ENDED)
        for live in over:
            await self._finished(live, expired=True)

    async def _live(self, uow: UnitOfWork, actor: Actor) -> Impersonation:
        live = await uow.impersonations.live_of(actor.user_id)
        if live is None or live.id != actor.impersonation_id:
            raise ImpersonationEnded()
        return live

    async def _is_staff(self, uow: UnitOfWork, user_id: UserId) -> bool:
        return await self._access.role_of(uow, user_id) in PEERS

    async def _record(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        action: str,
        live: Impersonation,
        **details: object,
    ) -> None:
        await self._audit.record(
            uow,
            actor,
            action,
            tenant_id=live.tenant_id,
            subject_id=live.subject_id,
            details={"impersonation": live.id, **details},
        )

    async def _tell(
        self, uow: UnitOfWork, live: Impersonation, kind: NoticeKind, **params: str | int
    ) -> None:
        await self._notices.add(uow, live.subject_id, kind, tenant_id=live.tenant_id, params=params)

    async def _finished(self, live: Impersonation, *, expired: bool = False) -> None:
        await self._events.publish(
            ImpersonationFinished(
                tenant_id=live.tenant_id,
                owner_id=live.subject_id,
                by=live.admin_id,
                expired=expired,
            )
        )
