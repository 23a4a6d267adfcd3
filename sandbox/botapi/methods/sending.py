"""Messages without files. https://core.telegram.org/bots/api#sendmessage"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from sandbox.botapi.methods.send_params import Target, link_preview, read_text
from sandbox.botapi.request import Call, method
from sandbox.world import Contact, Content, Location
from sandbox.world.entities import cleaned
from sandbox.world.errors import bad_request

Json = dict[str, Any]

DICE = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}
"""How many values each has. https://core.telegram.org/bots/api#senddice"""
VENUE_IDS = ("foursquare_id", "foursquare_type", "google_place_id", "google_place_type")
MOST_ACCURACY = 1500.0
MOST_RADIUS = 100_000
FOR_EVER = 0x7FFFFFFF
"""Until it is stopped, as a live location's period."""


@method("sendMessage")
def send_message(call: Call) -> Json:
    text, entities = read_text(call)
    preview = link_preview(call)
    target = Target.of(call)
    return target.send(Content(text=text, entities=entities, link_preview=preview))


@method("sendContact")
def send_contact(call: Call) -> Json:
    contact = Contact(
        phone_number=cleaned(call.params.required("phone_number")),
        first_name=cleaned(call.params.required("first_name")),
        last_name=cleaned(call.params.text("last_name")),
        vcard=call.params.text("vcard"),
    )
    return Target.of(call).send(Content(contact=contact))


@method("sendLocation", "sendVenue")
def send_location(call: Call) -> Json:
    venue = _venue(call) if call.method.lower() == "sendvenue" else {}
    place = replace(read_point(call), **venue)
    return Target.of(call).send(Content(location=place))


def read_point(call: Call) -> Location:
    """A point, perhaps a live one, its fields clamped to Telegram's limits.

    https://core.telegram.org/bots/api#sendlocation

    Raises:
        ApiError: 400, it is no point on Earth, or the period is wrong.
    """
    params = call.params
    latitude, longitude = params.real("latitude"), params.real("longitude")
    accuracy = params.real("horizontal_accuracy") if params.has("horizontal_accuracy") else None
    if accuracy is not None:
        accuracy = min(max(accuracy, 0.0), MOST_ACCURACY)
    period = params.number_or_none("live_period") or None
    if period is not None and not (60 <= period <= 86_400 or period == FOR_EVER):
        raise bad_request("wrong live location period specified")
    if not -90 <= latitude <= 90 or not -180 <= longitude <= 180:
        raise bad_request("wrong geo point specified")
    return Location(
        latitude=latitude,
        longitude=longitude,
        accuracy=accuracy,
        live_period=period,
        heading=_within(params.number_or_none("heading"), 360),
        proximity_alert_radius=_within(
            params.number_or_none("proximity_alert_radius"), MOST_RADIUS
        ),
    )


def _within(value: int | None, most: int) -> int | None:
    return None if value is None else min(max(value, 0), most)


def _venue(call: Call) -> Json:
    params = call.params
    return {
        "title": params.required("title"),
        "address": params.required("address"),
        "ids": {name: params.text(name) for name in VENUE_IDS if params.text(name)},
    }


@method("sendDice")
def send_dice(call: Call) -> Json:
    emoji = (call.params.text("emoji") or "🎲").replace("\ufe0f", "")
    if emoji not in DICE:
        raise bad_request("wrong dice emoji specified")
    return Target.of(call).send(Content(dice=(emoji, secrets.randbelow(DICE[emoji]) + 1)))


@method("sendChatAction")
def send_chat_action(call: Call) -> bool:
    call.world.chat_action(
        call.actor_id,
        call.chat(),
        call.params.text("action").lower(),
        topic=call.params.number("message_thread_id") or None,
    )
    return True
