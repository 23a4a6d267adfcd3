"""Reading an ``InlineQueryResult``. https://core.telegram.org/bots/api#inlinequeryresult

The refusals are the Bot API server's (``Client::get_inline_query_result``).
"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.formatting import formatted
from sandbox.botapi.methods.payments import prices
from sandbox.botapi.reply_markup import read_markup
from sandbox.botapi.request import Call
from sandbox.botapi.request_params import Params
from sandbox.world import Contact, Content, Entity, Location, Media, Special, StoredFile
from sandbox.world.errors import bad_request
from sandbox.world.inline import InlineResult

Json = dict[str, Any]

FILES = {
    "photo": "photo",
    "gif": "animation",
    "mpeg4_gif": "animation",
    "video": "video",
    "audio": "audio",
    "voice": "voice",
    "document": "document",
    "sticker": "sticker",
}
"""Kinds of results with a file, and how it is sent."""
NEEDS = {"venue": ("title", "address"), "location": ("title",), "contact": ("phone_number",)}
LONGEST_ID = 64


def inline_result(call: Call, given: Any) -> InlineResult:
    """Raises ApiError: 400, it is none."""
    if not isinstance(given, dict):
        raise bad_request("inline query result must be an object")
    kind, number = _required(given, "type").lower(), _required(given, "id")
    if len(number.encode()) > LONGEST_ID:
        raise bad_request("RESULT_ID_INVALID")
    said = given.get("input_message_content")
    content = None if said is None else _message_content(said)
    if content is None:
        content = _own_content(call, kind, given)
    elif kind not in (*FILES, *NEEDS, "article", "game"):
        raise bad_request(f'type "{kind}" is unsupported for the inline query result')
    markup = read_markup(Params({"reply_markup": given.get("reply_markup")}), inline_only=True)
    return InlineResult(id=number, content=content, markup=markup, shown=given)


def _own_content(call: Call, kind: str, given: Json) -> Content:
    if kind in FILES:
        text, entities = _text(given, "caption", "caption_entities")
        media = Media(kind=FILES[kind], file=_file(call, kind, given), width=512, height=512)
        return Content(text=text, entities=entities, media=media)
    if kind == "game":
        short_name = _required(given, "game_short_name")
        return Content(special=call.world.games.special(call.bot, short_name))
    if kind in NEEDS:
        for name in NEEDS[kind]:
            _required(given, name)
        return _contact(given) if kind == "contact" else _location(given)
    if kind == "article":
        raise bad_request("input message content is not specified")
    raise bad_request(f'type "{kind}" is unsupported for the inline query result')


def _file(call: Call, kind: str, given: Json) -> StoredFile:
    """By file_id, or the address of a file that is not fetched: its name is used instead."""
    stem = "mpeg4" if kind == "mpeg4_gif" else kind
    for name in (f"{stem}_file_id", "sticker_file_id"):
        if given.get(name):
            return call.world.files.by_id(str(given[name]), call.bot.id)
    url = _required(given, f"{stem}_url")
    mime = str(given.get("mime_type") or "")
    return call.world.files.put(url.encode(), url.rpartition("/")[2] or "file", mime)


def _message_content(given: Any) -> Content:
    """https://core.telegram.org/bots/api#inputmessagecontent"""
    if not isinstance(given, dict):
        raise bad_request("input message content must be an object")
    if "message_text" in given:
        text, entities = _text(given, "message_text", "entities")
        if not text.strip():
            raise bad_request("message text is empty")
        return Content(text=text, entities=entities, link_preview=given.get("link_preview_options"))
    if "latitude" in given:
        return _location(given)
    if "phone_number" in given:
        return _contact(given)
    if "payload" in given:
        names = ("title", "description", "currency")
        value: Json = {name: _required(given, name) for name in names}
        total = sum(amount for _, amount in prices(given.get("prices")))
        value |= {"start_parameter": "", "total_amount": total}
        return Content(special=Special(kind="invoice", value=value))
    raise bad_request("input message content is not specified")


def _location(given: Json) -> Content:
    try:
        latitude, longitude = float(given["latitude"]), float(given["longitude"])
    except (KeyError, TypeError, ValueError):
        raise bad_request('can\'t find field "latitude"') from None
    venue = "address" in given
    place = Location(
        latitude=latitude,
        longitude=longitude,
        live_period=given.get("live_period"),
        title=str(given.get("title") or "") if venue else "",
        address=str(given.get("address") or ""),
    )
    return Content(location=place)


def _contact(given: Json) -> Content:
    return Content(
        contact=Contact(
            phone_number=_required(given, "phone_number"),
            first_name=_required(given, "first_name"),
            last_name=str(given.get("last_name") or ""),
            vcard=str(given.get("vcard") or ""),
        )
    )


def _text(given: Json, name: str, entities: str) -> tuple[str, tuple[Entity, ...]]:
    return formatted(
        str(given.get(name) or ""), str(given.get("parse_mode") or ""), given.get(entities)
    )


def _required(given: Json, name: str) -> str:
    if given.get(name) in (None, ""):
        raise bad_request(f'can\'t find field "{name}"')
    return str(given[name])
