"""A newcomer's whole story, with the platform and the sandbox in this process, over real HTTP
and TCP."""

from __future__ import annotations

import pytest

from controlbot.app import App
from tests.flows.acts import DESK, NEWCOMER
from tests.flows.cast import gather_cast
from tests.support.stage import Stage
from tests.support.steps import step


@pytest.mark.story
@pytest.mark.parametrize("language", ["en", "fa"])
async def test_a_newcomer_and_the_desk(platform: App, stage: Stage, language: str) -> None:
    """A newcomer brings a bot to life, is written to, and the desk watches over it."""
    cast = await gather_cast(stage, language=language)
    for act in (*NEWCOMER, *DESK):
        step(act.words)
        await act.play(cast)
