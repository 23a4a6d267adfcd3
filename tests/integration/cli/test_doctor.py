"""What the doctor finds, against the sandbox."""

from __future__ import annotations

import socket

import pytest

from controlbot.cli import maintenance
from controlbot.cli.doctor import report
from controlbot.cli.doctor.system_checks import CheckResult, State
from tests.support.platform_env import Stage


async def examined(stage: Stage, **settings: str) -> dict[str, CheckResult]:
    return {found.what: found async for found in report.findings(stage.settings(**settings))}


async def prepare(stage: Stage) -> None:
    async with maintenance.operator_context(stage.settings()):
        pass


async def test_a_fresh_installation_is_well(stage: Stage) -> None:
    found = await examined(stage)
    assert not [finding for finding in found.values() if finding.state is State.BAD]
    assert not stage.data_dir.exists(), "looking makes nothing"


async def test_a_prepared_one_too(stage: Stage) -> None:
    await prepare(stage)
    found = await examined(stage)
    assert found["Master key"].state is State.GOOD
    assert "up to date" in found["Database"].found


async def test_a_lost_master_key_is_named(stage: Stage) -> None:
    await prepare(stage)
    (stage.data_dir / "master.key").unlink()
    found = (await examined(stage))["Master key"]
    assert found.state is State.BAD
    assert "is not there" in found.found


async def test_a_revoked_token_is_named(stage: Stage) -> None:
    await stage.api.revoke(stage.control)
    found = (await examined(stage))["Control bot"]
    assert found.state is State.BAD
    assert "does not know its token" in found.found


async def test_an_open_data_directory_is_noted(stage: Stage) -> None:
    await prepare(stage)
    stage.data_dir.chmod(0o755)
    assert (await examined(stage))["Data directory"].state is State.NOTE


@pytest.mark.parametrize(
    ("what", "setting"),
    [("Control bot", "CONTROLBOT_BOT_API_URL"), ("MTProto", "CONTROLBOT_MTPROTO_SERVER")],
)
async def test_a_silent_server_is_named(stage: Stage, what: str, setting: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        value = f"http://{address}" if what == "Control bot" else address
        found = (await examined(stage, **{setting: value}))[what]
    assert found.state is State.BAD
    assert address in found.found
