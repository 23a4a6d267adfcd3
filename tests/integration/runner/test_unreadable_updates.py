"""Updates that the parser, the database or any reader refuses: kept, acknowledged, harmless."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from tenants.bot.dispatcher import PARSER
from tenants.domain.model import Observed, TenantId
from tenants.store.inbox import InboxState
from tenants.store.tables import updates_inbox as u
from tests.integration.runner.test_supervising import echoed
from tests.support.misbehaving_features import Echo
from tests.support.raw_updates import message_of, take, update_of
from tests.support.runner_env import FAST, RunnerEnv, open_yard, until

FIRST = 9_000_000_000
SECRET = "hunter2 is my password"
NEWER: list[dict[str, Any]] = [
    {"forward_origin": {"type": "telepathy", "date": 1}},
    {"paid_media": {"star_count": 1, "paid_media": [{"type": "hologram"}]}},
    {"chat": {"id": 77}},
    {"date": "yesterday"},
    {"entities": [{"type": "bold"}]},
    {"from": {"id": 77, "is_bot": "maybe"}},
]


@pytest.fixture
async def strict(tmp_path: Path, echo: Echo) -> AsyncIterator[RunnerEnv]:
    """A runner that quarantines a bot for one failure."""
    settings = replace(FAST, failures_in_a_row=1, attempts=2, poll_timeout=1)
    async with open_yard(tmp_path, settings=settings, features=[echo.feature()]) as yard:
        yield yard


async def rows(yard: RunnerEnv, tenant_id: TenantId, state: InboxState) -> list[Any]:
    query = select(u).where(u.c.tenant_id == tenant_id, u.c.state == state)
    async with yard.services.db.read() as uow:
        return list(await uow.connection.execute(query.order_by(u.c.update_id)))


async def kept(yard: RunnerEnv, tenant_id: TenantId, number: int) -> list[Any]:
    async def there() -> list[Any] | None:
        found = await rows(yard, tenant_id, InboxState.UNPARSED)
        return found if len(found) == number else None

    return await until(there)


@pytest.mark.parametrize("more", NEWER, ids=lambda more: next(iter(more)))
async def test_what_the_parser_cannot_read_is_kept_and_counts_against_nobody(
    strict: RunnerEnv, echo: Echo, caplog: pytest.LogCaptureFixture, more: dict[str, Any]
) -> None:
    """K1, R14: three tries, quarantine, and people's words in the log."""
    tenant, _ = await strict.online(await strict.api.person("Olga"))
    raw = update_of(FIRST, message={**message_of(77, SECRET), **more})
    assert await take(strict, tenant.id, raw) == FIRST
    (row,) = await kept(strict, tenant.id, 1)
    assert (row.error, row.payload) == (PARSER, raw)
    assert (await strict.tenant(tenant.id)).observed is Observed.ONLINE
    assert "hunter2" not in caplog.text
    assert "handler failed" not in caplog.text


async def test_another_parser_tries_again_and_the_same_does_not(
    strict: RunnerEnv, echo: Echo
) -> None:
    tenant, _ = await strict.online(await strict.api.person("Olga"))
    await take(strict, tenant.id, update_of(FIRST, message={**message_of(77, "x"), "date": "?"}))
    await kept(strict, tenant.id, 1)
    await strict.restart()
    await strict.seen(tenant.id, Observed.ONLINE)
    assert len(await rows(strict, tenant.id, InboxState.UNPARSED)) == 1
    async with strict.services.db.write() as uow:
        readable = update_of(FIRST, message=message_of(77, "hush now"))
        await uow.connection.execute(
            update(u).where(u.c.update_id == FIRST).values(error="aiogram 1.0", payload=readable)
        )
    await strict.restart()

    async def read() -> bool:
        return echo.calls[tenant.id, "hush now"] == 1

    await until(read)


async def test_a_feature_may_take_it_by_its_ids(strict: RunnerEnv, echo: Echo) -> None:
    tenant, _ = await strict.online(await strict.api.person("Olga"))
    echo.takes_by_id = True
    await take(strict, tenant.id, update_of(FIRST, message={**message_of(77, "x"), **NEWER[0]}))

    async def done() -> bool:
        return [row.update_id for row in await rows(strict, tenant.id, InboxState.DONE)] == [FIRST]

    await until(done)
    assert echo.taken_by_id == [77]


