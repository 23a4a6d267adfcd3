"""Queries that a bot answers once: inline, payment and join-request queries.

Like callback queries they are kept in memory only and do not survive a restart.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sandbox.world.events import BotTold
from sandbox.world.lookups import Core
from sandbox.world.refusals import refused


def _future() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True, kw_only=True)
class Query:
    """``kind`` is the update's. ``answered`` resolves with the bot's answer."""

    id: str
    kind: str
    bot_id: int
    account_id: int
    asked: dict[str, Any]
    until: float
    chat: str = ""
    """The chat the answer is posted in, where there is one."""
    answered: asyncio.Future[Any] = field(default_factory=_future, repr=False)


class Queries:
    """All bots' queries."""

    def __init__(self, world: Core) -> None:
        self._world = world
        self._open: dict[str, Query] = {}

    def ask(
        self,
        kind: str,
        bot_id: int,
        account_id: int,
        asked: dict[str, Any],
        *,
        seconds: float,
        update: str | None = None,
        id_field: str = "id",
        chat: str = "",
    ) -> Query:
        """Ask a bot. Needs a running loop.

        Args:
            kind: names the query; also the update, unless ``update`` names another. An
                empty one sends the bot nothing: it gets the id from a Web App.
            asked: the update's fields, in the shape of :class:`~sandbox.world.Special`'s values.
            seconds: how long the bot may answer.
            id_field: the update's field with the query's id.
            chat: key of the chat the answer is posted in.
        """
        number = str((account_id << 32) + self._world.serial())
        until = self._world.now() + seconds
        query = Query(
            id=number,
            kind=kind,
            bot_id=bot_id,
            account_id=account_id,
            asked=asked,
            until=until,
            chat=chat,
        )
        self._open = {one.id: one for one in self._open.values() if not self._old(one)}
        self._open[number] = query
        update = kind if update is None else update
        if update:
            told = {id_field: number, **asked}
            self._world.tell(BotTold(bot_id=bot_id, kind=update, value=told, chat_id=account_id))
        return query

    def find(self, kind: str, bot_id: int, query_id: str) -> Query:
        """A query that may still be answered.

        Raises:
            ApiError: 400, it is too old, answered, or no query of this bot's.
        """
        query = self._open.get(query_id)
        known = query is not None and (query.kind, query.bot_id) == (kind, bot_id)
        if query is None or not known or self._old(query):
            raise refused("query_too_old")
        return query

    def answer(self, kind: str, bot_id: int, query_id: str, value: Any) -> Query:
        """Answer a query; more answers are accepted and ignored. Raises ApiError: 400."""
        query = self.find(kind, bot_id, query_id)
        if not query.answered.done():
            query.answered.set_result(value)
        return query

    def _old(self, query: Query) -> bool:
        return self._world.now() > query.until
