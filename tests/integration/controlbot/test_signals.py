"""Told to stop, the platform drains; told again, it stops at once. Without its data it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from controlbot.process import INTERRUPTED, STOP_WITHIN
from sandbox.app import Sandbox
from tests.support.platform_env import Stage, set_stage
from tests.support.processes import ServerProcess, platform_process
from tests.support.sandbox_client import ControlApi, NewBot, Person

SOON = 30.0
"""Seconds within which a lost lease is noticed and everything has stopped."""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Sandbox(fast=True) as box, ControlApi(box.url) as api:
        yield await set_stage(api, tmp_path)


@pytest.fixture
async def process(stage: Stage, tmp_path: Path) -> AsyncIterator[ServerProcess]:
    process = platform_process(tmp_path, stage.environment())
    try:
        await process.start()
        yield process
    finally:
        await process.close()


async def a_handler_hangs(stage: Stage) -> None:
    """Ada's bot is asked something, and Telegram never answers its answer."""
    ada = await stage.api.person("Ada", username="ada_baker", language_code="en")
    bot = await bring(stage, ada)
    await stage.api.fault(
        protocol="bot", kind="hang", method="sendMessage", bot=bot.id, seconds=60, times=1
    )
    await ada.send(f"@{bot.username}", "/privacy")
    while await stage.api.call("GET", "faults"):  # it is gone once it has struck
        await asyncio.sleep(0.05)


async def bring(stage: Stage, person: Person) -> NewBot:
    bot = await stage.api.bot(person, "Ada's Bakery", "adas_bakery_bot")
    await person.send(stage.chat, "/start")
    await person.press(stage.chat, "English")
    await person.press(stage.chat, "I agree")
    await person.send(stage.chat, bot.token)
    await person.see(stage.chat, "Online")
    return bot


@pytest.mark.case(50)
async def test_a_second_signal_stops_at_once(stage: Stage, process: ServerProcess) -> None:
    await a_handler_hangs(stage)
    # Both wait for the process before it has drained, however busy the machine is. They are
    # of two kinds, as two of one kind would count as one.
    os.kill(process.pid, signal.SIGTERM)
    os.kill(process.pid, signal.SIGINT)
    assert await process.ended() == INTERRUPTED, "a drain that ends by itself ends with 0"


@pytest.mark.case(50)
async def test_after_a_stop_another_process_takes_over(
    stage: Stage, process: ServerProcess
) -> None:
    """The lease was released: nobody waits for its end."""
    assert await process.stop() == 0, process.output
    await process.start()
    ada = await stage.api.person("Ada", username="ada_baker", language_code="en")
    await bring(stage, ada)


async def test_stop_ends_within_ten_seconds_whatever_hangs(
    stage: Stage, process: ServerProcess
) -> None:
    """B20: a handler that hangs, and a database that somebody else has locked."""
    await a_handler_hangs(stage)
    with contextlib.closing(sqlite3.connect(stage.data_dir / "controlbot.db")) as connection:
        connection.isolation_level = None
        connection.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        async with asyncio.timeout(STOP_WITHIN + 2):
            await process.ended()
        assert time.monotonic() - began < 10.0


async def test_second_process_leaves_the_schema_alone(
    stage: Stage, process: ServerProcess, tmp_path: Path
) -> None:
    """B1: the lease is taken before the schema is migrated."""
    database = stage.data_dir / "controlbot.db"
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        newest = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    second = platform_process(tmp_path, stage.environment())
    try:
        with pytest.raises(AssertionError):
            await second.start()
        assert "Another process serves this data already" in second.output
    finally:
        await second.close()
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [
            ("0001",)
        ]
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == newest
    assert process.running


@pytest.mark.case(56)
async def test_a_process_that_lost_its_data_says_so_and_ends(
    stage: Stage, process: ServerProcess
) -> None:
    database = stage.data_dir / "controlbot.db"
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE leases SET holder = 'another', epoch = epoch + 1")
    async with asyncio.timeout(SOON):
        assert await process.ended() == 1
    assert "Another process has taken this data over" in process.output
    assert "Traceback" not in process.output
