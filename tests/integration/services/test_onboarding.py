"""A token becomes a tenant: once, for the right person, and not over somebody else's head."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from tenants.domain.errors import (
    AccessDenied,
    BotTaken,
    ControlBotToken,
    MalformedToken,
    StateConflict,
    TokenRejected,
    TooManyAttempts,
    TooManyBots,
    WebhookElsewhere,
)
from tenants.domain.events import DesiredStateChanged, ForeignTokenSubmitted
from tenants.domain.model import BotToken, Desired, Tenant, Throttle
from tenants.services import build_services
from tests.support.services_env import (
    ADMIN,
    ANNA,
    BORIS,
    CONTROL_BOT,
    OWNER,
    ServicesEnv,
    open_ground,
    token_of,
)

BOT = 700000501


async def test_tenant_token_and_record_commit_together(ground: ServicesEnv) -> None:
    token = ground.telegram.add(token_of(BOT))
    anna = await ground.actor(ANNA)
    tenant = await ground.services.onboarding.connect_bot(anna, token)
    assert (tenant.owner_id, tenant.bot_id, tenant.desired) == (ANNA, BOT, Desired.ACTIVE)
    assert tenant.verified
    assert await ground.services.credentials.token(tenant.id) == token
    assert (await ground.actions())[-1] == "tenant:bot:connect"
    (event,) = ground.events.of(DesiredStateChanged)
    assert (event.tenant_id, event.created, event.generation) == (tenant.id, True, 1)


@pytest.mark.case(9)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "²:" + "A" * 35,
        "123456:" + "A" * 35 + "/test",
        "123456:../" + "A" * 35,
        "123456:" + "A" * 35 + "#",
        "123456:\u200b" + "A" * 35,
        "0123456:" + "A" * 35,
        "123456:" + "А" * 35,  # Cyrillic
        "123456:" + "A" * 35 + "\nx",
        "123456%3A" + "A" * 35,
    ],
)
def test_a_malformed_token_reaches_no_network(text: str) -> None:
    """The prober takes only a BotToken, and no such text becomes one."""
    with pytest.raises(MalformedToken):
        BotToken.parse(text)


@pytest.mark.case(10)
async def test_the_control_bots_own_token(ground: ServicesEnv) -> None:
    token = ground.telegram.add(token_of(CONTROL_BOT))
    anna = await ground.actor(ANNA)
    with pytest.raises(ControlBotToken):
        await ground.services.onboarding.connect_bot(anna, token)
    tenant = await ground.tenant()
    with pytest.raises(ControlBotToken):
        await ground.services.onboarding.replace_token(anna, tenant.id, token)
    assert token not in ground.telegram.asked


@pytest.mark.case(11)
async def test_another_tenants_bot(ground: ServicesEnv) -> None:
    tenant = await ground.tenant(ANNA)
    token = await ground.services.credentials.token(tenant.id)
    with pytest.raises(BotTaken) as error:
        await ground.services.onboarding.connect_bot(await ground.actor(BORIS), token)
    assert error.value.params == {}
    (claimed,) = ground.events.of(ForeignTokenSubmitted)
    assert (claimed.tenant_id, claimed.owner_id) == (tenant.id, ANNA)
    assert str(BORIS) not in repr(claimed)


@pytest.mark.case(11)
async def test_a_made_up_token_tells_nothing_of_a_bot(ground: ServicesEnv) -> None:
    tenant = await ground.tenant(ANNA)
    boris = await ground.actor(BORIS)
    with pytest.raises(TokenRejected):
        await ground.services.onboarding.connect_bot(boris, token_of(tenant.bot_id, "Z"))
    assert ground.events.of(ForeignTokenSubmitted) == []


@pytest.mark.case(12)
async def test_the_same_token_from_two_users_at_once(ground: ServicesEnv) -> None:
    token = ground.telegram.add(token_of(BOT))
    actors = [await ground.actor(ANNA), await ground.actor(BORIS)]
    connect = ground.services.onboarding.connect_bot
    results = await asyncio.gather(*(connect(a, token) for a in actors), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["BotTaken", "Tenant"]
    async with ground.db.read() as uow:
        assert len(await uow.tenants.wishes()) == 1


async def test_the_same_person_twice_at_once(ground: ServicesEnv) -> None:
    token = ground.telegram.add(token_of(BOT))
    anna = await ground.actor(ANNA)
    connect = ground.services.onboarding.connect_bot
    first, second = await asyncio.gather(connect(anna, token), connect(anna, token))
    assert first.id == second.id


async def test_one_bot_a_person_unless_set(ground: ServicesEnv) -> None:
    await ground.tenant(ANNA)
    with pytest.raises(TooManyBots) as error:
        await ground.tenant(ANNA)
    assert error.value.params == {"limit": 1}


async def test_two_bots_at_once_where_one_is_allowed(ground: ServicesEnv) -> None:
    tokens = [ground.telegram.add(token_of(BOT + n)) for n in range(3)]
    anna = await ground.actor(ANNA)
    connect = ground.services.onboarding.connect_bot
    results = await asyncio.gather(*(connect(anna, t) for t in tokens), return_exceptions=True)
    names = sorted(type(result).__name__ for result in results)
    assert names == ["Tenant", "TooManyBots", "TooManyBots"]


@pytest.mark.case(13)
async def test_a_webhook_elsewhere_is_asked_about_first(ground: ServicesEnv) -> None:
    token = ground.telegram.add(
        token_of(BOT), webhook_url="https://old.example/secret/path", pending=7
    )
    anna = await ground.actor(ANNA)
    with pytest.raises(WebhookElsewhere) as error:
        await ground.services.onboarding.connect_bot(anna, token)
    assert error.value.params == {"host": "old.example", "pending": 7}
    tenant = await ground.services.onboarding.connect_bot(anna, token, accept_webhook=True)
    assert tenant.bot_id == BOT


@pytest.mark.case(13)
@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://bots.example/hook/x", True),
        ("https://bots.example.evil.example/hook/x", False),
        ("https://bots.example@evil.example/hook/x", False),
    ],
)
async def test_only_our_own_webhook_is_not_asked_about(
    sqlite_ground: ServicesEnv, url: str, ours: bool
) -> None:
    ground = sqlite_ground
    services = await build_services(
        ground.db, ground.keys, prober=ground.telegram, events=ground.events, clock=ground.clock,
        limits=ground.services.limits, own_webhooks="https://bots.example",
    )  # fmt: skip
    token = ground.telegram.add(token_of(BOT), webhook_url=url)
    if ours:
        assert (await services.onboarding.connect_bot(await ground.actor(ANNA), token)).id
        return
    with pytest.raises(WebhookElsewhere):
        await services.onboarding.connect_bot(await ground.actor(ANNA), token)


@pytest.mark.case(14)
async def test_bogus_tokens_slow_their_sender_only(ground: ServicesEnv) -> None:
    anna = await ground.actor(ANNA)
    slowed = 0
    for _ in range(100):
        try:
            await ground.services.onboarding.connect_bot(anna, token_of(BOT, "Z"))
        except TokenRejected:
            pass
        except TooManyAttempts as error:
            slowed += 1
            wait = error.params["retry_after"]
        ground.clock.pass_by(0.6)
    assert slowed > 80
    assert isinstance(wait, int)
    assert 0 < wait <= 10
    assert len(ground.telegram.asked) < 15
    assert (await ground.tenant(BORIS)).owner_id == BORIS
    ground.clock.pass_by(wait)
    assert (await ground.tenant(ANNA)).owner_id == ANNA


@pytest.mark.case(39)
async def test_a_suspended_tenant_stays_suspended_with_a_new_token(ground: ServicesEnv) -> None:
    tenant = await ground.tenant(ANNA)
    admin, anna = await ground.actor(ADMIN), await ground.actor(ANNA)
    await ground.services.lifecycle.suspend(admin, tenant.id, tenant.generation, "spam")
    fresh = ground.telegram.add(token_of(tenant.bot_id, "N"))
    for bring in (
        ground.services.onboarding.replace_token(anna, tenant.id, fresh),
        ground.services.onboarding.connect_bot(anna, fresh),
    ):
        after = await bring
        assert (after.desired, after.desired_reason) == (Desired.SUSPENDED, "spam")
    assert await ground.services.credentials.token(tenant.id) == fresh
    assert "tenant:token:replace" in await ground.actions()


@pytest.mark.case(39)
async def test_erasing_a_suspended_bot_is_no_way_out(ground: ServicesEnv) -> None:
    admin, anna = await ground.actor(ADMIN), await ground.actor(ANNA)
    lifecycle = ground.services.lifecycle

    async def erase(tenant: Tenant) -> None:
        await lifecycle.erase(anna, tenant.id, None)
        await lifecycle.finish_erasure(tenant.id)

    tenant = await ground.tenant(ANNA)
    await lifecycle.suspend(admin, tenant.id, None, "spam")
    await erase(tenant)
    assert (await ground.tenant(BORIS)).desired is Desired.ACTIVE
    again = await ground.tenant(ANNA)
    assert (again.desired, again.desired_reason) == (Desired.SUSPENDED, "spam")
    assert (await ground.actions())[-1] == "tenant:bot:suspend"
    await erase(again)
    third = await ground.tenant(ANNA)
    assert third.desired is Desired.SUSPENDED
    await lifecycle.resume(admin, third.id, None)
    await erase(third)
    assert (await ground.tenant(ANNA)).desired is Desired.ACTIVE


@pytest.mark.case(39)
async def test_a_suspension_carried_over_ends_in_its_time(sqlite_ground: ServicesEnv) -> None:
    ground, lifecycle = sqlite_ground, sqlite_ground.services.lifecycle
    owner, anna = await ground.actor(OWNER), await ground.actor(ANNA)
    tenant = await ground.tenant(ANNA)
    until = ground.clock.now() + timedelta(hours=1)
    await lifecycle.suspend(owner, tenant.id, None, "spam", until)
    await lifecycle.erase(anna, tenant.id, None)
    await lifecycle.finish_erasure(tenant.id)
    again = await ground.tenant(ANNA)
    assert (again.desired, again.desired_until) == (Desired.SUSPENDED, until)
    ground.clock.pass_by(3601)
    assert await lifecycle.resume_due() == [again.id]
    await lifecycle.erase(anna, again.id, None)
    await lifecycle.finish_erasure(again.id)
    assert (await ground.tenant(ANNA)).desired is Desired.ACTIVE


async def test_suspension_for_good_outlasts_another_bots_that_ran_out(
    tmp_path: Path, database_url: str
) -> None:
    """R15: the same person has two bots; one is suspended for good, the other for an hour."""
    ground = await open_ground(database_url, tmp_path, max_bots_per_user=3)
    lifecycle = ground.services.lifecycle
    owner, anna = await ground.actor(OWNER), await ground.actor(ANNA)
    bad, other = await ground.tenant(ANNA), await ground.tenant(ANNA)
    await lifecycle.suspend(owner, bad.id, None, "fraud")
    until = ground.clock.now() + timedelta(hours=1)
    await lifecycle.suspend(owner, other.id, None, "noise", until)
    ground.clock.pass_by(1)
    await lifecycle.erase(anna, bad.id, None)
    await lifecycle.finish_erasure(bad.id)
    ground.clock.pass_by(3601)
    assert await lifecycle.resume_due() == [other.id]
    again = await ground.tenant(ANNA)
    assert (again.desired, again.desired_reason) == (Desired.SUSPENDED, "fraud")
    assert again.desired_until is None
    # Nor does lifting the other's, had staff done so, lift this one.
    await lifecycle.suspend(owner, other.id, None, "noise")
    await lifecycle.resume(owner, other.id, None)
    assert (await ground.tenant(ANNA)).desired is Desired.SUSPENDED
    await ground.db.close()


async def test_throttle_and_limits_outlive_erasing_and_bringing_again(ground: ServicesEnv) -> None:
    """R15: until staff change them on the bot that took them over."""
    services, staff, anna = ground.services, await ground.actor(ADMIN), await ground.actor(ANNA)

    async def erase(tenant: Tenant) -> None:
        await services.lifecycle.erase(anna, tenant.id, None)
        await services.lifecycle.finish_erasure(tenant.id)

    first = await ground.tenant(ANNA)
    await services.lifecycle.set_throttle(staff, first.id, None, Throttle.SLOW, "noise")
    await services.allowances.set(staff, first.id, rate_limit=2.0, concurrency=1)
    await erase(first)
    assert (await ground.tenant(BORIS)).throttle is Throttle.NORMAL
    again = await ground.tenant(ANNA)
    assert (again.throttle, again.rate_limit, again.concurrency) == (Throttle.SLOW, 2.0, 1)
    await services.lifecycle.set_throttle(staff, again.id, None, Throttle.NORMAL, "")
    await services.allowances.set(staff, again.id, rate_limit=30.0, concurrency=8)
    await erase(again)
    last = await ground.tenant(ANNA)
    assert (last.throttle, last.rate_limit, last.concurrency) == (Throttle.NORMAL, 30.0, 8)


async def test_a_token_of_another_bot_does_not_replace(ground: ServicesEnv) -> None:
    tenant = await ground.tenant(ANNA)
    other = ground.telegram.add(token_of(BOT))
    anna, boris = await ground.actor(ANNA), await ground.actor(BORIS)
    with pytest.raises(StateConflict):
        await ground.services.onboarding.replace_token(anna, tenant.id, other)
    same = await ground.services.credentials.token(tenant.id)
    with pytest.raises(AccessDenied):
        await ground.services.onboarding.replace_token(boris, tenant.id, same)


async def test_more_bots_a_person_by_setting(tmp_path: Path, database_url: str) -> None:
    ground = await open_ground(database_url, tmp_path, max_bots_per_user=2)
    assert (await ground.tenant(ANNA)).id != (await ground.tenant(ANNA)).id
    with pytest.raises(TooManyBots):
        await ground.tenant(ANNA)
    await ground.db.close()
