"""What people want of a bot: who may, from where, on the record, told after the commit."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tenants.domain.errors import AccessDenied, NotFound, ReasonRequired, StateConflict
from tenants.domain.events import DesiredStateChanged, TenantErased, TenantObserved, TenantThrottled
from tenants.domain.model import Desired, Observed, TenantId, Throttle
from tenants.store.tenants import Report
from tests.support.services_env import ADMIN, ANNA, AUDITOR, BORIS, OWNER, ServicesEnv


async def test_pause_and_unpause(ground: ServicesEnv) -> None:
    tenant, anna = await ground.tenant(ANNA), await ground.actor(ANNA)
    lifecycle = ground.services.lifecycle
    paused = await lifecycle.pause(anna, tenant.id, tenant.generation)
    assert (paused.desired, paused.generation) == (Desired.PAUSED, 2)
    again = await lifecycle.unpause(anna, tenant.id, paused.generation)
    assert (again.desired, again.generation) == (Desired.ACTIVE, 3)
    assert (await ground.actions())[-2:] == ["tenant:bot:pause", "tenant:bot:unpause"]
    assert [e.generation for e in ground.events.of(DesiredStateChanged)] == [1, 2, 3]


async def test_a_tenant_cannot_lift_a_suspension(ground: ServicesEnv) -> None:
    tenant = await ground.tenant(ANNA)
    anna, admin = await ground.actor(ANNA), await ground.actor(ADMIN)
    lifecycle = ground.services.lifecycle
    suspended = await lifecycle.suspend(admin, tenant.id, tenant.generation, " spam ")
    assert (suspended.desired, suspended.desired_reason) == (Desired.SUSPENDED, "spam")
    assert suspended.desired_by == ADMIN
    for deed in (lifecycle.unpause, lifecycle.pause, lifecycle.restart):
        with pytest.raises(StateConflict):
            await deed(anna, tenant.id, suspended.generation)
    with pytest.raises(AccessDenied):
        await lifecycle.resume(anna, tenant.id, suspended.generation)
    resumed = await lifecycle.resume(admin, tenant.id, suspended.generation)
    assert (resumed.desired, resumed.desired_reason) == (Desired.ACTIVE, "")


async def test_a_reason_is_needed(ground: ServicesEnv) -> None:
    tenant, admin = await ground.tenant(), await ground.actor(ADMIN)
    lifecycle = ground.services.lifecycle
    with pytest.raises(ReasonRequired):
        await lifecycle.suspend(admin, tenant.id, None, "  ")
    with pytest.raises(ReasonRequired):
        await lifecycle.set_throttle(admin, tenant.id, None, Throttle.SLOW, "")


async def test_a_wish_about_what_has_changed_is_refused(ground: ServicesEnv) -> None:
    tenant, admin = await ground.tenant(), await ground.actor(ADMIN)
    lifecycle = ground.services.lifecycle
    await lifecycle.suspend(admin, tenant.id, tenant.generation, "spam")
    before = await ground.actions()
    with pytest.raises(StateConflict):
        await lifecycle.suspend(admin, tenant.id, tenant.generation, "spam again")
    assert await ground.actions() == before


@pytest.mark.case(20)
@pytest.mark.case(21)
async def test_others_are_denied_and_that_is_recorded(ground: ServicesEnv) -> None:
    tenant, lifecycle = await ground.tenant(ANNA), ground.services.lifecycle
    boris, auditor = await ground.actor(BORIS), await ground.actor(AUDITOR)
    for deed in (
        lifecycle.pause(boris, tenant.id, None),
        lifecycle.restart(boris, tenant.id),
        lifecycle.suspend(boris, tenant.id, None, "x"),
        lifecycle.suspend(auditor, tenant.id, None, "x"),
        lifecycle.set_throttle(boris, tenant.id, None, Throttle.NORMAL, ""),
        lifecycle.erase(boris, tenant.id, None),
        ground.services.directory.get(boris, tenant.id),
        ground.services.directory.page(boris),
        ground.services.audit_log.page(boris),
        ground.services.audit_log.page(boris, tenant.id),
    ):
        with pytest.raises(AccessDenied):
            await deed
    denied = [action for action in await ground.actions() if action == "access:denied"]
    assert len(denied) == 9, "the same refusal again within an hour is counted, not written"
    assert (await ground.services.directory.get(auditor, tenant.id)).desired is Desired.ACTIVE


@pytest.mark.case(20)
async def test_an_unknown_id_is_answered_like_a_forbidden_one(ground: ServicesEnv) -> None:
    boris = await ground.actor(BORIS)
    with pytest.raises(AccessDenied) as error:
        await ground.services.directory.get(boris, (await ground.tenant(ANNA)).id)
    with pytest.raises(AccessDenied) as unknown:
        await ground.services.directory.get(boris, 999)  # type: ignore[arg-type]
    assert str(error.value) == str(unknown.value)


@pytest.mark.case(25)
async def test_an_admin_removed_midway_is_denied(ground: ServicesEnv) -> None:
    tenant = await ground.tenant()
    admin, owner = await ground.actor(ADMIN), await ground.actor(OWNER)
    await ground.services.staff.revoke(owner, ADMIN)
    with pytest.raises(AccessDenied):
        await ground.services.lifecycle.suspend(admin, tenant.id, None, "spam")


async def test_throttle_changes_without_a_restart(ground: ServicesEnv) -> None:
    tenant, admin = await ground.tenant(), await ground.actor(ADMIN)
    after = await ground.services.lifecycle.set_throttle(
        admin, tenant.id, tenant.generation, Throttle.RECEIVE_ONLY, "flood"
    )
    assert (after.throttle, after.generation) == (Throttle.RECEIVE_ONLY, tenant.generation)
    (event,) = ground.events.of(TenantThrottled)
    assert (event.throttle, event.reason, event.by) == (Throttle.RECEIVE_ONLY, "flood", ADMIN)


async def test_a_suspension_ends_by_itself(ground: ServicesEnv) -> None:
    tenant, admin = await ground.tenant(), await ground.actor(ADMIN)
    until = ground.clock.now() + timedelta(hours=1)
    lifecycle = ground.services.lifecycle
    await lifecycle.suspend(admin, tenant.id, tenant.generation, "cool down", until)
    assert await lifecycle.resume_due() == []
    ground.clock.pass_by(3601)
    assert await lifecycle.resume_due() == [tenant.id]
    assert (await ground.services.directory.get(admin, tenant.id)).desired is Desired.ACTIVE
    assert (await ground.actions())[-1] == "tenant:bot:resume"


async def test_reports_never_touch_the_wish(ground: ServicesEnv) -> None:
    tenant, anna = await ground.tenant(ANNA), await ground.actor(ANNA)
    lifecycle = ground.services.lifecycle
    await lifecycle.pause(anna, tenant.id, tenant.generation)
    await lifecycle.report_many(
        [Report(tenant_id=tenant.id, observed=Observed.TOKEN_REVOKED, detail="401")]
    )
    await lifecycle.report(tenant.id, Observed.TOKEN_REVOKED, "401")
    after = await ground.services.directory.get(anna, tenant.id)
    assert (after.desired, after.generation) == (Desired.PAUSED, 2)
    assert (after.observed, after.observed_detail) == (Observed.TOKEN_REVOKED, "401")
    assert len(ground.events.of(TenantObserved)) == 1


@pytest.mark.case(68)
async def test_erasure(ground: ServicesEnv) -> None:
    tenant, anna = await ground.tenant(ANNA), await ground.actor(ANNA)
    lifecycle = ground.services.lifecycle
    with pytest.raises(StateConflict):
        await lifecycle.finish_erasure(tenant.id)
    await lifecycle.erase(anna, tenant.id, tenant.generation)
    with pytest.raises(StateConflict):
        await lifecycle.restart(anna, tenant.id)
    await lifecycle.finish_erasure(tenant.id)
    assert await ground.services.directory.mine(anna) == []
    assert (await ground.actions())[-2:] == ["tenant:bot:erase", "tenant:bot:erased"]
    (event,) = ground.events.of(TenantErased)
    assert event.owner_id == ANNA
    with pytest.raises(NotFound):
        await lifecycle.finish_erasure(tenant.id)
    assert (await ground.tenant(ANNA)).id != tenant.id


async def test_owners_may_erase_any(ground: ServicesEnv) -> None:
    tenant, lifecycle = await ground.tenant(ANNA), ground.services.lifecycle
    with pytest.raises(AccessDenied):
        await lifecycle.erase(await ground.actor(ADMIN), tenant.id, None)
    erasure = await lifecycle.erase(await ground.actor(OWNER), tenant.id, None)
    assert erasure.desired is Desired.ERASING


async def test_what_hangs_before_an_erasure_does_not_hold_it_up(
    sqlite_ground: ServicesEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R (low): erasing waited 40 s while MTProto hung."""
    from tenants.services import erasure

    monkeypatch.setattr(erasure, "FAREWELL_WITHIN", 0.1)
    lifecycle, called = sqlite_ground.services.lifecycle, []

    async def hangs(_tenant_id: TenantId) -> None:
        await asyncio.sleep(60)

    async def fails(_tenant_id: TenantId) -> None:
        raise ConnectionError

    async def works(tenant_id: TenantId) -> None:
        called.append(tenant_id)

    for farewell in (hangs, fails, works):
        lifecycle.before_erasure(farewell)
    tenant = await sqlite_ground.tenant(ANNA)
    await lifecycle.erase(await sqlite_ground.actor(ANNA), tenant.id, None)
    async with asyncio.timeout(5):
        await lifecycle.finish_erasure(tenant.id)
    assert called == [tenant.id]
    async with sqlite_ground.db.read() as uow:
        assert await uow.tenants.get(tenant.id) is None
