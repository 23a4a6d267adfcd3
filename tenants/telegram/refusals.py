"""Classifies Telegram's refusals: for a call, and for the update whose handler made it.

The Bot API distinguishes refusals by an HTTP status and an English description, not a code
(https://core.telegram.org/bots/api#making-requests). The descriptions here are those of the
server, ``Client::fail_query_with_error`` and ``Client::check_*`` in
https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp, and of
https://github.com/tdlib/td where those forward a message.

All code that handles updates uses :func:`decide`: tenants' bots and the control bot.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod


class Refusal(StrEnum):
    """What was refused, and why."""

    BLOCKED = "blocked"
    """403: the person blocked the bot."""
    DEACTIVATED = "deactivated"
    """403: the person's account was deleted or banned by Telegram."""
    NEVER_STARTED = "never_started"
    """403: a bot can't write first; the person never started it, or is a bot."""
    CHAT_NOT_FOUND = "chat_not_found"
    """400: there is no such chat or person, or this bot has not seen them."""
    NOT_A_MEMBER = "not_a_member"
    """403: the bot was removed from the group or channel, or that was deleted."""
    CHAT_MIGRATED = "chat_migrated"
    """400: the group became a supergroup with another id."""
    NO_RIGHTS = "no_rights"
    """The bot may not do this in the chat."""
    NOT_MODIFIED = "not_modified"
    """400: the edit changes nothing."""
    EDIT_GONE = "edit_gone"
    """400: the message to edit is not there, or can't be edited (any more)."""
    DELETE_GONE = "delete_gone"
    """400: the message to delete is not there."""
    DELETE_REFUSED = "delete_refused"
    """400: the message can't be deleted (any more)."""
    REPLY_GONE = "reply_gone"
    """400: the message to reply to, or the quote in it, is not there."""
    SOURCE_GONE = "source_gone"
    """400: the message to copy, forward, pin or react to is not there."""
    CANT_COPY = "cant_copy"
    """400: this kind of message can't be copied or forwarded."""
    PROTECTED = "protected"
    """400: the content is protected from copying and forwarding."""
    VOICE_FORBIDDEN = "voice_forbidden"
    """400: the person accepts no voice or video messages."""
    TOPIC_GONE = "topic_gone"
    """400: the topic was deleted or closed."""
    QUERY_TOO_OLD = "query_too_old"
    """400: a button or an inline query was answered too late."""
    TOO_LONG = "too_long"
    """400: a text, a caption or a keyboard is too long."""
    CANT_PARSE = "cant_parse"
    """400: entities that can't be parsed. An error in our own text."""
    TOO_LARGE = "too_large"
    """A file is too big to send or to download."""
    BAD_MEDIA = "bad_media"
    """400: a file can't be used as the kind it was sent as, or does not exist any more."""
    PAYMENT_REQUIRED = "payment_required"
    """The person accepts paid messages only, or the bot's balance is too low."""
    BUSINESS_GONE = "business_gone"
    """400: the business connection ended or doesn't cover this chat."""
    METHOD_UNKNOWN = "method_unknown"
    """404: this Bot API server doesn't know the method."""
    TOKEN = "token"
    """401, or 404 as for a deleted bot: the token is refused."""
    FLOOD = "flood"
    """429: too many calls."""
    OUTAGE = "outage"
    """Telegram could not be reached, or its server failed."""
    OTHER = "other"
    """Another refusal; the same call will be refused again."""


class Decision(StrEnum):
    """What an error means for the update that was being handled."""

    HANDLED = "handled"
    """A permanent refusal. What was done until then is kept: effects are committed and the
    update is done."""
    RETRY = "retry"
    """An outage of Telegram or a 429: handle the update again, after :func:`retry_after`."""
    WAIT_FOR_TOKEN = "wait_for_token"
    """The token is refused: keep the update until there is a valid one."""
    FAILED = "failed"
    """An error of our own: some attempts, then dead-lettered. Counts towards the bot's
    quarantine, at most once per person."""


_ABOUT_PERSON: Final = frozenset(
    {Refusal.BLOCKED, Refusal.DEACTIVATED, Refusal.NEVER_STARTED, Refusal.CHAT_NOT_FOUND}
)

_KINDS: Final[tuple[tuple[type[TelegramAPIError], Refusal], ...]] = (
    (TelegramRetryAfter, Refusal.FLOOD),
    # A network error in aiogram, but the same file will always be refused.
    (TelegramEntityTooLarge, Refusal.TOO_LARGE),
    (TelegramNetworkError, Refusal.OUTAGE),
    (TelegramServerError, Refusal.OUTAGE),
    (TelegramUnauthorizedError, Refusal.TOKEN),
    (TelegramMigrateToChat, Refusal.CHAT_MIGRATED),
    (TelegramConflictError, Refusal.OTHER),
)

