"""Telegram refuses what a handler asks for: the update is done, and what was done before stands."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from sandbox.world.refusals import REFUSALS
from tenants.domain.model import Observed, TenantId, UserId
from tenants.store.audience import Visitor
from tenants.store.inbox import InboxState
from tenants.store.tables import updates_inbox as u
from tests.integration.runner.test_supervising import echoed
from tests.support.misbehaving_features import Echo
from tests.support.runner_env import FAST, RunnerEnv, open_yard, until

FINAL = sorted(name for name, refusal in REFUSALS.items() if refusal.code in {400, 403})


@pytest.fixture
async def strict(tmp_path: Path, echo: Echo) -> AsyncIterator[RunnerEnv]:
    """A runner that quarantines a bot for one failure."""
    settings = replace(FAST, failures_in_a_row=1, attempts=2)
    async with open_yard(tmp_path, settings=settings, features=[echo.feature()]) as yard:
        yield yard


async def states(yard: RunnerEnv, tenant_id: TenantId) -> dict[InboxState, int]:
    query = select(u.c.state, func.count()).where(u.c.tenant_id == tenant_id).group_by(u.c.state)
    async with yard.services.db.read() as uow:
        rows = await uow.connection.execute(query)
    return {InboxState(state): count for state, count in rows}


async def visitor(yard: RunnerEnv, tenant_id: TenantId, user_id: int) -> Visitor | None:
    async with yard.services.db.read() as uow:
        return await uow.audience.get(tenant_id, UserId(user_id))


async def test_no_refusal_loses_effects_or_counts_as_a_failure(
    strict: RunnerEnv, echo: Echo, caplog: pytest.LogCaptureFixture
) -> None:
    """K1: each of Telegram's refusals, once, at the only call of a handler."""
    caplog.set_level(logging.INFO, "tenants.runner.handling.refused_updates")
    owner, anna = await strict.api.person("Olga"), await strict.api.person("Anna")
    tenant, bot = await strict.online(owner)
    for name in FINAL:
        await strict.api.fault(kind="refusal", refusal=name, method="sendMessage", times=1)
        await anna.send(bot.id, name)

        async def called(name: str = name) -> bool:
            return echo.calls[tenant.id, name] > 0

        await until(called)

    async def counted() -> bool:
        anna_there = await visitor(strict, tenant.id, anna.id)
        return anna_there is not None and anna_there.messages == len(FINAL)

    await until(counted)
    await until(lambda: _all_done(strict, tenant.id))
    assert all(echo.calls[tenant.id, name] == 1 for name in FINAL)
    assert (await strict.tenant(tenant.id)).observed is Observed.ONLINE
    lines = [r for r in caplog.records if "refused by Telegram" in r.getMessage()]
    assert len(lines) == len(FINAL)
    assert not [r for r in caplog.records if "handler failed" in r.getMessage()]


async def _all_done(yard: RunnerEnv, tenant_id: TenantId) -> bool:
    return set(await states(yard, tenant_id)) == {InboxState.DONE}


async def test_who_blocks_the_bot_is_marked_and_stops_nothing(
    strict: RunnerEnv, echo: Echo
) -> None:
    """K1: 22 people who blocked the bot before its greeting quarantined it."""
    owner = await strict.api.person("Olga")
    tenant, bot = await strict.online(owner)
    people = [await strict.api.person(f"P{number}") for number in range(22)]
    await strict.api.fault(kind="refusal", refusal="blocked", method="sendMessage")
    for person in people:
        await person.send(bot.id, "hello")

    async def marked() -> bool:
        found = [await visitor(strict, tenant.id, person.id) for person in people]
        return all(one is not None and one.blocked for one in found)

    await until(marked)
    assert (await strict.tenant(tenant.id)).observed is Observed.ONLINE
    await strict.api.clear_faults()
    await people[0].send(bot.id, "again")
    await echoed(people[0], bot.id, "again")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "error_code": 500, "description": "Internal Server Error"},
        {"kind": "retry_after", "seconds": 1},
        {"kind": "reset"},
        {"kind": "garbage"},
    ],
)
async def test_an_outage_is_waited_out(
    strict: RunnerEnv, echo: Echo, fault: dict[str, object]
) -> None:
    owner, anna = await strict.api.person("Olga"), await strict.api.person("Anna")
    tenant, bot = await strict.online(owner)
    await strict.api.fault(**fault, method="sendMessage", times=5)
    await anna.send(bot.id, "hello")
    await echoed(anna, bot.id, "hello")
    await until(lambda: _all_done(strict, tenant.id))
    assert (await strict.tenant(tenant.id)).observed is Observed.ONLINE


@pytest.mark.parametrize("kind", ["lone_surrogate", "bad_utf8", "unknown_type", "unknown_fields"])
async def test_an_answer_of_another_version_is_no_reason_to_send_again(
    strict: RunnerEnv, echo: Echo, kind: str
) -> None:
    """K1, R11: what Telegram answered with ok was sent."""
    owner, anna = await strict.api.person("Olga"), await strict.api.person("Anna")
    tenant, bot = await strict.online(owner)
    await strict.api.fault(kind=kind, method="sendMessage")
    await anna.send(bot.id, "hello")
    await echoed(anna, bot.id, "hello")
    await until(lambda: _all_done(strict, tenant.id))
    assert echo.calls[tenant.id, "hello"] == 1
