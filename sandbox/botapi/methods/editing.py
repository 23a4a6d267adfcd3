"""Edits and deletions. https://core.telegram.org/bots/api#updating-messages"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.botapi.methods.media import input_media
from sandbox.botapi.methods.send_params import link_preview, read_caption, read_text
from sandbox.botapi.reply_markup import read_markup
from sandbox.botapi.request import Call, method
from sandbox.world import Chat, Content, Message, Unset
from sandbox.world.errors import bad_request
from sandbox.world.message_edits import EDITABLE_MEDIA, UNSET
from sandbox.world.refusals import refused

Json = dict[str, Any]


@method("editMessageText")
def edit_text(call: Call) -> Json | bool:
    text, entities = read_text(call)
    chat, message = wanted(call)
    if not message.content.is_text:
        raise refused("no_text_to_edit")
    content = Content(text=text, entities=entities, link_preview=link_preview(call))
    return edit(call, chat, message, content)


@method("editMessageCaption")
def edit_caption(call: Call) -> Json | bool:
    text, entities = read_caption(call)
    chat, message = wanted(call)
    if message.content.media is None or message.content.media.kind not in EDITABLE_MEDIA:
        raise refused("no_caption_to_edit")
    above = call.params.flag("show_caption_above_media")
    content = replace(message.content, text=text, entities=entities, caption_above=above)
    return edit(call, chat, message, content)


@method("editMessageMedia")
def edit_media(call: Call) -> Json | bool:
    given = call.params.json("media", "input media")
    if given is None:
        raise bad_request('parameter "media" is required')
    content = input_media(call, given)
    chat, message = wanted(call)
    if message.content.media is None and not message.content.is_text:
        raise bad_request("message media can't be edited")
    return edit(call, chat, message, content)


@method("editMessageReplyMarkup")
def edit_markup(call: Call) -> Json | bool:
    chat, message = wanted(call, only_markup=True)
    return edit(call, chat, message, UNSET)


def wanted(call: Call, *, only_markup: bool = False) -> tuple[Chat, Message]:
    """The message to edit, by its chat or by an inline id.

    Raises:
        ApiError: 400, there is none, or the bot can't edit it.
    """
    if call.params.has("inline_message_id"):
        return call.world.inline.message(call.bot.id, call.params.text("inline_message_id"))
    if not call.params.has("chat_id") and not call.params.number("message_id"):
        raise bad_request("message identifier is not specified")
    chat = call.chat(access="edit")
    message = chat.messages.get(call.params.number("message_id"))
    if message is None:
        raise refused("edit_not_found")
    call.world.check_edit(call.actor_id, chat, message, only_markup=only_markup)
    return chat, message


def edit(call: Call, chat: Chat, message: Message, content: Content | Unset) -> Json | bool:
    """As on Telegram, an edit without a keyboard removes the keyboard."""
    markup = read_markup(call.params, inline_only=True)
    edited = call.world.edit(call.actor_id, chat, message.id, content=content, markup=markup)
    return True if call.params.has("inline_message_id") else call.shown(edited)


@method("deleteMessage")
def delete_message(call: Call) -> bool:
    chat, message_id = call.chat(), call.message_id()
    if not call.world.delete(call.bot.id, chat, [message_id]):
        raise refused("delete_not_found")
    return True


@method("deleteMessages")
def delete_messages(call: Call) -> bool:
    """Those that do not exist are skipped. https://core.telegram.org/bots/api#deletemessages"""
    chat = call.chat()
    call.world.delete(call.bot.id, chat, call.message_ids())
    return True
