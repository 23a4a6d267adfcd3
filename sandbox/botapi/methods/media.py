"""Messages with files, albums among them. https://core.telegram.org/bots/api#sendphoto"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.call import Call, method
from sandbox.botapi.formatting import formatted
from sandbox.botapi.methods.target import Target, read_caption
from sandbox.botapi.methods.uploads import take_file
from sandbox.world import Content, Media, StoredFile
from sandbox.world.errors import bad_request
from sandbox.world.pictures import size_of

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
ALBUM_KINDS = ("photo", "video", "audio", "document")
_FULL_SIZE = 512


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
    """One file, shown as the method's name says."""
    target = Target.of(call)
    kind = KINDS[call.method.lower()]
    file = take_file(call, call.params.text(kind), kind, call.params.files.get(kind))
    captioned = kind not in ("sticker", "video_note")
    text, entities = read_caption(call) if captioned else ("", ())
    shown = _media(call, kind, file, call.params.values)
    above = call.params.flag("show_caption_above_media")
    return target.send(Content(text=text, entities=entities, media=shown, caption_above=above))


@method("sendMediaGroup")
def send_media_group(call: Call) -> list[Json]:
    """An album of 2 to 10. https://core.telegram.org/bots/api#sendmediagroup"""
    target = Target.of(call)
    given = call.params.array("media", "media")
    if not given:
        raise bad_request("there are no messages to send")
    if not 2 <= len(given) <= 10:
        raise bad_request("group of messages must contain 2-10 items to send")
    contents = [input_media(call, one) for one in given]
    kinds = {content.media.kind for content in contents if content.media is not None}
    if not kinds <= set(ALBUM_KINDS) or (len(kinds) > 1 and kinds & {"audio", "document"}):
        raise bad_request("can't use the media of the specified type in the album")
    album = str(13_000_000_000_000_000 + call.world.serial())
    said = [target.say(content, media_group_id=album) for content in contents]
    return [call.shown(message) for message in said]


def input_media(call: Call, given: Any) -> Content:
    """An ``InputMedia``. https://core.telegram.org/bots/api#inputmedia"""
    if not isinstance(given, dict):
        raise bad_request("can't parse InputMedia: expected an Object")
    kind = str(given.get("type", "")).lower()
    if kind not in ("photo", "document", "video", "audio", "animation"):
        raise bad_request(f'can\'t parse InputMedia: type "{kind}" is unsupported')
    file = take_file(call, str(given.get("media", "")), kind)
    text, entities = formatted(
        str(given.get("caption") or ""),
        str(given.get("parse_mode") or ""),
        given.get("caption_entities"),
    )
    above = bool(given.get("show_caption_above_media"))
    return Content(
        text=text, entities=entities, media=_media(call, kind, file, given), caption_above=above
    )


def _media(call: Call, kind: str, file: StoredFile, given: Any) -> Media:
    width, height = size_of(call.world.files.data(file)) or (
        _whole(given.get("width")) or _whole(given.get("length")) or _FULL_SIZE,
        _whole(given.get("height")) or _whole(given.get("length")) or _FULL_SIZE,
    )
    return Media(
        kind=kind,
        file=file,
        width=width,
        height=height,
        duration=_whole(given.get("duration")),
        title=str(given.get("title") or "") if kind == "audio" else "",
        performer=str(given.get("performer") or "") if kind == "audio" else "",
        emoji=str(given.get("emoji") or "") if kind == "sticker" else "",
        spoiler=str(given.get("has_spoiler")).lower() in ("true", "1"),
        thumbnail=_thumbnail(call, given),
    )


def _thumbnail(call: Call, given: Any) -> StoredFile | None:
    own = call.params.files.get("thumbnail") if given is call.params.values else None
    ref = str(given.get("thumbnail") or "")
    if own is None and not ref.startswith("attach://"):
        return None
    return take_file(call, ref, "thumbnail", own)


def _whole(value: Any) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() else 0
