"""Sticker sets. https://core.telegram.org/bots/api#stickers

The refusals of parsing are the Bot API server's (``Client::get_input_sticker``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sandbox.botapi.methods.uploads import take_file
from sandbox.botapi.request import Call, method
from sandbox.botapi.serializers.media import file as file_json
from sandbox.botapi.serializers.media import sticker as sticker_json
from sandbox.world import StoredFile
from sandbox.world.errors import ApiError, bad_request
from sandbox.world.sticker_models import Sticker, StickerSet
from sandbox.world.sticker_sets import MOST_KEYWORDS_LENGTH

Json = dict[str, Any]
T = TypeVar("T")

FORMATS = ("static", "animated", "video")
KINDS = ("regular", "mask", "custom_emoji")
POINTS = ("forehead", "eyes", "mouth", "chin")
MOST_AT_ONCE = 50
MOST_EMOJIS = 20


@method("getStickerSet")
def get_sticker_set(call: Call) -> Json:
    found = call.world.sticker_sets.find(call.params.text("name"))
    shown: Json = {
        "name": found.name,
        "title": found.title,
        "sticker_type": found.kind,
        "stickers": [_shown(call, call.world.state.stickers[one]) for one in found.stickers],
    }
    if found.thumbnail:
        thumbnail = call.world.files.files[found.thumbnail]
        size = {"width": 100, "height": 100}
        shown["thumbnail"] = {**file_json(call.world, thumbnail, call.bot.id), **size}
    return shown


@method("getCustomEmojiStickers")
def get_custom_emoji_stickers(call: Call) -> list[Json]:
    what = "custom emoji identifiers"
    call.params.required("custom_emoji_ids")
    given = call.params.array("custom_emoji_ids", what)
    if any(not isinstance(one, str) for one in given):
        raise bad_request("custom emoji identifier must be of type String")
    if any(not one.isdecimal() for one in given):
        raise bad_request("invalid custom emoji identifier specified")
    return [_shown(call, one) for one in call.world.sticker_sets.custom_emojis(given)]


def _shown(call: Call, shown: Sticker) -> Json:
    return sticker_json(call.world, shown, call.bot.id)


@method("uploadStickerFile")
def upload_sticker_file(call: Call) -> Json:
    call.world.account(call.user_id())
    _format(call.params.text("sticker_format") or "static")
    upload = call.params.files.get("sticker")
    if upload is None and not call.params.text("sticker").startswith("attach://"):
        raise bad_request("there is no sticker file in the request")
    stored = take_file(call, call.params.text("sticker"), "sticker", upload)
    return file_json(call.world, stored, call.bot.id)


@method("createNewStickerSet")
def create_new_sticker_set(call: Call) -> bool:
    params = call.params
    owner = call.world.account(call.user_id())
    given = params.json("stickers", "stickers")
    if not isinstance(given, list):
        raise bad_request("expected an Array of InputSticker")
    if len(given) > MOST_AT_ONCE:
        raise bad_request("too many stickers specified")
    stickers = [_parsed(call, one, "InputSticker") for one in given]
    kind = params.text("sticker_type") or "regular"
    if kind not in KINDS:
        raise bad_request("unsupported sticker type specified")
    if kind != "custom_emoji" and params.flag("needs_repainting"):
        raise bad_request("only custom emoji stickers support repainting")
    for sticker in stickers:
        sticker.repainted = params.flag("needs_repainting")
    made = StickerSet(
        name=params.text("name"),
        title=params.text("title"),
        bot_id=call.bot.id,
        owner_id=owner.id,
        kind=kind,
    )
    call.world.sticker_sets.create(call.bot, made, stickers)
    return True


@method("addStickerToSet")
def add_sticker_to_set(call: Call) -> bool:
    call.world.account(call.user_id())
    sticker = _parsed(call, call.params.json("sticker", "sticker"), "sticker")
    into = call.world.sticker_sets.own(call.bot, call.params.text("name"))
    call.world.sticker_sets.add(into, sticker)
    return True


@method("replaceStickerInSet")
def replace_sticker_in_set(call: Call) -> bool:
    call.world.account(call.user_id())
    sticker = _parsed(call, call.params.json("sticker", "sticker"), "sticker")
    sets = call.world.sticker_sets
    into = sets.own(call.bot, call.params.text("name"))
    position = sets.remove(call.bot, _file(call, "old_sticker"))
    sets.add(into, sticker, position)
    return True


@method("deleteStickerFromSet")
def delete_sticker_from_set(call: Call) -> bool:
    call.world.sticker_sets.remove(call.bot, _file(call))
    return True


@method("setStickerPositionInSet")
def set_sticker_position(call: Call) -> bool:
    call.world.sticker_sets.move(call.bot, _file(call), call.params.number("position", -1))
    return True


@method("setStickerEmojiList")
def set_sticker_emoji_list(call: Call) -> bool:
    _, sticker = call.world.sticker_sets.sticker(call.bot, _file(call))
    given = call.params.json("emoji_list", "emoji list")
    sticker.emojis = _parse(lambda: _emojis(given), "emoji list")
    return True


@method("setStickerKeywords")
def set_sticker_keywords(call: Call) -> bool:
    _, sticker = call.world.sticker_sets.sticker(call.bot, _file(call))
    sticker.keywords = _keywords(call.params.json("keywords", "keywords"))
    return True


@method("setStickerMaskPosition")
def set_sticker_mask_position(call: Call) -> bool:
    file = _file(call)
    given = call.params.json("mask_position", "mask position")
    position = _parse(lambda: _mask_position(given), "mask position")
    call.world.sticker_sets.set_mask_position(call.bot, file, position)
    return True


@method("setStickerSetTitle")
def set_sticker_set_title(call: Call) -> bool:
    name, title = call.params.text("name"), call.params.text("title")
    call.world.sticker_sets.set_title(call.bot, name, title)
    return True


@method("setStickerSetThumbnail")
def set_sticker_set_thumbnail(call: Call) -> bool:
    """Without a file the first sticker is shown again."""
    params = call.params
    call.world.account(call.user_id())
    _format(params.text("format") or "static")
    found = call.world.sticker_sets.own(call.bot, params.text("name"))
    upload = params.files.get("thumbnail")
    if upload is None and not params.has("thumbnail"):
        found.thumbnail = ""
    else:
        found.thumbnail = take_file(call, params.text("thumbnail"), "thumbnail", upload).unique_id
    return True


@method("setCustomEmojiStickerSetThumbnail")
def set_custom_emoji_thumbnail(call: Call) -> bool:
    found = call.world.sticker_sets.own(call.bot, call.params.text("name"))
    if found.kind != "custom_emoji":
        raise bad_request("STICKERSET_INVALID")
    wanted = call.params.text("custom_emoji_id")
    chosen = call.world.sticker_sets.custom_emojis([wanted]) if wanted else []
    if wanted and not chosen:
        raise bad_request("STICKER_INVALID")
    found.thumbnail = chosen[0].file if chosen else ""
    return True


@method("deleteStickerSet")
def delete_sticker_set(call: Call) -> bool:
    call.world.sticker_sets.delete(call.bot, call.params.text("name"))
    return True


# --- Reading --------------------------------------------------------------------------------


def _file(call: Call, name: str = "sticker") -> StoredFile:
    file_id = call.params.text(name).strip()
    if not file_id:
        raise bad_request("sticker is not specified")
    return call.world.files.by_id(file_id, call.bot.id)


def _parsed(call: Call, given: Any, what: str) -> Sticker:
    return _parse(lambda: _sticker(call, given), what)


def _parse(read: Callable[[], T], what: str) -> T:
    """An unreadable file is assumed to be of this kind. Raises ApiError: 400."""
    try:
        return read()
    except ApiError as refusal:
        words = refusal.description.removeprefix("Bad Request: ")
        raise bad_request(f"can't parse {what}: {words}") from None


def _sticker(call: Call, given: Any) -> Sticker:
    if not isinstance(given, dict):
        raise bad_request("InputSticker must be an Object")
    ref = str(given.get("sticker") or "")
    if not ref:
        raise bad_request("sticker not found")
    file = take_file(call, ref, "sticker")
    return Sticker(
        file=file.unique_id,
        format=_format(str(given.get("format") or "static")),
        emojis=_emojis(given.get("emoji_list")),
        keywords=_keywords(given.get("keywords")),
        mask_position=_mask_position(given.get("mask_position")),
    )


def _format(name: str) -> str:
    if name not in FORMATS:
        raise bad_request("invalid sticker format specified")
    return name


def _emojis(given: Any) -> list[str]:
    if not isinstance(given, list):
        raise bad_request("expected an Array of string")
    if not given:
        raise bad_request("emoji list must be non-empty")
    if len(given) > MOST_EMOJIS:
        raise bad_request("too many emoji specified")
    for one in given:
        if not isinstance(one, str):
            raise bad_request("emoji must be a string")
        if not one or one.isascii():
            raise bad_request("expected a Unicode emoji")
    return given


def _keywords(given: Any) -> list[str]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise bad_request('field "keywords" must be an Array')
    if any(not isinstance(one, str) for one in given):
        raise bad_request("keyword must be a string")
    if sum(map(len, given)) > MOST_KEYWORDS_LENGTH:
        raise bad_request("STICKER_KEYWORDS_INVALID")
    return given


def _mask_position(given: Any) -> dict[str, str | float] | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise bad_request("MaskPosition must be an Object")
    if given.get("point") not in POINTS:
        raise bad_request("wrong point specified in MaskPosition")
    return {name: given[name] for name in ("point", "x_shift", "y_shift", "scale")}
