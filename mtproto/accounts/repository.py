"""Stores accounts; seals sessions on write and opens them on read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from mtproto.login.steps import Account
from tenants.domain.model import Desired, TenantId
from tenants.domain.ports import Clock
from tenants.security.vault import Vault
from tenants.store.accounts import AccountRow
from tenants.store.database import Database
from tenants.store.unit_of_work import UnitOfWork


class AccountState(StrEnum):
    """Also the value in AccountChanged events."""

    CONNECTED = "connected"
    LOST = "lost"
    """Telegram ended the session; its key is erased and a new login is needed."""
    FROZEN = "frozen"
    """Telegram made the account read-only; the session stays valid and may be unfrozen."""
    STOPPED = "stopped"
    """Telegram banned the account; its key is erased."""
    DELETED = "deleted"
    """The account was deleted; its key is erased."""
    DISCONNECTED = "disconnected"
    """Logged out by its person; no row is left. Used in events only."""


USABLE: Final = (AccountState.CONNECTED, AccountState.FROZEN)
"""States with a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """What a card shows of a tenant's account."""

    account: Account
    state: AccountState
    detail: str
    busy_until: datetime | None
    """End of the flood wait in effect."""
    connected_at: datetime


class Records:
    """All access to the table ``accounts``."""

    def __init__(self, db: Database, vault: Vault, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._clock = clock

    async def account(self, tenant_id: TenantId) -> AccountRow | None:
        async with self._db.read() as uow:
            return await uow.accounts.get(tenant_id)

    async def account_of(self, tenant_id: TenantId) -> tuple[AccountRow | None, Desired | None]:
        """The account, and the desired state of the tenant's bot."""
        async with self._db.read() as uow:
            tenant = await uow.tenants.get(tenant_id)
            return await uow.accounts.get(tenant_id), tenant.desired if tenant else None

    @staticmethod
    def view_of(row: AccountRow) -> AccountView:
        name = Account(user_id=row.account_user_id, name=row.display_name, username=row.username)
        return AccountView(
            account=name,
            state=AccountState(row.state),
            detail=row.detail,
            busy_until=row.not_before,
            connected_at=row.connected_at,
        )

    async def usable(self) -> list[tuple[TenantId, str, datetime]]:
        """The tenants whose account has a session: its state, and when it was last used."""
        async with self._db.read() as uow:
            return await uow.accounts.last_used(USABLE)

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
        """Store a newer state of the session ``row`` was read with; does nothing when that
        session has ended or been replaced meanwhile."""

        async def work(uow: UnitOfWork) -> None:
            now = self._clock.now()
            there = await uow.accounts.get(row.tenant_id)
            if there is None or there.connected_at != row.connected_at:
                return
            if there.state in USABLE:
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
        """Erase the session's key; the row keeps the state. False: it had already ended."""
        row = await uow.accounts.get(tenant_id)
        if row is None or row.state not in USABLE:
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
        """Store the end of a flood wait, so that it is kept over a restart."""

        async def work(uow: UnitOfWork) -> None:
            await uow.accounts.update(tenant_id, self._clock.now(), not_before=moment)

        await self._db.run(work)

    async def _seal_session(self, uow: UnitOfWork, tenant_id: TenantId, plain: bytes) -> bytes:
        return await self._vault.seal(
            uow,
            tenant_id,
            table="accounts",
            column="session_sealed",
            row_id=tenant_id,
            plaintext=plain,
        )
