"""Messages with files, albums among them. https://core.telegram.org/bots/api#sendphoto"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.botapi.fields import Fields
from sandbox.botapi.formatting import formatted
from sandbox.botapi.methods.live_photos import live_photo
from sandbox.botapi.methods.send_params import Target, read_caption
from sandbox.botapi.methods.uploads import ATTACHED, take_file
from sandbox.botapi.request import Call, method
from sandbox.world import Content, Media, StoredFile
from sandbox.world.errors import bad_request
from sandbox.world.image_size import size_of
from sandbox.world.media_info import media_info

Json = dict[str, Any]

KINDS = {
    "sendphoto": "photo",
    "senddocument": "document",
    "sendvideo": "video",
    "sendaudio": "audio",
    "sendvoice": "voice",
    "sendanimation": "animation",
    "sendsticker": "sticker",
    "sendvideonote": "video_note",
}
ALBUM_KINDS = ("photo", "video", "audio", "document", "live_photo")
EDIT_KINDS = (*ALBUM_KINDS, "animation")
LARGEST_ALBUM = 10
_FULL_SIZE = 512
_LONGEST = 10_000
"""Telegram cuts larger widths, heights and lengths. (``MAX_LENGTH``)"""


@method(
    "sendPhoto",
    "sendDocument",
    "sendVideo",
    "sendAudio",
    "sendVoice",
    "sendAnimation",
    "sendSticker",
    "sendVideoNote",
)
def send_media(call: Call) -> Json:
    """One file, of the kind in the method's name."""
    kind = KINDS[call.method.lower()]
    file = take_file(call, call.params.text(kind), kind, call.params.files.get(kind))
    captioned = kind not in ("sticker", "video_note")
    text, entities = read_caption(call) if captioned else ("", ())
    shown = _media(call, kind, file, call.params.values)
    above = call.params.flag("show_caption_above_media")
    content = Content(text=text, entities=entities, media=shown, caption_above=above)
    return Target.of(call).send(content)


@method("sendMediaGroup")
def send_media_group(call: Call) -> list[Json]:
    """An album of up to 10; one item is not an album.

    https://core.telegram.org/bots/api#sendmediagroup
    https://github.com/tdlib/td (``check_message_group_message_contents``)
    """
    given = call.params.json("media", "media")
    if given is not None and not isinstance(given, list):
        raise bad_request("expected an Array of InputMedia")
    contents = [input_media(call, one, for_album=True) for one in given or []]
    target = Target.of(call, markup=False)
    if not contents:
        raise bad_request("there are no messages to send")
    if len(contents) > LARGEST_ALBUM:
        raise bad_request("too many messages to send as an album")
    _check_album(contents)
    album = str(13_000_000_000_000_000 + call.world.serial()) if len(contents) > 1 else ""
    contents = [target.checked(content) for content in contents]
    said = [target.say(content, media_group_id=album) for content in contents]
    return [call.shown(message) for message in said]


def _check_album(contents: list[Content]) -> None:
    if len({content.caption_above for content in contents}) > 1:
        raise bad_request("parameter show_caption_above_media must be the same for all messages")
    kinds = {content.media.kind for content in contents if content.media is not None}
    for alone in ("audio", "document"):
        if alone in kinds and len(kinds) > 1:
            raise bad_request(f"{alone} can't be mixed with other media types")


def input_media(
    call: Call, given: Any, *, for_album: bool = False, kinds: tuple[str, ...] = EDIT_KINDS
) -> Content:
    """An ``InputMedia``. https://core.telegram.org/bots/api#inputmedia

    https://github.com/tdlib/telegram-bot-api (``Client::get_input_media``)
    """
    fields = Fields(given, "can't parse InputMedia")
    text, entities = formatted(
        fields.text("caption"), fields.text("parse_mode"), fields.raw("caption_entities")
    )
    above, spoiler = fields.flag("show_caption_above_media"), fields.flag("has_spoiler")
    kind = fields.text("type", required=True)
    media = fields.text("media")
    if not media or (media.startswith(ATTACHED) and not _attached(call, media)):
        raise fields.complaint("media not found")
    if kind == "animation" and for_album:
        raise fields.complaint('type "animation" can\'t be used in sendMediaGroup')
    if kind not in kinds:
        raise fields.complaint(f'type "{kind}" is unsupported')
    for name in ("width", "height", "duration"):
        fields.number(name)
    file = take_file(call, media, kind)
    if kind == "live_photo":
        still = take_file(call, fields.text("photo"), "photo")
        shown = live_photo(call, file, still, spoiler=spoiler)
    else:
        shown = replace(_media(call, kind, file, given), spoiler=spoiler)
    return Content(text=text, entities=entities, media=shown, caption_above=above)


def _attached(call: Call, media: str) -> bool:
    return media.removeprefix(ATTACHED) in call.params.files


def _media(call: Call, kind: str, file: StoredFile, given: Any) -> Media:
    """A file as it is sent. What neither the file nor the call says is as when the file was
    last sent."""
    files = call.world.files
    known = files.media.get(file.unique_id)
    before = known if known is not None and known.kind == kind else Media(kind=kind, file=file)
    data, side = files.data(file), _whole(given.get("length"))
    read = media_info(data)
    width, height = size_of(data) or (
        read.width or _whole(given.get("width")) or side or before.width or _FULL_SIZE,
        read.height or _whole(given.get("height")) or side or before.height or _FULL_SIZE,
    )
    audio, sticker = kind == "audio", kind == "sticker"
    shown = Media(
        kind=kind,
        file=file,
        width=min(width, _LONGEST),
        height=min(height, _LONGEST),
        duration=read.duration or _whole(given.get("duration")) or before.duration,
        title=str(given.get("title") or before.title) if audio else "",
        performer=str(given.get("performer") or before.performer) if audio else "",
        emoji=str(given.get("emoji") or before.emoji) if sticker else "",
        spoiler=str(given.get("has_spoiler")).lower() in ("true", "1"),
        thumbnail=_thumbnail(call, given) or before.thumbnail,
    )
    files.media[file.unique_id] = replace(shown, spoiler=False)
    return shown


def _thumbnail(call: Call, given: Any) -> StoredFile | None:
    own = call.params.files.get("thumbnail") if given is call.params.values else None
    ref = str(given.get("thumbnail") or "")
    if own is None and not ref.startswith("attach://"):
        return None
    return take_file(call, ref, "thumbnail", own)


def _whole(value: Any) -> int:
    text = str(value or "")
    digits = text if text.isascii() and text.isdigit() and len(text) < 19 else "0"
    return min(int(digits), 2**31 - 1)
