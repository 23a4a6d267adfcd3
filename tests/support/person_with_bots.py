"""What a person does with bots beside writing to them, over the control API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

ChatRef = int | str
Call = Callable[..., Awaitable[Any]]


class PersonWithBots:
    """``Person.bots``"""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def connect_business(self, bot_id: int, *, rights: list[str] | None = None) -> str:
        """Connect a bot to the account, or change its rights; the connection's id."""
        body: dict[str, object] = {"bot": bot_id}
        if rights is not None:
            body["rights"] = rights
        return str((await self._call("POST", "business", body))["id"])

    async def disconnect_business(self) -> None:
        await self._call("DELETE", "business")

    async def pay(self, chat: ChatRef, message_id: int) -> dict[str, Any]:
        """Pay an invoice or unlock paid media: ``{charge_id, error}``."""
        return dict(await self._call("POST", "pay", {"chat": chat, "message_id": message_id}))

    async def inline(self, bot_id: int, chat: ChatRef, query: str) -> dict[str, Any]:
        """Type ``@bot query``: ``{query, results, next_offset, button}``."""
        return dict(
            await self._call("POST", "inline", {"bot": bot_id, "chat": chat, "query": query})
        )

    async def choose(self, chat: ChatRef, query: str, result: str) -> dict[str, Any]:
        """Send a result of an inline query; the message."""
        return dict(
            await self._call("POST", "choose", {"chat": chat, "query": query, "result": result})
        )
