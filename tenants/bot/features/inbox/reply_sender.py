"""Sends the owner's answer to the visitor's chat.

Nothing is forwarded: a forward would show the owner's name. At least once, as every send.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import structlog
from aiogram.exceptions import TelegramAPIError
from aiogram.methods import CopyMessage
from aiogram.types import Message, ReplyParameters, TextQuote

from tenants.bot.context import TenantContext
from tenants.bot.features.inbox.refusal_texts import refusal_of, unreachable
from tenants.bot.features.inbox.relay import Pair
from tenants.store.message_links import Relay
from tenants.telegram.refusals import Refusal, classify

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A message of the owner, as far as it is known."""

    message_id: int
    quote: TextQuote | None = None
    protected: bool = False

    @classmethod
    def of(cls, message: Message) -> Self:
        return cls(
            message_id=message.message_id,
            quote=message.quote,
            protected=bool(message.has_protected_content),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Result of sending an answer."""

    pairs: list[Pair]
    refusal: Refusal | None = None
    """Why the answer, or parts of an album, was not delivered."""


async def send(tenant: TenantContext, relay: Relay, messages: Sequence[Part]) -> Sent:
    """Send one message, or an album, to the visitor of ``relay``, in the same topic.

    Raises:
        TelegramAPIError: it may succeed later.
    """
    parts = sorted(messages, key=lambda part: part.message_id)
    if len(parts) > 1:
        copies = await _copy_together(tenant, relay, parts)
        if isinstance(copies, Refusal):
            return Sent(pairs=[], refusal=copies)
        if len(copies) == len(parts):
            pairs = [(part.message_id, at) for part, at in zip(parts, copies, strict=True)]
            return Sent(pairs=pairs)
        await _take_back(tenant, relay.audience_chat_id, copies)
    return await _one_by_one(tenant, relay, parts)


async def _copy_together(
    tenant: TenantContext, relay: Relay, parts: Sequence[Part]
) -> list[int] | Refusal:
    """The copies' ids, fewer than parts if Telegram refuses some; or why the visitor can't be
    written to."""
    ids = [part.message_id for part in parts]
    for topic_id in dict.fromkeys((relay.topic_id, None)):
        try:
            copies = await tenant.bot.copy_messages(
                relay.audience_chat_id, tenant.owner_chat, ids, message_thread_id=topic_id
            )
        except TelegramAPIError as error:
            refusal = refusal_of(error)
            if unreachable(error):
                return refusal
            if refusal is not Refusal.TOPIC_GONE:
                break
        else:
            return [copy.message_id for copy in copies]
    return []


async def _one_by_one(tenant: TenantContext, relay: Relay, parts: Sequence[Part]) -> Sent:
    pairs: list[Pair] = []
    refusal: Refusal | None = None
    try:
        for part in parts:
            copied = await _copy(tenant, relay, part)
            if isinstance(copied, Refusal):
                refusal = copied
            else:
                pairs.append((part.message_id, copied))
    except TelegramAPIError:
        await _take_back(tenant, relay.audience_chat_id, [theirs for _, theirs in pairs])
        raise
    return Sent(pairs=pairs, refusal=refusal)


async def _copy(tenant: TenantContext, relay: Relay, part: Part) -> int | Refusal:
    refusal = Refusal.OTHER
    for copy in _ways(tenant, relay, part):
        try:
            return (await tenant.bot(copy)).message_id
        except TelegramAPIError as error:
            refusal = refusal_of(error)
            if unreachable(error):
                return refusal
    if refusal is Refusal.CANT_COPY and part.protected:
        return Refusal.PROTECTED
    return refusal


def _ways(tenant: TenantContext, relay: Relay, part: Part) -> Iterator[CopyMessage]:
    """As a reply with its quote, without the quote, and as no reply and in no topic: each
    variant omits what the previous one may have been refused for."""
    where: dict[str, Any] = {
        "chat_id": relay.audience_chat_id,
        "from_chat_id": tenant.owner_chat,
        "message_id": part.message_id,
    }
    if relay.incoming:
        topic: dict[str, Any] = {"message_thread_id": relay.topic_id}
        answered = ReplyParameters(
            message_id=relay.audience_message_id, allow_sending_without_reply=True
        )
        if part.quote is not None:
            quote = {"quote": part.quote.text, "quote_entities": part.quote.entities}
            quoting = answered.model_copy(update=quote)
            yield CopyMessage(**where, **topic, reply_parameters=quoting)
        yield CopyMessage(**where, **topic, reply_parameters=answered)
    elif relay.topic_id is not None:
        yield CopyMessage(**where, message_thread_id=relay.topic_id)
    yield CopyMessage(**where)


async def _take_back(tenant: TenantContext, chat_id: int, message_ids: list[int]) -> None:
    """Delete what was sent before a failure, since it will be sent again."""
    if not message_ids:
        return
    try:
        await tenant.bot.delete_messages(chat_id, message_ids)
    except TelegramAPIError as error:
        log.info("sent messages not deleted", tenant=tenant.id, refusal=str(classify(error)))
