"""Forwards and copies. https://core.telegram.org/bots/api#forwardmessage"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.call import Call, method
from sandbox.botapi.methods.target import Target, read_caption
from sandbox.world import Chat, Message

Json = dict[str, Any]


@method("forwardMessage")
def forward_message(call: Call) -> Json:
    return call.shown(_forward(call, [call.message_id()])[0])


@method("forwardMessages")
def forward_messages(call: Call) -> list[Json]:
    """Those that cannot be forwarded are skipped."""
    return [{"message_id": message.id} for message in _forward(call, call.message_ids())]


def _forward(call: Call, message_ids: list[int]) -> list[Message]:
    return call.world.forward(
        call.bot.id,
        call.chat(),
        call.chat("from_chat_id"),
        message_ids,
        topic=call.params.number("message_thread_id") or None,
        silent=call.params.flag("disable_notification"),
        protected=call.params.flag("protect_content"),
    )


@method("copyMessage")
def copy_message(call: Call) -> Json:
    target = Target.of(call)
    source = call.chat("from_chat_id")
    caption = read_caption(call) if "caption" in call.params.values else None
    copy = call.world.copy(
        call.bot.id,
        target.chat,
        source,
        call.message_id(),
        caption=caption,
        topic=target.topic,
        reply_to=target.reply_to,
        markup=target.markup,
        silent=call.params.flag("disable_notification"),
        protected=call.params.flag("protect_content"),
    )
    return {"message_id": copy.id}


@method("copyMessages")
def copy_messages(call: Call) -> list[Json]:
    """Those that cannot be copied are skipped; albums stay albums."""
    target, source = call.chat(), call.chat("from_chat_id")
    originals = call.world.sayable(call.bot.id, source, call.message_ids(), "copy")
    albums: dict[str, str] = {}
    return [{"message_id": _copy(call, target, source, one, albums)} for one in originals]


def _copy(call: Call, target: Chat, source: Chat, original: Message, albums: dict[str, str]) -> int:
    album = original.media_group_id
    bare = call.params.flag("remove_caption")
    return call.world.copy(
        call.bot.id,
        target,
        source,
        original.id,
        caption=("", ()) if bare else None,
        topic=call.params.number("message_thread_id") or None,
        silent=call.params.flag("disable_notification"),
        protected=call.params.flag("protect_content"),
        media_group_id=albums.setdefault(album, str(call.world.serial())) if album else "",
    ).id
