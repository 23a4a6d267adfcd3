"""A bot's own profile. https://core.telegram.org/bots/api#getme"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.fields import Fields
from sandbox.botapi.formatting.builder import checked_link
from sandbox.botapi.methods.language import language_code
from sandbox.botapi.request import Call, method
from sandbox.botapi.serializers import me
from sandbox.botapi.serializers.people import CHANNEL_RIGHTS, GROUP_RIGHTS
from sandbox.botapi.server import LOGGED_OUT_SECONDS
from sandbox.world import ADMIN_RIGHTS, ProfileChanged
from sandbox.world.errors import ApiError, bad_request

Json = dict[str, Any]

NAME_LENGTH, DESCRIPTION_LENGTH, SHORT_LENGTH = 64, 512, 120


@method("getMe")
def get_me(call: Call) -> Json:
    return me(call.world, call.bot)


@method("logOut")
def log_out(call: Call) -> bool:
    """The bot cannot log in again for ten minutes. https://core.telegram.org/bots/api#logout"""
    call.api.logged_out[call.bot.id] = call.world.now() + LOGGED_OUT_SECONDS
    call.mailbox.end_poll(ApiError(400, "Logged out"))
    return True


@method("close")
def close(call: Call) -> bool:
    call.mailbox.end_poll(ApiError(400, "Bad Request: the bot has already been closed"))
    return True


@method("setMyName")
def set_my_name(call: Call) -> bool:
    name = call.params.text("name")
    language = language_code(call)
    if len(name) > NAME_LENGTH:
        raise bad_request("bot name is too long")
    if language:
        _keep(call.bot.names, language, name)
    elif name:
        call.bot.name = name
    return _changed(call)


@method("getMyName")
def get_my_name(call: Call) -> Json:
    return {"name": call.bot.names.get(language_code(call), call.bot.name)}


@method("setMyDescription")
def set_my_description(call: Call) -> bool:
    text = call.params.text("description")
    if len(text) > DESCRIPTION_LENGTH:
        raise bad_request("bot description is too long")
    _keep(call.bot.descriptions, language_code(call), text)
    return _changed(call)


@method("getMyDescription")
def get_my_description(call: Call) -> Json:
    return {"description": _in_language(call, call.bot.descriptions)}


@method("setMyShortDescription")
def set_my_short_description(call: Call) -> bool:
    text = call.params.text("short_description")
    if len(text) > SHORT_LENGTH:
        raise bad_request("bot short description is too long")
    _keep(call.bot.short_descriptions, language_code(call), text)
    return _changed(call)


@method("getMyShortDescription")
def get_my_short_description(call: Call) -> Json:
    return {"short_description": _in_language(call, call.bot.short_descriptions)}


@method("setChatMenuButton")
def set_chat_menu_button(call: Call) -> bool:
    given = call.params.json("menu_button", "menu button")
    call.bot.menu_buttons[_menu_chat(call)] = _menu_button(
        {"type": "default"} if given is None else given
    )
    return _changed(call)


def _menu_button(given: Any) -> Json:
    """https://github.com/tdlib/telegram-bot-api (``Client::get_bot_menu_button``)"""
    fields = Fields(given, "can't parse menu button", "MenuButton must be an Object")
    kind = fields.text("type", required=True)
    if kind in ("default", "commands"):
        return {"type": kind}
    if kind != "web_app":
        raise fields.complaint("MenuButton has unsupported type")
    text = fields.text("text", required=True)
    url = fields.object("web_app").text("url", required=True)
    if not checked_link(url).startswith("https://"):
        raise bad_request("BUTTON_URL_INVALID")
    return {"type": kind, "text": text, "web_app": {"url": url}}


@method("getChatMenuButton")
def get_chat_menu_button(call: Call) -> Json:
    buttons = call.bot.menu_buttons
    for_everybody = buttons.get(0, {"type": "commands"})
    return buttons.get(_menu_chat(call), for_everybody)


def _menu_chat(call: Call) -> int:
    if not call.params.has("chat_id"):
        return 0
    chat = call.chat()
    if not chat.private:
        raise bad_request("chat_id must be a private chat")
    return chat.id_for(call.bot.id)


@method("setMyDefaultAdministratorRights")
def set_default_rights(call: Call) -> bool:
    given = call.params.json("rights", "ChatAdministratorRights")
    fields = Fields(
        {} if given is None else given,
        "can't parse ChatAdministratorRights",
        "ChatAdministratorRights must be an Object",
    )
    rights = {name: fields.flag(name) for name in ("is_anonymous", *ADMIN_RIGHTS)}
    kind = _rights_kind(call)
    rights["is_anonymous"] &= kind != "channels"
    call.bot.default_rights[kind] = rights
    return True


@method("getMyDefaultAdministratorRights")
def get_default_rights(call: Call) -> Json:
    kind = _rights_kind(call)
    left_out = GROUP_RIGHTS if kind == "channels" else CHANNEL_RIGHTS
    rights = call.bot.default_rights.get(kind, {})
    names = [name for name in ADMIN_RIGHTS if name not in left_out]
    shown = {name: rights.get(name, False) for name in ("is_anonymous", *names)}
    # Posts of a channel are anonymous anyway: Telegram does not keep this right for them.
    return {**shown, "is_anonymous": False} if kind == "channels" else shown


def _rights_kind(call: Call) -> str:
    return "channels" if call.params.flag("for_channels") else "groups"


def _in_language(call: Call, texts: dict[str, str]) -> str:
    return texts.get(language_code(call)) or texts.get("", "")


def _keep(texts: dict[str, str], language: str, text: str) -> None:
    if text:
        texts[language] = text
    else:
        texts.pop(language, None)


def _changed(call: Call) -> bool:
    call.world.tell(ProfileChanged(peer_id=call.bot.id))
    return True
