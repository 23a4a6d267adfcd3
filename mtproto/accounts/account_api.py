"""A borrowed account: the few requests a feature may send through it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import structlog
from telethon import functions, types, utils

from mtproto.accounts.message_filter import readable, visible
from tenants.domain.errors import AccountRefused
from tenants.domain.model import TenantId
from tenants.domain.ports import AccountMessage, ChannelStatistics

log = structlog.get_logger(__name__)

Ask = Callable[[Any], Awaitable[Any]]
"""Sends one request; Telethon's errors are translated to the platform's."""

_RECENT: Final = 100


class BorrowedAccountApi:
    """Satisfies :class:`tenants.domain.ports.BorrowedAccount`; valid inside ``async with`` only.

    Each call raises AccountNotConnected when the session has ended, AccountBusy on a flood
    wait, TelegramUnavailable when Telegram does not answer.
    """

    def __init__(self, tenant_id: TenantId, ask: Ask) -> None:
        self._tenant_id = tenant_id
        self._ask = ask

    async def channel_statistics(self, channels: Sequence[str]) -> list[ChannelStatistics]:
        """Statistics of ``channels`` (usernames), in the given order; channels this account
        cannot access are omitted. Views are those of the last 100 posts.

        https://core.telegram.org/method/channels.getFullChannel
        """
        found = []
        for channel in channels:
            try:
                statistics = await self._statistics(channel)
            except AccountRefused as error:
                log.info("channel not accessible", tenant=self._tenant_id, error=error.params)
                continue
            if statistics is not None:
                found.append(statistics)
        return found

    async def recent_messages(self, chat: str, limit: int = 50) -> list[AccountMessage]:
        """The newest messages of a chat by its username, newest first, without Telegram's
        service notifications."""
        history = await self._history(await self._resolve(chat), limit)
        return [readable(self._tenant_id, item) for item in history.messages if visible(item)]

    async def _statistics(self, channel: str) -> ChannelStatistics | None:
        peer = await self._resolve(channel)
        if not isinstance(peer, types.InputPeerChannel):
            return None
        target = types.InputChannel(peer.channel_id, peer.access_hash)
        full = await self._ask(functions.channels.GetFullChannelRequest(target))
        chat = next(chat for chat in full.chats if chat.id == peer.channel_id)
        history = await self._history(peer, _RECENT)
        posts = [post for post in history.messages if isinstance(post, types.Message)]
        return ChannelStatistics(
            title=chat.title,
            username=chat.username or "",
            members=full.full_chat.participants_count or 0,
            posts=getattr(history, "count", len(posts)),
            views=sum(post.views or 0 for post in posts),
        )

    async def _resolve(self, name: str) -> Any:
        username = name.strip().removeprefix("https://t.me/").removeprefix("@")
        answer = await self._ask(functions.contacts.ResolveUsernameRequest(username))
        wanted = utils.get_peer_id(answer.peer)
        for entity in (*answer.chats, *answer.users):
            if utils.get_peer_id(entity) == wanted:
                return utils.get_input_peer(entity)
        raise AccountRefused(error="USERNAME_NOT_OCCUPIED")

    async def _history(self, peer: Any, limit: int) -> Any:
        return await self._ask(
            functions.messages.GetHistoryRequest(
                peer=peer,
                offset_id=0,
                offset_date=None,
                add_offset=0,
                limit=limit,
                max_id=0,
                min_id=0,
                hash=0,
            )
        )
