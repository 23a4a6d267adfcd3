"""The owner wants to hear no more from somebody, or again."""

from __future__ import annotations

from aiogram.types import Message

from tenants.bot.context import House, TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.inbox.answers import replied_to
from tenants.i18n import Translator
from tenants.model import UserId
from tenants.store import UnitOfWork


async def ban(
    message: Message, tenant: TenantContext, house: House, effects: Effects, tr: Translator
) -> None:
    """What the author of the replied-to message writes is dropped from now on."""
    if await _set(message, tenant, house, effects, tr, banned=True):
        await message.reply(tr("You will hear no more from them. /unban as a reply undoes it."))


async def unban(
    message: Message, tenant: TenantContext, house: House, effects: Effects, tr: Translator
) -> None:
    if await _set(message, tenant, house, effects, tr, banned=False):
        await message.reply(tr("You will hear from them again."))


async def _set(
    message: Message,
    tenant: TenantContext,
    house: House,
    effects: Effects,
    tr: Translator,
    *,
    banned: bool,
) -> bool:
    relay = await replied_to(message, tenant, house)
    if relay is None:
        await message.reply(tr("Reply with it to a message of the person you mean."))
        return False
    visitor = UserId(relay.audience_chat_id)

    async def store(uow: UnitOfWork) -> None:
        await uow.audience.set_banned(tenant.id, visitor, banned)

    effects.add(store)
    return True
