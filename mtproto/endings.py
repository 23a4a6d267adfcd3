"""How an account's session ends: logged out by its person, or ended by Telegram."""

from __future__ import annotations

import structlog

from mtproto.records import AccountState, Records
from tenants.access import Permission
from tenants.events import AccountChanged
from tenants.model import Actor, TenantId
from tenants.services import Services
from tenants.services.notices import NoticeKind
from tenants.store import UnitOfWork
from tenants.store.accounts import AccountRow

log = structlog.get_logger(__name__)


class Endings:
    """Writes the record, erases the key and its traces, tells the owner."""

    def __init__(self, services: Services, records: Records) -> None:
        self._db = services.db
        self._records = records
        self._access = services.access
        self._audit = services.audit
        self._events = services.events
        self._notices = services.notices

    async def record_wish(self, actor: Actor, tenant_id: TenantId) -> None:
        """A person wants the account disconnected: on the record before it is done.

        Raises:
            AccessDenied: not the tenant's owner as themselves.
        """
        async with self._access.writing(actor, Permission.HOLD_SECRETS, tenant_id) as (uow, _):
            await self._audit.record(uow, actor, "account:session:log_out", tenant_id=tenant_id)

    async def erase(self, row: AccountRow) -> None:
        """The session is over at Telegram: remove everything of it here."""

        async def work(uow: UnitOfWork) -> None:
            await self._audit.record(
                uow,
                None,
                "account:session:erase",
                tenant_id=row.tenant_id,
                subject_id=row.account_user_id,
            )
            await uow.accounts.delete(row.tenant_id)

        await self._db.run(work)
        await self._db.forget_deleted()
        await self._tell(row, AccountState.DISCONNECTED, "")

    async def lost(self, row: AccountRow, state: AccountState, why: str) -> None:
        """Telegram ended the session ``row`` was read with: erase its key, keep the row to
        say so. Said once, however many notice."""

        async def work(uow: UnitOfWork) -> bool:
            there = await uow.accounts.get(row.tenant_id)
            if there is None or there.connected_at != row.connected_at:
                return False
            if there.state != AccountState.CONNECTED:
                return False
            await self._audit.record(
                uow,
                None,
                f"account:session:{state}",
                tenant_id=row.tenant_id,
                subject_id=row.account_user_id,
                details={"error": why},
            )
            ended = await self._records.end_account(uow, row.tenant_id, state, why)
            tenant = await uow.tenants.get(row.tenant_id) if ended else None
            if tenant is not None:
                await self._notices.add(
                    uow,
                    tenant.owner_id,
                    NoticeKind.ACCOUNT_LOST,
                    tenant_id=tenant.id,
                    topic=f"bot:{tenant.id}:account",
                    params={"username": tenant.bot_username, "state": state.value},
                )
            return ended

        if await self._db.run(work):
            log.warning("account session over", tenant=row.tenant_id, state=state, error=why)
            await self._db.forget_deleted()
            await self._tell(row, state, why)

    async def _tell(self, row: AccountRow, state: AccountState, detail: str) -> None:
        async with self._db.read() as uow:
            tenant = await uow.tenants.get(row.tenant_id)
        if tenant is not None:
            await self._events.publish(
                AccountChanged(
                    tenant_id=tenant.id, owner_id=tenant.owner_id, state=state, detail=detail
                )
            )
