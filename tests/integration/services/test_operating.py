"""What operators do to bots: hand back what was put aside, set limits, restart all."""

from __future__ import annotations

import pytest

from tenants.domain.errors import AccessDenied, NotFound, OutOfRange
from tenants.domain.events import DesiredStateChanged, TenantLimitsChanged, UpdatesReleased
from tenants.domain.model import TenantId
from tenants.store.inbox_sqlite import Aside, InboxState, Incoming
from tests.support.services_env import ADMIN, ANNA, AUDITOR, BORIS, OWNER, ServicesEnv


async def put_aside(ground: ServicesEnv, tenant_id: TenantId, *update_ids: int) -> None:
    async with ground.db.write() as uow:
        for update_id in update_ids:
            payload = b'{"update_id": %d, "callback_query": {"data": "hush"}}' % update_id
            await uow.inbox.add([Incoming(tenant_id, update_id, 5, payload, 1_000)])
            dead = Aside(
                tenant_id, update_id, InboxState.QUARANTINED, "ValueError in answer, line 3"
            )
            await uow.inbox.put_aside([dead])


async def test_what_was_put_aside_is_shown_without_its_words(ground: ServicesEnv) -> None:
    tenant = await ground.tenant(ANNA)
    await put_aside(ground, tenant.id, 11)
    (one,) = await ground.services.quarantine.of(await ground.actor(AUDITOR), tenant.id)
    assert (one.update_id, one.kind) == (11, "callback_query")
    assert "hush" not in repr(one)
    with pytest.raises(AccessDenied):
        await ground.services.quarantine.of(await ground.actor(BORIS), tenant.id)


async def test_one_or_all_go_back_once_and_on_the_record(ground: ServicesEnv) -> None:
    tenant, quarantine = await ground.tenant(ANNA), ground.services.quarantine
    await put_aside(ground, tenant.id, 11, 12, 13)
    admin = await ground.actor(ADMIN)
    assert await quarantine.release(admin, tenant.id, 12) == 1
    with pytest.raises(NotFound):
        await quarantine.release(admin, tenant.id, 12)
    assert await quarantine.release(await ground.actor(ANNA), tenant.id) == 2
    with pytest.raises(NotFound):
        await quarantine.release(admin, tenant.id)
    for stranger in (AUDITOR, BORIS):
        with pytest.raises(AccessDenied):
            await quarantine.release(await ground.actor(stranger), tenant.id, 11)
    released = [event.update_ids for event in ground.events.of(UpdatesReleased)]
    assert released == [(12,), (11, 13)]
    assert (await ground.actions()).count("tenant:update:replay") == 2
    async with ground.db.read() as uow:
        assert [row.payload for row in await uow.inbox.pending(tenant.id, 10)]


async def test_limits_are_kept_within_sense_and_told(ground: ServicesEnv) -> None:
    tenant, allowances = await ground.tenant(ANNA), ground.services.allowances
    admin = await ground.actor(ADMIN)
    changed = await allowances.set(admin, tenant.id, rate_limit=5.0)
    assert (changed.rate_limit, changed.concurrency) == (5.0, tenant.concurrency)
    assert changed.generation == tenant.generation
    assert (await allowances.set(admin, tenant.id, concurrency=2)).rate_limit == 5.0
    for wrong in ({"rate_limit": 0.0}, {"rate_limit": 1e9}, {"concurrency": 0}):
        with pytest.raises(OutOfRange):
            await allowances.set(admin, tenant.id, **wrong)
    with pytest.raises(AccessDenied):
        await allowances.set(await ground.actor(ANNA), tenant.id, rate_limit=999.0)
    assert len(ground.events.of(TenantLimitsChanged)) == 2
    assert (await ground.actions()).count("tenant:limits:set") == 2


async def test_only_an_owner_restarts_all(ground: ServicesEnv) -> None:
    running, paused = await ground.tenant(ANNA), await ground.tenant(BORIS)
    await ground.services.lifecycle.pause(await ground.actor(BORIS), paused.id, None)
    restarts, boss = ground.services.restarts, await ground.actor(OWNER)
    with pytest.raises(AccessDenied):
        await restarts.begin(await ground.actor(ADMIN))
    assert await restarts.begin(boss) == [running.id]
    (again,) = await restarts.some(boss, [running.id, paused.id])
    assert again.generation == running.generation + 1
    assert ground.events.of(DesiredStateChanged)[-1].restarted
    assert "platform:bots:restart" in await ground.actions()
