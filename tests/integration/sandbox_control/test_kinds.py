"""Each kind of message and service line, as a bot reads it with aiogram's types."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.exceptions import TelegramBadRequest

from sandbox.world import Account, Bot, World
from sandbox.world.sample_content import SERVICES, SPECIALS
from tests.integration.sandbox_control.client import Api


@pytest.fixture
def started(world: World, maya: Account, bot: Bot) -> int:
    world.start(maya.id, bot.id)
    return maya.id


async def newest(aiogram: Any) -> Any:
    """The newest message; all updates are confirmed."""
    updates = await aiogram.get_updates()
    await aiogram.get_updates(offset=updates[-1].update_id + 1, timeout=0)
    return updates[-1].message


async def test_content_of_every_kind(api: Api, started: int, bot: Bot, aiogram: Any) -> None:
    """S: stories, paid media, giveaways, checklists, invoices, games, rich messages."""
    for kind in SPECIALS:
        body = {"chat": bot.id, "special": kind}
        said = await api.post(f"accounts/{started}/send", body, status=201)
        assert said["media"]["kind"] == kind
        message = await newest(aiogram)
        assert getattr(message, kind) is not None, kind
        forward = await aiogram.forward_message(started, started, message.message_id)
        assert getattr(forward, kind) is not None, kind
        if kind not in ("game", "rich_message"):
            with pytest.raises(TelegramBadRequest, match="message can't be copied"):
                await aiogram.copy_message(started, started, message.message_id)


async def test_service_lines_of_every_kind(api: Api, started: int, bot: Bot, aiogram: Any) -> None:
    """S: gifts, boosts, timers, shared chats, Web App data, video chats, suggested posts …"""
    for kind in SERVICES:
        body = {"chat": bot.id, "kind": kind}
        said = await api.post(f"accounts/{started}/service", body, status=201)
        assert said["service"]["kind"] == kind
        assert getattr(await newest(aiogram), kind) is not None, kind
    mine = {"chat": bot.id, "kind": "web_app_data", "value": {"data": "x", "button_text": "Y"}}
    await api.post(f"accounts/{started}/service", mine, status=201)
    assert (await newest(aiogram)).web_app_data.button_text == "Y"
    wrong = await api.post(f"accounts/{started}/service", mine | {"kind": "rain"}, status=400)
    assert wrong["field"] == "kind"


async def test_polls_dice_and_places(api: Api, started: int, bot: Bot, aiogram: Any) -> None:
    async def sent(**content: object) -> Any:
        body = {"chat": bot.id, **content}
        await api.post(f"accounts/{started}/send", body, status=201)
        return await newest(aiogram)

    quiz = {"question": "2+2?", "options": ["3", "4"], "quiz": True, "correct": [1]}
    poll = (await sent(poll=quiz)).poll
    assert (poll.type, poll.correct_option_id) == ("quiz", 1)
    assert (await sent(poll={"question": "?", "options": ["a"]})).poll.type == "regular"
    assert (await sent(dice="🎯")).dice.emoji == "🎯"
    assert (await sent(dice={"value": 6})).dice.value == 6
    place = {"latitude": 1.0, "longitude": 2.0}
    assert (await sent(location=place | {"live_period": 60})).location.live_period == 60
    venue = (await sent(location=place | {"title": "Cafe", "address": "Street"})).venue
    assert (venue.title, venue.address) == ("Cafe", "Street")
    story = {"kind": "story", "value": {"chat": {"$chat": started}, "id": 9}}
    assert (await sent(special=story)).story.id == 9
    for wrong in ({"dice": "🐳"}, {"special": "rain"}, {"poll": {"question": "?"}}):
        name = next(iter(wrong))
        body = {"chat": bot.id, **wrong}
        assert (await api.post(f"accounts/{started}/send", body, status=400))["field"] == name


async def test_files_of_every_kind(api: Api, started: int, bot: Bot, aiogram: Any) -> None:
    for kind in ("document", "video", "voice", "audio", "animation", "sticker", "video_note"):
        part = {"name": "a.bin", "data": "AAAA", "kind": kind, "duration": 3, "width": 9}
        await api.post(f"accounts/{started}/send", {"chat": bot.id, "file": part}, status=201)
        assert getattr(await newest(aiogram), kind).file_id, kind
