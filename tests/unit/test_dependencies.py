"""What the code imports is declared, and the lock files name all of it with its dependencies."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import deque
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
OURS = {"bench", "controlbot", "locales", "migrations", "mtproto", "sandbox", "tenants", "tests"}
SHIPPED = ("controlbot", "migrations", "mtproto", "sandbox", "tenants")
FOR_DEVELOPERS = ("bench", "tests")
LOCKED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]+\])?==", re.MULTILINE)
LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def declared(*, for_developers: bool) -> list[Requirement]:
    project = PROJECT["project"]
    lines = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        lines += extra
    lines += PROJECT["dependency-groups"]["build"]
    if for_developers:
        lines += PROJECT["dependency-groups"]["dev"]
    return [Requirement(line) for line in lines]


def imported(folder: str) -> Iterator[tuple[str, Path]]:
    """Top-level modules of others that the Python files of a folder import."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for name in {name.partition(".")[0] for name in names}:
                if name not in OURS and name not in sys.stdlib_module_names:
                    yield name, path.relative_to(ROOT)


@pytest.mark.parametrize("folder", SHIPPED + FOR_DEVELOPERS)
def test_every_imported_package_is_declared(folder: str) -> None:
    wanted = declared(for_developers=folder in FOR_DEVELOPERS)
    names = {canonicalize_name(requirement.name) for requirement in wanted}
    provided_by = metadata.packages_distributions()
    missing = {
        f"{module} (in {path})"
        for module, path in imported(folder)
        if not {canonicalize_name(name) for name in provided_by.get(module, [])} & names
    }
    assert not missing


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_every_dependency_of_every_extra(lock: str) -> None:
    """Walks the installed packages' own metadata, as pip would when it resolves."""
    locked = set(LOCKED.findall((ROOT / lock).read_text("utf-8")))
    waiting = deque((one, "") for one in declared(for_developers=lock != "requirements.lock"))
    seen: set[str] = set()
    while waiting:
        requirement, extra_of = waiting.popleft()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra_of}):
            continue
        key = f"{canonicalize_name(requirement.name)}[{','.join(sorted(requirement.extras))}]"
        if key in seen:
            continue
        seen.add(key)
        assert canonicalize_name(requirement.name) in locked, key
        for line in metadata.requires(requirement.name) or []:
            for extra in ("", *requirement.extras):
                waiting.append((Requirement(line), extra))


def test_lock_keeps_extras() -> None:
    """Without them pip takes ``coverage`` and ``coverage[toml]`` for two requirements, and
    fails as soon as the registry has a newer release."""
    runtime, development = [(ROOT / name).read_text("utf-8") for name in LOCKS]
    assert "\nsqlalchemy[asyncio]==" in runtime
    assert "\ncoverage[toml]==" in development
