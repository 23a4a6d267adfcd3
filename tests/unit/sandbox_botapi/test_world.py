"""The world's own rules."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from sandbox.botapi.update_queue import Mailboxes
from sandbox.state_file import StateFile
from sandbox.world import (
    ApiError,
    Content,
    Markup,
    MessageSent,
    World,
    WorldEvent,
    WorldState,
)


@pytest.fixture
def world() -> World:
    return World()


def test_names_and_numbers_are_taken_once(world: World) -> None:
    ada = world.add_account(first_name="Ada", phone="+1 202 555 0100", username="ada_l")
    with pytest.raises(ApiError, match="PHONE_NUMBER_OCCUPIED"):
        world.add_account(first_name="B", phone="12025550100")
    with pytest.raises(ApiError, match="USERNAME_OCCUPIED"):
        world.add_account(first_name="B", username="ADA_L")
    for wrong in ("echo", "1_bot", "ab", "x" * 33 + "bot", "ечо_bot"):
        with pytest.raises(ApiError, match="USERNAME_INVALID"):
            world.add_bot(owner_id=ada.id, name="E", username=wrong)


def test_twenty_bots_and_no_more(world: World) -> None:
    ada = world.add_account(first_name="Ada")
    for number in range(20):
        world.add_bot(owner_id=ada.id, name="E", username=f"e{number}_bot")
    with pytest.raises(ApiError, match="BOT_CREATE_LIMIT_EXCEEDED"):
        world.add_bot(owner_id=ada.id, name="E", username="e99_bot")
    world.delete_bot(world.bots_of(ada.id)[0].id)
    world.add_bot(owner_id=ada.id, name="E", username="e99_bot")


def test_a_token_is_not_shown(world: World) -> None:
    ada = world.add_account(first_name="Ada")
    bot = world.add_bot(owner_id=ada.id, name="E", username="e_bot")
    assert bot.token not in repr(bot)
    old = bot.token
    assert world.revoke_token(bot.id) != old
    assert world.bot_by_token(old) is None


def test_events_come_in_the_order_they_happened(world: World) -> None:
    ada = world.add_account(first_name="Ada")
    bob = world.add_account(first_name="Bob")
    heard: list[str] = []

    def answering(event: WorldEvent) -> None:
        if isinstance(event, MessageSent) and event.message.sender_id == ada.id:
            world.send(bob.id, event.chat, Content(text="answer"))

    def listening(event: WorldEvent) -> None:
        if isinstance(event, MessageSent):
            heard.append(event.message.content.text)

    world.hub.listen(answering)
    end = world.hub.listen(listening)
    world.send(ada.id, world.chat(ada.id, bob.id), Content(text="question"))
    assert heard == ["question", "answer"]
    end()


def test_what_people_cannot_do(world: World) -> None:
    ada = world.add_account(first_name="Ada")
    bob = world.add_account(first_name="Bob")
    bot = world.add_bot(owner_id=bob.id, name="E", username="e_bot")
    chat = world.chat(ada.id, bot.id)
    bot.access_restricted = True
    with pytest.raises(ApiError, match="BOT_ACCESS_FORBIDDEN"):
        world.send(ada.id, chat, Content(text="x"))
    world.send(bob.id, world.chat(bob.id, bot.id), Content(text="x"))
    world.block(ada.id, bob.id)
    with pytest.raises(ApiError, match="USER_IS_BLOCKED"):
        world.send(bob.id, world.chat(bob.id, ada.id), Content(text="x"))
    with pytest.raises(ApiError, match="START_PARAM_INVALID"):
        world.start(bob.id, bot.id, "not allowed")
    group = world.add_group(ada.id, "G")
    with pytest.raises(ApiError, match="CHAT_WRITE_FORBIDDEN"):
        world.send(bob.id, world.chat(bob.id, group.id), Content(text="x"))


def test_unread_and_cleared(world: World) -> None:
    ada = world.add_account(first_name="Ada")
    bob = world.add_account(first_name="Bob")
    chat = world.chat(ada.id, bob.id)
    first = world.send(bob.id, chat, Content(text="1"))
    world.send(bob.id, chat, Content(text="2"))
    assert world.unread(ada.id, chat) == 2
    world.mark_read(ada.id, chat, first.id)
    assert (world.unread(ada.id, chat), world.unread(bob.id, chat)) == (1, 0)
    world.clear(ada.id, chat)
    assert world.messages(ada.id, chat) == []
    assert len(world.messages(bob.id, chat)) == 2
    assert world.chats_of(ada.id) == []


async def test_a_forged_tap_reaches_the_bot(world: World) -> None:
    ada = world.add_account(first_name="Ada")
    bot = world.add_bot(owner_id=ada.id, name="E", username="e_bot")
    world.start(ada.id, bot.id)
    chat = world.chat(bot.id, ada.id)
    asked = world.send(bot.id, chat, Content(text="?"), markup=Markup(kind="inline"))
    tap = world.press(ada.id, chat, asked.id, data="forged")
    world.answer_callback(bot.id, tap.id, text="no")
    assert (await tap.answered).text == "no"
    with pytest.raises(ApiError, match="BUTTON_INVALID"):
        world.press(ada.id, chat, asked.id, text="Go")


def _lively() -> World:
    world = World()
    ada = world.add_account(first_name="Ada", password="secret")
    bot = world.add_bot(owner_id=ada.id, name="E", username="e_bot")
    world.start(ada.id, bot.id)
    group = world.add_group(ada.id, "F", forum=True)
    world.create_topic(ada.id, world.chat(ada.id, group.id), "T")
    world.add_channel(ada.id, "C", "chan_nel")
    world.files.put(b"bytes", "a.txt")
    return world


def test_the_state_is_whole() -> None:
    state = _lively().state
    assert msgspec.json.decode(msgspec.json.encode(state), type=WorldState) == state


async def test_a_killed_sandbox_comes_back(tmp_path: Path) -> None:
    world = _lively()
    boxes = Mailboxes(world.now)
    bot = world.bot_by_token(next(bot.token for bot in world.state.bots.values() if bot.token))
    assert bot is not None
    keeper = StateFile(tmp_path / "state.json", world, boxes)
    assert not keeper.load()
    keeper.watch()
    boxes.of(bot.id).put("message", {"text": "kept"}, 1)
    boxes.changed()
    await asyncio.sleep(0.3)
    back = World()
    boxes_back = Mailboxes(back.now)
    again = StateFile(tmp_path / "state.json", back, boxes_back)
    assert again.load()
    assert back.state == world.state
    assert back.bot_by_token(bot.token) is not None
    assert '"kept"' in boxes_back.of(bot.id).pending[0].body
    assert (tmp_path / "state.json").stat().st_mode & 0o077 == 0
    assert set(back.logins.passwords) == set(world.logins.passwords)
    keeper.close()
    (tmp_path / "state.json").write_text("{}")
    with pytest.raises(ValueError, match="not a sandbox's state file"):
        again.load()
