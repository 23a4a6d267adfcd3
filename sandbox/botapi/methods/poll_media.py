"""Media of polls, their options and explanations. https://core.telegram.org/bots/api#inputpollmedia"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.fields import Fields
from sandbox.botapi.methods.media import input_media
from sandbox.botapi.request import Call
from sandbox.world import Content, Location

_ANYWHERE = ("animation", "live_photo", "location", "photo", "venue", "video")
POLL_KINDS = (*_ANYWHERE, "audio", "document")
OPTION_KINDS = (*_ANYWHERE, "sticker", "link")
"""https://core.telegram.org/bots/api#inputpolloptionmedia"""


def poll_media(call: Call, given: Any, kinds: tuple[str, ...] = POLL_KINDS) -> Content | None:
    """None when there is none.

    Raises:
        ApiError: 400, its kind is not allowed there, or it is malformed.
    """
    if given is None:
        return None
    fields = Fields(given, "can't parse InputPollMedia")
    kind = fields.text("type", required=True)
    if kind not in kinds:
        raise fields.complaint(f'type "{kind}" is unsupported')
    if kind == "link":
        return Content(text=fields.text("url", required=True))
    if kind in ("location", "venue"):
        return Content(location=_location(fields, kind))
    return input_media(call, given, kinds=kinds)


def _location(fields: Fields, kind: str) -> Location:
    venue = kind == "venue"
    return Location(
        latitude=_degrees(fields, "latitude", 90),
        longitude=_degrees(fields, "longitude", 180),
        title=fields.text("title", required=True) if venue else "",
        address=fields.text("address", required=True) if venue else "",
    )


def _degrees(fields: Fields, name: str, limit: int) -> float:
    value = fields.raw(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise fields.complaint(f'Field "{name}" must be a Number')
    if not -limit <= value <= limit:
        raise fields.complaint(f'Field "{name}" must be a valid Number')
    return float(value)
