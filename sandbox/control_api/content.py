"""Content of a message: text, a file, or another kind."""

from __future__ import annotations

from sandbox.control_api.errors import WrongBody
from sandbox.control_api.message_context import read_entities
from sandbox.control_api.message_kinds import read_kind
from sandbox.control_api.request_body import Body, Upload
from sandbox.world import Account, Chat, Content, Media, World
from sandbox.world.image_size import size_of
from sandbox.world.media_info import media_info

BIGGEST_FILE = 50 * 2**20


def read_content(body: Body, account: Account, chat: Chat, world: World) -> Content:
    """Raises WrongBody: no content, or an invalid part."""
    entities = read_entities(body)
    upload = body.upload()
    if upload is not None:
        return Content(
            text=body.text_or_none("text") or "",
            entities=entities,
            media=keep(upload, world),
            caption_above=body.flag("caption_above"),
        )
    kind = read_kind(body, account, chat, world)
    if kind is not None:
        return kind
    return Content(text=body.text("text", longest=100_000), entities=entities)


def keep(upload: Upload, world: World) -> Media:
    """Store an attached file in the world."""
    if not upload.data:
        raise WrongBody("file", "The file is empty.")
    if len(upload.data) > BIGGEST_FILE:
        raise WrongBody("file", "The file is larger than 50 MB.")
    read = media_info(upload.data)
    width, height = size_of(upload.data) or (read.width, read.height)
    found = {"width": width, "height": height, "duration": read.duration}
    return Media(
        kind=upload.kind,
        file=world.files.put(upload.data, upload.name, upload.mime),
        **{**found, **upload.details},
    )
