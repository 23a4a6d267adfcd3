"""Albums whose parts come apart: they are handled once, and whole."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support.misbehaving_features import Echo
from tests.support.raw_updates import message_of, runtime_of, take, update_of
from tests.support.runner_env import FAST, RunnerEnv, open_hooked_yard, open_yard, until
from tests.support.sandbox_client import NewBot

FIRST = 5_000_000
SLOW = 1.5
"""Seconds that a commit takes; longer than an album's parts are apart."""


async def parts_around_a_slow_commit(yard: RunnerEnv, bot: NewBot) -> None:
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
        by_name = {text: times for (_, text), times in echo.calls.items()}
        return bool(echo.albums) or by_name.get("hush", 0) >= 2

    await until(both)


async def test_a_slow_commit_does_not_split_an_album(yard: RunnerEnv, echo: Echo) -> None:
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


async def test_a_poll_that_takes_long_does_not_split_an_album(yard: RunnerEnv, echo: Echo) -> None:
    """K3: between the parts getUpdates failed for longer than an album settles."""
    _, bot = await yard.online(await yard.api.person("Olga"))
    control = yard.api.bot_control(bot.id)
    await yard.api.fault(kind="http_status", status=502, method="getUpdates", bot=bot.id, times=2)
    await control.queue_update({"message": part(1)})
    await asyncio.sleep(0.1)
    await control.queue_update({"message": part(2)})
    await handled(echo)
    assert echo.albums == [2]


async def test_one_part_alone_waits_no_longer_than_it_has_to(yard: RunnerEnv, echo: Echo) -> None:
    """An idle bot's held poll shows that nothing follows."""
    tenant, bot = await yard.online(await yard.api.person("Olga"))
    began = asyncio.get_running_loop().time()
    await yard.api.bot_control(bot.id).queue_update({"message": part(1)})

    async def called() -> bool:
        return echo.calls[tenant.id, "hush"] == 1

    await until(called)
    assert echo.albums == []
    assert asyncio.get_running_loop().time() - began < 3.0


async def test_an_album_of_somebody_who_writes_too_fast_is_not_split(
    tmp_path: Path, echo: Echo
) -> None:
    """K3: its second part was held back until the first one had been handled."""
    settings = replace(FAST, deferred_rate=200.0)
    async with open_yard(tmp_path, settings=settings, features=[echo.feature()]) as yard:
        tenant, _ = await yard.online(await yard.api.person("Olga"))
        flood = [
            update_of(FIRST + n, message=message_of(77, f"hush {n}", message_id=n))
            for n in range(30)
        ]
        await take(yard, tenant.id, *flood)
        await take(yard, tenant.id, update_of(FIRST + 30, message=part(30)))
        worker = runtime_of(yard, tenant.id).worker

        async def first_part_waits() -> bool:
            return worker.album_awaited(77) == "album"

        await until(first_part_waits)
        await take(yard, tenant.id, update_of(FIRST + 31, message=part(31)))
        await handled(echo)
        assert echo.albums == [2]
