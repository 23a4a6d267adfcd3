"""One process at a time: the living are respected, the dead are not waited for."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tenants.errors import AlreadyRunning, OwnershipLost
from tenants.runner.holder import is_dead, is_here, this_holder
from tenants.runner.lease import ProcessLease
from tenants.store import Database
from tests.support.clock import FakeClock
from tests.support.ground import Ground, open_ground
from tests.support.yard import until


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    ground = await open_ground(f"sqlite:///{tmp_path}/controlbot.db", tmp_path)
    yield ground
    await ground.db.close()


def a_lease(db: Database, clock: FakeClock, ttl: float = 15.0) -> ProcessLease:
    return ProcessLease(db, clock, ttl=ttl, margin=ttl / 5)


@pytest.mark.case(59)
async def test_of_two_that_start_together_one_runs(ground: Ground) -> None:
    one, two = a_lease(ground.db, ground.clock), a_lease(ground.db, ground.clock)
    results = await asyncio.gather(
        one.require("platform"), two.require("platform"), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, AlreadyRunning)]
    assert len(refused) == 1


async def test_the_dead_are_not_waited_for(ground: Ground) -> None:
    script = "from tenants.runner.holder import this_holder; print(this_holder())"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    dead = done.stdout.strip()
    assert is_here(dead)
    assert is_dead(dead)
    assert not is_dead(this_holder())
    async with ground.db.write() as uow:
        assert await uow.leases.acquire("platform", dead, 3600) == 1
    lease = await a_lease(ground.db, ground.clock).require("platform")
    assert lease.epoch == 2


async def test_released_it_is_free_at_once(ground: Ground) -> None:
    first = a_lease(ground.db, ground.clock)
    await first.release(await first.require("platform"))
    assert (await a_lease(ground.db, ground.clock).require("platform")).epoch == 2


@pytest.mark.case(56)
async def test_past_its_deadline_the_old_owner_stops_and_its_writes_are_refused(
    ground: Ground,
) -> None:
    old = a_lease(ground.db, ground.clock, ttl=0.3)
    lost = asyncio.Event()
    lease = await old.require("platform")
    ground.clock.pass_by(0.3)
    assert not old.holds(lease)
    old.keep(lease, lost.set)
    await asyncio.wait_for(lost.wait(), 5)
    await asyncio.sleep(0.3)
    async with ground.db.write() as uow:
        assert await uow.leases.acquire("platform", "elsewhere|x|1|1|n", 15) == 2
    with pytest.raises(OwnershipLost):
        async with ground.db.write() as uow:
            await uow.leases.check(lease.name, lease.epoch)


@pytest.mark.case(57)
async def test_a_wall_clock_that_jumps_changes_nothing(ground: Ground) -> None:
    owner = a_lease(ground.db, ground.clock)
    lease = await owner.require("platform")
    ground.clock.set_wall_clock(3600)
    assert owner.holds(lease)
    ground.clock.set_wall_clock(-7200)
    assert owner.holds(lease)


@pytest.mark.case(58)
async def test_cut_off_from_the_database_the_owner_stops_before_the_lease_ends(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tenants.clock import SystemClock

    owner = ProcessLease(ground.db, SystemClock(), ttl=0.9, margin=0.3)
    lease = await owner.require("platform")
    lost = asyncio.Event()

    def unreachable() -> object:
        raise OSError("gone")

    monkeypatch.setattr(ground.db, "write", unreachable)
    owner.keep(lease, lost.set)

    async def stopped() -> bool:
        return lost.is_set()

    await until(stopped, 2.0)
    assert SystemClock().monotonic() < lease.deadline + 0.3
