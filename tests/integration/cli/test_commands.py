"""The operator's commands make nothing where there is nothing, and keep out of each other's way."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from controlbot.app import App
from controlbot.cli.main import main
from tests.support.platform_env import Stage


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str, **environment: str) -> Result:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.parametrize(
    "command", [["audit", "verify"], ["audit", "verify", "--head"], ["keys", "rotate"], ["doctor"]]
)
def test_commands_in_a_wrong_folder_make_nothing(
    command: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """U10: they used to make a key and a database, and report success."""
    monkeypatch.chdir(tmp_path)
    result = call(monkeypatch, *command)
    assert result.exit_code == 1
    assert not list(tmp_path.iterdir())
    if command != ["doctor"]:
        assert "There is no data of the platform in" in result.output


async def test_doctor_without_settings_asks_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Connections that leave the machine fail a test by themselves."""
    from controlbot.cli.doctor.system_checks import mtproto_server
    from controlbot.settings import Settings

    found = await mtproto_server(Settings(_env_file=None))
    assert found.found == "not tried"


def test_old_schema_is_said_and_not_touched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, "init").exit_code == 0
    database = tmp_path / "data" / "controlbot.db"
    with contextlib.closing(sqlite3.connect(database)) as driver, driver:
        driver.execute("UPDATE alembic_version SET version_num = '0001'")
    result = call(monkeypatch, "audit", "verify")
    assert result.exit_code == 1
    assert "controlbot migrate" in result.output


async def test_migrate_and_init_are_refused_while_the_platform_runs(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """B1: the schema is changed under the lease."""
    monkeypatch.chdir(tmp_path)
    async with App(stage.settings()):
        for command in ("migrate", "init"):
            results: list[Result] = []

            def work(command: str = command, results: list[Result] = results) -> None:
                results.append(call(monkeypatch, command, **stage.environment()))

            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            assert results[0].exit_code == 1
            assert "Another process serves this data already" in results[0].output


def test_backup_of_a_busy_database_ends_and_is_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """SQLite's own online backup starts again whenever somebody writes."""
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, "init").exit_code == 0
    database, stop = tmp_path / "data" / "controlbot.db", threading.Event()

    def write() -> None:
        with contextlib.closing(sqlite3.connect(database, timeout=10)) as driver:
            number = 0
            while not stop.is_set():
                number += 1
                with driver:
                    row = (f"busy {number}", "x" * 1000)
                    driver.execute("INSERT INTO meta (key, value) VALUES (?, ?)", row)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        result = call(monkeypatch, "backup", "copy.db")
    finally:
        stop.set()
        writer.join()
    assert result.exit_code == 0, result.output
    copy = tmp_path / "copy.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    with contextlib.closing(sqlite3.connect(copy)) as driver:
        assert driver.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert driver.execute("SELECT count(*) FROM platform_keys").fetchone() == (2,)
    again = call(monkeypatch, "backup", "copy.db")
    assert again.exit_code == 1
    assert "is there already" in again.output


@pytest.mark.parametrize("command", ["run", "init"])
def test_damaged_master_key_is_said_before_anything_is_made(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """U10's kind: the database was made first, and the key looked at afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONTROLBOT_TOKEN", "123456789:AAHouseOfBotsInASandbox_only_pretend")
    result = call(monkeypatch, command, CONTROLBOT_MASTER_KEY="nonsense")
    assert result.exit_code == 1
    assert "A line of CONTROLBOT_MASTER_KEY is not a master key" in result.output
    assert not list(tmp_path.iterdir())


def test_used_address_is_said_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """U10's kind: a database and a master key were made first."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONTROLBOT_TOKEN", "123456789:AAHouseOfBotsInASandbox_only_pretend")
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        result = call(monkeypatch, "run", CONTROLBOT_LISTEN=address)
    assert result.exit_code == 1
    assert f"Another program uses this address (CONTROLBOT_LISTEN): {address}" in result.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"CONTROLBOT_LISTEN": "nobody.invalid:8080"}, "nobody.invalid has no address"),
        (
            {
                "CONTROLBOT_MTPROTO_SERVER": "127.0.0.1:1",
                "CONTROLBOT_MTPROTO_PUBLIC_KEY_FILE": "missing.pem",
            },
            "There is no such file or folder: missing.pem",
        ),
    ],
)
def test_senseless_settings_are_said_before_anything_is_made(
    setting: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The first ended with a traceback, the second left a database and a master key behind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONTROLBOT_TOKEN", "123456789:AAHouseOfBotsInASandbox_only_pretend")
    result = call(monkeypatch, "run", **{"CONTROLBOT_LISTEN": "127.0.0.1:0", **setting})
    assert result.exit_code == 1
    assert words in result.output
    assert not list(tmp_path.iterdir())
