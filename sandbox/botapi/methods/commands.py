"""The command menu, by scope and language. https://core.telegram.org/bots/api#setmycommands"""

from __future__ import annotations

import re
from typing import Any

from sandbox.botapi.fields import LONG, Fields
from sandbox.botapi.methods.language import language_code
from sandbox.botapi.request import Call, method
from sandbox.world import Command, ProfileChanged
from sandbox.world.commands import list_key
from sandbox.world.errors import bad_request

Json = dict[str, Any]

_SHAPE = re.compile(r"[a-z0-9_]{1,32}")
DESCRIPTION_LENGTH = 256
MOST_COMMANDS = 100
PLAIN_SCOPES = (
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
)
CHAT_SCOPES = ("chat", "chat_administrators", "chat_member")


@method("setMyCommands")
def set_my_commands(call: Call) -> bool:
    given = call.params.json("commands", "commands") or []
    if not isinstance(given, list):
        raise bad_request("expected an Array of BotCommand")
    commands = [_command(one) for one in given]
    key = _key(call)
    if len(commands) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    call.bot.commands[key] = commands
    call.world.tell(ProfileChanged(peer_id=call.bot.id))
    return True


@method("getMyCommands")
def get_my_commands(call: Call) -> list[Json]:
    kept = call.bot.commands.get(_key(call), [])
    return [{"command": one.command, "description": one.description} for one in kept]


@method("deleteMyCommands")
def delete_my_commands(call: Call) -> bool:
    call.bot.commands.pop(_key(call), None)
    call.world.tell(ProfileChanged(peer_id=call.bot.id))
    return True


def _command(given: Any) -> Command:
    fields = Fields(given, "can't parse BotCommand")
    name = fields.text("command", required=True).removeprefix("/")
    description = fields.text("description", required=True).strip()
    if not _SHAPE.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not description or len(description) > DESCRIPTION_LENGTH:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return Command(command=name, description=description)


def _key(call: Call) -> str:
    """https://github.com/tdlib/telegram-bot-api (``Client::get_bot_command_scope``)"""
    given = call.params.json("scope", "BotCommandScope")
    language = language_code(call)
    scope = Fields(
        {"type": "default"} if given is None else given,
        "can't parse BotCommandScope",
        "BotCommandScope must be an Object",
    )
    kind = scope.text("type", required=True)
    if kind in PLAIN_SCOPES:
        return list_key({"type": kind}, language)
    if kind not in CHAT_SCOPES:
        raise scope.complaint("Unsupported type specified")
    ref = scope.text("chat_id", required=True)
    if not ref:
        raise scope.complaint("Empty chat_id specified")
    user_id = scope.number("user_id", required=True, limit=LONG) if kind == "chat_member" else 1
    if user_id <= 0:
        raise scope.complaint("Invalid user_id specified")
    here = {"type": kind, "chat_id": call.chat_of(ref, "members").id_for(call.bot.id)}
    return list_key(here if kind != "chat_member" else {**here, "user_id": user_id}, language)
