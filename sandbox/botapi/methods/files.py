"""Files and profile photos. https://core.telegram.org/bots/api#getfile"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.methods.uploads import BIGGEST_DOWNLOAD
from sandbox.botapi.request import Call, method
from sandbox.botapi.serializers.media import file, photo_sizes
from sandbox.world.errors import ApiError, bad_request
from sandbox.world.image_size import size_of

Json = dict[str, Any]


@method("getFile")
def get_file(call: Call) -> Json:
    file_id = call.params.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    try:
        stored = call.world.files.by_id(file_id, call.bot.id)
    except ApiError:
        raise bad_request("invalid file_id") from None
    if stored.size > BIGGEST_DOWNLOAD:
        raise bad_request("file is too big")
    return {**file(call.world, stored, call.bot.id), "file_path": stored.path}


@method("getUserProfilePhotos")
def get_user_profile_photos(call: Call) -> Json:
    photo = call.world.user(call.user_id()).photo
    if photo is None:
        return {"total_count": 0, "photos": []}
    width, height = size_of(call.world.files.data(photo)) or (640, 640)
    sizes = photo_sizes(call.world, photo, width, height, call.bot.id)
    return {"total_count": 1, "photos": [sizes]}
