"""The repository's own promises: nothing left to do, and documents that tell the truth."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("bench", "controlbot", "migrations", "mtproto", "sandbox", "scripts", "tenants", "tests")
CASES = ROOT / "docs" / "security-cases.md"
CASE_MARK = re.compile(r"pytest\.mark\.case\(([\d, ]+)\)")
CASE_ROW = re.compile(r"^\| (\d+) \|.*\| (yes|not yet) \|$", re.MULTILINE)
LEFT_TO_DO = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository, or those on disk where there is no git."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z", *patterns],
            cwd=ROOT, capture_output=True, check=True, text=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return sorted(path for pattern in patterns for path in ROOT.rglob(pattern))
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def python_files() -> list[Path]:
    return [path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] in SOURCES]


def test_nothing_is_left_to_do() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in python_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if LEFT_TO_DO.search(line)
    ]
    assert not found


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if path.read_text("utf-8").strip()
        and not path.read_text("utf-8").lstrip().startswith(('"""', "#!"))
    ]
    assert not silent


def test_the_table_of_cases_tells_the_truth() -> None:
    claimed = {
        int(number): tested == "yes" for number, tested in CASE_ROW.findall(CASES.read_text())
    }
    marked = {
        int(number)
        for path in tracked("tests/*.py", "tests/**/*.py")
        for numbers in CASE_MARK.findall(path.read_text("utf-8"))
        for number in numbers.split(",")
    }
    assert set(claimed) == set(range(1, 71))
    assert {number for number, tested in claimed.items() if tested} == marked


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in tracked("*.md")
        for target in LINK.findall(path.read_text("utf-8"))
        if not (path.parent / target).exists()
    ]
    assert not broken


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_pin_every_package_by_hash_and_name_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|file:", text)
