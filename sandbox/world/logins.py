"""Who is logged in where: authorization keys, codes, QR tokens, passwords.

All of it is plain values: :meth:`Logins.to_state` and :meth:`Logins.from_state` let the
world keep it in its file, so that a restart of the sandbox logs nobody out.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.world.journal import Journal
from sandbox.world.login_values import (
    LoginCode,
    LoginError,
    LoginEvent,
    LoginsChanged,
    Password,
    QrAccepted,
    QrToken,
    SentBy,
    Session,
    SessionBegan,
    SessionEnded,
    from_plain,
    to_plain,
)
from sandbox.world.passwords import make_password

__all__ = [
    "CODE_DIGITS",
    "LoginCode",
    "LoginError",
    "LoginEvent",
    "Logins",
    "LoginsChanged",
    "Password",
    "QrAccepted",
    "QrToken",
    "SentBy",
    "Session",
    "SessionBegan",
    "SessionEnded",
    "token_of",
]

CODE_DIGITS = 5
UNUSED_KEYS_KEPT = 5_000


class Logins:
    """The logins of one world.

    Args:
        now: seconds of the epoch.
        code_ttl: how long a code opens the door, seconds.
        qr_ttl: how long a QR code may be scanned, seconds. Telegram gives about 30.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        code_ttl: float = 300.0,
        qr_ttl: float = 30.0,
    ) -> None:
        self.now = now
        self.code_ttl = code_ttl
        self.qr_ttl = qr_ttl
        self.server_key_pem = ""
        """The server's private RSA key, PEM; made by the MTProto server on its first start."""
        self.keys: dict[int, Session] = {}
        self.codes: dict[str, LoginCode] = {}
        self.tokens: dict[bytes, QrToken] = {}
        self.passwords: dict[int, Password] = {}
        self.boxes: defaultdict[int, Journal] = defaultdict(Journal)
        """By account id, and by channel id (−100…)."""
        self._listeners: list[Callable[[LoginEvent], None]] = []

    def listen(self, listener: Callable[[LoginEvent], None]) -> Callable[[], None]:
        """Call ``listener`` with each event. Returns the way to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self, event: LoginEvent) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    def _changed(self) -> None:
        self._tell(LoginsChanged())

    # --- Keys ---------------------------------------------------------------------------------

    def add_key(self, key_id: int, auth_key: bytes, salt: int) -> Session:
        """Keep a new authorization key; nobody is logged in by it yet."""
        now = self.now()
        session = Session(
            key_id=key_id,
            auth_key=auth_key,
            salt=salt,
            hash=secrets.randbits(62) + 1,
            created=now,
            active=now,
        )
        self.keys[key_id] = session
        self._forget_unused_keys()
        self._changed()
        return session

    def drop_key(self, key_id: int) -> None:
        """Forget a key wholly: its client will be told −404."""
        session = self.keys.get(key_id)
        if session is None:
            return
        self.end(session)
        del self.keys[key_id]
        self._changed()

    def _forget_unused_keys(self) -> None:
        unused = [key for key, session in self.keys.items() if session.account_id is None]
        for key in unused[: max(0, len(unused) - UNUSED_KEYS_KEPT)]:
            del self.keys[key]

    # --- Sessions -----------------------------------------------------------------------------

    def sessions(self, account_id: int) -> list[Session]:
        """Where an account is logged in, the most recently used first."""
        mine = [session for session in self.keys.values() if session.user_id == account_id]
        return sorted(mine, key=lambda session: session.active, reverse=True)

    def admit(self, session: Session, account_id: int) -> None:
        """Code or QR was right: log in, or stand before the password.

        Raises:
            LoginError: SESSION_PASSWORD_NEEDED.
        """
        session.account_id = account_id
        session.awaits_password = account_id in self.passwords
        if session.awaits_password:
            self._changed()
            raise LoginError("SESSION_PASSWORD_NEEDED", 401)
        self.complete(session)

    def complete(self, session: Session) -> None:
        """The last door is open."""
        assert session.account_id is not None
        session.awaits_password = False
        session.created = session.active = self.now()
        self._tell(SessionBegan(session.key_id, session.account_id))

    def end(self, session: Session, *, by_itself: bool = False) -> None:
        """Log a session out, from elsewhere or ``by_itself``.

        Its key stays known, so that its client hears why it is out.
        """
        account_id = session.account_id
        session.account_id = None
        session.awaits_password = False
        if account_id is not None:
            self._tell(SessionEnded(session.key_id, account_id, by_itself))

    def revoke(self, account_id: int, session_hash: int) -> None:
        """End one session from elsewhere.

        Raises:
            LoginError: HASH_INVALID.
        """
        for session in self.sessions(account_id):
            if session.hash == session_hash:
                return self.end(session)
        raise LoginError("HASH_INVALID")

    # --- Codes --------------------------------------------------------------------------------

    def new_code(
        self, key_id: int, phone: str, account_id: int | None, sent_by: SentBy = SentBy.APP
    ) -> LoginCode:
        """Make a code for a phone number's login on ``key_id``; it replaces an earlier one."""
        for old in [code for code in self.codes.values() if code.key_id == key_id]:
            del self.codes[old.hash]
        code = LoginCode(
            phone=phone,
            code=f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}",
            hash=secrets.token_hex(9),
            key_id=key_id,
            account_id=account_id,
            sent_by=sent_by,
            expires=self.now() + self.code_ttl,
        )
        self.codes[code.hash] = code
        self._changed()
        return code

    def find_code(self, phone: str, phone_code_hash: str) -> LoginCode:
        """The code somebody is trying to use or to have sent again.

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
        self._changed()

    def login_code(self, account_id: int) -> str | None:
        """The newest code that would let somebody into this account now."""
        live = [code for code in self.live_codes() if code.account_id == account_id]
        return live[-1].code if live else None

    def live_codes(self) -> list[LoginCode]:
        now = self.now()
        return [code for code in self.codes.values() if code.expires > now and not code.spoilt]

    def spoil_codes_in(self, text: str) -> list[LoginCode]:
        """A text was sent by somebody: a login code in it opens nothing any more.

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
            self._changed()
        return spoilt

    # --- QR -----------------------------------------------------------------------------------

    def new_token(self, key_id: int) -> QrToken:
        """A fresh QR code for a session; earlier ones of it stay good until they expire."""
        now = self.now()
        self.tokens = {key: item for key, item in self.tokens.items() if item.expires > now}
        token = QrToken(token=secrets.token_bytes(32), key_id=key_id, expires=now + self.qr_ttl)
        self.tokens[token.token] = token
        self._changed()
        return token

    def accept_token(self, account_id: int, token: bytes) -> Session:
        """A logged-in device of ``account_id`` scanned this.

        Raises:
            LoginError: AUTH_TOKEN_INVALID, AUTH_TOKEN_EXPIRED, AUTH_TOKEN_ALREADY_ACCEPTED.
        """
        found = self.tokens.get(token)
        session = self.keys.get(found.key_id) if found else None
        if found is None or session is None or found.account_id is not None:
            raise LoginError("AUTH_TOKEN_INVALID")
        if found.expires <= self.now():
            del self.tokens[token]
            raise LoginError("AUTH_TOKEN_EXPIRED")
        if session.account_id is not None:
            raise LoginError("AUTH_TOKEN_ALREADY_ACCEPTED")
        del self.tokens[token]
        session.account_id = account_id
        session.awaits_password = account_id in self.passwords
        if not session.awaits_password:
            self.complete(session)
        self._tell(QrAccepted(session.key_id))
        return session

    def accept_qr(self, account_id: int, url: str) -> Session:
        """The same by what a camera reads: ``tg://login?token=…`` (base64url, no padding).

        Raises:
            LoginError: as :meth:`accept_token`.
        """
        return self.accept_token(account_id, token_of(url))

    # --- Passwords ----------------------------------------------------------------------------

    def set_password(self, account_id: int, plain: str | None, hint: str = "") -> None:
        """Switch two-step verification on, or off with None."""
        self.keep_password(account_id, None if plain is None else make_password(plain, hint))

    def keep_password(self, account_id: int, password: Password | None) -> None:
        """The same with what the client has computed of it."""
        if password is None:
            self.passwords.pop(account_id, None)
        else:
            self.passwords[account_id] = password
        self._changed()

    def keep_server_key(self, pem: str) -> None:
        self.server_key_pem = pem
        self._changed()

    # --- State --------------------------------------------------------------------------------

    def to_state(self) -> dict[str, Any]:
        """Everything as JSON takes it. It holds keys: the file is as secret as a session."""
        return {
            "server_key_pem": self.server_key_pem,
            "keys": [to_plain(item) for item in self.keys.values()],
            "codes": [to_plain(item) for item in self.codes.values()],
            "tokens": [to_plain(item) for item in self.tokens.values()],
            "passwords": {str(key): to_plain(item) for key, item in self.passwords.items()},
            "boxes": {str(key): item.to_state() for key, item in self.boxes.items()},
        }

    def from_state(self, state: Mapping[str, Any]) -> None:
        """Take over what :meth:`to_state` gave; what was here is gone."""
        sessions = [from_plain(Session, item) for item in state["keys"]]
        codes = [from_plain(LoginCode, item) for item in state["codes"]]
        tokens = [from_plain(QrToken, item) for item in state["tokens"]]
        self.server_key_pem = state["server_key_pem"]
        self.keys = {item.key_id: item for item in sessions}
        self.codes = {item.hash: item for item in codes}
        self.tokens = {item.token: item for item in tokens}
        self.passwords = {
            int(key): from_plain(Password, item) for key, item in state["passwords"].items()
        }
        self.boxes.clear()
        for key, item in state["boxes"].items():
            self.boxes[int(key)] = Journal.from_state(item)


def token_of(url: str) -> bytes:
    """The token of a login link.

    Raises:
        LoginError: AUTH_TOKEN_INVALID.
    """
    match = re.fullmatch(r"tg://login/?\?token=([A-Za-z0-9_-]+)=*", url.strip())
    if match is None:
        raise LoginError("AUTH_TOKEN_INVALID")
    text = match[1]
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise LoginError("AUTH_TOKEN_INVALID") from None
