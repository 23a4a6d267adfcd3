"""The schema walks up, down and up again, and is what the tables say."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect

from tenants.store import Database, migrations
from tenants.store.migrations import SCRIPTS, current, differences, downgrade, has_schema, upgrade
from tenants.store.tables import metadata

REVISIONS = sorted(path.stem.partition("_")[0] for path in (SCRIPTS / "versions").glob("0*.py"))


async def tables(url: str) -> set[str]:
    db = await Database.open(url)
    try:
        async with db.read() as uow:
            return set(await uow.connection.run_sync(lambda c: inspect(c).get_table_names()))
    finally:
        await db.close()


async def test_walks_up_down_and_up(database_url: str) -> None:
    for revision in REVISIONS:
        await upgrade(database_url, revision)
        assert await current(database_url) == revision
        await downgrade(database_url, "-1")
        await upgrade(database_url, revision)
    assert await differences(database_url) == []
    assert await tables(database_url) == {*metadata.tables, "alembic_version"}
    await downgrade(database_url, "base")
    assert await tables(database_url) == {"alembic_version"}
    await upgrade(database_url)
    assert await differences(database_url) == []


async def test_again_changes_nothing(database_url: str) -> None:
    await upgrade(database_url)
    await upgrade(database_url)
    assert await current(database_url) == REVISIONS[-1]


async def test_two_processes_at_once(database_url: str) -> None:
    await asyncio.gather(upgrade(database_url), upgrade(database_url))
    assert await differences(database_url) == []


async def test_an_empty_database_has_no_schema(database_url: str) -> None:
    db = await Database.open(database_url)
    assert not await has_schema(db)
    await upgrade(database_url)
    assert await has_schema(db)
    await db.close()


@pytest.mark.case(55)
async def test_a_failure_midway_leaves_the_old_schema(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_connection: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "_check_references", broken)
        with pytest.raises(OSError, match="disk full"):
            await upgrade(database_url)
    assert await tables(database_url) == set()
    await upgrade(database_url)
    assert await differences(database_url) == []


KILLED = """
import asyncio, os, signal, sys
from alembic import op
from tenants.store.migrations import upgrade

left, create_table = int(sys.argv[2]), op.create_table

def create_or_die(*args, **kwargs):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return create_table(*args, **kwargs)

op.create_table = create_or_die
asyncio.run(upgrade(sys.argv[1]))
"""


@pytest.mark.case(55)
@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
@pytest.mark.parametrize("after", [0, 5, 17])
async def test_killed_midway_leaves_the_old_schema(database_url: str, after: int) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", KILLED, database_url, str(after)],
        cwd=Path(__file__).resolve().parents[3],
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert await tables(database_url) == set()
    await upgrade(database_url)
    assert await differences(database_url) == []
