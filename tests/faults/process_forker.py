"""Makes processes to be killed: ``python -m tests.faults.process_forker``.

It imports everything once (aiogram alone takes five seconds), freezes what it has, and forks
a process for every order it reads, so that a kill costs no start. A forked process opens its
own loop and database. Orders and answers are lines of JSON on the standard streams; when
those close, every process it made is killed, and it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import json
import os
import signal
import sys
import traceback
from typing import Any

from tests.faults import baseline_process, log_setup, platform_process

ROLES = {"platform": platform_process.serve, "rival": baseline_process.serve}
_PR_SET_PDEATHSIG = 1


def main() -> None:
    log_setup.log_plainly()
    gc.collect()
    gc.freeze()
    children: set[int] = set()
    _answer({"ready": True})
    try:
        for line in iter(sys.stdin.buffer.readline, b""):
            _answer(_obey(json.loads(line), children))
    finally:
        for pid in children:
            _end(pid)


def _obey(order: dict[str, Any], children: set[int]) -> dict[str, Any]:
    """``fork`` → pid; ``kill`` → how it ended; ``signal``; ``look`` → how it ended, or None."""
    match order["do"]:
        case "fork":
            pid = os.fork()
            if pid == 0:
                _live(order)
            children.add(pid)
            return {"pid": pid}
        case "kill":
            children.discard(order["pid"])
            return {"status": _end(order["pid"])}
        case "signal":
            os.kill(order["pid"], order["number"])
            return {}
        case "look":
            found, status = os.waitpid(order["pid"], os.WNOHANG)
            children.discard(found)
            return {"status": os.waitstatus_to_exitcode(status) if found else None}
    raise ValueError(order)


def _end(pid: int) -> int:
    """Kill a process and take its leave, so that nothing of it remains, not even a zombie."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _live(order: dict[str, Any]) -> None:
    """The forked process. It never returns."""
    code = 1
    try:
        _die_with_the_forge()
        _talk_to_nobody_but_the_tests()
        asyncio.run(ROLES[order["role"]](order["settings"]))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _die_with_the_forge() -> None:
    """https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html; elsewhere not."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _talk_to_nobody_but_the_tests() -> None:
    """The forge's orders and answers are not this process's; its words are."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)


def _answer(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
