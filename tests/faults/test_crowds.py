"""Many at once: one bot flooded beside others, and a hundred that want to log in together."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from sandbox.fault_injection import Fault
from tenants.domain.model import Observed, TenantId
from tests.faults.many_bots_env import NO_GAP, ManyBotsEnv
from tests.support.progress import step
from tests.support.runner_env import FAST, RunnerEnv, open_yard, until

BURST = 1_500
WRITERS = 50
BOTS = 100
A_MINUTE = 20
LATER = 2
"""Seconds after which the server says to come again."""


@pytest.mark.case(34)
async def test_one_is_flooded(street: ManyBotsEnv) -> None:
    """One bot gets 1,500 updates at once; the others answer as if nothing were"""
    yard, bot = street.yard, street.bots[7]
    others = [one for one in street.bots if one.id != bot.id]
    people = [await yard.api.person(f"W{number}") for number in range(WRITERS)]
    for number in range(BURST):
        street.write(bot, f"flood {number}", people[number % WRITERS].id)
    waits: list[float] = []
    for number in range(5):
        for one in others:
            street.write(one, f"m{number}")
        await asyncio.sleep(0.2)
    waits.append(await street.all_answered(others))
    worked = sum(key[0] == bot.id for key in street.answered)
    step(f"the others' longest wait {waits[0] * 1000:.0f} ms; the flooded one answered {worked}")
    assert waits[0] < NO_GAP
    assert worked < BURST, "what comes too fast waits its turn, at Telegram or in the inbox"


class Turnstile:
    """A server that lets so many bots in a minute: their first polls get 429."""

    def __init__(self, yard: RunnerEnv) -> None:
        self.admitted: list[float] = []
        self.known: set[int] = set()
        self.refused = 0
        self._take = yard.box.faults.take
        yard.box.faults.take = self.take  # type: ignore[method-assign]

    def take(self, protocol: str, method: str, **whom: object) -> Fault | None:
        bot_id = whom.get("bot_id")
        if method.lower() != "getupdates" or not isinstance(bot_id, int) or bot_id in self.known:
            return None
        now = time.monotonic()
        if sum(at > now - 60 for at in self.admitted) < A_MINUTE:
            self.admitted.append(now)
            self.known.add(bot_id)
            return None
        self.refused += 1
        return Fault(kind="retry_after", seconds=LATER)


@pytest.mark.case(47)
async def test_a_server_that_lets_few_in(tmp_path: Path) -> None:
    """100 bots, and a server that lets 20 a minute log in: they queue, and ask no more often"""
    async with open_yard(tmp_path, settings=FAST, start=False) as yard:
        tenants = [
            (await yard.bring(await yard.api.person(f"P{number}")))[0].id for number in range(BOTS)
        ]
        door = Turnstile(yard)
        await yard.runner.start()
        await until(lambda: online(yard, tenants, A_MINUTE))
        first = door.refused
        await asyncio.sleep(3 * LATER)
        step(f"{len(door.admitted)} let in, {first} refused at first, {door.refused} after a while")
        assert first <= BOTS - A_MINUTE
        # At 20 a minute, some two try again in the time; not eighty, and not every second.
        assert door.refused - first <= 3 * LATER * A_MINUTE / 60 + A_MINUTE
        assert len(door.admitted) == A_MINUTE


async def online(yard: RunnerEnv, tenants: list[TenantId], at_least: int) -> bool:
    async with yard.services.db.read() as uow:
        found = await uow.tenants.many(tenants)
    return sum(tenant.observed is Observed.ONLINE for tenant in found) >= at_least
