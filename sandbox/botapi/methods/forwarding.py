"""Forwards and copies. https://core.telegram.org/bots/api#forwardmessage"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.methods.send_params import Target, read_caption
from sandbox.botapi.request import Call, method
from sandbox.world import Chat, Message
from sandbox.world.errors import bad_request
from sandbox.world.forwards import increasing
from sandbox.world.refusals import refused

Json = dict[str, Any]


@method("forwardMessage")
def forward_message(call: Call) -> Json:
    return call.shown(_forward(call, [call.message_id()])[0])


@method("forwardMessages")
def forward_messages(call: Call) -> list[Json]:
    """Those that cannot be forwarded are skipped."""
    message_ids = increasing(call.message_ids())
    return [{"message_id": message.id} for message in _forward(call, message_ids)]


def _forward(call: Call, message_ids: list[int]) -> list[Message]:
    target = Target.of(call, markup=False, reply=False)
    return call.world.forward(
        call.bot.id,
        target.chat,
        call.chat("from_chat_id", access="read"),
        message_ids,
        topic=target.topic,
        silent=call.params.flag("disable_notification"),
        protected=call.params.flag("protect_content"),
    )


@method("copyMessage")
def copy_message(call: Call) -> Json:
    caption = read_caption(call) if "caption" in call.params.values else None
    source = call.chat("from_chat_id", access="read")
    target = Target.of(call)
    message_id = call.message_id()
    copy = call.world.copy(
        call.bot.id,
        target.chat,
        source,
        message_id,
        caption=caption,
        topic=target.topic,
        reply_to=target.reply_to,
        markup=target.markup,
        silent=call.params.flag("disable_notification"),
        protected=call.params.flag("protect_content"),
        above=call.params.flag("show_caption_above_media"),
        effect_id=call.params.text("message_effect_id"),
    )
    return {"message_id": copy.id}


@method("copyMessages")
def copy_messages(call: Call) -> list[Json]:
    """Those that cannot be copied are skipped; albums stay albums."""
    message_ids = increasing(call.message_ids())
    target = Target.of(call, markup=False, reply=False)
    source = call.chat("from_chat_id", access="read")
    found = [source.messages[one] for one in message_ids if one in source.messages]
    if not found:
        raise bad_request("there are no messages to forward")
    usable = [one for one in found if call.world.may_copy(call.bot.id, one)]
    if not usable:
        raise refused("messages_cannot_be_forwarded")
    albums: dict[str, str] = {}
    return [{"message_id": _copy(call, target, source, one, albums)} for one in usable]


def _copy(
    call: Call, target: Target, source: Chat, original: Message, albums: dict[str, str]
) -> int:
    bare = call.params.flag("remove_caption")
    return call.world.copy(
        call.bot.id,
        target.chat,
        source,
        original.id,
        caption=("", ()) if bare else None,
        topic=target.topic,
        silent=call.params.flag("disable_notification"),
        protected=call.params.flag("protect_content"),
        media_group_id=call.world.album_of(albums, original),
    ).id
