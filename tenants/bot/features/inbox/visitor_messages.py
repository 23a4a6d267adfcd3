"""Relays messages of the audience to the owner."""

from __future__ import annotations

from typing import Final

import structlog
from aiogram.exceptions import TelegramAPIError
from aiogram.types import Message, ReactionTypeEmoji, ReplyParameters

from tenants.bot.audience import see
from tenants.bot.context import FeatureServices, TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.api import Options
from tenants.bot.features.inbox import undelivered
from tenants.bot.features.inbox.copy_calls import Original, Unreachable
from tenants.bot.features.inbox.headers import header_of, quote_of
from tenants.bot.features.inbox.message_kinds import Treatment, treatment_of
from tenants.bot.features.inbox.message_links import remember_carried
from tenants.bot.features.inbox.refusal_texts import visitor_note
from tenants.bot.features.inbox.relay import Carried, carry
from tenants.bot.message_counter import RECEIVED, UNDELIVERED, count
from tenants.domain.model import ChatId, UserId
from tenants.i18n.translator import Markup, Translator
from tenants.store.audience import Visitor
from tenants.telegram.refusals import classify

log = structlog.get_logger(__name__)

_DELIVERED: Final = ReactionTypeEmoji(emoji="🕊")


async def take(
    message: Message,
    *,
    tenant: TenantContext,
    house: FeatureServices,
    effects: Effects,
    tr: Translator,
    options: Options,
    album: list[Message] | None = None,
) -> None:
    """Relay a visitor's message (or album) to the owner."""
    assert message.from_user is not None, "private chats have a sender"
    if treatment_of(message) is Treatment.IGNORED:
        return
    messages, now = album or [message], house.clock.now()
    visitor = await _known(tenant, house, message)
    if visitor is not None and visitor.banned:
        return
    see(effects, tenant.id, message.from_user, now, messages=len(messages))
    carried = await _carry(tenant, house, messages)
    if carried is None:
        first = await undelivered.keep(
            tenant, house, effects, [Original.of(one) for one in messages]
        )
        if first:
            await _tell(
                message,
                tenant,
                tr("Your message is kept, and is passed on as soon as its reader is back."),
            )
        return
    remember_carried(effects, tenant, Original.of(message), carried, now)
    count(effects, tenant.id, RECEIVED, now, len(messages) - carried.missing)
    count(effects, tenant.id, UNDELIVERED, now, carried.missing)
    first = visitor is None or not visitor.messages
    confirm = bool(getattr(options, "confirm", True))
    await _answer(message, tenant, tr, carried, first=first, confirm=confirm)


async def _carry(
    tenant: TenantContext, house: FeatureServices, messages: list[Message]
) -> Carried | None:
    """None: the owner is unreachable."""
    if await undelivered.must_wait(tenant, house, ChatId(messages[0].chat.id)):
        return None
    try:
        return await _carried(tenant, house, messages)
    except Unreachable:
        undelivered.note_absence(tenant)
        return None


async def _carried(
    tenant: TenantContext, house: FeatureServices, messages: list[Message]
) -> Carried:
    first = messages[0]
    header = header_of(tenant, first)
    counterpart = await _counterpart(tenant, house, first)
    if counterpart is None:
        return await carry(tenant, quote_of(first).below(header), messages)
    reply = ReplyParameters(message_id=counterpart, allow_sending_without_reply=True)
    if first.quote is not None:
        reply = reply.model_copy(
            update={"quote": first.quote.text, "quote_entities": first.quote.entities}
        )
    return await carry(tenant, header, messages, reply)


async def _known(tenant: TenantContext, house: FeatureServices, message: Message) -> Visitor | None:
    async with house.db.read() as uow:
        return await uow.audience.get(tenant.id, UserId(message.chat.id))


async def _counterpart(
    tenant: TenantContext, house: FeatureServices, message: Message
) -> int | None:
    """Id in the owner's chat of the message the visitor replies to."""
    if message.reply_to_message is None:
        return None
    async with house.db.read() as uow:
        relay = await uow.relays.by_audience_message(
            tenant.id, ChatId(message.chat.id), message.reply_to_message.message_id
        )
    return relay.owner_message_id if relay is not None and relay.owner_message_id > 0 else None


async def _answer(
    message: Message,
    tenant: TenantContext,
    tr: Translator,
    carried: Carried,
    *,
    first: bool,
    confirm: bool,
) -> None:
    """Confirm to the visitor: with a text the first time, with a reaction after that, and
    always with a text when something was not delivered."""
    if carried.refusal is not None:
        note = visitor_note(tr, carried.refusal)
        if note is not None:
            await _tell(message, tenant, note)
    elif confirm:
        if first:
            await _tell(message, tenant, tr("Delivered. The answer comes right here."))
        await _react(message, tenant)


async def _tell(message: Message, tenant: TenantContext, text: Markup) -> None:
    """Answer the visitor. The message is relayed or stored already, so errors are only logged."""
    try:
        await message.reply(text)
    except TelegramAPIError as error:
        log.info("visitor not notified", tenant=tenant.id, refusal=str(classify(error)))


async def _react(message: Message, tenant: TenantContext) -> None:
    try:
        await message.react([_DELIVERED])
    except TelegramAPIError as error:
        log.info("delivery not confirmed", tenant=tenant.id, refusal=str(classify(error)))
