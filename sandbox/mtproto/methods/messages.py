"""messages.*: sending, editing, pressing buttons."""

from __future__ import annotations

import asyncio
from typing import Any

from telethon.tl import functions, types

from sandbox.mtproto.errors import RpcRefusal
from sandbox.mtproto.request import Call
from sandbox.mtproto.serializers.peers import id_of
from sandbox.mtproto.serializers.texts import entities_in
from sandbox.world.content_models import Content, Media, ReplyTo
from sandbox.world.image_size import size_of

CALLBACK_SECONDS = 10.0
"""How long a client waits for a bot's answer to a button."""


def send_message(call: Call) -> Any:
    """Send a message, once for each ``random_id``."""
    request = call.request
    sender = call.user_id
    chat = call.chat(request.peer)
    call.server.sent.check(sender, request.random_id)
    content = Content(text=request.message, entities=entities_in(request.entities))
    with call.server.pushes.caused_by(call.connection) as own:
        message = call.world.send(
            sender,
            chat,
            content,
            reply_to=_reply_to(request.reply_to),
            topic=getattr(request.reply_to, "top_msg_id", None),
            silent=bool(request.silent),
        )
    call.server.sent.note(sender, request.random_id)
    named = types.UpdateMessageID(message.id, request.random_id)
    return call.server.pushes.form(sender, own, named)


def send_media(call: Call) -> Any:
    """Send an uploaded file or photo. https://core.telegram.org/method/messages.sendMedia"""
    request = call.request
    sender = call.user_id
    chat = call.chat(request.peer)
    call.server.sent.check(sender, request.random_id)
    content = Content(
        text=request.message,
        entities=entities_in(request.entities),
        media=_uploaded(call, request.media),
    )
    with call.server.pushes.caused_by(call.connection) as own:
        message = call.world.send(sender, chat, content, reply_to=_reply_to(request.reply_to))
    call.server.sent.note(sender, request.random_id)
    named = types.UpdateMessageID(message.id, request.random_id)
    return call.server.pushes.form(sender, own, named)


def _uploaded(call: Call, media: Any) -> Media:
    is_photo = isinstance(media, types.InputMediaUploadedPhoto)
    if not is_photo and not isinstance(media, types.InputMediaUploadedDocument):
        raise RpcRefusal(400, "MEDIA_INVALID")
    data = call.server.uploads.take(call.user_id, media.file.id, media.file.parts)
    size = size_of(data)
    if is_photo and size is None:
        raise RpcRefusal(400, "IMAGE_PROCESS_FAILED")
    width, height = size or (0, 0)
    kind = "photo" if is_photo else "document"
    mime = "" if is_photo else media.mime_type
    file = call.world.files.put(data, media.file.name, mime, kind)
    return Media(kind=kind, file=file, width=width, height=height)


def _reply_to(pointer: Any) -> ReplyTo | None:
    if not isinstance(pointer, types.InputReplyToMessage):
        return None
    return ReplyTo(message_id=pointer.reply_to_msg_id, quote=pointer.quote_text or "")


def start_bot(call: Call) -> Any:
    """A deep link's Start. https://core.telegram.org/method/messages.startBot"""
    request = call.request
    bot_id = id_of(request.bot, call.user_id)
    call.server.sent.check(call.user_id, request.random_id)
    with call.server.pushes.caused_by(call.connection) as own:
        message = call.world.start(call.user_id, bot_id, request.start_param)
    call.server.sent.note(call.user_id, request.random_id)
    named = types.UpdateMessageID(message.id, request.random_id)
    return call.server.pushes.form(call.user_id, own, named)


def forward_messages(call: Call) -> Any:
    request = call.request
    source, target = call.chat(request.from_peer), call.chat(request.to_peer)
    for random_id in request.random_id:
        call.server.sent.check(call.user_id, random_id)
    with call.server.pushes.caused_by(call.connection) as own:
        messages = call.world.forward(call.user_id, target, source, request.id)
    for random_id in request.random_id:
        call.server.sent.note(call.user_id, random_id)
    named = [
        types.UpdateMessageID(message.id, random_id)
        for message, random_id in zip(messages, request.random_id, strict=False)
    ]
    return call.server.pushes.form(call.user_id, own, *named)


def edit_message(call: Call) -> Any:
    request = call.request
    chat = call.chat(request.peer)
    if not request.message:
        raise RpcRefusal(400, "MESSAGE_EMPTY")
    content = Content(text=request.message, entities=entities_in(request.entities))
    with call.server.pushes.caused_by(call.connection) as own:
        call.world.edit(call.user_id, chat, request.id, content=content)
    return call.server.pushes.form(call.user_id, own)


def delete_messages(call: Call) -> Any:
    """Delete messages of private chats and basic groups, for everybody."""
    wanted = set(call.request.id)
    count = 0
    with call.server.pushes.caused_by(call.connection) as own:
        for chat in call.world.chats_of(call.user_id):
            mine = sorted(wanted & chat.messages.keys())
            if mine and chat.kind in ("private", "group"):
                count += len(call.world.delete(call.user_id, chat, mine))
    pts = own[-1].pts if own else call.logins.boxes[call.user_id].pts
    return types.messages.AffectedMessages(pts, count)


async def get_bot_callback_answer(call: Call) -> Any:
    """Press an inline button and wait for its bot's answer."""
    request = call.request
    chat = call.chat(request.peer)
    data = (request.data or b"").decode(errors="replace")
    callback = call.world.press(call.user_id, chat, request.msg_id, data=data)
    try:
        answer = await asyncio.wait_for(asyncio.shield(callback.answered), CALLBACK_SECONDS)
    except TimeoutError:
        raise RpcRefusal(400, "BOT_RESPONSE_TIMEOUT") from None
    return types.messages.BotCallbackAnswer(
        answer.cache_time,
        alert=answer.alert or None,
        has_url=bool(answer.url) or None,
        message=answer.text or None,
        url=answer.url or None,
    )


def set_typing(call: Call) -> Any:
    chat = call.chat(call.request.peer)
    call.world.chat_action(call.user_id, chat, "typing")
    return True


METHODS = {
    functions.messages.SendMediaRequest: send_media,
    functions.messages.SendMessageRequest: send_message,
    functions.messages.StartBotRequest: start_bot,
    functions.messages.ForwardMessagesRequest: forward_messages,
    functions.messages.EditMessageRequest: edit_message,
    functions.messages.DeleteMessagesRequest: delete_messages,
    functions.messages.GetBotCallbackAnswerRequest: get_bot_callback_answer,
    functions.messages.SetTypingRequest: set_typing,
}
