"""Relays messages that the installed aiogram can't parse, by their ids.

A new kind of content, or a field of a newer or older Bot API server, must not prevent
delivery. Telegram copies the message; this bot needs to know only who wrote it.
"""

from __future__ import annotations

import msgspec
import structlog
from aiogram.exceptions import TelegramAPIError
from aiogram.types import ReactionTypeEmoji, User

from tenants.bot.audience import see, shown_person, shown_visitor
from tenants.bot.context import FeatureServices, TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.inbox import undelivered
from tenants.bot.features.inbox.copy_calls import Original, Unreachable
from tenants.bot.features.inbox.message_links import remember_carried, remember_sent
from tenants.bot.features.inbox.refusal_texts import answer_note, visitor_note
from tenants.bot.features.inbox.relay import carry_by_id
from tenants.bot.features.inbox.reply_sender import Part, send
from tenants.bot.message_counter import RECEIVED, SENT, UNDELIVERED, count
from tenants.bot.update_header import UpdateHeader
from tenants.domain.model import ChatId, UserId
from tenants.i18n.translator import Markup
from tenants.telegram.raw_json import repair
from tenants.telegram.refusals import classify

log = structlog.get_logger(__name__)

_DELIVERED = ReactionTypeEmoji(emoji="🕊")


class _Person(msgspec.Struct):
    id: int
    first_name: str = ""
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None


class _Answered(msgspec.Struct):
    message_id: int


class _Message(msgspec.Struct):
    """The fields needed to relay it."""

    message_id: int
    sender: _Person = msgspec.field(name="from")
    reply_to_message: _Answered | None = None


class _Update(msgspec.Struct):
    message: _Message


async def take(
    tenant: TenantContext, house: FeatureServices, header: UpdateHeader, effects: Effects
) -> bool:
    """Relay an unparsed message to the owner or the visitor. False if that is not possible."""
    if header.kind != "message" or not header.private:
        return False
    try:
        message = msgspec.json.decode(repair(header.raw), type=_Update).message
    except msgspec.DecodeError:
        return False
    if message.sender.id == tenant.owner_id:
        return await _from_owner(tenant, house, effects, message)
    await _from_visitor(tenant, house, effects, header.chat_id, message)
    return True


async def _from_visitor(
    tenant: TenantContext, house: FeatureServices, effects: Effects, chat_id: int, message: _Message
) -> None:
    now, original = house.clock.now(), Original(chat_id=chat_id, message_id=message.message_id)
    async with house.db.read() as uow:
        visitor = await uow.audience.get(tenant.id, UserId(chat_id))
    if visitor is not None and visitor.banned:
        return
    sender = message.sender
    person = User(
        id=sender.id,
        is_bot=False,
        first_name=sender.first_name,
        last_name=sender.last_name,
        username=sender.username,
        language_code=sender.language_code,
    )
    see(effects, tenant.id, person, now, messages=1)
    try:
        if await undelivered.must_wait(tenant, house, ChatId(chat_id)):
            raise Unreachable
        carried = await carry_by_id(tenant, shown_person(tenant.owner_tr, person), [original])
    except Unreachable:
        await undelivered.keep(tenant, house, effects, [original])
        return
    remember_carried(effects, tenant, original, carried, now)
    count(effects, tenant.id, RECEIVED, now, 1 - carried.missing)
    count(effects, tenant.id, UNDELIVERED, now, carried.missing)
    note = None
    if carried.refusal is not None:
        tr = house.catalogs.translator(sender.language_code)
        note = visitor_note(tr, carried.refusal)
    await _answer(tenant, original, note)


async def _answer(tenant: TenantContext, original: Original, note: Markup | None) -> None:
    """A text if it was not delivered, else a reaction; errors are logged only."""
    try:
        if note is not None:
            await tenant.bot.send_message(original.chat_id, note)
        else:
            await tenant.bot.set_message_reaction(
                original.chat_id, original.message_id, reaction=[_DELIVERED]
            )
    except TelegramAPIError as error:
        log.info("visitor not notified", tenant=tenant.id, refusal=str(classify(error)))


async def _from_owner(
    tenant: TenantContext, house: FeatureServices, effects: Effects, message: _Message
) -> bool:
    if message.reply_to_message is None:
        return False
    async with house.db.read() as uow:
        relay = await uow.relays.by_owner_message(
            tenant.id, tenant.owner_chat, message.reply_to_message.message_id
        )
    if relay is None:
        return False
    now = house.clock.now()
    sent = await send(tenant, relay, [Part(message_id=message.message_id)])
    remember_sent(effects, tenant, relay, sent.pairs, now)
    count(effects, tenant.id, SENT if sent.pairs else UNDELIVERED, now)
    if sent.refusal is not None:
        tr, user_id = tenant.owner_tr, UserId(relay.audience_chat_id)
        async with house.db.read() as uow:
            who = shown_visitor(tr, await uow.audience.get(tenant.id, user_id), user_id)
        await tenant.bot.send_message(tenant.owner_chat, answer_note(tr, who, sent.refusal))
    return True
