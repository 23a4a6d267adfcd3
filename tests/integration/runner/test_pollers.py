"""A poller that fails in a way nobody foresaw goes on, and one that has ended shows."""

from __future__ import annotations

import asyncio

import pytest

from tenants.domain.model import Observed
from tests.integration.runner.test_supervising import echoed
from tests.support.runner_env import RunnerEnv


async def test_an_unforeseen_error_costs_a_pause_not_the_bot(
    yard: RunnerEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R11"""
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    updates = yard.runner._parts.updates
    get = updates.get
    failures = 0

    async def fails(*args: object, **more: object) -> object:
        nonlocal failures
        failures += 1
        if failures <= 2:
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "as asked")
        return await get(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(updates, "get", fails)
    await anna.send(bot.id, "wake the poll that is held")
    await anna.send(bot.id, "hello")
    await echoed(anna, bot.id, "hello")
    await yard.seen(tenant.id, Observed.ONLINE)
    assert failures > 2


async def test_a_poller_that_has_ended_shows(yard: RunnerEnv) -> None:
    owner = await yard.api.person("Olga")
    tenant, _ = await yard.online(owner)
    entry = yard.runner._parts.supervisor.entry(tenant.id)
    assert entry is not None
    assert entry.polling is not None
    assert yard.runner.problems() == []
    entry.polling.cancel()
    await asyncio.wait([entry.polling])
    assert yard.runner.problems() == ["bots that are not polled: 1"]
