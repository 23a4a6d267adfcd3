"""What people want of a bot is what it does, soon, and without disturbing its neighbours."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from tenants.domain.errors import AlreadyRunning
from tenants.domain.model import BotToken, Observed, Throttle, UserId
from tenants.runner.process.lease import ProcessLease
from tests.support.misbehaving_features import Echo
from tests.support.runner_env import RunnerEnv, open_yard, until
from tests.support.sandbox_client import Message, Person


async def echoed(person: Person, bot_id: int, text: str) -> Message:
    return await person.wait_for(bot_id, lambda m: m.text == f"echo {text}", f"echo {text}")


async def test_a_bot_pauses_and_loses_nothing_of_what_comes_meanwhile(yard: RunnerEnv) -> None:
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    actor = await yard.services.access.actor_for(UserId(owner.id))
    await yard.services.lifecycle.pause(actor, tenant.id, None)
    await yard.seen(tenant.id, Observed.STOPPED)
    await anna.send(bot.id, "hello?")
    await asyncio.sleep(0.3)
    assert not [m for m in await anna.messages(bot.id) if not m.outgoing]
    await yard.services.lifecycle.unpause(actor, tenant.id, None)
    await echoed(anna, bot.id, "hello?")


async def test_suspended_resumed_and_erased(yard: RunnerEnv) -> None:
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    staff = await yard.staff()
    await yard.services.lifecycle.suspend(staff, tenant.id, None, "spam")
    await yard.seen(tenant.id, Observed.STOPPED)
    await yard.services.lifecycle.resume(staff, tenant.id, None)
    await yard.seen(tenant.id, Observed.ONLINE)
    await anna.send(bot.id, "back")
    await echoed(anna, bot.id, "back")
    actor = await yard.services.access.actor_for(UserId(owner.id))
    await yard.services.lifecycle.erase(actor, tenant.id, None)

    async def gone() -> bool:
        async with yard.services.db.read() as uow:
            return await uow.tenants.get(tenant.id) is None

    await until(gone)


@pytest.mark.case(40)
async def test_a_revoked_token_stops_that_bot_only_and_a_new_one_starts_it(yard: RunnerEnv) -> None:
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    _, other = await yard.online(owner)
    fresh = await yard.api.revoke(bot)
    await yard.seen(tenant.id, Observed.TOKEN_REVOKED)
    await anna.send(other.id, "still there?")
    await echoed(anna, other.id, "still there?")
    actor = await yard.services.access.actor_for(UserId(owner.id))
    await yard.services.onboarding.replace_token(actor, tenant.id, BotToken.parse(fresh))
    await yard.seen(tenant.id, Observed.ONLINE)
    await anna.send(bot.id, "and now?")
    await echoed(anna, bot.id, "and now?")


@pytest.mark.case(41)
async def test_a_second_poller_is_told_and_survived(yard: RunnerEnv) -> None:
    owner = await yard.api.person("Olga")
    tenant, bot = await yard.online(owner)
    await yard.api.fault(protocol="bot", method="getUpdates", kind="conflict", bot=bot.id)
    await owner.send(bot.id, "this ends the poll that is held")
    await yard.seen(tenant.id, Observed.USED_ELSEWHERE)
    await yard.api.clear_faults()
    await yard.seen(tenant.id, Observed.ONLINE)


@pytest.mark.case(41)
async def test_somebodys_webhook_is_named_and_left_alone(yard: RunnerEnv) -> None:
    owner = await yard.api.person("Olga")
    tenant, bot = await yard.online(owner)
    elsewhere = yard.telegram.bot(BotToken.parse(bot.token))
    await elsewhere.set_webhook("https://somebody.example/hook")
    seen = await yard.seen(tenant.id, Observed.USED_ELSEWHERE)
    assert seen.observed_detail == "somebody.example"
    assert (await elsewhere.get_webhook_info()).url == "https://somebody.example/hook"
    actor = await yard.services.access.actor_for(UserId(owner.id))
    await yard.services.lifecycle.restart(actor, tenant.id)
    await yard.seen(tenant.id, Observed.ONLINE)


@pytest.mark.case(44)
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "http_status", "status": 502},
        {"kind": "garbage"},
        {"kind": "reset"},
        {"kind": "retry_after", "seconds": 1},
    ],
    ids=lambda fault: str(fault["kind"]),
)
async def test_telegram_stumbles_and_the_bot_goes_on(
    yard: RunnerEnv, fault: dict[str, object]
) -> None:
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    _, bot = await yard.online(owner)
    await yard.api.fault(protocol="bot", method="getUpdates", bot=bot.id, times=1, **fault)
    await anna.send(bot.id, "hello")
    await echoed(anna, bot.id, "hello")


async def test_one_poisoned_row_stops_nobody_else(yard: RunnerEnv) -> None:
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    broken, _ = await yard.online(owner)
    _, sound = await yard.online(owner)
    async with yard.services.db.write() as uow:
        await uow.connection.execute(
            text("UPDATE secrets SET sealed = x'00' WHERE tenant_id = :t"), {"t": broken.id}
        )
    await yard.restart()
    seen = await yard.seen(broken.id, Observed.QUARANTINED)
    assert seen.observed_detail == "sealed_value_tampered"
    await anna.send(sound.id, "hello")
    await echoed(anna, sound.id, "hello")


async def test_receive_only_keeps_messages_and_normal_handles_them(
    yard: RunnerEnv, echo: Echo
) -> None:
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    staff = await yard.staff()
    lifecycle = yard.services.lifecycle
    await lifecycle.set_throttle(staff, tenant.id, None, Throttle.RECEIVE_ONLY, "noise")
    await asyncio.sleep(0.3)
    await anna.send(bot.id, "keep me")

    async def kept() -> bool:
        async with yard.services.db.read() as uow:
            return bool(await uow.inbox.pending(tenant.id, 10))

    await until(kept)
    assert not echo.calls
    await lifecycle.set_throttle(staff, tenant.id, None, Throttle.NORMAL, "")
    await echoed(anna, bot.id, "keep me")


async def test_a_second_process_is_refused(yard: RunnerEnv) -> None:
    services = yard.services
    other = ProcessLease(services.db, services.clock, ttl=15, margin=3)
    with pytest.raises(AlreadyRunning) as refused:
        await other.require("platform")
    assert "process" in str(refused.value.params["holder"])


@pytest.mark.case(51)
async def test_stopping_says_nothing_on_the_cards_and_starting_again_goes_on(
    yard: RunnerEnv,
) -> None:
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    await yard.runner.stop()
    assert (await yard.tenant(tenant.id)).observed is Observed.ONLINE
    await anna.send(bot.id, "while away")
    await yard.restart()
    await echoed(anna, bot.id, "while away")


async def test_ready_once_everything_was_looked_at(tmp_path: Path, echo: Echo) -> None:
    async with open_yard(tmp_path, features=[echo.feature()], start=False) as yard:
        assert not yard.runner.ready()
        await yard.runner.start()
        assert yard.runner.ready()
