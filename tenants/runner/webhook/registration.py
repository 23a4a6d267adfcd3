"""Sets, repairs and removes the webhooks of tenants' bots.

https://core.telegram.org/bots/api#setwebhook
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final
from urllib.parse import urlsplit

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError

from tenants.domain.model import TenantId
from tenants.runner.runtime.runtime import Runtime
from tenants.runner.webhook.paths import PREFIX, HookPaths

log = structlog.get_logger(__name__)

_CONNECTIONS: Final = 8


class Found(Enum):
    """State of the webhook when it was checked."""

    AS_WE_SET_IT = auto()
    NONE = auto()
    OURS_BUT_OLD = auto()
    """Another address or other kinds of update, on a path of ours."""
    FOREIGN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenWebhook:
    """Answer of getWebhookInfo. https://core.telegram.org/bots/api#webhookinfo"""

    found: Found
    host: str
    """Host of the webhook's URL."""
    pending: int
    """Updates pending at Telegram."""
    failed_at: float
    """When a delivery last failed, in seconds since 1970; 0 for never."""
    error: str
    """Telegram's description of that failure."""


class Webhooks:
    """Sets and removes webhooks; ``base_url`` is None in polling mode."""

    def __init__(self, paths: HookPaths, base_url: str | None) -> None:
        self._paths = paths
        self._base = base_url.rstrip("/") if base_url else None

    def url(self, tenant_id: TenantId) -> str:
        """The address to which Telegram sends this tenant's updates."""
        assert self._base is not None, "webhook mode"
        return f"{self._base}{PREFIX}{self._paths.path(tenant_id)}"

    async def ensure(
        self,
        bot: Bot,
        tenant_id: TenantId,
        allowed: list[str],
        connections: int = _CONNECTIONS,
    ) -> SeenWebhook:
        """Set the webhook unless it is already correct; pending updates are kept.

        Returns the state before.

        Raises:
            TelegramAPIError: also when a foreign webhook could not be replaced.
        """
        info = await bot.get_webhook_info()
        found = self._judge(tenant_id, info.url, info.allowed_updates, allowed)
        host = urlsplit(info.url).hostname or ""
        if found is not Found.AS_WE_SET_IT:
            await bot.set_webhook(
                self.url(tenant_id),
                secret_token=self._paths.secret(tenant_id),
                allowed_updates=allowed,
                max_connections=connections,
                drop_pending_updates=False,
            )
        return SeenWebhook(
            found=found,
            host=host,
            pending=info.pending_update_count,
            failed_at=info.last_error_date.timestamp() if info.last_error_date else 0.0,
            error=info.last_error_message or "",
        )

    async def remove(self, runtime: Runtime, *, any_host: bool) -> bool:
        """Remove a webhook so that the bot can be polled: one of ours, or any with
        ``any_host``. Pending updates are kept. False when it was not removed."""
        bot = runtime.context.bot
        try:
            info = await bot.get_webhook_info()
            if info.url and not any_host and not self._is_ours(runtime.id, info.url):
                return False
            await bot.delete_webhook(drop_pending_updates=False)
        except TelegramAPIError as error:
            log.warning("webhook not removed", tenant=runtime.id, error=type(error).__name__)
            return False
        return True

    async def host_of(self, runtime: Runtime) -> str:
        """The host of the bot's webhook; empty when it is not known."""
        try:
            info = await runtime.context.bot.get_webhook_info()
        except TelegramAPIError:
            return ""
        return urlsplit(info.url).hostname or ""

    def _judge(
        self, tenant_id: TenantId, url: str, allowed: list[str] | None, wanted: list[str]
    ) -> Found:
        if not url:
            return Found.NONE
        if not self._is_ours(tenant_id, url):
            return Found.FOREIGN
        same = url == self.url(tenant_id) and sorted(allowed or []) == wanted
        return Found.AS_WE_SET_IT if same else Found.OURS_BUT_OLD

    def _is_ours(self, tenant_id: TenantId, url: str) -> bool:
        """Decided by the path, which nobody else can create: our host may have changed."""
        return self._paths.tenant_of(url.rpartition("/")[2]) == tenant_id
