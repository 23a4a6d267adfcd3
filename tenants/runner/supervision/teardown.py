"""Stops a tenant: undoes its set-up steps in reverse order, each with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from tenants.domain.model import TenantId

log = structlog.get_logger(__name__)

Step = Callable[[], Awaitable[object]]


class Teardown(Protocol):
    """Stops something that runs."""

    async def unwind(self, tenant_id: TenantId, timeout: float) -> None: ...  # noqa: ASYNC109


class UnloadStack:
    """Steps to undo, last in first out. One that fails or hangs is logged; the rest still run."""

    __slots__ = ("_steps",)

    def __init__(self) -> None:
        self._steps: list[tuple[str, Step]] = []

    def push(self, name: str, step: Step) -> None:
        self._steps.append((name, step))

    async def unwind(self, tenant_id: TenantId, timeout: float) -> None:  # noqa: ASYNC109
        """Each step may take ``timeout`` seconds."""
        while self._steps:
            name, step = self._steps.pop()
            try:
                async with asyncio.timeout(timeout):
                    await step()
            except TimeoutError:
                log.error("unloading timed out", tenant=tenant_id, step=name)
            except Exception:
                log.exception("unloading failed", tenant=tenant_id, step=name)
