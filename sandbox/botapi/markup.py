"""``reply_markup``, read and checked.

https://core.telegram.org/bots/api#inlinekeyboardmarkup
https://github.com/tdlib/telegram-bot-api (``get_reply_markup``)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.botapi.formatting.builder import checked_link
from sandbox.botapi.params import Params
from sandbox.world import Button, Markup, RequestManagedBot
from sandbox.world.errors import bad_request

MOST_BUTTONS = 100
DATA_BYTES = 64
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
_LOOKS = ("style", "icon_custom_emoji_id")
_REQUESTS = ("request_users", "request_chat", "request_poll", "web_app")
_STYLES = ("danger", "primary", "success")


def read_markup(params: Params, *, inline_only: bool = False) -> Markup | None:
    """The markup a call gives.

    Raises:
        ApiError: 400, it cannot be parsed, BUTTON_DATA_INVALID, too many buttons …
    """
    given = params.json("reply_markup", "reply keyboard markup")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise bad_request("object expected as reply markup")
    markup = _markup(given)
    if markup is not None and len(markup.buttons()) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    if inline_only and markup is not None and markup.kind != "inline":
        raise bad_request("inline keyboard expected")
    return markup


def _markup(given: dict[str, Any]) -> Markup | None:
    selective = bool(given.get("selective"))
    placeholder = str(given.get("input_field_placeholder") or "")
    if given.get("keyboard"):
        return Markup(
            kind="reply",
            rows=_rows(given["keyboard"], "keyboard", read_reply_button),
            resize=bool(given.get("resize_keyboard")),
            one_time=bool(given.get("one_time_keyboard")),
            persistent=bool(given.get("is_persistent")),
            selective=selective,
            placeholder=placeholder,
        )
    if given.get("inline_keyboard"):
        rows = _rows(given["inline_keyboard"], "inline_keyboard", _inline_button)
        return Markup(kind="inline", rows=rows) if any(rows) else None
    if given.get("remove_keyboard"):
        return Markup(kind="remove", selective=selective)
    if given.get("force_reply"):
        return Markup(kind="force_reply", selective=selective, placeholder=placeholder)
    return None


def _rows(given: Any, name: str, read: Callable[[Any], Button]) -> tuple[tuple[Button, ...], ...]:
    whose = " of the InlineKeyboardMarkup" if name == "inline_keyboard" else ""
    if not isinstance(given, list) or any(not isinstance(row, list) for row in given):
        raise bad_request(f'field "{name}"{whose} must be an Array of Arrays')
    return tuple(tuple(read(button) for button in row) for row in given if row)


def read_reply_button(given: Any) -> Button:
    """A ``KeyboardButton``. Raises ApiError: 400."""
    if isinstance(given, str):
        given = {"text": given}
    if not isinstance(given, dict):
        raise bad_request(
            "can't parse keyboard button: KeyboardButton must be a String or an Object"
        )
    asked = given.get("request_managed_bot")
    return Button(
        text=_text(given, "keyboard button"),
        request_contact=bool(given.get("request_contact")),
        request_location=bool(given.get("request_location")),
        request_managed_bot=_managed(asked) if asked is not None else None,
        more={name: given[name] for name in (*_REQUESTS, *_LOOKS) if given.get(name) is not None},
    )


def _managed(asked: Any) -> RequestManagedBot:
    if not isinstance(asked, dict) or not isinstance(asked.get("request_id"), int):
        raise bad_request("can't parse keyboard button: can't find field \"request_id\"")
    return RequestManagedBot(
        request_id=asked["request_id"],
        suggested_name=str(asked.get("suggested_name") or ""),
        suggested_username=str(asked.get("suggested_username") or ""),
    )


def _inline_button(given: Any) -> Button:
    what = "inline keyboard button"
    if not isinstance(given, dict):
        raise bad_request(f"can't parse {what}: InlineKeyboardButton must be an Object")
    text = _text(given, what)
    more = {name: given[name] for name in (*_ACTIONS, *_LOOKS) if given.get(name) is not None}
    if given.get("style") not in (None, *_STYLES):
        raise bad_request(f"can't parse {what}: unsupported button style specified")
    if given.get("url"):
        return Button(text=text, url=_url(str(given["url"])), more=more)
    if given.get("callback_data"):
        data = str(given["callback_data"])
        if len(data.encode()) > DATA_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
        return Button(text=text, data=data, more=more)
    if not any(name in more for name in _ACTIONS):
        raise bad_request(f"can't parse {what}: Text buttons are unallowed in the inline keyboard")
    return Button(text=text, more=more)


def _url(url: str) -> str:
    if url.lower().startswith("tg://user?id="):
        return url
    checked = checked_link(url)
    if not checked:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return checked


def _text(given: dict[str, Any], what: str) -> str:
    if "text" not in given:
        raise bad_request(f"can't parse {what}: Can't find field \"text\"")
    text = given["text"]
    if not isinstance(text, str):
        raise bad_request(f'can\'t parse {what}: Field "text" must be of type String')
    if not text.strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    return text
