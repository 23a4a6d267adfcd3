"""Who writes too fast is held back, by the dates of what they wrote; nobody else notices."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tenants.bot.message_counter import DROPPED
from tenants.domain.events import UpdatesDropped
from tenants.domain.model import TenantId
from tenants.store.inbox import InboxState
from tenants.store.tables import updates_inbox as u
from tenants.support.rate_limits import Rate
from tests.support.misbehaving_features import Echo
from tests.support.raw_updates import message_of, runtime_of, take, update_of
from tests.support.runner_env import FAST, RunnerEnv, open_yard, until

FIRST = 9_000_000_000
FLOOD = replace(
    FAST,
    person_rate=Rate(per_second=1, burst=5),
    deferred_rate=100.0,
    deferred_per_person=40,
    poll_timeout=1,
)


@pytest.fixture
async def flooded(tmp_path: Path, echo: Echo) -> AsyncIterator[RunnerEnv]:
    async with open_yard(tmp_path, settings=FLOOD, features=[echo.feature()]) as yard:
        yield yard


async def count(yard: RunnerEnv, tenant_id: TenantId, state: InboxState) -> int:
    query = select(func.count()).where(u.c.tenant_id == tenant_id, u.c.state == state)
    async with yard.services.db.read() as uow:
        return int(await uow.connection.scalar(query) or 0)


def handled(echo: Echo, tenant_id: TenantId) -> list[str]:
    """What was handled, in order."""
    return [
        text for (of, text), times in echo.calls.items() if of == tenant_id for _ in range(times)
    ]


async def test_a_backlog_at_a_human_pace_is_no_flood(flooded: RunnerEnv, echo: Echo) -> None:
    """P1: 50 messages written 1.1 s apart while the platform was away: 20 were dropped."""
    tenant, _ = await flooded.online(await flooded.api.person("Olga"))
    then = time.time() - 3600
    raws = [
        update_of(FIRST + n, message=message_of(77, f"hush {n}", date=then + 1.1 * n))
        for n in range(50)
    ]
    await take(flooded, tenant.id, *raws)
    assert not runtime_of(flooded, tenant.id).deferred.any

    async def all_there() -> bool:
        return len(handled(echo, tenant.id)) == 50

    await until(all_there)


async def test_a_flood_is_deferred_in_order_and_loses_nothing(
    flooded: RunnerEnv, echo: Echo
) -> None:
    """K8, P1: more than the burst at one moment arrives, later and in order, once each."""
    tenant, _ = await flooded.online(await flooded.api.person("Olga"))
    raws = [update_of(FIRST + n, message=message_of(77, f"hush {n}")) for n in range(40)]
    await take(flooded, tenant.id, *raws[:20])
    await take(flooded, tenant.id, *raws[20:])
    assert runtime_of(flooded, tenant.id).deferred.any
    await take(flooded, tenant.id, update_of(FIRST + 50, message=message_of(78, "hush other")))
    assert "hush other" in await _soon(echo, tenant.id, "hush other")

    async def through() -> bool:
        return not runtime_of(flooded, tenant.id).deferred.any

    await until(through)
    of_77 = [text for text in handled(echo, tenant.id) if text != "hush other"]
    assert of_77 == [f"hush {n}" for n in range(40)]
    await until(lambda: _none_left(flooded, tenant.id))


async def _soon(echo: Echo, tenant_id: TenantId, text: str) -> list[str]:
    async def there() -> bool:
        return text in handled(echo, tenant_id)

    await until(there, patience=3.0)
    return handled(echo, tenant_id)


async def _none_left(yard: RunnerEnv, tenant_id: TenantId) -> bool:
    left = [await count(yard, tenant_id, s) for s in (InboxState.PENDING, InboxState.DEFERRED)]
    return left == [0, 0]


async def test_what_is_deferred_survives_a_restart(flooded: RunnerEnv, echo: Echo) -> None:
    tenant, _ = await flooded.online(await flooded.api.person("Olga"))
    runtime_of(flooded, tenant.id).deferred.is_behind = True  # Nothing of it is handled yet.
    raws = [update_of(FIRST + n, message=message_of(77, f"hush {n}")) for n in range(30)]
    await take(flooded, tenant.id, *raws)
    assert await count(flooded, tenant.id, InboxState.DEFERRED) == 25
    await flooded.restart()
    await until(lambda: _none_left(flooded, tenant.id))
    assert handled(echo, tenant.id) == [f"hush {n}" for n in range(30)]


async def test_beyond_the_cap_it_is_dropped_counted_and_told_once(
    flooded: RunnerEnv, echo: Echo
) -> None:
    """K8: the inbox stays bounded; one notice to the flooder, one to the owner."""
    owner, anna = await flooded.api.person("Olga"), await flooded.api.person("Anna")
    tenant, bot = await flooded.online(owner)
    await anna.send(bot.id, "hello")
    runtime_of(flooded, tenant.id).deferred.is_behind = True
    entry = flooded.runner._parts.supervisor.entry(tenant.id)
    assert entry is not None
    assert entry.poller is not None
    entry.poller._kit.intake._dropped._gather = 0.1
    raws = [update_of(FIRST + n, message=message_of(anna.id, f"hush {n}")) for n in range(100)]
    assert await take(flooded, tenant.id, *raws) == FIRST + 99
    assert await count(flooded, tenant.id, InboxState.DEFERRED) == 40
    await anna.wait_for(bot.id, lambda m: "faster than" in m.text, "the notice")
    await until(lambda: _told(flooded))
    (event,) = flooded.events.of(UpdatesDropped)
    assert event.count == 100 - 40 - 4
    await flooded.runner._parts.housekeeping._usage.flush()
    start = flooded.services.clock.now() - timedelta(hours=2)
    async with flooded.services.db.read() as uow:
        totals = await uow.usage.totals(tenant.id, start)
    assert totals[DROPPED] == event.count
    notices = [m for m in await anna.messages(bot.id) if "faster than" in m.text]
    assert len(notices) == 1


async def _told(yard: RunnerEnv) -> bool:
    return bool(yard.events.of(UpdatesDropped))


async def test_the_owner_never_writes_too_fast(flooded: RunnerEnv, echo: Echo) -> None:
    owner = await flooded.api.person("Olga")
    tenant, _ = await flooded.online(owner)
    raws = [update_of(FIRST + n, message=message_of(owner.id, f"hush {n}")) for n in range(60)]
    await take(flooded, tenant.id, *raws)
    assert not runtime_of(flooded, tenant.id).deferred.any
