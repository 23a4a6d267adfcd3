"""Managed bots: a new token is fetched, and another owner at Telegram is another owner here."""

from __future__ import annotations

import asyncio

import pytest

from tenants.domain.errors import AccessDenied, TelegramUnavailable
from tenants.domain.events import BotTransferred
from tenants.domain.model import BotId, BotToken, Desired, Tenant
from tenants.services.managed_bots import TRANSFERRED
from tests.support.services_env import ANNA, BORIS, OWNER, ServicesEnv, token_of


async def managed(ground: ServicesEnv) -> Tenant:
    token = ground.telegram.add(token_of(next(ground.bot_ids)))
    anna = await ground.actor(ANNA)
    return await ground.services.onboarding.connect_bot(anna, token, managed=True)


async def test_a_transferred_bot_is_its_new_owners_and_paused(ground: ServicesEnv) -> None:
    """K5: the new owner was refused, and the old one went on receiving everything."""
    tenant = await managed(ground)
    farewells: list[int] = []

    async def log_out(tenant_id: int) -> None:
        async with ground.db.read() as uow:
            row = await uow.tenants.get(tenant.id)
        assert row is not None
        assert row.desired is Desired.PAUSED, "nothing runs before anything else is done"
        farewells.append(tenant_id)

    ground.services.lifecycle.before_erasure(log_out)
    async with ground.db.write() as uow:
        options = {"greeting": "I am Anna's"}
        await uow.features.put(tenant.id, "start", True, options, ground.clock.now())
    assert await ground.services.managed_bots.announced(tenant.bot_id, BORIS)
    async with ground.db.read() as uow:
        now = await uow.tenants.get(tenant.id)
        assert await uow.features.of(tenant.id) == {}
    assert now is not None
    assert (now.owner_id, now.desired, now.desired_reason) == (BORIS, Desired.PAUSED, TRANSFERRED)
    assert farewells == [tenant.id]
    (event,) = ground.events.of(BotTransferred)
    assert (event.owner_id, event.former_owner_id) == (BORIS, ANNA)
    anna, boris = await ground.actor(ANNA), await ground.actor(BORIS)
    with pytest.raises(AccessDenied):
        await ground.services.lifecycle.unpause(anna, tenant.id, None)
    assert await ground.services.directory.mine(anna) == []
    await ground.services.lifecycle.unpause(boris, tenant.id, None)
    assert not await ground.services.managed_bots.announced(tenant.bot_id, BORIS)


async def test_both_owners_are_told(ground: ServicesEnv) -> None:
    tenant = await managed(ground)
    await ground.services.managed_bots.announced(tenant.bot_id, BORIS)
    told = {(notice.user_id, notice.kind) for notice in await ground.services.notices.claim(10)}
    assert told == {(ANNA, "bot_moved"), (BORIS, "bot_received")}


async def test_a_suspension_outlasts_a_transfer(ground: ServicesEnv) -> None:
    tenant = await managed(ground)
    owner = await ground.actor(OWNER)
    await ground.services.lifecycle.suspend(owner, tenant.id, None, "spam")
    await ground.services.managed_bots.announced(tenant.bot_id, BORIS)
    async with ground.db.read() as uow:
        now = await uow.tenants.get(tenant.id)
    assert now is not None
    assert (now.owner_id, now.desired, now.desired_reason) == (BORIS, Desired.SUSPENDED, "spam")


async def test_an_account_that_cannot_be_logged_out_keeps_nothing_from_being_done(
    ground: ServicesEnv,
) -> None:
    tenant = await managed(ground)

    async def fails(_tenant_id: int) -> None:
        raise OSError("no network")

    ground.services.lifecycle.before_erasure(fails)
    assert await ground.services.managed_bots.announced(tenant.bot_id, BORIS)
    async with ground.db.read() as uow:
        now = await uow.tenants.get(tenant.id)
    assert now is not None
    assert now.owner_id == BORIS


async def test_a_bot_nobody_brought_changes_nothing(ground: ServicesEnv) -> None:
    assert not await ground.services.managed_bots.announced(BotId(123456), BORIS)


async def test_a_managed_bots_new_token_is_fetched(ground: ServicesEnv) -> None:
    tenant = await managed(ground)
    fresh = token_of(tenant.bot_id, "N")

    async def fetch(bot_id: BotId) -> BotToken:
        assert bot_id == tenant.bot_id
        return fresh

    bots = ground.services.managed_bots
    assert not await bots.renew_token(tenant.id), "nobody can ask Telegram yet"
    bots.fetch_token = fetch
    assert await bots.renew_token(tenant.id)
    assert await ground.services.credentials.token(tenant.id) == fresh
    async with ground.db.read() as uow:
        now = await uow.tenants.get(tenant.id)
    assert now is not None
    assert now.generation == tenant.generation + 1
    assert not await bots.renew_token(tenant.id), "it is the same token"


async def test_a_pasted_bots_token_is_nobody_elses_to_fetch(ground: ServicesEnv) -> None:
    tenant = await ground.tenant()

    async def fetch(_bot_id: BotId) -> BotToken:
        raise AssertionError("it is not managed")

    ground.services.managed_bots.fetch_token = fetch
    assert not await ground.services.managed_bots.renew_token(tenant.id)


async def test_a_token_that_cannot_be_fetched_changes_nothing(ground: ServicesEnv) -> None:
    tenant = await managed(ground)

    async def fetch(_bot_id: BotId) -> BotToken:
        raise TelegramUnavailable(retry_after=None)

    ground.services.managed_bots.fetch_token = fetch
    async with asyncio.timeout(5):
        assert not await ground.services.managed_bots.renew_token(tenant.id)
