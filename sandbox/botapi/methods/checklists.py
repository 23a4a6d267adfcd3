"""Checklists of business accounts. https://core.telegram.org/bots/api#sendchecklist"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.botapi.formatting import formatted
from sandbox.botapi.methods.send_params import Target
from sandbox.botapi.reply_markup import read_markup
from sandbox.botapi.request import Call, method
from sandbox.botapi.serializers.media import entity_list
from sandbox.world import Content, Special
from sandbox.world.errors import bad_request

Json = dict[str, Any]

TITLE_LENGTH = TASK_LENGTH = 255
MOST_TASKS = 30


@method("sendChecklist")
def send_checklist(call: Call) -> Json:
    checklist = _checklist(call)
    call.params.required("business_connection_id")
    return Target.of(call).send(Content(special=Special(kind="checklist", value=checklist)))


@method("editMessageChecklist")
def edit_message_checklist(call: Call) -> Json:
    """Tasks that remain completed keep who completed them."""
    checklist = _checklist(call)
    chat = call.chat()
    message = chat.messages.get(call.message_id())
    if message is None:
        raise bad_request("message to edit not found")
    special = message.content.special
    if special is None or special.kind != "checklist":
        raise bad_request("there is no checklist in the message to edit")
    known = {task["id"]: task for task in special.value["tasks"]}
    for task in checklist["tasks"]:
        done = known.get(task["id"], {})
        task.update({name: done[name] for name in _DONE if name in done})
    content = replace(message.content, special=Special(kind="checklist", value=checklist))
    markup = read_markup(call.params, inline_only=True)
    edited = call.world.edit(call.actor_id, chat, message.id, content=content, markup=markup)
    return call.shown(edited)


_DONE = ("completed_by_user", "completion_date")


def _checklist(call: Call) -> Json:
    call.params.required("checklist")
    given = call.params.json("checklist", "InputChecklist")
    what = "can't parse InputChecklist: "
    if not isinstance(given, dict):
        raise bad_request(f"{what}expected an Object")
    for name in ("title", "tasks"):
        if name not in given:
            raise bad_request(f'{what}can\'t find field "{name}"')
    if not isinstance(given["tasks"], list):
        raise bad_request(f"{what}expected an Array of InputChecklistTask")
    if not 1 <= len(given["tasks"]) <= MOST_TASKS:
        raise bad_request("TODO_ITEMS_EMPTY" if not given["tasks"] else "TODO_ITEMS_TOO_MUCH")
    shown = {**_text(call, given, "title", TITLE_LENGTH), "tasks": []}
    shown["tasks"] = [_task(call, one) for one in given["tasks"]]
    for name in ("others_can_add_tasks", "others_can_mark_tasks_as_done"):
        if given.get(name):
            shown[name] = True
    return shown


def _task(call: Call, given: Any) -> Json:
    what = "can't parse InputChecklist: can't parse InputChecklistTask: "
    if not isinstance(given, dict):
        raise bad_request(f"{what}expected an Object")
    if not isinstance(given.get("id"), int):
        raise bad_request(f'{what}field "id" must be of type Number')
    return {"id": given["id"], **_text(call, given, "text", TASK_LENGTH)}


def _text(call: Call, given: Json, name: str, longest: int) -> Json:
    text, entities = formatted(
        str(given.get(name) or ""),
        str(given.get("parse_mode") or ""),
        given.get(f"{name}_entities"),
    )
    if not text.strip() or len(text) > longest:
        raise bad_request("TODO_ITEM_EMPTY" if not text.strip() else "MESSAGE_TOO_LONG")
    return {name: text, **entity_list(call.world, f"{name}_entities", entities)}
