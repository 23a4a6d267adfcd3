"""The whole platform over real HTTP: its own pages, its menus, a bot made in one tap."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from controlbot.app import App
from tenants.domain.errors import TokenRejected
from tenants.runner.runner import Runner
from tests.support.platform_env import Stage, set_stage
from tests.support.sandbox_client import ControlApi


async def test_health_readiness_metrics(platform: App) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{platform.http_url}/healthz") as response:
            assert (response.status, await response.json()) == (200, {"ok": True})
        async with session.get(f"{platform.http_url}/readyz") as response:
            assert (response.status, await response.json()) == (200, {"ready": True})
        async with session.get(f"{platform.http_url}/metrics") as response:
            assert "controlbot_updates_total" in await response.text()
        async with session.get(f"{platform.http_url}/hook/nothing") as response:
            assert response.status == 404


async def test_a_dead_poller_of_the_control_bot_shows(platform: App) -> None:
    """R11: both said 200."""
    task = platform.runner._control_task
    assert task is not None
    task.cancel()
    await asyncio.wait([task])
    async with aiohttp.ClientSession(platform.http_url) as session:
        for page in ("/healthz", "/readyz"):
            async with session.get(page) as response:
                assert response.status == 503
                assert (await response.json())["problems"] == ["the control bot is not polled"]


async def test_ready_from_its_start_to_its_stop_only(stage: Stage) -> None:
    """The page is there before the first bot is served, and until the last one is not."""
    app = App(stage.settings())
    states: list[int] = []
    start, stop = Runner.start, Runner.stop

    async def look() -> None:
        async with (
            aiohttp.ClientSession(app.http_url) as session,
            session.get("/readyz") as response,
        ):
            states.append(response.status)

    async def started(runner: Runner) -> None:
        await look()
        await start(runner)
        await look()

    async def stopped(runner: Runner, timeout: float = 5.0) -> None:
        await stop(runner, timeout)
        await look()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Runner, "start", started)
        patch.setattr(Runner, "stop", stopped)
        async with app:
            pass
    assert states == [503, 200, 503]


async def test_a_used_port_leaves_nothing_running(platform: App, stage: Stage) -> None:
    port = platform.http_url.rpartition(":")[2]
    elsewhere = stage.settings(
        CONTROLBOT_LISTEN=f"127.0.0.1:{port}",
        CONTROLBOT_DATA_DIR=str(stage.data_dir.with_name("other")),
    )
    with pytest.raises(OSError, match="Address already in use") as refused:
        async with App(elsewhere):
            pass
    assert refused.value.filename == f"127.0.0.1:{port}"
    assert not elsewhere.data_dir.exists()


async def test_a_rejected_control_token_stops_the_start(stage: Stage) -> None:
    with pytest.raises(TokenRejected):
        async with App(stage.settings(CONTROLBOT_TOKEN="123456789:" + "A" * 35)):
            pass
    assert not (stage.data_dir / "controlbot.db").exists()


async def test_the_menu_is_in_each_language_and_hides_the_desk(platform: App) -> None:
    from aiogram.types import BotCommandScopeAllPrivateChats

    await platform.platform.nursery.drain(10)
    scope = BotCommandScopeAllPrivateChats()
    menus = {}
    for language in ("", "ru", "fa"):
        commands = await platform.platform.bot.get_my_commands(
            scope=scope, language_code=language or None
        )
        menus[language] = [command.description for command in commands]
        words = [command.command for command in commands]
        assert words[:1] == ["status"]
        assert "admin" not in words
    assert len({str(menu) for menu in menus.values()}) == 3


async def test_a_bot_in_one_tap(api: ControlApi, tmp_path: Path) -> None:
    stage = await set_stage(api, tmp_path, can_manage_bots=True)
    async with App(stage.settings()):
        ada = await api.person("Ada", username="ada_baker", language_code="en")
        await ada.send(stage.chat, "/start")
        await ada.press(stage.chat, "English")
        await ada.press(stage.chat, "I agree")
        await ada.press(stage.chat, "✨ Create a bot")
        await ada.find_button(stage.chat, "✨ Create my bot")
        await ada.create_managed_bot(stage.chat, "Ada's Bakery", "adas_bakery_bot", 1)
        await ada.see(stage.chat, "@adas_bakery_bot is yours to run here")
        await ada.press(stage.chat, "Continue")
        await ada.see(stage.chat, "Step 3 of 3", "🟢 Online")


async def test_a_bot_made_before_agreeing_is_not_lost(api: ControlApi, tmp_path: Path) -> None:
    stage = await set_stage(api, tmp_path, can_manage_bots=True)
    async with App(stage.settings()):
        ada = await api.person("Ada", username="ada_baker", language_code="en")
        await ada.send(stage.chat, "/start")
        await ada.press(stage.chat, "English")
        await ada.create_managed_bot(stage.chat, "Ada's Bakery", "adas_bakery_bot")
        await ada.press(stage.chat, "I agree")
        await ada.see(stage.chat, "@adas_bakery_bot")
