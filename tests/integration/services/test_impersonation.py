"""Looking through a tenant's eyes: reasoned, short, read-only at first, told, on the record."""

from __future__ import annotations

import pytest

from tenants.domain.errors import (
    AccessDenied,
    ImpersonationEnded,
    ReadOnly,
    ReasonRequired,
    StateConflict,
)
from tenants.domain.events import ImpersonationBegan, ImpersonationFinished
from tenants.domain.model import Actor, Role, Tenant
from tests.support.services_env import ADMIN, ANNA, AUDITOR, BORIS, OWNER, ServicesEnv, token_of


async def begin(ground: ServicesEnv, tenant: Tenant) -> Actor:
    admin = await ground.actor(ADMIN)
    await ground.services.impersonations.begin(admin, tenant.id, "help with settings")
    return await ground.services.impersonations.actor_while(admin)


@pytest.mark.case(28)
async def test_needs_a_reason(ground: ServicesEnv) -> None:
    tenant, admin = await ground.tenant(), await ground.actor(ADMIN)
    with pytest.raises(ReasonRequired):
        await ground.services.impersonations.begin(admin, tenant.id, " \n")


@pytest.mark.case(28)
async def test_ends_after_thirty_minutes(ground: ServicesEnv) -> None:
    tenant = await ground.tenant(ANNA)
    acting = await begin(ground, tenant)
    ground.clock.pass_by(29 * 60)
    assert (await ground.services.directory.mine(acting))[0].id == tenant.id
    ground.clock.pass_by(61)
    with pytest.raises(ImpersonationEnded):
        await ground.services.directory.mine(acting)
    admin = await ground.actor(ADMIN)
    assert not (await ground.services.impersonations.actor_while(admin)).impersonates
    await ground.services.impersonations.end_expired()
    (ended,) = ground.events.of(ImpersonationFinished)
    assert ended.owner_id == ANNA
    assert (await ground.actions())[-1] == "impersonation:expire"


async def test_is_not_renewed(ground: ServicesEnv) -> None:
    tenant = await ground.tenant()
    await begin(ground, tenant)
    admin = await ground.actor(ADMIN)
    with pytest.raises(StateConflict):
        await ground.services.impersonations.begin(admin, tenant.id, "more")
    ground.clock.pass_by(31 * 60)
    await ground.services.impersonations.begin(admin, tenant.id, "more")


async def test_sees_and_changes_nothing_before_the_second_step(ground: ServicesEnv) -> None:
    tenant = await ground.tenant(ANNA)
    acting = await begin(ground, tenant)
    services = ground.services
    assert (await services.directory.get(acting, tenant.id)).id == tenant.id
    for deed in (
        services.lifecycle.pause(acting, tenant.id, None),
        services.features.set(acting, tenant.id, "inbox", enabled=False),
    ):
        with pytest.raises(ReadOnly):
            await deed
    writing = await services.impersonations.allow_writing(acting)
    await services.features.set(writing, tenant.id, "inbox", enabled=False)
    assert not (await services.features.choices(tenant.id))["inbox"].enabled
    assert "impersonation:write" in await ground.actions()


@pytest.mark.case(29)
async def test_secrets_are_out_of_reach(ground: ServicesEnv) -> None:
    tenant = await ground.tenant(ANNA)
    acting = await ground.services.impersonations.allow_writing(await begin(ground, tenant))
    fresh = ground.telegram.add(token_of(tenant.bot_id, "N"))
    other = ground.telegram.add(token_of(700000777))
    services = ground.services
    for deed in (
        services.onboarding.replace_token(acting, tenant.id, fresh),
        services.onboarding.connect_bot(acting, other),
        services.lifecycle.erase(acting, tenant.id, None),
    ):
        with pytest.raises(AccessDenied):
            await deed


@pytest.mark.case(30)
async def test_neither_nested_nor_of_staff_nor_beyond_the_tenant(ground: ServicesEnv) -> None:
    tenant, of_boris = await ground.tenant(ANNA), await ground.tenant(BORIS)
    of_owner = await ground.tenant(OWNER)
    services = ground.services
    admin = await ground.actor(ADMIN)
    with pytest.raises(AccessDenied):
        await services.impersonations.begin(admin, of_owner.id, "curious")
    with pytest.raises(AccessDenied):
        await services.impersonations.begin(await ground.actor(AUDITOR), tenant.id, "curious")
    acting = await begin(ground, tenant)
    for deed in (
        services.impersonations.begin(acting, of_boris.id, "nested"),
        services.directory.get(acting, of_boris.id),
        services.directory.page(acting),
        services.lifecycle.suspend(acting, tenant.id, None, "x"),
        services.audit_log.page(acting),
    ):
        with pytest.raises(AccessDenied):
            await deed


async def test_somebody_elses_impersonation_is_of_no_use(ground: ServicesEnv) -> None:
    tenant = await ground.tenant(ANNA)
    acting = await begin(ground, tenant)
    forged = Actor(
        user_id=BORIS,
        role=acting.role,
        subject_id=ANNA,
        impersonation_id=acting.impersonation_id,
    )
    with pytest.raises(AccessDenied):
        await ground.services.directory.mine(forged)
    unnamed = Actor(user_id=BORIS, role=acting.role, subject_id=ANNA)
    with pytest.raises(AccessDenied):
        await ground.services.directory.get(unnamed, tenant.id)


@pytest.mark.case(33)
async def test_the_record_names_both_and_the_tenant_reads_it(ground: ServicesEnv) -> None:
    tenant = await ground.tenant(ANNA)
    acting = await begin(ground, tenant)
    (began,) = ground.events.of(ImpersonationBegan)
    assert (began.owner_id, began.by, began.reason) == (ANNA, ADMIN, "help with settings")
    services = ground.services
    await services.impersonations.saw(acting, "settings")
    acting = await services.impersonations.allow_writing(acting)
    await services.lifecycle.pause(acting, tenant.id, None)
    await services.impersonations.end(await ground.actor(ADMIN))
    page = await services.audit_log.page(await ground.actor(ANNA), tenant.id, limit=50)
    deeds = {entry.action: entry for entry in page.items}
    for action in ("impersonation:view", "impersonation:write", "tenant:bot:pause"):
        entry = deeds[action]
        assert (entry.actor_id, entry.subject_id) == (ADMIN, ANNA)
        assert entry.impersonation_id == acting.impersonation_id
    assert deeds["impersonation:view"].details["what"] == "settings"
    assert deeds["impersonation:begin"].details["reason"] == "help with settings"
    with pytest.raises(ImpersonationEnded):
        await services.impersonations.saw(acting, "settings")


@pytest.mark.case(30)
async def test_whoever_becomes_an_admin_is_looked_at_no_longer(ground: ServicesEnv) -> None:
    tenant = await ground.tenant(ANNA)
    acting = await begin(ground, tenant)
    assert await ground.services.directory.mine(acting)
    await ground.services.staff.grant(await ground.actor(OWNER), ANNA, Role.ADMIN)
    with pytest.raises(AccessDenied):
        await ground.services.directory.mine(acting)
    await ground.services.impersonations.end(acting)
    assert (await ground.actions())[-1] == "impersonation:end"
