"""An update that kills or hangs the process, albums over two polls, and long backlogs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tenants.domain.model import TenantId
from tenants.runner.handling import chat_queue
from tenants.runner.handling.in_flight import InFlightJournal
from tenants.store.inbox import InboxState
from tenants.store.inbox_sqlite import Incoming
from tests.integration.runner.test_unreadable_updates import rows
from tests.support.misbehaving_features import Echo
from tests.support.raw_updates import message_of, runtime_of, take, update_of
from tests.support.runner_env import RunnerEnv, until

FIRST = 9_000_000_000


def test_the_journal_outlives_its_process_and_counts_deaths(tmp_path: Path) -> None:
    """B5"""
    file, poison, good = tmp_path / "in-flight", (TenantId(1), 7), (TenantId(1), 8)
    for deaths in range(3):
        journal = InFlightJournal(file)
        journal.open()
        assert journal.deaths(poison) == deaths
        assert journal.deaths(good) == 0
        journal.begin(good)
        journal.begin(poison)
        journal.end(good)
        journal.close()  # As a kill leaves it: nobody ended the poison.
    journal = InFlightJournal(file)
    journal.open()
    journal.end(poison)
    journal.close()
    journal = InFlightJournal(file)
    journal.open()
    assert len(journal) == 0


async def test_an_update_that_killed_two_processes_is_a_dead_letter_in_the_third(
    yard: RunnerEnv, echo: Echo
) -> None:
    """B5: attempts were never persisted, and it killed the process after each start."""
    tenant, _ = await yard.online(await yard.api.person("Olga"))
    key = (tenant.id, FIRST)
    async with yard.services.db.write() as uow:
        for n in range(2):
            raw = update_of(FIRST + n, message=message_of(77, f"hush {n}"))
            await uow.inbox.add([Incoming(tenant.id, FIRST + n, 77, raw, 1_000)])
    await yard.runner.stop(3.0)
    journal = InFlightJournal(yard.folder / "controlbot.db-in-flight")
    for _ in range(2):
        journal = InFlightJournal(yard.folder / "controlbot.db-in-flight")
        journal.open()
        journal.begin(key)
        journal.close()
    await yard.restart()

    async def dead_letter() -> bool:
        found = await rows(yard, tenant.id, InboxState.QUARANTINED)
        return [(row.update_id, row.error) for row in found] == [(FIRST, "ProcessDied")]

    await until(dead_letter)

    async def next_one_handled() -> bool:
        return echo.calls[tenant.id, "hush 1"] == 1

    await until(next_one_handled)
    assert echo.calls[tenant.id, "hush 0"] == 0
    released = await yard.services.quarantine.release(await yard.staff(), tenant.id)
    assert released == 1

    async def handled_again() -> bool:
        return echo.calls[tenant.id, "hush 0"] == 1

    await until(handled_again)


def part(number: int, text: str, group: str | None = "album") -> bytes:
    more: dict[str, Any] = {"media_group_id": group} if group else {}
    message = message_of(77, text, message_id=number, **more)
    return update_of(FIRST + number, message=message)


async def test_an_album_over_two_polls_with_texts_around_is_handled_once(
    yard: RunnerEnv, echo: Echo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K3: it was handled and stayed pending; after a restart it was handled again."""
    monkeypatch.setattr(chat_queue, "ALBUM_SETTLES", 0.3)
    tenant, _ = await yard.online(await yard.api.person("Olga"))
    await take(yard, tenant.id, part(1, "hush before", None), part(2, "hush album"))
    await take(yard, tenant.id, part(3, "hush"), part(4, "hush"), part(5, "hush after", None))

    async def all_done() -> bool:
        return len(await rows(yard, tenant.id, InboxState.DONE)) == 5

    await until(all_done)
    assert echo.albums == [3]
    await yard.restart()
    await take_when_up(yard, tenant.id)
    assert echo.albums == [3]
    assert echo.calls[tenant.id, "hush album"] == 1


async def take_when_up(yard: RunnerEnv, tenant_id: TenantId) -> None:
    async def up() -> bool:
        entry = yard.runner._parts.supervisor.entry(tenant_id)
        return entry is not None and entry.poller is not None

    await until(up)


async def test_a_backlog_longer_than_a_worker_takes_keeps_its_order(
    yard: RunnerEnv, echo: Echo
) -> None:
    """B13: what was not read at a restart was overtaken by what came after it."""
    tenant, _ = await yard.online(await yard.api.person("Olga"))
    await yard.runner.stop(3.0)
    number = 2_500
    async with yard.services.db.write() as uow:
        await uow.inbox.add(
            [
                Incoming(
                    tenant.id,
                    FIRST + n,
                    77,
                    update_of(FIRST + n, message=message_of(77, f"hush {n}")),
                    1_000 + n,
                )
                for n in range(number)
            ]
        )
    await yard.restart()
    await take_when_up(yard, tenant.id)
    assert runtime_of(yard, tenant.id).pages is not None
    await take(yard, tenant.id, update_of(FIRST + number, message=message_of(77, "hush last")))

    async def all_done() -> bool:
        return echo.calls[tenant.id, "hush last"] == 1

    await until(all_done, patience=60.0)
    texts = [text for (of, text) in echo.calls if of == tenant.id]
    assert texts == [*(f"hush {n}" for n in range(number)), "hush last"]
    assert all(times == 1 for times in echo.calls.values())

    async def straight_again() -> bool:
        return runtime_of(yard, tenant.id).pages is None

    await until(straight_again)
