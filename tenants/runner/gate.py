"""The gate: what becomes of an update, decided before it costs anything."""

from __future__ import annotations

import time
from enum import Enum, auto
from typing import Final

from tenants.bot.peek import Peek
from tenants.runner.runtime import Runtime

_TOLD: Final = 1024
_TOLD_FOR: Final = 600.0


class Verdict(Enum):
    HANDLE = auto()
    CLOSED = auto()
    """The tenant is being stopped: Telegram keeps the update."""
    UNHANDLED = auto()
    """No feature of the tenant wants it: dropped."""
    FLOODED = auto()
    """This person sends too much: dropped."""
    FLOOD_BEGINS = auto()
    """The first one of a flood: dropped, and the person is told once."""


def judge(runtime: Runtime, seen: Peek) -> Verdict:
    """Look at one update of a tenant. The owner is never taken for a flood."""
    if not runtime.open:
        return Verdict.CLOSED
    if not runtime.wants(seen):
        return Verdict.UNHANDLED
    person = seen.user_id
    if not person or person == runtime.context.owner_id or runtime.people.try_take(person):
        return Verdict.HANDLE
    return _flooded(runtime, person)


def _flooded(runtime: Runtime, person: int) -> Verdict:
    now = time.monotonic()
    if runtime.told.get(person, 0.0) > now:
        return Verdict.FLOODED
    if len(runtime.told) >= _TOLD:
        runtime.told = {kept: until for kept, until in runtime.told.items() if until > now}
    runtime.told[person] = now + _TOLD_FOR
    return Verdict.FLOOD_BEGINS
