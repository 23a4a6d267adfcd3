"""Messages and the updates that carry them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from telethon.tl import types

from sandbox.mtproto import tl_codec
from sandbox.mtproto.serializers.media import media_out
from sandbox.mtproto.serializers.peers import is_channel, peer_form
from sandbox.mtproto.serializers.texts import entities_out, markup_out
from sandbox.world.chats import Chat, Message
from sandbox.world.content_models import Forward, Service
from sandbox.world.pts_log import PtsEvent, PtsEventType

GENERAL_TOPIC = 1


def message_form(message: Message, chat: Chat, viewer_id: int) -> Any:
    """A message as a member of the chat sees it."""
    peer_id = chat.id_for(viewer_id)
    post = chat.kind == "channel"
    shared = {
        "id": message.id,
        "peer_id": peer_form(peer_id),
        "from_id": None if post else peer_form(message.sender_id),
        "date": tl_codec.moment(message.date),
        "out": message.outgoing(viewer_id) or None,
        "post": post or None,
        "silent": message.silent or None,
        "reply_to": _reply(message),
    }
    if message.content.service is not None:
        action = _action(message.content.service)
        return types.MessageService(**shared, action=action)
    return types.Message(
        **shared,
        message=message.content.text,
        entities=entities_out(message.content.entities),
        media=media_out(message.content, message.date),
        reply_markup=markup_out(message.markup),
        fwd_from=_forward(message.forward),
        via_bot_id=message.via_bot_id,
        edit_date=tl_codec.moment(message.edited) if message.edited else None,
        views=message.views if post else None,
        forwards=0 if post else None,
        post_author=message.signature or None,
        noforwards=message.protected or None,
        pinned=message.id in chat.pinned or None,
        reactions=_reactions(message),
    )


def people_of(message: Message, chat: Chat, viewer_id: int) -> set[int]:
    """The ids a client needs to know to show the message."""
    ids = {chat.id_for(viewer_id), message.sender_id, viewer_id}
    forward = message.forward
    named = (message.via_bot_id, forward and forward.user_id, forward and forward.chat_id)
    service = message.content.service
    return ids | {one for one in named if one} | set(service.user_ids if service else ())


def update_form(happening: PtsEvent, message: Any) -> Any:
    """The TL update of an event. ``message`` is its TL form, None for a deletion."""
    step = happening.pts, happening.count
    channel = is_channel(happening.chat)
    match happening.what:
        case PtsEventType.NEW:
            kind = types.UpdateNewChannelMessage if channel else types.UpdateNewMessage
            return kind(message, *step)
        case PtsEventType.EDITED:
            kind = types.UpdateEditChannelMessage if channel else types.UpdateEditMessage
            return kind(message, *step)
    ids = list(happening.message_ids)
    if channel:
        return types.UpdateDeleteChannelMessages(peer_form(happening.chat).channel_id, ids, *step)
    return types.UpdateDeleteMessages(ids, *step)


def _reply(message: Message) -> Any:
    if message.reply_to is None and message.topic is None:
        return None
    answered = message.reply_to.message_id if message.reply_to else message.topic
    quote = message.reply_to.quote if message.reply_to else ""
    return types.MessageReplyHeader(
        forum_topic=message.topic is not None or None,
        reply_to_msg_id=answered,
        reply_to_top_id=message.topic if message.reply_to and message.topic else None,
        quote=bool(quote) or None,
        quote_text=quote or None,
    )


def _forward(forward: Forward | None) -> Any:
    if forward is None:
        return None
    origin = forward.user_id or forward.chat_id
    return types.MessageFwdHeader(
        tl_codec.moment(forward.date),
        from_id=peer_form(origin) if origin else None,
        from_name=forward.hidden_name or None,
        channel_post=forward.message_id,
        post_author=forward.signature or None,
    )


def _reactions(message: Message) -> Any:
    counts: dict[str, int] = {}
    for emojis in message.reactions.values():
        for emoji in emojis:
            counts[emoji] = counts.get(emoji, 0) + 1
    if not counts:
        return None
    return types.MessageReactions(
        [types.ReactionCount(types.ReactionEmoji(emoji), count) for emoji, count in counts.items()]
    )


def _action(service: Service) -> Any:
    form = ACTIONS.get(service.kind)
    if form is None:
        return types.MessageActionCustomAction(service.text or service.kind.replace("_", " "))
    return form(service)


ACTIONS: Mapping[str, Callable[[Service], Any]] = {
    "new_chat_members": lambda one: types.MessageActionChatAddUser(list(one.user_ids)),
    "left_chat_member": lambda one: types.MessageActionChatDeleteUser(one.user_ids[0]),
    "new_chat_title": lambda one: types.MessageActionChatEditTitle(one.text),
    "pinned_message": lambda _one: types.MessageActionPinMessage(),
    "group_chat_created": lambda one: types.MessageActionChatCreate(one.text, list(one.user_ids)),
    "supergroup_chat_created": lambda one: types.MessageActionChannelCreate(one.text),
    "channel_chat_created": lambda one: types.MessageActionChannelCreate(one.text),
}
