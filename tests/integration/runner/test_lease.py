"""One process at a time: the living are respected, the dead are not waited for, and nothing
but another owner ends an ownership."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tenants.domain.errors import AlreadyRunning, OwnershipLost
from tenants.runner.process.lease import ProcessLease
from tenants.runner.process.process_identity import is_dead, is_here, this_holder
from tenants.store import Database
from tenants.support.clock import SystemClock
from tests.support.runner_env import until
from tests.support.services_env import KINDS, ServicesEnv, a_database, open_ground

TTL = 15.0
"""Seconds after which a lease ends unless it is renewed."""
ELSEWHERE = "elsewhere|another-boot|1|1|nonce"
HOLD = """
import asyncio, sys
from tenants.support.clock import SystemClock
from tenants.runner.process.lease import ProcessLease
from tenants.store import Database

async def main():
    db = await Database.open(sys.argv[1])
    ttl = float(sys.argv[2])
    owner, lost = ProcessLease(db, SystemClock(), ttl=ttl, margin=ttl / 5), asyncio.Event()
    owner.keep(await owner.require("platform"), lost.set)
    print("held", flush=True)
    await lost.wait()
    print("lost", flush=True)

asyncio.run(main())
"""
"""A program that takes the lease of a database, and says so, and says when it lost it."""


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[ServicesEnv]:
    """On SQLite the lease is a lock on a file."""
    ground = await open_ground(f"sqlite:///{tmp_path}/controlbot.db", tmp_path)
    yield ground
    await ground.db.close()


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[ServicesEnv]:
    """On PostgreSQL, which machines may share, it is a row that is renewed."""
    async with a_database("postgresql", tmp_path) as url:
        ground = await open_ground(url, tmp_path)
        yield ground
        await ground.db.close()


@pytest.fixture(params=KINDS)
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ServicesEnv]:
    async with a_database(request.param, tmp_path) as url:
        ground = await open_ground(url, tmp_path)
        yield ground
        await ground.db.close()


@contextlib.asynccontextmanager
async def lease_on(db: Database, ttl: float = 15.0) -> AsyncIterator[ProcessLease]:
    lease = ProcessLease(db, SystemClock(), ttl=ttl, margin=ttl / 5)
    try:
        yield lease
    finally:
        await lease.release()


# --- Both kinds ---------------------------------------------------------------------------


@pytest.mark.case(59)
async def test_of_two_that_start_together_one_runs(either: ServicesEnv) -> None:
    ground = either
    async with lease_on(ground.db) as one, lease_on(ground.db) as two:
        results = await asyncio.gather(
            one.require("platform"), two.require("platform"), return_exceptions=True
        )
        refused = [result for result in results if isinstance(result, AlreadyRunning)]
        assert len(refused) == 1
        assert "process" in str(refused[0].params["holder"])


async def test_released_it_is_free_at_once(either: ServicesEnv) -> None:
    ground = either
    async with lease_on(ground.db) as first:
        assert (await first.require("platform")).epoch == 1
    async with lease_on(ground.db) as second:
        assert (await second.require("platform")).epoch == 2


async def test_stale_holder_writes_nothing(either: ServicesEnv) -> None:
    """B16: every write of a process that lost the lease is refused, whatever it writes."""
    ground = either
    tenant = await ground.tenant()
    lost = asyncio.Event()
    async with lease_on(ground.db) as owner:
        owner.keep(await owner.require("platform"), lost.set)
        other = await Database.open(ground.url)
        try:
            async with other.write() as uow:
                await uow.leases.take("platform", ELSEWHERE)
            services = ground.services
            staff = await ground.actor(tenant.owner_id)
            writes = {
                "report": services.lifecycle.report(tenant.id, tenant.observed, "seen"),
                "account": ground.db.run(lambda uow: uow.accounts.delete(tenant.id)),
                "login": ground.db.run(lambda uow: uow.logins.delete(tenant.id)),
                "job": ground.db.run(lambda uow: uow.relays.purge(ground.clock.now())),
                "presence": services.presence.here(),
                "wish": services.lifecycle.pause(staff, tenant.id, None),
                "key rotation": services.rotation.run(),
            }
            for what, write in writes.items():
                with pytest.raises(OwnershipLost):
                    print(what, "came from a stale holder:", await write)
            await asyncio.wait_for(lost.wait(), 5)
            async with other.read() as uow:
                untouched = await uow.tenants.get(tenant.id)
            assert untouched == tenant
        finally:
            await other.close()


@pytest.mark.case(57)
async def test_a_wall_clock_that_jumps_changes_nothing(either: ServicesEnv) -> None:
    ground = either
    owner = ProcessLease(ground.db, ground.clock, ttl=15, margin=3)
    lease = await owner.require("platform")
    ground.clock.set_wall_clock(3600)
    assert owner.holds(lease)
    ground.clock.set_wall_clock(-7200)
    assert owner.holds(lease)
    await owner.release()


# --- A lock on a file ---------------------------------------------------------------------


def hold(url: str, ttl: float = TTL) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, url, str(ttl)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


async def test_living_process_is_named_and_a_killed_one_not_waited_for(file: ServicesEnv) -> None:
    with hold(file.url) as other:
        async with lease_on(file.db) as lease:
            with pytest.raises(AlreadyRunning) as refused:
                await lease.require("platform")
        assert f"process {other.pid}" in str(refused.value.params["holder"])
        other.kill()
        other.wait()
    async with lease_on(file.db) as lease:
        async with asyncio.timeout(TTL / 2):
            assert (await lease.require("platform")).epoch == 2


@pytest.mark.case(52)
async def test_locked_database_does_not_lose_the_lease(file: ServicesEnv) -> None:
    """R7: somebody holds the write lock for longer than any lease lasted."""
    lost = threading.Event()
    async with lease_on(file.db, ttl=0.5) as owner:
        lease = await owner.require("platform")
        owner.keep(lease, lost.set)
        with contextlib.closing(sqlite3.connect(file.db.file or "")) as somebody:
            somebody.isolation_level = None
            somebody.execute("BEGIN EXCLUSIVE")
            await asyncio.sleep(3.0)
            somebody.execute("ROLLBACK")
        assert owner.holds(lease)
        assert not lost.is_set()


async def test_unreadable_database_is_a_problem_and_no_loss(
    file: ServicesEnv, tmp_path: Path
) -> None:
    """R7: what is wrong is told, and no more once it is over."""
    lost = threading.Event()
    async with lease_on(file.db, ttl=0.3) as owner:
        lease = await owner.require("platform")
        owner.keep(lease, lost.set)
        async with file.db.write() as uow:
            await uow.connection.exec_driver_sql("ALTER TABLE leases RENAME TO away")

        async def told() -> bool:
            return "lease could not be checked" in owner.problem

        await until(told)
        with contextlib.closing(sqlite3.connect(file.db.file or "")) as somebody, somebody:
            somebody.execute("ALTER TABLE away RENAME TO leases")

        async def well() -> bool:
            return not owner.problem

        await until(well)
        assert owner.holds(lease)
        assert not lost.is_set()


async def test_blocked_loop_does_not_lose_the_lease(file: ServicesEnv) -> None:
    lost = threading.Event()
    async with lease_on(file.db, ttl=0.3) as owner:
        lease = await owner.require("platform")
        owner.keep(lease, lost.set)
        time.sleep(1.0)
        assert owner.holds(lease)
        assert not lost.is_set()


@pytest.mark.case(56)
async def test_removed_lock_file_lets_another_take_over_and_the_first_is_told(
    file: ServicesEnv,
) -> None:
    """The one way to two owners on one machine: the first is fenced off and stops."""
    lost = asyncio.Event()
    async with lease_on(file.db, ttl=30.0) as owner:
        owner.keep(await owner.require("platform"), lost.set)
        await asyncio.sleep(0.5)  # Its first look is over, the next is ten seconds away.
        assert file.db.file is not None
        file.db.file.with_name("controlbot.db.lock").unlink()
        with hold(file.url) as other:
            with pytest.raises(OwnershipLost):
                async with file.db.write():
                    pytest.fail("a stale write began")
            await asyncio.wait_for(lost.wait(), 5)
            other.kill()


async def test_removed_lock_file_is_locked_anew(file: ServicesEnv) -> None:
    async with lease_on(file.db, ttl=0.3) as owner:
        lease = await owner.require("platform")
        assert file.db.file is not None
        path = file.db.file.with_name("controlbot.db.lock")
        path.unlink()

        async def back() -> bool:
            return path.exists()

        await until(back)
        assert owner.holds(lease)
        async with lease_on(file.db) as other:
            with pytest.raises(AlreadyRunning):
                await other.require("platform")


# --- A row that is renewed ----------------------------------------------------------------


async def test_the_dead_are_not_waited_for(file: ServicesEnv) -> None:
    script = "from tenants.runner.process.process_identity import this_holder; print(this_holder())"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    dead = done.stdout.strip()
    assert is_here(dead)
    assert is_dead(dead)
    assert not is_dead(this_holder())


@pytest.mark.postgres
async def test_dead_holders_lease_is_taken_at_once(shared: ServicesEnv) -> None:
    with hold(shared.url) as other:
        async with lease_on(shared.db) as lease:
            with pytest.raises(AlreadyRunning):
                await lease.require("platform")
        other.kill()
        other.wait()
    async with lease_on(shared.db) as lease:
        assert (await lease.require("platform")).epoch == 2


@pytest.mark.postgres
async def test_long_transaction_does_not_hold_the_renewal_up(shared: ServicesEnv) -> None:
    """B3: a fenced transaction that lasts longer than the lease."""
    lost = threading.Event()
    async with lease_on(shared.db, ttl=1.0) as owner:
        lease = await owner.require("platform")
        owner.keep(lease, lost.set)
        async with shared.db.write() as uow:
            await uow.meta.put("long", "work")
            await asyncio.sleep(2.5)
        assert owner.holds(lease)
        assert not lost.is_set()


@pytest.mark.postgres
async def test_blocked_loop_does_not_hold_the_renewal_up(shared: ServicesEnv) -> None:
    lost = threading.Event()
    async with lease_on(shared.db, ttl=1.0) as owner:
        lease = await owner.require("platform")
        owner.keep(lease, lost.set)
        time.sleep(2.0)
        assert owner.holds(lease)
        assert not lost.is_set()


@pytest.mark.postgres
async def test_new_owner_waits_for_a_write_under_the_old_epoch(shared: ServicesEnv) -> None:
    """Else the old owner's effects would commit after the new one had begun."""
    async with lease_on(shared.db) as owner:
        lease = await owner.require("platform")
        other = await Database.open(shared.url)
        try:
            async with shared.db.write() as uow:
                await uow.leases.check(lease.name, lease.epoch)
                await uow.leases.release(lease.name, lease.epoch)
            async with shared.db.write() as uow:
                await uow.meta.put("old", "write")

                async def take() -> int | None:
                    async with other.write() as theirs:
                        return await theirs.leases.acquire("platform", ELSEWHERE, 15)

                taking = asyncio.ensure_future(take())  # noqa: TID251
                await asyncio.sleep(0.5)
                assert not taking.done()
            assert await asyncio.wait_for(taking, 5) == 2
        finally:
            await other.close()


