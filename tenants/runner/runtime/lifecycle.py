"""What goes with a tenant's runtime wherever its updates come from."""

from __future__ import annotations

import structlog

from tenants.bot.commands import publish_commands
from tenants.bot.context import FeatureServices
from tenants.bot.foreign_settings import delete_former_commands
from tenants.bot.fsm_storage import ConversationStorage
from tenants.domain.model import Tenant
from tenants.runner.inbox.group_commit import Committer
from tenants.runner.process.usage_counter import UsageCounter
from tenants.runner.runtime.loader import Loader
from tenants.runner.runtime.runtime import Runtime
from tenants.runner.settings import RunnerSettings
from tenants.runner.supervision.teardown import UnloadStack
from tenants.support.rate_limits import Pace
from tenants.telegram.send_limits import OutgoingLimits

log = structlog.get_logger(__name__)


class RuntimeLifecycle:
    """Brings runtimes up and puts on the unload stack how to take them down."""

    def __init__(
        self,
        *,
        loader: Loader,
        committer: Committer,
        storage: ConversationStorage,
        limits: OutgoingLimits,
        usage: UsageCounter,
        house: FeatureServices,
        settings: RunnerSettings,
    ) -> None:
        self._loader = loader
        self._committer = committer
        self._storage = storage
        self._limits = limits
        self._usage = usage
        self._house = house
        self._settings = settings

    @property
    def unload_timeout(self) -> float:
        return self._settings.unload_timeout

    async def attach(self, tenant: Tenant, undo: UnloadStack) -> Runtime:
        """Load the tenant and make it known to what watches bots.

        Raises:
            SecretMissing, Tampered: its token can't be had.
        """
        # What it did before it was last stopped must be committed before its inbox is read.
        await self._committer.flush()
        runtime = await self._loader.load(tenant)
        self._storage.know(tenant.bot_id, tenant.id)
        self._usage.know(tenant.bot_id, tenant.id)
        self.apply(runtime, tenant)
        undo.push("forget", lambda: self._forget(tenant))
        undo.push("drain", lambda: self._drain(runtime))
        undo.push("stop reading the inbox", runtime.stop_reading)
        return runtime

    def apply(self, runtime: Runtime, tenant: Tenant) -> None:
        """Let changed limits count at once."""
        runtime.apply(tenant)
        pace = Pace.of(tenant.throttle, tenant.rate_limit, tenant.concurrency)
        self._limits.stop_broadcasts(tenant.bot_id, not pace.broadcasts)

    async def refresh(self, runtime: Runtime) -> bool:
        """Features or language changed. True when other kinds of update are wanted now."""
        changed = await self._loader.refresh(runtime)
        await self.greet(runtime)
        return changed

    async def welcome(self, runtime: Runtime, *, new: bool) -> None:
        """A person asked for this start. Of a bot that is new here nothing of an earlier
        program stays."""
        if new:
            await delete_former_commands(runtime.context)
        await self.greet(runtime)

    async def greet(self, runtime: Runtime) -> None:
        """Tell Telegram the bot's commands, and features that it came to life."""
        await publish_commands(runtime.context)
        for feature in runtime.context.features.features:
            if feature.on_start is None:
                continue
            try:
                await feature.on_start(runtime.context, self._house)
            except Exception:
                log.exception("a feature did not start", tenant=runtime.id, feature=feature.key)

    async def _drain(self, runtime: Runtime) -> None:
        runtime.open = False
        if not await runtime.worker.stop(self._settings.unload_timeout * 0.8):
            log.warning("handlers were cut off", tenant=runtime.id)
        await self._committer.flush()

    async def _forget(self, tenant: Tenant) -> None:
        self._usage.forget(tenant.bot_id)
        self._storage.forget(tenant.bot_id, tenant.id)
