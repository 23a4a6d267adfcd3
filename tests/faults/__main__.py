"""``make faults``: everything is broken on purpose, and the cases of the scheme that are about
keys, isolation, crashes, databases and leases are tried by number.

The last line is ``N passed, N failed``.
"""

from __future__ import annotations

import os
import sys

import pytest

CASES = frozenset({*range(1, 9), *range(34, 60)})
"""Of docs/security-cases.md. The others belong to onboarding, admins, accounts and privacy."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep this folder's tests, and the others' by the numbers of their cases."""
    kept = [item for item in items if _is_ours(item) or _cases(item) & CASES]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = sorted(kept, key=_is_ours)


def _is_ours(item: pytest.Item) -> bool:
    return item.nodeid.startswith("tests/faults/")


def _cases(item: pytest.Item) -> set[int]:
    return {number for mark in item.iter_markers("case") for number in mark.args}


def main() -> int:
    os.environ["CONTROLBOT_TEST_FAULTS"] = "full"
    from tests.support import plain_report

    paths = ["tests/unit", "tests/integration", "tests/faults"]
    return plain_report.main(["-p", "tests.faults.__main__", *paths])


if __name__ == "__main__":
    sys.exit(main())