@pytest.mark.case(56)
@pytest.mark.postgres
async def test_frozen_owner_is_succeeded_and_sees_it_when_it_thaws(shared: ServicesEnv) -> None:
    with hold(shared.url, ttl=1.5) as frozen:
        frozen.send_signal(signal.SIGSTOP)
        await asyncio.sleep(1.6)
        async with lease_on(shared.db) as other:
            assert (await other.require("platform")).epoch == 2
            frozen.send_signal(signal.SIGCONT)
            output, _ = await asyncio.to_thread(frozen.communicate)
            assert output.endswith("lost\n")


@pytest.mark.case(58)
@pytest.mark.postgres
async def test_cut_off_from_the_database_the_owner_stops_before_the_lease_ends(
    shared: ServicesEnv,
) -> None:
    lost = asyncio.Event()
    async with lease_on(shared.db, ttl=4.5) as owner:
        lease = await owner.require("platform")
        owner.keep(lease, lost.set)
        other = await Database.open(shared.url)
        try:
            async with other.write() as uow:
                # Its renewals wait for this lock, and give up.
                await uow.connection.exec_driver_sql("LOCK TABLE leases IN ACCESS EXCLUSIVE MODE")
                began = time.monotonic()
                await asyncio.wait_for(lost.wait(), 10)
                assert time.monotonic() - began < 4.5
                assert not owner.holds(lease)
        finally:
            await other.close()
