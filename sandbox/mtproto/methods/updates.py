"""updates.*: missed updates. https://core.telegram.org/api/updates"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from telethon.tl import functions, types

from sandbox.mtproto import tl_codec
from sandbox.mtproto.request import Call
from sandbox.mtproto.serializers.dialogs import dialog_form
from sandbox.mtproto.serializers.messages import message_form, people_of
from sandbox.mtproto.serializers.peers import forms_of, id_of
from sandbox.world.pts_log import PtsEvent, PtsEventType

AT_ONCE = 100
"""Events of a slice."""


def state_form(call: Call, pts: int | None = None) -> Any:
    at = call.logins.boxes[call.user_id].pts if pts is None else pts
    return types.updates.State(at, 0, tl_codec.moment(call.world.now()), 0, 0)


def get_state(call: Call) -> Any:
    return state_form(call)


def get_difference(call: Call) -> Any:
    """Events of the account since ``pts``, in slices, or differenceTooLong."""
    request = call.request
    box = call.logins.boxes[call.user_id]
    missed = box.since(request.pts)
    limit = request.pts_total_limit
    if missed is None or (limit and len(missed) > limit):
        return types.updates.DifferenceTooLong(box.pts)
    if not missed:
        return types.updates.DifferenceEmpty(tl_codec.moment(call.world.now()), 0)
    part = missed[:AT_ONCE]
    messages, others, users, chats = _contents(call, part)
    if len(part) < len(missed):
        state = state_form(call, part[-1].pts)
        return types.updates.DifferenceSlice(messages, [], others, chats, users, state)
    return types.updates.Difference(messages, [], others, chats, users, state_form(call))


def get_channel_difference(call: Call) -> Any:
    """The same for a channel's ``pts``."""
    channel_id = id_of(call.request.channel, call.user_id)
    chat = call.chat(call.request.channel)
    box = call.logins.boxes[channel_id]
    missed = box.since(call.request.pts)
    if missed is None:
        newest = chat.newest()
        messages = [message_form(newest, chat, call.user_id)] if newest else []
        users, chats = forms_of(call.world, {channel_id}, call.user_id)
        dialog = dialog_form(call.world, chat, call.user_id)
        return types.updates.ChannelDifferenceTooLong(dialog, messages, chats, users, final=True)
    if not missed:
        return types.updates.ChannelDifferenceEmpty(box.pts, final=True)
    part = missed[:AT_ONCE]
    messages, others, users, chats = _contents(call, part)
    final = len(part) == len(missed) or None
    return types.updates.ChannelDifference(
        part[-1].pts, messages, others, chats, users, final=final
    )


def _contents(
    call: Call, happenings: Sequence[PtsEvent]
) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """New messages, other updates, users, chats."""
    messages: list[Any] = []
    others: list[Any] = []
    people: set[int] = set()
    for happening in happenings:
        if happening.what is PtsEventType.NEW:
            people |= _add_message(call, happening, messages)
            continue
        update, named = call.server.pushes.update(call.user_id, happening)
        people |= named
        if update is not None:
            others.append(update)
    users, chats = forms_of(call.world, people, call.user_id)
    return messages, others, users, chats


def _add_message(call: Call, happening: PtsEvent, messages: list[Any]) -> set[int]:
    """A message deleted since is left out."""
    chat = call.world.chat(call.user_id, happening.chat)
    message = call.world.message(chat, happening.message_ids[0])
    if message is None:
        return set()
    messages.append(message_form(message, chat, call.user_id))
    return people_of(message, chat, call.user_id)


METHODS = {
    functions.updates.GetStateRequest: get_state,
    functions.updates.GetDifferenceRequest: get_difference,
    functions.updates.GetChannelDifferenceRequest: get_channel_difference,
}
