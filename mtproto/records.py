"""Accounts and unfinished logins in the store: sealed on the way in, opened on the way out."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import msgspec
import structlog

from mtproto.state import OVER, LoginState
from mtproto.steps import Account
from tenants.errors import VaultError
from tenants.model import Desired, TenantId, UserId
from tenants.ports import Clock
from tenants.store.accounts import AccountRow, LoginRow
from tenants.store.engine import Database
from tenants.store.uow import UnitOfWork
from tenants.vault import Vault

log = structlog.get_logger(__name__)


class AccountState(StrEnum):
    """Also what an AccountChanged event says."""

    CONNECTED = "connected"
    LOST = "lost"
    """Telegram ended the session; its key is erased and a new login is asked for."""
    STOPPED = "stopped"
    """Telegram banned or froze the account; its key is erased."""
    DISCONNECTED = "disconnected"
    """Logged out by its person; no row is left. Only said in events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """What a card shows of a tenant's account."""

    account: Account
    state: AccountState
    detail: str
    busy_until: datetime | None
    """A flood wait stands until then."""
    connected_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLogin:
    tenant_id: TenantId
    actor_id: UserId
    state: LoginState
    deadline: datetime


class Records:
    """Every row of ``accounts`` and ``logins`` passes here."""

    def __init__(self, db: Database, vault: Vault, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._clock = clock

    # --- Accounts -----------------------------------------------------------------------------

    async def account(self, tenant_id: TenantId) -> AccountRow | None:
        async with self._db.read() as uow:
            return await uow.accounts.get(tenant_id)

    async def account_of(self, tenant_id: TenantId) -> tuple[AccountRow | None, Desired | None]:
        """The account, and what people want of the tenant's bot."""
        async with self._db.read() as uow:
            tenant = await uow.tenants.get(tenant_id)
            return await uow.accounts.get(tenant_id), tenant.desired if tenant else None

    async def view(self, tenant_id: TenantId) -> AccountView | None:
        row = await self.account(tenant_id)
        if row is None:
            return None
        name = Account(user_id=row.account_user_id, name=row.display_name, username=row.username)
        return AccountView(
            account=name,
            state=AccountState(row.state),
            detail=row.detail,
            busy_until=row.not_before,
            connected_at=row.connected_at,
        )

    async def connected(self) -> list[AccountRow]:
        async with self._db.read() as uow:
            return await uow.accounts.all(AccountState.CONNECTED)

    async def open_session(self, row: AccountRow) -> bytes:
        """Raises SecretMissing when there is none, Tampered when it is not this row's."""
        assert row.session_sealed is not None
        async with self._db.read() as uow:
            return await self._vault.open(
                uow,
                row.tenant_id,
                table="accounts",
                column="session_sealed",
                row_id=row.tenant_id,
                sealed=row.session_sealed,
            )

    async def save_session(self, row: AccountRow, session: bytes) -> None:
        """Keep a newer state of the session ``row`` was read with; of a session that has
        ended or been replaced meanwhile nothing comes back."""

        async def work(uow: UnitOfWork) -> None:
            now = self._clock.now()
            there = await uow.accounts.get(row.tenant_id)
            if there is None or there.connected_at != row.connected_at:
                return
            if there.state == AccountState.CONNECTED:
                sealed = await self._seal_session(uow, row.tenant_id, session)
                await uow.accounts.update(
                    row.tenant_id, now, session_sealed=sealed, last_used_at=now
                )

        await self._db.run(work)

    async def put_account(
        self, uow: UnitOfWork, tenant_id: TenantId, account: Account, session: bytes
    ) -> None:
        """Store a login that succeeded."""
        now = self._clock.now()
        await uow.accounts.put(
            AccountRow(
                tenant_id=tenant_id,
                account_user_id=account.user_id,
                display_name=account.name[:256],
                username=account.username[:64],
                state=AccountState.CONNECTED,
                session_sealed=await self._seal_session(uow, tenant_id, session),
                connected_at=now,
                last_used_at=now,
                updated_at=now,
            )
        )

    async def end_account(
        self, uow: UnitOfWork, tenant_id: TenantId, state: AccountState, detail: str
    ) -> bool:
        """Erase the session's key; the row stays to say what happened. False: it was over."""
        row = await uow.accounts.get(tenant_id)
        if row is None or row.state != AccountState.CONNECTED:
            return False
        return await uow.accounts.update(
            tenant_id,
            self._clock.now(),
            state=state,
            detail=detail,
            session_sealed=None,
            phone_sealed=None,
            not_before=None,
        )

    async def wait_until(self, tenant_id: TenantId, moment: datetime) -> None:
        async with self._db.write() as uow:
            await uow.accounts.update(tenant_id, self._clock.now(), not_before=moment)

    # --- Logins -------------------------------------------------------------------------------

    async def login(self, tenant_id: TenantId) -> StoredLogin | None:
        """The unfinished login. One that cannot be opened (the vault has raised the alarm)
        is removed: its person starts over."""
        async with self._db.read() as uow:
            row = await uow.logins.get(tenant_id)
            if row is None:
                return None
            with contextlib.suppress(VaultError, msgspec.MsgspecError):
                return await self._open_login(uow, row)
        log.error("unfinished login not readable", tenant=tenant_id)
        async with self._db.write() as uow:
            await uow.logins.delete(tenant_id)
        return None

    async def logins(self) -> list[LoginRow]:
        async with self._db.read() as uow:
            return await uow.logins.all()

    async def overdue_logins(self) -> list[LoginRow]:
        async with self._db.read() as uow:
            return await uow.logins.overdue(self._clock.now())

    async def save_login(self, login: StoredLogin) -> None:
        async def work(uow: UnitOfWork) -> None:
            await self._put_login(uow, login)

        await self._db.run(work)

    async def forget_login(self, login: StoredLogin) -> None:
        """Erase an unfinished login; flood waits that still stand are kept until they end."""
        now = self._clock.now()
        waits = {k: v for k, v in login.state.waits.items() if v[1] > now.timestamp()}
        bare = LoginState(method=login.state.method, step=OVER, waits=waits)
        until = bare.longest_wait()

        async def work(uow: UnitOfWork) -> None:
            if until is None:
                await uow.logins.delete(login.tenant_id)
            else:
                await self._put_login(uow, replace(login, state=bare, deadline=until))

        await self._db.run(work)

    async def _put_login(self, uow: UnitOfWork, login: StoredLogin) -> None:
        now = self._clock.now()
        sealed = await self._vault.seal(
            uow,
            login.tenant_id,
            table="logins",
            column="sealed",
            row_id=login.tenant_id,
            plaintext=login.state.to_bytes(),
        )
        await uow.logins.put(
            LoginRow(
                tenant_id=login.tenant_id,
                actor_id=login.actor_id,
                method=login.state.method,
                step=login.state.step,
                sealed=sealed,
                deadline=login.deadline,
                not_before=login.state.longest_wait(),
                created_at=now,
                updated_at=now,
            )
        )

    async def _open_login(self, uow: UnitOfWork, row: LoginRow) -> StoredLogin:
        plain = await self._vault.open(
            uow,
            row.tenant_id,
            table="logins",
            column="sealed",
            row_id=row.tenant_id,
            sealed=row.sealed,
        )
        return StoredLogin(
            tenant_id=row.tenant_id,
            actor_id=row.actor_id,
            state=LoginState.from_bytes(plain),
            deadline=row.deadline,
        )

    async def _seal_session(self, uow: UnitOfWork, tenant_id: TenantId, plain: bytes) -> bytes:
        return await self._vault.seal(
            uow,
            tenant_id,
            table="accounts",
            column="session_sealed",
            row_id=tenant_id,
            plaintext=plain,
        )
