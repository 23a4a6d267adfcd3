"""Albums whose parts come apart: they are handled once, and whole."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.support.people import NewBot
from tests.support.raw_updates import message_of
from tests.support.yard import Yard, open_hooked_yard, until
from tests.support.yard_features import Echo

SLOW = 1.5
"""Seconds that a commit takes; longer than an album's parts are apart."""


async def parts_around_a_slow_commit(yard: Yard, bot: NewBot) -> None:
    """The second part of an album is there before the first one's commit ends."""
    control = yard.api.bot_control(bot.id)
    async with yard.services.db.write():
        await control.queue_update({"message": part(1)})
        await asyncio.sleep(SLOW / 2)
        await control.queue_update({"message": part(2)})
        await asyncio.sleep(SLOW / 2)


def part(number: int) -> dict[str, Any]:
    return dict(message_of(77, "hush", message_id=number, media_group_id="album"))


async def handled(echo: Echo) -> None:
    async def both() -> bool:
        return sum(echo.albums) + (echo.calls.total() - len(echo.albums)) >= 2 or bool(echo.albums)

    await until(both)


async def test_a_slow_commit_does_not_split_an_album(yard: Yard, echo: Echo) -> None:
    """K3: the next poll came later than an album was waited for."""
    _, bot = await yard.online(await yard.api.person("Olga"))
    await parts_around_a_slow_commit(yard, bot)
    await handled(echo)
    assert echo.albums == [2]


async def test_a_slow_commit_does_not_split_an_album_that_comes_by_webhook(
    tmp_path: Path, echo: Echo
) -> None:
    """K3: Telegram sends a chat's next update after it has the last one's answer."""
    async with open_hooked_yard(tmp_path, features=[echo.feature()]) as yard:
        _, bot = await yard.online(await yard.api.person("Olga"))
        await parts_around_a_slow_commit(yard, bot)
        await handled(echo)
        assert echo.albums == [2]


async def test_a_poll_that_takes_long_does_not_split_an_album(yard: Yard, echo: Echo) -> None:
    """K3: between the parts getUpdates failed for longer than an album settles."""
    _, bot = await yard.online(await yard.api.person("Olga"))
    control = yard.api.bot_control(bot.id)
    await yard.api.fault(kind="http_status", status=502, method="getUpdates", bot=bot.id, times=2)
    await control.queue_update({"message": part(1)})
    await asyncio.sleep(0.1)
    await control.queue_update({"message": part(2)})
    await handled(echo)
    assert echo.albums == [2]


async def test_one_part_alone_waits_no_longer_than_it_has_to(yard: Yard, echo: Echo) -> None:
    """An idle bot's held poll shows that nothing follows."""
    tenant, bot = await yard.online(await yard.api.person("Olga"))
    began = asyncio.get_running_loop().time()
    await yard.api.bot_control(bot.id).queue_update({"message": part(1)})

    async def called() -> bool:
        return echo.calls[tenant.id, "hush"] == 1

    await until(called)
    assert echo.albums == []
    assert asyncio.get_running_loop().time() - began < 3.0
