"""From the audience to the owner."""

from __future__ import annotations

from typing import Final

import structlog
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest
from aiogram.types import Message, ReactionTypeEmoji

from tenants.bot.context import House, TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.api import Options
from tenants.bot.features.inbox import waiting
from tenants.bot.features.inbox.carrying import Unreachable, carry, fits, header_of, joined
from tenants.bot.features.inbox.pairs import remember
from tenants.bot.people import see
from tenants.i18n import Translator
from tenants.model import ChatId, UserId
from tenants.store.audience import Visitor

log = structlog.get_logger(__name__)

_DELIVERED: Final = ReactionTypeEmoji(emoji="🕊")


async def take(
    message: Message,
    *,
    tenant: TenantContext,
    house: House,
    effects: Effects,
    tr: Translator,
    options: Options,
    album: list[Message] | None = None,
) -> None:
    """Pass a visitor's message (or album) on to the owner."""
    assert message.from_user is not None, "private chats have a sender"
    messages = album or [message]
    visitor = await _known(tenant, house, message)
    see(effects, tenant.id, message.from_user, house.clock.now(), messages=len(messages))
    if visitor is not None and visitor.banned:
        return
    try:
        reply_to = await _counterpart(tenant, house, message)
        pairs = await carry(tenant, header_of(tenant, message), messages, reply_to)
    except Unreachable:
        await waiting.keep(tenant, house, effects, messages)
        await message.answer(
            tr("Your message is kept, and is passed on as soon as its reader is back.")
        )
        return
    remember(effects, tenant, message.chat.id, pairs, house.clock.now(), incoming=True)
    await _confirm(message, tr, first=visitor is None or not visitor.messages, options=options)


async def edited(message: Message, tenant: TenantContext, house: House) -> None:
    """A visitor corrected a message: correct the owner's copy."""
    async with house.db.read() as uow:
        relay = await uow.relays.by_audience_message(
            tenant.id, ChatId(message.chat.id), message.message_id
        )
    if relay is None or not relay.incoming or relay.owner_message_id < 0:
        return
    tr = tenant.owner_tr
    header = tr("{header} · <i>edited</i>", header=header_of(tenant, message))
    try:
        if not fits(header, message):
            raise TelegramBadRequest(method=None, message="too long")  # type: ignore[arg-type]
        if message.text is not None:
            await tenant.bot.edit_message_text(
                joined(header, message),
                chat_id=relay.owner_chat_id,
                message_id=relay.owner_message_id,
            )
        else:
            await tenant.bot.edit_message_caption(
                chat_id=relay.owner_chat_id,
                message_id=relay.owner_message_id,
                caption=joined(header, message),
            )
    except TelegramAPIError as error:
        log.info("copy not edited", tenant=tenant.id, error=type(error).__name__)


async def _known(tenant: TenantContext, house: House, message: Message) -> Visitor | None:
    async with house.db.read() as uow:
        return await uow.audience.get(tenant.id, UserId(message.chat.id))


async def _counterpart(tenant: TenantContext, house: House, message: Message) -> int | None:
    """The owner's side of what the visitor replies to."""
    if message.reply_to_message is None:
        return None
    async with house.db.read() as uow:
        relay = await uow.relays.by_audience_message(
            tenant.id, ChatId(message.chat.id), message.reply_to_message.message_id
        )
    return relay.owner_message_id if relay is not None and relay.owner_message_id > 0 else None


async def _confirm(message: Message, tr: Translator, *, first: bool, options: Options) -> None:
    """Words the first time, a small reaction after that; neither may fail the delivery."""
    if not getattr(options, "confirm", True):
        return
    try:
        if first:
            await message.reply(tr("Delivered. The answer comes right here."))
        await message.react([_DELIVERED])
    except TelegramAPIError as error:
        log.info("delivery not confirmed", error=type(error).__name__)
