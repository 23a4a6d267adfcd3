"""Stores unfinished logins; seals them on write and opens them on read."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
import structlog

from mtproto.login.state import OVER, LoginState
from tenants.domain.errors import VaultError
from tenants.domain.model import TenantId, UserId
from tenants.domain.ports import Clock
from tenants.security.vault import Vault
from tenants.store.accounts import LoginRow
from tenants.store.database import Database
from tenants.store.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLogin:
    tenant_id: TenantId
    actor_id: UserId
    state: LoginState
    deadline: datetime


class LoginRecords:
    """All access to the table ``logins``."""

    def __init__(self, db: Database, vault: Vault, clock: Clock) -> None:
        self._db = db
        self._vault = vault
        self._clock = clock

    async def get(self, tenant_id: TenantId) -> StoredLogin | None:
        """The unfinished login. One that cannot be decrypted (the vault has logged it) is
        removed: its person starts over."""
        async with self._db.read() as uow:
            row = await uow.logins.get(tenant_id)
            if row is None:
                return None
            with contextlib.suppress(VaultError, msgspec.MsgspecError):
                return await self._open(uow, row)
        log.error("unfinished login cannot be decrypted", tenant=tenant_id)
        async with self._db.write() as uow:
            await uow.logins.delete(tenant_id)
        return None

    async def all(self) -> list[LoginRow]:
        async with self._db.read() as uow:
            return await uow.logins.all()

    async def overdue(self) -> list[LoginRow]:
        async with self._db.read() as uow:
            return await uow.logins.overdue(self._clock.now())

    async def save(self, login: StoredLogin) -> None:
        async def work(uow: UnitOfWork) -> None:
            await self._put(uow, login)

        await self._db.run(work)

    async def forget(self, login: StoredLogin) -> None:
        """Erase an unfinished login; flood waits in effect are kept until they end."""
        now = self._clock.now()
        waits = {k: v for k, v in login.state.waits.items() if v[1] > now.timestamp()}
        bare = LoginState(method=login.state.method, step=OVER, waits=waits)
        until = bare.longest_wait()

        async def work(uow: UnitOfWork) -> None:
            if until is None:
                await uow.logins.delete(login.tenant_id)
            else:
                await self._put(uow, replace(login, state=bare, deadline=until))

        await self._db.run(work)

    async def _put(self, uow: UnitOfWork, login: StoredLogin) -> None:
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

    async def _open(self, uow: UnitOfWork, row: LoginRow) -> StoredLogin:
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
