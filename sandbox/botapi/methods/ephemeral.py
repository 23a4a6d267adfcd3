"""Edits and deletions of ephemeral messages.

https://core.telegram.org/bots/api#editephemeralmessagetext
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.botapi.methods.media import input_media
from sandbox.botapi.methods.rich_messages import read_rich
from sandbox.botapi.methods.send_params import link_preview, read_caption, read_text
from sandbox.botapi.reply_markup import read_markup
from sandbox.botapi.request import Call, method
from sandbox.world import Chat, Content, Message
from sandbox.world.errors import bad_request


@method("editEphemeralMessageText")
def edit_ephemeral_text(call: Call) -> bool:
    _, message = _wanted(call)
    if call.params.has("rich_message"):
        return _edit(call, message, Content(special=read_rich(call)))
    text, entities = read_text(call)
    content = Content(text=text, entities=entities, link_preview=link_preview(call))
    return _edit(call, message, content)


@method("editEphemeralMessageCaption")
def edit_ephemeral_caption(call: Call) -> bool:
    _, message = _wanted(call)
    if message.content.media is None:
        raise bad_request("there is no caption in the message to edit")
    text, entities = read_caption(call)
    above = call.params.flag("show_caption_above_media")
    content = replace(message.content, text=text, entities=entities, caption_above=above)
    return _edit(call, message, content)


@method("editEphemeralMessageMedia")
def edit_ephemeral_media(call: Call) -> bool:
    _, message = _wanted(call)
    return _edit(call, message, input_media(call, call.params.json("media", "input media")))


@method("editEphemeralMessageReplyMarkup")
def edit_ephemeral_markup(call: Call) -> bool:
    _, message = _wanted(call)
    return _edit(call, message, message.content)


@method("deleteEphemeralMessage")
def delete_ephemeral(call: Call) -> bool:
    chat, message = _wanted(call)
    call.world.ephemeral.delete(chat, message)
    return True


def _wanted(call: Call) -> tuple[Chat, Message]:
    chat = call.chat()
    receiver_id = call.user_id("receiver_user_id")
    number = call.params.number("ephemeral_message_id")
    return chat, call.world.ephemeral.find(call.bot.id, chat, receiver_id, number)


def _edit(call: Call, message: Message, content: Content) -> bool:
    call.world.ephemeral.edit(message, content, read_markup(call.params, inline_only=True))
    return True
