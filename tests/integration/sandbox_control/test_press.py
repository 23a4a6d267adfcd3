"""Buttons pressed over the control API, and what came of it."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.world import (
    Account,
    Bot,
    Button,
    CallbackPressed,
    Content,
    Markup,
    Message,
    RequestManagedBot,
    World,
    WorldEvent,
)
from tests.integration.sandbox_control.client import Api

INLINE = Markup(
    kind="inline",
    rows=(
        (Button(text="Yes", data="y", more={"style": "success"}), Button(text="No", data="n")),
        (Button(text="Site", url="https://example.org"),),
    ),
)
REPLY = Markup(
    kind="reply",
    rows=(
        (Button(text="Plain"),),
        (Button(text="Number", request_contact=True), Button(text="Here", request_location=True)),
        (
            Button(
                text="Create",
                request_managed_bot=RequestManagedBot(
                    request_id=4, suggested_name="Kitchen", suggested_username="kitchen_bot"
                ),
            ),
        ),
    ),
)


@pytest.fixture
def asked(world: World, maya: Account, bot: Bot) -> Message:
    world.start(maya.id, bot.id)
    return world.send(bot.id, world.chat(maya.id, bot.id), Content(text="?"), markup=INLINE)


async def press(
    api: Api, maya: Account, message: Message, status: int = 200, **what: object
) -> object:
    body = {"chat": message.sender_id, "message_id": message.id, **what}
    return await api.post(f"accounts/{maya.id}/press", body, status=status)


async def test_the_bots_answer_comes_back(
    api: Api, world: World, maya: Account, bot: Bot, asked: Message
) -> None:
    def reply(event: WorldEvent) -> None:
        if isinstance(event, CallbackPressed):
            words = f"{event.data} it is"
            asyncio.get_running_loop().call_later(
                0.05,
                lambda: world.answer_callback(bot.id, event.callback_id, text=words, alert=True),
            )

    world.hub.listen(reply)
    answer = {"text": "y it is", "alert": True, "url": None}
    assert await press(api, maya, asked, text="Yes") == {"answer": answer}
    assert await press(api, maya, asked, data="n") == {"answer": answer | {"text": "n it is"}}


async def test_a_silent_bot_and_a_link(api: Api, maya: Account, asked: Message) -> None:
    assert await press(api, maya, asked, text="Yes", wait=0) == {"answer": None}
    link = {"answer": None, "url": "https://example.org"}
    assert await press(api, maya, asked, text="Site") == link


async def test_wrong_presses(api: Api, maya: Account, asked: Message) -> None:
    for what, field in (({}, "text"), ({"text": "Maybe"}, "text"), ({"data": 5}, "data")):
        refused = await press(api, maya, asked, status=400, **what)
        assert isinstance(refused, dict)
        assert refused["field"] == field
    body = {"chat": asked.sender_id, "message_id": 999, "text": "Yes"}
    await api.post(f"accounts/{maya.id}/press", body, status=404)


async def test_reply_buttons(api: Api, world: World, maya: Account, bot: Bot) -> None:
    world.start(maya.id, bot.id)
    up = world.send(bot.id, world.chat(maya.id, bot.id), Content(text="?"), markup=REPLY)
    plain = await press(api, maya, up, text="Plain")
    assert isinstance(plain, dict)
    assert (plain["message"]["text"], plain["message"]["outgoing"]) == ("Plain", True)
    number = await press(api, maya, up, text="Number")
    assert isinstance(number, dict)
    assert number["message"]["media"]["phone_number"] == maya.phone
    here = await press(api, maya, up, text="Here")
    assert isinstance(here, dict)
    assert here["message"]["media"]["kind"] == "location"
    wish = await press(api, maya, up, text="Create")
    assert isinstance(wish, dict)
    assert wish["request"]["request_id"] == 4

    body = {"chat": bot.id, "request_id": 4, "name": "Kitchen", "username": "kitchen_bot"}
    made = await api.post(f"accounts/{maya.id}/create-managed-bot", body, status=201)
    assert (made["owner"], made["manager"]) == (maya.id, bot.id)
    again = await api.post(f"accounts/{maya.id}/create-managed-bot", body, status=400)
    assert again["field"] == "username"
    other = body | {"username": "other_bot", "request_id": 9}
    refused = await api.post(f"accounts/{maya.id}/create-managed-bot", other, status=400)
    assert refused["field"] == "request_id"
