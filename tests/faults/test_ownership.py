"""One owner at a time, whatever happens to processes: they are stopped, frozen, cut off."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
import time

import pytest

from tenants.model import BotToken
from tests.faults import ledger
from tests.faults.field import Field
from tests.support.steps import step
from tests.support.yard import until

TTL = 2.0
SOON_LOST = {"lease_ttl": TTL, "lease_margin": 0.5}
"""Settings under which a silent owner loses its lease soon."""


@pytest.mark.case(50)
async def test_sigterm_under_load(field: Field) -> None:
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
async def test_what_comes_while_it_is_away(field: Field, hooks: bool) -> None:
    """Away for a while: Telegram kept everything, and everything is handled once"""
    victim = field.platform(hooks=hooks)
    await field.entered(field.write())
    victim.kill()
    for _ in range(50):
        field.write()
    result = await field.settle_ours(hooks=hooks)
    assert (result.lost, result.doubled) == (0, 0)


@pytest.mark.case(56)
async def test_frozen_past_its_lease(field: Field) -> None:
    """SIGSTOP past the lease, another takes over, SIGCONT: its stale writes are refused"""
    frozen = field.platform(runner=SOON_LOST)
    await field.entered(field.write())
    step("frozen in the middle of a handler")
    await field.yard.api.fault(protocol="bot", kind="delay", seconds=0.5, method="sendChatAction")
    n = field.write()
    await until(lambda: held(field, n))
    frozen.send(signal.SIGSTOP)
    await asyncio.sleep(TTL + 0.5)
    step("another takes over and handles the same update")
    other = field.platform(runner=SOON_LOST)
    await field.entered(n)
    step("thawed")
    frozen.send(signal.SIGCONT)
    assert await frozen.end() == 0, "it saw that it lost, and ended by itself"
    await field.entered(field.write())
    await asyncio.sleep(0.5)
    other.kill()
    result = ledger.tally(field.our_file, field.sent)
    assert (result.lost, result.doubled) == (0, 0)


@pytest.mark.case(58)
async def test_cut_off_from_the_database(field: Field) -> None:
    """Cut off from the database: it stops asking Telegram before its lease is over"""
    owner = field.platform(runner=SOON_LOST, busy_ms=100)
    await field.entered(field.write())
    with contextlib.closing(sqlite3.connect(field.our_file, timeout=10)) as somebody:
        somebody.isolation_level = None
        somebody.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(max(0.0, expires_at(field) - time.time()))
        step("the lease is over")
        n = field.write()
        await asyncio.sleep(0.2)  # A poll that was cut off is logged when something comes for it.
        asked = await field.yard.api.log(method="getUpdates")
        await asyncio.sleep(1)
        assert await field.yard.api.log(method="getUpdates") == asked
        bot = list(field.yard.bots.values())[n % len(field.ours)]
        client = field.yard.telegram.bot(BotToken.parse(bot.token))
        assert (await client.get_webhook_info()).pending_update_count == 1
        somebody.execute("ROLLBACK")
    assert await owner.end() == 0, field.forge.words()
    result = await field.settle_ours()
    assert (result.lost, result.doubled) == (0, 0)


@pytest.mark.case(59)
async def test_two_start_together(field: Field) -> None:
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


def ask(field: Field, query: str) -> float:
    with contextlib.closing(sqlite3.connect(field.our_file, timeout=10)) as db:
        return float(db.execute(query).fetchone()[0])


def expires_at(field: Field) -> float:
    return ask(field, "SELECT expires_at FROM leases WHERE name = 'platform'")


def pending(field: Field) -> float:
    return ask(field, "SELECT count(*) FROM updates_inbox WHERE state = 0")


async def held(field: Field, n: int) -> bool:
    """Taken in, and not handled yet."""
    return pending(field) == 1 and n not in ledger.entries(field.our_file)
