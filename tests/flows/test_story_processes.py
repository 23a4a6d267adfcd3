"""The same story with sandbox and platform as processes of their own, driven over the control
API alone. The platform is killed before each act, and goes on where it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flows.story_actors import gather_cast
from tests.flows.story_steps import DESK, NEWCOMER
from tests.support.platform_env import Stage, set_stage
from tests.support.processes import ServerProcess, platform_process, sandbox_process
from tests.support.progress import step
from tests.support.sandbox_client import ControlApi


@pytest.fixture
async def far_stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage whose sandbox is another process."""
    process, url = sandbox_process(tmp_path)
    try:
        await process.start()
        async with ControlApi(url) as api:
            yield await set_stage(api, tmp_path)
            assert await process.stop() == 0, process.output
    finally:
        await process.close()


@pytest.fixture
async def far_platform(far_stage: Stage, tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """The platform as another process, running."""
    process = platform_process(tmp_path, far_stage.environment())
    try:
        await process.start()
        yield process
    finally:
        await process.close()


@pytest.mark.story
async def test_it_goes_on_where_it_was(far_stage: Stage, far_platform: ServerProcess) -> None:
    """The platform is killed (kill -9) before each act and goes on where it was."""
    cast = await gather_cast(far_stage)
    for act in (*NEWCOMER, *DESK):
        step(f"{act.words}; then the platform is killed")
        await act.play(cast)
        await far_stage.api.settle(far_stage.control.token)
        await far_platform.kill()
        await far_platform.start()
    step("the platform is told to stop, and does")
    assert await far_platform.stop() == 0, far_platform.output
    assert cast.bot is not None
    assert cast.bot.token not in far_platform.output
    assert far_stage.control.token not in far_platform.output
