"""A platform's accounts over real TCP against the sandbox's MTProto server."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mtproto.client.server_address import ApiCredentials, ServerAddress
from mtproto.factory import Accounts, build_accounts
from mtproto.login.steps import Done, NeedCode, NeedPassword, NeedPhone, ShowQr, Step
from mtproto.settings import MtprotoSettings
from sandbox.fault_injection import Fault, Faults
from sandbox.mtproto import MtprotoServer
from sandbox.world import SERVICE_ACCOUNT, Account, Content, World
from sandbox.world.logins import Logins
from tenants.domain.events import AccountChanged, EventBus
from tenants.domain.model import (
    Actor,
    BotProfile,
    BotToken,
    PlatformLimits,
    Role,
    Secret,
    TenantId,
    UserId,
)
from tenants.domain.ports import TokenProbe
from tenants.security.master_keys import FileKeyProvider
from tenants.services import Services, build_services, open_database

API = ApiCredentials(api_id=12345, api_hash=Secret("0123456789abcdef0123456789abcdef"))
PASSWORD = "correct horse"


class AheadClock:
    """The real time, which a test may push on for platform and sandbox alike."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def pass_by(self, seconds: float) -> None:
        self._ahead += seconds

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._ahead)

    def monotonic(self) -> float:
        return self.now().timestamp()


class NoProbe:
    """Telegram's Bot API, which says yes to every token."""

    async def probe(self, token: BotToken) -> TokenProbe:
        name = f"bot{token.bot_id}"
        profile = BotProfile(bot_id=token.bot_id, username=f"{name}_bot", name=name)
        return TokenProbe(profile=profile, webhook_url="", pending_updates=0)


class House:
    """A platform with the sandbox beside it."""

    def __init__(self, directory: Path, clock: AheadClock, server: MtprotoServer) -> None:
        self.directory = directory
        self.clock = clock
        self.server = server
        self.world = server.world
        self.changes: list[AccountChanged] = []
        self.settings = MtprotoSettings(
            server=ServerAddress.parse(server.address, public_key_pem=server.public_key_pem),
            api=API,
            sweep_every=3600,
            confirm_after=0.05,
        )
        self.services: Services
        self.accounts: Accounts
        self._bots = 0

    @property
    def database_file(self) -> Path:
        return self.directory / "controlbot.db"

    async def open(self) -> None:
        url = f"sqlite:///{self.database_file}"
        keys = FileKeyProvider(self.directory / "master.key")
        events = EventBus()
        events.listen(AccountChanged, self._changed)
        db = await open_database(url, keys, self.clock)
        self.services = await build_services(
            db,
            keys,
            prober=NoProbe(),
            events=events,
            clock=self.clock,
            limits=PlatformLimits(max_bots_per_user=10),
        )
        await self.begin()

    async def begin(self, **changes: Any) -> None:
        """Start the accounts' part, with other settings perhaps."""
        self.settings = replace(self.settings, **changes)
        self.accounts = build_accounts(self.services, self.settings)
        await self.accounts.start()

    async def restart(self, **changes: Any) -> None:
        await self.accounts.stop()
        await self.begin(**changes)

    async def close(self) -> None:
        await self.accounts.stop()
        await self.services.db.close()

    async def _changed(self, event: AccountChanged) -> None:
        self.changes.append(event)

    # --- People -------------------------------------------------------------------------------

    def person(self, name: str = "Ann", *, password: str | None = None) -> Account:
        account = self.world.add_account(first_name=name)
        if password is not None:
            self.world.logins.set_password(account.id, password, "a horse")
        return account

    async def tenant(self, account: Account) -> tuple[Actor, TenantId]:
        """The person has agreed to the words and brought a bot."""
        self._bots += 1
        actor = Actor(user_id=UserId(account.id), role=Role.TENANT, subject_id=UserId(account.id))
        await self.services.people.see(actor.user_id, account.first_name, "en")
        await self.services.people.give_consent(actor)
        token = BotToken.parse(f"{7_000_000 + self._bots}:{'A' * 35}")
        return actor, (await self.services.onboarding.connect_bot(actor, token)).id

    def code(self, account: Account) -> Secret:
        code = self.world.logins.login_code(account.id)
        assert code is not None
        return Secret(code)

    async def log_in(self, account: Account) -> tuple[Actor, TenantId]:
        """The whole of it, by phone."""
        actor, tenant_id = await self.tenant(account)
        await self.log_in_with(account, actor, tenant_id)
        return actor, tenant_id

    async def log_in_with(self, account: Account, actor: Actor, tenant_id: TenantId) -> None:
        logins = self.accounts.logins
        assert isinstance(await logins.begin(actor, tenant_id, "phone"), NeedPhone)
        step: Step = await logins.submit_phone(actor, tenant_id, Secret(str(account.phone)))
        assert isinstance(step, NeedCode)
        step = await logins.submit_code(actor, tenant_id, self.code(account))
        if isinstance(step, NeedPassword):
            step = await logins.submit_password(actor, tenant_id, Secret(PASSWORD))
        assert isinstance(step, Done)

    def scan(self, account: Account, step: Step | None) -> None:
        assert isinstance(step, ShowQr)
        self.world.logins.accept_qr(account.id, step.url)

    def say(self, sender: int, receiver: int, text: str) -> None:
        self.world.send(sender, self.world.chat(sender, receiver), Content(text=text))

    def notices(self, account: Account) -> list[str]:
        chat = self.world.chat(account.id, SERVICE_ACCOUNT)
        return [message.content.text for message in chat.messages.values()]

    def fault(self, kind: str, method: str | None = None, **more: Any) -> None:
        more.setdefault("times", 1)
        self.server.faults.add(Fault(protocol="mtproto", kind=kind, method=method, **more))

    def stored(self, query: str) -> list[tuple[Any, ...]]:
        """What lies in the database, by a connection of the test's own."""
        with sqlite3.connect(self.database_file) as connection:
            rows = connection.execute(query).fetchall()
        connection.close()
        return rows


@pytest.fixture
def clock() -> AheadClock:
    return AheadClock()


@pytest.fixture
async def server(clock: AheadClock) -> AsyncIterator[MtprotoServer]:
    def now() -> float:
        return clock.now().timestamp()

    server = MtprotoServer(World(now=now, logins=Logins(now=now)), Faults())
    server.most_connections_per_key = 1
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def house(tmp_path: Path, clock: AheadClock, server: MtprotoServer) -> AsyncIterator[House]:
    house = House(tmp_path, clock, server)
    await house.open()
    yield house
    await house.close()
