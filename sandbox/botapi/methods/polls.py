"""Polls. https://core.telegram.org/bots/api#sendpoll

The checks and descriptions are those of
https://github.com/tdlib/telegram-bot-api (``Client::process_send_poll_query``) and
https://github.com/tdlib/td/blob/master/td/telegram/MessageContent.cpp.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sandbox.botapi.fields import Fields, whole
from sandbox.botapi.formatting import formatted
from sandbox.botapi.methods.poll_media import OPTION_KINDS, poll_media
from sandbox.botapi.methods.send_params import Target, given_entities
from sandbox.botapi.reply_markup import read_markup
from sandbox.botapi.request import Call, method
from sandbox.botapi.serializers.media import poll as shown_poll
from sandbox.world import Content, Entity, Poll, PollOption
from sandbox.world.entities import normalised
from sandbox.world.errors import bad_request
from sandbox.world.refusals import refused

Json = dict[str, Any]
Text = tuple[str, tuple[Entity, ...]]

QUESTION_LENGTH, OPTION_LENGTH, EXPLANATION_LENGTH = 300, 100, 200
MOST_OPTIONS = 12
LONGEST_PERIOD = 2_628_000
SHORTEST_PERIOD = 5
MOST_EXPLANATION_LINES = 2


@method("sendPoll")
def send_poll(call: Call) -> Json:
    params = call.params
    question, entities = _text(call, "question")
    options = _options(call)
    kind = params.text("type")
    if kind not in ("", "regular", "quiz"):
        raise bad_request("unsupported poll type specified")
    quiz = kind == "quiz"
    if len(question) > QUESTION_LENGTH:
        raise bad_request(f"poll question length must not exceed {QUESTION_LENGTH}")
    multiple = params.flag("allows_multiple_answers")
    period = min(max(params.number("open_period"), 0), LONGEST_PERIOD) or None
    poll = Poll(
        id=str(5_000_000_000_000_000_000 + call.world.serial()),
        question=question,
        question_entities=entities,
        options=options,
        anonymous=params.flag("is_anonymous") if params.has("is_anonymous") else True,
        quiz=quiz,
        multiple=multiple,
        revoting=params.flag("allows_revoting") if params.has("allows_revoting") else not quiz,
        closed=params.flag("is_closed"),
        correct=_correct(call, len(options)) if quiz else (),
        media=poll_media(call, params.json("media", "poll media")),
        **(_explanation(call) if quiz else {}),
        open_period=period,
        close_date=_close_date(call, period),
    )
    return Target.of(call).send(Content(poll=poll))


@method("stopPoll")
def stop_poll(call: Call) -> Json:
    markup = read_markup(call.params, inline_only=True)
    chat, message_id = call.chat(access="edit"), call.message_id()
    poll = call.world.stop_poll(call.actor_id, chat, message_id, markup)
    return shown_poll(call.world, poll, call.bot.id)


def _text(call: Call, name: str) -> Text:
    text, entities = formatted(
        call.params.text(name),
        call.params.text(f"{name}_parse_mode"),
        given_entities(call, f"{name}_entities"),
    )
    return normalised(text, entities, may_be_empty=name != "question")


def _options(call: Call) -> list[PollOption]:
    given = call.params.json("options", "options")
    if given is None:
        raise bad_request("can't parse options JSON object")
    if not isinstance(given, list):
        raise bad_request("expected an Array of String as options")
    read = [_option(call, one) for one in given]
    if not read:
        raise bad_request("poll must have at least 1 option")
    if len(read) > MOST_OPTIONS:
        raise bad_request(f"poll can't have more than {MOST_OPTIONS} options")
    return [
        PollOption(text=text, persistent_id=str(number), entities=entities, media=media)
        for number, (text, entities, media) in enumerate(read)
    ]


def _option(call: Call, given: Any) -> tuple[str, tuple[Entity, ...], Content | None]:
    if not isinstance(given, str | dict):
        raise bad_request("expected an option to be of type String")
    fields = Fields({"text": given} if isinstance(given, str) else given)
    text, entities = formatted(
        fields.text("text", required=True),
        fields.text("text_parse_mode"),
        fields.raw("text_entities"),
    )
    text, entities = normalised(text, entities, may_be_empty=True)
    if not text:
        raise bad_request("poll options must be non-empty")
    if len(text) > OPTION_LENGTH:
        raise bad_request(f"poll options length must not exceed {OPTION_LENGTH}")
    return text, entities, poll_media(call, fields.raw("media"), OPTION_KINDS)


def _correct(call: Call, options: int) -> tuple[int, ...]:
    """https://github.com/tdlib/td (``PollManager::check_quiz_correct_option_ids``)"""
    given = call.params.json("correct_option_ids", "correct option identifiers")
    if given is None and call.params.has("correct_option_id"):
        given = [call.params.number("correct_option_id")]
    if given is not None and not isinstance(given, list):
        raise bad_request("expected an Array of correct option identifiers")
    if not given:
        raise bad_request("correct quiz option list must be non-empty")
    found = [_option_id(one) for one in given]
    if any(one >= other for one, other in pairwise(found)):
        raise bad_request("correct quiz option list must be increasing")
    if not all(0 <= one < options for one in found):
        raise bad_request("wrong correct option ID specified")
    return tuple(found)


def _option_id(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise bad_request("correct option identifier must be of type Number")
    found = whole(given)
    if found is None:
        raise bad_request("invalid correct option identifier specified")
    return found


def _explanation(call: Call) -> Json:
    text, entities = _text(call, "explanation")
    if len(text) > EXPLANATION_LENGTH or text.count("\n") > MOST_EXPLANATION_LINES:
        raise refused("answer_too_long")
    media = poll_media(call, call.params.json("explanation_media", "explanation media"))
    return {
        "explanation": text,
        "explanation_entities": entities,
        "explanation_media": media,
    }


def _close_date(call: Call, period: int | None) -> int | None:
    """``open_period`` counts before ``close_date``."""
    if period is not None:
        return None
    when = call.params.number("close_date") or None
    if when is None:
        return None
    if not SHORTEST_PERIOD <= when - call.world.time() <= LONGEST_PERIOD:
        raise bad_request("POLL_CLOSE_DATE_INVALID")
    return when
