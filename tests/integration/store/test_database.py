"""Transactions: one writer at a time, readers who do not wait, nothing half done."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tenants.domain.model import Role, UserId
from tenants.store import Database, UnitOfWork
from tenants.store.migrations import upgrade
from tests.support.clock import START
from tests.support.services_env import KINDS


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    await upgrade(database_url)
    db = await Database.open(database_url)
    yield db
    await db.close()


async def grant(uow: UnitOfWork, user: int) -> None:
    await uow.roles.grant(UserId(user), Role.ADMIN, UserId(1), START)


async def roles(db: Database) -> set[int]:
    async with db.read() as uow:
        return set(await uow.roles.all())


async def test_commits_on_a_clean_exit(db: Database) -> None:
    async with db.write() as uow:
        await grant(uow, 5)
    assert await roles(db) == {5}


async def test_an_error_leaves_nothing(db: Database) -> None:
    async def fail() -> None:
        async with db.write() as uow:
            await grant(uow, 5)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await roles(db) == set()


async def test_a_cancelled_writer_leaves_nothing_and_lets_go(db: Database) -> None:
    inside = asyncio.Event()

    async def slow() -> None:
        async with db.write() as uow:
            await grant(uow, 5)
            inside.set()
            await asyncio.sleep(60)

    async with asyncio.timeout(5):
        task = asyncio.get_running_loop().create_task(slow())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with db.write() as uow:
            await grant(uow, 6)
    assert await roles(db) == {6}


async def test_a_reader_does_not_wait_for_a_writer(db: Database) -> None:
    async with db.write() as uow:
        await grant(uow, 5)
        async with asyncio.timeout(20):
            assert await roles(db) == set()
    assert await roles(db) == {5}


async def test_a_read_is_one_view(db: Database) -> None:
    async with db.read() as reading:
        assert await reading.roles.all() == {}
        async with db.write() as uow:
            await grant(uow, 5)
        assert await reading.roles.all() == {}


async def test_a_reader_cannot_write(db: Database) -> None:
    with pytest.raises(DBAPIError):
        async with db.read() as uow:
            await grant(uow, 5)


async def test_many_writers_at_once(db: Database) -> None:
    await asyncio.gather(*(db.run(lambda uow, n=n: grant(uow, n)) for n in range(1, 41)))  # type: ignore[misc]
    assert await roles(db) == set(range(1, 41))


@pytest.mark.case(54)
@pytest.mark.parametrize("database_url", KINDS[1:], indirect=True)
async def test_a_serialisation_failure_is_tried_again(db: Database) -> None:
    """Two transactions that lock two rows crosswise: PostgreSQL stops one of them."""
    for user in (1, 2):
        await db.run(lambda uow, n=user: grant(uow, n))  # type: ignore[misc]
    tries = 0

    async def crosswise(uow: UnitOfWork, order: tuple[int, int]) -> None:
        nonlocal tries
        tries += 1
        for user in order:
            await uow.connection.execute(
                text("UPDATE roles SET granted_by = granted_by + 1 WHERE user_id = :u"), {"u": user}
            )
            await asyncio.sleep(0.1)

    await asyncio.gather(
        db.run(lambda uow: crosswise(uow, (1, 2))), db.run(lambda uow: crosswise(uow, (2, 1)))
    )
    assert tries == 3
    async with db.read() as uow:
        found = await uow.connection.execute(text("SELECT granted_by FROM roles"))
        assert [row.granted_by for row in found] == [3, 3]


@pytest.mark.parametrize("database_url", KINDS[:1], indirect=True)
async def test_sqlite_is_careful(db: Database) -> None:
    wanted = {"journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1, "synchronous": 2}
    async with db.read() as uow:
        for pragma, value in wanted.items():
            assert await uow.connection.scalar(text(f"PRAGMA {pragma}")) == value


async def test_another_database_is_refused() -> None:
    with pytest.raises(ValueError, match="mysql"):
        await Database.open("mysql://root@localhost/x")


@pytest.mark.case(7)
async def test_deleted_rows_leave_the_files_without_waiting_for_a_reader(tmp_path: Path) -> None:
    """B3, R2: emptying the log waited for readers with the write lock held."""
    url, file, canary = f"sqlite:///{tmp_path}/x.db", tmp_path / "x.db", b"W7APPED-KEY-C4NARY"
    await upgrade(url)
    db = await Database.open(url)
    try:
        async with db.write() as uow:
            await uow.meta.put("canary", canary.decode())
        with contextlib.closing(sqlite3.connect(file)) as reader:
            reader.isolation_level = None
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM meta").fetchone()
            async with db.write() as uow:
                await uow.connection.execute(text("DELETE FROM meta WHERE key = 'canary'"))
            forgetting = asyncio.create_task(db.forget_deleted())  # noqa: TID251
            longest = 0.0
            while not forgetting.done():
                before = time.monotonic()
                async with db.write() as uow:
                    await uow.meta.put("busy", "x")
                longest = max(longest, time.monotonic() - before)
                await asyncio.sleep(0.01)
            assert not await forgetting
            assert longest < 5.0, "half of the time for which a reader would be waited for"
            reader.execute("COMMIT")
        assert await db.forget_the_rest()
        assert canary not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert await db.forget_the_rest(), "nothing is left to do"
    finally:
        await db.close()
