"""The Bot API calls that relay a message. All of them write to the owner's chat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Self

import structlog
from aiogram.exceptions import TelegramAPIError
from aiogram.types import Message, MessageId, ReplyParameters

from tenants.bot.context import TenantContext
from tenants.bot.features.inbox.refusal_texts import refusal_of, unreachable
from tenants.bot.formatted_text import MESSAGE_LIMIT, FormattedText
from tenants.telegram.refusals import Refusal, classify

log = structlog.get_logger(__name__)

FINAL: Final = frozenset(
    {Refusal.PROTECTED, Refusal.VOICE_FORBIDDEN, Refusal.SOURCE_GONE, Refusal.TOO_LARGE}
)
"""Refusals after which sending the message in another way fails, too."""
OWNER_GONE: Final = frozenset({Refusal.BLOCKED, Refusal.DEACTIVATED, Refusal.NEVER_STARTED})


Way = Callable[[], Awaitable[Message | MessageId]]


class Unreachable(Exception):
    """The owner can't be written to: they never started the bot, blocked it or deleted their
    account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A message to relay, as far as it is known."""

    chat_id: int
    message_id: int
    kind: str | None = None
    protected: bool = False
    text: FormattedText | None = None
    """Of a text message: it can be sent as a text if it can't be copied."""
    topic_id: int | None = None
    album: str = ""

    @classmethod
    def of(cls, message: Message) -> Self:
        return cls(
            chat_id=message.chat.id,
            message_id=message.message_id,
            kind=message.content_type,
            protected=bool(message.has_protected_content),
            text=FormattedText.of(message) if message.text is not None else None,
            topic_id=_topic_of(message),
            album=message.media_group_id or "",
        )


def _topic_of(message: Message) -> int | None:
    """The private chat's topic of a message. Topic 1 is the chat itself and must not be passed
    in a call."""
    topic_id = message.message_thread_id if message.is_topic_message else None
    return topic_id if topic_id != 1 else None


async def copy_under(tenant: TenantContext, original: Original, head: int) -> int | Refusal:
    """Send a message below its header: as a copy, else as a copy that is no reply (a long
    premium caption allows none: tdlib/telegram-bot-api#334), else as a forward, a text as a
    text. Returns the new message's id, or the refusal.

    Raises:
        Unreachable: the owner blocked the bot just now.
        TelegramAPIError: it may succeed later.
    """
    bot, to = tenant.bot, tenant.owner_chat
    source: dict[str, Any] = {
        "chat_id": to,
        "from_chat_id": original.chat_id,
        "message_id": original.message_id,
    }
    reply = ReplyParameters(message_id=head, allow_sending_without_reply=True)
    ways: list[Way] = [
        partial(bot.copy_message, **source, reply_parameters=reply),
        partial(bot.copy_message, **source),
        partial(bot.forward_message, **source),
    ]
    if original.text is not None:
        text = original.text.as_text()
        ways.append(partial(bot.send_message, chat_id=to, **text, reply_parameters=reply))
    refusal = Refusal.OTHER
    for way in ways:
        try:
            return (await way()).message_id
        except TelegramAPIError as error:
            refusal = refusal_of(error)
            if refusal in OWNER_GONE:
                raise Unreachable from error
            if refusal is Refusal.CHAT_NOT_FOUND:
                # The header was sent, so the chat not found is the visitor's.
                refusal = Refusal.SOURCE_GONE
            if refusal in FINAL and original.text is None:
                return refusal
    return Refusal.PROTECTED if original.protected else refusal


async def send_header(
    tenant: TenantContext, header: FormattedText, reply: ReplyParameters | None
) -> int:
    """Send the header as a separate message; without formatting if that is refused.

    Raises:
        Unreachable: the owner can't be written to.
        TelegramAPIError: the message replied to is gone, or it may succeed later.
    """
    try:
        sent = await tenant.bot.send_message(
            tenant.owner_chat, **header.as_text(), reply_parameters=reply
        )
    except TelegramAPIError as error:
        refusal = refusal_of(error)
        if refusal is Refusal.REPLY_GONE and reply is not None:
            raise
        if unreachable(error):
            raise Unreachable from error
    else:
        return sent.message_id
    try:
        plain = FormattedText(header.slice(0, MESSAGE_LIMIT).text)
        sent = await tenant.bot.send_message(tenant.owner_chat, **plain.as_text())
    except TelegramAPIError as error:
        refusal_of(error)
        raise Unreachable from error
    return sent.message_id


async def add_note(tenant: TenantContext, head: int, text: FormattedText) -> None:
    """Add to the header what is missing."""
    try:
        await tenant.bot.edit_message_text(
            chat_id=tenant.owner_chat, message_id=head, **text.as_text()
        )
    except TelegramAPIError as error:
        refusal_of(error)
        log.info("header not completed", tenant=tenant.id, refusal=str(classify(error)))


async def take_back(tenant: TenantContext, message_ids: list[int]) -> None:
    """Delete what was sent before a failure, since all of it will be sent again. Best effort:
    a message that is not deleted is a duplicate, not a loss."""
    if not message_ids:
        return
    try:
        await tenant.bot.delete_messages(tenant.owner_chat, message_ids)
    except TelegramAPIError as error:
        log.info("sent messages not deleted", tenant=tenant.id, refusal=str(classify(error)))
