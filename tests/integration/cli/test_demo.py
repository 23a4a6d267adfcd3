"""``controlbot demo`` as a process: it opens, answers, says where, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from tests.support.processes import DidNotStart, ServerProcess, free_port
from tests.support.runner_env import until
from tests.support.sandbox_client import ControlApi


async def is_served(url: str) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def test_the_demo_opens_and_ends(tmp_path: Path) -> None:
    page, health = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    demo = ServerProcess(
        "controlbot", "demo", "--listen", page, "--mtproto", f"127.0.0.1:{free_port()}",
        ready_url=f"http://{health}/healthz",
        output=tmp_path / "demo.log",
        environment={"CONTROLBOT_LISTEN": health},
    )  # fmt: skip
    await demo.start()
    try:
        assert f"http://{page}/" in demo.output
        async with ControlApi(f"http://{page}") as api:
            newcomer = await api.person("Zoe", username="zoe_looks_in", language_code="en")
            await newcomer.send("@ControlBot", "/start")
            await newcomer.find_button("@ControlBot", "English")
        assert await demo.stop() == 0, demo.output
    finally:
        await demo.close()
    assert "The demo has ended." in demo.output
    assert "Traceback" not in demo.output
    assert not await is_served(f"http://{page}/")
    assert [path.name for path in tmp_path.iterdir()] == ["demo.log"]


async def test_without_a_token_and_a_terminal_run_says_so_and_ends(tmp_path: Path) -> None:
    """U9: a service without its token must not look healthy."""
    run = ServerProcess(
        "controlbot", "run",
        ready_url=f"http://127.0.0.1:{free_port()}/healthz",
        output=tmp_path / "run.log",
        environment={},
    )  # fmt: skip
    with pytest.raises(DidNotStart):
        await run.start()
    assert await run.ended() == 1
    assert "CONTROLBOT_TOKEN is not set" in run.output
    assert [path.name for path in tmp_path.iterdir()] == ["run.log"]


async def test_killed_demo_leaves_nothing_in_the_temporary_folder(tmp_path: Path) -> None:
    folder, health = tmp_path / "temporary", f"127.0.0.1:{free_port()}"
    folder.mkdir()
    health = f"127.0.0.1:{free_port()}"
    demo = ServerProcess(
        "controlbot", "demo", "--listen", f"127.0.0.1:{free_port()}",
        "--mtproto", f"127.0.0.1:{free_port()}",
        ready_url=f"http://{health}/healthz",
        output=tmp_path / "demo.log",
        environment={"CONTROLBOT_LISTEN": health, "TMPDIR": str(folder)},
    )  # fmt: skip
    await demo.start()
    assert list(folder.iterdir())
    await demo.kill()

    async def gone() -> bool:
        return not list(folder.iterdir())

    await until(gone)
