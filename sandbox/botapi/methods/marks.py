"""Reactions and pins. https://core.telegram.org/bots/api#setmessagereaction"""

from __future__ import annotations

from sandbox.botapi.call import Call, method
from sandbox.world.errors import bad_request


@method("setMessageReaction")
def set_message_reaction(call: Call) -> bool:
    chat, message_id = call.chat(), call.message_id()
    given = call.params.array("reaction", "ReactionType")
    emojis = tuple(_emoji(one) for one in given)
    call.world.react(call.bot.id, chat, message_id, emojis)
    return True


def _emoji(given: object) -> str:
    if not isinstance(given, dict) or given.get("type") not in ("emoji", "custom_emoji", "paid"):
        raise bad_request("invalid reaction type specified")
    if given["type"] != "emoji":
        raise bad_request("REACTION_INVALID")
    return str(given.get("emoji", ""))


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
