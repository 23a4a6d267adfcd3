"""Games. https://core.telegram.org/bots/api#games"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.methods.send_params import Target
from sandbox.botapi.request import Call, method
from sandbox.botapi.serializers.people import user
from sandbox.world import Chat, Content, Message
from sandbox.world.errors import bad_request

Json = dict[str, Any]


@method("sendGame")
def send_game(call: Call) -> Json:
    target = Target.of(call)
    short_name = call.params.text("game_short_name")
    return target.send(Content(special=call.world.games.special(call.bot, short_name)))


@method("setGameScore")
def set_game_score(call: Call) -> Json | bool:
    chat, message = _message(call, "message to set game score")
    call.world.games.set_score(
        call.bot,
        chat,
        message,
        call.user_id(),
        call.params.number("score"),
        force=call.params.flag("force"),
        edit=not call.params.flag("disable_edit_message"),
    )
    return True if call.params.has("inline_message_id") else call.shown(message)


@method("getGameHighScores")
def get_game_high_scores(call: Call) -> list[Json]:
    _, message = _message(call, "message to get game high scores")
    rows = call.world.games.high_scores(call.bot, message, call.user_id())
    return [
        {"position": position, "user": user(call.world, person), "score": score}
        for position, person, score in rows
    ]


def _message(call: Call, what: str) -> tuple[Chat, Message]:
    if call.params.has("inline_message_id"):
        return call.world.inline.message(call.bot.id, call.params.text("inline_message_id"))
    chat = call.chat()
    message = chat.messages.get(call.message_id())
    if message is None:
        raise bad_request(f"{what} not found")
    return chat, message
