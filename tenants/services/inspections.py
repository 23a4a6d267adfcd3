"""Compares a bot's current state at Telegram with the stored one."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tenants.domain.events import BotRenamed, EventBus
from tenants.domain.model import BotProfile, TenantId
from tenants.domain.ports import Clock
from tenants.security.audit_chain import Audit
from tenants.services.notices import NoticeKind, Notices
from tenants.store import Database

_TOLD_EVERY: Final = timedelta(hours=6)


class Inspections:
    """For the runner, which checks each bot periodically."""

    def __init__(
        self, db: Database, audit: Audit, events: EventBus, notices: Notices, clock: Clock
    ) -> None:
        self._db = db
        self._audit = audit
        self._events = events
        self._notices = notices
        self._clock = clock

    async def profile(self, tenant_id: TenantId, profile: BotProfile) -> bool:
        """Store a bot's name and username as returned by getMe and publish BotRenamed. False:
        both are unchanged. https://core.telegram.org/bots/api#getme"""
        now = (profile.username, profile.name)
        async with self._db.read() as uow:
            before = await uow.tenants.get(tenant_id)
        if before is None or (before.bot_username, before.bot_name) == now:
            return False
        async with self._db.write() as uow:
            await self._audit.record(
                uow,
                None,
                "tenant:bot:renamed",
                tenant_id=tenant_id,
                subject_id=before.owner_id,
                details={"from": before.bot_username, "to": profile.username},
            )
            tenant = await uow.tenants.change(
                tenant_id,
                None,
                self._clock.now(),
                bot_username=profile.username,
                bot_name=profile.name,
            )
            if before.bot_username != profile.username:
                await self._notices.add(
                    uow,
                    before.owner_id,
                    NoticeKind.BOT_RENAMED,
                    tenant_id=tenant_id,
                    topic=f"bot:{tenant_id}:name",
                    params={"old": before.bot_username, "username": profile.username},
                )
        if tenant is None:
            return False
        await self._events.publish(
            BotRenamed(
                tenant_id=tenant_id,
                owner_id=tenant.owner_id,
                former_username=before.bot_username,
                username=tenant.bot_username,
                name=tenant.bot_name,
            )
        )
        return True

    async def delivery_fails(self, tenant_id: TenantId, error: str, pending: int) -> None:
        """Webhook mode: Telegram reports that it cannot deliver a bot's updates. Notifies the
        owner at most every six hours per bot, the staff at most every six hours in all.

        Args:
            error: ``last_error_message``. https://core.telegram.org/bots/api#webhookinfo
        """
        async with self._db.write() as uow:
            tenant = await uow.tenants.get(tenant_id)
            if tenant is None:
                return
            params = {"username": tenant.bot_username, "detail": error, "pending": pending}
            kind = NoticeKind.WEBHOOK_FAILS
            await self._notices.add(
                uow,
                tenant.owner_id,
                kind,
                tenant_id=tenant_id,
                topic=f"bot:{tenant_id}:webhook",
                once_in=_TOLD_EVERY,
                params=params,
            )
            await self._notices.add_for_staff(
                uow, kind, tenant_id=tenant_id, topic="webhooks", once_in=_TOLD_EVERY, params=params
            )

    async def webhook_changed(self, tenant_id: TenantId, host: str) -> None:
        """Webhook mode: another program with the bot's token had set another webhook."""
        async with self._db.write() as uow:
            tenant = await uow.tenants.get(tenant_id)
            if tenant is None:
                return
            await self._notices.add(
                uow,
                tenant.owner_id,
                NoticeKind.WEBHOOK_CHANGED,
                tenant_id=tenant_id,
                topic=f"bot:{tenant_id}:webhook",
                params={"username": tenant.bot_username, "host": host},
            )
