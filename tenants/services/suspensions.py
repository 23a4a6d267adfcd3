"""A suspension outlives its bot: whoever erases a suspended one does not begin with a clean
slate. The record remembers, so nothing else has to be kept of an erased tenant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tenants.model import Desired, Tenant, UserId
from tenants.store import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """Why, and until when (None: until staff lift it)."""

    reason: str
    until: datetime | None


def suspension_of(tenant: Tenant) -> dict[str, Any]:
    """What the record keeps of a suspended tenant's wish to be erased."""
    until = tenant.desired_until
    return {
        "was": Desired.SUSPENDED.value,
        "suspended_for": tenant.desired_reason,
        "suspended_until": until.isoformat() if until else None,
    }


async def still_suspended(uow: UnitOfWork, owner_id: UserId, now: datetime) -> Suspension | None:
    """The suspension of a bot that ``owner_id`` has erased, unless its time is over or staff
    have since lifted one of theirs."""
    rows = await uow.audit.done_by(owner_id, "tenant:bot:erase")
    for row in rows:
        details = json.loads(row["details"])
        if details.get("was") != Desired.SUSPENDED:
            continue
        text = details.get("suspended_until")
        until = datetime.fromisoformat(text) if text else None
        if until is not None and until <= now:
            continue
        if await uow.audit.done_to(owner_id, "tenant:bot:resume", after=row["sequence"]):
            return None
        return Suspension(reason=str(details.get("suspended_for", "")), until=until)
    return None
