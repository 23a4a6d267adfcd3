"""Whatever comes as an update: the offset moves, no poller stops, no bot is quarantined."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tenants.domain.model import Observed, TenantId
from tenants.store.inbox import InboxState
from tenants.store.tables import updates_inbox as u
from tenants.support.rate_limits import KeyedRates, Rate
from tests.support.raw_updates import runtime_of, take
from tests.support.runner_env import FAST, RunnerEnv, open_yard, until
from tests.support.update_fuzz import UpdateFuzz

FIRST = 9_000_000_000
PER_EXAMPLE = 30
EXAMPLES = 20


async def test_no_update_stops_a_bot(tmp_path: Path) -> None:
    """K1, R10, R11: our own features, updates of three people made from aiogram's types."""
    async with open_yard(tmp_path, settings=FAST) as yard:
        yard.telegram.limits._chats = KeyedRates(Rate(per_second=1e6, burst=1e6))
        owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
        tenant, bot = await yard.online(owner)
        await owner.send(bot.id, "/start")
        batches: list[list[bytes]] = []

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.integers(0, 2**32))
        def collect(seed: int) -> None:
            kinds = runtime_of(yard, tenant.id).context.features.allowed_updates
            fuzz = UpdateFuzz(Random(seed), range(71, 74), kinds)
            first = FIRST + len(batches) * PER_EXAMPLE
            batches.append([fuzz.update(first + n) for n in range(PER_EXAMPLE)])

        collect()
        for number, raws in enumerate(batches):
            last = await take(yard, tenant.id, *raws)
            assert last == FIRST + (number + 1) * PER_EXAMPLE - 1
        await until(lambda: _settled(yard, tenant.id), patience=60.0)
        assert (await yard.tenant(tenant.id)).observed is Observed.ONLINE
        await anna.send(bot.id, "still there?")
        await anna.wait_for(bot.id, lambda _m: True, "an answer")
        await asyncio.sleep(0)


async def _settled(yard: RunnerEnv, tenant_id: TenantId) -> bool:
    waiting = (InboxState.PENDING, InboxState.DEFERRED)
    query = select(func.count()).where(u.c.tenant_id == tenant_id, u.c.state.in_(waiting))
    async with yard.services.db.read() as uow:
        return await uow.connection.scalar(query) == 0
