"""Messages without files. https://core.telegram.org/bots/api#sendmessage"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from sandbox.botapi.call import Call, method
from sandbox.botapi.formatting import formatted
from sandbox.botapi.methods.target import Target, link_preview, read_text
from sandbox.world import Contact, Content, Location, Poll, PollOption
from sandbox.world.errors import bad_request

Json = dict[str, Any]

DICE = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}
"""How many values each has. https://core.telegram.org/bots/api#senddice"""
QUESTION_LENGTH, OPTION_LENGTH, EXPLANATION_LENGTH = 300, 100, 200
MOST_OPTIONS = 12


@method("sendMessage")
def send_message(call: Call) -> Json:
    target = Target.of(call)
    text, entities = read_text(call)
    return target.send(Content(text=text, entities=entities, link_preview=link_preview(call)))


@method("sendMessageDraft")
def send_message_draft(call: Call) -> bool:
    """A text that is still being written: shown as typing.

    https://core.telegram.org/bots/api#sendmessagedraft
    """
    chat = call.chat()
    if not call.params.number("draft_id"):
        raise bad_request("RANDOM_ID_INVALID")
    call.world.chat_action(call.bot.id, chat, "typing")
    return True


@method("sendContact")
def send_contact(call: Call) -> Json:
    target = Target.of(call)
    contact = Contact(
        phone_number=call.params.required("phone_number"),
        first_name=call.params.required("first_name"),
        last_name=call.params.text("last_name"),
        vcard=call.params.text("vcard"),
    )
    return target.send(Content(contact=contact))


@method("sendLocation", "sendVenue")
def send_location(call: Call) -> Json:
    target = Target.of(call)
    params = call.params
    venue = call.method.lower() == "sendvenue"
    place = read_point(call)
    if venue:
        place = replace(place, title=params.required("title"), address=params.required("address"))
    return target.send(Content(location=place))


def read_point(call: Call) -> Location:
    """Raises ApiError: 400, it is no point on Earth."""
    params = call.params
    location = Location(
        latitude=params.real("latitude"),
        longitude=params.real("longitude"),
        accuracy=params.real("horizontal_accuracy") if params.has("horizontal_accuracy") else None,
        live_period=params.number_or_none("live_period"),
        heading=params.number_or_none("heading"),
        proximity_alert_radius=params.number_or_none("proximity_alert_radius"),
    )
    if not -90 <= location.latitude <= 90 or not -180 <= location.longitude <= 180:
        raise bad_request("wrong geo point specified")
    return location


@method("sendDice")
def send_dice(call: Call) -> Json:
    target = Target.of(call)
    emoji = (call.params.text("emoji") or "🎲").replace("\ufe0f", "")
    if emoji not in DICE:
        raise bad_request("wrong dice emoji specified")
    return target.send(Content(dice=(emoji, secrets.randbelow(DICE[emoji]) + 1)))


@method("sendChatAction")
def send_chat_action(call: Call) -> bool:
    call.world.chat_action(
        call.actor_id,
        call.chat(),
        call.params.text("action").lower(),
        topic=call.params.number("message_thread_id") or None,
    )
    return True


@method("sendPoll")
def send_poll(call: Call) -> Json:
    target = Target.of(call)
    params = call.params
    question, entities = formatted(
        params.text("question"),
        params.text("question_parse_mode"),
        params.array("question_entities", "question_entities"),
    )
    if not question.strip():
        raise bad_request("poll question must be non-empty")
    if len(question) > QUESTION_LENGTH:
        raise bad_request(f"poll question length must not exceed {QUESTION_LENGTH}")
    quiz = params.text("type") == "quiz"
    poll = Poll(
        id=str(5_000_000_000_000_000_000 + call.world.serial()),
        question=question,
        question_entities=entities,
        options=_options(call),
        anonymous=params.flag("is_anonymous") if params.has("is_anonymous") else True,
        quiz=quiz,
        multiple=params.flag("allows_multiple_answers"),
        revoting=params.flag("allows_revoting") if params.has("allows_revoting") else not quiz,
        closed=params.flag("is_closed"),
        correct=_correct(call) if quiz else (),
        **_explanation(call),
        open_period=params.number_or_none("open_period"),
        close_date=params.number_or_none("close_date"),
    )
    return target.send(Content(poll=poll))


def _options(call: Call) -> list[PollOption]:
    given = call.params.array("options", "String as options")
    if not given:
        raise bad_request("poll must have at least 1 option")
    if len(given) > MOST_OPTIONS:
        raise bad_request(f"poll can't have more than {MOST_OPTIONS} options")
    options = []
    for number, one in enumerate(given):
        plain = one if isinstance(one, dict) else {"text": str(one)}
        text, entities = formatted(
            str(plain.get("text", "")),
            str(plain.get("text_parse_mode") or ""),
            plain.get("text_entities"),
        )
        if not text.strip():
            raise bad_request("poll options must be non-empty")
        if len(text) > OPTION_LENGTH:
            raise bad_request(f"poll options length must not exceed {OPTION_LENGTH}")
        options.append(PollOption(text=text, persistent_id=str(number), entities=entities))
    return options


def _correct(call: Call) -> tuple[int, ...]:
    given = call.params.array("correct_option_ids", "correct option identifiers")
    if not given and call.params.has("correct_option_id"):
        given = [call.params.number("correct_option_id")]
    if not given:
        raise bad_request("quiz must have at least one correct option")
    return tuple(int(one) for one in given)


def _explanation(call: Call) -> Json:
    text, entities = formatted(
        call.params.text("explanation"),
        call.params.text("explanation_parse_mode"),
        call.params.array("explanation_entities", "explanation_entities"),
    )
    if len(text) > EXPLANATION_LENGTH:
        raise bad_request("MESSAGE_TOO_LONG")
    return {"explanation": text, "explanation_entities": entities}
