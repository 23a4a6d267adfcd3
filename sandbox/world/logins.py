"""Logins: authorization keys, codes, QR tokens, passwords.

All of it is plain values: :meth:`Logins.to_state` and :meth:`Logins.from_state` let the
world store it in its file, so that logins survive a restart of the sandbox.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.world.login_codes import CODE_DIGITS
from sandbox.world.login_models import (
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
from sandbox.world.pts_log import Journal
from sandbox.world.qr_tokens import Tokens, token_of
from sandbox.world.two_step_password import make_password

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


class Logins(Tokens):
    """The logins of one world. Base classes: keys and sessions, codes, QR codes.

    Args:
        now: seconds of the epoch.
        code_ttl: how long a code is valid, seconds.
        qr_ttl: how long a QR code may be scanned, seconds. Telegram gives about 30.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        code_ttl: float = 300.0,
        qr_ttl: float = 30.0,
    ) -> None:
        super().__init__(now=now, code_ttl=code_ttl, qr_ttl=qr_ttl)
        self.server_key_pem = ""
        """The server's private RSA key, PEM; made by the MTProto server on its first start."""
        self.boxes: defaultdict[int, Journal] = defaultdict(Journal)
        """By account id, and by channel id (−100…)."""

    def set_password(self, account_id: int, plain: str | None, hint: str = "") -> None:
        """Switch two-step verification on, or off with None."""
        self.keep_password(account_id, None if plain is None else make_password(plain, hint))

    def keep_password(self, account_id: int, password: Password | None) -> None:
        """The same with the verifier that the client has computed."""
        if password is None:
            self.passwords.pop(account_id, None)
        else:
            self.passwords[account_id] = password
        self.changed()

    def keep_server_key(self, pem: str) -> None:
        self.server_key_pem = pem
        self.changed()

    # --- State --------------------------------------------------------------------------------

    def to_state(self) -> dict[str, Any]:
        """Everything as JSON. It contains keys: the file is as secret as a session."""
        return {
            "server_key_pem": self.server_key_pem,
            "keys": [to_plain(item) for item in self.keys.values()],
            "codes": [to_plain(item) for item in self.codes.values()],
            "tokens": [to_plain(item) for item in self.tokens.values()],
            "homes": {str(key): dc for key, dc in self.homes.items()},
            "frozen": {str(key): since for key, since in self.frozen.items()},
            "passwords": {str(key): to_plain(item) for key, item in self.passwords.items()},
            "boxes": {str(key): item.to_state() for key, item in self.boxes.items()},
        }

    def from_state(self, state: Mapping[str, Any]) -> None:
        """Load the result of :meth:`to_state`; replaces everything."""
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
        self.homes = {int(key): int(dc) for key, dc in state.get("homes", {}).items()}
        self.frozen = {int(key): int(at) for key, at in state.get("frozen", {}).items()}
        self.boxes.clear()
        for key, item in state["boxes"].items():
            self.boxes[int(key)] = Journal.from_state(item)
