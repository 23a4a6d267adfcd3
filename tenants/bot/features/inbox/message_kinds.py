"""Which kinds of message are relayed, which are only named, and which are ignored."""

from __future__ import annotations

from enum import Enum
from typing import Final

from aiogram.enums import ContentType
from aiogram.types import Message

from tenants.i18n.translator import mark as _


class Treatment(Enum):
    CARRIED = "carried"
    """The message itself is copied or forwarded."""
    NAMED = "named"
    """It can't be copied: the other side is told its kind."""
    IGNORED = "ignored"
    """Telegram's service messages about the chat: pins, timers, themes, topics."""


_CARRIED: Final[dict[str, str]] = {
    ContentType.TEXT: _("Message"),
    ContentType.ANIMATION: _("Animation"),
    ContentType.AUDIO: _("Audio"),
    ContentType.DOCUMENT: _("File"),
    ContentType.LIVE_PHOTO: _("Live photo"),
    ContentType.PAID_MEDIA: _("Paid media"),
    ContentType.PHOTO: _("Photo"),
    ContentType.STICKER: _("Sticker"),
    ContentType.STORY: _("Story"),
    ContentType.VIDEO: _("Video"),
    ContentType.VIDEO_NOTE: _("Video message"),
    ContentType.VOICE: _("Voice message"),
    ContentType.CHECKLIST: _("Checklist"),
    ContentType.CONTACT: _("Contact"),
    ContentType.DICE: _("Dice"),
    ContentType.GAME: _("Game"),
    ContentType.POLL: _("Poll"),
    ContentType.VENUE: _("Place"),
    ContentType.LOCATION: _("Location"),
    ContentType.INVOICE: _("Invoice"),
    ContentType.GIVEAWAY: _("Giveaway"),
    ContentType.GIVEAWAY_WINNERS: _("Winners of a giveaway"),
    ContentType.RICH_MESSAGE: _("Message"),
    # A kind newer than the installed library: Telegram may be able to copy it.
    ContentType.UNKNOWN: _("Message of a new kind"),
}
_NAMED: Final[dict[str, str]] = {
    ContentType.GIFT: _("Gift"),
    ContentType.UNIQUE_GIFT: _("Gift"),
    ContentType.GIFT_UPGRADE_SENT: _("Upgrade of a gift"),
    ContentType.SUCCESSFUL_PAYMENT: _("Payment"),
    ContentType.REFUNDED_PAYMENT: _("Refund"),
    ContentType.USERS_SHARED: _("Shared people"),
    ContentType.USER_SHARED: _("Shared people"),
    ContentType.CHAT_SHARED: _("Shared chat"),
    ContentType.PASSPORT_DATA: _("Passport data"),
    ContentType.WEB_APP_DATA: _("Data of a web app"),
    ContentType.CHECKLIST_TASKS_DONE: _("Changed checklist"),
    ContentType.CHECKLIST_TASKS_ADDED: _("Changed checklist"),
}

CAPTIONED: Final = frozenset(
    {
        ContentType.ANIMATION,
        ContentType.AUDIO,
        ContentType.DOCUMENT,
        ContentType.PHOTO,
        ContentType.VIDEO,
        ContentType.VOICE,
    }
)
"""Kinds whose copy may have another caption."""


def treatment_of(message: Message) -> Treatment:
    kind = message.content_type
    if kind in _CARRIED:
        return Treatment.CARRIED
    return Treatment.NAMED if kind in _NAMED else Treatment.IGNORED


def kind_name(kind: str | None) -> str:
    """A kind's name as a text to translate."""
    if kind is None:
        return _CARRIED[ContentType.TEXT]
    return _CARRIED.get(kind) or _NAMED.get(kind) or _CARRIED[ContentType.UNKNOWN]
