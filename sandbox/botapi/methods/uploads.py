"""A file in a call: uploaded, named by file_id, or by a URL.

https://core.telegram.org/bots/api#sending-files
"""

from __future__ import annotations

from sandbox.botapi.call import Call
from sandbox.botapi.params import Upload
from sandbox.world import StoredFile
from sandbox.world.errors import ApiError, bad_request
from sandbox.world.pictures import size_of

ATTACHED = "attach://"
BIGGEST_UPLOAD = 50 * 2**20
BIGGEST_PHOTO = 10 * 2**20
BIGGEST_DOWNLOAD = 20 * 2**20


def take_file(call: Call, ref: str, kind: str, upload: Upload | None = None) -> StoredFile:
    """The file a parameter means; an upload is kept.

    Args:
        ref: ``attach://name``, a file_id or a URL.
        upload: the part that bears the parameter's own name.

    Raises:
        ApiError: 400, there is none, it is empty, no picture, or the id is wrong; 413.
    """
    if upload is None and ref.startswith(ATTACHED):
        upload = call.params.files.get(ref.removeprefix(ATTACHED))
    elif upload is None and ref.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    elif upload is None and ref:
        return call.world.files.by_id(ref, call.bot.id)
    if upload is None:
        raise bad_request(f"there is no {kind.replace('_', ' ')} in the request")
    return _keep(call, kind, upload)


def _keep(call: Call, kind: str, upload: Upload) -> StoredFile:
    if not upload.data:
        raise bad_request("file must be non-empty")
    if len(upload.data) > BIGGEST_UPLOAD:
        raise ApiError(413, "Request Entity Too Large")
    if kind == "photo":
        if len(upload.data) > BIGGEST_PHOTO:
            raise bad_request("file is too big for a photo")
        if size_of(upload.data) is None:
            raise bad_request("IMAGE_PROCESS_FAILED")
    return call.world.files.put(upload.data, upload.name or "file", upload.mime)
