"""Tokens that must not come in, as people (and worse) would bring them."""

from __future__ import annotations

import asyncio

import pytest

from controlbot.app import App
from tests.flows.story_actors import Cast, gather_cast
from tests.support.platform_env import Stage
from tests.support.sandbox_client import Message, Person

REFUSED = "That is not a bot token"
A_TOKEN = "123456789:" + "A" * 35


@pytest.fixture
async def cast(platform: App, stage: Stage) -> Cast:
    """A newcomer who has agreed and is asked for a token."""
    cast = await gather_cast(stage)
    await to_the_token(cast.newcomer, cast.desk)
    return cast


async def to_the_token(person: Person, desk: str) -> None:
    """From nothing to the window that asks for the token."""
    await person.send(desk, "/start")
    await person.press(desk, "English")
    await person.press(desk, "✅ I agree, let's start")
    await person.press(desk, "🔑 I have a token")
    await person.see(desk, "Send me your bot's token")


async def answered(person: Person, desk: str, text: str, *words: str) -> Message:
    """Send ``text``, which is deleted, and wait for an answer with ``words``."""
    sent = await person.send(desk, text)
    answer = await person.see(desk, *words)
    await person.gone(desk, sent)
    return answer


@pytest.mark.case(9)
@pytest.mark.parametrize(
    "text",
    [
        "²:x",
        "²23456789:" + "A" * 35,
        A_TOKEN + "/test",
        "123456789:../../bot999999:" + "Z" * 35,
        A_TOKEN[:-3] + "#x",
        A_TOKEN[:20] + "\u200b" + A_TOKEN[20:],
        "0" + A_TOKEN,
        "hello",
    ],
)
async def test_malformed_tokens_are_refused_without_a_call(cast: Cast, text: str) -> None:
    before = len(await cast.api.log(method="getMe"))
    await answered(cast.newcomer, cast.desk, text, REFUSED)
    assert len(await cast.api.log(method="getMe")) == before


async def test_an_unknown_token_is_refused(cast: Cast) -> None:
    await answered(cast.newcomer, cast.desk, A_TOKEN, "Telegram does not accept this token")


@pytest.mark.case(10)
async def test_the_control_bots_own_token_is_refused(cast: Cast) -> None:
    token = cast.stage.control.token
    await answered(cast.newcomer, cast.desk, token, "That is the token of this very bot")


@pytest.mark.case(11)
async def test_somebody_elses_bot_is_refused_and_its_owner_told(cast: Cast) -> None:
    bot = await cast.api.bot(cast.newcomer, "Ada's Bakery", "adas_bakery_bot")
    await answered(cast.newcomer, cast.desk, bot.token, "is yours to run here")
    thief = await cast.api.person("Eve", username="eve_lurks", language_code="en")
    await to_the_token(thief, cast.desk)
    answer = await answered(thief, cast.desk, bot.token, "already connected here")
    for secret in ("Ada", "ada_baker", str(cast.newcomer.id)):
        assert secret not in answer.text
    told = await cast.newcomer.see(cast.desk, "@adas_bakery_bot", "somebody")
    assert "Eve" not in told.text


@pytest.mark.case(12)
async def test_one_token_from_two_people_at_once_makes_one_bot(cast: Cast) -> None:
    bot = await cast.api.bot(cast.newcomer, "Ada's Bakery", "adas_bakery_bot")
    rival = await cast.api.person("Eve", username="eve_lurks", language_code="en")
    await to_the_token(rival, cast.desk)
    await asyncio.gather(*(one.send(cast.desk, bot.token) for one in (cast.newcomer, rival)))

    async def outcome(person: Person) -> bool:
        message = await person.wait_for(
            cast.desk,
            lambda message: (
                "is yours to run" in message.text or "already connected" in message.text
            ),
            "an outcome",
        )
        return "is yours to run" in message.text

    outcomes = [await outcome(cast.newcomer), await outcome(rival)]
    assert sorted(outcomes) == [False, True]


@pytest.mark.case(15)
async def test_a_token_in_an_edited_message_is_deleted_and_not_taken(cast: Cast) -> None:
    bot = await cast.api.bot(cast.newcomer, "Ada's Bakery", "adas_bakery_bot")
    await cast.newcomer.send(cast.desk, "/help")
    await cast.newcomer.see(cast.desk, "Help")
    harmless = await cast.newcomer.send(cast.desk, "wait a second")
    calls = len(await cast.api.log(bot=bot.id))
    await cast.newcomer.edit(cast.desk, harmless.id, bot.token)
    await cast.newcomer.gone(cast.desk, harmless)
    assert len(await cast.api.log(bot=bot.id)) == calls


@pytest.mark.case(16)
async def test_when_deletion_fails_the_person_is_told_to_do_it(cast: Cast) -> None:
    bot = await cast.api.bot(cast.newcomer, "Ada's Bakery", "adas_bakery_bot")
    for method in ("deleteMessage", "deleteMessages"):
        await cast.api.fault(
            protocol="bot",
            kind="error",
            method=method,
            bot=cast.stage.control.id,
            error_code=400,
            description="Bad Request: message can't be deleted",
        )
    await cast.newcomer.send(cast.desk, bot.token)
    await cast.newcomer.see(cast.desk, "delete", "/revoke")
