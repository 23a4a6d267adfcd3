"""Fixtures of tenants' bots."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.runner_env import RunnerEnv, open_yard


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[RunnerEnv]:
    async with open_yard(tmp_path) as yard:
        yield yard
