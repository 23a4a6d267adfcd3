"""What holds for every test: nothing leaves the machine, no setting leaks in, CI skips nothing."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Generator

import pytest
import structlog

pytest_plugins = ["tests.support.fixtures"]

MUST_RUN_IN_CI = ("browser", "postgres")
LOCAL_NAMES = {"", "localhost"}


def pytest_configure() -> None:
    sys.addaudithook(_stay_on_this_machine)
    for name in [name for name in os.environ if _is_a_setting(name)]:
        del os.environ[name]


@pytest.fixture(autouse=True)
def _log_plainly() -> None:
    """Through the standard library, where pytest shows it beside what failed. (structlog's own
    default draws a whole traceback with all variables, which blocks the loop for seconds.)"""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _is_a_setting(name: str) -> bool:
    return name.startswith("CONTROLBOT_") and not name.startswith("CONTROLBOT_TEST_")


def _stay_on_this_machine(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse connections and look-ups that go elsewhere. (An audit hook sees them all.)"""
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _is_local(host):
        raise PermissionError(f"a test tried to reach {host!r}")


def _is_local(host: object) -> bool:
    if host is None or isinstance(host, int):
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that lacks its browser or database has failed."""
    report = yield
    must_run = any(item.get_closest_marker(name) for name in MUST_RUN_IN_CI)
    if report.skipped and must_run and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report
