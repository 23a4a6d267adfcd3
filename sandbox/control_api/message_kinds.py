"""Kinds of messages beside text and files: polls, dice, locations, stories, service messages …"""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.control_api.errors import WrongBody
from sandbox.control_api.request_body import Body
from sandbox.world import (
    Account,
    Chat,
    Contact,
    Content,
    Location,
    Poll,
    PollOption,
    Special,
    World,
)
from sandbox.world.content_models import Service
from sandbox.world.sample_content import SERVICES, SPECIALS, Setting

DICE = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}
KINDS = ("contact", "location", "poll", "dice", "special")
"""The fields that replace a text or file."""


def read_kind(body: Body, account: Account, chat: Chat, world: World) -> Content | None:
    """The content given instead of a text or file; None when there is none.

    Raises:
        WrongBody: it is invalid.
    """
    contact = body.object_or_none("contact")
    if contact is not None:
        return Content(contact=_contact(contact, account))
    place = body.object_or_none("location")
    if place is not None:
        return Content(location=_location(place))
    poll = body.object_or_none("poll")
    if poll is not None:
        return Content(poll=_poll(poll, world))
    if body.has("dice"):
        return Content(dice=_dice(body))
    if body.has("special"):
        setting = Setting(world=world, chat=chat, actor_id=account.id)
        kind, value = _named(body, "special", SPECIALS)
        text = body.text_or_none("text") or ""
        shown = SPECIALS[kind](setting) if value is None else value
        return Content(text=text, special=Special(kind=kind, value=shown))
    return None


def read_service(body: Body, account: Account, chat: Chat, world: World) -> Service:
    """A service message: ``kind``, and its value unless the sample value is used."""
    kind, value = _kind_and_value(body, "kind", SERVICES)
    setting = Setting(world=world, chat=chat, actor_id=account.id)
    return Service(kind=kind, value=SERVICES[kind](setting) if value is None else value)


def _named(body: Body, name: str, makers: dict[str, Any]) -> tuple[str, Any]:
    """The kind's name, or ``{kind, value?}``."""
    given = body.everything()[name]
    if isinstance(given, str):
        return _known(name, given, makers), None
    inner = body.object_or_none(name)
    assert inner is not None
    return _kind_and_value(inner.allow("kind", "value"), name, makers)


def _kind_and_value(body: Body, field: str, makers: dict[str, Any]) -> tuple[str, Any]:
    return _known(field, body.text("kind"), makers), body.everything().get("value")


def _known(field: str, kind: str, makers: dict[str, Any]) -> str:
    if kind not in makers:
        raise WrongBody(field, f"'{field}' must be one of: {', '.join(makers)}.")
    return kind


def _contact(given: Body, account: Account) -> Contact:
    phone = given.text_or_none("phone_number") or account.phone
    own = phone == account.phone
    return Contact(
        phone_number=phone,
        first_name=given.text_or_none("first_name") or account.first_name,
        last_name=account.last_name if own else "",
        user_id=account.id if own else None,
    )


def _location(given: Body) -> Location:
    """A point; a venue with ``title`` and ``address``, live with ``live_period``."""
    values = given.everything()
    numbers = []
    for name, limit in (("latitude", 90), ("longitude", 180)):
        value = values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > limit:
            raise WrongBody("location", f"'location.{name}' must be from -{limit} to {limit}.")
        numbers.append(float(value))
    return Location(
        latitude=numbers[0],
        longitude=numbers[1],
        live_period=given.number_or_none("live_period"),
        heading=given.number_or_none("heading"),
        title=given.text_or_none("title", longest=128) or "",
        address=given.text_or_none("address", longest=256) or "",
    )


def _poll(given: Body, world: World) -> Poll:
    given.allow("question", "options", "quiz", "correct", "anonymous", "multiple")
    options = given.everything().get("options")
    if not isinstance(options, list) or not all(isinstance(one, str) and one for one in options):
        raise WrongBody("poll", "'poll.options' must be a list of texts.")
    quiz = given.flag("quiz")
    return Poll(
        id=str(5_000_000_000_000_000_000 + world.serial()),
        question=given.text("question", longest=300),
        options=[
            PollOption(text=one, persistent_id=str(number)) for number, one in enumerate(options)
        ],
        anonymous=given.flag("anonymous", default=True),
        quiz=quiz,
        multiple=given.flag("multiple"),
        revoting=not quiz,
        correct=tuple(given.numbers("correct")) if quiz else (),
    )


def _dice(body: Body) -> tuple[str, int]:
    """An emoji, ``{emoji?, value?}`` or true."""
    given = body.everything()["dice"]
    inner = Body(given) if isinstance(given, dict) else Body({})
    emoji = given if isinstance(given, str) else inner.text_or_none("emoji") or "🎲"
    if emoji not in DICE:
        raise WrongBody("dice", f"'dice' must be one of: {' '.join(DICE)}.")
    return emoji, inner.number_or_none("value") or secrets.randbelow(DICE[emoji]) + 1
