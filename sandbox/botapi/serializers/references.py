"""Replaces viewer-dependent references in values stored in the Bot API's format."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from sandbox.botapi.serializers.invites import boost, invite_link
from sandbox.botapi.serializers.media import media
from sandbox.botapi.serializers.people import private_chat, room_chat, user
from sandbox.world import Media, Message
from sandbox.world.image_size import size_of
from sandbox.world.lookups import Core

Json = dict[str, Any]


class Renderer(Protocol):
    def __call__(self, world: Core, shown: Message, viewer_id: int, *, depth: int) -> Json: ...


def resolved(world: Core, value: Any, viewer_id: int, render: Renderer) -> Any:
    """``value`` with its references replaced; :class:`~sandbox.world.Special` lists them."""
    if isinstance(value, list):
        return [resolved(world, one, viewer_id, render) for one in value]
    if not isinstance(value, dict):
        return value
    inner: Json = {}
    for name, one in value.items():
        if not name.startswith("$"):
            inner[name] = resolved(world, one, viewer_id, render)
            continue
        found = _referred(world, name, one, viewer_id, render)
        if not isinstance(found, dict):
            return found
        inner |= found
    return inner


def _referred(world: Core, name: str, to: Any, viewer_id: int, render: Renderer) -> Any:
    if name == "$user":
        return user(world, to)
    if name == "$chat":
        return private_chat(world, to) if to > 0 else room_chat(world, to)
    if name == "$invite":
        return invite_link(world, world.room(to[0]).links[to[1]])
    if name == "$boost":
        return boost(world, next(one for one in world.room(to[0]).boosts if one.id == to[1]))
    if name == "$message":
        return _message(world, to, viewer_id, render)
    if name == "$photo":
        to = {"kind": "photo", "file": to}
    return _media(world, to, viewer_id)


def _media(world: Core, to: Json, viewer_id: int) -> Any:
    details = {**to, "file": world.files.files[to["file"]]}
    if to.get("thumbnail"):
        details["thumbnail"] = world.files.files[to["thumbnail"]]
    if "width" not in to:
        width, height = size_of(world.files.data(details["file"])) or (512, 512)
        details |= {"width": width, "height": height}
    shown = msgspec.convert(details, Media, from_attributes=True)
    return media(world, shown, viewer_id)[shown.kind]


def _message(world: Core, to: Json, viewer_id: int, render: Renderer) -> Json:
    where = world.state.chats[to["chat"]]
    found = where.messages.get(to["id"])
    if found is not None:
        return render(world, found, viewer_id, depth=0)
    chat_id = where.id_for(viewer_id)
    chat = private_chat(world, chat_id) if chat_id > 0 else room_chat(world, chat_id)
    return {"chat": chat, "message_id": to["id"], "date": 0}
