"""Backlogs and floods at full size: who was away loses nothing, who floods costs nobody else."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tenants.domain.model import TenantId
from tests.integration.runner.test_backlogs import (
    WAYS,
    all_arrive,
    away,
    back,
    in_mode,
    unpaced,
    write,
)
from tests.support.misbehaving_features import Echo
from tests.support.raw_updates import message_of, runtime_of
from tests.support.runner_env import FAST, RunnerEnv, open_yard, until
from tests.support.sandbox_client import Person

AMOUNTS = (1, 7, 500)
FLOOD = 10_000
ORDINARY = 50
NOISE = 0.5
"""Seconds: what the sandbox itself, in this process, adds under 10,000 requests to it. Behind a
flood that is not deferred, people wait for many seconds."""


@pytest.mark.parametrize(("mode", "way"), list(zip(("polling", "webhooks"), WAYS, strict=True)))
async def test_of_five_hundred_messages_none_is_lost(tmp_path: Path, mode: str, way: str) -> None:
    async with in_mode(tmp_path, mode) as yard:
        unpaced(yard)
        owner = await yard.api.person("Olga")
        tenant, bot = await yard.online(owner)
        await owner.send(bot.id, "/start")
        await away(yard, owner, tenant.id, way)
        expected = await write(yard, bot.id, AMOUNTS)
        await back(yard, owner, tenant.id, way)
        unpaced(yard)
        await all_arrive(yard, bot.id, owner.id, expected)


async def test_a_hostile_flood_costs_ordinary_people_nothing(tmp_path: Path) -> None:
    """K8: 10,000 updates of one visitor beside 50 ordinary ones."""
    echo, settings = Echo(), replace(FAST, poll_timeout=5)
    async with open_yard(tmp_path, settings=settings, features=[echo.feature()]) as yard:
        tenant, bot = await yard.online(await yard.api.person("Olga"))
        people = [await yard.api.person(f"P{number}") for number in range(ORDINARY)]
        before = await slowest(yard, bot.id, people, "before")
        async with asyncio.TaskGroup() as group:
            group.create_task(pour(yard, bot.id))
            during = await slowest(yard, bot.id, people, "during")
        after = await slowest(yard, bot.id, people, "after")
        assert max(during, after) <= 2 * before + NOISE
        await until(lambda: _quiet(yard, tenant.id, bot.token), patience=60.0)
        assert all(echo.calls[tenant.id, f"{name} {n}"] == 1
                   for name in ("before", "during", "after") for n in range(ORDINARY))  # fmt: skip


async def pour(yard: RunnerEnv, bot_id: int) -> None:
    for number in range(FLOOD):
        body = {"update": {"message": message_of(77, f"hush {number}", message_id=number + 1)}}
        await yard.api.call("POST", f"bots/{bot_id}/updates", body)


async def slowest(yard: RunnerEnv, bot_id: int, people: list[Person], name: str) -> float:
    """Seconds from a message to its echo's call: the slowest of one message of each."""
    sent: dict[str, float] = {}
    for number, person in enumerate(people):
        await person.send(bot_id, f"{name} {number}")
        sent[f"echo {name} {number}"] = time.time()
        await asyncio.sleep(0.1)  # Within the bot's own rate of 30 a second.

    async def answered() -> dict[str, float] | None:
        calls = await yard.api.log(bot=bot_id, method="sendMessage")
        found = {call["params"].get("text"): call["time"] for call in calls}
        return found if set(sent) <= set(found) else None

    found = await until(answered, patience=60.0)
    return max(found[text] - at for text, at in sent.items())


async def _quiet(yard: RunnerEnv, tenant_id: TenantId, token: str) -> bool:
    await yard.api.settle(token)
    return runtime_of(yard, tenant_id).deferred.any
