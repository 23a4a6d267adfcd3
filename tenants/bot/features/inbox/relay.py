"""Relays a visitor's message to the owner's chat: a header and the message itself.

If both fit into one message they are combined. Else the message follows below its header; what
can't be copied is forwarded, and what can't be forwarded either is named below the header.
At least once: what was sent before a crash, or before a response was lost, is sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.exceptions import TelegramAPIError
from aiogram.types import Message, ReplyParameters

from tenants.bot.context import TenantContext
from tenants.bot.features.inbox.copy_calls import (
    FINAL,
    OWNER_GONE,
    Original,
    Unreachable,
    add_note,
    copy_under,
    send_header,
    take_back,
)
from tenants.bot.features.inbox.message_kinds import CAPTIONED, Treatment, treatment_of
from tenants.bot.features.inbox.refusal_texts import owner_album_note, owner_note, refusal_of
from tenants.bot.formatted_text import CAPTION_LIMIT, MESSAGE_LIMIT, FormattedText
from tenants.telegram.refusals import Refusal, classify

Pair = tuple[int, int]
"""Ids of one message in the owner's chat and in the visitor's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Result of relaying a message."""

    pairs: list[Pair]
    """A separate header message is paired with the first message."""
    headed: bool = False
    """Header and message are combined in one message."""
    refusal: Refusal | None = None
    """Why the message, or a part of the album, is only named, not copied."""
    missing: int = 0
    """Number of messages only named."""


async def carry(
    tenant: TenantContext,
    header: FormattedText,
    messages: Sequence[Message],
    reply: ReplyParameters | None = None,
) -> Carried:
    """Relay one message, or an album, to the owner's chat.

    Raises:
        Unreachable: the owner can't be written to.
        TelegramAPIError: it may succeed later.
    """
    try:
        return await _carry(tenant, header, messages, reply)
    except TelegramAPIError as error:
        if reply is None or classify(error) is not Refusal.REPLY_GONE:
            raise
    quote = FormattedText(reply.quote or "", tuple(reply.quote_entities or ())).quoted()
    return await _carry(tenant, quote.below(header), messages, None)


async def carry_by_id(
    tenant: TenantContext, header: FormattedText, originals: Sequence[Original]
) -> Carried:
    """As :func:`carry`, for messages of which only the ids were stored."""
    if len(originals) > 1:
        return await _album(tenant, header, originals, None)
    return await _under_header(tenant, header, originals[0], None)


async def _carry(
    tenant: TenantContext,
    header: FormattedText,
    messages: Sequence[Message],
    reply: ReplyParameters | None,
) -> Carried:
    first = messages[0]
    original = Original.of(first)
    if len(messages) > 1:
        return await _album(tenant, header, [Original.of(one) for one in messages], reply)
    if treatment_of(first) is Treatment.NAMED:
        named = await _named(tenant, header, original, Refusal.OTHER, reply)
        return Carried(pairs=named.pairs)
    joined = FormattedText.of(first).below(header)
    is_text = first.text is not None
    if (is_text or original.kind in CAPTIONED) and joined.fits(
        MESSAGE_LIMIT if is_text else CAPTION_LIMIT
    ):
        try:
            sent = await _send_joined(tenant, joined, first, reply)
        except TelegramAPIError as error:
            refusal = refusal_of(error)
            if refusal is Refusal.REPLY_GONE and reply is not None:
                raise
            if refusal in OWNER_GONE:
                raise Unreachable from error
            if refusal in FINAL:
                return await _named(tenant, header, original, refusal, reply)
        else:
            return Carried(pairs=[(sent, original.message_id)], headed=True)
    return await _under_header(tenant, header, original, reply)


async def _send_joined(
    tenant: TenantContext, joined: FormattedText, message: Message, reply: ReplyParameters | None
) -> int:
    if message.text is not None:
        sent = await tenant.bot.send_message(
            tenant.owner_chat,
            **joined.as_text(),
            link_preview_options=message.link_preview_options,
            reply_parameters=reply,
        )
        return sent.message_id
    copied = await tenant.bot.copy_message(
        tenant.owner_chat,
        message.chat.id,
        message.message_id,
        **joined.as_caption(),
        show_caption_above_media=message.show_caption_above_media,
        reply_parameters=reply,
    )
    return copied.message_id


async def _under_header(
    tenant: TenantContext,
    header: FormattedText,
    original: Original,
    reply: ReplyParameters | None,
) -> Carried:
    """For stickers, places, contacts, long texts: messages that can't contain the header."""
    head = await send_header(tenant, header, reply)
    pairs = [(head, original.message_id)]
    try:
        copied = await copy_under(tenant, original, head)
        if not isinstance(copied, Refusal):
            return Carried(pairs=[*pairs, (copied, original.message_id)])
        note = owner_note(tenant.owner_tr, original.kind, copied)
        await add_note(tenant, head, FormattedText.from_markup(note).below(header))
    except TelegramAPIError:
        await take_back(tenant, [head])
        raise
    return Carried(pairs=pairs, refusal=copied, missing=1)


async def _named(
    tenant: TenantContext,
    header: FormattedText,
    original: Original,
    refusal: Refusal,
    reply: ReplyParameters | None,
) -> Carried:
    """Send the header, and below it the message's kind and why it is not shown."""
    note = FormattedText.from_markup(owner_note(tenant.owner_tr, original.kind, refusal))
    head = await send_header(tenant, note.below(header), reply)
    return Carried(pairs=[(head, original.message_id)], refusal=refusal, missing=1)


async def _album(
    tenant: TenantContext,
    header: FormattedText,
    originals: Sequence[Original],
    reply: ReplyParameters | None,
) -> Carried:
    """Send one header, and the parts below it: together, or one by one if Telegram omitted
    any, since it does not say which."""
    parts = sorted(originals, key=lambda part: part.message_id)
    head = await send_header(tenant, header, reply)
    sent = [head]
    try:
        copies = await _copy_together(tenant, parts)
        if len(copies) == len(parts):
            pairs = [(at, one.message_id) for at, one in zip(copies, parts, strict=True)]
            return Carried(pairs=[(head, parts[0].message_id), *pairs])
        await take_back(tenant, copies)
        return await _one_by_one(tenant, header, parts, sent)
    except TelegramAPIError:
        await take_back(tenant, sent)
        raise


async def _copy_together(tenant: TenantContext, parts: Sequence[Original]) -> list[int]:
    """The copies' ids; fewer than parts, or none, if Telegram refuses some."""
    try:
        copies = await tenant.bot.copy_messages(
            tenant.owner_chat, parts[0].chat_id, [part.message_id for part in parts]
        )
    except TelegramAPIError as error:
        if refusal_of(error) in OWNER_GONE:
            raise Unreachable from error
        return []
    return [copy.message_id for copy in copies]


async def _one_by_one(
    tenant: TenantContext, header: FormattedText, parts: Sequence[Original], sent: list[int]
) -> Carried:
    """Adds to ``sent`` what it sends."""
    head = sent[0]
    pairs: list[Pair] = [(head, parts[0].message_id)]
    refusals: list[Refusal] = []
    for part in parts:
        copied = await copy_under(tenant, part, head)
        if isinstance(copied, Refusal):
            refusals.append(copied)
        else:
            sent.append(copied)
            pairs.append((copied, part.message_id))
    if refusals:
        note = owner_album_note(tenant.owner_tr, len(refusals), refusals[0])
        await add_note(tenant, head, FormattedText.from_markup(note).below(header))
    return Carried(pairs=pairs, refusal=refusals[0] if refusals else None, missing=len(refusals))
