"""Fixtures of the runner: tenants' bots with one feature, which does as it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.misbehaving_features import Echo
from tests.support.runner_env import RunnerEnv, open_yard
from tests.support.services_env import database_url

__all__ = ["database_url", "echo", "yard"]


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def yard(tmp_path: Path, echo: Echo) -> AsyncIterator[RunnerEnv]:
    async with open_yard(tmp_path, features=[echo.feature()]) as yard:
        yield yard
