"""Answers of the Bot API that the installed aiogram can't parse.

A call that Telegram answered with ``ok`` was made: repeating it would send the same again.
Callers need only the ids of such an answer (https://core.telegram.org/bots/api#message).
"""

from __future__ import annotations

import json
import time
from typing import Any, Final

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.methods import TelegramMethod
from aiogram.types import Chat, Message, MessageId
from pydantic import ValidationError


class AnswerUnreadable(TelegramAPIError):
    """The call was made, but its answer can't be parsed. It must not be repeated."""

    label = "Answer of another version"


_NOTHING: Final = object()


def read_by_ids(bot: Bot, method: TelegramMethod[Any], body: str) -> Any:
    """The result of an ``ok`` answer, with ids only.

    Raises:
        AnswerUnreadable: it has no such ids.
        ValueError: it is not an ``ok`` answer.
    """
    answer = json.loads(body)
    if not isinstance(answer, dict) or answer.get("ok") is not True:
        raise ValueError("not ok")
    found = _read(bot, answer.get("result"))
    if found is _NOTHING:
        raise AnswerUnreadable(method=method, message=method.__api_method__)
    return found


def _read(bot: Bot, result: Any) -> Any:
    if isinstance(result, bool):
        return result
    if isinstance(result, list):
        parts = [_read(bot, part) for part in result]
        return _NOTHING if _NOTHING in parts else parts
    if not isinstance(result, dict) or "message_id" not in result:
        return _NOTHING
    try:
        if "chat" not in result:
            return MessageId(message_id=result["message_id"])
        message = Message(
            message_id=result["message_id"],
            date=int(time.time()),  # type: ignore[arg-type]  # pydantic makes it a datetime
            chat=Chat(id=result["chat"]["id"], type=str(result["chat"].get("type", ""))),
        )
    except (ValidationError, TypeError, KeyError, AttributeError):
        return _NOTHING
    thread = result.get("message_thread_id")
    if isinstance(thread, int):
        message = message.model_copy(update={"message_thread_id": thread})
    return message.as_(bot)
