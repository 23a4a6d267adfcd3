"""/ban and /unban: the owner bans or unbans a visitor."""

from __future__ import annotations

from aiogram.types import Message

from tenants.bot.context import FeatureServices, TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.inbox.owner_replies import replied_to, who_of
from tenants.domain.model import UserId
from tenants.i18n.translator import Translator
from tenants.store import UnitOfWork
from tenants.store.message_links import Relay


async def ban(
    message: Message,
    tenant: TenantContext,
    house: FeatureServices,
    effects: Effects,
    tr: Translator,
) -> None:
    """Drop all further messages of the author of the replied-to message."""
    relay = await _meant(message, tenant, house, tr)
    if relay is not None:
        set_banned(effects, tenant, UserId(relay.audience_chat_id), banned=True)
        who = await who_of(tenant, house, tr, relay)
        await message.reply(
            tr("{who} is blocked. To unblock, reply /unban, or use /blocked.", who=who)
        )


async def unban(
    message: Message,
    tenant: TenantContext,
    house: FeatureServices,
    effects: Effects,
    tr: Translator,
) -> None:
    relay = await _meant(message, tenant, house, tr)
    if relay is not None:
        set_banned(effects, tenant, UserId(relay.audience_chat_id), banned=False)
        who = await who_of(tenant, house, tr, relay)
        await message.reply(tr("{who} is not blocked any more.", who=who))


def set_banned(effects: Effects, tenant: TenantContext, visitor: UserId, *, banned: bool) -> None:
    async def store(uow: UnitOfWork) -> None:
        await uow.audience.set_banned(tenant.id, visitor, banned)

    effects.add(store)


async def _meant(
    message: Message, tenant: TenantContext, house: FeatureServices, tr: Translator
) -> Relay | None:
    relay = await replied_to(message, tenant, house)
    if relay is None:
        await message.reply(
            tr("Reply with it to a message of the person you mean. Who is blocked: /blocked")
        )
    return relay
