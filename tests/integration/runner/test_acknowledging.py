"""An update is handled while its row is written, and acknowledged once it is: told apart by
what lies in the inbox when Telegram would be told, and by what a second delivery does."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from tenants.domain.model import Tenant, TenantId, UserId
from tenants.runner.inbox import group_commit
from tenants.runner.runtime.runtime import Runtime
from tenants.store.inbox import InboxState
from tenants.store.tables import updates_inbox as u
from tests.integration.runner.test_supervising import echoed
from tests.support.misbehaving_features import Echo
from tests.support.runner_env import RunnerEnv, until
from tests.support.sandbox_client import NewBot, Person


@dataclass
class Doorstep:
    """Where polls and hooks hand their updates over."""

    yard: RunnerEnv
    tenant: Tenant
    bot: NewBot
    anna: Person

    async def take(self, number: int, text: str) -> int | None:
        """Hand an update of Anna's over, as Telegram delivers it."""
        person = {"id": self.anna.id, "is_bot": False, "first_name": "Anna"}
        chat = {"id": self.anna.id, "type": "private", "first_name": "Anna"}
        message = {"message_id": number, "date": 1, "from": person, "chat": chat, "text": text}
        raw = json.dumps({"update_id": number, "message": message}).encode()
        entry = self.yard.runner._parts.supervisor.entry(self.tenant.id)
        assert entry is not None
        assert entry.poller is not None
        return await entry.poller._kit.intake.take(self.runtime, [raw])

    @property
    def runtime(self) -> Runtime:
        entry = self.yard.runner._parts.supervisor.entry(self.tenant.id)
        assert entry is not None
        assert entry.runtime is not None
        return entry.runtime

    async def row(self, number: int) -> Any:
        query = select(u).where(u.c.tenant_id == self.tenant.id, u.c.update_id == number)
        async with self.yard.services.db.read() as uow:
            return (await uow.connection.execute(query)).one_or_none()

    async def is_open(self) -> bool:
        entry = self.yard.runner._parts.supervisor.entry(self.tenant.id)
        return entry is not None and entry.poller is not None

    async def is_done(self, number: int) -> bool:
        row = await self.row(number)
        return row is not None and row.state == InboxState.DONE

    async def counted(self) -> int:
        """Messages of Anna's that handlers have stored."""
        async with self.yard.services.db.read() as uow:
            visitor = await uow.audience.get(self.tenant.id, UserId(self.anna.id))
            return visitor.messages if visitor else 0


@pytest.fixture
async def doorstep(yard: RunnerEnv) -> Doorstep:
    """Anna has written once."""
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    await anna.send(bot.id, "hello")
    await echoed(anna, bot.id, "hello")
    door = Doorstep(yard, tenant, bot, anna)

    async def stored() -> bool:
        return await door.counted() == 1

    await until(stored)
    return door


def calls(echo: Echo, tenant_id: TenantId, text: str) -> int:
    return echo.calls[tenant_id, text]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Handlers get all the time they need, however busy the machine."""
    monkeypatch.setattr(group_commit, "LINGER", 5.0)
    monkeypatch.setattr(group_commit, "LONGEST", 10.0)


@pytest.mark.usefixtures("patient")
async def test_what_is_handled_in_time_is_written_once_as_done(doorstep: Doorstep) -> None:
    assert await doorstep.take(9_000_000_001, "quick") == 9_000_000_001
    row = await doorstep.row(9_000_000_001)
    assert (row.state, row.payload) == (InboxState.DONE, None)
    assert await doorstep.counted() == 2


async def test_a_slow_handler_does_not_hold_up_what_telegram_is_told(doorstep: Doorstep) -> None:
    await doorstep.take(9_000_000_001, "slow")
    row = await doorstep.row(9_000_000_001)
    assert row.state == InboxState.PENDING
    assert b"slow" in row.payload
    assert await doorstep.counted() == 1
    await until(lambda: doorstep.is_done(9_000_000_001))
    assert await doorstep.counted() == 2


async def test_a_first_try_that_fails_leaves_a_row_to_try_again(
    doorstep: Doorstep, echo: Echo
) -> None:
    await doorstep.take(9_000_000_001, "fail twice")
    assert (await doorstep.row(9_000_000_001)).payload is not None
    await until(lambda: doorstep.is_done(9_000_000_001))
    assert calls(echo, doorstep.tenant.id, "fail twice") == 3
    assert await doorstep.counted() == 2


@pytest.mark.usefixtures("patient")
async def test_delivered_twice_at_once_it_is_handled_once_and_both_wait_for_the_disk(
    doorstep: Doorstep, echo: Echo
) -> None:
    deliveries = [doorstep.take(9_000_000_001, "twice") for _ in range(2)]
    assert await asyncio.gather(*deliveries) == [9_000_000_001, 9_000_000_001]
    assert await doorstep.is_done(9_000_000_001)
    assert calls(echo, doorstep.tenant.id, "twice") == 1
    assert await doorstep.counted() == 2


async def test_delivered_again_after_a_restart_it_is_known(doorstep: Doorstep, echo: Echo) -> None:
    await doorstep.take(9_000_000_001, "once")
    await doorstep.yard.restart()
    await until(doorstep.is_open)
    assert await doorstep.take(9_000_000_001, "once") == 9_000_000_001
    assert await doorstep.take(9_000_000_002, "after") == 9_000_000_002
    await until(lambda: doorstep.is_done(9_000_000_002))
    assert calls(echo, doorstep.tenant.id, "once") == 1
    assert calls(echo, doorstep.tenant.id, "after") == 1
    assert await doorstep.counted() == 3


@pytest.mark.case(45)
async def test_ids_that_start_anew_lower_down_are_handled(doorstep: Doorstep, echo: Echo) -> None:
    await doorstep.take(9_000_000_001, "high")
    doorstep.runtime.seen.acknowledged()
    await doorstep.take(17, "low")
    await until(lambda: doorstep.is_done(17))
    assert calls(echo, doorstep.tenant.id, "low") == 1


async def test_while_the_database_fails_nothing_new_is_handled(
    doorstep: Doorstep, echo: Echo
) -> None:
    writer = doorstep.yard.runner._parts.committer
    writer.healthy = False
    await doorstep.take(9_000_000_001, "later")
    assert (await doorstep.row(9_000_000_001)) is not None, "first it is committed"
    await until(lambda: doorstep.is_done(9_000_000_001))
    assert calls(echo, doorstep.tenant.id, "later") == 1
    assert writer.healthy
