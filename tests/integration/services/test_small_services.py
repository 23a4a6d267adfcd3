"""One-shot taps, people, roles, features, the directory."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest

from tenants.domain.errors import AccessDenied, StaleTap, StateConflict
from tenants.domain.events import FeaturesChanged
from tenants.domain.model import ChatId, Desired, FeatureChoice, Role, TenantId, UserId
from tenants.security.authorization import Permission
from tenants.store.fsm import FsmRecord
from tests.support.services_env import ADMIN, ANNA, AUDITOR, BORIS, OWNER, ServicesEnv, open_ground

CHAT = ChatId(55)


@pytest.mark.case(23)
async def test_a_nonce_works_once(ground: ServicesEnv) -> None:
    nonces = ground.services.nonces
    nonce = await nonces.issue(ANNA, CHAT, "erase:7")
    assert len(nonce) == 12
    for attempt in (
        (BORIS, CHAT, "erase:7"),
        (ANNA, ChatId(56), "erase:7"),
        (ANNA, CHAT, "erase:8"),
    ):
        with pytest.raises(StaleTap):
            await nonces.spend(nonce, *attempt)
    presses = [nonces.spend(nonce, ANNA, CHAT, "erase:7") for _ in range(3)]
    results = await asyncio.gather(*presses, return_exceptions=True)
    assert sum(result is None for result in results) == 1


@pytest.mark.case(23)
async def test_a_nonce_lasts_fifteen_minutes(ground: ServicesEnv) -> None:
    nonces = ground.services.nonces
    nonce = await nonces.issue(ANNA, CHAT, "x")
    ground.clock.pass_by(15 * 60 + 1)
    with pytest.raises(StaleTap):
        await nonces.spend(nonce, ANNA, CHAT, "x")


async def test_people(ground: ServicesEnv) -> None:
    people = ground.services.people
    person = await people.see(ANNA, "Anna\u202e\n", "fa-IR")
    assert (person.name, person.language, person.language_code) == ("Anna", None, "fa-IR")
    assert await people.language_of(ANNA) == "fa"
    await people.set_language(ANNA, "ru")
    assert await people.language_of(ANNA) == "ru"
    assert (await people.see(ANNA, "Anya", "en")).language == "ru"
    assert await people.language_of(UserId(404)) == "en"


@pytest.mark.case(70)
async def test_consent_is_of_a_version(ground: ServicesEnv) -> None:
    people, anna = ground.services.people, await ground.actor(ANNA)
    await people.see(ANNA, "Anna", "en")
    assert await people.consent_needed(ANNA)
    await people.give_consent(anna, "0")
    assert await people.consent_needed(ANNA)
    await people.give_consent(anna)
    assert not await people.consent_needed(ANNA)
    await people.withdraw_consent(anna)
    assert await people.consent_needed(ANNA)
    assert (await ground.actions())[-1] == "person:consent:withdraw"


async def test_roles(ground: ServicesEnv) -> None:
    staff, access = ground.services.staff, ground.services.access
    owner, admin = await ground.actor(OWNER), await ground.actor(ADMIN)
    assert (owner.role, admin.role) == (Role.OWNER, Role.ADMIN)
    assert access.may(admin, Permission.SUSPEND)
    assert not access.may(await ground.actor(ANNA), Permission.LIST_TENANTS)
    assert await staff.all(owner) == {
        OWNER: Role.OWNER,
        ADMIN: Role.ADMIN,
        AUDITOR: Role.AUDITOR,
    }
    for deed in (
        staff.grant(admin, BORIS, Role.ADMIN),
        staff.grant(owner, BORIS, Role.OWNER),
        staff.grant(owner, OWNER, Role.AUDITOR),
        staff.all(admin),
    ):
        with pytest.raises(AccessDenied):
            await deed
    assert await staff.revoke(owner, ADMIN)
    assert not await staff.revoke(owner, ADMIN)
    assert (await ground.actor(ADMIN)).role is Role.TENANT


async def test_features(ground: ServicesEnv) -> None:
    tenant, anna = await ground.tenant(ANNA), await ground.actor(ANNA)
    features = ground.services.features
    assert await features.choices(tenant.id) == {}
    await features.set(anna, tenant.id, "inbox", options={"greeting": "سلام"})
    await features.set(anna, tenant.id, "inbox", enabled=False)
    choice = FeatureChoice(enabled=False, options={"greeting": "سلام"})
    assert await features.choices(tenant.id) == {"inbox": choice}
    assert await features.enabled(tenant.id) == frozenset()
    assert len(ground.events.of(FeaturesChanged)) == 2
    page = await ground.services.audit_log.page(anna, tenant.id)
    assert "سلام" not in str(page.items)
    with pytest.raises(AccessDenied):
        await features.set(await ground.actor(BORIS), tenant.id, "inbox", enabled=True)


async def test_the_list_of_tenants(ground: ServicesEnv) -> None:
    tenants = [await ground.tenant(UserId(3000 + n)) for n in range(5)]
    auditor, directory = await ground.actor(AUDITOR), ground.services.directory
    first = await directory.page(auditor, limit=2)
    assert [t.id for t in first.items] == [tenants[4].id, tenants[3].id]
    assert first.total == 5
    last = await directory.page(auditor, offset=4, limit=2)
    assert [t.id for t in last.items] == [tenants[0].id]
    for search in (f"@{tenants[2].bot_username.upper()}", str(tenants[2].bot_id), "3002"):
        found = await directory.page(auditor, search=search)
        assert [t.id for t in found.items] == [tenants[2].id]
    assert (await directory.page(auditor, search="100%_")).total == 0
    admin = await ground.actor(ADMIN)
    await ground.services.lifecycle.suspend(admin, tenants[1].id, None, "spam")
    suspended = await directory.page(auditor, desired=Desired.SUSPENDED)
    assert [t.id for t in suspended.items] == [tenants[1].id]
    assert sum((await directory.counts(auditor)).values()) == 5


async def test_a_card_has_figures(ground: ServicesEnv) -> None:
    tenant = await ground.tenant(ANNA)
    now = ground.clock.now()
    async with ground.db.write() as uow:
        await uow.usage.add({(tenant.id, now, "updates"): 3})
        await uow.audience.see(tenant.id, BORIS, now, name="Boris")
    usage = await ground.services.directory.usage(await ground.actor(ANNA), tenant.id)
    assert (usage.amounts, usage.audience, usage.waiting) == ({"updates": 3}, 1, 0)


async def test_a_restart_finds_everything(database_url: str, tmp_path: Path) -> None:
    ground = await open_ground(database_url, tmp_path)
    tenant = await ground.tenant(ANNA)
    await ground.db.close()
    again = await open_ground(database_url, tmp_path)
    (found,) = await again.services.directory.mine(await again.actor(ANNA))
    assert found == tenant
    assert (await again.services.credentials.token(tenant.id)).bot_id == tenant.bot_id
    await again.db.close()


async def test_refusals_do_not_grow_the_record_without_limit(sqlite_ground: ServicesEnv) -> None:
    """A thousand presses of a forged button are one row; trying many bots is limited too."""
    ground = sqlite_ground
    await ground.tenant(ANNA)
    boris = await ground.actor(BORIS)

    async def press(tenant_id: int) -> None:
        with pytest.raises(AccessDenied):
            await ground.services.directory.get(boris, TenantId(tenant_id))

    for _ in range(100):
        await press(1)
    assert (await ground.actions()).count("access:denied") == 1
    for tenant_id in range(2, 102):
        await press(tenant_id)
    assert (await ground.actions()).count("access:denied") == 20
    ground.clock.pass_by(3601)
    await press(1)
    entry = (await ground.services.audit_log.page(await ground.actor(OWNER))).items[0]
    assert (entry.action, entry.details["unrecorded"]) == ("access:denied", 81)


async def test_person_without_a_bot_erases_themselves(ground: ServicesEnv) -> None:
    """U2: nothing about them stays but the record's ids, and what staff imposed."""
    services, now = ground.services, ground.clock.now()
    await services.people.see(BORIS, "Boris", "de")
    boris = await ground.actor(BORIS)
    await services.people.give_consent(boris)
    await services.nonces.issue(BORIS, ChatId(BORIS), "erase:1")
    tenant = await ground.tenant(BORIS)
    with pytest.raises(StateConflict) as refused:
        await services.people.erase(boris)
    assert refused.value.params["state"] == "has_bots"
    await services.lifecycle.suspend(await ground.actor(OWNER), tenant.id, None, "spam")
    await services.lifecycle.erase(boris, tenant.id, None)
    await services.lifecycle.finish_erasure(tenant.id)
    async with ground.db.write() as uow:
        record = FsmRecord(
            key="bot:1:2:2", tenant_id=None, user_id=BORIS, state="Home:menu", data={}
        )
        await uow.fsm.put(record, now)
    await services.people.erase(boris)
    assert await services.people.get(BORIS) is None
    file = io.BytesIO()
    await services.exports.write(boris, file)
    kept = {heading for heading, rows in json.loads(file.getvalue())["you"].items() if rows}
    assert kept == {"restrictions", "record"}
    assert "person:data:erase" in await ground.actions()
    assert (await ground.tenant(BORIS)).desired is Desired.SUSPENDED
