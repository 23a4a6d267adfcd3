"""Formatted texts and keyboards.

https://core.telegram.org/api/entities · https://core.telegram.org/api/bots/buttons
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from telethon.tl import types

from sandbox.mtproto import tl_codec
from sandbox.world.content_models import Button, Entity, Markup

PLAIN: dict[str, Any] = {
    "mention": types.MessageEntityMention,
    "hashtag": types.MessageEntityHashtag,
    "cashtag": types.MessageEntityCashtag,
    "bot_command": types.MessageEntityBotCommand,
    "url": types.MessageEntityUrl,
    "email": types.MessageEntityEmail,
    "phone_number": types.MessageEntityPhone,
    "bold": types.MessageEntityBold,
    "italic": types.MessageEntityItalic,
    "underline": types.MessageEntityUnderline,
    "strikethrough": types.MessageEntityStrike,
    "spoiler": types.MessageEntitySpoiler,
    "code": types.MessageEntityCode,
}
PLAIN_NAMES = {kind: name for name, kind in PLAIN.items()}


def entities_out(entities: Iterable[Entity]) -> list[Any] | None:
    """None when there are none: the field is then left out."""
    return [_entity_out(entity) for entity in entities] or None


def _entity_out(entity: Entity) -> Any:
    place = entity.offset, entity.length
    form = RICH.get(entity.type)
    if form is not None:
        return form(entity, place)
    return PLAIN.get(entity.type, types.MessageEntityUnknown)(*place)


Place = tuple[int, int]

RICH: Mapping[str, Callable[[Entity, Place], Any]] = {
    "blockquote": lambda _one, place: types.MessageEntityBlockquote(*place),
    "expandable_blockquote": lambda _one, place: types.MessageEntityBlockquote(
        *place, collapsed=True
    ),
    "pre": lambda one, place: types.MessageEntityPre(*place, one.language),
    "text_link": lambda one, place: types.MessageEntityTextUrl(*place, one.url),
    "text_mention": lambda one, place: types.MessageEntityMentionName(*place, one.user_id),
    "custom_emoji": lambda one, place: types.MessageEntityCustomEmoji(
        *place, int(one.custom_emoji_id)
    ),
    "date_time": lambda one, place: types.MessageEntityFormattedDate(
        *place, tl_codec.moment(one.unix_time or 0)
    ),
}


def entities_in(entities: Iterable[Any] | None) -> tuple[Entity, ...]:
    """A client's entities; kinds unknown to the world are left out."""
    read = (_entity_in(entity) for entity in entities or ())
    return tuple(entity for entity in read if entity is not None)


def _entity_in(entity: Any) -> Entity | None:
    place = {"offset": entity.offset, "length": entity.length}
    match entity:
        case types.MessageEntityBlockquote():
            kind = "expandable_blockquote" if entity.collapsed else "blockquote"
            return Entity(type=kind, **place)
        case types.MessageEntityPre():
            return Entity(type="pre", language=entity.language, **place)
        case types.MessageEntityTextUrl():
            return Entity(type="text_link", url=entity.url, **place)
        case types.InputMessageEntityMentionName():
            user_id = getattr(entity.user_id, "user_id", None)
            return Entity(type="text_mention", user_id=user_id, **place)
        case types.MessageEntityCustomEmoji():
            emoji = str(entity.document_id)
            return Entity(type="custom_emoji", custom_emoji_id=emoji, **place)
    name = PLAIN_NAMES.get(type(entity))
    return None if name is None else Entity(type=name, **place)


def markup_out(markup: Markup | None) -> Any:
    match markup.kind if markup else None:
        case "inline":
            return types.ReplyInlineMarkup(_rows(markup, types.KeyboardInlineButtonRow, _inline))
        case "reply":
            assert markup is not None
            return types.ReplyKeyboardMarkup(
                _rows(markup, types.KeyboardButtonRow, _reply),
                resize=markup.resize or None,
                single_use=markup.one_time or None,
                selective=markup.selective or None,
                persistent=markup.persistent or None,
                placeholder=markup.placeholder or None,
            )
        case "remove":
            return types.ReplyKeyboardHide()
        case "force_reply":
            return types.ReplyKeyboardForceReply()
    return None


def _rows(markup: Markup | None, row: Any, button: Callable[[Button], Any]) -> list[Any]:
    assert markup is not None
    return [row([button(one) for one in buttons]) for buttons in markup.rows]


def _inline(button: Button) -> Any:
    return types.KeyboardInlineButton(button.text, _inline_kind(button))


def _inline_kind(button: Button) -> Any:
    if button.data is not None:
        return types.InlineButtonTypeCallback(button.data.encode())
    if button.url:
        return types.InlineButtonTypeUrl(button.url)
    if "copy_text" in button.more:
        return types.InlineButtonTypeCopy(button.more["copy_text"]["text"])
    if "web_app" in button.more:
        return types.InlineButtonTypeWebView(button.more["web_app"]["url"])
    return types.InlineButtonTypeDisabled()


def _reply(button: Button) -> Any:
    kind = types.ButtonTypeDefault()
    if button.request_contact:
        kind = types.ButtonTypeRequestPhone()
    elif button.request_location:
        kind = types.ButtonTypeRequestGeoLocation()
    return types.KeyboardButton(button.text, kind)
