"""Updates as Telegram sends them, put straight into a bot's queue in the sandbox or handed to
its intake, with every detail of one's own."""

from __future__ import annotations

import json
import time
from typing import Any

from tenants.domain.model import TenantId
from tenants.runner.runtime.runtime import Runtime
from tests.support.runner_env import RunnerEnv


def message_of(person_id: int, text: str, *, date: float | None = None, **more: Any) -> Any:
    """A private message of a person."""
    return {
        "message_id": more.pop("message_id", 1),
        "date": int(time.time() if date is None else date),
        "from": {"id": person_id, "is_bot": False, "first_name": "P"},
        "chat": {"id": person_id, "type": "private", "first_name": "P"},
        "text": text,
        **more,
    }


def update_of(update_id: int, **kind: Any) -> bytes:
    return json.dumps({"update_id": update_id, **kind}).encode()


def runtime_of(yard: RunnerEnv, tenant_id: TenantId) -> Runtime:
    entry = yard.runner._parts.supervisor.entry(tenant_id)
    assert entry is not None
    assert entry.runtime is not None
    return entry.runtime


async def take(yard: RunnerEnv, tenant_id: TenantId, *raws: bytes) -> int | None:
    """Hand updates over as one delivery; the last id that may be acknowledged."""
    entry = yard.runner._parts.supervisor.entry(tenant_id)
    assert entry is not None
    assert entry.poller is not None
    return await entry.poller._kit.intake.take(runtime_of(yard, tenant_id), list(raws))
