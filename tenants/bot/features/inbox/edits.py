"""Applies edits of one side to the copy in the other's chat: texts, captions and media."""

from __future__ import annotations

from typing import Any, Final

import structlog
from aiogram.exceptions import TelegramAPIError
from aiogram.methods import EditMessageCaption, EditMessageMedia, EditMessageText
from aiogram.types import (
    InputMediaAnimation,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    Message,
    ReplyParameters,
)

from tenants.bot.context import FeatureServices, TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.inbox.copy_calls import Original, Unreachable
from tenants.bot.features.inbox.headers import edited_header_of
from tenants.bot.features.inbox.message_links import remember_carried
from tenants.bot.features.inbox.owner_replies import who_of
from tenants.bot.features.inbox.refusal_texts import edit_note, refusal_of
from tenants.bot.features.inbox.relay import carry
from tenants.bot.formatted_text import CAPTION_LIMIT, MESSAGE_LIMIT, FormattedText
from tenants.domain.model import ChatId, UserId
from tenants.i18n.translator import Translator

log = structlog.get_logger(__name__)

_MEDIA: Final = {
    "photo": InputMediaPhoto,
    "video": InputMediaVideo,
    "animation": InputMediaAnimation,
    "audio": InputMediaAudio,
    "document": InputMediaDocument,
}
"""Kinds that editMessageMedia accepts."""

Edit = EditMessageText | EditMessageCaption | EditMessageMedia


async def visitor_edited(
    message: Message, tenant: TenantContext, house: FeatureServices, effects: Effects
) -> None:
    """Edit the owner's copy; what can't be edited there is sent again, as a reply to it.

    A message not yet delivered will be copied in its edited form; live locations update
    themselves.
    """
    async with house.db.read() as uow:
        visitor = await uow.audience.get(tenant.id, UserId(message.chat.id))
        relays = await uow.relays.of_audience_message(
            tenant.id, ChatId(message.chat.id), message.message_id
        )
    relays = [relay for relay in relays if relay.incoming and relay.owner_message_id > 0]
    if not relays or message.location is not None or (visitor is not None and visitor.banned):
        return
    header = edited_header_of(tenant, message)
    text, target = FormattedText.of(message), relays[-1]
    if target.headed:
        text = text.below(header)
    edit = _edit(message, text, tenant.owner_chat, target.owner_message_id)
    if edit is not None:
        try:
            await tenant.bot(edit)
        except TelegramAPIError as error:
            log.info("copy not edited", tenant=tenant.id, refusal=str(refusal_of(error)))
        else:
            return
    try:
        reply = ReplyParameters(
            message_id=target.owner_message_id, allow_sending_without_reply=True
        )
        carried = await carry(tenant, header, [message], reply)
    except Unreachable:
        log.info("edit not relayed: owner unreachable", tenant=tenant.id)
        return
    remember_carried(effects, tenant, Original.of(message), carried, house.clock.now())


async def owner_edited(
    message: Message, tenant: TenantContext, house: FeatureServices, tr: Translator
) -> None:
    """Edit the answer in the visitor's chat, or tell the owner why that failed."""
    async with house.db.read() as uow:
        relay = await uow.relays.by_owner_message(tenant.id, tenant.owner_chat, message.message_id)
    if relay is None or relay.incoming or message.location is not None:
        return
    edit = _edit(
        message, FormattedText.of(message), relay.audience_chat_id, relay.audience_message_id
    )
    try:
        if edit is not None:
            await tenant.bot(edit)
            return
        refusal = None
    except TelegramAPIError as error:
        refusal = refusal_of(error)
    who = await who_of(tenant, house, tr, relay)
    await message.reply(edit_note(tr, who, refusal))


def _edit(message: Message, text: FormattedText, chat_id: int, message_id: int) -> Edit | None:
    """The call that gives another message this one's content; None if there is no such call,
    or the text does not fit."""
    where: dict[str, Any] = {"chat_id": chat_id, "message_id": message_id}
    if message.text is not None:
        if not text.fits(MESSAGE_LIMIT):
            return None
        preview = message.link_preview_options
        return EditMessageText(**where, **text.as_text(), link_preview_options=preview)
    if not text.fits(CAPTION_LIMIT):
        return None
    media = _media(message, text)
    if media is not None:
        return EditMessageMedia(**where, media=media)
    if message.voice is not None:
        return EditMessageCaption(**where, **text.as_caption())
    return None


def _media(message: Message, caption: FormattedText) -> Any:
    """The message's media by its file id. Telegram does not change identical media."""
    kind = message.content_type
    if kind not in _MEDIA:
        return None
    held = message.photo[-1] if message.photo else getattr(message, kind)
    extra: dict[str, Any] = {}
    if kind in {"photo", "video", "animation"}:
        extra["has_spoiler"] = message.has_media_spoiler
        extra["show_caption_above_media"] = message.show_caption_above_media
    return _MEDIA[kind](media=held.file_id, **caption.as_caption(), **extra)
