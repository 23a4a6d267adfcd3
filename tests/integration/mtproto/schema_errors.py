"""Which errors Telegram documents for the calls that logins and the pool make.

From the methods' pages (https://core.telegram.org/method/auth.sendCode and so on), the list of
errors (https://core.telegram.org/api/errors) and what clients report beyond them.
"""

from __future__ import annotations

from typing import Final

from telethon import errors
from telethon.errors import rpc_message_to_error
from telethon.errors.rpcerrorlist import rpc_errors_dict, rpc_errors_re
from telethon.tl.functions.auth import SignInRequest
from telethon.tl.types import RpcError

PHONE, CODE, PASSWORD = "79990001122", "90817", "battery staple"
"""What must never be seen in a log."""
REQUEST: Final = SignInRequest(PHONE, "hash-of-the-code", CODE)

ANY: Final = (
    (303, "NETWORK_MIGRATE_4"), (303, "USER_MIGRATE_4"), (303, "SOMEWHERE_MIGRATE_4"),
    (400, "CONNECTION_LAYER_INVALID"), (400, "CONNECTION_NOT_INITED"),
    (400, "INPUT_FETCH_ERROR"), (400, "INPUT_LAYER_INVALID"), (400, "INPUT_METHOD_INVALID_1_2"),
    (400, "INPUT_REQUEST_TOO_LONG"), (400, "MSG_WAIT_FAILED"), (400, "SOMETHING_NEW"),
    (401, "ACTIVE_USER_REQUIRED"), (401, "AUTH_KEY_INVALID"), (401, "AUTH_KEY_PERM_EMPTY"),
    (401, "AUTH_KEY_UNREGISTERED"), (401, "SESSION_EXPIRED"), (401, "SESSION_PASSWORD_NEEDED"),
    (401, "SESSION_REVOKED"), (401, "SOMETHING_NEW"), (401, "USER_DEACTIVATED"),
    (401, "USER_DEACTIVATED_BAN"),
    (403, "RECAPTCHA_CHECK_signup__key"), (403, "SOMETHING_NEW"), (404, "METHOD_INVALID"),
    (406, "AUTH_KEY_DUPLICATED"), (406, "SOMETHING_NEW"), (406, "UPDATE_APP_TO_LOGIN"),
    (420, "FLOOD_PREMIUM_WAIT_3"), (420, "FLOOD_WAIT_30"), (420, "FLOOD_WAIT_99999999999"),
    (420, "FROZEN_METHOD_INVALID"), (420, "SOMETHING_NEW"),
    (500, "AUTH_RESTART"), (500, "AUTH_RESTART_7"), (500, "INTERDC_2_CALL_ERROR"),
    (500, "RPC_CALL_FAIL"), (500, "SOMETHING_NEW"), (500, "WORKER_BUSY_TOO_LONG_RETRY"),
    (-500, "No workers running"), (-503, "Timeout"), (666, "SOMETHING_NEW"),
)  # fmt: skip
"""What any call may answer."""

SAMPLE: Final = (
    (303, "SOMEWHERE_MIGRATE_4"), (400, "SOMETHING_NEW"), (401, "AUTH_KEY_UNREGISTERED"),
    (401, "SESSION_PASSWORD_NEEDED"), (401, "USER_DEACTIVATED_BAN"), (401, "SOMETHING_NEW"),
    (403, "RECAPTCHA_CHECK_signup__key"), (406, "AUTH_KEY_DUPLICATED"),
    (406, "UPDATE_APP_TO_LOGIN"), (420, "FLOOD_WAIT_30"), (420, "FROZEN_METHOD_INVALID"),
    (500, "RPC_CALL_FAIL"),
)  # fmt: skip
"""One of each class, for the way over the wire."""

