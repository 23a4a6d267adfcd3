"""Edits and deletions. https://core.telegram.org/bots/api#updating-messages"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.botapi.call import Call, method
from sandbox.botapi.markup import read_markup
from sandbox.botapi.methods.media import input_media
from sandbox.botapi.methods.target import link_preview, read_caption, read_text
from sandbox.botapi.render.media import poll
from sandbox.world import Chat, Content, Keep, Message
from sandbox.world.changes import KEEP
from sandbox.world.errors import bad_request

Json = dict[str, Any]


@method("editMessageText")
def edit_text(call: Call) -> Json | bool:
    chat, message = wanted(call)
    text, entities = read_text(call)
    if not message.content.is_text:
        raise bad_request("there is no text in the message to edit")
    content = Content(text=text, entities=entities, link_preview=link_preview(call))
    return edit(call, chat, message, content)


@method("editMessageCaption")
def edit_caption(call: Call) -> Json | bool:
    chat, message = wanted(call)
    text, entities = read_caption(call)
    if message.content.media is None:
        raise bad_request("there is no caption in the message to edit")
    above = call.params.flag("show_caption_above_media")
    content = replace(message.content, text=text, entities=entities, caption_above=above)
    return edit(call, chat, message, content)


@method("editMessageMedia")
def edit_media(call: Call) -> Json | bool:
    chat, message = wanted(call)
    content = input_media(call, call.params.json("media", "input media"))
    if message.content.media is None and not message.content.is_text:
        raise bad_request("there is no media in the message to edit")
    return edit(call, chat, message, content)


@method("editMessageReplyMarkup")
def edit_markup(call: Call) -> Json | bool:
    chat, message = wanted(call)
    return edit(call, chat, message, KEEP)


def wanted(call: Call) -> tuple[Chat, Message]:
    """The message to edit, by its chat or by an inline id. Raises ApiError: 400."""
    if call.params.has("inline_message_id"):
        return call.world.inline.message(call.bot.id, call.params.text("inline_message_id"))
    chat = call.chat()
    message = chat.messages.get(call.message_id())
    if message is None:
        raise bad_request("message to edit not found")
    return chat, message


def edit(call: Call, chat: Chat, message: Message, content: Content | Keep) -> Json | bool:
    """As on Telegram, an edit without a keyboard takes the keyboard away."""
    markup = read_markup(call.params, inline_only=True)
    edited = call.world.edit(call.actor_id, chat, message.id, content=content, markup=markup)
    return True if call.params.has("inline_message_id") else call.shown(edited)


@method("deleteMessage")
def delete_message(call: Call) -> bool:
    chat, message_id = call.chat(), call.message_id()
    if not call.world.delete(call.bot.id, chat, [message_id]):
        raise bad_request("message to delete not found")
    return True


@method("deleteMessages")
def delete_messages(call: Call) -> bool:
    """Those that do not exist are skipped. https://core.telegram.org/bots/api#deletemessages"""
    chat = call.chat()
    call.world.delete(call.bot.id, chat, call.message_ids())
    return True


@method("stopPoll")
def stop_poll(call: Call) -> Json:
    chat, message_id = call.chat(), call.message_id()
    markup = read_markup(call.params, inline_only=True)
    return poll(call.world, call.world.stop_poll(call.actor_id, chat, message_id, markup))
