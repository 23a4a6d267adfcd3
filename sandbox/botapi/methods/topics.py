"""Forum topics. https://core.telegram.org/bots/api#createforumtopic"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.request import Call, method
from sandbox.botapi.serializers.media import sticker
from sandbox.world.groups import GENERAL_TOPIC
from sandbox.world.topics import ICON_COLORS

Json = dict[str, Any]


@method("createForumTopic")
def create_forum_topic(call: Call) -> Json:
    topic = call.world.create_topic(
        call.bot.id,
        call.chat(),
        call.params.text("name"),
        icon_color=call.params.number("icon_color", ICON_COLORS[0]),
        icon_custom_emoji_id=call.params.text("icon_custom_emoji_id"),
    )
    shown: Json = {
        "message_thread_id": topic.id,
        "name": topic.name,
        "icon_color": topic.icon_color,
    }
    if topic.icon_custom_emoji_id:
        shown["icon_custom_emoji_id"] = topic.icon_custom_emoji_id
    return shown


@method("editForumTopic", "editGeneralForumTopic")
def edit_forum_topic(call: Call) -> bool:
    values = call.params.values
    call.world.edit_topic(
        call.bot.id,
        call.chat(),
        _topic(call),
        name=call.params.text("name") or None,
        icon_custom_emoji_id=call.params.text("icon_custom_emoji_id")
        if "icon_custom_emoji_id" in values
        else None,
    )
    return True


@method("closeForumTopic", "closeGeneralForumTopic")
def close_forum_topic(call: Call) -> bool:
    call.world.close_topic(call.bot.id, call.chat(), _topic(call), closed=True)
    return True


@method("reopenForumTopic", "reopenGeneralForumTopic")
def reopen_forum_topic(call: Call) -> bool:
    call.world.close_topic(call.bot.id, call.chat(), _topic(call), closed=False)
    return True


@method("hideGeneralForumTopic")
def hide_general_forum_topic(call: Call) -> bool:
    call.world.hide_general(call.bot.id, call.chat(), hidden=True)
    return True


@method("unhideGeneralForumTopic")
def unhide_general_forum_topic(call: Call) -> bool:
    call.world.hide_general(call.bot.id, call.chat(), hidden=False)
    return True


@method("deleteForumTopic")
def delete_forum_topic(call: Call) -> bool:
    call.world.delete_topic(call.bot.id, call.chat(), _topic(call))
    return True


@method("getForumTopicIconStickers")
def get_forum_topic_icon_stickers(call: Call) -> list[Json]:
    """https://core.telegram.org/bots/api#getforumtopiciconstickers"""
    icons = call.world.sticker_sets.topic_icons()
    return [sticker(call.world, one, call.bot.id) for one in icons]


def _topic(call: Call) -> int:
    if "general" in call.method.lower():
        return GENERAL_TOPIC
    return call.params.number("message_thread_id")
