"""Builds the runner from the composition root's services."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from aiogram.exceptions import TelegramUnauthorizedError

from tenants.bot.context import FeatureServices
from tenants.bot.data_export import kept_by
from tenants.bot.dispatcher import PARSER, Dispatcher
from tenants.bot.features.api import Feature
from tenants.bot.features.builtin import our_features
from tenants.bot.features.registry import Registry
from tenants.bot.fsm_storage import ConversationStorage
from tenants.domain.model import Observed, TenantId
from tenants.domain.ports import AccountGateway, Clock
from tenants.i18n.translator import Catalogs
from tenants.runner.handling.in_flight import InFlightJournal
from tenants.runner.handling.worker_deps import RunningUpdates, WorkerDeps
from tenants.runner.inbox.group_commit import Committer
from tenants.runner.ingest.backoff import StartPacer
from tenants.runner.ingest.dropped_updates import DroppedUpdates
from tenants.runner.ingest.ingest import Intake
from tenants.runner.ingest.poller import PollerDeps
from tenants.runner.ingest.polling_mode import DeliveryMode, PollingMode
from tenants.runner.process.lease import ProcessLease
from tenants.runner.process.loop_watchdog import Watchdog
from tenants.runner.process.scheduler import Housekeeping
from tenants.runner.process.usage_counter import UsageCounter
from tenants.runner.runner import Runner, RunnerParts
from tenants.runner.runtime.bulk_loader import TenantBulkLoader
from tenants.runner.runtime.lifecycle import RuntimeLifecycle
from tenants.runner.runtime.loader import Loader
from tenants.runner.settings import RunnerSettings
from tenants.runner.supervision.circuit_breaker import TenantCircuitBreaker
from tenants.runner.supervision.refused_tokens import RefusedTokens
from tenants.runner.supervision.rolling_restart import RollingRestart
from tenants.runner.supervision.status_reporter import Reporter
from tenants.runner.supervision.supervisor import Supervisor
from tenants.runner.supervision.telegram_inspector import Inspector
from tenants.runner.webhook.contexts import HookContexts
from tenants.runner.webhook.endpoint import Hooks
from tenants.runner.webhook.paths import HookPaths
from tenants.runner.webhook.registration import Webhooks
from tenants.runner.webhook.webhook_mode import WebhookMode
from tenants.services import Services
from tenants.store import Database
from tenants.support.background_tasks import BackgroundTasks
from tenants.telegram.get_updates import Updates
from tenants.telegram.http_client import Telegram


async def build_runner(
    services: Services,
    telegram: Telegram,
    accounts: AccountGateway,
    catalogs: Catalogs,
    settings: RunnerSettings,
    *,
    features: Iterable[Feature] | None = None,
    lease: ProcessLease | None = None,
) -> Runner:
    """Build the runner without starting it.

    Args:
        catalogs: the ``tenants`` domain.
        features: replace the built-in ones and those of installed packages.
        lease: already acquired; without it the runner acquires its own when it starts.
    """
    registry = Registry(features) if features else Registry.with_installed(our_features())
    house = FeatureServices(
        db=services.db,
        accounts=accounts,
        catalogs=catalogs,
        registry=registry,
        events=services.events,
        notices=services.notices,
        clock=services.clock,
    )
    services.exports.include("kept by features", kept_by(registry))
    return RunnerFactory(services, telegram, house, settings).runner(lease)


def lease_on(db: Database, clock: Clock, settings: RunnerSettings) -> ProcessLease:
    """The lease on a database, not acquired yet."""
    return ProcessLease(db, clock, ttl=settings.lease_ttl, margin=settings.lease_margin)


def _beside(db: Database) -> Path | None:
    """Default path of the in-flight journal: next to SQLite's file."""
    file = db.url.database
    if db.dialect != "sqlite" or not file or file == ":memory:":
        return None
    return Path(f"{file}-in-flight")


