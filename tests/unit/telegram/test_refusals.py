"""Which refusal an error of a call is, and what it means for the update being handled."""

from __future__ import annotations

import pytest
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
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageText,
    SendMessage,
    TelegramMethod,
)

from tenants.telegram.refusals import (
    Decision,
    Refusal,
    classify,
    decide,
    is_about_person,
    is_harmless,
    refused_chat,
    retry_after,
)

SEND = SendMessage(chat_id=77, text="x")
BAD = [
    ("message is not modified: specified new message content and reply markup are exactly "
     "the same as a current content and reply markup of the message", Refusal.NOT_MODIFIED),
    ("query is too old and response timeout expired or query ID is invalid",
     Refusal.QUERY_TOO_OLD),
    ("message to be replied not found", Refusal.REPLY_GONE),
    ("QUOTE_TEXT_INVALID", Refusal.REPLY_GONE),
    ("message to edit not found", Refusal.EDIT_GONE),
    ("message can't be edited", Refusal.EDIT_GONE),
    ("message to delete not found", Refusal.DELETE_GONE),
    ("message can't be deleted for everyone", Refusal.DELETE_REFUSED),
    ("message to copy not found", Refusal.SOURCE_GONE),
    ("MESSAGE_ID_INVALID", Refusal.SOURCE_GONE),
    ("message can't be copied", Refusal.CANT_COPY),
    ("CHAT_FORWARDS_RESTRICTED", Refusal.PROTECTED),
    ("VOICE_MESSAGES_FORBIDDEN", Refusal.VOICE_FORBIDDEN),
    ("message thread not found", Refusal.TOPIC_GONE),
    ("TOPIC_CLOSED", Refusal.TOPIC_GONE),
    ("message is too long", Refusal.TOO_LONG),
    ("MEDIA_CAPTION_TOO_LONG", Refusal.TOO_LONG),
    ("can't parse entities: unsupported start tag \"x\" at byte offset 0", Refusal.CANT_PARSE),
    ("file is too big", Refusal.TOO_LARGE),
    ("wrong file identifier/HTTP URL specified", Refusal.BAD_MEDIA),
    ("PHOTO_INVALID_DIMENSIONS", Refusal.BAD_MEDIA),
    ("chat not found", Refusal.CHAT_NOT_FOUND),
    ("PEER_ID_INVALID", Refusal.CHAT_NOT_FOUND),
    ("not enough rights to send text messages to the chat", Refusal.NO_RIGHTS),
    ("CHAT_WRITE_FORBIDDEN", Refusal.NO_RIGHTS),
    ("group chat was deactivated", Refusal.NOT_A_MEMBER),
    ("BUSINESS_CONNECTION_INVALID", Refusal.BUSINESS_GONE),
    ("something that Telegram says from tomorrow on", Refusal.OTHER),
]  # fmt: skip
FORBIDDEN = [
    ("bot was blocked by the user", Refusal.BLOCKED),
    ("user is deactivated", Refusal.DEACTIVATED),
    ("bot can't initiate conversation with a user", Refusal.NEVER_STARTED),
    ("bot can't send messages to bots", Refusal.NEVER_STARTED),
    ("bot was kicked from the supergroup chat", Refusal.NOT_A_MEMBER),
    ("bot is not a member of the channel chat", Refusal.NOT_A_MEMBER),
    ("something else", Refusal.NO_RIGHTS),
]
OTHERS: list[tuple[BaseException, Refusal | None, Decision]] = [
    (TelegramRetryAfter(SEND, "Too Many Requests", 7), Refusal.FLOOD, Decision.RETRY),
    (TelegramNetworkError(SEND, "no answer in time"), Refusal.OUTAGE, Decision.RETRY),
    (TelegramServerError(SEND, "Internal Server Error"), Refusal.OUTAGE, Decision.RETRY),
    (TelegramEntityTooLarge(SEND, "Request Entity Too Large"), Refusal.TOO_LARGE,
     Decision.HANDLED),
    (TelegramMigrateToChat(SEND, "upgraded", -1001), Refusal.CHAT_MIGRATED, Decision.HANDLED),
    (TelegramUnauthorizedError(SEND, "Unauthorized"), Refusal.TOKEN, Decision.WAIT_FOR_TOKEN),
    (TelegramNotFound(SEND, "Not Found"), Refusal.TOKEN, Decision.WAIT_FOR_TOKEN),
    (TelegramNotFound(SEND, "Not Found: method not found"), Refusal.METHOD_UNKNOWN,
     Decision.HANDLED),
    (TelegramConflictError(SEND, "Conflict"), Refusal.OTHER, Decision.HANDLED),
    (TelegramAPIError(SEND, "I'm a teapot"), Refusal.OTHER, Decision.HANDLED),
    (ValueError("ours"), None, Decision.FAILED),
    (TimeoutError(), None, Decision.FAILED),
]  # fmt: skip


