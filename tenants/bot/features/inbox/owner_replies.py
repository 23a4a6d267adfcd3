"""Relays the owner's replies to visitors."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import structlog
from aiogram.exceptions import TelegramAPIError
from aiogram.types import Message, ReactionTypeEmoji

from tenants.bot.audience import shown_visitor
from tenants.bot.command_parser import TypedCommand, typed_command
from tenants.bot.context import FeatureServices, TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.inbox import undelivered
from tenants.bot.features.inbox.message_kinds import Treatment, treatment_of
from tenants.bot.features.inbox.message_links import remember_sent
from tenants.bot.features.inbox.refusal_texts import answer_note, missing_note
from tenants.bot.features.inbox.reply_sender import Part, Sent, send
from tenants.bot.message_counter import SENT, UNDELIVERED, count
from tenants.domain.model import UserId
from tenants.i18n.translator import Markup, Translator
from tenants.store import UnitOfWork
from tenants.store.message_links import Relay
from tenants.telegram.refusals import Refusal, classify

log = structlog.get_logger(__name__)

_SENT: Final = ReactionTypeEmoji(emoji="👍")
_FRESH: Final = timedelta(minutes=1)
_LOOKS: Final = 20
_BETWEEN_LOOKS: Final = 0.15
"""Seconds."""


async def answer(
    message: Message,
    *,
    tenant: TenantContext,
    house: FeatureServices,
    effects: Effects,
    tr: Translator,
    album: list[Message] | None = None,
) -> None:
    """Send the owner's reply to the visitor it answers; any media, albums too."""
    if treatment_of(message) is Treatment.IGNORED:
        return
    command = typed_command(message.text or message.caption)
    if command is not None:
        await _not_a_text(message, tr, command)
        return
    relay = await replied_to(message, tenant, house)
    if relay is None:
        await _no_addressee(message, tenant, house, tr)
        return
    messages, now = album or [message], house.clock.now()
    sent = await send(tenant, relay, [Part.of(one) for one in messages])
    remember_sent(effects, tenant, relay, sent.pairs, now)
    count(effects, tenant.id, SENT, now, len(sent.pairs))
    count(effects, tenant.id, UNDELIVERED, now, len(messages) - len(sent.pairs))
    if sent.refusal is None:
        await _mark(message, tenant)
        return
    if sent.refusal in {Refusal.BLOCKED, Refusal.DEACTIVATED}:
        _set_blocked(effects, tenant, UserId(relay.audience_chat_id))
    who = await who_of(tenant, house, tr, relay)
    await message.reply(_not_delivered(tr, who, sent, sent.refusal, len(messages)))


async def replied_to(
    message: Message, tenant: TenantContext, house: FeatureServices
) -> Relay | None:
    """The link of the message the owner replies to. Only links stored for this owner's chat
    count, not links in the text, which a visitor may have written.

    A link is committed just after the message was relayed, so a very quick reply can be
    earlier: for messages our bot sent within the last minute the lookup is retried for some
    seconds.
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
    return None


async def who_of(
    tenant: TenantContext, house: FeatureServices, tr: Translator, relay: Relay
) -> Markup:
    """The visitor of a message, as last seen."""
    user_id = UserId(relay.audience_chat_id)
    async with house.db.read() as uow:
        return shown_visitor(tr, await uow.audience.get(tenant.id, user_id), user_id)


def _not_delivered(
    tr: Translator, who: Markup, sent: Sent, refusal: Refusal, messages: int
) -> Markup:
    if not sent.pairs:
        return answer_note(tr, who, refusal)
    return missing_note(tr, who, messages - len(sent.pairs))


def _set_blocked(effects: Effects, tenant: TenantContext, visitor: UserId) -> None:
    async def store(uow: UnitOfWork) -> None:
        await uow.audience.set_blocked(tenant.id, visitor, True)

    effects.add(store)


async def _not_a_text(message: Message, tr: Translator, command: TypedCommand) -> None:
    """Refuse an unknown command: a mistyped one is never sent to a visitor."""
    await message.reply(
        tr(
            "{command} is not a command of this bot, and was not sent to anybody. What can be "
            "typed here: /help. To send it as a text, put a word before it.",
            command=str(command),
        )
    )


async def _no_addressee(
    message: Message, tenant: TenantContext, house: FeatureServices, tr: Translator
) -> None:
    if await undelivered.deliver(tenant, house):
        return
    if message.reply_to_message is not None:
        await message.reply(
            tr(
                "Not sent: it is not known who wrote the message you replied to. Reply to another "
                "message of that person."
            )
        )
    else:
        await message.reply(tr("To answer somebody, <b>reply</b> to their message."))


async def _mark(message: Message, tenant: TenantContext) -> None:
    try:
        await message.react([_SENT])
    except TelegramAPIError as error:
        log.info("delivered answer not marked", tenant=tenant.id, refusal=str(classify(error)))
