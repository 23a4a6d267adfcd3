"""What a person does in groups and channels, over the control API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

ChatRef = int | str
Call = Callable[..., Awaitable[Any]]


class PersonInRooms:
    """``Person.rooms``"""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def set_member(self, chat: ChatRef, user_id: int, status: str, **more: object) -> None:
        """``status``: administrator, member, restricted, kicked, left.

        ``more``: rights, permissions, title, anonymous, until.
        """
        body = {"user": user_id, "status": status, **more}
        await self._call("POST", f"chats/{chat}/members", body)

    async def upgrade(self, chat: ChatRef) -> int:
        """A basic group becomes a supergroup; its new id."""
        return int((await self._call("POST", f"chats/{chat}/upgrade", {}))["id"])

    async def add_topic(self, chat: ChatRef, name: str) -> int:
        return int((await self._call("POST", f"chats/{chat}/topics", {"name": name}))["id"])

    async def change_topic(self, chat: ChatRef, topic: int, **fields: object) -> None:
        """``name``, ``closed``, ``hidden`` (of General)."""
        await self._call("PATCH", f"chats/{chat}/topics/{topic}", fields)

    async def delete_topic(self, chat: ChatRef, topic: int) -> None:
        await self._call("DELETE", f"chats/{chat}/topics/{topic}")

    async def add_link(self, chat: ChatRef, **fields: object) -> str:
        """``name``, ``limit``, ``by_request``; the link."""
        return str((await self._call("POST", f"chats/{chat}/links", fields))["url"])

    async def follow_link(self, url: str) -> bool:
        """False: a request was sent instead."""
        return bool((await self._call("POST", "follow-link", {"url": url}))["joined"])

    async def request_to_join(self, chat: ChatRef) -> None:
        await self._call("POST", f"chats/{chat}/join-request", {})

    async def boost(self, chat: ChatRef) -> None:
        await self._call("POST", f"chats/{chat}/boost", {})

    async def unboost(self, chat: ChatRef) -> None:
        await self._call("DELETE", f"chats/{chat}/boost")
