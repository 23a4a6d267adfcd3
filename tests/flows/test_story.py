"""A newcomer's whole story, with the platform and the sandbox in this process, over real HTTP
and TCP: by polls and by webhooks, on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from controlbot.app import App
from tests.flows.story_actors import gather_cast
from tests.flows.story_steps import DESK, NEWCOMER
from tests.support.platform_env import Stage
from tests.support.processes import free_port
from tests.support.progress import step
from tests.support.services_env import a_database


@pytest.mark.story
@pytest.mark.parametrize(
    ("language", "updates", "database"),
    [
        ("en", "polls", "sqlite"),
        ("fa", "webhooks", "sqlite"),
        pytest.param("en", "polls", "postgresql", marks=pytest.mark.postgres),
        pytest.param("ru", "webhooks", "postgresql", marks=pytest.mark.postgres),
    ],
)
async def test_a_newcomer_and_the_desk(
    stage: Stage, tmp_path: Path, language: str, updates: str, database: str
) -> None:
    """A newcomer brings a bot to life, is written to, and the desk watches over it."""
    async with a_database(database, tmp_path) as url:
        settings = stage.settings(CONTROLBOT_DATABASE_URL=url, **how_updates_come(updates))
        async with App(settings):
            cast = await gather_cast(stage, language=language)
            for act in (*NEWCOMER, *DESK):
                step(act.words)
                await act.play(cast)


def how_updates_come(updates: str) -> dict[str, str]:
    """The settings for it; by webhooks they come to a free port of this machine."""
    if updates == "polls":
        return {}
    address = f"127.0.0.1:{free_port()}"
    return {"CONTROLBOT_LISTEN": address, "CONTROLBOT_WEBHOOK_URL": f"http://{address}"}
