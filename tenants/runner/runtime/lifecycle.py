"""Starts and stops tenants' runtimes, for both delivery modes."""

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
    """Starts runtimes and adds the steps that stop them to the unload stack."""

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
        """Load the tenant and register its bot with limits, usage and FSM storage.

        Raises:
            SecretMissing, Tampered: its token can't be decrypted.
        """
        # Results from before its last stop must be committed before its inbox is read.
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
        """Apply changed limits at once."""
        runtime.apply(tenant)
        pace = Pace.of(tenant.throttle, tenant.rate_limit, tenant.concurrency)
        self._limits.stop_broadcasts(tenant.bot_id, not pace.broadcasts)

    async def refresh(self, runtime: Runtime) -> bool:
        """Apply changed features or language. True when the update kinds changed."""
        changed = await self._loader.refresh(runtime)
        await self.greet(runtime)
        return changed

    async def welcome(self, runtime: Runtime, *, new: bool) -> None:
        """Publish commands after a start requested by a person. For a new bot, delete what an
        earlier program left."""
        if new:
            await delete_former_commands(runtime.context)
        await self.greet(runtime)

    async def greet(self, runtime: Runtime) -> None:
        """Publish the bot's commands, and call the features' ``on_start``."""
        await publish_commands(runtime.context)
        for feature in runtime.context.features.features:
            if feature.on_start is None:
                continue
            try:
                await feature.on_start(runtime.context, self._house)
            except Exception:
                log.exception("feature not started", tenant=runtime.id, feature=feature.key)

    async def _drain(self, runtime: Runtime) -> None:
        runtime.open = False
        if not await runtime.worker.stop(self._settings.unload_timeout * 0.8):
            log.warning("handlers cancelled at stop", tenant=runtime.id)
        await self._committer.flush()

    async def _forget(self, tenant: Tenant) -> None:
        self._usage.forget(tenant.bot_id)
        self._storage.forget(tenant.bot_id, tenant.id)