_WORDS: Final[tuple[tuple[str, Refusal], ...]] = (
    # Lower case; the first match counts. Names with "_" are errors of MTProto
    # (https://core.telegram.org/api/errors) that the server passes on as they are.
    ("bot was blocked by the user", Refusal.BLOCKED),
    ("user_is_blocked", Refusal.BLOCKED),
    ("user is deactivated", Refusal.DEACTIVATED),
    ("input_user_deactivated", Refusal.DEACTIVATED),
    ("user_deactivated", Refusal.DEACTIVATED),
    ("can't initiate conversation", Refusal.NEVER_STARTED),
    ("can't send messages to bots", Refusal.NEVER_STARTED),
    ("can't send messages to the bot", Refusal.NEVER_STARTED),
    ("message is not modified", Refusal.NOT_MODIFIED),
    ("message_not_modified", Refusal.NOT_MODIFIED),
    ("query is too old", Refusal.QUERY_TOO_OLD),
    ("query_id_invalid", Refusal.QUERY_TOO_OLD),
    ("message to be replied not found", Refusal.REPLY_GONE),
    ("message to reply not found", Refusal.REPLY_GONE),
    ("replied message not found", Refusal.REPLY_GONE),
    ("reply message not found", Refusal.REPLY_GONE),
    ("reply_message_id_invalid", Refusal.REPLY_GONE),
    ("quote_text_invalid", Refusal.REPLY_GONE),
    ("message to edit not found", Refusal.EDIT_GONE),
    ("message can't be edited", Refusal.EDIT_GONE),
    ("there is no text in the message to edit", Refusal.EDIT_GONE),
    ("there is no caption in the message to edit", Refusal.EDIT_GONE),
    ("there is no media in the message to edit", Refusal.EDIT_GONE),
    ("message_edit_time_expired", Refusal.EDIT_GONE),
    ("message to delete not found", Refusal.DELETE_GONE),
    ("message can't be deleted", Refusal.DELETE_REFUSED),
    ("message_delete_forbidden", Refusal.DELETE_REFUSED),
    ("voice_messages_forbidden", Refusal.VOICE_FORBIDDEN),
    ("video_messages_forbidden", Refusal.VOICE_FORBIDDEN),
    ("restricted receiving of voice", Refusal.VOICE_FORBIDDEN),
    ("restricted receiving of video", Refusal.VOICE_FORBIDDEN),
    ("forwards_restricted", Refusal.PROTECTED),
    ("protected content", Refusal.PROTECTED),
    ("has protected", Refusal.PROTECTED),
    ("message to copy not found", Refusal.SOURCE_GONE),
    ("message to forward not found", Refusal.SOURCE_GONE),
    ("message to pin not found", Refusal.SOURCE_GONE),
    ("message to unpin not found", Refusal.SOURCE_GONE),
    ("message to react not found", Refusal.SOURCE_GONE),
    ("message with poll to stop not found", Refusal.SOURCE_GONE),
    ("no messages to forward", Refusal.SOURCE_GONE),
    ("no messages to copy", Refusal.SOURCE_GONE),
    ("messages to forward not found", Refusal.SOURCE_GONE),
    ("messages to copy not found", Refusal.SOURCE_GONE),
    ("message not found", Refusal.SOURCE_GONE),
    ("message_id_invalid", Refusal.SOURCE_GONE),
    ("message_ids_empty", Refusal.SOURCE_GONE),
    ("message can't be copied", Refusal.CANT_COPY),
    ("can't copy message", Refusal.CANT_COPY),
    ("messages can't be copied", Refusal.CANT_COPY),
    ("message can't be forwarded", Refusal.CANT_COPY),
    ("messages can't be forwarded", Refusal.CANT_COPY),
    ("message thread not found", Refusal.TOPIC_GONE),
    ("topic_deleted", Refusal.TOPIC_GONE),
    ("topic_closed", Refusal.TOPIC_GONE),
    ("topic_id_invalid", Refusal.TOPIC_GONE),
    ("can't parse", Refusal.CANT_PARSE),
    ("entity_bounds_invalid", Refusal.CANT_PARSE),
    ("too long", Refusal.TOO_LONG),
    ("too_long", Refusal.TOO_LONG),
    ("file is too big", Refusal.TOO_LARGE),
    ("file too big", Refusal.TOO_LARGE),
    ("file_parts_invalid", Refusal.TOO_LARGE),
    ("request entity too large", Refusal.TOO_LARGE),
    ("allow_payment_required", Refusal.PAYMENT_REQUIRED),
    ("balance_too_low", Refusal.PAYMENT_REQUIRED),
    ("premium_account_required", Refusal.PAYMENT_REQUIRED),
    ("privacy_premium_required", Refusal.PAYMENT_REQUIRED),
    ("business_", Refusal.BUSINESS_GONE),
    ("business connection", Refusal.BUSINESS_GONE),
    ("upgraded to a supergroup", Refusal.CHAT_MIGRATED),
    ("bot was kicked", Refusal.NOT_A_MEMBER),
    ("bot is not a member", Refusal.NOT_A_MEMBER),
    ("chat was deleted", Refusal.NOT_A_MEMBER),
    ("chat was deactivated", Refusal.NOT_A_MEMBER),
    ("channel_private", Refusal.NOT_A_MEMBER),
    ("user_not_participant", Refusal.NOT_A_MEMBER),
    ("not enough rights", Refusal.NO_RIGHTS),
    ("have no rights", Refusal.NO_RIGHTS),
    ("need administrator rights", Refusal.NO_RIGHTS),
    ("administrator rights", Refusal.NO_RIGHTS),
    ("chat_admin_required", Refusal.NO_RIGHTS),
    ("chat_restricted", Refusal.NO_RIGHTS),
    ("_forbidden", Refusal.NO_RIGHTS),
    ("user_privacy_restricted", Refusal.NO_RIGHTS),
    ("wrong file identifier", Refusal.BAD_MEDIA),
    ("wrong remote file identifier", Refusal.BAD_MEDIA),
    ("wrong file_id", Refusal.BAD_MEDIA),
    ("invalid file_id", Refusal.BAD_MEDIA),
    ("file is temporarily unavailable", Refusal.BAD_MEDIA),
    ("type of file", Refusal.BAD_MEDIA),
    ("file_reference", Refusal.BAD_MEDIA),
    ("photo_", Refusal.BAD_MEDIA),
    ("image_process_failed", Refusal.BAD_MEDIA),
    ("media_", Refusal.BAD_MEDIA),
    ("wrong type of the web page content", Refusal.BAD_MEDIA),
    ("failed to get http url content", Refusal.BAD_MEDIA),
    ("chat not found", Refusal.CHAT_NOT_FOUND),
    ("user not found", Refusal.CHAT_NOT_FOUND),
    ("peer_id_invalid", Refusal.CHAT_NOT_FOUND),
    ("user_id_invalid", Refusal.CHAT_NOT_FOUND),
    ("chat_id_invalid", Refusal.CHAT_NOT_FOUND),
)


