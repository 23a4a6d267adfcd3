"""The header above a visitor's message in the owner's chat: who wrote, and forward origin."""

from __future__ import annotations

from aiogram.types import (
    Message,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
)

from tenants.bot.audience import is_visible, label, shown_person
from tenants.bot.context import TenantContext
from tenants.bot.formatted_text import FormattedText
from tenants.i18n.translator import Translator, name


def header_of(tenant: TenantContext, message: Message) -> FormattedText:
    """The author, in the owner's language; of a forward also the original author, since a copy
    does not show that."""
    person = message.from_user
    assert person is not None, "private chats have a sender"
    tr = tenant.owner_tr
    header = shown_person(tr, person)
    origin = _origin(tr, message)
    if origin:
        line = tr("↪️ <i>forwarded from {origin}</i>", origin=origin)
        header = FormattedText.from_markup(line).below(header)
    return header


def edited_header_of(tenant: TenantContext, message: Message) -> FormattedText:
    tr = tenant.owner_tr
    note = FormattedText.from_markup(tr("<i>edited</i>"))
    return header_of(tenant, message) + FormattedText(" · ") + note


def quote_of(message: Message) -> FormattedText:
    """The text a reply quotes, as a quotation."""
    if message.quote is None:
        return FormattedText()
    return FormattedText(message.quote.text, tuple(message.quote.entities or ())).quoted()


def _origin(tr: Translator, message: Message) -> str:
    match message.forward_origin:
        case None:
            return ""
        case MessageOriginUser(sender_user=user):
            return label(tr, user.full_name, user.id)
        case MessageOriginHiddenUser(sender_user_name=hidden):
            return _named(tr, hidden)
        case MessageOriginChat(sender_chat=chat):
            return _named(tr, chat.title or "")
        case MessageOriginChannel(chat=chat):
            return _named(tr, chat.title or "")
        case _:
            return _named(tr, "")


def _named(tr: Translator, text: str) -> str:
    shown = name(text)
    return shown if is_visible(shown) else tr("somebody without a name")