OF_METHOD: Final[dict[str, tuple[tuple[int, str], ...]]] = {
    "auth.sendCode": (
        (400, "API_ID_INVALID"), (400, "API_ID_PUBLISHED_FLOOD"), (500, "AUTH_RESTART_7"),
        (400, "PHONE_NUMBER_APP_SIGNUP_FORBIDDEN"), (400, "PHONE_NUMBER_BANNED"),
        (400, "PHONE_NUMBER_FLOOD"), (406, "PHONE_NUMBER_INVALID"), (406, "PHONE_PASSWORD_FLOOD"),
        (400, "PHONE_PASSWORD_PROTECTED"), (400, "SMS_CODE_CREATE_FAILED"),
    ),
    "auth.resendCode": (
        (400, "PHONE_CODE_EMPTY"), (400, "PHONE_CODE_EXPIRED"), (400, "PHONE_CODE_HASH_EMPTY"),
        (406, "PHONE_NUMBER_INVALID"), (406, "SEND_CODE_UNAVAILABLE"),
    ),
    "auth.cancelCode": ((400, "PHONE_CODE_EXPIRED"), (406, "PHONE_NUMBER_INVALID")),
    "auth.signIn": (
        (400, "PHONE_CODE_EMPTY"), (400, "PHONE_CODE_EXPIRED"), (400, "PHONE_CODE_INVALID"),
        (406, "PHONE_NUMBER_INVALID"), (400, "PHONE_NUMBER_UNOCCUPIED"), (500, "SIGN_IN_FAILED"),
        (400, "EMAIL_VERIFY_EXPIRED"), (400, "CODE_INVALID"),
    ),
    "auth.checkPassword": (
        (400, "PASSWORD_HASH_INVALID"), (400, "SRP_A_INVALID"), (400, "SRP_ID_INVALID"),
        (400, "SRP_PASSWORD_CHANGED"), (406, "PHONE_PASSWORD_FLOOD"),
    ),
    "account.getPassword": (),
    "auth.exportLoginToken": ((400, "API_ID_INVALID"), (400, "API_ID_PUBLISHED_FLOOD")),
    "auth.importLoginToken": (
        (400, "AUTH_TOKEN_ALREADY_ACCEPTED"), (400, "AUTH_TOKEN_EXCEPTION"),
        (400, "AUTH_TOKEN_EXPIRED"), (400, "AUTH_TOKEN_INVALID"), (400, "AUTH_TOKEN_INVALIDX"),
    ),
    "updates.getState": (),
    "updates.getDifference": (
        (400, "DATE_EMPTY"), (400, "PERSISTENT_TIMESTAMP_EMPTY"),
        (400, "PERSISTENT_TIMESTAMP_INVALID"), (500, "RANDOM_ID_DUPLICATE"),
    ),
    "users.getUsers": ((400, "CHANNEL_INVALID"), (500, "NEED_MEMBER_INVALID")),
    "contacts.resolveUsername": ((400, "USERNAME_INVALID"), (400, "USERNAME_NOT_OCCUPIED")),
    "channels.getFullChannel": (
        (400, "CHANNEL_INVALID"), (400, "CHANNEL_PRIVATE"), (403, "CHANNEL_PUBLIC_GROUP_NA"),
        (400, "MSG_ID_INVALID"),
    ),
    "messages.getHistory": (
        (400, "CHANNEL_INVALID"), (400, "CHANNEL_PRIVATE"), (400, "PEER_ID_INVALID"),
        (400, "FROZEN_PARTICIPANT_MISSING"), (406, "CHANNEL_PRIVATE"),
    ),
    "auth.logOut": (),
    "help.getAppConfig": (),
}  # fmt: skip
"""What a method's own page lists besides."""


def error(code: int, message: str) -> Exception:
    """As Telethon raises it."""
    made: Exception = rpc_message_to_error(RpcError(code, message), REQUEST)
    return made


def everything() -> list[tuple[int, str]]:
    """Every error above, and every name that Telethon's list knows."""
    listed = {pair for pairs in OF_METHOD.values() for pair in pairs} | set(ANY)
    known = {(_code(kind), name) for name, kind in rpc_errors_dict.items()}
    numbered = {(_code(kind), pattern.replace("(\\d+)", "5")) for pattern, kind in rpc_errors_re}
    return sorted(listed | known | numbered)


def _code(kind: type[Exception]) -> int:
    """The code of the base class that Telethon files an error under."""
    bases = (base for base in kind.__mro__ if base in errors.rpcbaseerrors.base_errors.values())
    return int(getattr(next(bases, None), "code", None) or 400)
