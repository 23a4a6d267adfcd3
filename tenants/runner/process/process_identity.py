"""Names of processes that let another process on the machine check whether they still run."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from pathlib import Path
from typing import Final

_PARTS: Final = 4
_PROC: Final = Path("/proc")


def this_holder() -> str:
    """``host|machine|pid|born|nonce`` of this process; unique for each call."""
    pid = os.getpid()
    return "|".join((socket.gethostname(), _machine(), str(pid), _born(pid), secrets.token_hex(4)))


def readable(holder: str) -> str:
    """For people: "host, process 123"."""
    host, _, rest = holder.partition("|")
    pid = rest.split("|")[1] if rest.count("|") >= 1 else "?"
    return f"{host}, process {pid}"


def is_here(holder: str) -> bool:
    """Whether the holder is, or was, a process on this machine and in this container."""
    parts = holder.split("|")
    return len(parts) > _PARTS and parts[:2] == [socket.gethostname(), _machine()]


def is_dead(holder: str) -> bool:
    """True only for a process of this machine that has certainly ended."""
    if not is_here(holder):
        return False
    _, _, pid, born, _ = holder.split("|")
    return _born(int(pid)) != born


def _machine() -> str:
    """Identifies this boot and this container's process ids; empty where neither is known."""
    found = []
    with contextlib.suppress(OSError):
        found.append((_PROC / "sys/kernel/random/boot_id").read_text().strip())
    with contextlib.suppress(OSError):
        found.append(str((_PROC / "self/ns/pid").readlink()))
    return "/".join(found)


def _born(pid: int) -> str:
    """When the process started, in clock ticks after boot, so that a reused pid differs.

    Field 22 of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; on other systems
    only whether it runs is known.
    """
    with contextlib.suppress(OSError, IndexError):
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        # A zombie counts as ended; where nobody reaps it, it would remain for ever.
        return "" if fields[0] == "Z" else fields[19]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "alive"
    return "alive"
