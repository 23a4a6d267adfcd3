"""One owner at a time, whatever happens to processes: they are stopped, frozen, cut off."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3

import pytest

from tests.faults import effect_log
from tests.faults.crash_env import CrashEnv
from tests.support.progress import step
from tests.support.runner_env import until

TTL = 2.0
SOON_LOST = {"lease_ttl": TTL, "lease_margin": 0.5}
"""Settings under which a silent owner would lose a lease that has to be renewed."""


@pytest.mark.case(50)
async def test_sigterm_under_load(field: CrashEnv) -> None:
    """SIGTERM under load: it ends in good order, the lease is let go, nothing is lost"""
    victim = field.platform()
    await field.entered(field.write())
    for _ in range(100):
        field.write()
    await asyncio.sleep(0.3)
    victim.send(signal.SIGTERM)
    assert await victim.end() == 0, field.forge.words()
    assert expires_at(field) == 0
    result = await field.settle_ours()
    assert (result.lost, result.doubled) == (0, 0)


@pytest.mark.parametrize("hooks", [False, True], ids=["poll", "webhook"])
async def test_what_comes_while_it_is_away(field: CrashEnv, hooks: bool) -> None:
    """Away for a while: Telegram kept everything, and everything is handled once"""
    victim = field.platform(hooks=hooks)
    await field.entered(field.write())
    victim.kill()
    for _ in range(50):
        field.write()
    result = await field.settle_ours(hooks=hooks)
    assert (result.lost, result.doubled) == (0, 0)


async def test_frozen_owner_is_still_the_owner(field: CrashEnv) -> None:
    """SIGSTOP: no other process of the machine takes over; SIGCONT: it goes on, nothing is lost"""
    frozen = field.platform(runner=SOON_LOST)
    await field.entered(field.write())
    step("frozen in the middle of a handler")
    await field.yard.api.fault(protocol="bot", kind="delay", seconds=0.5, method="sendChatAction")
    n = field.write()
    await until(lambda: held(field, n))
    frozen.send(signal.SIGSTOP)
    await asyncio.sleep(TTL + 0.5)
    step("another asks for the data")
    other = field.platform(runner=SOON_LOST)
    assert await other.end() == 1
    assert "already_running" in field.forge.words()
    step("thawed")
    frozen.send(signal.SIGCONT)
    await field.entered(n)
    await field.entered(field.write())
    frozen.kill()
    result = effect_log.tally(field.our_file, field.sent)
    assert (result.lost, result.doubled) == (0, 0)


@pytest.mark.case(59)
async def test_two_start_together(field: CrashEnv) -> None:
    """Two start together: one serves, the other says so and ends"""
    two = [field.platform(), field.platform()]
    await field.entered(field.write())
    ended: list[int | None] = [None, None]

    async def one_has() -> bool:
        ended[:] = [
            one.ended() if was is None else was for one, was in zip(two, ended, strict=True)
        ]
        return any(status is not None for status in ended)

    await until(one_has)
    assert sorted(ended, key=str) == [1, None], field.forge.words()
    await field.entered(field.write())
    two[ended.index(None)].kill()
    result = await field.settle_ours()
    assert (result.lost, result.doubled) == (0, 0)


def ask(field: CrashEnv, query: str) -> float:
    with contextlib.closing(sqlite3.connect(field.our_file, timeout=10)) as db:
        return float(db.execute(query).fetchone()[0])


def expires_at(field: CrashEnv) -> float:
    return ask(field, "SELECT expires_at FROM leases WHERE name = 'platform'")


def pending(field: CrashEnv) -> float:
    return ask(field, "SELECT count(*) FROM updates_inbox WHERE state = 0")


async def held(field: CrashEnv, n: int) -> bool:
    """Taken in, and not handled yet."""
    return pending(field) == 1 and n not in effect_log.entries(field.our_file)
