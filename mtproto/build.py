"""Putting mtproto/ together: the one function the composition root calls."""

from __future__ import annotations

from dataclasses import dataclass

from mtproto.care import Care
from mtproto.client import ClientFactory
from mtproto.connections import Connections
from mtproto.course import Course
from mtproto.door import Door
from mtproto.endings import Endings
from mtproto.live import LiveLogins
from mtproto.login import Logins
from mtproto.login_records import LoginRecords
from mtproto.pool import AccountPool
from mtproto.records import Records
from mtproto.settings import MtprotoSettings
from tenants.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """People's own accounts: how they come in, and how they are used."""

    logins: Logins
    pool: AccountPool
    care: Care

    async def start(self) -> None:
        await self.pool.start()
        await self.care.start()
        await self.logins.start()

    async def stop(self) -> None:
        await self.logins.stop()
        await self.care.stop()
        await self.pool.stop()


def build_accounts(services: Services, settings: MtprotoSettings) -> Accounts:
    """Wire everything up; nothing is connected before :meth:`Accounts.start`."""
    records = Records(services.db, services.vault, services.clock)
    factory = ClientFactory(settings.server)
    login_records = LoginRecords(services.db, services.vault, services.clock)
    live = LiveLogins(services, records, login_records, factory, settings.login_ttl)
    logins = Logins(
        door=Door(services, settings.api),
        live=live,
        course=Course(live, login_records, services.clock),
        records=login_records,
        clock=services.clock,
        settings=settings,
    )
    connections = Connections(
        records=records, factory=factory, clock=services.clock, settings=settings
    )
    pool = AccountPool(
        records=records,
        connections=connections,
        endings=Endings(services, records),
        events=services.events,
        clock=services.clock,
        settings=settings,
    )
    services.lifecycle.before_erasure(logins.abandon)
    services.lifecycle.before_erasure(pool.log_out)
    care = Care(
        pool=pool,
        connections=connections,
        records=records,
        clock=services.clock,
        settings=settings,
    )
    return Accounts(logins=logins, pool=pool, care=care)
