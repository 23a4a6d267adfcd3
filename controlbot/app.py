"""The composition root: builds everything in order and closes it in reverse order."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Final, Self

import structlog

from controlbot.bot.client import RetryingBot
from controlbot.bot.commands import offer_menus
from controlbot.bot.context import ControlBotServices, Options
from controlbot.bot.dispatcher import ALLOWED_UPDATES
from controlbot.bot.factory import build_control_bot
from controlbot.bot.update_feed import ControlUpdates
from controlbot.http_server import HealthEndpoints, require_free, serving
from controlbot.master_key import KeyProvider, key_provider
from controlbot.notifications.listeners import Notifications
from controlbot.settings import SettingRefused, Settings
from mtproto.client.server_address import ApiCredentials, ServerAddress
from mtproto.factory import Accounts, build_accounts
from mtproto.login.steps import LoginMethod
from mtproto.settings import MtprotoSettings
from tenants.domain.events import EventBus
from tenants.domain.model import BotProfile, PlatformLimits
from tenants.i18n.translator import Catalogs
from tenants.runner.factory import build_runner, lease_on
from tenants.runner.process.lease import LEASE, ProcessLease
from tenants.runner.runner import Runner
from tenants.runner.settings import RunnerSettings
from tenants.services import Services, build_services, open_database
from tenants.store import Database
from tenants.support.clock import SystemClock
from tenants.support.metrics import Metrics
from tenants.telegram.http_client import Telegram
from tenants.telegram.token_probe import BotProber

log = structlog.get_logger(__name__)

DRAIN: Final = 4.0
"""Seconds for running handlers to end after the first SIGTERM."""
_CLOSE_ACCOUNTS_WITHIN: Final = 2.0


class App:
    """The whole platform in one process, as an async context manager.

    The lease is acquired first: only its holder migrates the schema, connects accounts and asks
    Telegram for updates. On stop, and when it is lost, accounts are closed first.

    Entering raises ``VaultError``, ``TokenRejected``, ``AlreadyRunning``,
    ``TelegramUnavailable``, or ``OSError`` for a used port. Exiting stops everything in
    reverse order.
    """

    services: Services
    accounts: Accounts
    runner: Runner
    platform: ControlBotServices
    _lease: ProcessLease

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.http_url = ""
        """Base URL of health, metrics and webhooks, once entered."""
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            await self._build(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def _build(self, stack: contextlib.AsyncExitStack) -> None:
        settings = self.settings
        require_free(settings.address)
        mtproto = mtproto_settings(settings)
        keys = key_provider(settings)
        await keys.require_usable()
        metrics = Metrics()
        telegram = Telegram(settings.bot_api_url, metrics=metrics)
        stack.push_async_callback(telegram.close)
        me = (await BotProber(telegram.bot).probe(settings.bot_token)).profile
        self.services = await self._services(stack, keys, telegram, me)
        self.accounts = build_accounts(self.services, mtproto)
        self.runner = await build_runner(
            self.services,
            telegram,
            self.accounts.pool,
            Catalogs.load("tenants"),
            runner_settings(settings),
            lease=self._lease,
        )
        pages = HealthEndpoints(self.services.db, self.runner, metrics)
        routes = [*pages.routes(), *self.runner.hook_routes()]
        self.http_url = await stack.enter_async_context(serving(settings.address, routes))
        feed = self._control_bot(stack, telegram, me)
        stack.push_async_callback(self._stop)
        self.runner.when_lost(self._close_accounts)
        lease = await self._lease.require(LEASE)
        await self.accounts.start(lambda: self._lease.holds(lease))
        await self.runner.start()
        await self.runner.control_bot(self.platform.bot, feed, ALLOWED_UPDATES)
        self.platform.nursery.start(offer_menus(self.platform), "offer menus")
        log.info("up", bot=me.username, http=self.http_url)

    @property
    def lost_in_silence(self) -> bool:
        """The lease expired because the database did not answer; no other process took it."""
        return self._lease.lost_in_silence

    async def _stop(self) -> None:
        """Running handlers may still use accounts, so accounts close while handlers drain."""
        await asyncio.gather(self._close_accounts(), self.runner.stop(DRAIN))
        await self._lease.release()

    async def _close_accounts(self) -> None:
        try:
            async with asyncio.timeout(_CLOSE_ACCOUNTS_WITHIN):
                await self.accounts.stop()
        except TimeoutError:
            log.warning("accounts did not close in time")
        except Exception as error:
            # The last session state is not stored: another process may own the data now.
            log.warning("accounts closed without storing", error=type(error).__name__)
        finally:
            self.accounts.cut()

    async def _services(
        self,
        stack: contextlib.AsyncExitStack,
        keys: KeyProvider,
        telegram: Telegram,
        me: BotProfile,
    ) -> Services:
        settings, clock = self.settings, SystemClock()
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)

        async def claim(db: Database) -> None:
            self._lease = lease_on(db, clock, runner_settings(settings))
            stack.push_async_callback(self._lease.release)
            await self._lease.claim(LEASE)

        db = await open_database(settings.database, keys, clock, claim=claim)
        stack.push_async_callback(db.close)
        await self._lease.require(LEASE)
        return await build_services(
            db,
            keys,
            prober=BotProber(telegram.bot),
            events=EventBus(),
            clock=clock,
            limits=PlatformLimits(
                owners=settings.owner_ids,
                control_bot_id=me.bot_id,
                max_bots_per_user=settings.max_bots_per_user,
            ),
            own_webhooks=settings.webhook_url or "",
        )

    def _control_bot(
        self, stack: contextlib.AsyncExitStack, telegram: Telegram, me: BotProfile
    ) -> ControlUpdates:
        built = build_control_bot(
            services=self.services,
            accounts=self.accounts,
            registry=self.runner.registry,
            restarts=self.runner.restarting,
            bot=RetryingBot.of(telegram.bot(self.settings.bot_token)),
            me=me,
            options=Options(
                login_methods=self.settings.login_methods,
                max_bots=self.settings.max_bots_per_user,
                accounts_possible=self.settings.telegram_app is not None,
            ),
        )
        self.platform = built.platform
        notifications = Notifications(built.platform)
        stack.callback(built.platform.secrets.clear)
        stack.push_async_callback(built.platform.nursery.close)
        stack.push_async_callback(notifications.stop)
        notifications.start()
        return built.feed


def mtproto_settings(settings: Settings) -> MtprotoSettings:
    """The settings of mtproto/.

    Raises:
        SettingRefused: the server's address or key is invalid.
        OSError: the key file cannot be read.
    """
    app = settings.telegram_app
    server = None
    if settings.mtproto_server is not None and settings.mtproto_public_key_file is not None:
        pem = settings.mtproto_public_key_file.read_text("ascii", errors="replace")
        try:
            server = ServerAddress.parse(
                settings.mtproto_server, public_key_pem=pem, dc=settings.mtproto_dc
            )
        except ValueError as error:
            raise SettingRefused(
                name="CONTROLBOT_MTPROTO_SERVER or its key", why=str(error)
            ) from None
    return MtprotoSettings(
        server=server,
        api=ApiCredentials(api_id=app[0], api_hash=app[1]) if app else None,
        methods=tuple(LoginMethod(method) for method in settings.login_methods),
    )


def runner_settings(settings: Settings) -> RunnerSettings:
    """The settings of the runner."""
    return RunnerSettings(
        webhook_url=settings.webhook_url, in_flight_file=settings.data_dir / "in-flight"
    )
