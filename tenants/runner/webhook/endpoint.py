"""aiohttp handlers for the webhooks of all bots.

200 only once the updates are committed; 401 without the right secret; 404 for an unknown path,
without building a context; 503 and Retry-After when Telegram has to keep the updates. Exceeding
a tenant's rate does not cause 503: updates are ingested and handled at its rate, because Telegram
slows a bot's webhook down after errors (https://github.com/tdlib/telegram-bot-api/issues/422).
https://core.telegram.org/bots/api#setwebhook
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiohttp import web

from tenants.domain.errors import VaultError
from tenants.domain.model import TenantId
from tenants.runner.ingest.ingest import Intake
from tenants.runner.supervision.tenant_state import Phase, TenantState
from tenants.runner.webhook.contexts import HookContexts
from tenants.runner.webhook.paths import PREFIX, HookPaths
from tenants.runner.webhook.request_bodies import RequestBodies
from tenants.support.metrics import Metrics

log = structlog.get_logger(__name__)

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
_LATER: Final = 5

ControlHook = Callable[[bytes], Awaitable[None]]


class Hooks:
    """Handlers for aiohttp. ``entry_of`` is the supervisor's."""

    def __init__(
        self,
        *,
        paths: HookPaths,
        contexts: HookContexts,
        intake: Intake,
        entry_of: Callable[[TenantId], TenantState | None],
        metrics: Metrics,
    ) -> None:
        self._paths = paths
        self._contexts = contexts
        self._intake = intake
        self._entry_of = entry_of
        self._metrics = metrics
        self._bodies = RequestBodies()
        self.control: ControlHook | None = None
        """Receives the control bot's updates; its path is tenant 0's."""

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PREFIX + "{path}", self._post)]

    async def _post(self, request: web.Request) -> web.Response:
        try:
            response = await self._answer(request)
        except web.HTTPException as refused:
            self._metrics.hooks.labels(str(refused.status)).inc()
            raise
        self._metrics.hooks.labels(str(response.status)).inc()
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        """The body is read only after the path and the secret were verified."""
        tenant_id = self._paths.tenant_of(request.match_info["path"])
        if tenant_id is None:
            return web.Response(status=404)
        if not self._paths.secret_is_right(tenant_id, request.headers.get(SECRET_HEADER, "")):
            return web.Response(status=401)
        body = await self._bodies.read(request)
        if tenant_id == CONTROL_BOT:
            return await self._for_control_bot(body)
        entry = self._entry_of(tenant_id)
        if entry is None or entry.phase is not Phase.SERVING:
            return _later()
        return await self._for_tenant(entry, body)

    async def _for_control_bot(self, body: bytes) -> web.Response:
        if self.control is None:
            return _later()
        await self.control(body)
        return web.Response()

    async def _for_tenant(self, entry: TenantState, body: bytes) -> web.Response:
        try:
            runtime = await self._contexts.get(entry)
        except VaultError as error:
            log.error("token not decrypted", tenant=entry.tenant_id, error=error.code)
            return _later()
        runtime.last_used = time.monotonic()
        if runtime.worker.full:
            return _later()
        runtime.taking += 1
        try:
            last = await self._intake.take(runtime, [body])
        finally:
            runtime.taking -= 1
        if last is None and not runtime.open:
            return _later()
        entry.taken_at = time.time()
        return web.Response()


CONTROL_BOT: Final = TenantId(0)
"""No tenant has this id; it is used for the control bot's path."""


def _later(seconds: int = _LATER) -> web.Response:
    return web.Response(status=503, headers={"Retry-After": str(seconds)})
