"""Verifies an error that reports an ended session before the session's key is erased.

Telegram's outages cause temporary 401s and −404s, and an erased key cannot be restored.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

import structlog

from mtproto.accounts.connections import Connections
from mtproto.accounts.repository import USABLE, AccountState, Records
from mtproto.accounts.termination import SessionTermination
from mtproto.client.error_map import ErrorClass, Kind, classify
from mtproto.login.steps import LoginErrorCode
from tenants.domain.model import TenantId
from tenants.store.accounts import AccountRow

log = structlog.get_logger(__name__)

_STATES: Final = {
    LoginErrorCode.ACCOUNT_BANNED: AccountState.STOPPED,
    LoginErrorCode.ACCOUNT_DELETED: AccountState.DELETED,
}


class Suspicions:
    """``lock``: the pool's, by tenant; ``pause``: seconds before the second request."""

    def __init__(
        self,
        *,
        records: Records,
        connections: Connections,
        endings: SessionTermination,
        lock: Callable[[TenantId], asyncio.Lock],
        pause: float,
    ) -> None:
        self._records = records
        self._connections = connections
        self._endings = endings
        self._lock = lock
        self._pause = pause

    async def look_into(
        self, row: AccountRow, verdict: ErrorClass, *, locked: bool = False
    ) -> AccountState | None:
        """End the session of ``row`` if it is over. Returns its state then, else None.

        A duplicated key (``verdict.is_final``) and a ban are accepted immediately; for other
        errors the session is checked once more, over a new connection.
        """
        lock = contextlib.nullcontext() if locked else self._lock(row.tenant_id)
        async with lock:
            there = await self._records.account(row.tenant_id)
            if there is None or there.connected_at != row.connected_at:
                return AccountState.LOST
            if there.state not in USABLE:
                return AccountState(there.state)
            await self._connections.close(row.tenant_id, save=False)
            final: ErrorClass | None = verdict
            if verdict.kind is not Kind.STOPPED and not verdict.is_final:
                final = await self._ask_again(row, verdict)
            if final is None:
                return None
            state = _STATES.get(final.trouble, AccountState.LOST)
            await self._endings.lost(row, state, final.name)
            return state

    async def _ask_again(self, row: AccountRow, first: ErrorClass) -> ErrorClass | None:
        await asyncio.sleep(self._pause)
        try:
            await self._connections.reopen(row)
        except Exception as error:
            second = classify(error)
        else:
            log.info("session still valid", tenant=row.tenant_id, error=first.name)
            return None
        if second.kind in (Kind.LOST, Kind.PASSWORD, Kind.STOPPED):
            return second
        log.info("session in doubt", tenant=row.tenant_id, error=first.name, then=second.name)
        return None