async def test_a_kind_nobody_knows_is_kept(strict: RunnerEnv, echo: Echo) -> None:
    tenant, _ = await strict.online(await strict.api.person("Olga"))
    raw = update_of(FIRST, teleported={"from": {"id": 77}, "to": "Mars"})
    assert await take(strict, tenant.id, raw) == FIRST
    (row,) = await kept(strict, tenant.id, 1)
    assert (row.payload, row.error) == (raw, PARSER)


@pytest.mark.parametrize(
    "raw",
    [
        update_of(2**63, message=message_of(77, "x")),
        update_of(2**70, message=message_of(77, "x")),
        update_of(-5, message=message_of(77, "x")),
        json.dumps({"update_id": "12", "message": message_of(77, "x")}).encode(),
        b'{"update_id": 12, "message": {"text": "cut',
    ],
)
async def test_ids_that_no_database_takes_are_kept_aside(
    strict: RunnerEnv, echo: Echo, raw: bytes
) -> None:
    """R10: the shared commit was tried again for ever, for all bots."""
    tenant, _ = await strict.online(await strict.api.person("Olga"))
    good = update_of(FIRST, message=message_of(77, "hush"))
    assert await take(strict, tenant.id, raw, good) == FIRST
    (row,) = await kept(strict, tenant.id, 1)
    assert row.update_id < 0
    assert row.payload == raw
    await until(lambda: _calls(echo, tenant.id, "hush"))


async def _calls(echo: Echo, tenant_id: TenantId, text: str) -> bool:
    return echo.calls[tenant_id, text] == 1


@pytest.mark.parametrize("field", ["chat", "from"])
async def test_a_chat_that_no_database_takes_is_kept(
    strict: RunnerEnv, echo: Echo, field: str
) -> None:
    tenant, _ = await strict.online(await strict.api.person("Olga"))
    message = message_of(77, "x")
    message[field] = {**message[field], "id": 2**63}
    assert await take(strict, tenant.id, update_of(FIRST, message=message)) == FIRST
    (row,) = await kept(strict, tenant.id, 1)
    assert row.update_id == FIRST


async def test_a_row_that_the_database_refuses_holds_up_nobody(
    strict: RunnerEnv, echo: Echo
) -> None:
    """B10: the commit failed for a reason that is no outage, and was tried for ever."""
    tenant, _ = await strict.online(await strict.api.person("Olga"))
    async with strict.services.db.write() as uow:
        await uow.connection.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE INSERT ON updates_inbox WHEN NEW.update_id = 9000000005"
            " BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    raws = [update_of(FIRST + n, message=message_of(70 + n, f"hush {n}")) for n in range(10)]
    assert await take(strict, tenant.id, *raws) == FIRST + 9
    (row,) = await kept(strict, tenant.id, 1)
    assert row.update_id < 0
    assert row.payload == raws[5]

    async def nine_done() -> bool:
        return len(await rows(strict, tenant.id, InboxState.DONE)) == 9

    await until(nine_done)


@pytest.mark.parametrize("kind", ["lone_surrogate", "bad_utf8", "huge_ids", "garbage"])
async def test_no_answer_to_a_poll_stops_the_poller(
    strict: RunnerEnv, echo: Echo, kind: str
) -> None:
    """R11, B18: half a surrogate or a bad byte ended that bot's poller for good."""
    owner, anna = await strict.api.person("Olga"), await strict.api.person("Anna")
    tenant, bot = await strict.online(owner)
    await strict.api.fault(kind=kind, method="getUpdates", bot=bot.id, times=2)
    await anna.send(bot.id, "hello")
    await anna.send(bot.id, "after")
    await asyncio.sleep(0.5)
    await strict.api.clear_faults()
    await asyncio.sleep(1.5)  # Until the poll that is held at present has ended.
    await anna.send(bot.id, "still there")
    await echoed(anna, bot.id, "still there")
    assert (await strict.tenant(tenant.id)).observed in {Observed.ONLINE, Observed.BACKING_OFF}
