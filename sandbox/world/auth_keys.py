"""Authorization keys and their logins."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from sandbox.world.login_models import (
    HOME_DC,
    LoginError,
    LoginEvent,
    LoginsChanged,
    Password,
    Session,
    SessionBegan,
    SessionEnded,
)

UNUSED_KEYS_KEPT = 5_000


class Keys:
    """Keys, sessions, and listeners of changes.

    Args:
        now: seconds of the epoch.
    """

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.keys: dict[int, Session] = {}
        self.passwords: dict[int, Password] = {}
        self.frozen: dict[int, int] = {}
        """Accounts that may only read, and since when (seconds of the epoch)."""
        self.homes: dict[int, int] = {}
        """The data centres of accounts that are not at the default one."""
        self._exported: dict[bytes, int] = {}
        self._listeners: list[Callable[[LoginEvent], None]] = []

    def listen(self, listener: Callable[[LoginEvent], None]) -> Callable[[], None]:
        """Call ``listener`` with each event. Returns a function that stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, event: LoginEvent) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    def changed(self) -> None:
        self.tell(LoginsChanged())

    # --- Keys ---------------------------------------------------------------------------------

    def add_key(self, key_id: int, auth_key: bytes, salt: int, dc: int = HOME_DC) -> Session:
        """Store a new authorization key, without a login yet."""
        now = self.now()
        session = Session(
            key_id=key_id,
            auth_key=auth_key,
            salt=salt,
            dc=dc,
            hash=secrets.randbits(62) + 1,
            created=now,
            active=now,
        )
        self.keys[key_id] = session
        self._forget_unused_keys()
        self.changed()
        return session

    def drop_key(self, key_id: int) -> None:
        """Delete a key: its client will get −404."""
        session = self.keys.get(key_id)
        if session is None:
            return
        self.end(session)
        del self.keys[key_id]
        self.changed()

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
        """Code or QR was right: log in, or ask for the password.

        Raises:
            LoginError: SESSION_PASSWORD_NEEDED.
        """
        session.account_id = account_id
        session.awaits_password = account_id in self.passwords
        if session.awaits_password:
            self.changed()
            raise LoginError("SESSION_PASSWORD_NEEDED", 401)
        self.complete(session)

    def complete(self, session: Session) -> None:
        """Complete the login."""
        assert session.account_id is not None
        session.awaits_password = False
        session.created = session.active = self.now()
        self.tell(SessionBegan(session.key_id, session.account_id))

    def export(self, session: Session) -> bytes:
        """A secret by which another key takes this session over, once."""
        ticket = secrets.token_bytes(32)
        self._exported[ticket] = session.key_id
        return ticket

    def take_over(self, session: Session, account_id: int, ticket: bytes) -> None:
        """Log ``session`` in with what :meth:`export` gave; the exporting one is logged out.

        Raises:
            LoginError: AUTH_BYTES_INVALID.
        """
        before = self.keys.get(self._exported.pop(ticket, 0))
        if before is None or before.user_id != account_id:
            raise LoginError("AUTH_BYTES_INVALID")
        before.account_id = None
        session.account_id = account_id
        session.created = before.created
        session.active = self.now()
        self.changed()

    def home_of(self, account_id: int) -> int:
        return self.homes.get(account_id, HOME_DC)

    def move(self, account_id: int, dc: int) -> None:
        """Move an account to another data centre.

        https://core.telegram.org/api/datacenter
        """
        self.homes[account_id] = dc
        self.changed()

    def freeze(self, account_id: int, *, frozen: bool = True) -> None:
        """Make an account read-only, or end that.

        https://core.telegram.org/api/auth#frozen-accounts
        """
        if frozen:
            self.frozen[account_id] = int(self.now())
        else:
            self.frozen.pop(account_id, None)
        self.changed()

    def end(self, session: Session, *, by_itself: bool = False) -> None:
        """Log a session out, from elsewhere or ``by_itself``.

        Its key stays stored, so that its client gets the reason.
        """
        account_id = session.account_id
        session.account_id = None
        session.awaits_password = False
        if account_id is not None:
            self.tell(SessionEnded(session.key_id, account_id, by_itself))

    def revoke(self, account_id: int, session_hash: int) -> None:
        """End one session from elsewhere.

        Raises:
            LoginError: HASH_INVALID.
        """
        for session in self.sessions(account_id):
            if session.hash == session_hash:
                return self.end(session)
        raise LoginError("HASH_INVALID")
