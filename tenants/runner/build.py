"""Builds the runner out of what the composition root has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenants.i18n import Catalogs
from tenants.metrics import Metrics
from tenants.ports import AccountGateway
from tenants.runner.runner import Runner
from tenants.runner.settings import RunnerSettings
from tenants.telegram.sessions import Telegram

if TYPE_CHECKING:
    from tenants.services import Services


async def build_runner(
    services: Services,
    telegram: Telegram,
    accounts: AccountGateway,
    catalogs: Catalogs,
    settings: RunnerSettings,
    metrics: Metrics | None = None,
) -> Runner:
    """Everything that runs tenants' bots; nothing is started yet.

    ``catalogs`` is the ``tenants`` domain; ``metrics`` defaults to the one of ``telegram``.
    """
    raise NotImplementedError
