"""Nothing is lost, nothing is done twice, and a failure stays where it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tenants.domain.model import Observed, UserId
from tests.integration.runner.test_supervising import echoed
from tests.support.misbehaving_features import Echo
from tests.support.runner_env import FAST, RunnerEnv, open_yard, until


@pytest.fixture
async def strict(tmp_path: Path, echo: Echo) -> AsyncIterator[RunnerEnv]:
    """A runner that loses its patience soon."""
    settings = replace(
        FAST, failures_in_a_row=2, loop_blocked_after=0.3, blocks_before_quarantine=2
    )
    async with open_yard(tmp_path, settings=settings, features=[echo.feature()]) as yard:
        yield yard


async def test_a_failing_update_is_tried_again(yard: RunnerEnv, echo: Echo) -> None:
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    await anna.send(bot.id, "fail twice")
    await echoed(anna, bot.id, "fail twice")
    assert echo.calls[tenant.id, "fail twice"] == 3


@pytest.mark.case(46)
async def test_a_poison_update_is_put_aside_its_chat_goes_on_and_it_can_be_replayed(
    yard: RunnerEnv, echo: Echo
) -> None:
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    await anna.send(bot.id, "fail")
    await anna.send(bot.id, "after")
    await echoed(anna, bot.id, "after")
    staff = await yard.staff()
    (row,) = await yard.services.quarantine.of(staff, tenant.id)
    assert row.kind == "message"
    assert "ValueError" in row.error
    assert "as asked" not in row.error
    echo.healed = True
    assert await yard.services.quarantine.release(staff, tenant.id) == 1
    await echoed(anna, bot.id, "fail")


async def test_effects_and_done_mark_come_together(yard: RunnerEnv, echo: Echo) -> None:
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    await anna.send(bot.id, "fail twice")
    await echoed(anna, bot.id, "fail twice")

    async def counted() -> int:
        async with yard.services.db.read() as uow:
            visitor = await uow.audience.get(tenant.id, UserId(anna.id))
            return visitor.messages if visitor else 0

    assert await until(counted) == 1
    async with yard.services.db.read() as uow:
        assert await uow.inbox.pending(tenant.id, 10) == []


async def test_chats_run_side_by_side_and_one_chat_in_order(yard: RunnerEnv, echo: Echo) -> None:
    owner = await yard.api.person("Olga")
    _, bot = await yard.online(owner)
    people = [await yard.api.person(f"P{number}") for number in range(5)]
    for person in people:
        await person.send(bot.id, "slow")
        await person.send(bot.id, "then")
    for person in people:
        await echoed(person, bot.id, "then")
        texts = [m.text for m in await person.messages(bot.id) if not m.outgoing]
        assert texts == ["echo slow", "echo then"]
    assert 1 < echo.most_running <= 8


async def test_a_bot_whose_handlers_keep_failing_is_set_aside(
    strict: RunnerEnv, echo: Echo
) -> None:
    owner, anna = await strict.api.person("Olga"), await strict.api.person("Anna")
    tenant, bot = await strict.online(owner)
    for person in (anna, await strict.api.person("Boris")):
        await person.send(bot.id, "fail")
    seen = await strict.seen(tenant.id, Observed.QUARANTINED)
    assert seen.observed_detail == "handlers_fail"
    echo.healed = True
    await strict.services.lifecycle.restart(await strict.staff(), tenant.id)
    await strict.seen(tenant.id, Observed.ONLINE)
    await anna.send(bot.id, "fail")
    await echoed(anna, bot.id, "fail")


async def test_one_person_never_stops_a_bot(strict: RunnerEnv, echo: Echo) -> None:
    """K1: whatever one visitor sends counts against the bot once."""
    owner, anna = await strict.api.person("Olga"), await strict.api.person("Anna")
    tenant, bot = await strict.online(owner)
    for _ in range(5):
        await anna.send(bot.id, "fail")
    await anna.send(bot.id, "after")
    await echoed(anna, bot.id, "after")
    assert len(await strict.services.quarantine.of(await strict.staff(), tenant.id)) == 5
    assert (await strict.tenant(tenant.id)).observed is Observed.ONLINE


@pytest.mark.case(35)
async def test_a_bot_whose_handlers_block_the_loop_is_quarantined(
    strict: RunnerEnv, echo: Echo
) -> None:
    echo.block_for = 0.6
    owner, anna = await strict.api.person("Olga"), await strict.api.person("Anna")
    tenant, bot = await strict.online(owner)
    for person in (anna, await strict.api.person("Boris")):
        await person.send(bot.id, "block")
    seen = await strict.seen(tenant.id, Observed.QUARANTINED)
    assert seen.observed_detail == "blocks_the_loop"


@pytest.mark.case(35)
async def test_one_person_who_blocks_the_loop_never_stops_a_bot(
    strict: RunnerEnv, echo: Echo
) -> None:
    """K1: a blocked loop counts against the bot once per person, like a dead letter."""
    echo.block_for = 0.6
    owner, anna = await strict.api.person("Olga"), await strict.api.person("Anna")
    tenant, bot = await strict.online(owner)
    for _ in range(3):
        await anna.send(bot.id, "block")
    await anna.send(bot.id, "after")
    await echoed(anna, bot.id, "after")
    failures = strict.runner._parts.watchdog._blocked.__self__  # type: ignore[attr-defined]
    assert list(failures._blocks[tenant.id]) == [anna.id]
    assert (await strict.tenant(tenant.id)).observed is Observed.ONLINE
