"""Fixtures for whole stories. Those that only one room needs live with that room's tests.

The platform and the sandbox are imported by the fixture that needs them: it takes seconds,
and most unit tests need neither.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.clock import FakeClock
from tests.support.platform_env import Stage, set_stage
from tests.support.sandbox_client import ControlApi

if TYPE_CHECKING:
    from controlbot.app import App
    from sandbox.app import Sandbox


@pytest.fixture
def fake_clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A Telegram in this process, on free ports, with nobody in it."""
    from sandbox.app import Sandbox

    async with Sandbox() as box:
        yield box


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[ControlApi]:
    """The sandbox's control API."""
    async with ControlApi(sandbox.url) as client:
        yield client


@pytest.fixture
async def stage(api: ControlApi, tmp_path: Path) -> Stage:
    """A world with a control bot and its owner; no platform yet."""
    return await set_stage(api, tmp_path)


@pytest.fixture
async def platform(stage: Stage) -> AsyncIterator[App]:
    """The whole platform in this process, over HTTP and TCP against the sandbox."""
    from controlbot.app import App

    async with App(stage.settings()) as app:
        yield app
