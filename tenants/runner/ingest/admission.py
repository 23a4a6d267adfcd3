"""Decides from its header what to do with an incoming update."""

from __future__ import annotations

from enum import Enum, auto

from tenants.bot.update_header import KINDS, UpdateHeader
from tenants.runner.runtime.runtime import Runtime


class Admission(Enum):
    HANDLE = auto()
    CLOSED = auto()
    """The tenant is being stopped: Telegram keeps the update."""
    UNHANDLED = auto()
    """No feature of the tenant handles it: dropped."""
    UNPARSED = auto()
    """Its kind or ids can't be handled by this version: kept for another."""
    DEFER = auto()
    """The person exceeds the rate limit: kept, and handled at a lower rate."""
    DROP = auto()
    """The person exceeds the rate limit, and the limit of deferred updates is reached."""


def admit(runtime: Runtime, seen: UpdateHeader, now: float) -> Admission:
    """Decide on one update of a tenant. The owner has no rate limit."""
    if not runtime.open:
        return Admission.CLOSED
    if seen.odd and not _is_clear(runtime, seen):
        return Admission.UNPARSED
    if not (runtime.wants(seen) or seen.odd):
        return Admission.UNHANDLED if seen.kind in KINDS or not seen.kind else Admission.UNPARSED
    person = seen.user_id
    if not person or person == runtime.context.owner_id:
        return Admission.HANDLE
    if not runtime.deferred.holds(person) and runtime.floods.try_take(person, seen.sent_at, now):
        return Admission.HANDLE
    return Admission.DEFER if runtime.deferred.has_room(person) else Admission.DROP


def _is_clear(runtime: Runtime, seen: UpdateHeader) -> bool:
    """Whether an odd update may go to the features: its ids are known and one may handle it."""
    return bool(seen.chat_key) and seen.kind in runtime.context.features.routes
