"""Connects a bot by its token and shows errors."""

from __future__ import annotations

from aiogram_dialog import DialogManager, StartMode

from controlbot.bot.context import context_of
from controlbot.dialogs.newbot.token_text import find_token
from controlbot.dialogs.states import Account, Home, NewBot
from controlbot.texts.messages import error_text
from controlbot.widgets import set_notice
from controlbot.widgets.layout import notice
from tenants.domain.errors import (
    OnboardingError,
    PlatformError,
    StateConflict,
    TelegramUnavailable,
    WebhookElsewhere,
)
from tenants.domain.model import Desired, Tenant, TenantId
from tenants.i18n.translator import Markup, Translator
from tenants.i18n.translator import mark as _

TOKEN = "token"
"""Purpose name in the pending secrets of a token that awaits the user's decision."""


async def bring_token(
    manager: DialogManager, text: str, *, accept_webhook: bool = False, replaces: int | None = None
) -> None:
    """Connect the token in ``text`` (also a whole BotFather message) and show the result."""
    scene = context_of(manager)
    try:
        token = find_token(text)
        if replaces is not None:
            tenant = await scene.services.onboarding.replace_token(
                scene.actor, TenantId(replaces), token, accept_webhook=accept_webhook
            )
            await _replaced(manager, tenant)
            return
        tenant = await scene.services.onboarding.connect_bot(
            scene.actor, token, accept_webhook=accept_webhook
        )
    except WebhookElsewhere as error:
        scene.platform.secrets.put(scene.real.user_id, TOKEN, token)
        data = {"host": str(error.params["host"]), "replaces": replaces}
        await manager.start(NewBot.webhook, data=data, mode=StartMode.RESET_STACK)
    except StateConflict:
        await stay(manager, scene.tr(_("⚠️ That token belongs to another bot.")), replaces)
    except (OnboardingError, TelegramUnavailable) as error:
        await stay(manager, why(scene.tr, error), replaces)
    else:
        await welcome_bot(manager, tenant)


def why(tr: Translator, error: PlatformError) -> Markup:
    return Markup(f"⚠️ {error_text(tr, error)}")


async def stay(manager: DialogManager, text: Markup, replaces: int | None = None) -> None:
    """Show the error as a notice of the token window, where the user can try again."""
    if manager.has_context() and manager.current_context().state == NewBot.token:
        set_notice(manager, text)
        return
    data = {**notice(text), "replaces": replaces}
    await manager.start(NewBot.token, data=data, mode=StartMode.RESET_STACK)


async def welcome_bot(manager: DialogManager, tenant: Tenant) -> None:
    """The bot is connected: open the account, or home when accounts can't be connected or the
    bot is suspended. Both windows show its state; the card shows the reason."""
    scene = context_of(manager)
    suspended = tenant.desired is Desired.SUSPENDED
    text = scene.tr(_STAYS_SUSPENDED if suspended else _YOURS, username=tenant.bot_username)
    data = {**notice(text), "tenant_id": tenant.id, "onboarding": True}
    on_to_account = scene.platform.options.accounts_possible and not suspended
    target = Account.choose if on_to_account else Home.card
    await manager.start(target, data=data, mode=StartMode.RESET_STACK)


_YOURS = _("✅ <b>@{username} is yours to run here.</b>")
_STAYS_SUSPENDED = _(
    "⛔ <b>@{username} is connected but stays switched off</b>: the suspension of your earlier "
    "bot still holds."
)


async def _replaced(manager: DialogManager, tenant: Tenant) -> None:
    scene = context_of(manager)
    text = scene.tr(_("✅ The new token of @{username} is in use."), username=tenant.bot_username)
    data = {**notice(text), "tenant_id": tenant.id}
    await manager.start(Home.card, data=data, mode=StartMode.RESET_STACK)
