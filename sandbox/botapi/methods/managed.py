"""Managed bots. https://core.telegram.org/bots/api#getmanagedbottoken"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.fields import LONG, whole
from sandbox.botapi.request import Call, method
from sandbox.botapi.serializers import user
from sandbox.world.errors import bad_request


@method("getManagedBotToken")
def get_managed_bot_token(call: Call) -> str:
    return call.world.managed_bot(call.bot.id, call.user_id()).token


@method("replaceManagedBotToken")
def replace_managed_bot_token(call: Call) -> str:
    bot = call.world.managed_bot(call.bot.id, call.user_id())
    return call.world.revoke_token(bot.id)


@method("getManagedBotAccessSettings")
def get_managed_bot_access_settings(call: Call) -> dict[str, Any]:
    bot = call.world.managed_bot(call.bot.id, call.user_id())
    settings: dict[str, Any] = {"is_access_restricted": bot.access_restricted}
    if bot.access_restricted:
        settings["added_users"] = [user(call.world, one) for one in bot.added_user_ids]
    return settings


def _user_id(given: Any) -> int:
    """https://github.com/tdlib/telegram-bot-api (``Client::get_user_ids``)"""
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise bad_request("user identifier must be a Number")
    found = whole(given, LONG)
    if found is None:
        raise bad_request("can't parse user identifier as a Number")
    if found <= 0:
        raise bad_request("invalid user identifier specified")
    return found


@method("setManagedBotAccessSettings")
def set_managed_bot_access_settings(call: Call) -> bool:
    bot = call.world.managed_bot(call.bot.id, call.user_id())
    given = [_user_id(one) for one in call.params.array("added_user_ids", "user identifiers")]
    call.world.set_access(
        call.bot.id,
        bot.id,
        restricted=call.params.flag("is_access_restricted"),
        added=tuple(given),
    )
    return True
