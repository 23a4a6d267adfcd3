"""What somebody who looks through a tenant's eyes cannot do, tried in the chat."""

from __future__ import annotations

import pytest

from controlbot.app import App
from tests.flows.story_actors import Cast, gather_cast
from tests.flows.story_steps import agree, bring_a_bot, look_in, meet, open_tenant
from tests.support.platform_env import Stage
from tests.support.sandbox_client import NewBot, Person


@pytest.fixture
async def cast(platform: App, stage: Stage) -> Cast:
    """A newcomer whose bot runs, and the platform's owner."""
    cast = await gather_cast(stage)
    for act in (meet, agree, bring_a_bot):
        await act(cast)
    return cast


async def bring(person: Person, desk: str, bot: NewBot) -> None:
    """From nothing to a bot that runs."""
    await person.send(desk, "/start")
    await person.press(desk, "English")
    await person.press(desk, "✅ I agree, let's start")
    await person.send(desk, bot.token)
    await person.see(desk, f"@{bot.username} is yours to run here")


@pytest.mark.case(28)
async def test_without_a_reason_nobody_looks(cast: Cast) -> None:
    owner = cast.owner
    await open_tenant(cast)
    await owner.press(cast.desk, "👁 View as its owner")
    await owner.see(cast.desk, "Why? Send the reason as a message.")
    await owner.send_location(cast.desk, latitude=35.7, longitude=51.4)
    window = await owner.see(cast.desk, "Why? Send the reason as a message.")
    assert window.button("Yes, for 30 minutes") is None


@pytest.mark.case(29)
async def test_no_token_is_taken_or_shown_while_looking(cast: Cast) -> None:
    owner, spare = cast.owner, await cast.api.bot(cast.owner, "Spare", "spare_parts_bot")
    assert cast.bot is not None
    await look_in(cast)
    sent = await owner.send(cast.desk, spare.token)
    await owner.see(cast.desk, "You can't do that here")
    await owner.gone(cast.desk, sent)
    assert not await cast.api.log(bot=spare.id, method="getUpdates")
    shown = str([message.raw for message in await owner.messages(cast.desk)])
    assert cast.bot.token not in shown
    assert str(cast.newcomer.phone) not in shown


@pytest.mark.case(30)
async def test_nobody_looks_through_two_pairs_of_eyes(cast: Cast) -> None:
    other = await cast.api.person("Bea", username="bea_bakes", language_code="en")
    await bring(other, cast.desk, await cast.api.bot(other, "Bea's", "beas_bread_bot"))
    owner = cast.owner
    await look_in(cast)
    await owner.send(cast.desk, "/admin")
    before = await other.messages(cast.desk)
    desk = await owner.messages(cast.desk)
    assert not any(message.button("beas_bread_bot") for message in desk)
    assert await other.messages(cast.desk) == before
