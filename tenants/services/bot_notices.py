"""Notices about a bot: staff actions, and states that need a person's action."""

from __future__ import annotations

from typing import Final

from tenants.domain.model import Desired, Observed, Tenant
from tenants.services.notices import NoticeKind, Notices
from tenants.store import UnitOfWork
from tenants.store.tenants import Report

STOPPED_FOR_GOOD: Final = frozenset(
    {Observed.TOKEN_REVOKED, Observed.USED_ELSEWHERE, Observed.QUARANTINED}
)
"""States that need a person's action."""
_OF_ACTION: Final = {
    "tenant:bot:suspend": NoticeKind.BOT_SUSPENDED,
    "tenant:bot:resume": NoticeKind.BOT_RESUMED,
    "tenant:bot:unpause": NoticeKind.BOT_RESUMED,
    "tenant:bot:restart": NoticeKind.BOT_RESTARTED,
}


class BotNotices:
    """Each notice is written in the transaction of what it reports."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices

    async def done_by_staff(
        self, uow: UnitOfWork, action: str, tenant: Tenant, reason: str
    ) -> None:
        """Notify the owner of another person's audited ``action``; ``tenant`` is the result."""
        if action in _OF_ACTION:
            await self._state(uow, tenant, _OF_ACTION[action], reason)

    async def suspension_over(self, uow: UnitOfWork, tenant: Tenant) -> None:
        await self._state(uow, tenant, NoticeKind.BOT_SUSPENSION_OVER, "")

    async def throttled(self, uow: UnitOfWork, tenant: Tenant) -> None:
        await self._notices.add(
            uow,
            tenant.owner_id,
            NoticeKind.BOT_THROTTLED,
            tenant_id=tenant.id,
            topic=f"bot:{tenant.id}:throttle",
            params={"username": tenant.bot_username, "level": tenant.throttle.value},
        )

    async def observed(self, uow: UnitOfWork, before: Tenant, report: Report) -> None:
        """Notify that a bot that should run has stopped; withdraw that when it runs again."""
        topic = f"bot:{before.id}:observed"
        stopped = report.observed in STOPPED_FOR_GOOD
        if before.observed in STOPPED_FOR_GOOD and not stopped:
            await self._notices.withdraw(uow, topic)
        if not stopped or before.desired is not Desired.ACTIVE:
            return
        params = {"username": before.bot_username, "detail": report.detail}
        await self._notices.add(
            uow,
            before.owner_id,
            NoticeKind.BOT_STOPPED,
            tenant_id=before.id,
            topic=topic,
            params={**params, "observed": report.observed.value},
        )
        if report.observed is Observed.QUARANTINED:
            await self._notices.add_for_staff(
                uow,
                NoticeKind.BOT_QUARANTINED,
                tenant_id=before.id,
                topic=f"{topic}:staff",
                params=params,
            )

    async def _state(self, uow: UnitOfWork, tenant: Tenant, kind: NoticeKind, reason: str) -> None:
        await self._notices.add(
            uow,
            tenant.owner_id,
            kind,
            tenant_id=tenant.id,
            topic=f"bot:{tenant.id}:state",
            params={
                "username": tenant.bot_username,
                "reason": reason,
                "until": tenant.desired_until,
            },
        )
