"""users.*: information about users."""

from __future__ import annotations

from typing import Any

from telethon.tl import functions, types

from sandbox.mtproto.request import Call
from sandbox.mtproto.serializers.peers import id_of, user_form
from sandbox.world.peers import Bot


def get_users(call: Call) -> Any:
    user_ids = [id_of(pointer, call.user_id) for pointer in call.request.id]
    return [user_form(call.world.user(user_id), call.user_id) for user_id in user_ids]


def get_full_user(call: Call) -> Any:
    user = call.world.user(id_of(call.request.id, call.user_id))
    me = call.world.account(call.user_id)
    about = user.short_descriptions.get("", "") if isinstance(user, Bot) else user.bio
    full = types.UserFull(
        id=user.id,
        settings=types.PeerSettings(),
        notify_settings=types.PeerNotifySettings(),
        common_chats_count=0,
        blocked=user.id in me.blocked or None,
        about=about or None,
        bot_info=_bot_info(user) if isinstance(user, Bot) else None,
    )
    return types.users.UserFull(full, [], [user_form(user, me.id)])


def _bot_info(bot: Bot) -> Any:
    everybody = bot.commands.get("default|", [])
    return types.BotInfo(
        user_id=bot.id,
        description=bot.descriptions.get("") or None,
        commands=[types.BotCommand(one.command, one.description) for one in everybody],
    )


METHODS = {
    functions.users.GetUsersRequest: get_users,
    functions.users.GetFullUserRequest: get_full_user,
}
