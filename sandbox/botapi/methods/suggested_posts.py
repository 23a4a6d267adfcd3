"""Suggested posts. https://core.telegram.org/bots/api#approvesuggestedpost"""

from __future__ import annotations

from sandbox.botapi.request import Call, method


@method("approveSuggestedPost")
def approve_suggested_post(call: Call) -> bool:
    chat, message_id = call.chat(), call.message_id()
    send_date = call.params.number("send_date")
    call.world.suggested_posts.approve(call.bot.id, chat, message_id, send_date)
    return True


@method("declineSuggestedPost")
def decline_suggested_post(call: Call) -> bool:
    chat, message_id = call.chat(), call.message_id()
    call.world.suggested_posts.decline(call.bot.id, chat, message_id, call.params.text("comment"))
    return True
