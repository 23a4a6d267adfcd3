"""Connects bots: creates a tenant from a token, or replaces a tenant's token."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from tenants.domain.errors import (
    AccessDenied,
    BotTaken,
    ControlBotToken,
    StateConflict,
    TooManyBots,
    WebhookElsewhere,
)
from tenants.domain.events import DesiredStateChanged, EventBus, ForeignTokenSubmitted
from tenants.domain.model import Actor, BotToken, Desired, PlatformLimits, Tenant, TenantId
from tenants.domain.ports import Clock, TokenProbe, TokenProber
from tenants.security.audit_chain import Audit
from tenants.security.authorization import Access, Permission
from tenants.security.vault import Vault
from tenants.services.attempt_limits import Attempts
from tenants.services.credentials import BOT_TOKEN, Credentials
from tenants.services.notices import NoticeKind, Notices
from tenants.services.restrictions import Restrictions
from tenants.store import Database, UnitOfWork
from tenants.store.tenants import NewTenant

_BURST: Final = 6
_EVERY_SECONDS: Final = 10.0
_CLAIM_TOLD_ONCE_IN: Final = timedelta(hours=6)


class Onboarding:
    """Probes the token outside any transaction; then tenant, key, token and audit entry are
    committed together."""

    def __init__(
        self,
        *,
        db: Database,
        vault: Vault,
        credentials: Credentials,
        audit: Audit,
        access: Access,
        restrictions: Restrictions,
        prober: TokenProber,
        events: EventBus,
        notices: Notices,
        clock: Clock,
        limits: PlatformLimits,
        own_webhooks: str = "",
    ) -> None:
        self._db = db
        self._vault = vault
        self._credentials = credentials
        self._audit = audit
        self._access = access
        self._restrictions = restrictions
        self._prober = prober
        self._events = events
        self._notices = notices
        self._clock = clock
        self._limits = limits
        self._own_webhooks = f"{own_webhooks.rstrip('/')}/" if own_webhooks else ""
        self._attempts = Attempts(clock, burst=_BURST, every=_EVERY_SECONDS)

    async def connect_bot(
        self,
        actor: Actor,
        token: BotToken,
        *,
        managed: bool = False,
        accept_webhook: bool = False,
    ) -> Tenant:
        """Connect a bot. If it is already the same person's tenant, its token is replaced.

        Args:
            managed: the control bot got the token from Telegram itself (getManagedBotToken).
            accept_webhook: the person agreed that this bot's webhook is replaced.

        Raises:
            TooManyAttempts, ControlBotToken, TooManyBots: decided without asking Telegram.
            TokenRejected, TelegramUnavailable: Telegram's answer.
            WebhookElsewhere: ask the person, then call again with ``accept_webhook``.
            BotTaken: it is another person's tenant; that person gets a notice.
            AccessDenied: the actor impersonates.
        """
        if actor.impersonates:
            raise AccessDenied()
        self._refuse_own(token)
        if not managed:
            self._attempts.take(actor.user_id)
        known = await self._known(actor, token)
        probe = await self._probe(token, accept_webhook=accept_webhook)
        if known is not None:
            return await self._replace(actor, known.id, token, probe)
        return await self._add(actor, token, probe, managed=managed)

    async def replace_token(
        self,
        actor: Actor,
        tenant_id: TenantId,
        token: BotToken,
        *,
        accept_webhook: bool = False,
    ) -> Tenant:
        """Replace the token of a tenant's bot. The desired state stays: a suspended tenant
        stays suspended.

        Raises:
            StateConflict: the token is another bot's (``state="other_bot"``).
            AccessDenied: not theirs, or the actor impersonates.
            Else as :meth:`connect_bot`.
        """
        self._refuse_own(token)
        async with self._access.reading(actor, Permission.HOLD_SECRETS, tenant_id) as (_, tenant):
            if tenant is None or tenant.bot_id != token.bot_id:
                raise StateConflict(state="other_bot")
        self._attempts.take(actor.user_id)
        probe = await self._probe(token, accept_webhook=accept_webhook)
        return await self._replace(actor, tenant_id, token, probe)

    def _refuse_own(self, token: BotToken) -> None:
        if token.bot_id == self._limits.control_bot_id:
            raise ControlBotToken()

    async def _known(self, actor: Actor, token: BotToken) -> Tenant | None:
        """The person's own tenant with this bot; raises early when they may have no more.

        Another person's tenant is not looked up before Telegram has accepted the token: a
        forged token must not reveal whether a bot is connected.
        """
        async with self._db.read() as uow:
            mine = await uow.tenants.owned_by(actor.user_id)
        for tenant in mine:
            if tenant.bot_id == token.bot_id:
                return tenant
        if len(mine) >= self._limits.max_bots_per_user:
            raise TooManyBots(limit=self._limits.max_bots_per_user)
        return None

    async def _probe(self, token: BotToken, *, accept_webhook: bool) -> TokenProbe:
        probe = await self._prober.probe(token)
        if probe.webhook_url and not accept_webhook and not self._is_ours(probe.webhook_url):
            host = urlsplit(probe.webhook_url).hostname or ""
            raise WebhookElsewhere(host=host, pending=probe.pending_updates)
        return probe

    def _is_ours(self, webhook_url: str) -> bool:
        return bool(self._own_webhooks) and webhook_url.startswith(self._own_webhooks)

    async def _add(
        self, actor: Actor, token: BotToken, probe: TokenProbe, *, managed: bool
    ) -> Tenant:
        async with self._db.write() as uow:
            await uow.tenants.lock_owner(actor.user_id)
            tenant = await uow.tenants.add(self._new(actor, probe, managed), self._clock.now())
            if tenant is not None:
                await self._check_room(uow, actor)
                await self._vault.create_key(uow, tenant.id)
                await self._credentials.put(uow, tenant.id, BOT_TOKEN, token)
                await self._record(uow, actor, "tenant:bot:connect", tenant, managed=managed)
                tenant = await self._restrict_again(uow, tenant)
            else:
                taken = await uow.tenants.by_bot(probe.profile.bot_id)
                await self._tell_claimed(uow, actor, taken)
        if tenant is None:
            return await self._settle(actor, taken)
        await self._publish(actor, tenant, created=True)
        return tenant

    async def _restrict_again(self, uow: UnitOfWork, tenant: Tenant) -> Tenant:
        """Apply to ``tenant`` the restrictions of bots that its owner erased."""
        now = self._clock.now()
        if pace := await self._restrictions.pace(uow, tenant):
            action = "tenant:throttle:set" if "throttle" in pace else "tenant:limits:set"
            await self._record(uow, None, action, tenant, to=pace.get("throttle"), **pace)
            tenant = await uow.tenants.change(tenant.id, None, now, **pace) or tenant
        suspension = await self._restrictions.suspension(uow, tenant, now)
        if suspension is None:
            return tenant
        await self._record(uow, None, "tenant:bot:suspend", tenant, reason=suspension.reason)
        changed = await uow.tenants.wish(
            tenant.id,
            None,
            now,
            desired=Desired.SUSPENDED,
            desired_reason=suspension.reason,
            desired_until=suspension.until,
        )
        assert changed is not None
        return changed

    async def _tell_claimed(self, uow: UnitOfWork, actor: Actor, taken: Tenant | None) -> None:
        """Notify the owner of a bot that another person has its token."""
        if taken is None or taken.owner_id == actor.user_id:
            return
        await self._notices.add(
            uow,
            taken.owner_id,
            NoticeKind.TOKEN_CLAIMED,
            tenant_id=taken.id,
            topic=f"bot:{taken.id}:claimed",
            once_in=_CLAIM_TOLD_ONCE_IN,
            params={"username": taken.bot_username},
        )

    async def _settle(self, actor: Actor, taken: Tenant | None) -> Tenant:
        """The bot is already connected, by a concurrent request or by another person."""
        if taken is not None and taken.owner_id == actor.user_id:
            return taken
        if taken is not None:
            await self._events.publish(
                ForeignTokenSubmitted(tenant_id=taken.id, owner_id=taken.owner_id)
            )
        raise BotTaken()

    async def _check_room(self, uow: UnitOfWork, actor: Actor) -> None:
        if await uow.tenants.count_owned(actor.user_id) > self._limits.max_bots_per_user:
            raise TooManyBots(limit=self._limits.max_bots_per_user)

    async def _replace(
        self, actor: Actor, tenant_id: TenantId, token: BotToken, probe: TokenProbe
    ) -> Tenant:
        permission = Permission.HOLD_SECRETS
        async with self._access.writing(actor, permission, tenant_id) as (uow, before):
            if before is None or before.desired is Desired.ERASING:
                raise StateConflict(state=Desired.ERASING)
            await self._record(uow, actor, "tenant:token:replace", before)
            await self._credentials.put(uow, tenant_id, BOT_TOKEN, token)
            tenant = await uow.tenants.wish(
                tenant_id,
                None,
                self._clock.now(),
                verified=True,
                bot_username=probe.profile.username,
                bot_name=probe.profile.name,
            )
        assert tenant is not None
        await self._publish(actor, tenant)
        return tenant

    def _new(self, actor: Actor, probe: TokenProbe, managed: bool) -> NewTenant:
        return NewTenant(
            owner_id=actor.user_id,
            profile=probe.profile,
            managed=managed,
            created_by=actor.user_id,
            rate_limit=self._limits.rate_limit,
            concurrency=self._limits.concurrency,
        )

    async def _record(
        self, uow: UnitOfWork, actor: Actor | None, action: str, tenant: Tenant, **details: object
    ) -> None:
        await self._audit.record(
            uow,
            actor,
            action,
            tenant_id=tenant.id,
            subject_id=tenant.owner_id,
            details={"bot_id": tenant.bot_id, **details},
        )

    async def _publish(self, actor: Actor, tenant: Tenant, *, created: bool = False) -> None:
        await self._events.publish(
            DesiredStateChanged(
                tenant_id=tenant.id,
                owner_id=tenant.owner_id,
                desired=tenant.desired,
                generation=tenant.generation,
                by=actor.user_id,
                created=created,
            )
        )
