"""A quarantined bot stays so until a person acts or its time is over, restarts or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tenants.bot.features.api import Feature, Job
from tenants.domain.model import Observed, TenantId, UserId
from tenants.runner.supervision.circuit_breaker import HANDLERS_FAIL
from tests.integration.runner.test_supervising import echoed
from tests.support.misbehaving_features import Echo
from tests.support.runner_env import FAST, RunnerEnv, open_yard, until


async def set_aside(yard: RunnerEnv, tenant_id: TenantId) -> None:
    yard.runner._parts.supervisor.set_aside(tenant_id, HANDLERS_FAIL)
    await yard.seen(tenant_id, Observed.QUARANTINED)


async def test_a_quarantine_outlasts_a_restart(yard: RunnerEnv) -> None:
    """B5: quarantine was forgotten on restart."""
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    _, other = await yard.online(owner)
    await set_aside(yard, tenant.id)
    await yard.restart()
    await anna.send(other.id, "still there?")
    await echoed(anna, other.id, "still there?")
    await asyncio.sleep(0.5)
    assert (await yard.tenant(tenant.id)).observed is Observed.QUARANTINED
    actor = await yard.services.access.actor_for(UserId(owner.id))
    await yard.services.lifecycle.restart(actor, tenant.id)
    await yard.seen(tenant.id, Observed.ONLINE)
    await anna.send(bot.id, "and now?")
    await echoed(anna, bot.id, "and now?")


async def test_a_restart_asked_for_just_before_the_process_ends_counts(yard: RunnerEnv) -> None:
    owner = await yard.api.person("Olga")
    tenant, _ = await yard.online(owner)
    await set_aside(yard, tenant.id)
    await yard.runner.stop(3.0)
    actor = await yard.services.access.actor_for(UserId(owner.id))
    await yard.services.lifecycle.restart(actor, tenant.id)
    await yard.restart()
    await yard.seen(tenant.id, Observed.ONLINE)


async def test_a_quarantine_ends_by_itself(tmp_path: Path, echo: Echo) -> None:
    settings = replace(FAST, quarantine_lasts=1.0)
    async with open_yard(tmp_path, features=[echo.feature()], settings=settings) as yard:
        owner = await yard.api.person("Olga")
        tenant, _ = await yard.online(owner)
        await set_aside(yard, tenant.id)
        await yard.seen(tenant.id, Observed.ONLINE)
        await set_aside(yard, tenant.id)
        await yard.restart()
        await yard.seen(tenant.id, Observed.ONLINE)


class Jobs:
    """A job that hangs for some tenants; and a refresh that fails as long as it is told to."""

    def __init__(self) -> None:
        self.hangs_for: set[TenantId] = set()
        self.ran: list[TenantId] = []

    def feature(self) -> Feature:
        async def run(tenant: object, _house: object) -> None:
            tenant_id: TenantId = tenant.id  # type: ignore[attr-defined]
            if tenant_id in self.hangs_for:
                await asyncio.sleep(3600)
            self.ran.append(tenant_id)

        return replace(Echo().feature(), jobs=(Job(name="count", every=0.4, run=run),))


@pytest.fixture
async def working(tmp_path: Path) -> AsyncIterator[tuple[RunnerEnv, Jobs]]:
    jobs = Jobs()
    async with open_yard(tmp_path, features=[jobs.feature()]) as yard:
        yield yard, jobs


async def test_a_job_that_hangs_for_one_tenant_runs_for_the_others(
    working: tuple[RunnerEnv, Jobs],
) -> None:
    """B15"""
    yard, jobs = working
    owner = await yard.api.person("Olga")
    hanging, _ = await yard.online(owner)
    jobs.hangs_for.add(hanging.id)
    sound, _ = await yard.online(owner)
    jobs.ran.clear()

    async def ran_often() -> bool:
        return jobs.ran.count(sound.id) >= 3

    await until(ran_often, 10.0)
    assert hanging.id not in jobs.ran


async def test_a_refresh_that_fails_is_tried_again_with_pauses(
    yard: RunnerEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B7: it was tried 526 times in 2 s."""
    owner = await yard.api.person("Olga")
    tenant, _ = await yard.online(owner)
    supervisor = yard.runner._parts.supervisor
    tries = 0
    refresh = supervisor._serving.refresh

    async def fails(entry: object) -> None:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise ValueError("as asked")
        await refresh(entry)  # type: ignore[arg-type]

    monkeypatch.setattr(supervisor._serving, "refresh", fails)
    supervisor.refresh(tenant.id)
    await asyncio.sleep(0.4)
    assert tries == 1

    async def taken_over() -> bool:
        return tries == 3

    await until(taken_over, 8.0)
