"""Texts for people when Telegram refuses to relay a message."""

from __future__ import annotations

from typing import Final

from aiogram.exceptions import TelegramAPIError

from tenants.bot.features.inbox.message_kinds import kind_name
from tenants.i18n.translator import Markup, Translator
from tenants.i18n.translator import mark as _
from tenants.telegram.refusals import Decision, Refusal, classify, decide, is_about_person

_FOR_OWNER: Final = {
    Refusal.PROTECTED: _("it is protected from forwarding."),
    Refusal.VOICE_FORBIDDEN: _(
        "your privacy settings don't let bots send you voice and video messages."
    ),
    Refusal.SOURCE_GONE: _("it was deleted before it could be passed on."),
    Refusal.TOO_LARGE: _("the file is too large for bots."),
    Refusal.TOO_LONG: _("its text is longer than Telegram lets bots send."),
}
_FOR_VISITOR: Final = {
    Refusal.PROTECTED: _(
        "This did not arrive: it is protected from forwarding. Please say it in words, or send "
        "it without this protection."
    ),
    Refusal.VOICE_FORBIDDEN: _(
        "This did not arrive: whoever reads here takes no voice and video messages. Please write "
        "it as text."
    ),
    Refusal.TOO_LARGE: _("This did not arrive: the file is too large for bots."),
    Refusal.TOO_LONG: _("This did not arrive: it is too long. Please send it in parts."),
}
_ANSWER: Final = {
    Refusal.BLOCKED: _("Your answer to {who} was not delivered: they have blocked the bot."),
    Refusal.DEACTIVATED: _(
        "Your answer to {who} was not delivered: their Telegram account no longer exists."
    ),
    Refusal.NEVER_STARTED: _(
        "Your answer to {who} was not delivered: Telegram lets the bot write to them only after "
        "they start it."
    ),
    Refusal.CHAT_NOT_FOUND: _(
        "Your answer to {who} was not delivered: Telegram does not know this chat any more."
    ),
    Refusal.VOICE_FORBIDDEN: _(
        "Your answer to {who} was not delivered: they take no voice and video messages from bots."
    ),
    Refusal.PROTECTED: _(
        "Your answer to {who} was not delivered: it is protected from forwarding."
    ),
    Refusal.SOURCE_GONE: _(
        "Your answer to {who} was not delivered: your message was deleted before it could be "
        "passed on."
    ),
    Refusal.TOO_LONG: _(
        "Your answer to {who} was not delivered: it is longer than Telegram lets bots send."
    ),
    Refusal.TOO_LARGE: _("Your answer to {who} was not delivered: the file is too large for bots."),
    Refusal.PAYMENT_REQUIRED: _(
        "Your answer to {who} was not delivered: they take messages from bots only against payment."
    ),
}
_EDIT: Final = {
    Refusal.EDIT_GONE: _("{who} still has the old version: it can't be edited any more."),
    Refusal.BLOCKED: _("{who} still has the old version: they have blocked the bot."),
    Refusal.DEACTIVATED: _(
        "{who} still has the old version: their Telegram account no longer exists."
    ),
    Refusal.TOO_LONG: _(
        "{who} still has the old version: the new one is longer than Telegram lets bots send."
    ),
}


def refusal_of(error: TelegramAPIError) -> Refusal:
    """The reason of a permanent refusal.

    Raises:
        TelegramAPIError: ``error`` again, when the same call may succeed later (an outage, 429,
            a refused token).
    """
    if decide(error) is not Decision.HANDLED:
        raise error
    return classify(error) or Refusal.OTHER


def unreachable(error: TelegramAPIError) -> bool:
    """Whether the recipient can't be written to at all."""
    return is_about_person(error)


def owner_note(tr: Translator, kind: str | None, refusal: Refusal) -> Markup:
    """The text below the header in place of the message."""
    why = tr(_FOR_OWNER.get(refusal, _("Telegram can't show this kind of message here.")))
    return tr("<i>{kind}: {why}</i>", kind=tr(kind_name(kind)), why=why)


def owner_album_note(tr: Translator, missing: int, refusal: Refusal) -> Markup:
    why = tr(_FOR_OWNER.get(refusal, _("Telegram can't show this kind of message here.")))
    parts = tr.n("{n} part is missing", "{n} parts are missing", missing)
    return tr("<i>{parts}: {why}</i>", parts=parts, why=why)


def visitor_note(tr: Translator, refusal: Refusal) -> Markup | None:
    """None if the visitor knows already, having deleted the message."""
    if refusal is Refusal.SOURCE_GONE:
        return None
    other = _("This did not arrive: Telegram can't pass it on. Please send it in another form.")
    return tr(_FOR_VISITOR.get(refusal, other))


def answer_note(tr: Translator, who: Markup, refusal: Refusal) -> Markup:
    other = _(
        "Your answer to {who} was not delivered: Telegram can't pass on this kind of message."
    )
    return tr(_ANSWER.get(refusal, other), who=who)


def missing_note(tr: Translator, who: Markup, missing: int) -> Markup:
    """For an answer with several parts."""
    parts = tr.n("{n} part is missing", "{n} parts are missing", missing)
    text = _("Your answer to {who} was delivered in part. {parts}: Telegram can't pass it on.")
    return tr(text, who=who, parts=parts)


def edit_note(tr: Translator, who: Markup, refusal: Refusal | None) -> Markup:
    """For a failed edit; ``refusal`` None: Telegram has no such edit."""
    other = _("{who} still has the old version: Telegram can't make this edit.")
    return tr(other if refusal is None else _EDIT.get(refusal, other), who=who)
