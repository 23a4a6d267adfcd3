"""Managed bots: token renewal and change of owner.

https://core.telegram.org/bots/api#managedbotupdated
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from tenants.domain.errors import PlatformError, TelegramUnavailable
from tenants.domain.events import BotTransferred, DesiredStateChanged, EventBus
from tenants.domain.model import BotId, BotToken, Desired, Tenant, TenantId, UserId
from tenants.domain.ports import Clock
from tenants.security.audit_chain import Audit
from tenants.services.credentials import BOT_TOKEN, Credentials
from tenants.services.erasure import Erasing
from tenants.services.notices import NoticeKind, Notices
from tenants.store import Database, UnitOfWork

log = structlog.get_logger(__name__)

TRANSFERRED: Final = "transferred"
"""The reason of a pause of a transferred bot."""
_FAREWELL_SECONDS: Final = 15.0

FetchToken = Callable[[BotId], Awaitable[BotToken]]
"""Asks Telegram for a managed bot's current token.

Raises:
    PlatformError: it could not be fetched.
"""


class ManagedBots:
    """Actions of the platform itself, caused by Telegram. ``fetch_token`` is set by the
    package that runs the control bot."""

    def __init__(
        self,
        *,
        db: Database,
        audit: Audit,
        credentials: Credentials,
        erasing: Erasing,
        events: EventBus,
        notices: Notices,
        clock: Clock,
    ) -> None:
        self._db = db
        self._audit = audit
        self._credentials = credentials
        self._erasing = erasing
        self._events = events
        self._notices = notices
        self._clock = clock
        self.fetch_token: FetchToken | None = None

    async def renew_token(self, tenant_id: TenantId) -> bool:
        """Fetch the token of a managed bot whose stored one was refused, and restart the bot
        with it. False when it is not managed, or the token is unchanged."""
        async with self._db.read() as uow:
            tenant = await uow.tenants.get(tenant_id)
        if tenant is None or not tenant.managed or self.fetch_token is None:
            return False
        try:
            token = await self.fetch_token(tenant.bot_id)
            stored = await self._credentials.token(tenant_id)
        except TelegramUnavailable as error:
            log.info("managed bot's token not fetched", tenant=tenant_id, error=error.code)
            return False
        except PlatformError:
            stored = None
        if token == stored or token.bot_id != tenant.bot_id:
            return False
        async with self._db.write() as uow:
            await self._record(uow, "tenant:token:renewed", tenant)
            await self._credentials.put(uow, tenant_id, BOT_TOKEN, token)
            changed = await uow.tenants.wish(tenant_id, None, self._clock.now())
        if changed is not None:
            await self._publish(changed, restarted=True)
        return changed is not None

    async def announced(self, bot_id: BotId, owner_id: UserId) -> bool:
        """Handle Telegram's message about a managed bot's owner. When the owner has changed,
        the bot is paused, the former owner's data is deleted, and the tenant is assigned to
        the new owner, who may switch it on. Returns whether the owner has changed.

        docs/decisions/0009-transferred-bots.md: what is kept and what is deleted.
        """
        async with self._db.read() as uow:
            tenant = await uow.tenants.by_bot(bot_id)
        if tenant is None or tenant.owner_id == owner_id or tenant.desired is Desired.ERASING:
            return False
        await self._pause(tenant)
        await self._farewell(tenant.id)
        await self._hand_over(tenant, owner_id)
        return True

    async def _pause(self, tenant: Tenant) -> None:
        """Done first, so that nothing reaches the former owner any more. A suspension
        stays."""
        if tenant.desired is Desired.SUSPENDED:
            return
        async with self._db.write() as uow:
            await self._record(uow, "tenant:bot:pause", tenant, why=TRANSFERRED)
            changed = await uow.tenants.wish(
                tenant.id,
                None,
                self._clock.now(),
                desired=Desired.PAUSED,
                desired_reason=TRANSFERRED,
                desired_by=None,
                desired_until=None,
            )
        if changed is not None:
            await self._publish(changed)

    async def _farewell(self, tenant_id: TenantId) -> None:
        """Log the former owner's account out; a failure must not stop the other steps."""
        try:
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await self._erasing.farewell(tenant_id)
        except Exception as error:
            log.warning("account not logged out", tenant=tenant_id, error=type(error).__name__)

    async def _hand_over(self, tenant: Tenant, owner_id: UserId) -> None:
        async with self._db.write() as uow:
            await self._record(uow, "tenant:bot:transferred", tenant, to=owner_id)
            await uow.erasure.forget_owner(tenant.id)
            await self._tell(uow, tenant, owner_id)
            await uow.impersonations.end_all(tenant.id, self._clock.now())
            changed = await uow.tenants.wish(
                tenant.id, None, self._clock.now(), owner_id=owner_id, verified=True
            )
        if changed is None:
            return
        await self._publish(changed)
        await self._events.publish(
            BotTransferred(
                tenant_id=tenant.id,
                owner_id=owner_id,
                former_owner_id=tenant.owner_id,
                username=tenant.bot_username,
            )
        )

    async def _tell(self, uow: UnitOfWork, tenant: Tenant, owner_id: UserId) -> None:
        params = {"username": tenant.bot_username}
        await self._notices.add(uow, tenant.owner_id, NoticeKind.BOT_MOVED, params=params)
        await self._notices.add(
            uow, owner_id, NoticeKind.BOT_RECEIVED, tenant_id=tenant.id, params=params
        )

    async def _record(
        self, uow: UnitOfWork, action: str, tenant: Tenant, **details: object
    ) -> None:
        await self._audit.record(
            uow,
            None,
            action,
            tenant_id=tenant.id,
            subject_id=tenant.owner_id,
            details={"bot_id": tenant.bot_id, **details},
        )

    async def _publish(self, tenant: Tenant, *, restarted: bool = False) -> None:
        await self._events.publish(
            DesiredStateChanged(
                tenant_id=tenant.id,
                owner_id=tenant.owner_id,
                desired=tenant.desired,
                generation=tenant.generation,
                restarted=restarted,
            )
        )
