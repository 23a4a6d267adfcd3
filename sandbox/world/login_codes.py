"""Login codes: creation, look-up, use, invalidation."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable

from sandbox.world.auth_keys import Keys
from sandbox.world.login_models import LoginCode, LoginError, SentBy

CODE_DIGITS = 5
WORDS = ("amber", "brook", "cedar", "delta", "ember", "fjord", "grove", "heron")


class Codes(Keys):
    """Valid login codes.

    Args:
        code_ttl: how long a code is valid, seconds.
    """

    def __init__(self, *, now: Callable[[], float] = time.time, code_ttl: float = 300.0) -> None:
        super().__init__(now=now)
        self.code_ttl = code_ttl
        self.codes: dict[str, LoginCode] = {}
        """By phone_code_hash."""

    def new_code(
        self, key_id: int, phone: str, account_id: int | None, sent_by: SentBy = SentBy.APP
    ) -> LoginCode:
        """Make a code for a phone number's login on ``key_id``; it replaces an earlier one."""
        for old in [code for code in self.codes.values() if code.key_id == key_id]:
            del self.codes[old.hash]
        code = LoginCode(
            phone=phone,
            code=_make(sent_by),
            hash=secrets.token_hex(9),
            key_id=key_id,
            account_id=account_id,
            sent_by=sent_by,
            expires=self.now() + self.code_ttl,
        )
        self.codes[code.hash] = code
        self.changed()
        return code

    def find_code(self, phone: str, phone_code_hash: str) -> LoginCode:
        """The code to be used or sent again.

        Raises:
            LoginError: PHONE_CODE_EXPIRED, also when there never was one.
        """
        code = self.codes.get(phone_code_hash)
        if code is None or code.phone != phone or code.expires <= self.now():
            self.codes.pop(phone_code_hash, None)
            raise LoginError("PHONE_CODE_EXPIRED")
        return code

    def cancel_code(self, code: LoginCode) -> None:
        self.codes.pop(code.hash, None)
        self.changed()

    def login_code(self, account_id: int) -> str | None:
        """The newest valid code of this account."""
        live = [code for code in self.live_codes() if code.account_id == account_id]
        return live[-1].code if live else None

    def live_codes(self) -> list[LoginCode]:
        now = self.now()
        return [code for code in self.codes.values() if code.expires > now and not code.spoilt]

    def spoil_codes_in(self, text: str) -> list[LoginCode]:
        """A text was sent: a login code in it becomes invalid.

        https://core.telegram.org/api/auth (codes shared with others are invalidated)
        """
        spoilt = [
            code
            for code in self.live_codes()
            if re.search(rf"(?<![0-9]){code.code}(?![0-9])", text)
        ]
        for code in spoilt:
            code.spoilt = True
        if spoilt:
            self.changed()
        return spoilt


def _make(sent_by: SentBy) -> str:
    """A new code of the kind for this way of sending."""
    if sent_by is SentBy.WORD:
        return secrets.choice(WORDS)
    if sent_by is SentBy.PHRASE:
        return " ".join(secrets.choice(WORDS) for _ in range(3))
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
