"""Running a part of the tests with a plain report: ``python -m tests.support.plain_report PATH``.

Each test's story is told step by step, and the last line is ``N passed, N failed``. A test
that could not run (no browser, say) is named with its reason and counts as neither, except in
CI, where it has failed.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TextIO

import pytest

from tests.support import progress


class Storyteller:
    """A pytest plugin that writes what happens for people."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._passed = 0
        self._failed: list[pytest.TestReport | pytest.CollectReport] = []
        self._pending = ""
        self._began = 0.0
        progress.listen(self._step)

    @property
    def tally(self) -> str:
        return f"{self._passed} passed, {len(self._failed)} failed"

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._write(f"\n{_title(item)}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._finish_step("✗")
            self._failed.append(report)
        elif report.skipped:
            self._write(f"  – left out: {_reason(report)}")
        elif report.when == "call":
            self._finish_step("✓")
            self._passed += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._failed.append(report)

    def finish(self) -> None:
        """Write why something failed, then the tally, alone on the last line."""
        for report in self._failed:
            self._write(f"\n✗ {report.nodeid}\n{report.longreprtext}")
            for name, text in report.sections:
                self._write(f"--- {name}\n{text}")
        self._write("")
        self._write(self.tally)

    def _step(self, words: str) -> None:
        self._finish_step("✓")
        self._pending, self._began = words, time.monotonic()

    def _finish_step(self, mark: str) -> None:
        if self._pending:
            self._write(f"  {mark} {self._pending}  ({time.monotonic() - self._began:.1f} s)")
        self._pending = ""

    def _write(self, line: str) -> None:
        self._out.write(line + "\n")
        self._out.flush()


def _title(item: pytest.Item) -> str:
    function = getattr(item, "function", None)
    words = (getattr(function, "__doc__", None) or item.name).strip().splitlines()
    return words[0].rstrip(".")


def _reason(report: pytest.TestReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return reason.removeprefix("Skipped: ")


def main(arguments: list[str]) -> int:
    """Run pytest on ``arguments``. Returns its exit code."""
    # A handle of our own, taken before pytest captures what tests print.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    teller = Storyteller(out)
    code = pytest.main(["-p", "no:terminal", *arguments], plugins=[teller])
    teller.finish()
    out.close()
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
