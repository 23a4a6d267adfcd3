"""Reactions and pins. https://core.telegram.org/bots/api#setmessagereaction"""

from __future__ import annotations

from sandbox.botapi.fields import LONG, Fields
from sandbox.botapi.request import Call, method
from sandbox.world.errors import bad_request
from sandbox.world.refusals import refused


@method("setMessageReaction")
def set_message_reaction(call: Call) -> bool:
    given = call.params.json("reaction", "reaction types")
    if given is not None and not isinstance(given, list):
        raise bad_request("expected an Array of ReactionType")
    emojis = tuple(_emoji(one) for one in given or [])
    chat, message_id = call.chat(access="read"), call.message_id()
    call.world.react(call.bot.id, chat, message_id, emojis)
    return True


def _emoji(given: object) -> str:
    """https://github.com/tdlib/telegram-bot-api (``Client::get_reaction_type``)"""
    fields = Fields(given, "can't parse ReactionType")
    kind = fields.text("type", required=True)
    if kind == "emoji":
        return fields.text("emoji", required=True)
    if kind == "custom_emoji":
        fields.number("custom_emoji_id", required=True, limit=LONG)
        raise refused("reaction_invalid")
    raise fields.complaint("invalid reaction type specified")


@method("pinChatMessage")
def pin_chat_message(call: Call) -> bool:
    silent = call.params.flag("disable_notification")
    call.world.pin(call.actor_id, call.chat(), call.message_id(), silent=silent)
    return True


@method("unpinChatMessage")
def unpin_chat_message(call: Call) -> bool:
    call.world.unpin(call.actor_id, call.chat(), call.params.number_or_none("message_id"))
    return True


@method("unpinAllChatMessages")
def unpin_all_chat_messages(call: Call) -> bool:
    call.world.unpin_all(call.bot.id, call.chat())
    return True


@method("unpinAllForumTopicMessages")
def unpin_all_topic_messages(call: Call) -> bool:
    topic = call.params.number("message_thread_id")
    call.world.unpin_all(call.bot.id, call.chat(), topic=topic)
    return True
