"""Inline mode, Web Apps, guests, prepared messages. https://core.telegram.org/bots/api#inline-mode"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.methods.inline_results import inline_result
from sandbox.botapi.reply_markup import read_reply_button
from sandbox.botapi.request import Call, method
from sandbox.world.errors import ApiError, bad_request
from sandbox.world.inline import InlineResult

Json = dict[str, Any]

MOST_RESULTS = 50


@method("answerInlineQuery")
def answer_inline_query(call: Call) -> bool:
    params = call.params
    given = params.json("results", "JSON encoded inline query results") or []
    if not isinstance(given, list):
        raise bad_request("expected an Array of inline query results")
    if len(given) > MOST_RESULTS:
        raise bad_request("too many inline query results specified")
    results = [_read(call, one) for one in given]
    if len({one.id for one in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    answer = {
        "results": results,
        "next_offset": params.text("next_offset"),
        "button": _button(params.json("button", "inline query results button")),
    }
    query_id = params.text("inline_query_id")
    call.world.queries.answer("inline_query", call.bot.id, query_id, answer)
    return True


def _button(given: Any) -> Json | None:
    if given is None:
        return None
    what = "can't parse inline query results button: "
    if not isinstance(given, dict):
        raise bad_request(f"{what}InlineQueryResultsButton must be an Object")
    if ("start_parameter" in given) == ("web_app" in given):
        raise bad_request(f"{what}InlineQueryResultsButton must have exactly one optional field")
    return given


@method("answerWebAppQuery")
def answer_web_app_query(call: Call) -> Json:
    """The message is sent in the person's name where they opened the Web App."""
    return _answered(call, "web_app_query", call.params.text("web_app_query_id"))


@method("answerGuestQuery")
def answer_guest_query(call: Call) -> Json:
    """The message is sent where the bot was mentioned, though it is not a member."""
    return _answered(call, "guest_message", call.params.text("guest_query_id"))


def _answered(call: Call, kind: str, query_id: str) -> Json:
    result = _result(call)
    query = call.world.queries.find(kind, call.bot.id, query_id)
    if query.answered.done():
        raise bad_request("QUERY_ID_INVALID")
    chat = call.world.state.chats[query.chat]
    sender_id = query.account_id if kind == "web_app_query" else call.bot.id
    message = call.world.inline.post(sender_id, chat, call.bot.id, result)
    query.answered.set_result(message)
    return {"inline_message_id": message.inline_id}


@method("savePreparedInlineMessage")
def save_prepared_inline_message(call: Call) -> Json:
    account = call.world.account(call.user_id())
    prepared = call.world.inline.prepare(call.bot.id, account.id, result=_result(call))
    return {"id": prepared.id, "expiration_date": prepared.until}


@method("savePreparedKeyboardButton")
def save_prepared_keyboard_button(call: Call) -> Json:
    """https://core.telegram.org/bots/api#savepreparedkeyboardbutton"""
    account = call.world.account(call.user_id())
    button = call.params.json("button", "keyboard button")
    try:
        read_reply_button(button)
    except ApiError as refusal:
        words = refusal.description.removeprefix("Bad Request: can't parse keyboard button: ")
        raise bad_request(f"can't parse keyboard button: {words}") from None
    return {"id": call.world.inline.prepare(call.bot.id, account.id, button=button).id}


def _result(call: Call) -> InlineResult:
    given = call.params.json("result", "JSON encoded web view query results")
    if given is None:
        raise bad_request("result isn't specified")
    return inline_result(call, given)


def _read(call: Call, given: Any) -> InlineResult:
    try:
        return inline_result(call, given)
    except ApiError as refusal:
        words = refusal.description.removeprefix("Bad Request: ")
        raise bad_request(f"can't parse inline query result: {words}") from None
