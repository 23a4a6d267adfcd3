"""A file in a call: uploaded, named by file_id, or by a URL.

https://core.telegram.org/bots/api#sending-files
"""

from __future__ import annotations

import re

from sandbox.botapi.request import Call
from sandbox.botapi.request_params import Upload
from sandbox.botapi.web_files import is_url, stand_in
from sandbox.world import StoredFile
from sandbox.world.errors import ApiError, bad_request
from sandbox.world.image_size import size_of
from sandbox.world.refusals import refused

ATTACHED = "attach://"
BIGGEST_UPLOAD = 50 * 2**20
BIGGEST_PHOTO = 10 * 2**20
BIGGEST_DOWNLOAD = 20 * 2**20
MOST_PIXELS = 10_000
"""Of a photo, width and height together. https://core.telegram.org/bots/api#sendphoto"""
MOST_RATIO = 20
_ID = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_NAMES = {"video_note": "VideoNote", "voice": "VoiceNote"}


def take_file(call: Call, ref: str, kind: str, upload: Upload | None = None) -> StoredFile:
    """The file of a parameter; an upload is stored.

    Args:
        ref: ``attach://name``, a file_id or a URL.
        upload: the part with the parameter's own name.

    Raises:
        ApiError: 400, there is none, it is empty, no picture, or the id is wrong; 413.
    """
    if upload is None and ref.startswith(ATTACHED):
        upload = call.params.files.get(ref.removeprefix(ATTACHED))
    elif upload is None and is_url(ref):
        upload = call.params.files.get(ref) or stand_in(ref, kind)
    elif upload is None and ref:
        return _known(call, ref, kind)
    if upload is None:
        raise bad_request(f"there is no {kind.replace('_', ' ')} in the request")
    return _keep(call, kind, upload)


def _known(call: Call, ref: str, kind: str) -> StoredFile:
    """https://github.com/tdlib/td (``FileManager::from_persistent_id``,
    ``check_input_file_id``)"""
    if not _ID.fullmatch(ref):
        raise bad_request("wrong remote file identifier specified: Wrong character in the string")
    file = call.world.files.by_id(ref, call.bot.id)
    if file.kind and (file.kind == "photo") != (kind == "photo"):
        raise bad_request(f"can't use file of type {_type(file.kind)} as {_type(kind)}")
    return file


def _type(kind: str) -> str:
    return _NAMES.get(kind, kind.capitalize())


def _keep(call: Call, kind: str, upload: Upload) -> StoredFile:
    if not upload.data:
        raise bad_request("file must be non-empty")
    if len(upload.data) > BIGGEST_UPLOAD:
        raise ApiError(413, "Request Entity Too Large")
    if kind == "photo":
        _check_photo(upload)
    return call.world.files.put(upload.data, upload.name or "file", kind=kind)


def _check_photo(upload: Upload) -> None:
    if len(upload.data) > BIGGEST_PHOTO:
        raise bad_request("file is too big for a photo")
    size = size_of(upload.data)
    if size is None or min(size) < 1:
        raise refused("image_process_failed")
    if sum(size) > MOST_PIXELS or max(size) > MOST_RATIO * min(size):
        raise refused("photo_invalid")
