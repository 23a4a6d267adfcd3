"""upload.*: files in parts, up and down. https://core.telegram.org/api/files"""

from __future__ import annotations

from typing import Any

from telethon.tl import functions, types

from sandbox.mtproto.errors import RpcRefusal
from sandbox.mtproto.request import Call
from sandbox.mtproto.serializers.media import number_of
from sandbox.world.content_models import StoredFile

KIB = 1024


def save_file_part(call: Call) -> Any:
    """Keep a part until the file is sent. https://core.telegram.org/method/upload.saveFilePart"""
    request = call.request
    call.server.uploads.keep(call.user_id, request.file_id, request.file_part, request.bytes)
    return True


def get_file(call: Call) -> Any:
    """A part of a file. https://core.telegram.org/method/upload.getFile"""
    request = call.request
    assert call.user_id
    if request.limit <= 0 or request.limit > KIB * KIB or request.limit % (4 * KIB):
        raise RpcRefusal(400, "LIMIT_INVALID")
    if request.offset < 0 or request.offset % KIB:
        raise RpcRefusal(400, "OFFSET_INVALID")
    file = _find(call, request.location)
    data = call.world.files.data(file)[request.offset : request.offset + request.limit]
    return types.upload.File(_kind_of(file), int(call.world.now()), data)


def _find(call: Call, location: Any) -> StoredFile:
    wanted = getattr(location, "id", None)
    for file in call.world.files.files.values():
        if number_of(file) == wanted and location.access_hash == wanted:
            return file
    raise RpcRefusal(400, "LOCATION_INVALID" if wanted is None else "FILE_ID_INVALID")


def _kind_of(file: StoredFile) -> Any:
    kinds = {
        "image/jpeg": types.storage.FileJpeg,
        "image/png": types.storage.FilePng,
        "image/webp": types.storage.FileWebp,
        "application/pdf": types.storage.FilePdf,
        "audio/mpeg": types.storage.FileMp3,
        "video/mp4": types.storage.FileMp4,
    }
    return kinds.get(file.mime, types.storage.FileUnknown)()


METHODS = {
    functions.upload.SaveFilePartRequest: save_file_part,
    functions.upload.SaveBigFilePartRequest: save_file_part,
    functions.upload.GetFileRequest: get_file,
}
