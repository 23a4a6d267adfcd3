"""Live photos: a still picture with a few seconds of video.

https://core.telegram.org/bots/api#sendlivephoto
"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.methods.send_params import Target, read_caption
from sandbox.botapi.methods.uploads import take_file
from sandbox.botapi.request import Call, method
from sandbox.world import Content, Media, StoredFile
from sandbox.world.image_size import size_of
from sandbox.world.media_info import media_info

Json = dict[str, Any]

SECONDS = 3


@method("sendLivePhoto")
def send_live_photo(call: Call) -> Json:
    target = Target.of(call)
    params = call.params
    video = take_file(call, params.text("live_photo"), "live_photo", params.files.get("live_photo"))
    still = take_file(call, params.text("photo"), "photo", params.files.get("photo"))
    text, entities = read_caption(call)
    shown = live_photo(call, video, still, spoiler=params.flag("has_spoiler"))
    above = params.flag("show_caption_above_media")
    return target.send(Content(text=text, entities=entities, media=shown, caption_above=above))


def live_photo(call: Call, video: StoredFile, still: StoredFile, *, spoiler: bool) -> Media:
    width, height = size_of(call.world.files.data(still)) or (512, 512)
    return Media(
        kind="live_photo",
        file=video,
        width=width,
        height=height,
        duration=media_info(call.world.files.data(video)).duration or SECONDS,
        thumbnail=still,
        spoiler=spoiler,
    )
