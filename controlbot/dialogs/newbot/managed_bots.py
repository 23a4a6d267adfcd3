"""Bots that Telegram creates for a user in one tap, managed by the control bot.

https://core.telegram.org/bots/api#managedbotupdated
"""

from __future__ import annotations

import secrets
from typing import Any

from aiogram.types import ManagedBotUpdated
from aiogram_dialog import DialogManager

from controlbot.bot.context import RequestContext, context_of
from controlbot.bot.navigation import open_home
from controlbot.dialogs.newbot.pending_managed_bots import remember
from controlbot.dialogs.newbot.token_input import stay, welcome_bot, why
from tenants.domain.errors import OnboardingError, TelegramUnavailable
from tenants.domain.model import BotId, BotToken, Tenant
from tenants.i18n.translator import mark as _
from tenants.telegram.managed_bots import managed_token

REQUEST_ID = 1


async def connect_managed(manager: DialogManager, bot_id: BotId) -> None:
    """Connect a bot that Telegram has just created and show the next step; before consent,
    keep its id until the user agrees."""
    if not context_of(manager).consented:
        await remember(context_of(manager), bot_id)
        await open_home(manager)
        return
    try:
        tenant, is_new = await take_managed(context_of(manager), bot_id)
    except (OnboardingError, TelegramUnavailable) as error:
        await stay(manager, why(context_of(manager).tr, error))
    else:
        if is_new:
            await welcome_bot(manager, tenant)


async def managed_bot_announced(event: ManagedBotUpdated, scene: RequestContext) -> None:
    """The same update announces a new bot, a new token and a new owner; it does not say which.
    It is never dropped: nothing lists managed bots, so a lost update cannot be recovered.
    """
    bot_id = BotId(event.bot_user.id)
    await scene.services.managed_bots.announced(bot_id, scene.real.user_id)
    if not scene.consented:
        await remember(scene, bot_id)
        return
    async with scene.platform.windows.foreground(scene.real.user_id) as manager:
        if manager is not None:
            await connect_managed(manager, bot_id)


async def take_managed(scene: RequestContext, bot_id: BotId) -> tuple[Tenant, bool]:
    """Fetch the bot's token and connect the bot; for a connected bot, store its current token.

    Idempotent, because two updates come for one new bot. Also returns whether the bot is new
    here.

    Raises:
        OnboardingError, TelegramUnavailable: as for a token that was pasted.
    """
    async with scene.platform.one_at_a_time:
        token = await managed_token(scene.platform.bot, bot_id)
        for tenant in await scene.services.directory.mine(scene.real):
            if tenant.bot_id == bot_id:
                return await _renewed(scene, tenant, token), False
        tenant = await scene.services.onboarding.connect_bot(scene.real, token, managed=True)
    return tenant, True


async def _renewed(scene: RequestContext, tenant: Tenant, token: BotToken) -> Tenant:
    """Store the token of a connected bot only if it changed, to avoid audit entries."""
    if await scene.services.credentials.token(tenant.id) == token:
        return tenant
    return await scene.services.onboarding.connect_bot(scene.real, token, managed=True)


async def suggestion(scene: RequestContext, **_kwargs: object) -> dict[str, Any]:
    """A suggested name and username; the user may change both."""
    first = scene.person.name.split(" ")[0] or "My"
    return {
        "suggested_name": str(scene.tr(_("{person}'s bot"), person=first))[:64],
        "suggested_username": f"my_{secrets.token_hex(4)}_bot",
    }
