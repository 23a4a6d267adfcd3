"""Bots run alike on each kind of database: handled once, with their effects, over a restart."""

from __future__ import annotations

from pathlib import Path

from tenants.domain.model import TenantId, UserId
from tests.integration.runner.test_supervising import echoed
from tests.support.misbehaving_features import Echo
from tests.support.runner_env import RunnerEnv, open_yard, until


async def test_updates_are_handled_once_with_their_effects(
    tmp_path: Path, database_url: str
) -> None:
    echo = Echo()
    async with open_yard(tmp_path, features=[echo.feature()], database_url=database_url) as yard:
        owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
        tenant, bot = await yard.online(owner)
        for text in ("one", "slow two", "fail twice", "three"):
            await anna.send(bot.id, text)
        await echoed(anna, bot.id, "three")
        await until(lambda: stored(yard, tenant.id, anna.id, 4))
        await yard.runner.stop()
        await anna.send(bot.id, "while away")
        await yard.restart()
        await echoed(anna, bot.id, "while away")
        await until(lambda: stored(yard, tenant.id, anna.id, 5))
        assert echo.calls[tenant.id, "one"] == 1
        assert echo.calls[tenant.id, "fail twice"] == 3


async def stored(yard: RunnerEnv, tenant_id: TenantId, person_id: int, messages: int) -> bool:
    async with yard.services.db.read() as uow:
        seen = await uow.audience.get(tenant_id, UserId(person_id))
    return seen is not None and seen.messages == messages
