"""A line of the chat list."""

from __future__ import annotations

from typing import Any

from telethon.tl import types

from sandbox.mtproto.serializers.peers import is_channel, peer_form
from sandbox.world import World
from sandbox.world.chats import Chat


def dialog_form(world: World, chat: Chat, viewer_id: int) -> Any:
    """https://core.telegram.org/constructor/dialog — channels have their ``pts`` here."""
    peer_id = chat.id_for(viewer_id)
    newest = chat.newest()
    others = [read for reader, read in chat.read.items() if reader != viewer_id]
    return types.Dialog(
        peer=peer_form(peer_id),
        top_message=newest.id if newest else 0,
        read_inbox_max_id=chat.read.get(viewer_id, 0),
        read_outbox_max_id=max(others, default=0),
        unread_count=world.unread(viewer_id, chat),
        unread_mentions_count=0,
        unread_reactions_count=0,
        unread_poll_votes_count=0,
        notify_settings=types.PeerNotifySettings(),
        pts=world.logins.boxes[peer_id].pts if is_channel(peer_id) else None,
    )
