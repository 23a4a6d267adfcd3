"""What happened elsewhere is told, and windows that show it are drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from aiogram_dialog import DialogManager, ShowMode, StartMode

from controlbot.absence import tell_of_absence
from controlbot.diagnosis import diagnosis
from controlbot.dialogs.account.flow import follow_quietly
from controlbot.dialogs.current import KEY, chosen
from controlbot.dialogs.states import Account, Admin, Home
from controlbot.kit.frame import clear_notice, notice
from controlbot.messages import ADVICE, THROTTLES, until_words
from controlbot.reasons import read_reason
from controlbot.scene import Platform
from controlbot.staff import tell_staff
from controlbot.telling import tell
from mtproto.records import AccountState
from mtproto.steps import Step
from tenants.events import (
    AccountChanged,
    Event,
    ImpersonationBegan,
    ImpersonationFinished,
    ImpersonationMayWrite,
    OwnerUnreachable,
    PlatformWasAway,
    TenantAllowed,
    TenantClaimed,
    TenantErased,
    TenantObserved,
    TenantThrottled,
    TenantWished,
)
from tenants.i18n import Markup
from tenants.i18n import mark as _
from tenants.model import Desired, Observed, Tenant, TenantId, UserId

LIVE: Final = frozenset(
    {Home.card, Home.bots, Account.choose, Account.connected, Admin.card, Admin.overview}
)
"""Windows that show states which change by themselves."""


class Notifications:
    """Listens to the event bus. Everything is done beside the publisher, which may be a
    handler that holds the very window that is to be drawn."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._stops: list[Callable[[], None]] = []

    def start(self) -> None:
        self._hear(TenantWished, self._wished)
        self._hear(TenantObserved, self._observed)
        self._hear(TenantThrottled, self._throttled)
        self._hear(TenantAllowed, self._allowed)
        self._hear(TenantErased, self._erased)
        self._hear(TenantClaimed, self._claimed)
        self._hear(AccountChanged, self._account)
        self._hear(ImpersonationBegan, self._viewing_began)
        self._hear(ImpersonationMayWrite, self._viewing_writes)
        self._hear(ImpersonationFinished, self._viewing_ended)
        self._hear(OwnerUnreachable, self._unreachable)
        self._hear(PlatformWasAway, self._was_away)
        self._stops.append(self._platform.logins.listen(self._login_went_on))

    def stop(self) -> None:
        for stop in self._stops:
            stop()
        self._stops.clear()

    def _hear(self, kind: type[Any], handler: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        async def beside(event: Event) -> None:
            self._platform.nursery.start(handler(event), f"tell of {kind.__name__}")

        self._stops.append(self._platform.services.events.listen(kind, beside))

    # --- Tenants ------------------------------------------------------------------------------

    async def _wished(self, event: TenantWished) -> None:
        if event.by != event.owner_id and not (event.created or event.restarted):
            await self._tell_of_wish(event)
            await self._refresh(event.owner_id, outdated=True)
        await self._redraw(event.tenant_id, event.owner_id, event.by)

    async def _tell_of_wish(self, event: TenantWished) -> None:
        tenant = await self._tenant(event.tenant_id)
        if tenant is None:
            return
        tr = await self._platform.translator_of(event.owner_id)
        if event.desired is Desired.SUSPENDED:
            await self._tell(
                event.owner_id,
                _(
                    "⛔ <b>The platform's team has suspended @{username}.</b>\n"
                    "Reason: <i>{reason}</i>{until}\n\n"
                    "You think that is wrong? /status → “Write to the team”."
                ),
                username=tenant.bot_username,
                reason=read_reason(tr, event.reason),
                until=_below(until_words(tr, tenant)),
            )
        elif event.desired is Desired.ACTIVE:
            words = _("✅ @{username} is switched on by the platform's team.")
            await self._tell(event.owner_id, words, username=tenant.bot_username)

    async def _observed(self, event: TenantObserved) -> None:
        tenant = await self._tenant(event.tenant_id)
        troubled = event.observed in {
            Observed.TOKEN_REVOKED,
            Observed.USED_ELSEWHERE,
            Observed.QUARANTINED,
        }
        if tenant is not None and troubled and tenant.desired is Desired.ACTIVE:
            tr = await self._platform.translator_of(event.owner_id)
            await self._tell(
                event.owner_id,
                _("🔴 <b>@{username} has stopped.</b>\n{why} {advice}\n\n/status"),
                username=tenant.bot_username,
                why=diagnosis(tr, tenant),
                advice=tr(ADVICE[event.observed]),
            )
            if event.observed is Observed.QUARANTINED:
                await tell_staff(
                    self._platform,
                    _("🔴 @{username} was set aside: <code>{detail}</code>"),
                    username=tenant.bot_username,
                    detail=event.detail,
                )
        await self._redraw(event.tenant_id, event.owner_id)

    async def _throttled(self, event: TenantThrottled) -> None:
        tenant = await self._tenant(event.tenant_id)
        if tenant is not None and event.by != event.owner_id:
            tr = await self._platform.translator_of(event.owner_id)
            label, meaning = THROTTLES[event.throttle]
            await self._tell(
                event.owner_id,
                _("The platform's team has set @{username} to: <b>{level}</b>. {meaning}"),
                username=tenant.bot_username,
                level=tr(label),
                meaning=tr(meaning),
            )
        await self._redraw(event.tenant_id, event.owner_id, event.by)

    async def _allowed(self, event: TenantAllowed) -> None:
        await self._redraw(event.tenant_id)

    async def _erased(self, event: TenantErased) -> None:
        await self._tell(
            event.owner_id,
            _("🗑 Done: your bot's token, sessions, settings and messages are erased here."),
        )
        await self._redraw(event.tenant_id, event.owner_id)

    async def _claimed(self, event: TenantClaimed) -> None:
        tenant = await self._tenant(event.tenant_id)
        if tenant is not None:
            await self._tell(
                event.owner_id,
                _(
                    "⚠️ <b>@{username}: somebody else has its token</b> and tried to bring it here. "
                    "We refused. Get a new token from @BotFather (<code>/revoke</code>) and "
                    "bring it: /settings"
                ),
                username=tenant.bot_username,
            )

    async def _was_away(self, event: PlatformWasAway) -> None:
        await tell_of_absence(self._platform, event)

    async def _unreachable(self, event: OwnerUnreachable) -> None:
        tenant = await self._tenant(event.tenant_id)
        if tenant is None:
            return
        tr = await self._platform.translator_of(event.owner_id)
        waiting = tr.n("{n} message waits for you", "{n} messages wait for you", event.waiting)
        await self._tell(
            event.owner_id,
            _("💬 <b>{waiting}</b> at @{username}. Open it and press Start, so that it may write."),
            waiting=waiting,
            username=tenant.bot_username,
        )

    # --- Accounts -----------------------------------------------------------------------------

    async def _account(self, event: AccountChanged) -> None:
        if event.state in {AccountState.LOST, AccountState.STOPPED}:
            await self._tell(
                event.owner_id,
                _(
                    "👤 <b>Your Telegram account is no longer connected.</b> Telegram ended the "
                    "session; we erased our part of it. To connect again: /connect"
                ),
            )
        await self._redraw(event.tenant_id, event.owner_id)

    async def _login_went_on(self, tenant_id: TenantId, step: Step) -> None:
        self._platform.nursery.start(self._draw_login(tenant_id, step), "draw a login")

    async def _draw_login(self, tenant_id: TenantId, step: Step) -> None:
        tenant = await self._tenant(tenant_id)
        if tenant is None:
            return
        async with self._platform.windows.foreground(tenant.owner_id) as manager:
            if manager is not None and chosen(manager) in (None, tenant_id):
                await follow_quietly(manager, step)

    # --- Impersonation ------------------------------------------------------------------------

    async def _viewing_began(self, event: ImpersonationBegan) -> None:
        await self._tell(
            event.owner_id,
            _(
                "👁 <b>Somebody of the platform's team looks at your bot's settings</b>, for "
                "{minutes} minutes at most, and can change nothing.\nReason: <i>{reason}</i>\n\n"
                "What they open is in your record: /privacy"
            ),
            minutes=event.minutes,
            reason=event.reason,
        )

    async def _viewing_writes(self, event: ImpersonationMayWrite) -> None:
        await self._tell(
            event.owner_id,
            _(
                "✍️ <b>Who looks at your bot's settings may now change them as well.</b>\nTokens, "
                "accounts and erasing stay closed. Each change is in your record: /privacy"
            ),
        )

    async def _viewing_ended(self, event: ImpersonationFinished) -> None:
        await self._tell(event.owner_id, _("👁 The team's look at your bot's settings is over."))
        if event.expired:
            await self._show_out(event)
        else:
            await self._refresh(event.by)

    async def _show_out(self, event: ImpersonationFinished) -> None:
        """Nothing of the tenant's stays on the screen of who looked."""
        async with self._platform.windows.foreground(event.by) as manager:
            if manager is None or not manager.has_context():
                return
            if manager.current_context().state.group is Admin:
                return
            tr = await self._platform.translator_of(event.by)
            words = notice(tr(_("⌛️ The time for viewing as this person is over.")))
            data = {KEY: event.tenant_id, **words}
            await manager.start(Admin.card, data=data, mode=StartMode.RESET_STACK)

    # --- How ----------------------------------------------------------------------------------

    async def _tell(self, user_id: UserId, msgid: str, **params: object) -> None:
        await tell(self._platform, user_id, msgid, **params)

    async def _redraw(self, tenant_id: TenantId, *people: UserId | None) -> None:
        """The windows of those concerned, and of the staff who look at this tenant."""
        watching = self._platform.watching
        staff = [user_id for user_id, seen in watching.items() if seen == tenant_id]
        for user_id in dict.fromkeys([*people, *staff]):
            if user_id is not None:
                await self._refresh(user_id)

    async def _refresh(self, user_id: UserId, *, outdated: bool = False) -> None:
        """``outdated``: what the window says has just happened is no longer how things are."""
        async with self._platform.windows.foreground(user_id) as manager:
            if manager is not None and _is_live(manager):
                if outdated:
                    clear_notice(manager)
                await manager.show(ShowMode.EDIT)

    async def _tenant(self, tenant_id: TenantId) -> Tenant | None:
        async with self._platform.services.db.read() as uow:
            return await uow.tenants.get(tenant_id)


def _is_live(manager: DialogManager) -> bool:
    return manager.has_context() and manager.current_context().state in LIVE


def _below(text: Markup) -> Markup:
    """On a line of its own, or nowhere."""
    return Markup(f"\n{text}") if text else text
