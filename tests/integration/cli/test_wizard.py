"""The first run on a terminal, a real one (a pty), against the sandbox's Bot API."""

from __future__ import annotations

import asyncio
import os
import pty
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.platform_env import Stage
from tests.support.processes import clean_environment
from tests.support.sandbox_client import ControlApi

PATIENCE = 30.0
WIZARD = "from controlbot.cli import setup_wizard; from controlbot.settings import Settings; {act}"


class Terminal:
    """A Python program on a pty, typed at like a person does."""

    def __init__(self, directory: Path, api_url: str) -> None:
        self._directory = directory
        self._environment = clean_environment() | {"CONTROLBOT_BOT_API_URL": api_url}
        self._seen = ""

    async def start(self, code: str) -> None:
        self._ours, theirs = pty.openpty()
        os.set_blocking(self._ours, False)
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, cwd=self._directory, env=self._environment,
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)

    async def expect(self, words: str) -> str:
        """Wait for ``words``; returns what was shown up to them and forgets it."""
        async with asyncio.timeout(PATIENCE):
            while words not in self._seen:
                self._read()
                await asyncio.sleep(0.02)
        shown, _, self._seen = self._seen.partition(words)
        return shown

    def type(self, line: str) -> None:
        os.write(self._ours, line.encode() + b"\n")

    async def end(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self._process.wait()

    async def close(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        os.close(self._ours)

    def _read(self) -> None:
        try:
            self._seen += os.read(self._ours, 65536).decode()
        except (BlockingIOError, OSError):
            return


@pytest.fixture
async def terminal(api: ControlApi, tmp_path: Path) -> AsyncIterator[Terminal]:
    terminal = Terminal(tmp_path, api.url)
    await terminal.start(WIZARD.format(act="print('asked:', setup_wizard.ask(Settings()))"))
    yield terminal
    await terminal.close()


async def test_a_token_is_checked_and_kept_for_its_owner_only(
    stage: Stage, terminal: Terminal, tmp_path: Path
) -> None:
    await terminal.expect("press Enter for the sandbox")
    terminal.type("not a token")
    await terminal.expect("That is not a token")
    terminal.type("123456789:" + "A" * 35)
    await terminal.expect("Telegram does not know this token")
    terminal.type(stage.control.token)
    shown = await terminal.expect(f"@{stage.control.username}")
    assert stage.control.token not in shown
    await terminal.expect("Your user id")
    terminal.type("olga")
    await terminal.expect("A user id is a number")
    terminal.type(str(stage.owner.id))
    await terminal.expect("asked: True")

    assert await terminal.end() == 0
    env = tmp_path / ".env"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert env.read_text().splitlines() == [
        f"CONTROLBOT_TOKEN={stage.control.token}",
        f"CONTROLBOT_OWNERS={stage.owner.id}",
    ]


async def test_the_owner_is_recognised_by_a_message(
    stage: Stage, terminal: Terminal, tmp_path: Path
) -> None:
    await terminal.expect("press Enter for the sandbox")
    terminal.type(stage.control.token)
    await terminal.expect("Your user id")
    terminal.type("")
    await terminal.expect("Waiting for your message")
    await stage.owner.send(stage.chat, "/start")
    await terminal.expect(f"Are you Olga ({stage.owner.id})?")
    terminal.type("y")
    await terminal.expect("asked: True")
    assert f"CONTROLBOT_OWNERS={stage.owner.id}" in (tmp_path / ".env").read_text()


async def test_enter_means_the_sandbox(terminal: Terminal, tmp_path: Path) -> None:
    await terminal.expect("press Enter for the sandbox")
    terminal.type("")
    await terminal.expect("asked: False")
    assert not (tmp_path / ".env").exists()
