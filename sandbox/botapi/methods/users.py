"""People's profiles as bots may see and change them; verification; passports.

https://core.telegram.org/bots/api#getuserprofileaudios
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from sandbox.botapi.request import Call, method
from sandbox.botapi.serializers.media import file
from sandbox.world import Account, Group
from sandbox.world.chats import room_key
from sandbox.world.errors import bad_request
from sandbox.world.peers import Channel

Json = dict[str, Any]

MOST_MESSAGES = 20
HASH_BYTES = 32
DESCRIPTION_LENGTH = 70
SOURCES = {
    "data": "data_hash",
    "front_side": "file_hash",
    "reverse_side": "file_hash",
    "selfie": "file_hash",
    "file": "file_hash",
    "files": "file_hashes",
    "translation_file": "file_hash",
    "translation_files": "file_hashes",
    "unspecified": "element_hash",
}


@method("getUserProfileAudios")
def get_user_profile_audios(call: Call) -> Json:
    account = call.world.account(call.user_id())
    offset = max(call.params.number("offset"), 0)
    limit = min(max(call.params.number("limit", 100), 1), 100)
    audios = account.audios[offset : offset + limit]
    shown = [{**file(call.world, one, call.bot.id), "duration": 0} for one in audios]
    return {"total_count": len(account.audios), "audios": shown}


@method("getUserPersonalChatMessages")
def get_user_personal_chat_messages(call: Call) -> list[Json]:
    """The newest first. https://core.telegram.org/bots/api#getuserpersonalchatmessages"""
    account = call.world.account(call.user_id())
    limit = min(max(call.params.number("limit"), 1), MOST_MESSAGES)
    channel = call.world.state.channels.get(account.personal_channel or 0)
    if channel is None:
        return []
    chat = call.world.state.chats[room_key(channel.id)]
    said = [one for one in chat.messages.values() if one.content.service is None]
    return [call.shown(one) for one in reversed(said[-limit:])]


@method("setUserEmojiStatus")
def set_user_emoji_status(call: Call) -> bool:
    """The person must have allowed it in a Web App. https://core.telegram.org/bots/api#setuseremojistatus"""
    account = call.world.account(call.user_id())
    if call.bot.id not in account.status_bots:
        raise bad_request("USER_PERMISSION_DENIED")
    account.emoji_status = call.params.text("emoji_status_custom_emoji_id")
    account.emoji_status_until = call.params.number("emoji_status_expiration_date")
    call.world.profile_changed(account.id)
    return True


# --- Verification ---------------------------------------------------------------------------


@method("verifyUser", "removeUserVerification")
def verify_user(call: Call) -> bool:
    """Only bots of verifying organisations may. https://core.telegram.org/bots/api#verifyuser"""
    return _verify(call, call.world.account(call.user_id()))


@method("verifyChat", "removeChatVerification")
def verify_chat(call: Call) -> bool:
    room = call.world.room_of(call.chat())
    return _verify(call, room)


def _verify(call: Call, whom: Account | Group | Channel | None) -> bool:
    """https://core.telegram.org/method/bots.setCustomVerification"""
    if not call.bot.verifier:
        raise bad_request("BOT_VERIFIER_FORBIDDEN")
    if len(call.params.text("custom_description")) > DESCRIPTION_LENGTH:
        raise bad_request("CUSTOM_DESCRIPTION_TOO_LONG")
    if whom is None:
        raise bad_request("PEER_ID_INVALID")
    whom.verified_by = None if call.method.lower().startswith("remove") else call.bot.id
    call.world.profile_changed(whom.id)
    return True


# --- Passport -------------------------------------------------------------------------------


@method("setPassportDataErrors")
def set_passport_data_errors(call: Call) -> bool:
    """Checked and accepted; not stored."""
    call.world.account(call.user_id())
    for given in call.params.array("errors", "PassportElementError"):
        _check_passport_error(given)
    return True


def _check_passport_error(given: Any) -> None:
    what = "can't parse PassportElementError: "
    if not isinstance(given, dict):
        raise bad_request(f"{what}expected an Object")
    source = str(given.get("source") or "unspecified")
    if source not in SOURCES:
        raise bad_request(f"{what}wrong source specified")
    hashes = given.get(SOURCES[source])
    for one in hashes if isinstance(hashes, list) else [hashes]:
        try:
            size = len(base64.b64decode(str(one), validate=True))
        except (binascii.Error, ValueError):
            raise bad_request(f"{what}hash isn't a valid base64-encoded string") from None
        if size != HASH_BYTES:
            name = "DATA_HASH" if source == "data" else "HASH"
            raise bad_request(f"{name}_SIZE_INVALID")
