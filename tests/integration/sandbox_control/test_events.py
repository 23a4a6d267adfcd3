"""What people hear as it happens: server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sandbox.control_api import event_feed
from sandbox.world import Account, Bot, Button, Content, Markup, World
from tests.integration.sandbox_control.client import Api


class Ear:
    """One stream of events."""

    def __init__(self, response: Any) -> None:
        self._response = response
        self.last_id = ""

    async def next(self) -> tuple[str, dict[str, Any]]:
        """The next event's kind and data."""
        fields: dict[str, str] = {}
        while True:
            line = (await asyncio.wait_for(self._response.content.readline(), 5)).decode()
            assert line, "the stream ended"
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif "event" in fields:
                self.last_id = fields["id"]
                return fields["event"], json.loads(fields["data"])
            else:
                fields = {}

    async def until(self, kind: str) -> dict[str, Any]:
        while True:
            found, data = await self.next()
            if found == kind:
                return data


@asynccontextmanager
async def listening(api: Api, path: str, since: str = "") -> AsyncIterator[Ear]:
    headers = {"Last-Event-ID": since} if since else {}
    async with api.client.get(f"/sandbox/{path}", headers=headers) as response:
        assert response.status == 200
        yield Ear(response)


async def test_each_side_hears_its_own(
    api: Api, world: World, maya: Account, omid: Account
) -> None:
    both = f"events?accounts={maya.id},{omid.id}"
    async with listening(api, both) as ear:
        assert (await ear.next())[0] == "ready"
        chat = world.chat(maya.id, omid.id)
        message = world.send(maya.id, chat, Content(text="hi"))
        heard = [await ear.next() for _ in range(4)]
        assert [kind for kind, _ in heard] == ["message", "chat", "message", "chat"]
        assert [data["account"] for _, data in heard] == [maya.id, maya.id, omid.id, omid.id]
        assert heard[2][1]["message"]["outgoing"] is False
        assert heard[3][1]["row"]["unread"] == 1
        world.edit(maya.id, chat, message.id, content=Content(text="hello"))
        assert (await ear.until("edited"))["message"]["text"] == "hello"
        world.chat_action(omid.id, chat, "typing")
        assert (await ear.until("typing"))["action"] == "typing"
        world.react(omid.id, chat, message.id, ("🔥",))
        assert (await ear.until("reactions"))["reactions"] == [{"emoji": "🔥", "count": 1}]
        world.delete(maya.id, chat, [message.id])
        assert (await ear.until("deleted"))["ids"] == [message.id]
        assert (await ear.until("chat"))["row"] is None


async def test_answers_sessions_and_newcomers_are_heard(
    api: Api, world: World, maya: Account, bot: Bot
) -> None:
    world.start(maya.id, bot.id)
    keys = Markup(kind="inline", rows=((Button(text="A", data="a"),),))
    asked = world.send(bot.id, world.chat(maya.id, bot.id), Content(text="?"), markup=keys)
    async with listening(api, f"accounts/{maya.id}/events") as ear:
        await ear.next()
        callback = world.press(maya.id, world.chat(maya.id, bot.id), asked.id, data="a")
        world.answer_callback(bot.id, callback.id, text="done")
        answer = await ear.until("answer")
        assert (answer["message_id"], answer["text"]) == (asked.id, "done")
        session = world.logins.add_key(3, b"k" * 256, 0)
        world.logins.admit(session, maya.id)
        assert (await ear.until("sessions"))["account"] == maya.id
        newcomer = world.add_account(first_name="Kai")
        assert (await ear.until("cast"))["person"] == newcomer.id


async def test_what_was_missed_is_caught_up(
    api: Api, world: World, maya: Account, omid: Account
) -> None:
    path = f"accounts/{omid.id}/events"
    chat = world.chat(maya.id, omid.id)
    async with listening(api, path) as ear:
        await ear.next()
        world.send(maya.id, chat, Content(text="one"))
        await ear.until("chat")
        last = ear.last_id
    world.send(maya.id, chat, Content(text="two"))
    async with listening(api, path, since=last) as ear:
        kind, data = await ear.next()
        assert (kind, data["message"]["text"]) == ("message", "two")
    async with listening(api, path, since="0000-5") as ear:
        assert (await ear.next())[0] == "reset"


async def test_who_was_away_too_long_starts_again(
    api: Api, world: World, maya: Account, omid: Account
) -> None:
    path = f"accounts/{omid.id}/events"
    async with listening(api, path) as ear:
        await ear.next()
        last = ear.last_id
    chat = world.chat(maya.id, omid.id)
    for number in range(event_feed.KEPT // 2 + 5):
        world.send(maya.id, chat, Content(text=f"{number}"))
    async with listening(api, path, since=last) as ear:
        assert (await ear.next())[0] == "reset"


async def test_unknown_people_have_no_events(api: Api) -> None:
    await api.get("events?accounts=5", status=404)
    await api.get("accounts/5/events", status=404)
