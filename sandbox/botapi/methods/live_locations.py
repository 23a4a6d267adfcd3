"""Live locations. https://core.telegram.org/bots/api#editmessagelivelocation"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.botapi.methods.editing import edit, wanted
from sandbox.botapi.methods.sending import read_point
from sandbox.botapi.request import Call, method
from sandbox.world import Content, Location, Message
from sandbox.world.errors import bad_request

Json = dict[str, Any]

FOR_EVER = 0x7FFFFFFF


@method("editMessageLiveLocation")
def edit_live_location(call: Call) -> Json | bool:
    chat, message = wanted(call)
    place = _live(call, message)
    period = call.params.number_or_none("live_period") or place.live_period
    moved = replace(read_point(call), live_period=period)
    return edit(call, chat, message, Content(location=moved))


@method("stopMessageLiveLocation")
def stop_live_location(call: Call) -> Json | bool:
    chat, message = wanted(call)
    stopped = replace(_live(call, message), live_period=None)
    return edit(call, chat, message, Content(location=stopped))


def _live(call: Call, message: Message) -> Location:
    """Raises ApiError: 400, it is none, or has ended. TDLib's texts (``MessagesManager``)."""
    place = message.content.location
    if place is None or place.live_period is None:
        raise bad_request("there is no live location in the message to edit")
    if place.live_period != FOR_EVER and message.date + place.live_period < call.world.now():
        raise bad_request("message can't be edited")
    return place
