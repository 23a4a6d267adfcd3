"""Builds the objects of mtproto/; called by the composition root."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from mtproto.accounts.connections import Connections
from mtproto.accounts.health_check import AccountHealthCheck
from mtproto.accounts.lease_guard import Guard, Holds, always
from mtproto.accounts.pool import AccountPool
from mtproto.accounts.repository import Records
from mtproto.accounts.termination import SessionTermination
from mtproto.client.client import ClientFactory
from mtproto.login.access import LoginAccess
from mtproto.login.active_logins import LiveLogins
from mtproto.login.flow import LoginFlow
from mtproto.login.repository import LoginRecords
from mtproto.login.service import Logins
from mtproto.settings import MtprotoSettings
from tenants.services import Services
from tenants.support.background_tasks import BackgroundTasks

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Users' own accounts: logins and the account pool."""

    logins: Logins
    pool: AccountPool
    care: AccountHealthCheck
    guard: Guard
    connections: Connections
    nursery: BackgroundTasks

    async def start(self, holds: Holds = always) -> None:
        """Allow the use of accounts' keys, as long as ``holds`` returns True (lease held).

        Before this nothing connects; when the lease is lost every connection is closed.
        """
        self.guard.open(holds)
        self.nursery.start(self._cut_when_lost(), "accounts:guard")
        await self.pool.start()
        await self.care.start()
        await self.logins.start()

    async def stop(self) -> None:
        """Close all connections and save their states. To be called while the lease is still
        held; afterwards nothing connects."""
        await self.logins.stop()
        await self.care.stop()
        await self.pool.stop()
        await self.nursery.close()
        self.guard.close()

    def cut(self) -> None:
        """Close every connection immediately, sending nothing: another process may use the
        keys."""
        self.guard.close()
        self.connections.cut()
        self.logins.cut()

    async def _cut_when_lost(self) -> None:
        await self.guard.lost()
        self.cut()
        log.error("account connections closed: the lease is lost")


def build_accounts(services: Services, settings: MtprotoSettings) -> Accounts:
    """Build everything; nothing connects before :meth:`Accounts.start`."""
    guard = Guard()
    records = Records(services.db, services.vault, services.clock)
    factory = ClientFactory(settings.server)
    login_records = LoginRecords(services.db, services.vault, services.clock)
    live = LiveLogins(
        services=services,
        records=records,
        logins=login_records,
        factory=factory,
        guard=guard,
        ttl=settings.login_ttl,
    )
    logins = Logins(
        door=LoginAccess(services, settings.api),
        live=live,
        course=LoginFlow(live, login_records, services.clock),
        records=login_records,
        clock=services.clock,
        settings=settings,
    )
    connections = Connections(
        records=records, factory=factory, guard=guard, clock=services.clock, settings=settings
    )
    pool = AccountPool(
        access=services.access,
        records=records,
        connections=connections,
        endings=SessionTermination(services, records),
        events=services.events,
        clock=services.clock,
        settings=settings,
    )
    services.lifecycle.before_erasure(logins.abandon)
    services.lifecycle.before_erasure(pool.log_out)
    care = AccountHealthCheck(
        pool=pool,
        connections=connections,
        records=records,
        clock=services.clock,
        settings=settings,
    )
    return Accounts(
        logins=logins,
        pool=pool,
        care=care,
        guard=guard,
        connections=connections,
        nursery=BackgroundTasks("accounts"),
    )
