"""The database fails: what is not stored is not acknowledged, and nothing is stored twice."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tenants.domain.model import BotToken, Observed
from tests.faults import effect_log, kill_points
from tests.faults.crash_env import CrashEnv
from tests.faults.forked_process import Victim
from tests.support.progress import step

BRIM = 4096
"""No file may grow beyond it: the disk is full."""


@pytest.mark.case(52)
async def test_the_disk_is_full(field: CrashEnv) -> None:
    """The disk is full: nothing is acknowledged, nothing crashes; with room again, it goes on"""
    async with running(field) as victim:
        before = resource.prlimit(victim.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(victim.pid, resource.RLIMIT_FSIZE, (BRIM, before[1]))
        step("full")
        n = field.write()
        await stays_with_telegram(field, n)
        step("room again")
        resource.prlimit(victim.pid, resource.RLIMIT_FSIZE, before)
        await field.entered(n)
        await nothing_twice(field)


@pytest.mark.case(52)
async def test_the_database_is_locked(field: CrashEnv) -> None:
    """Somebody locks the database: nothing is acknowledged until the lock is gone"""
    async with running(field, busy_ms=100):
        with contextlib.closing(sqlite3.connect(field.our_file, timeout=10)) as somebody:
            somebody.isolation_level = None
            somebody.execute("BEGIN IMMEDIATE")
            step("locked")
            n = field.write()
            await stays_with_telegram(field, n)
            somebody.execute("ROLLBACK")
        step("unlocked")
        await field.entered(n)
        await nothing_twice(field)


@pytest.mark.case(53)
@pytest.mark.parametrize("point", [kill_points.INTAKE_UNCERTAIN, kill_points.OUTCOME_UNCERTAIN])
async def test_the_connection_breaks_after_the_commit(field: CrashEnv, point: str) -> None:
    """The commit happened, its answer is lost: it is tried again, and nothing happens twice"""
    async with running(field, point=point):
        await nothing_twice(field)
        # Later commits are on another footing: the one that broke is long over.
        await field.entered(field.write())
        await nothing_twice(field)


@asynccontextmanager
async def running(field: CrashEnv, **settings: Any) -> AsyncIterator[Victim]:
    """The platform, its bots online and a first message of each handled."""
    victim = field.platform(**settings)
    try:
        for tenant_id in field.yard.bots:
            await field.yard.seen(tenant_id, Observed.ONLINE)
        for _ in field.ours:
            await field.entered(field.write())
        yield victim
    finally:
        assert victim.kill() == -9, field.forge.words()


async def stays_with_telegram(field: CrashEnv, n: int) -> None:
    """For some seconds the message is neither handled nor acknowledged."""
    await asyncio.sleep(3)
    bot = list(field.yard.bots.values())[n % len(field.ours)]
    info = await field.yard.telegram.bot(BotToken.parse(bot.token)).get_webhook_info()
    assert info.pending_update_count == 1
    assert n not in effect_log.entries(field.our_file)


async def nothing_twice(field: CrashEnv) -> None:
    await asyncio.sleep(0.5)
    result = effect_log.tally(field.our_file, field.sent)
    assert (result.lost, result.doubled) == (0, 0)
