"""The owner's reaction to a visitor's message is shown on that message.

A bot may set one reaction, a standard emoji.
https://core.telegram.org/bots/api#setmessagereaction
"""

from __future__ import annotations

import structlog
from aiogram.exceptions import TelegramAPIError
from aiogram.types import MessageReactionUpdated, ReactionTypeEmoji, ReactionTypeUnion

from tenants.bot.context import FeatureServices, TenantContext
from tenants.bot.features.inbox.refusal_texts import refusal_of

log = structlog.get_logger(__name__)


async def owner_reacted(
    event: MessageReactionUpdated, tenant: TenantContext, house: FeatureServices
) -> None:
    async with house.db.read() as uow:
        relay = await uow.relays.by_owner_message(tenant.id, tenant.owner_chat, event.message_id)
    if relay is None or not relay.incoming:
        return
    emoji: list[ReactionTypeUnion] = [
        one for one in event.new_reaction if isinstance(one, ReactionTypeEmoji)
    ]
    if event.new_reaction and not emoji:
        return  # A custom emoji, which bots can't set.
    try:
        await tenant.bot.set_message_reaction(
            relay.audience_chat_id, relay.audience_message_id, reaction=emoji[-1:]
        )
    except TelegramAPIError as error:
        log.info("reaction not relayed", tenant=tenant.id, refusal=str(refusal_of(error)))
