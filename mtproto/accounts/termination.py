"""Ends an account's session: logged out by its person, or ended by Telegram."""

from __future__ import annotations

from typing import Final

import structlog

from mtproto.accounts.repository import USABLE, AccountState, Records
from tenants.domain.events import AccountChanged
from tenants.domain.model import Actor, TenantId
from tenants.security.authorization import Permission
from tenants.services import Services
from tenants.services.notices import NoticeKind
from tenants.store import UnitOfWork
from tenants.store.accounts import AccountRow

log = structlog.get_logger(__name__)


NOTICES: Final = {
    AccountState.LOST: NoticeKind.ACCOUNT_LOST,
    AccountState.STOPPED: NoticeKind.ACCOUNT_CLOSED,
    AccountState.DELETED: NoticeKind.ACCOUNT_DELETED,
    AccountState.FROZEN: NoticeKind.ACCOUNT_FROZEN,
}
"""Notice to the owner, by the new state, when Telegram changed it."""


class SessionTermination:
    """Writes the audit log, erases the key and its copies, adds a notice to the owner."""

    def __init__(self, services: Services, records: Records) -> None:
        self._db = services.db
        self._records = records
        self._access = services.access
        self._audit = services.audit
        self._events = services.events
        self._notices = services.notices
        self._clock = services.clock

    async def record_wish(self, actor: Actor, tenant_id: TenantId) -> None:
        """Write a person's request to disconnect the account to the audit log, before it is
        done.

        Raises:
            AccessDenied: the actor is not the tenant's owner, or impersonates.
        """
        async with self._access.writing(actor, Permission.HOLD_SECRETS, tenant_id) as (uow, _):
            await self._audit.record(uow, actor, "account:session:log_out", tenant_id=tenant_id)

    async def erase(self, row: AccountRow) -> None:
        """Remove all data of an account whose session has been logged out at Telegram."""

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
        """Telegram ended the session ``row`` was read with: erase its key and store the state
        in the row. Reported once, however many callers detect it."""

        async def work(uow: UnitOfWork) -> bool:
            if not await self._is_current(uow, row):
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
            if ended:
                await self._notify(uow, row, state)
            return ended

        if await self._db.run(work):
            log.warning("account session ended", tenant=row.tenant_id, state=state, error=why)
            await self._db.forget_deleted()
            await self._tell(row, state, why)

    async def frozen(self, row: AccountRow, why: str) -> None:
        """Telegram made the account read-only; its session stays. Reported once."""
        await self._change(row, AccountState.CONNECTED, AccountState.FROZEN, why)

    async def thawed(self, row: AccountRow) -> None:
        """A frozen account is usable again."""
        await self._change(row, AccountState.FROZEN, AccountState.CONNECTED, "")

    async def _change(
        self, row: AccountRow, before: AccountState, after: AccountState, why: str
    ) -> None:
        async def work(uow: UnitOfWork) -> bool:
            there = await uow.accounts.get(row.tenant_id)
            if there is None or there.connected_at != row.connected_at or there.state != before:
                return False
            await self._audit.record(
                uow,
                None,
                f"account:session:{'freeze' if after is AccountState.FROZEN else 'thaw'}",
                tenant_id=row.tenant_id,
                subject_id=row.account_user_id,
                details={"error": why} if why else None,
            )
            await self._notify(uow, row, after)
            now = self._clock.now()
            return await uow.accounts.update(row.tenant_id, now, state=after, detail=why)

        if await self._db.run(work):
            log.info("account state changed", tenant=row.tenant_id, state=after, error=why)
            await self._tell(row, after, why)

    async def _notify(self, uow: UnitOfWork, row: AccountRow, state: AccountState) -> None:
        """Add a notice to the owner; a change back withdraws the notice of the last change."""
        tenant = await uow.tenants.get(row.tenant_id)
        if tenant is None:
            return
        topic = f"bot:{tenant.id}:account"
        if state not in NOTICES:
            await self._notices.withdraw(uow, topic)
            return
        await self._notices.add(
            uow,
            tenant.owner_id,
            NOTICES[state],
            tenant_id=tenant.id,
            topic=topic,
            params={"username": tenant.bot_username, "state": state.value},
        )

    @staticmethod
    async def _is_current(uow: UnitOfWork, row: AccountRow) -> bool:
        """Whether the stored session is still the one ``row`` was read with."""
        there = await uow.accounts.get(row.tenant_id)
        if there is None or there.connected_at != row.connected_at:
            return False
        return there.state in USABLE

    async def _tell(self, row: AccountRow, state: AccountState, detail: str) -> None:
        async with self._db.read() as uow:
            tenant = await uow.tenants.get(row.tenant_id)
        if tenant is not None:
            await self._events.publish(
                AccountChanged(
                    tenant_id=tenant.id, owner_id=tenant.owner_id, state=state, detail=detail
                )
            )
