"""Messages. https://core.telegram.org/bots/api#message"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.botapi.serializers import media
from sandbox.botapi.serializers.link_preview import link_preview
from sandbox.botapi.serializers.people import chat, room_chat, user
from sandbox.botapi.serializers.references import resolved
from sandbox.botapi.serializers.service import service
from sandbox.world import Chat, Content, Forward, Message, ReplyTo
from sandbox.world.business_models import BusinessConnection
from sandbox.world.lookups import Core

Json = dict[str, Any]


def message(
    world: Core,
    shown: Message,
    viewer_id: int,
    *,
    depth: int = 1,
    business: BusinessConnection | None = None,
) -> Json:
    """A message as a bot sees it.

    Args:
        depth: how many levels of ``reply_to_message`` are shown; Telegram shows one.
        business: by which the bot sees a chat between two people.
    """
    where = world.state.chats[shown.chat]
    inner: Json = {"message_id": shown.id, **_sender(world, shown)}
    side = viewer_id if business is None else business.account_id
    inner |= {"chat": chat(world, where, side), "date": shown.date}
    if business is not None:
        inner["business_connection_id"] = business.id
        if shown.business_bot_id is not None:
            inner["sender_business_bot"] = user(world, shown.business_bot_id)
    if shown.topic is not None:
        inner |= {"message_thread_id": shown.topic, "is_topic_message": True}
    if shown.forward is not None:
        inner |= forwarded(world, shown.forward)
    if shown.reply_to is not None and depth:
        inner |= _reply(world, where, shown.reply_to, viewer_id, business)
    inner |= _marks(world, shown)
    inner |= content(world, where, shown.content, viewer_id)
    inner |= resolved(world, shown.extra, viewer_id, message)
    if shown.markup is not None and shown.markup.kind == "inline":
        inner["reply_markup"] = media.inline_markup(shown.markup)
    return inner


def _sender(world: Core, shown: Message) -> Json:
    if shown.sender_id >= 0:
        return {"from": user(world, shown.sender_id)}
    inner: Json = {"sender_chat": room_chat(world, shown.sender_id)}
    if shown.signature:
        inner["author_signature"] = shown.signature
    return inner


def _marks(world: Core, shown: Message) -> Json:
    inner: Json = {}
    if shown.via_bot_id is not None:
        inner["via_bot"] = user(world, shown.via_bot_id)
    if shown.edited is not None:
        inner["edit_date"] = shown.edited
    if shown.media_group_id:
        inner["media_group_id"] = shown.media_group_id
    if shown.protected:
        inner["has_protected_content"] = True
    if shown.effect_id:
        inner["effect_id"] = shown.effect_id
    return inner


def content(world: Core, where: Chat, shown: Content, viewer_id: int) -> Json:
    """The content fields of a message."""
    if shown.service is not None:
        return service(world, where, shown.service, viewer_id, message)
    if shown.media is not None:
        return _captioned(world, shown, viewer_id)
    if shown.special is not None:
        value = resolved(world, shown.special.value, viewer_id, message)
        return {shown.special.kind: value, **_caption(world, shown)}
    if not shown.is_text:
        return _object(world, shown, viewer_id)
    inner: Json = {"text": shown.text, **media.entity_list(world, "entities", shown.entities)}
    options = link_preview(shown)
    if options:
        inner["link_preview_options"] = options
    return inner


def _object(world: Core, shown: Content, viewer_id: int) -> Json:
    if shown.poll is not None:
        return {"poll": media.poll(world, shown.poll, viewer_id)}
    if shown.contact is not None:
        return {"contact": media.contact(shown.contact)}
    if shown.location is not None:
        return media.location(shown.location)
    assert shown.dice is not None
    return {"dice": {"emoji": shown.dice[0], "value": shown.dice[1]}}


def _captioned(world: Core, shown: Content, viewer_id: int) -> Json:
    assert shown.media is not None
    return {**media.media(world, shown.media, viewer_id), **_caption(world, shown)}


def _caption(world: Core, shown: Content) -> Json:
    inner: Json = {}
    if shown.text:
        inner["caption"] = shown.text
        inner |= media.entity_list(world, "caption_entities", shown.entities)
    if shown.caption_above:
        inner["show_caption_above_media"] = True
    return inner


def _reply(
    world: Core,
    where: Chat,
    reply: ReplyTo,
    viewer_id: int,
    business: BusinessConnection | None,
) -> Json:
    inner: Json = {}
    if reply.quote:
        inner["quote"] = {
            "text": reply.quote,
            "position": reply.quote_position,
            "is_manual": True,
            **media.entity_list(world, "entities", reply.quote_entities),
        }
    if reply.chat and reply.chat != where.key:
        return inner | _external(world, reply, viewer_id)
    answered = where.messages.get(reply.message_id)
    if answered is not None:
        inner["reply_to_message"] = message(world, answered, viewer_id, depth=0, business=business)
    return inner


def _external(world: Core, reply: ReplyTo, viewer_id: int) -> Json:
    elsewhere = world.state.chats[reply.chat]
    answered = elsewhere.messages.get(reply.message_id)
    if answered is None:
        return {}
    inner = {
        "origin": origin(world, world_origin(world, answered)),
        "message_id": answered.id,
    }
    if not elsewhere.private:
        inner["chat"] = chat(world, elsewhere, viewer_id)
    said = answered.content
    if said.is_text:
        options = link_preview(said)
        if options:
            inner["link_preview_options"] = options
    elif said.service is None:
        inner |= content(world, elsewhere, replace(said, text="", caption_above=False), viewer_id)
    return {"external_reply": inner}


def world_origin(world: Core, shown: Message) -> Forward:
    """Forward origin of a message."""
    if shown.forward is not None:
        return shown.forward
    if shown.sender_id < 0:
        return Forward(date=shown.date, chat_id=shown.sender_id, message_id=shown.id)
    return Forward(date=shown.date, user_id=world.user(shown.sender_id).id)


def forwarded(world: Core, shown: Forward) -> Json:
    """``forward_origin`` and the older fields with the same information."""
    inner: Json = {"forward_origin": origin(world, shown), "forward_date": shown.date}
    if shown.user_id is not None:
        inner["forward_from"] = user(world, shown.user_id)
    elif shown.hidden_name:
        inner["forward_sender_name"] = shown.hidden_name
    elif shown.chat_id is not None:
        inner["forward_from_chat"] = room_chat(world, shown.chat_id)
        if shown.message_id is not None:
            inner["forward_from_message_id"] = shown.message_id
        if shown.signature:
            inner["forward_signature"] = shown.signature
    return inner


def origin(world: Core, shown: Forward) -> Json:
    """https://core.telegram.org/bots/api#messageorigin"""
    if shown.user_id is not None:
        return {
            "type": "user",
            "sender_user": user(world, shown.user_id),
            "date": shown.date,
        }
    if shown.chat_id is None:
        return {"type": "hidden_user", "sender_user_name": shown.hidden_name, "date": shown.date}
    inner: Json = {"type": "chat", "date": shown.date}
    if shown.message_id is None:
        inner["sender_chat"] = room_chat(world, shown.chat_id)
    else:
        inner |= {
            "type": "channel",
            "chat": room_chat(world, shown.chat_id),
            "message_id": shown.message_id,
        }
    if shown.signature:
        inner["author_signature"] = shown.signature
    return inner
