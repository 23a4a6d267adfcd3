"""``reply_markup``, read and checked.

https://core.telegram.org/bots/api#inlinekeyboardmarkup
https://github.com/tdlib/telegram-bot-api (``Client::get_reply_markup``)
https://github.com/tdlib/td/blob/master/td/telegram/ReplyMarkup.cpp
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.botapi.fields import LONG, Fields
from sandbox.botapi.formatting.builder import checked_link
from sandbox.botapi.request_params import Params
from sandbox.world import Button, Chat, Markup, RequestManagedBot
from sandbox.world.errors import bad_request
from sandbox.world.refusals import refused

MOST_BUTTONS = 100
"""Of an inline keyboard."""
MOST_REPLY_BUTTONS = 300
DATA_BYTES = 64
COPIED_LENGTH = 256
_ACTIONS = (
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "disabled",
)
_OBJECTS = ("web_app", "login_url", "switch_inline_query_chosen_chat", "copy_text")
_LOOKS = ("style", "icon_custom_emoji_id")
_REQUESTS = ("request_users", "request_user", "request_chat", "request_poll", "web_app")
_STYLES = ("", "default", "danger", "primary", "success")
_PRIVATE_ONLY = {
    "request_poll": "poll can be requested in private chats only",
    "web_app": "web App buttons can be used in private chats only",
    "request_users": "users can be requested in private chats only",
    "request_user": "users can be requested in private chats only",
    "request_chat": "chats can be requested in private chats only",
}


def read_markup(params: Params, *, inline_only: bool = False) -> Markup | None:
    """The markup a call gives.

    Raises:
        ApiError: 400, it cannot be parsed, BUTTON_DATA_INVALID, too many buttons …
    """
    given = params.json("reply_markup", "reply keyboard markup")
    if given is None:
        return None
    markup = _markup(Fields(given, wrong="object expected as reply markup"))
    if markup is None:
        return None
    if len(markup.buttons()) > (MOST_BUTTONS if markup.kind == "inline" else MOST_REPLY_BUTTONS):
        raise refused("markup_too_long")
    if inline_only and markup.kind != "inline":
        raise bad_request("inline keyboard expected")
    return markup


def markup_for(chat: Chat, markup: Markup | None) -> Markup | None:
    """The markup as it may be used in a chat: channels take inline keyboards only.

    Raises:
        ApiError: 400, its buttons ask for what is asked in private chats only.
    """
    if markup is None or chat.private or markup.kind == "inline":
        return markup
    if chat.kind == "channel":
        return None
    for button in markup.buttons():
        _check_public(button)
    return markup


def _check_public(button: Button) -> None:
    if button.request_contact:
        raise bad_request("phone number can be requested in private chats only")
    if button.request_location:
        raise bad_request("location can be requested in private chats only")
    if button.request_managed_bot is not None:
        raise bad_request("managed bots can be requested in private chats only")
    for name, words in _PRIVATE_ONLY.items():
        if name in button.more:
            raise bad_request(words)


def _markup(given: Fields) -> Markup | None:
    rows = _rows(given, "keyboard", read_reply_button)
    inline_rows = _rows(given, "inline_keyboard", _inline_button)
    selective = given.flag("selective") or given.flag("personal_keyboard")
    placeholder = given.text("input_field_placeholder")
    remove = given.flag("remove_keyboard") or given.flag("hide_keyboard")
    force = given.flag("force_reply") or given.flag("force_reply_keyboard")
    if any(rows):
        return Markup(
            kind="reply",
            rows=tuple(row for row in rows if row),
            resize=given.flag("resize_keyboard"),
            one_time=given.flag("one_time_keyboard"),
            persistent=given.flag("is_persistent"),
            selective=selective,
            placeholder=placeholder,
        )
    if any(inline_rows):
        return Markup(kind="inline", rows=tuple(row for row in inline_rows if row))
    if remove:
        return Markup(kind="remove", selective=selective)
    if force:
        return Markup(kind="force_reply", selective=selective, placeholder=placeholder)
    return None


def _rows(
    given: Fields, name: str, read: Callable[[Any], Button]
) -> tuple[tuple[Button, ...], ...]:
    rows = given.array(name) or []
    whose = " of the InlineKeyboardMarkup" if name == "inline_keyboard" else ""
    for row in rows:
        if not isinstance(row, list):
            raise bad_request(f'field "{name}"{whose} must be an Array of Arrays')
    return tuple(tuple(read(button) for button in row) for row in rows)


def read_reply_button(given: Any) -> Button:
    """A ``KeyboardButton``. Raises ApiError: 400."""
    if isinstance(given, str):
        given = {"text": given}
    what = "can't parse keyboard button"
    fields = Fields(given, what, "KeyboardButton must be a String or an Object")
    text = _text(fields, "keyboard button")
    _check_looks(fields)
    for name in _REQUESTS:
        if fields.raw(name) is not None:
            _check_request(fields.object(name), name)
    return Button(
        text=text,
        request_contact=fields.flag("request_contact") or fields.flag("request_phone_number"),
        request_location=fields.flag("request_location"),
        request_managed_bot=_managed(fields),
        more=_kept(fields, (*_REQUESTS, *_LOOKS)),
    )


def _check_request(asked: Fields, name: str) -> None:
    if name == "web_app":
        _check_web_app(asked, "keyboard button")
    elif name != "request_poll":
        asked.number("request_id", required=True)


def _managed(fields: Fields) -> RequestManagedBot | None:
    if fields.raw("request_managed_bot") is None:
        return None
    asked = fields.object("request_managed_bot")
    return RequestManagedBot(
        request_id=asked.number("request_id", required=True),
        suggested_name=asked.text("suggested_name"),
        suggested_username=asked.text("suggested_username"),
    )


def _inline_button(given: Any) -> Button:
    what = "can't parse inline keyboard button"
    fields = Fields(given, what, "InlineKeyboardButton must be an Object")
    text = _text(fields, "inline keyboard button")
    _check_looks(fields)
    looks = _kept(fields, _LOOKS)
    url = fields.text("url")
    if url:
        return Button(text=text, url=_url(url), more=looks)
    data = fields.text("callback_data")
    if data:
        if len(data.encode()) > DATA_BYTES:
            raise refused("button_data_invalid")
        return Button(text=text, data=data, more=looks)
    more = _kept(fields, (*_ACTIONS, *_LOOKS))
    if not any(name in more for name in _ACTIONS):
        raise fields.complaint("Text buttons are unallowed in the inline keyboard")
    _check_actions(fields)
    return Button(text=text, more=more)


def _check_actions(fields: Fields) -> None:
    for name in ("switch_inline_query", "switch_inline_query_current_chat"):
        fields.text(name)
    for name in _OBJECTS:
        if fields.raw(name) is None:
            continue
        given = fields.object(name)
        match name:
            case "web_app":
                _check_web_app(given, "inline keyboard button")
            case "login_url":
                _url(given.text("url", required=True))
            case "copy_text":
                if not 1 <= len(given.text("text", required=True)) <= COPIED_LENGTH:
                    raise bad_request("BUTTON_COPY_TEXT_INVALID")


def _check_web_app(given: Fields, what: str) -> None:
    url = given.text("url", required=True)
    if not checked_link(url).startswith("https://"):
        raise bad_request(f"{what} Web App URL '{url}' is invalid: Only HTTPS links are allowed")


def _check_looks(fields: Fields) -> None:
    fields.number("icon_custom_emoji_id", limit=LONG)
    if fields.text("style").lower() not in _STYLES:
        raise fields.complaint("invalid button style specified")


def _kept(fields: Fields, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: fields.raw(name) for name in names if fields.raw(name) is not None}


def _url(url: str) -> str:
    if url.lower().startswith("tg://user?id="):
        return url
    checked = checked_link(url)
    if not checked:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return checked


def _text(fields: Fields, what: str) -> str:
    text = fields.text("text", required=True)
    if not text:
        raise bad_request(f"{what} text must be non-empty")
    if not text.strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    return text
