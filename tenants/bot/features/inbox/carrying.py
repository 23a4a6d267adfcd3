"""Carrying a message into the owner's chat: a readable header and the message itself."""

from __future__ import annotations

from typing import Final

from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import Message, ReplyParameters

from tenants.bot.context import TenantContext
from tenants.bot.people import shown
from tenants.i18n import Markup

_TEXT: Final = 4096
_CAPTION: Final = 1024
_CAPTIONED: Final = ("photo", "video", "animation", "audio", "document", "voice")
_NO_WAY_TO: Final = ("chat not found", "user is deactivated", "PEER_ID_INVALID")


class Unreachable(Exception):
    """The bot can't write to that person: they never started it, blocked it or are gone."""


def is_unreachable(error: TelegramForbiddenError | TelegramBadRequest) -> bool:
    """https://core.telegram.org/bots/api#making-requests: 403, or 400 "chat not found"."""
    if isinstance(error, TelegramForbiddenError):
        return True
    return any(words in error.message for words in _NO_WAY_TO)


def header_of(tenant: TenantContext, message: Message) -> Markup:
    """Who writes, in the owner's language."""
    person = message.from_user
    assert person is not None, "private chats have a sender"
    return shown(tenant.owner_tr, person.full_name, person.username, person.id)


async def carry(
    tenant: TenantContext, header: Markup, messages: list[Message], reply_to: int | None = None
) -> list[tuple[int, int]]:
    """Bring messages (one, or an album) into the owner's chat.

    Returns pairs of (message in the owner's chat, message in the visitor's); the header's own
    message pairs with the first. At least once: a crash between sending and the commit sends
    again.

    Raises:
        Unreachable: the owner can't be written to.
    """
    first = messages[0]
    reply = _reply(reply_to)
    try:
        if len(messages) > 1:
            return await _album(tenant, header, messages, reply)
        if first.text is not None:
            return await _text(tenant, header, first, reply)
        return await _media(tenant, header, first, reply)
    except (TelegramForbiddenError, TelegramBadRequest) as error:
        if is_unreachable(error):
            raise Unreachable from error
        raise


async def carry_by_id(
    tenant: TenantContext, header: Markup, chat_id: int, message_id: int
) -> list[tuple[int, int]]:
    """As :func:`carry`, for a message of which only the id was kept."""
    try:
        head = await tenant.bot.send_message(tenant.owner_chat, header)
        copied = await tenant.bot.copy_message(
            tenant.owner_chat, chat_id, message_id, reply_parameters=_reply(head.message_id)
        )
    except (TelegramForbiddenError, TelegramBadRequest) as error:
        if is_unreachable(error):
            raise Unreachable from error
        # Deleted by its author meanwhile, or of a kind that can't be copied.
        return [(head.message_id, message_id)]
    return [(head.message_id, message_id), (copied.message_id, message_id)]


def joined(header: Markup, message: Message) -> str:
    """Header and text (or caption) in one message."""
    return f"{header}\n{message.html_text}" if message.html_text else header


def fits(header: Markup, message: Message) -> bool:
    """Whether header and text fit into one message; Telegram counts after parsing."""
    limit = _TEXT if message.text is not None else _CAPTION
    return len(header) + len(message.text or message.caption or "") < limit


async def _text(
    tenant: TenantContext, header: Markup, message: Message, reply: ReplyParameters | None
) -> list[tuple[int, int]]:
    if not fits(header, message):
        return await _under_header(tenant, header, message, reply)
    sent = await tenant.bot.send_message(
        tenant.owner_chat, joined(header, message), reply_parameters=reply
    )
    return [(sent.message_id, message.message_id)]


async def _media(
    tenant: TenantContext, header: Markup, message: Message, reply: ReplyParameters | None
) -> list[tuple[int, int]]:
    captioned = any(getattr(message, kind) is not None for kind in _CAPTIONED)
    if not captioned or not fits(header, message):
        return await _under_header(tenant, header, message, reply)
    copied = await tenant.bot.copy_message(
        tenant.owner_chat,
        message.chat.id,
        message.message_id,
        caption=joined(header, message),
        reply_parameters=reply,
    )
    return [(copied.message_id, message.message_id)]


async def _under_header(
    tenant: TenantContext, header: Markup, message: Message, reply: ReplyParameters | None
) -> list[tuple[int, int]]:
    """For stickers, places, contacts, long texts: what has no room for a header of its own."""
    head = await tenant.bot.send_message(tenant.owner_chat, header, reply_parameters=reply)
    try:
        copied = await tenant.bot.copy_message(
            tenant.owner_chat,
            message.chat.id,
            message.message_id,
            reply_parameters=_reply(head.message_id),
        )
    except TelegramBadRequest as error:
        if is_unreachable(error):
            raise
        tr = tenant.owner_tr
        await tenant.bot.edit_message_text(
            tr("{header}\n<i>sent something that can't be shown here.</i>", header=header),
            chat_id=tenant.owner_chat,
            message_id=head.message_id,
        )
        return [(head.message_id, message.message_id)]
    return [(head.message_id, message.message_id), (copied.message_id, message.message_id)]


async def _album(
    tenant: TenantContext, header: Markup, messages: list[Message], reply: ReplyParameters | None
) -> list[tuple[int, int]]:
    ids = sorted(message.message_id for message in messages)
    head = await tenant.bot.send_message(tenant.owner_chat, header, reply_parameters=reply)
    copies = await tenant.bot.copy_messages(tenant.owner_chat, messages[0].chat.id, ids)
    pairs = [(copy.message_id, at) for copy, at in zip(copies, ids, strict=False)]
    return [(head.message_id, ids[0]), *pairs]


def _reply(message_id: int | None) -> ReplyParameters | None:
    if message_id is None:
        return None
    return ReplyParameters(message_id=message_id, allow_sending_without_reply=True)
