"""From the owner back to whoever wrote."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import structlog
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError
from aiogram.types import Message, ReactionTypeEmoji, ReplyParameters

from tenants.bot.context import House, TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.inbox import waiting
from tenants.bot.features.inbox.carrying import is_unreachable
from tenants.bot.features.inbox.pairs import remember
from tenants.i18n import Translator
from tenants.model import ChatId, UserId
from tenants.store import UnitOfWork
from tenants.store.audience import Relay

log = structlog.get_logger(__name__)

_SENT: Final = ReactionTypeEmoji(emoji="👍")
_FRESH: Final = timedelta(minutes=1)
_MARKS: Final = 2
"""Characters of direction that may stand before a header's name."""
_LOOKS: Final = 20
_BETWEEN_LOOKS: Final = 0.15
"""Seconds."""


async def answer(
    message: Message,
    *,
    tenant: TenantContext,
    house: House,
    effects: Effects,
    tr: Translator,
    album: list[Message] | None = None,
) -> None:
    """Send the owner's reply to whom it answers; any media, albums too."""
    relay = await replied_to(message, tenant, house)
    if relay is None:
        await _no_addressee(message, tenant, house, effects, tr)
        return
    messages = album or [message]
    try:
        sent = await _send(tenant, relay, [m.message_id for m in messages])
    except (TelegramForbiddenError, TelegramBadRequest) as error:
        await _not_delivered(
            message, tenant=tenant, effects=effects, tr=tr, relay=relay, error=error
        )
        return
    now = house.clock.now()
    remember(effects, tenant, relay.audience_chat_id, sent, now, incoming=False)
    await _mark(message)


async def edited(message: Message, tenant: TenantContext, house: House) -> None:
    """The owner corrected an answer: correct it in the visitor's chat."""
    async with house.db.read() as uow:
        relay = await uow.relays.by_owner_message(tenant.id, tenant.owner_chat, message.message_id)
    if relay is None or relay.incoming:
        return
    chat_id, message_id = relay.audience_chat_id, relay.audience_message_id
    try:
        if message.text is not None:
            await tenant.bot.edit_message_text(
                message.html_text, chat_id=chat_id, message_id=message_id
            )
        else:
            await tenant.bot.edit_message_caption(
                chat_id=chat_id, message_id=message_id, caption=message.html_text or None
            )
    except TelegramAPIError as error:
        log.info("answer not edited", tenant=tenant.id, error=type(error).__name__)


async def replied_to(message: Message, tenant: TenantContext, house: House) -> Relay | None:
    """Whose message the owner replies to.

    Who wrote what is committed just after it was passed on, so a very quick reply can be
    ahead of it: what our bot sent within the last minute is looked up for some seconds. And
    where we died between the two, the header still says who it was.
    """
    answered = message.reply_to_message
    if answered is None:
        return None
    ours = answered.from_user is not None and answered.from_user.id == tenant.bot.id
    fresh = ours and house.clock.now() - answered.date < _FRESH
    for _ in range(_LOOKS if fresh else 1):
        async with house.db.read() as uow:
            relay = await uow.relays.by_owner_message(
                tenant.id, tenant.owner_chat, answered.message_id
            )
        if relay is not None:
            return relay
        if fresh:
            await asyncio.sleep(_BETWEEN_LOOKS)
    return await _named_in(answered, tenant, house) if ours else None


async def _named_in(answered: Message, tenant: TenantContext, house: House) -> Relay | None:
    """Somebody of the audience whom the header, which comes first, links to.

    Which of their messages it was is not known, so nothing is replied to.
    """
    entities = answered.entities or answered.caption_entities or ()
    person = next((e.user for e in entities if e.user and e.offset <= _MARKS), None)
    if person is None:
        return None
    async with house.db.read() as uow:
        if await uow.audience.get(tenant.id, UserId(person.id)) is None:
            return None
    return Relay(
        tenant_id=tenant.id,
        owner_chat_id=tenant.owner_chat,
        owner_message_id=answered.message_id,
        audience_chat_id=ChatId(person.id),
        audience_message_id=0,
        incoming=False,
    )


async def _send(
    tenant: TenantContext, relay: Relay, message_ids: list[int]
) -> list[tuple[int, int]]:
    """Pairs of (owner's, visitor's) message ids."""
    if len(message_ids) > 1:
        ids = sorted(message_ids)
        copies = await tenant.bot.copy_messages(relay.audience_chat_id, tenant.owner_chat, ids)
        return [(at, copy.message_id) for copy, at in zip(copies, ids, strict=False)]
    reply = None
    if relay.incoming:
        reply = ReplyParameters(
            message_id=relay.audience_message_id, allow_sending_without_reply=True
        )
    copied = await tenant.bot.copy_message(
        relay.audience_chat_id, tenant.owner_chat, message_ids[0], reply_parameters=reply
    )
    return [(message_ids[0], copied.message_id)]


async def _not_delivered(
    message: Message,
    *,
    tenant: TenantContext,
    effects: Effects,
    tr: Translator,
    relay: Relay,
    error: TelegramForbiddenError | TelegramBadRequest,
) -> None:
    if is_unreachable(error):
        visitor = UserId(relay.audience_chat_id)

        async def block(uow: UnitOfWork) -> None:
            await uow.audience.set_blocked(tenant.id, visitor, True)

        effects.add(block)
        await message.reply(tr("Not delivered: they have blocked your bot."))
    else:
        await message.reply(tr("Not delivered: Telegram can't pass on this kind of message."))


async def _no_addressee(
    message: Message, tenant: TenantContext, house: House, effects: Effects, tr: Translator
) -> None:
    if await waiting.deliver(tenant, house, effects):
        return
    if message.reply_to_message is not None:
        await message.reply(tr("I don't know any more who wrote that, so I can't answer them."))
    else:
        await message.reply(tr("To answer somebody, <b>reply</b> to their message."))


async def _mark(message: Message) -> None:
    try:
        await message.react([_SENT])
    except TelegramAPIError as error:
        log.info("answer not marked", error=type(error).__name__)
