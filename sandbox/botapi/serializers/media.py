"""Files, media, polls and keyboards in messages.

https://core.telegram.org/bots/api#available-types
"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.serializers.people import user
from sandbox.world import (
    Button,
    Contact,
    Content,
    Entity,
    Location,
    Markup,
    Media,
    Poll,
    StoredFile,
    World,
)
from sandbox.world.image_size import size_of
from sandbox.world.lookups import Core
from sandbox.world.sticker_models import Sticker

Json = dict[str, Any]


def file(world: Core, stored: StoredFile, viewer_id: int) -> Json:
    return {
        "file_id": world.files.id_for(stored, viewer_id),
        "file_unique_id": stored.unique_id,
        "file_size": stored.size,
    }


def media(world: Core, shown: Media, viewer_id: int) -> Json:
    """The fields a media adds to its message."""
    inner = _inner(world, shown, viewer_id)
    if shown.kind == "photo":
        sizes = photo_sizes(world, shown.file, shown.width, shown.height, viewer_id)
        return {"photo": sizes, **({"has_media_spoiler": True} if shown.spoiler else {})}
    fields: Json = {shown.kind: inner}
    if shown.kind == "animation":
        fields["document"] = {
            name: inner[name] for name in inner if name not in ("width", "height", "duration")
        }
    if shown.spoiler:
        fields["has_media_spoiler"] = True
    return fields


def photo_sizes(
    world: Core, photo: StoredFile, width: int, height: int, viewer_id: int
) -> list[Json]:
    """https://core.telegram.org/bots/api#photosize"""
    return [
        {**file(world, one, viewer_id), "width": wide, "height": high}
        for one, wide, high in world.files.sizes(photo, width, height)
    ]


def _inner(world: Core, shown: Media, viewer_id: int) -> Json:
    inner = file(world, shown.file, viewer_id)
    if shown.kind in ("photo", "video", "animation", "sticker", "live_photo"):
        inner |= {"width": shown.width, "height": shown.height}
    if shown.kind == "video_note":
        inner["length"] = shown.width
    if shown.kind in ("video", "animation", "audio", "voice", "video_note", "live_photo"):
        inner["duration"] = shown.duration
    if shown.kind in ("document", "video", "animation", "audio"):
        inner |= {"file_name": shown.file.name, "mime_type": shown.file.mime}
    if shown.kind in ("voice", "live_photo"):
        inner["mime_type"] = shown.file.mime
    if shown.kind == "sticker":
        inner |= _sticker_details(world, shown.file)
    for name in ("title", "performer", "emoji"):
        if getattr(shown, name):
            inner[name] = getattr(shown, name)
    if shown.kind == "live_photo" and shown.thumbnail is not None:
        still = photo_sizes(world, shown.thumbnail, shown.width, shown.height, viewer_id)
        return {**inner, "photo": still}
    return {**inner, **_thumbnail(world, shown, viewer_id)}


PICTURED = ("document", "sticker", "animation")
"""Kinds that Telegram makes a thumbnail of by itself, when they are pictures."""


def _thumbnail(world: Core, shown: Media, viewer_id: int) -> Json:
    picture = shown.thumbnail or (shown.file if shown.kind in PICTURED else None)
    size = size_of(world.files.data(picture)) if picture is not None else None
    if picture is None:
        return {}
    if size is None and shown.kind == "sticker":
        small, width, height = world.files.sticker_thumbnail(picture)
    elif size is None and shown.thumbnail is None:
        return {}
    else:
        small, width, height = world.files.thumbnail(picture, *(size or (320, 320)))
    return {"thumbnail": {**file(world, small, viewer_id), "width": width, "height": height}}


def sticker(world: Core, shown: Sticker, viewer_id: int) -> Json:
    """A sticker of a set."""
    stored = world.files.files[shown.file]
    width, height = size_of(world.files.data(stored)) or (512, 512)
    size = {"width": width, "height": height}
    shown_as = {**file(world, stored, viewer_id), **size, **_sticker_details(world, stored)}
    return shown_as | _thumbnail(world, Media(kind="sticker", file=stored), viewer_id)


