"""All bots start anew in turn, and lose nothing by it."""

from __future__ import annotations

from pathlib import Path

from tenants.runner.supervision.rolling_restart import AT_ONCE
from tests.support.runner_env import open_yard


async def test_all_bots_restart_a_few_at_a_time(tmp_path: Path) -> None:
    async with open_yard(tmp_path) as yard:
        people = [await yard.api.person(f"P{n}") for n in range(AT_ONCE + 2)]
        tenants = [(await yard.online(person))[0] for person in people]
        told: list[tuple[int, int]] = []

        async def progress(done: int, of: int) -> None:
            told.append((done, of))

        assert await yard.runner.restarting.everybody(await yard.staff(), progress) == len(tenants)
        total = len(tenants)
        assert told == [(0, total), (AT_ONCE, total), (total, total)]
        for tenant in tenants:
            assert (await yard.tenant(tenant.id)).generation == tenant.generation + 1
        for person, tenant in zip(people, tenants, strict=True):
            bot = yard.bots[tenant.id]
            await person.send(bot.id, "/privacy")
            await person.see(bot.id, "Your data in")
        assert not yard.runner.restarting.under_way
