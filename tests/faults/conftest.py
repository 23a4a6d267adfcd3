"""Fixtures for what needs processes: one forge for the whole run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faults.crash_env import CrashEnv, open_field
from tests.faults.forked_process import Forge, open_forge
from tests.faults.many_bots_env import ManyBotsEnv, open_street


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    with open_forge() as forge:
        yield forge


@pytest.fixture
async def field(forge: Forge, tmp_path: Path) -> AsyncIterator[CrashEnv]:
    """Bots and people; nothing that serves them runs yet."""
    async with open_field(forge, tmp_path) as field:
        yield field


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[ManyBotsEnv]:
    """Twenty bots that are polled."""
    async with open_street(tmp_path) as street:
        yield street


@pytest.fixture
async def hooked_street(tmp_path: Path) -> AsyncIterator[ManyBotsEnv]:
    """Twenty bots with webhooks."""
    async with open_street(tmp_path, hooks=True) as street:
        yield street
