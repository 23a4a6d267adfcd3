"""Fifty people come at once, each with a token and a login; then each one's audience writes."""

from __future__ import annotations

import asyncio

import pytest

from controlbot.app import App
from tests.flows.story_actors import Cast, tap_code
from tests.flows.story_steps import agree, ask_for_a_code, bring_a_bot, come_alive, meet
from tests.support.platform_env import Stage
from tests.support.progress import step
from tests.support.sandbox_client import Person
from tests.support.translated_texts import Words

PEOPLE = 50


async def arrive(stage: Stage, number: int, say: Words) -> Cast:
    """One newcomer and one of their audience; each number is somebody else entirely."""
    mark = f"{number:02}"
    newcomer = await stage.api.person(
        f"Ada-{mark}", phone=f"+155501{mark}00", username=f"ada_{mark}_x", language_code="en"
    )
    stranger = await stage.api.person(f"Nadia-{mark}", language_code="en")
    return Cast(stage=stage, newcomer=newcomer, stranger=stranger, say=say, mark=mark)


async def come_in(cast: Cast) -> None:
    """The whole way from /start to a bot online, with an account without a password."""
    for act in (meet, agree, bring_a_bot, ask_for_a_code):
        await act(cast)
    code = await cast.newcomer.login_code()
    assert code is not None
    await tap_code(cast.newcomer, cast.desk, code)
    await cast.reads("✅ <b>{person} is connected.</b>")
    await come_alive(cast)


async def talk(cast: Cast) -> None:
    await cast.stranger.send(cast.shop, "/start")
    await cast.stranger.send(cast.shop, f"question-{cast.mark}")
    arrived = await cast.newcomer.see(cast.shop, f"question-{cast.mark}")
    cast.seen["question"] = arrived.id
    await cast.newcomer.send(cast.shop, f"answer-{cast.mark}", reply_to=arrived.id)
    await cast.stranger.see(cast.shop, f"answer-{cast.mark}")


async def everything(person: Person) -> str:
    """All that is on a person's phone, in any chat."""
    chats = await person.chats()
    seen = [message for chat in chats for message in await person.messages(chat["id"])]
    return "\n".join(str(message.raw) for message in seen)


def traces(cast: Cast) -> set[str]:
    """What must be on nobody else's phone."""
    assert cast.bot is not None
    mark = cast.mark
    return {
        f"Ada-{mark}",
        f"Nadia-{mark}",
        f"question-{mark}",
        f"answer-{mark}",
        cast.bot.token,
        cast.bot.username,
        str(cast.newcomer.id),
    }


@pytest.mark.story
async def test_fifty_at_once(platform: App, stage: Stage) -> None:
    """Fifty people onboard at once; every bot answers, nobody sees another's anything."""
    say = Words("en", "controlbot")
    casts = await asyncio.gather(*(arrive(stage, number, say) for number in range(PEOPLE)))
    step(f"{PEOPLE} people bring a bot and connect an account, all at once")
    await asyncio.gather(*map(come_in, casts))
    step("somebody of each one's audience writes and is answered")
    await asyncio.gather(*map(talk, casts))
    step("nobody's phone shows anything of anybody else")
    for cast in casts:
        seen = await everything(cast.newcomer) + await everything(cast.stranger)
        for other in casts:
            if other is not cast:
                assert not [trace for trace in traces(other) if trace in seen]
