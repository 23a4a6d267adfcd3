"""The command line's manners: at once, in plain words, with the right exit code."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from controlbot.cli.error_output import expected_failures
from controlbot.cli.main import main
from tenants.domain.errors import MasterKeyWrong, OwnershipLost, TokenRejected
from tenants.store import StoreError

HEAVY = ("aiogram", "telethon", "sqlalchemy", "pydantic", "aiohttp", "rich")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from controlbot.cli.main import main\n"
        "main(['--help'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments", [["dance"], ["run", "--fast"], ["keys"], ["demo", "--listen", "nowhere"]]
)
def test_wrong_arguments_are_two(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONTROLBOT_LISTEN", "secret-looking-nonsense")
    result = CliRunner().invoke(main, ["doctor"])
    assert result.exit_code == 2
    assert "CONTROLBOT_LISTEN" in result.output
    assert "secret-looking-nonsense" not in result.output


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TokenRejected(), "@BotFather has the new one"),
        (MasterKeyWrong(expected="aa", found="bb", where="k"), "Nothing was changed"),
        (OSError(errno.EADDRINUSE, "in use"), "Another program uses this address"),
        (FileExistsError(errno.EEXIST, "exists", "/data"), "a folder is needed"),
        (StoreError("SELECT secret"), "The database can't be used"),
        (OwnershipLost(epoch=3), "so that no bot is served twice"),
    ],
)
def test_expected_failures_become_one_sentence(error: Exception, words: str) -> None:
    with pytest.raises(click.ClickException) as caught, expected_failures():
        raise error
    assert words in caught.value.message
    assert caught.value.exit_code == 1


def test_a_bug_stays_a_bug() -> None:
    with pytest.raises(ZeroDivisionError), expected_failures():
        raise ZeroDivisionError
