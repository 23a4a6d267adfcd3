"""Each of Telegram's refusals means one thing."""

from __future__ import annotations

import pytest
from telethon import errors
from telethon.errors import rpc_message_to_error
from telethon.tl.functions.auth import SignInRequest
from telethon.tl.types import RpcError

from mtproto.client.error_map import DAY, LONGEST_WAIT, SOME_WAIT, Kind, classify
from mtproto.login.steps import LoginErrorCode

REQUEST = SignInRequest("79990001122", "hash", "12345")


def error(code: int, message: str) -> Exception:
    made: Exception = rpc_message_to_error(RpcError(code, message), REQUEST)
    return made


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (406, "AUTH_KEY_DUPLICATED", Kind.LOST),
        (401, "AUTH_KEY_UNREGISTERED", Kind.LOST),
        (401, "AUTH_KEY_INVALID", Kind.LOST),
        (401, "SESSION_REVOKED", Kind.LOST),
        (401, "SESSION_EXPIRED", Kind.LOST),
        (401, "SOMETHING_NEW", Kind.LOST),
        (401, "SESSION_PASSWORD_NEEDED", Kind.PASSWORD),
        (401, "USER_DEACTIVATED", Kind.STOPPED),
        (401, "USER_DEACTIVATED_BAN", Kind.STOPPED),
        (420, "FROZEN_METHOD_INVALID", Kind.FROZEN),
        (400, "FROZEN_PARTICIPANT_MISSING", Kind.FROZEN),
        (401, "AUTH_KEY_PERM_EMPTY", Kind.UNAVAILABLE),
        (303, "USER_MIGRATE_4", Kind.UNAVAILABLE),
        (303, "PHONE_MIGRATE_4", Kind.UNAVAILABLE),
        (303, "SOMEWHERE_MIGRATE_4", Kind.UNAVAILABLE),
        (400, "AUTH_TOKEN_EXPIRED", Kind.STALE_QR),
        (400, "AUTH_TOKEN_INVALIDX", Kind.STALE_QR),
        (406, "UPDATE_APP_TO_LOGIN", Kind.REFUSED),
        (403, "RECAPTCHA_CHECK_signup__key", Kind.REFUSED),
        (500, "AUTH_RESTART_77", Kind.UNAVAILABLE),
        (400, "PHONE_NUMBER_INVALID", Kind.AGAIN),
        (400, "PHONE_NUMBER_BANNED", Kind.AGAIN),
        (400, "PHONE_CODE_INVALID", Kind.AGAIN),
        (400, "PHONE_CODE_EXPIRED", Kind.AGAIN),
        (400, "PASSWORD_HASH_INVALID", Kind.AGAIN),
        (500, "AUTH_RESTART", Kind.UNAVAILABLE),
        (500, "INTERNAL", Kind.UNAVAILABLE),
        (-503, "Timeout", Kind.UNAVAILABLE),
        (400, "API_ID_INVALID", Kind.REFUSED),
        (400, "BOT_CREATE_LIMIT_EXCEEDED", Kind.REFUSED),
        (400, "CHANNEL_PRIVATE", Kind.REFUSED),
    ],
)
def test_what_a_refusal_means(code: int, message: str, kind: Kind) -> None:
    assert classify(error(code, message)).kind is kind


@pytest.mark.parametrize(
    ("code", "message", "seconds", "trouble"),
    [
        (420, "FLOOD_WAIT_3600", 3600, LoginErrorCode.FLOOD_WAIT),
        (420, "FLOOD_WAIT_0", 1, LoginErrorCode.FLOOD_WAIT),
        (420, "FLOOD_PREMIUM_WAIT_5", 5, LoginErrorCode.FLOOD_WAIT),
        (420, "FLOOD_TEST_PHONE_WAIT_7", 7, LoginErrorCode.FLOOD_WAIT),
        (420, "2FA_CONFIRM_WAIT_9", 9, LoginErrorCode.FLOOD_WAIT),
        (420, "FLOOD_WAIT_99999999999999", LONGEST_WAIT, LoginErrorCode.FLOOD_WAIT),
        (420, "SOME_FLOOD", SOME_WAIT, LoginErrorCode.FLOOD_WAIT),
        (406, "PHONE_PASSWORD_FLOOD", DAY, LoginErrorCode.FLOOD_WAIT),
        (400, "PHONE_NUMBER_FLOOD", DAY, LoginErrorCode.FLOOD_WAIT),
        (406, "SEND_CODE_UNAVAILABLE", DAY, LoginErrorCode.CODE_UNAVAILABLE),
    ],
)
def test_how_long_telegram_wants_us_to_wait(
    code: int, message: str, seconds: float, trouble: LoginErrorCode
) -> None:
    verdict = classify(error(code, message))
    assert (verdict.kind, verdict.trouble) == (Kind.WAIT, trouble)
    assert verdict.retry_after == seconds


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (errors.AuthKeyNotFound(), Kind.LOST),
        (ConnectionError("gone"), Kind.UNAVAILABLE),
        (TimeoutError(), Kind.UNAVAILABLE),
        (errors.InvalidBufferError(b"\x01"), Kind.UNAVAILABLE),
        (ZeroDivisionError(), Kind.REFUSED),
    ],
)
def test_errors_of_the_wire(raised: Exception, kind: Kind) -> None:
    assert classify(raised).kind is kind


def test_a_verdict_names_telegrams_error_and_nothing_of_the_request() -> None:
    assert classify(error(400, "BOT_CREATE_LIMIT_EXCEEDED")).name == "BOT_CREATE_LIMIT_EXCEEDED"
    for code, message in ((400, "PHONE_CODE_INVALID"), (400, "NEW_ERROR"), (420, "FLOOD_WAIT_9")):
        said = repr(classify(error(code, message)))
        assert "12345" not in said
        assert "79990001122" not in said
