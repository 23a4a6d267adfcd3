"""Settings written to .env: nobody else reads them, nothing else in it is lost."""

from __future__ import annotations

import stat
from pathlib import Path

from controlbot.cli.env_file import write_settings


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    write_settings(path, {"CONTROLBOT_TOKEN": "1:x"})
    assert path.read_text() == "CONTROLBOT_TOKEN=1:x\n"
    assert mode(path) == 0o600


def test_other_lines_stay_and_open_rights_are_closed(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nEDITOR=vi\nexport CONTROLBOT_TOKEN = old\nCONTROLBOT_TOKENS=other\n")
    path.chmod(0o644)
    write_settings(path, {"CONTROLBOT_TOKEN": "1:new", "CONTROLBOT_OWNERS": "7"})
    assert path.read_text().splitlines() == [
        "# mine",
        "EDITOR=vi",
        "CONTROLBOT_TOKENS=other",
        "CONTROLBOT_TOKEN=1:new",
        "CONTROLBOT_OWNERS=7",
    ]
    assert mode(path) == 0o600
    assert [found.name for found in tmp_path.iterdir()] == [".env"]
