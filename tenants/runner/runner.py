"""The runner: one door to everything that runs tenants' bots in this process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Bot
from aiohttp import web

from tenants.metrics import Metrics
from tenants.model import TenantId

ControlFeed = Callable[[dict[str, Any]], Awaitable[Any]]
"""Handles one update of the control bot, as Telegram sent it; returns when it is handled."""


class Runner:
    """Starts, watches and stops what runs. Built by :func:`tenants.runner.build.build_runner`."""

    metrics: Metrics

    async def start(self) -> None:
        """Take the lease on the data and begin to run tenants.

        Raises:
            AlreadyRunning: another process serves this data.
        """

    async def stop(self, timeout: float = 20.0) -> None:  # noqa: ASYNC109
        """Stop intake, let handlers finish for ``timeout`` seconds, release the lease."""

    def wake(self, tenant_id: TenantId) -> None:
        """Look at a tenant now rather than at the next sweep (events do this already)."""

    async def control_bot(self, bot: Bot, feed: ControlFeed, allowed_updates: list[str]) -> None:
        """Begin to take in the control bot's updates (poll, or webhook when one is set).

        An update is acknowledged after ``feed`` returned; each chat's updates are fed in
        order, chats concurrently. Nothing of them touches the disk.
        """

    def hook_routes(self) -> list[web.RouteDef]:
        """Routes for webhooks (``POST /hook/{path}``); empty when bots are polled."""
        return []

    def ready(self) -> bool:
        """True once the lease is held and every tenant has been looked at (``/readyz``)."""
        return False
