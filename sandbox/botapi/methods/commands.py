"""The command menu, by scope and language. https://core.telegram.org/bots/api#setmycommands"""

from __future__ import annotations

import re
from typing import Any

from sandbox.botapi.call import Call, method
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
    given = call.params.array("commands", "BotCommand")
    if len(given) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    call.bot.commands[_key(call)] = [_command(one) for one in given]
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
    if not isinstance(given, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    name = str(given.get("command", "")).removeprefix("/")
    description = str(given.get("description", "")).strip()
    if not _SHAPE.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not description or len(description) > DESCRIPTION_LENGTH:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return Command(command=name, description=description)


def _key(call: Call) -> str:
    scope = call.params.json("scope", "BotCommandScope") or {"type": "default"}
    if not isinstance(scope, dict):
        raise bad_request("can't parse BotCommandScope: BotCommandScope must be an Object")
    kind = str(scope.get("type", ""))
    language = call.params.text("language_code")
    if kind in PLAIN_SCOPES:
        return list_key({"type": kind}, language)
    if kind not in CHAT_SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    if not scope.get("chat_id"):
        raise bad_request("can't parse BotCommandScope: Empty chat_id specified")
    chat_id = call.world.chat(call.bot.id, scope["chat_id"]).id_for(call.bot.id)
    here = {"type": kind, "chat_id": chat_id}
    if kind != "chat_member":
        return list_key(here, language)
    if not isinstance(scope.get("user_id"), int) or scope["user_id"] <= 0:
        raise bad_request("can't parse BotCommandScope: Invalid user_id specified")
    return list_key({**here, "user_id": scope["user_id"]}, language)
