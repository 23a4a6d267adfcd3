"""Types of sent login codes as TL objects.

https://core.telegram.org/type/auth.SentCode
"""

from __future__ import annotations

from typing import Any

from telethon.tl import types

from sandbox.world.logins import LoginCode, SentBy

RESEND_AFTER = 60

NEXT = {SentBy.APP: SentBy.SMS, SentBy.SMS: SentBy.CALL, SentBy.FIREBASE: SentBy.SMS}
"""The type of the next code; after the last there is none."""
_NEXT_TYPES = {SentBy.SMS: types.auth.CodeTypeSms, SentBy.CALL: types.auth.CodeTypeCall}


def sent_form(code: LoginCode) -> Any:
    """What a client gets instead of the code."""
    if code.sent_by is SentBy.PAYMENT:
        return types.auth.SentCodePaymentRequired(
            store_product="org.telegram.login",
            phone_code_hash=code.hash,
            support_email_address="login@telegram.org",
            support_email_subject="Login",
            premium_days=7,
            currency="USD",
            amount=99,
        )
    way = NEXT.get(code.sent_by)
    return types.auth.SentCode(
        _kind(code),
        code.hash,
        next_type=_NEXT_TYPES[way]() if way else None,
        timeout=RESEND_AFTER if way else None,
    )


def _kind(code: LoginCode) -> Any:  # noqa: PLR0911
    """https://core.telegram.org/type/auth.SentCodeType"""
    kinds, length = types.auth, len(code.code)
    match code.sent_by:
        case SentBy.APP:
            return kinds.SentCodeTypeApp(length)
        case SentBy.CALL:
            return kinds.SentCodeTypeCall(length)
        case SentBy.FLASH_CALL:
            return kinds.SentCodeTypeFlashCall(f"*{code.code}")
        case SentBy.MISSED_CALL:
            return kinds.SentCodeTypeMissedCall("+99966", length)
        case SentBy.FRAGMENT:
            return kinds.SentCodeTypeFragmentSms("https://fragment.com/login", length)
        case SentBy.EMAIL:
            return kinds.SentCodeTypeEmailCode("a***@example.org", length)
        case SentBy.SETUP_EMAIL:
            return kinds.SentCodeTypeSetUpEmailRequired()
        case SentBy.FIREBASE:
            return kinds.SentCodeTypeFirebaseSms(length, nonce=b"nonce")
        case SentBy.WORD:
            return kinds.SentCodeTypeSmsWord(beginning=code.code[:1])
        case SentBy.PHRASE:
            return kinds.SentCodeTypeSmsPhrase(beginning=code.code.partition(" ")[0])
        case _:
            return kinds.SentCodeTypeSms(length)
