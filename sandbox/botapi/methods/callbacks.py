"""https://core.telegram.org/bots/api#answercallbackquery"""

from __future__ import annotations

from sandbox.botapi.request import Call, method


@method("answerCallbackQuery")
def answer_callback_query(call: Call) -> bool:
    call.world.answer_callback(
        call.bot.id,
        call.params.text("callback_query_id"),
        text=call.params.text("text"),
        alert=call.params.flag("show_alert"),
        url=call.params.text("url"),
        cache_time=call.params.number("cache_time"),
    )
    return True