class RunnerFactory:
    """Builds each part once, in the order of their dependencies."""

    def __init__(
        self,
        services: Services,
        telegram: Telegram,
        house: FeatureServices,
        settings: RunnerSettings,
    ) -> None:
        self._services = services
        self._telegram = telegram
        self._house = house
        self._settings = settings
        self._metrics = telegram.metrics
        self._nursery = BackgroundTasks("runner")
        self._paths = HookPaths(services.vault)
        self._webhooks = Webhooks(self._paths, settings.webhook_url)
        self._pacer = StartPacer(settings.starts_at_once, settings.starts_per_minute)
        self._storage = ConversationStorage(services.db, services.clock)
        self._usage = UsageCounter(services.db, services.clock, self._metrics)
        self._reporter = Reporter(services.lifecycle, self._metrics)
        self._committer = Committer(services.db, services.clock, services.events, self._metrics)
        self._journal = InFlightJournal(settings.in_flight_file or _beside(services.db))
        self._running: RunningUpdates = {}
        self._failures = TenantCircuitBreaker(settings, self._usage, self._set_aside)
        self._intake = self._build_intake()
        self._attaching = self._build_attaching()
        self._updates = Updates(telegram)
        self._refused = RefusedTokens(self._reporter, services.managed_bots.renew_token, settings)
        self._hook_serving = self._build_hook_serving() if settings.webhook_url else None
        self._serving: DeliveryMode = self._hook_serving or self._build_poll_serving()
        self._supervisor = self._build_supervisor()
        self._inspector = self._build_inspector()
        telegram.on_call = self._called

    def runner(self, lease: ProcessLease | None) -> Runner:
        services, settings = self._services, self._settings
        return Runner(
            RunnerParts(
                db=services.db,
                events=services.events,
                presence=services.presence,
                telegram=self._telegram,
                registry=self._house.registry,
                metrics=self._metrics,
                settings=settings,
                lease=lease or lease_on(services.db, services.clock, settings),
                owns_lease=lease is None,
                committer=self._committer,
                journal=self._journal,
                reporter=self._reporter,
                supervisor=self._supervisor,
                watchdog=Watchdog(
                    self._metrics,
                    blocked_after=settings.loop_blocked_after,
                    running=self._running,
                    blocked=self._failures.blocked,
                ),
                housekeeping=Housekeeping(
                    db=services.db,
                    clock=services.clock,
                    impersonations=services.impersonations,
                    presence=services.presence,
                    usage=self._usage,
                    house=self._house,
                    entries=self._supervisor.entries,
                ),
                restarting=RollingRestart(services.restarts, self._supervisor.entry),
                updates=self._updates,
                paths=self._paths,
                hooks=self._build_hooks(),
                hook_serving=self._hook_serving,
                inspector=self._inspector,
                managed_bots=services.managed_bots,
                nursery=self._nursery,
            )
        )

    def _called(self, bot_id: int, outcome: str, messages: int) -> None:
        """A call to Telegram ended. A refused token is checked at once, whatever the call was."""
        self._usage.called(bot_id, outcome, messages)
        if outcome != TelegramUnauthorizedError.__name__:
            return
        tenant_id = self._usage.tenant_of(bot_id)
        entry = self._supervisor.entry(tenant_id) if tenant_id is not None else None
        if entry is not None and self._reporter.seen(entry.tenant_id) is Observed.ONLINE:
            self._inspector.soon(entry)

    def _set_aside(self, tenant_id: TenantId, detail: str) -> None:
        self._supervisor.set_aside(tenant_id, detail)

    def _build_intake(self) -> Intake:
        return Intake(
            committer=self._committer,
            catalogs=self._house.catalogs,
            clock=self._services.clock,
            metrics=self._metrics,
            usage=self._usage,
            dropped=DroppedUpdates(self._services.events, self._nursery),
            nursery=self._nursery,
        )

    def _build_attaching(self) -> RuntimeLifecycle:
        crew = WorkerDeps(
            feed=Dispatcher(self._house, self._storage),
            committer=self._committer,
            nursery=self._nursery,
            settings=self._settings,
            journal=self._journal,
            metrics=self._metrics,
            parser=PARSER,
            quarantined=self._failures.quarantined,
            handled=self._usage.handled,
            running=self._running,
        )
        loader = Loader(
            house=self._house,
            stored=TenantBulkLoader(
                self._services.db,
                self._services.credentials,
                self._nursery,
                self._settings.backlog,
            ),
            telegram=self._telegram,
            crew=crew,
            settings=self._settings,
        )
        return RuntimeLifecycle(
            loader=loader,
            committer=self._committer,
            storage=self._storage,
            limits=self._telegram.limits,
            usage=self._usage,
            house=self._house,
            settings=self._settings,
        )

    def _build_hook_serving(self) -> WebhookMode:
        return WebhookMode(
            contexts=HookContexts(self._services.db, self._attaching),
            attaching=self._attaching,
            webhooks=self._webhooks,
            pacer=self._pacer,
            refused=self._refused,
            inspections=self._services.inspections,
            reporter=self._reporter,
            metrics=self._metrics,
            nursery=self._nursery,
        )

    def _build_supervisor(self) -> Supervisor:
        return Supervisor(
            db=self._services.db,
            clock=self._services.clock,
            lifecycle=self._services.lifecycle,
            serving=self._serving,
            reporter=self._reporter,
            metrics=self._metrics,
            settings=self._settings,
        )

    def _build_inspector(self) -> Inspector:
        return Inspector(
            entries=self._supervisor.entries,
            serving=self._serving,
            inspections=self._services.inspections,
            refused=self._refused,
            settings=self._settings,
            nursery=self._nursery,
        )

    def _build_poll_serving(self) -> PollingMode:
        return PollingMode(
            self._attaching,
            PollerDeps(
                updates=self._updates,
                intake=self._intake,
                webhooks=self._webhooks,
                pacer=self._pacer,
                refused=self._refused,
                reporter=self._reporter,
                metrics=self._metrics,
                settings=self._settings,
            ),
            self._nursery,
        )

    def _build_hooks(self) -> Hooks | None:
        if self._hook_serving is None:
            return None
        return Hooks(
            paths=self._paths,
            contexts=self._hook_serving.contexts,
            intake=self._intake,
            entry_of=self._supervisor.entry,
            metrics=self._metrics,
        )
