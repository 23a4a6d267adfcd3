"""``scripts/install.sh`` installs what a lock pins, whatever else a package index offers."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import Marker

ROOT = Path(__file__).parents[3]
NEWER = "9999.0"
PINNED = re.compile(
    r"^(?P<name>[a-z0-9][a-z0-9._-]*)(?P<extras>\[[^]]+\])?==(?P<version>[^ ;\\]+)"
    r"(?: ; (?P<marker>[^\\]+))?",
    re.MULTILINE,
)
# An in-tree build backend (PEP 517, PEP 660): the project itself is nothing but a name here.
BACKEND = """
import zipfile

def get_requires_for_build_editable(settings=None):
    return []

def build_editable(folder, settings=None, metadata=None):
    name = "project-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("project-1.0.dist-info/METADATA",
                       "Metadata-Version: 2.1\\nName: project\\nVersion: 1.0\\n")
        wheel.writestr("project-1.0.dist-info/WHEEL",
                       "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("project-1.0.dist-info/RECORD", "")
    return name
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "project"
version = "1.0"
"""


def fake_wheel(folder: Path, name: str, version: str, requires: list[str]) -> str:
    """An empty wheel with real dependencies. Returns its SHA-256."""
    plain = name.replace("-", "_").replace(".", "_")
    info = f"{plain}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    files = {
        f"{info}/METADATA": "\n".join(lines + [f"Requires-Dist: {one}" for one in requires]) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},{_record(text)}\n" for path, text in files.items())
    path = folder / f"{plain}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for inside, text in files.items():
            wheel.writestr(inside, text)
        wheel.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _record(text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
    return f"sha256={digest.decode()},{len(text)}"


def offer(index: Path, project: Path) -> dict[str, str]:
    """An index with every locked package at its version and at a newer one, and the lock file
    with the hashes of those. Returns what is to be installed, by name."""
    wanted, lines = {}, []
    for found in PINNED.finditer((ROOT / "requirements-dev.lock").read_text("utf-8")):
        name, version, marker = found["name"], found["version"], found["marker"]
        if marker and not Marker(marker.strip()).evaluate():
            continue
        requires = metadata.requires(name) or []
        digest = fake_wheel(index, name, version, requires)
        fake_wheel(index, name, NEWER, requires)
        lines.append(f"{name}{found['extras'] or ''}=={version} --hash=sha256:{digest}")
        wanted[name] = version
    (project / "requirements.lock").write_text("\n".join(lines) + "\n")
    return wanted


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / "backend.py").write_text(BACKEND)
    (project / "pyproject.toml").write_text(PROJECT)
    subprocess.run([sys.executable, "-m", "venv", str(project / ".venv")], check=True)
    return project


def install(project: Path, index: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    environment |= {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(index),
        "PIP_CONFIG_FILE": "/dev/null",
    }
    return subprocess.run(
        ["sh", str(ROOT / "scripts/install.sh"), ".venv/bin/python", "requirements.lock"],
        cwd=project, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_newer_releases_change_nothing(tmp_path: Path, project: Path) -> None:
    """An index that offers a newer version of everything: the same set is installed."""
    index = tmp_path / "index"
    index.mkdir()
    wanted = offer(index, project)
    done = install(project, index)
    assert done.returncode == 0, done.stdout + done.stderr
    listed = subprocess.run(
        [project / ".venv/bin/python", "-m", "pip", "list", "--format=json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    installed = {one["name"].lower(): one["version"] for one in json.loads(listed.stdout)}
    found = {name: installed.get(name) for name in wanted}
    assert found == wanted
    assert f"[{len(wanted)}/{len(wanted)}] " in done.stdout, "progress is shown by package"


def test_failure_says_in_one_line_what_to_do(tmp_path: Path, project: Path) -> None:
    index = tmp_path / "index"
    index.mkdir()
    (project / "requirements.lock").write_text(f"absent==1.0 --hash=sha256:{'0' * 64}\n")
    done = install(project, index)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("Installing failed. Check the network")
    assert "make clean" in last
    assert "install.log" in last


def test_missing_dependency_fails_the_install(tmp_path: Path, project: Path) -> None:
    """A lock that leaves a dependency out is not taken for installed."""
    index = tmp_path / "index"
    index.mkdir()
    digest = fake_wheel(index, "alpha", "1.0", ["beta>=1"])
    (project / "requirements.lock").write_text(f"alpha==1.0 --hash=sha256:{digest}\n")
    done = install(project, index)
    assert done.returncode == 1
    assert "beta" in (project / ".venv/install.log").read_text()
