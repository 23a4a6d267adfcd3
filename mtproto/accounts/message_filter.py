"""Filters an account's messages for features: removes Telegram's service notifications.

The chat with "Telegram" (777000) contains login codes; whoever reads them can take over the
account. Its messages, and copies of them forwarded elsewhere, are dropped here.
https://core.telegram.org/api/auth
"""

from __future__ import annotations

from typing import Any, Final

from telethon import types, utils

from tenants.domain.model import ChatId, TenantId, UserId
from tenants.domain.ports import AccountMessage

SERVICE_IDS: Final = frozenset({777000, 333000, 42777})
"""Telegram's service accounts: the current one and two earlier ones."""


def visible(message: Any) -> bool:
    """Whether a feature, a tenant or an admin may see this message."""
    if not isinstance(message, types.Message):
        return False
    forwarded = message.fwd_from
    peers = [message.peer_id, message.from_id]
    if forwarded is not None:
        peers += [forwarded.from_id, forwarded.saved_from_peer]
    return not any(
        isinstance(peer, types.PeerUser) and peer.user_id in SERVICE_IDS for peer in peers
    )


def readable(tenant_id: TenantId, message: Any) -> AccountMessage:
    sender = message.from_id or message.peer_id
    return AccountMessage(
        tenant_id=tenant_id,
        chat_id=ChatId(utils.get_peer_id(message.peer_id)),
        message_id=message.id,
        sender_id=UserId(utils.get_peer_id(sender)),
        outgoing=bool(message.out),
        text=message.message or "",
        date=message.date,
    )