def _sticker_details(world: Core, stored: StoredFile) -> Json:
    known = world.state.stickers.get(stored.unique_id)
    if known is None:
        animated = stored.mime == "application/x-tgsticker"
        video = stored.mime == "video/webm"
        return {"type": "regular", "is_animated": animated, "is_video": video}
    inner: Json = {
        "type": known.kind,
        "is_animated": known.format == "animated",
        "is_video": known.format == "video",
        "set_name": known.set_name,
    }
    if known.emojis:
        inner["emoji"] = known.emojis[0]
    if known.mask_position:
        inner["mask_position"] = known.mask_position
    if known.custom_emoji_id:
        inner["custom_emoji_id"] = known.custom_emoji_id
    if known.repainted:
        inner["needs_repainting"] = True
    return inner


def contact(shown: Contact) -> Json:
    inner: Json = {"phone_number": shown.phone_number, "first_name": shown.first_name}
    for name in ("last_name", "user_id", "vcard"):
        if getattr(shown, name):
            inner[name] = getattr(shown, name)
    return inner


def location(shown: Location) -> Json:
    """The fields a location or venue adds to its message."""
    point: Json = {"latitude": shown.latitude, "longitude": shown.longitude}
    if shown.accuracy is not None:
        point["horizontal_accuracy"] = shown.accuracy
    for name in ("live_period", "heading", "proximity_alert_radius"):
        if getattr(shown, name) is not None:
            point[name] = getattr(shown, name)
    if not shown.title:
        return {"location": point}
    venue = {"location": point, "title": shown.title, "address": shown.address, **shown.ids}
    return {"venue": venue, "location": point}


def poll(world: World | Core, shown: Poll, viewer_id: int) -> Json:
    inner: Json = {
        "id": shown.id,
        "question": shown.question,
        "options": [
            {
                "persistent_id": option.persistent_id,
                "text": option.text,
                "voter_count": len(option.voters),
                **entity_list(world, "text_entities", option.entities),
                **_poll_media(world, "media", option.media, viewer_id),
            }
            for option in shown.options
        ],
        "total_voter_count": len(shown.voters()),
        "is_closed": shown.closed,
        "is_anonymous": shown.anonymous,
        "type": "quiz" if shown.quiz else "regular",
        "allows_multiple_answers": shown.multiple,
        "allows_revoting": shown.revoting,
        "members_only": False,
        **entity_list(world, "question_entities", shown.question_entities),
        **_poll_media(world, "media", shown.media, viewer_id),
    }
    if shown.quiz:
        inner["correct_option_ids"] = list(shown.correct)
        inner["correct_option_id"] = shown.correct[0] if shown.correct else 0
    if shown.explanation:
        inner["explanation"] = shown.explanation
        inner |= entity_list(world, "explanation_entities", shown.explanation_entities)
    inner |= _poll_media(world, "explanation_media", shown.explanation_media, viewer_id)
    for name in ("open_period", "close_date"):
        if getattr(shown, name) is not None:
            inner[name] = getattr(shown, name)
    return inner


def _poll_media(world: Core, name: str, shown: Content | None, viewer_id: int) -> Json:
    """https://core.telegram.org/bots/api#pollmedia"""
    if shown is None:
        return {}
    if shown.media is not None:
        return {name: {shown.media.kind: media(world, shown.media, viewer_id)[shown.media.kind]}}
    if shown.location is not None:
        kind = "venue" if shown.location.title else "location"
        return {name: {kind: location(shown.location)[kind]}}
    return {name: {"link": {"url": shown.text}}}


def entity_list(world: Core, name: str, entities: tuple[Entity, ...]) -> Json:
    """``{name: [entity]}``, or nothing when there are none."""
    return {name: [entity(world, one) for one in entities]} if entities else {}


def entity(world: Core, shown: Entity) -> Json:
    inner: Json = {"offset": shown.offset, "length": shown.length, "type": shown.type}
    for name in ("url", "language", "custom_emoji_id", "date_time_format"):
        if getattr(shown, name):
            inner[name] = getattr(shown, name)
    if shown.unix_time is not None:
        inner["unix_time"] = shown.unix_time
    if shown.user_id is not None:
        inner["user"] = user(world, shown.user_id)
    return inner


def inline_markup(shown: Markup) -> Json:
    return {"inline_keyboard": [[_button(one) for one in row] for row in shown.rows]}


def _button(shown: Button) -> Json:
    inner: Json = {"text": shown.text}
    if shown.url:
        inner["url"] = shown.url
    elif shown.data is not None:
        inner["callback_data"] = shown.data
    return {**inner, **shown.more}
