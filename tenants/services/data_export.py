"""Exports all stored data of a person and their bots, for that person only."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, BinaryIO

from tenants.domain.errors import AccessDenied, AlreadyUnderWay
from tenants.domain.model import Actor, TenantId, UserId
from tenants.domain.ports import Clock
from tenants.security.audit_chain import Audit
from tenants.security.authorization import Access, Permission
from tenants.store import Database
from tenants.store.data_export import Part, parts_of_person, parts_of_tenant

Contribution = Callable[[Database, TenantId], AsyncIterator[Sequence[Any]]]
"""A tenant's data from another package: pages of JSON-compatible rows without secrets.
Each page is read in its own transaction, so that none lasts long."""

Progress = Callable[[int], None]
"""Called with the number of rows written so far."""


class Exports:
    """Exports contain no secrets: no tokens, sessions, keys, codes or passwords."""

    def __init__(self, db: Database, audit: Audit, access: Access, clock: Clock) -> None:
        self._db = db
        self._audit = audit
        self._access = access
        self._clock = clock
        self._contributions: dict[str, Contribution] = {}
        self._under_way: dict[UserId, asyncio.Task[Any] | None] = {}

    def include(self, heading: str, contribution: Contribution) -> None:
        """Add the rows of ``contribution`` for each bot to every export."""
        self._contributions[heading] = contribution

    def is_under_way(self, user_id: UserId) -> bool:
        """Whether an export is being written for this person."""
        return user_id in self._under_way

    def cancel(self, user_id: UserId) -> bool:
        """Stop this person's running export. False: there is none."""
        task = self._under_way.get(user_id)
        return task is not None and task.cancel()

    async def check(self, actor: Actor) -> None:
        """Check that :meth:`write` may begin. Raises as it does."""
        if actor.impersonates or actor.subject_id != actor.user_id:
            await self._access.deny(actor, Permission.HOLD_SECRETS)
            raise AccessDenied()
        if actor.user_id in self._under_way:
            raise AlreadyUnderWay()

    async def write(
        self, actor: Actor, file: BinaryIO, progress: Progress = lambda _rows: None
    ) -> int:
        """Write the actor's own export: one JSON document, UTF-8, a few hundred bytes a row.
        Returns how many rows it has. Only a page of rows is in memory at any time.

        Cancel the task, or call :meth:`cancel`, to end it early.

        Raises:
            AccessDenied: while impersonating.
            AlreadyUnderWay: an export is being written for this person.
        """
        await self.check(actor)
        self._under_way[actor.user_id] = asyncio.current_task()
        try:
            async with self._db.write() as uow:
                await self._audit.record(uow, actor, "person:data:export", subject_id=actor.user_id)
            return await self._write(actor, _Document(file, progress))
        finally:
            del self._under_way[actor.user_id]

    async def _write(self, actor: Actor, document: _Document) -> int:
        async with self._db.read() as uow:
            tenants = await uow.tenants.owned_by(actor.user_id)
        made_at = json.dumps(self._clock.now(), default=str)
        await document.text(f'{{"made at": {made_at},\n"you": {{')
        await self._parts(parts_of_person(actor.user_id), document)
        await document.text('},\n"bots": [')
        for number, tenant in enumerate(tenants):
            await document.text(",\n{" if number else "{")
            await self._parts(parts_of_tenant(tenant.id), document)
            for heading, contribution in self._contributions.items():
                await document.text(",\n")
                await document.rows(heading, contribution(self._db, tenant.id))
            await document.text("}")
        await document.text("]}\n")
        return document.written

    async def _parts(self, parts: Sequence[Part], document: _Document) -> None:
        for number, part in enumerate(parts):
            await document.text(",\n" if number else "")
            await document.rows(part.heading, self._pages(part))

    async def _pages(self, part: Part) -> AsyncIterator[Sequence[Any]]:
        after = None
        while True:
            async with self._db.read() as uow:
                rows, after = await uow.export.page(part, after)
            yield rows
            if after is None:
                return


class _Document:
    """A JSON document written page by page; a thread encodes and writes."""

    def __init__(self, file: BinaryIO, progress: Progress) -> None:
        self._file = file
        self._progress = progress
        self.written = 0

    async def text(self, text: str) -> None:
        await asyncio.to_thread(self._file.write, text.encode())

    async def rows(self, heading: str, pages: AsyncIterator[Sequence[Any]]) -> None:
        """``"heading": [rows]``."""
        await self.text(f"{json.dumps(heading)}: [")
        first = True
        async for page in pages:
            if not page:
                continue
            await asyncio.to_thread(self._write, page, first)
            first = False
            self.written += len(page)
            self._progress(self.written)
        await self.text("]")

    def _write(self, page: Sequence[Any], first: bool) -> None:
        lines = [json.dumps(row, ensure_ascii=False, default=str) for row in page]
        text = ("\n" if first else ",\n") + ",\n".join(lines)
        self._file.write(text.encode(errors="replace"))
