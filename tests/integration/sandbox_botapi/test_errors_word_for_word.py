"""Refusals as Telegram words them, over raw HTTP."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sandbox.world import Content
from tests.integration.sandbox_botapi.bot_stage import BotStage


async def refused(stage: BotStage, method: str, **params: Any) -> tuple[int, str]:
    answer = await stage.call(method, **params)
    assert answer["ok"] is False
    return answer["error_code"], answer["description"]


async def test_tokens_and_methods(stage: BotStage) -> None:
    assert await refused(stage, "getMe", token="123456:" + "A" * 35) == (401, "Unauthorized")
    assert await refused(stage, "getMe", token="nonsense") == (404, "Not Found")
    assert await refused(stage, "sendNothing") == (404, "Not Found: method not found")
    stage.world.revoke_token(stage.bot.id)
    async with stage.http.get(f"{stage.url}/bot{stage.aiogram.token}/getMe") as response:
        assert response.status == 401


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"text": "x"}, "chat_id is empty"),
        ({"chat_id": 42, "text": "x"}, "chat not found"),
        ({"chat_id": "@nobody_here", "text": "x"}, "chat not found"),
        ({"chat_id": 0, "text": ""}, "message text is empty"),
        ({"chat_id": 0, "text": "   "}, "text must be non-empty"),
        ({"chat_id": 0, "text": "x" * 4097}, "message is too long"),
        ({"chat_id": 0, "text": "😀" * 2049}, "message is too long"),
        ({"chat_id": 0, "text": "x", "parse_mode": "XML"}, "unsupported parse_mode"),
        (
            {"chat_id": 0, "text": "x", "reply_parameters": {"message_id": 99}},
            "message to be replied not found",
        ),
        (
            {
                "chat_id": 0,
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "é" * 33}]]},
            },
            "BUTTON_DATA_INVALID",
        ),
        (
            {"chat_id": 0, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {
                "chat_id": 0,
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]] * 101},
            },
            "reply markup is too long",
        ),
        (
            {"chat_id": 0, "text": "x", "reply_markup": "{"},
            "can't parse reply keyboard markup JSON object",
        ),
        (
            {"chat_id": 0, "text": "<b>x", "parse_mode": "HTML"},
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            {"chat_id": 0, "text": "a.b", "parse_mode": "MarkdownV2"},
            "can't parse entities: Character '.' is reserved and must be escaped with the "
            "preceding '\\'",
        ),
    ],
)
async def test_bad_messages(stage: BotStage, params: dict[str, Any], words: str) -> None:
    if params.get("chat_id") == 0:
        params = {**params, "chat_id": stage.person.id}
    assert await refused(stage, "sendMessage", **params) == (400, f"Bad Request: {words}")


async def test_what_cannot_be_changed(stage: BotStage) -> None:
    person = stage.person.id
    theirs = stage.world.send(person, stage.chat, Content(text="x"))
    photo = {"chat_id": person, "message_id": theirs.id}
    assert await refused(stage, "editMessageText", **photo, text="y") == (
        400,
        "Bad Request: message can't be edited",
    )
    mine = await stage.aiogram.send_message(person, "mine")
    text = {"chat_id": person, "message_id": mine.message_id}
    assert await refused(stage, "editMessageCaption", **text, caption="y") == (
        400,
        "Bad Request: there is no caption in the message to edit",
    )
    assert await refused(stage, "deleteMessages", chat_id=person, message_ids=[]) == (
        400,
        "Bad Request: message identifiers are not specified",
    )
    assert await refused(stage, "getFile", file_id="AAAA") == (400, "Bad Request: invalid file_id")


async def test_two_day_old_messages_stay(stage: BotStage) -> None:
    sent = await stage.aiogram.send_message(stage.person.id, "x")
    stage.chat.messages[sent.message_id].date -= 49 * 3600
    assert await refused(
        stage, "deleteMessage", chat_id=stage.person.id, message_id=sent.message_id
    ) == (400, "Bad Request: message can't be deleted for everyone")


async def test_a_group_that_became_a_supergroup(stage: BotStage) -> None:
    group = stage.world.add_group(stage.person.id, "G", basic=True)
    stage.world.join(stage.bot.id, group.id)
    new = stage.world.upgrade(stage.person.id, group.id)
    answer = await stage.call("sendMessage", chat_id=group.id, text="x")
    assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert answer["parameters"] == {"migrate_to_chat_id": new.id}


async def test_every_way_to_pass_parameters(stage: BotStage) -> None:
    url, to = f"{stage.url}/bot{stage.bot.token}/sendMessage", str(stage.person.id)
    async with stage.http.get(url, params={"chat_id": to, "text": "get"}) as response:
        assert (await response.json())["result"]["text"] == "get"
    async with stage.http.post(url, data={"chat_id": to, "text": "form"}) as response:
        assert (await response.json())["result"]["text"] == "form"
    async with stage.http.post(
        url.replace("send", "SEND"), json={"chat_id": to, "text": "json"}
    ) as response:
        assert (await response.json())["result"]["text"] == "json"
    async with stage.http.post(
        url, data=b"{", headers={"Content-Type": "application/json"}
    ) as response:
        assert response.status == 400


async def test_a_file_part_named_as_the_parameter(stage: BotStage) -> None:
    url = f"{stage.url}/bot{stage.bot.token}/sendDocument"
    form = aiohttp.FormData({"chat_id": str(stage.person.id)})
    form.add_field("document", b"abc", filename="a.txt")
    async with stage.http.post(url, data=form) as response:
        assert (await response.json())["ok"] is True
    async with stage.http.get(f"{stage.url}/file/bot{stage.bot.token}/no/such") as response:
        assert response.status == 404


async def test_logged_out_for_a_while(stage: BotStage) -> None:
    assert (await stage.call("logOut"))["result"] is True
    assert await refused(stage, "getMe") == (400, "Logged out")