@pytest.mark.parametrize(("words", "refusal"), BAD)
def test_each_400_is_known_and_ends_its_update(words: str, refusal: Refusal) -> None:
    error = TelegramBadRequest(SEND, f"Bad Request: {words}")
    assert (classify(error), decide(error)) == (refusal, Decision.HANDLED)


@pytest.mark.parametrize(("words", "refusal"), FORBIDDEN)
def test_each_403_is_known_and_ends_its_update(words: str, refusal: Refusal) -> None:
    error = TelegramForbiddenError(SEND, f"Forbidden: {words}")
    assert (classify(error), decide(error)) == (refusal, Decision.HANDLED)


@pytest.mark.parametrize(("error", "refusal", "decision"), OTHERS)
def test_outages_are_tried_again_and_only_our_own_errors_fail(
    error: BaseException, refusal: Refusal | None, decision: Decision
) -> None:
    assert (classify(error), decide(error)) == (refusal, decision)


def test_a_429_says_how_long_to_wait() -> None:
    assert retry_after(TelegramRetryAfter(SEND, "Too Many Requests", 7)) == 7
    assert retry_after(TelegramServerError(SEND, "Bad Gateway")) == 0


@pytest.mark.parametrize(
    ("error", "about"),
    [
        (TelegramForbiddenError(SEND, "Forbidden: bot was blocked by the user"), True),
        (TelegramForbiddenError(SEND, "Forbidden: user is deactivated"), True),
        (TelegramBadRequest(SEND, "Bad Request: chat not found"), True),
        (TelegramForbiddenError(SEND, "Forbidden: bot can't initiate conversation"), True),
        (TelegramBadRequest(SEND, "Bad Request: message is too long"), False),
        (ValueError(), False),
    ],
)
def test_some_refusals_are_about_the_person_addressed(error: Exception, about: bool) -> None:
    assert is_about_person(error) is about
    assert refused_chat(error) == (None if isinstance(error, ValueError) else 77)


@pytest.mark.parametrize(
    ("method", "words", "harmless"),
    [
        (AnswerCallbackQuery(callback_query_id="1"), "query is too old", True),
        (AnswerCallbackQuery(callback_query_id="1"), "MESSAGE_TOO_LONG", True),
        (EditMessageText(text="x", chat_id=1, message_id=2), "message is not modified", True),
        (EditMessageText(text="x", chat_id=1, message_id=2), "message can't be edited", False),
        (DeleteMessage(chat_id=1, message_id=2), "message to delete not found", True),
        (DeleteMessage(chat_id=1, message_id=2), "message can't be deleted", False),
        (SEND, "message is not modified", False),
    ],
)
def test_what_is_so_already_is_no_error(
    method: TelegramMethod[object], words: str, harmless: bool
) -> None:
    assert is_harmless(method, TelegramBadRequest(method, f"Bad Request: {words}")) is harmless
