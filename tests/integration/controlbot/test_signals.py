"""Told to stop, the platform drains; told again, it stops at once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from controlbot.app import DRAIN, INTERRUPTED
from sandbox.server import Sandbox
from tests.support.people import ControlApi, NewBot, Person
from tests.support.processes import ServerProcess, platform_process
from tests.support.stage import Stage, set_stage

AT_ONCE = 3.0
"""Seconds. Draining would take :data:`DRAIN`, as the handler below never ends."""


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
    os.kill(process.pid, signal.SIGTERM)
    while "once more stops at once" not in process.output:
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    assert process.running, "it drains first"
    os.kill(process.pid, signal.SIGTERM)
    async with asyncio.timeout(AT_ONCE):
        assert await process.ended() == INTERRUPTED
    assert AT_ONCE < DRAIN


@pytest.mark.case(50)
async def test_after_a_stop_another_process_takes_over(
    stage: Stage, process: ServerProcess
) -> None:
    """The lease was released: nobody waits for its end."""
    assert await process.stop() == 0, process.output
    await process.start()
    ada = await stage.api.person("Ada", username="ada_baker", language_code="en")
    await bring(stage, ada)
