"""The helpers of tests/support over a whole sandbox: each reaches what it names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiogram import Bot as Aiogram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramForbiddenError, TelegramUnauthorizedError

from sandbox.app import Sandbox
from sandbox.seed_images import landscape
from tests.support.sandbox_client import ControlApi, NewBot, Person, Refused, file_part

SEA = landscape("sea")[0]


@dataclass(slots=True, kw_only=True)
class Scene:
    api: ControlApi
    maya: Person
    omid: Person
    bot: NewBot
    aiogram: Any

    async def newest(self) -> Any:
        updates = await self.aiogram.get_updates()
        await self.aiogram.get_updates(offset=updates[-1].update_id + 1, timeout=0)
        return updates[-1]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with Sandbox(fast=True) as sandbox, ControlApi(sandbox.url) as api:
        maya, omid = await api.person("Maya"), await api.person("Omid")
        bot = await api.bot(maya, "Helper", "helper_bot", can_manage_bots=True)
        session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.url))
        for person in (maya, omid):
            await person.send(bot.id, "/start")
        yield Scene(
            api=api, maya=maya, omid=omid, bot=bot, aiogram=Aiogram(bot.token, session=session)
        )
        await session.close()


async def test_messages(scene: Scene) -> None:
    maya, bot = scene.maya, scene.bot.id
    photo = file_part(SEA, "sea.png", kind="photo")
    await maya.send_album(bot, [{"file": photo, "text": "a"}, {"file": photo}], protected=True)
    assert (await scene.newest()).message.media_group_id
    sent = await maya.send_part(bot, photo, "caption")
    await maya.edit_media(bot, sent.id, file_part(b"x", "x.txt", kind="document"), "new")
    assert (await scene.newest()).edited_message.caption == "new"
    await maya.edit(bot, sent.id, "newer")
    assert (await scene.newest()).edited_message.caption == "newer"
    said = await maya.send(bot, "quote me")
    await maya.quote(bot, said.id, "me", "why?")
    assert (await scene.newest()).message.quote.text == "me"
    await maya.send_forwarded(bot, "words", {"hidden_name": "Nobody"})
    assert (await scene.newest()).message.forward_origin.sender_user_name == "Nobody"
    await maya.send_special(bot, "story")
    assert (await scene.newest()).message.story
    await maya.say_service(bot, "message_auto_delete_timer_changed")
    assert (await scene.newest()).message.message_auto_delete_timer_changed
    await maya.send_poll(bot, "2+2?", "3", "4", quiz=True, correct=[1])
    assert (await scene.newest()).message.poll.type == "quiz"
    await maya.pin(bot, said.id)
    assert (await scene.newest()).message.pinned_message
    await maya.unpin(bot, said.id)
    await maya.react(bot, said.id, "👍")
    await maya.delete(bot, said.id)
    await maya.clear_chat(bot, both=True)
    assert await maya.messages(bot) == []


async def test_people_and_bots(scene: Scene) -> None:
    control = scene.api.bot_control(scene.bot.id)
    await scene.maya.change(hides_forwards=True, last_name="Cook")
    await control.rename(name="Aide", username="aide_bot")
    assert (await scene.aiogram.get_me()).username == "aide_bot"
    await scene.newest()
    assert await control.jump_update_id(5) == 5
    assert await control.queue_update({"new_kind": {"x": 1}}) == 5
    await control.queue_text('{"update_id": 6}')
    assert len(await control.pending()) == 2
    await scene.newest()
    await control.override_updates(kind="message", set={"message.new_field": 1}, times=1)
    await scene.maya.send(scene.bot.id, "odd")
    assert '"new_field":1' in (await control.pending())[-1]
    await control.clear_overrides()
    await control.set_foreign_webhook(error="Wrong response: 301")
    assert (await scene.aiogram.get_webhook_info()).last_error_message
    await control.drop_foreign_webhook()
    await control.start_foreign_poller()
    assert await control.stop_foreign_poller() >= 0
    made = await scene.maya.create_managed_bot(scene.bot.id, "Shop", "shop_1_bot")
    await scene.api.bot_control(made["id"]).transfer(scene.omid.id)
    assert (await scene.newest()).managed_bot.user.id == scene.omid.id
    await scene.omid.deactivate()
    with pytest.raises(TelegramForbiddenError, match="user is deactivated"):
        await scene.aiogram.send_message(scene.omid.id, "?")
    await control.revoke()
    with pytest.raises(TelegramUnauthorizedError):
        await scene.aiogram.get_me()
    await control.delete()
    with pytest.raises(Refused):
        await control.delete()


async def test_rooms_and_business(scene: Scene) -> None:
    maya, omid, bot = scene.maya, scene.omid, scene.bot.id
    control = scene.api.bot_control(bot)
    raw = {"owner": maya.id, "title": "Kitchen", "forum": True}
    group = (await scene.api.call("POST", "groups", raw))["id"]
    await maya.rooms.set_member(group, bot, "administrator")
    topic = await maya.rooms.add_topic(group, "Plans")
    await maya.rooms.change_topic(group, topic, name="Menus", closed=True)
    await maya.rooms.delete_topic(group, topic)
    link = await maya.rooms.add_link(group, by_request=True)
    assert not await omid.rooms.follow_link(link)
    await scene.aiogram.decline_chat_join_request(group, omid.id)
    await omid.rooms.request_to_join(group)
    await maya.rooms.boost(group)
    await maya.rooms.unboost(group)
    basic = await scene.api.call(
        "POST", "groups", {"owner": maya.id, "title": "Old", "basic": True}
    )
    assert await maya.rooms.upgrade(basic["id"]) != basic["id"]
    await control.change(business=True)
    connection = await maya.bots.connect_business(bot)
    assert (await scene.aiogram.get_business_connection(connection)).is_enabled
    await maya.bots.disconnect_business()
