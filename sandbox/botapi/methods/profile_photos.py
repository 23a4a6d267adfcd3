"""Profile photos of bots, and how one is given. https://core.telegram.org/bots/api#setmyprofilephoto"""

from __future__ import annotations

from sandbox.botapi.methods.uploads import ATTACHED, take_file
from sandbox.botapi.request import Call, method
from sandbox.world import StoredFile
from sandbox.world.errors import bad_request

KINDS = {"static": "photo", "animated": "animation"}


@method("setMyProfilePhoto")
def set_my_profile_photo(call: Call) -> bool:
    call.bot.photo = input_profile_photo(call)
    call.world.profile_changed(call.bot.id)
    return True


@method("removeMyProfilePhoto")
def remove_my_profile_photo(call: Call) -> bool:
    call.bot.photo = None
    call.world.profile_changed(call.bot.id)
    return True


def input_profile_photo(call: Call) -> StoredFile:
    """``photo``. https://core.telegram.org/bots/api#inputprofilephoto

    Raises:
        ApiError: 400, it is none, or not uploaded.
    """
    given = call.params.json("photo", "photo")
    if given is None:
        raise bad_request("photo isn't specified")
    if not isinstance(given, dict):
        raise bad_request("object expected as profile photo")
    kind = KINDS.get(str(given.get("type")))
    if kind is None:
        raise bad_request("invalid profile photo type specified")
    ref = str(given.get(kind) or "")
    if not ref.startswith(ATTACHED):
        raise bad_request("photo must be uploaded as a file")
    return take_file(call, ref, kind)
