"""BotFather, word by word."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.botfather.bot import BotFather
from sandbox.world import BOTFATHER, Account, Content, Message, World

Say = Callable[[str], Message]


@pytest.fixture
def world() -> World:
    world = World()
    BotFather(world)
    return world


@pytest.fixture
def maya(world: World) -> Account:
    return world.add_account(first_name="Maya")


@pytest.fixture
def say(world: World, maya: Account) -> Say:
    """Say something to BotFather and get his answer."""

    def say(text: str) -> Message:
        chat = world.chat(maya.id, BOTFATHER)
        world.send(maya.id, chat, Content(text=text))
        newest = chat.newest()
        assert newest is not None
        assert newest.sender_id == BOTFATHER
        return newest

    return say


def text_of(message: Message) -> str:
    return message.content.text


def test_a_new_bot_step_by_step(world: World, maya: Account, say: Say) -> None:
    assert "choose a name" in text_of(say("/newbot"))
    assert "from 1 to 64" in text_of(say("x" * 65))
    assert "choose a username" in text_of(say("Kitchen 🍲"))
    assert "must end in 'bot'" in text_of(say("kitchen"))
    assert "is invalid" in text_of(say("kit-chen_bot"))
    omid = world.add_account(first_name="Omid")
    world.add_bot(owner_id=omid.id, name="Other", username="other_bot")
    assert "already taken" in text_of(say("Other_Bot"))
    done = say("@kitchen_bot")
    [bot] = world.bots_of(maya.id)
    assert (bot.name, bot.username) == ("Kitchen 🍲", "kitchen_bot")
    assert text_of(done).startswith("Done! Congratulations on your new bot.")
    assert f"Use this token to access the HTTP API:\n{bot.token}\n" in text_of(done)
    [code] = [entity for entity in done.content.entities if entity.type == "code"]
    assert text_of(done)[code.offset : code.offset + code.length] == bot.token


def test_token_and_revoke_ask_which_bot(world: World, maya: Account, say: Say) -> None:
    assert "don't have any bots" in text_of(say("/token"))
    bot = world.add_bot(owner_id=maya.id, name="Kitchen", username="kitchen_bot")
    asked = say("/token")
    assert asked.markup is not None
    assert [button.text for button in asked.markup.buttons()] == ["@kitchen_bot"]
    assert "Invalid bot" in text_of(say("@other_bot"))
    assert bot.token in text_of(say("@kitchen_bot"))
    old = bot.token
    say("/revoke")
    revoked = text_of(say("@kitchen_bot"))
    assert bot.token in revoked
    assert old not in revoked


def test_somebody_elses_bot_is_not_for_the_taking(world: World, maya: Account, say: Say) -> None:
    omid = world.add_account(first_name="Omid")
    world.add_bot(owner_id=omid.id, name="Other", username="other_bot")
    world.add_bot(owner_id=maya.id, name="Kitchen", username="kitchen_bot")
    say("/revoke")
    assert "Invalid bot" in text_of(say("@other_bot"))


def test_name_description_commands_and_management(world: World, maya: Account, say: Say) -> None:
    bot = world.add_bot(owner_id=maya.id, name="Kitchen", username="kitchen_bot")
    for command, answer in (
        ("/setname", "Table"),
        ("/setdescription", "Ask me"),
        ("/setcommands", "start - begin\nhelp - what I do"),
    ):
        say(command)
        say("@kitchen_bot")
        said = text_of(say(answer))
        assert said.startswith("Success!")
    assert bot.name == "Table"
    assert bot.descriptions[""] == "Ask me"
    assert [one.command for one in bot.commands["default|"]] == ["start", "help"]
    say("/setcommands")
    say("@kitchen_bot")
    assert "invalid" in text_of(say("Not a command"))
    say("/setmanagement")
    assert "is on for @kitchen_bot" in text_of(say("@kitchen_bot"))
    assert bot.can_manage_bots


def test_cancel_help_and_nonsense(say: Say) -> None:
    assert "/newbot" in text_of(say("/start"))
    assert "Unrecognized command" in text_of(say("hello"))
    assert "No active command" in text_of(say("/cancel"))
    say("/newbot")
    assert "has been cancelled" in text_of(say("/cancel"))
    assert "Unrecognized command" in text_of(say("Kitchen"))


def test_twenty_bots_and_no_more(world: World, maya: Account, say: Say) -> None:
    for number in range(20):
        world.add_bot(owner_id=maya.id, name="Bot", username=f"bot_{number}_bot")
    say("/newbot")
    say("One more")
    assert "at most 20" in text_of(say("one_more_bot"))
