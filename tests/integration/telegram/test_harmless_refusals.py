"""Refusals that change nothing never reach a handler; replies outlive what they reply to."""

from __future__ import annotations

import json

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import ReplyParameters
from aiohttp import web
from aiohttp.test_utils import TestServer

from tenants.domain.model import BotToken
from tenants.telegram.http_client import Telegram

TOKEN = BotToken.parse("712345678:" + "Q" * 35)


async def test_what_is_so_already_returns_true_and_a_reply_goes_without_its_target() -> None:
    """K1: an old query, an edit to the same and a deletion of what is gone are no errors."""
    asked: list[tuple[str, dict[str, str]]] = []
    refusals = {
        "answerCallbackQuery": "query is too old and response timeout expired",
        "editMessageText": "message is not modified: specified new message content",
        "deleteMessage": "message to delete not found",
        "sendMessage": "message is too long",
    }

    async def refuse(request: web.Request) -> web.Response:
        form = await request.post()
        method = request.match_info["method"]
        asked.append((method, {name: str(value) for name, value in form.items()}))
        answer = {
            "ok": False,
            "error_code": 400,
            "description": f"Bad Request: {refusals[method]}",
        }
        return web.json_response(answer, status=400)

    app = web.Application()
    app.router.add_post("/{bot}/{method}", refuse)
    async with TestServer(app) as server:
        telegram = Telegram(str(server.make_url("")))
        bot = telegram.bot(TOKEN)
        try:
            assert await bot.answer_callback_query("1", text="x") is True
            assert await bot.edit_message_text("x", chat_id=1, message_id=2) is True
            assert await bot.delete_message(1, 2) is True
            with pytest.raises(TelegramBadRequest):
                await bot.send_message(1, "x", reply_parameters=ReplyParameters(message_id=5))
        finally:
            await telegram.close()
    target = json.loads(asked[-1][1]["reply_parameters"])
    assert target["allow_sending_without_reply"] is True