def classify(error: BaseException) -> Refusal | None:
    """The kind of refusal; None for an error that is not Telegram's."""
    if not isinstance(error, TelegramAPIError):
        return None
    for kind, refusal in _KINDS:
        if isinstance(error, kind):
            return refusal
    if isinstance(error, TelegramNotFound):
        # A malformed token, or a deleted bot's, is answered with "Not Found" only.
        bare = error.message.strip().lower() == "not found"
        return Refusal.TOKEN if bare else Refusal.METHOD_UNKNOWN
    return _by_words(error)


def _by_words(error: TelegramAPIError) -> Refusal:
    said = error.message.lower()
    for words, refusal in _WORDS:
        if words in said:
            return refusal
    if isinstance(error, TelegramForbiddenError):
        return Refusal.NO_RIGHTS
    return Refusal.OTHER


def decide(error: BaseException) -> Decision:
    """What an error of a handler means for its update."""
    match classify(error):
        case None:
            return Decision.FAILED
        case Refusal.FLOOD | Refusal.OUTAGE:
            return Decision.RETRY
        case Refusal.TOKEN:
            return Decision.WAIT_FOR_TOKEN
        case _:
            return Decision.HANDLED


def retry_after(error: BaseException) -> float:
    """Seconds that Telegram asked to wait (429); 0 when it named none."""
    return float(error.retry_after) if isinstance(error, TelegramRetryAfter) else 0.0


def is_about_person(error: BaseException) -> bool:
    """Whether the person can't be written to at all: blocked, deactivated, never started the
    bot, or unknown to it. Nothing else that is sent to them arrives either."""
    return classify(error) in _ABOUT_PERSON


def refused_chat(error: BaseException) -> int | None:
    """The id of the chat that the refused call was addressed to; None where it has none."""
    method = getattr(error, "method", None)
    chat_id = getattr(method, "chat_id", None)
    return chat_id if isinstance(chat_id, int) else None


def is_harmless(method: TelegramMethod[Any], error: BaseException) -> bool:
    """Whether the call's goal is reached already, or doesn't matter: the call counts as made.

    A button's spinner ends by itself; an edit without change, and the deletion of what is
    deleted, have nothing to do.
    """
    if not isinstance(error, TelegramBadRequest):
        return False
    name = method.__api_method__
    if name == "answerCallbackQuery":
        return True
    refusal = classify(error)
    if name.startswith("edit"):
        return refusal is Refusal.NOT_MODIFIED
    return name.startswith("delete") and refusal is Refusal.DELETE_GONE
